//! The views: named filters with what they show.

use super::{Listing, inside, pointer};
use crate::app::msg::Press;
use crate::app::views;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::runs::{Runs, hints_in};
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text};
use ratatui::layout::Rect;

pub fn views(cx: Cx, canvas: &mut Canvas, area: Rect, cursor: usize, naming: Option<&str>) {
    let width = inside(area);
    let all = views::all(cx.state);
    let rest = width.saturating_sub(28);
    let mut lines: Vec<Runs> = Vec::new();
    for (i, view) in all.iter().enumerate() {
        let here = i == cursor;
        let digit = if i < 9 { (i + 1).to_string() } else { String::new() };
        let mark = match (view.is_start, view.is_own) {
            (true, _) if !view.filter.is_empty() => "  (at start)",
            (_, true) => "  (yours)",
            _ => "",
        };
        let filter = match view.filter.as_str() {
            "" => "every app",
            _ if view.is_drift() => "same difference on many apps, D opens",
            filter => filter,
        };
        let filter = text::cut_end(filter, rest.saturating_sub(mark.len()));
        let line = pointer(here).cell(Role::HintKey, &digit, 2).cell(Role::Text, &view.name, 15);
        let line = line.number(Role::Strong, &views::count(cx.state, view).to_string(), 5).gap(2);
        let line = line.add(Role::Muted, filter).add(Role::Muted, mark);
        lines.push(line.over(here.then_some(Role::Cursor)).line(Press::Line(i)));
    }
    let current = cx.state.view.filter.text.trim();
    let foot = match naming {
        Some(name) => vec![
            Runs::new()
                .gap(1)
                .add(Role::Text, format!("Name for {}: ", text::cut_end(current, width / 2)))
                .add(Role::Strong, name)
                .add(Role::Cursor, "_"),
            Runs::new().gap(1).join(hints_in([("enter", "saves"), ("esc", "leaves it")], width.saturating_sub(1))),
        ],
        None => {
            let keys = [("enter", "shows it"), ("+", "saves the filter"), ("*", "at start"), ("-", "removes"), ("esc", "closes")];
            vec![Runs::new().gap(1).join(hints_in(keys, width.saturating_sub(1)))]
        }
    };
    let frame = Frame::new(true, "Views").right(Runs::of(Role::Muted, "v"));
    Listing { frame, head: Vec::new(), lines, foot, cursor: (cursor, cursor) }.draw(canvas, area);
}
