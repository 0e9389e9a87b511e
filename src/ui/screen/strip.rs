//! The clusters as one line: worst first, whole entries, the rest counted.

use crate::app::msg::Press;
use crate::app::pane::Pane;
use crate::domain::cluster::Link;
use crate::theme::Role;
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::pane::clusters::{bad_of, order, sign};
use crate::ui::runs::Runs;
use crate::ui::words;
use ratatui::layout::Rect;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect) {
    let ids = order(cx.state);
    let entries: Vec<(Runs, bool)> = ids
        .iter()
        .filter_map(|id| cx.state.fleet.clusters.get(id))
        .map(|c| {
            let ((role, _), standing) = words::standing(cx, c);
            let (worst, sign) = sign(cx, c);
            let selected = cx.state.view.focus == Pane::Clusters && cx.state.view.cluster.as_ref() == Some(&c.id);
            let mut text = Runs::of(worst, cx.theme.sign(sign)).gap(1).add(if c.protected { Role::Strong } else { Role::Text }, c.name());
            let answers = matches!(c.link, Link::Live { .. });
            let live = answers && crate::app::engines::worst(c).is_none();
            if !live {
                text = text.gap(1).add(role, standing);
            }
            if answers || matches!(c.link, Link::Unmapped) {
                text = text.gap(1).add(Role::Muted, bad_of(cx.state, c));
            }
            (if selected { text.over(Some(Role::CursorGutter)) } else { text }, live)
        })
        .collect();
    let chosen =
        (cx.state.view.focus == Pane::Clusters).then(|| ids.iter().position(|id| cx.state.view.cluster.as_ref() == Some(id))).flatten();
    let widths: Vec<usize> = entries.iter().map(|(entry, _)| entry.width()).collect();
    let (first, shown) = visible(&widths, chosen, usize::from(area.width));
    let mut x = area.x + 1;
    if first > 0 {
        let before = format!("+{first}");
        canvas.put(x, area.y, area.width, Role::Muted, &before);
        x = x.saturating_add(u16::try_from(before.len() + 2).unwrap_or(u16::MAX));
    }
    for (i, (entry, _)) in entries.iter().enumerate().skip(first).take(shown) {
        let cells = u16::try_from(entry.width()).unwrap_or(u16::MAX);
        canvas.runs(x, area.y, cells, &entry.clone().line(Press::Row(Pane::Clusters, i)));
        x = x.saturating_add(cells).saturating_add(2);
    }
    let rest = entries.get(first + shown..).unwrap_or_default();
    if !rest.is_empty() {
        let live = if rest.iter().all(|(_, live)| *live) { " live" } else { "" };
        canvas.right(area, area.y, &Runs::of(Role::Muted, format!("+{}{live}", rest.len())));
    }
    if entries.is_empty() {
        canvas.put(area.x + 1, area.y, area.width, Role::Muted, "no clusters are watched; :clusters picks some");
    }
}

/// The first entry shown and how many whole ones fit after it: from the worst on, unless the chosen one would be out of sight.
fn visible(widths: &[usize], chosen: Option<usize>, room: usize) -> (usize, usize) {
    let fit = |first: usize| {
        let mut x = if first > 0 { 5 } else { 1 };
        let rest = widths.get(first..).unwrap_or_default();
        let fits = |(i, width): &(usize, &usize)| {
            // The last entry needs no room for the count of the rest.
            let reserve = if first + i + 1 < widths.len() { 9 } else { 0 };
            let fits = x + **width + reserve <= room;
            x += **width + 2;
            fits
        };
        rest.iter().enumerate().take_while(fits).count()
    };
    let chosen = chosen.unwrap_or(0);
    let first = (0..=chosen).find(|first| first + fit(*first) > chosen).unwrap_or(chosen);
    (first, fit(first))
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn the_chosen_cluster_is_in_sight_and_without_one_the_worst_come_first() {
        let widths = [20; 7];
        assert_eq!(visible(&widths, None, 80), (0, 3));
        for chosen in 0..7 {
            let (first, shown) = visible(&widths, Some(chosen), 80);
            assert!((first..first + shown).contains(&chosen), "{chosen}: {first}+{shown}");
        }
        assert_eq!(visible(&widths, Some(2), 80), (0, 3), "nothing moves that need not");
    }
}
