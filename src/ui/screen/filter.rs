//! The line in which a filter is typed, with what may come next; the list above it narrows meanwhile.

use crate::app::filter;
use crate::theme::Role;
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::runs::{Runs, hints_in};
use crate::ui::text;
use crate::ui::widget::frame::Frame;
use crate::ui::widget::query::coloured;
use ratatui::layout::Rect;

const WIDTH: u16 = 78;
/// Column of what a candidate means, and of the values it may have.
const HELP: usize = 13;
const VALUES: usize = 41;

/// At the lower left of the body, so that the rows stay in view.
pub fn draw(cx: Cx, canvas: &mut Canvas, body: Rect) {
    let width = WIDTH.min(body.width);
    let inside = usize::from(width).saturating_sub(2);
    let mut lines = vec![typed(cx, inside)];
    lines.extend(below(cx, inside));
    let keys = [("tab", "completes"), ("up", "older filters"), ("enter", "keeps it"), ("esc", leaves(cx))];
    lines.push(Runs::new().gap(1).join(hints_in(keys, inside.saturating_sub(1))));
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(body.height);
    let place = Rect::new(body.x, body.bottom().saturating_sub(height), width, height);
    canvas.clear(place, Role::Text);
    let inner = Frame::new(true, "Filter").draw(canvas, place);
    canvas.lines(inner, &lines, 0);
}

fn leaves(cx: Cx) -> &'static str {
    if cx.state.view.filter.before.is_empty() { "clears it" } else { "the one before" }
}

/// `/ cluster:prod-* au_     41 -> 13 apps`.
fn typed(cx: Cx, inside: usize) -> Runs {
    let fleet = &cx.state.fleet;
    let count = format!("{} -> {} apps", fleet.rows.len(), fleet.shown.len());
    let room = inside.saturating_sub(text::width(&count) + 6);
    let mut line = coloured(&cx.state.view.filter.text);
    // The end is where one types.
    while line.width() > room && !line.list.is_empty() {
        let first = line.list.remove(0);
        let rest: String = first.text.chars().skip(1).collect();
        if !rest.is_empty() {
            line.list.insert(0, crate::ui::runs::Run { text: rest, ..first });
        }
    }
    let start = Runs::new().gap(1).add(Role::HintKey, "/ ").join(line).add(Role::Strong, "_");
    start.to(inside.saturating_sub(text::width(&count) + 1)).add(Role::Text, count)
}

fn below(cx: Cx, inside: usize) -> Vec<Runs> {
    let view = &cx.state.view.filter;
    if let Some(problem) = &view.problem {
        let part = text::cut_end(&problem.part, 24);
        let indent = 3 + text::width(&part).max(14) + 1;
        let says = text::wrap(&problem.says, inside.saturating_sub(indent + 1));
        let start = |i: usize| if i == 0 { Runs::new().gap(3).add(Role::FieldError, part.clone()) } else { Runs::new() };
        return says.into_iter().enumerate().map(|(i, l)| start(i).to(indent).add(Role::Text, l)).collect();
    }
    if let Some(meant) = &view.suggestion {
        let says = format!("nothing matches; tab tries \"{meant}\"");
        return vec![Runs::new().gap(3).add(Role::Attention, text::cut_end(&says, inside.saturating_sub(4)))];
    }
    let line = |c: &filter::Candidate| {
        let name = c.insert.trim_end();
        let values = c.values.join("  ");
        let wide = text::width(name).max(HELP - 3);
        let line = Runs::new().gap(3).cell(Role::HintKey, name, wide).gap(1).add(Role::Text, c.help.clone());
        let line = if values.is_empty() { line } else { line.to(VALUES.max(wide)).gap(1).add(Role::Muted, values) };
        line.cut(inside.saturating_sub(1))
    };
    filter::complete(cx.state).list.iter().map(line).collect()
}
