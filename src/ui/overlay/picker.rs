//! First start, or `:clusters`: which contexts are watched, and which are protected.

use super::{Listing, inside, pointer};
use crate::app::msg::Press;
use crate::app::overlay::picker::Picker;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::runs::{Runs, hints_in};
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, picker: &Picker) {
    let count = picker.choices.len();
    let chosen = picker.choices.iter().filter(|c| c.watch).count();
    let mut lines: Vec<Runs> = (0..count).filter_map(|i| line(cx, picker, i, inside(area))).collect();
    if lines.is_empty() {
        let says = "Your kubeconfig has no context. Set KUBECONFIG, or look around without one: driftdeck demo.";
        lines = text::wrap(says, inside(area).saturating_sub(2)).into_iter().map(|l| Runs::new().gap(1).add(Role::Text, l)).collect();
    }
    let title = if picker.first { "First start" } else { "Clusters" };
    let head = vec![
        Runs::new().gap(1).add(Role::Text, format!("{} in your kubeconfig; which should be watched?", words::count(count, "context"))),
    ];
    let enter = format!("watch {chosen}");
    let esc = if picker.first { "quit" } else { "leave as it was" };
    let foot = vec![
        Runs::of(Role::Muted, " only chosen ones are contacted; to change a protected one its name is typed").cut(inside(area)),
        Runs::new().gap(1).join(hints_in(
            [("space", "toggle"), ("p", "protected"), ("a", "all"), ("enter", enter.as_str()), ("esc", esc)],
            inside(area).saturating_sub(1),
        )),
    ];
    let frame = Frame::new(true, title).also(Runs::of(Role::Muted, "contexts"));
    Listing { frame, head, lines, foot, cursor: (picker.cursor, picker.cursor) }.draw(canvas, area);
}

fn line(cx: Cx, picker: &Picker, i: usize, width: usize) -> Option<Runs> {
    let choice = picker.choices.get(i)?;
    let here = i == picker.cursor;
    let info = cx.state.contexts.iter().find(|c| c.id == choice.cluster);
    let name = info.and_then(|c| c.alias.as_deref()).unwrap_or(choice.cluster.as_str());
    let mark = if choice.watch { "[x]" } else { "[ ]" };
    let line = pointer(here).add(Role::Text, mark).gap(1).name(Role::Text, name, 20).gap(1);
    let about = match (cx.state.fleet.clusters.get(&choice.cluster), info) {
        (Some(cluster), _) => words::link_text(cx, cluster),
        (None, Some(info)) if info.is_current => format!("{} (current)", info.server),
        (None, Some(info)) => info.server.clone(),
        (None, None) => String::new(),
    };
    let line = line.cell(Role::Muted, &about, width.saturating_sub(39)).gap(1);
    let protected = if choice.protected { Runs::of(Role::Protected, "PROTECTED") } else { Runs::of(Role::Muted, "") };
    Some(line.join(protected).over(here.then_some(Role::Cursor)).line(Press::Line(i)))
}
