//! Small menus: sort order and columns, what to copy, which repository is rolled back.

use super::{Listing, inside, pointer};
use crate::app::action::copy::items;
use crate::app::msg::Press;
use crate::app::pane::apps::{Sort, WIDE_FROM, Wide};
use crate::app::rollback::choices;
use crate::domain::ids::AppId;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::runs::{Runs, hints_in};
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

pub fn order(cx: Cx, canvas: &mut Canvas, area: Rect, cursor: usize) {
    let (view, width) = (&cx.state.view, inside(area));
    let rest = width.saturating_sub(28);
    let line = |i: usize, mark: &str, name: &str, help: &str| {
        let here = i == cursor;
        let line = pointer(here).add(Role::Text, mark).gap(1).cell(Role::Text, name, 20).gap(1);
        line.cell(Role::Muted, help, rest).over(here.then_some(Role::Cursor)).line(Press::Line(i))
    };
    let mut lines = vec![Runs::new().gap(1).add(Role::Header, "SORTED")];
    for (i, sort) in Sort::ALL.iter().enumerate() {
        lines.push(line(i, if *sort == view.sort { "(x)" } else { "( )" }, sort.word(), sort.help()));
    }
    let wide = if cx.state.width < WIDE_FROM { format!(", from {WIDE_FROM} columns; here are {}", cx.state.width) } else { String::new() };
    lines.push(Runs::new().gap(1).add(Role::Header, "MORE COLUMNS").add(Role::Muted, wide));
    for (i, column) in Wide::ALL.iter().enumerate() {
        let mark = if view.hidden.contains(column) { "[ ]" } else { "[x]" };
        lines.push(line(i + Sort::ALL.len(), mark, column.word(), column.help()));
    }
    let keys = [("space", "chooses"), ("enter", "chooses and closes"), ("esc", "closes")];
    let foot = vec![Runs::new().gap(1).join(hints_in(keys, width.saturating_sub(1)))];
    let frame = Frame::new(true, "Sort order").also(Runs::of(Role::Muted, "apps")).right(Runs::of(Role::Muted, "O"));
    let at = cursor + if cursor < Sort::ALL.len() { 1 } else { 2 };
    Listing { frame, head: Vec::new(), lines, foot, cursor: (at.saturating_sub(1), at) }.draw(canvas, area);
}

pub fn copy(cx: Cx, canvas: &mut Canvas, area: Rect, cursor: usize) {
    let width = inside(area);
    let (mut lines, mut place) = (Vec::new(), (0, 0));
    for (i, (name, says)) in items(cx.state).into_iter().enumerate() {
        let here = i == cursor;
        let cells = width.saturating_sub(21);
        let parts = if here { text::wrap(&says, cells) } else { vec![text::cut_end(&says, cells)] };
        let first = lines.len();
        for (n, part) in parts.into_iter().enumerate() {
            let start = if n == 0 { pointer(here).cell(Role::HintKey, name, 16) } else { Runs::new().gap(19) };
            lines.push(start.gap(1).add(Role::Text, part).over(here.then_some(Role::Cursor)).line(Press::Line(i)));
        }
        if here {
            place = (first, lines.len().saturating_sub(1));
        }
    }
    let foot = vec![Runs::new().gap(1).join(hints_in([("enter", "copies"), ("esc", "closes")], width.saturating_sub(1)))];
    let frame = Frame::new(true, "Copy").right(Runs::of(Role::Muted, "y"));
    Listing { frame, head: Vec::new(), lines, foot, cursor: place }.draw(canvas, area);
}

pub fn repositories(cx: Cx, canvas: &mut Canvas, area: Rect, app: &AppId, cursor: usize) {
    let width = inside(area);
    let choices = cx.state.fleet.rows.get(app).map(|row| choices(cx.state, &row.app)).unwrap_or_default();
    let mut lines = Vec::new();
    for (i, choice) in choices.iter().enumerate() {
        let here = i == cursor;
        let (role, since) = match &choice.since {
            Some((good, true)) => (Role::Attention, format!("changed since {}", words::revision(good))),
            Some((good, false)) => (Role::Muted, format!("the same as {}", words::revision(good))),
            None => (Role::Text, "what ran before is not known".to_owned()),
        };
        let line = pointer(here).name(Role::Strong, choice.repo.short(), 14).gap(1).name(Role::Text, &choice.reference, 10).gap(1);
        let line = line.name(Role::Muted, &choice.path, 14).gap(1).add(role, text::cut_end(&since, width.saturating_sub(44)));
        lines.push(line.over(here.then_some(Role::Cursor)).line(Press::Line(i)));
    }
    let head = vec![
        Runs::new().gap(1).add(Role::Text, format!("{} is built from {} repositories. Which one is rolled back?", app.name, choices.len())),
    ];
    let foot = vec![Runs::new().gap(1).join(hints_in([("enter", "rolls back there"), ("esc", "closes")], width.saturating_sub(1)))];
    let frame = Frame::new(true, format!("Roll back {}", app.name)).right(Runs::of(Role::Muted, "R"));
    Listing { frame, head, lines, foot, cursor: (cursor, cursor) }.draw(canvas, area);
}
