//! The clusters as one line: worst first, whole entries, the rest counted.

use crate::app::msg::Press;
use crate::app::pane::Pane;
use crate::domain::cluster::Link;
use crate::theme::Role;
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::pane::clusters::{bad_of, order};
use crate::ui::runs::Runs;
use crate::ui::words;
use ratatui::layout::Rect;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect) {
    let ids = order(cx.state);
    let entries: Vec<(Runs, bool)> = ids
        .iter()
        .filter_map(|id| cx.state.fleet.clusters.get(id))
        .map(|c| {
            let (role, sign) = words::link(&c.link);
            let selected = cx.state.view.focus == Pane::Clusters && cx.state.view.cluster.as_ref() == Some(&c.id);
            let mut text = Runs::of(role, cx.theme.sign(sign)).gap(1).add(if c.protected { Role::Strong } else { Role::Text }, c.name());
            let live = matches!(c.link, Link::Live { .. });
            if !live {
                text = text.gap(1).add(role, words::link_text(cx, c));
            }
            if live || matches!(c.link, Link::Unmapped) {
                text = text.gap(1).add(Role::Muted, bad_of(cx.state, c));
            }
            (if selected { text.over(Some(Role::CursorGutter)) } else { text }, live)
        })
        .collect();
    let room = usize::from(area.width);
    let mut x = area.x + 1;
    for (i, (entry, _)) in entries.iter().enumerate() {
        let rest = entries.get(i..).unwrap_or_default();
        // The last entry needs no room for the count of the rest.
        let reserve = if rest.len() > 1 { 9 } else { 0 };
        if usize::from(x - area.x) + entry.width() + reserve > room {
            let live = if rest.iter().all(|(_, live)| *live) { " live" } else { "" };
            canvas.right(area, area.y, &Runs::of(Role::Muted, format!("+{}{live}", rest.len())));
            return;
        }
        let cells = u16::try_from(entry.width()).unwrap_or(u16::MAX);
        canvas.runs(x, area.y, cells, &entry.clone().line(Press::Row(Pane::Clusters, i)));
        x = x.saturating_add(cells).saturating_add(2);
    }
    if entries.is_empty() {
        canvas.put(x, area.y, area.width, Role::Muted, "no clusters are watched; :clusters picks some");
    }
}
