//! A message that must be read, and the note of an acknowledgement.

use super::{Body, boxed, inside, only_button};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::runs::{Runs, hints};
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

pub fn message(_cx: Cx, canvas: &mut Canvas, area: Rect, title: &str, lines: &[String]) {
    let body = |l: &String| {
        text::wrap(l, inside(area).saturating_sub(2)).into_iter().map(|l| Runs::new().gap(1).add(Role::Text, l)).collect::<Vec<_>>()
    };
    let mut all: Vec<Runs> = lines.iter().flat_map(body).collect();
    all.push(Runs::new());
    let last = Runs::new().to(inside(area).saturating_sub(34)).join(only_button("Close"));
    boxed(canvas, area, Frame::new(true, title), &Body::of(all), &[last]);
}

pub fn acknowledge(cx: Cx, canvas: &mut Canvas, area: Rect, app: &crate::domain::ids::AppId, input: &str) {
    let Some(row) = cx.state.fleet.rows.get(app) else { return };
    let title = format!("Acknowledge {} on {}", row.app.id.name, words::runs_on(cx, row));
    let body = vec![
        Runs::new().gap(1).add(Role::Text, row.verdict.short.clone()),
        Runs::of(Role::Muted, " Kept here until the row changes; nothing is sent."),
        Runs::new(),
        Runs::new()
            .gap(1)
            .cell(Role::Muted, "note", 9)
            .add(Role::Text, "[ ")
            .add(Role::Field, field(input, inside(area).saturating_sub(16)))
            .add(Role::Text, " ]"),
        Runs::new(),
    ];
    let last = Runs::new().gap(1).join(hints([("enter", "acknowledge"), ("esc", "not now")]));
    boxed(canvas, area, Frame::new(true, title).right(Runs::of(Role::Muted, "local")), &Body::of(body), &[last]);
}

/// The end of what is typed, with the cursor.
fn field(input: &str, cells: usize) -> String {
    let all: Vec<char> = input.chars().chain(['_']).collect();
    let mut shown: String = all.iter().collect();
    let mut skip = 0;
    while text::width(&shown) > cells && skip < all.len() {
        skip += 1;
        shown = all.iter().skip(skip).collect();
    }
    text::pad(shown, cells)
}
