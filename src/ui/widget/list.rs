//! A scrolled window over lines.

use ratatui::layout::Rect;

/// First line of a window of `height` lines over `count`, so that `cursor` is inside and no space is wasted at the end.
pub fn top_for(cursor: usize, top: usize, height: usize, count: usize) -> usize {
    let height = height.max(1);
    let top = top.min(count.saturating_sub(height));
    if cursor < top {
        cursor
    } else if cursor >= top + height {
        cursor + 1 - height
    } else {
        top
    }
}

/// A box of at most `width` x `height`, in the middle of an area.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (w, h) = (width.min(area.width), height.min(area.height));
    Rect::new(area.x + (area.width - w) / 2, area.y + (area.height - h) / 2, w, h)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_always_inside_the_window() {
        for count in 0usize..12 {
            for cursor in 0..count {
                for top in 0..15 {
                    for height in 1..6 {
                        let t = top_for(cursor, top, height, count);
                        assert!(t <= cursor && cursor < t + height, "{cursor} {top} {height} {count}");
                    }
                }
            }
        }
    }
}
