//! A message that must be read, and the note of an acknowledgement.

use super::{Body, boxed, inside, only_button};
use crate::app::overlay::acknowledge::Acknowledge;
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

pub fn acknowledge(cx: Cx, canvas: &mut Canvas, area: Rect, dialog: &Acknowledge) {
    let Some(row) = cx.state.fleet.rows.get(&dialog.app) else { return };
    let title = format!("Acknowledge {} on {}", row.app.id.name, words::runs_on(cx, row));
    let label = |label: &str| Runs::new().gap(1).cell(Role::Muted, label, 9).add(Role::Text, "[ ");
    let note = field(&dialog.note, !dialog.on_until, inside(area).saturating_sub(16));
    let body = vec![
        Runs::new().gap(1).add(Role::Text, row.verdict.short.clone()),
        Runs::of(Role::Muted, " Kept here until the row changes or the time is up; nothing is sent."),
        Runs::new(),
        label("note").add(Role::Field, note).add(Role::Text, " ]"),
        label("until").add(Role::Field, field(&dialog.until, dialog.on_until, 8)).add(Role::Text, " ]").gap(2).join(end(cx, dialog)),
        Runs::new(),
    ];
    let last = Runs::new().gap(1).join(hints([("enter", "acknowledge"), ("tab", "note, until"), ("esc", "not now")]));
    boxed(canvas, area, Frame::new(true, title).right(Runs::of(Role::Muted, "local")), &Body::of(body), &[last]);
}

/// `= 07:13  like 1h, 4h or 1d; empty = until it changes`.
fn end(cx: Cx, dialog: &Acknowledge) -> Runs {
    let line = Runs::new();
    let line = match dialog.end(cx.state.now) {
        Some(at) => line.add(Role::Text, format!("= {}", words::until(cx, at))).gap(2),
        None if dialog.is_unclear() => return line.add(Role::FieldError, "a time looks like 30m, 4h or 1d"),
        None => line,
    };
    line.add(Role::Muted, "like 1h, 4h or 1d; empty: until it changes")
}

/// The end of what is typed, with the cursor where letters go.
fn field(input: &str, here: bool, cells: usize) -> String {
    let all: Vec<char> = input.chars().chain(here.then_some('_')).collect();
    let mut shown: String = all.iter().collect();
    let mut skip = 0;
    while text::width(&shown) > cells && skip < all.len() {
        skip += 1;
        shown = all.iter().skip(skip).collect();
    }
    text::pad(shown, cells)
}
