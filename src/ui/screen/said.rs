//! What was just said: in the lowest border of the screen, above the keys, which it never hides. Over a dialog it takes that border alone: the
//! buttons are above it.

use crate::app::notice::Level;
use crate::app::rollback::Stage;
use crate::app::state::Screen;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

/// Rows a long sentence may take, upwards from the border.
const MOST: usize = 3;

/// `area` is the whole screen; the border is the row above the last one.
pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect) {
    let Some((_, level, says)) = &cx.state.notices.flash else { return };
    let width = usize::from(area.width).saturating_sub(8);
    if area.height < 4 || width == 0 {
        return;
    }
    let mut lines = text::wrap(says, width);
    let most = if is_dialog(cx) { 1 } else { MOST };
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(text::cut_end(&rest, width));
    }
    let (role, sign) = words::level(*level);
    let sign = if *level == Level::Info { "" } else { cx.theme.sign(sign) };
    let start = if sign.is_empty() { 0 } else { 2 };
    let longest = lines.iter().map(|l| text::width(l)).max().unwrap_or(0) + start;
    let first = area.bottom().saturating_sub(1 + u16::try_from(lines.len()).unwrap_or(1));
    let last = area.bottom().saturating_sub(2);
    for (i, (y, line)) in (first..).zip(&lines).enumerate() {
        let sign = if i == 0 { sign } else { "" };
        let words = if *level == Level::Bad { Role::Bad } else { Role::Strong };
        let runs = Runs::new().gap(1).add(role, sign).to(1 + start).add(words, line.clone()).to(longest + 2);
        let cells = u16::try_from(runs.width()).unwrap_or(u16::MAX);
        if y == last {
            border_from(canvas, area, y, area.x + 2 + cells);
            canvas.clear(Rect::new(area.x + 2, y, cells, 1), Role::Text);
        } else {
            canvas.clear(Rect::new(area.x + 1, y, area.width.saturating_sub(2), 1), Role::Text);
        }
        canvas.runs(area.x + 2, y, cells, &runs);
    }
}

fn is_dialog(cx: Cx) -> bool {
    !cx.state.overlays.is_empty() || matches!(&cx.state.screen, Screen::Rollback(r) if r.stage == Stage::Plan)
}

/// A title of the border that would lose its beginning goes as a whole.
fn border_from(canvas: &mut Canvas, area: Rect, y: u16, from: u16) {
    let flat = canvas.symbol(area.x + 1, y).to_owned();
    if !["─", "━", "-", "="].contains(&flat.as_str()) {
        return;
    }
    let mut x = from;
    while x + 1 < area.right() && canvas.symbol(x, y) != flat {
        canvas.put(x, y, 1, Role::Border, &flat);
        x += 1;
    }
}
