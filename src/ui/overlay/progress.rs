//! A task on its way: what was sent, what the watch has shown since, how it ended.

use super::{Body, boxed, inside, only_button};
use crate::app::rollback::refused;
use crate::app::task::Task;
use crate::domain::duration::{long_age, seconds_between};
use crate::domain::history;
use crate::domain::ids::TaskId;
use crate::domain::plan::Outcome;
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::runs::{Runs, hints, hints_in};
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, id: TaskId) {
    let Some(task) = cx.state.task(id) else { return };
    if let Some(batch) = &task.batch {
        return super::staged::draw(cx, canvas, area, task, batch);
    }
    draw_titled(cx, canvas, area, task, &task.plan.title);
}

pub fn draw_titled(cx: Cx, canvas: &mut Canvas, area: Rect, task: &Task, title: &str) {
    let end = task.ended.as_ref().map_or(cx.state.now, |(at, _, _)| *at);
    let took = long_age(seconds_between(task.started_at, end));
    let state = match &task.ended {
        None => Runs::of(Role::Busy, format!("running {took}")),
        Some((_, true, _)) => Runs::of(Role::Ok, format!("done in {took}")),
        Some((_, false, _)) => Runs::of(Role::Bad, format!("failed after {took}")),
    };
    let frame = Frame::new(true, title.replace('━', "-")).also(state).right(Runs::of(Role::Muted, format!("task {}", task.id.0)));
    let mut body = Vec::new();
    for (i, line) in task.lines.iter().enumerate() {
        let (role, sign) = words::mark(line.mark);
        let sign = if sign == Sign::Busy && task.is_running() { words::waiting(cx, line.at) } else { cx.theme.sign(sign) };
        let when = if i == 0 { words::time(cx, line.at) } else { format!("+{}", long_age(seconds_between(task.started_at, line.at))) };
        for (n, part) in text::wrap(&line.text, inside(area).saturating_sub(16)).into_iter().enumerate() {
            let start =
                if n > 0 { Runs::new().gap(14) } else { Runs::new().gap(1).add(role, sign).gap(1).cell(Role::Muted, &when, 10).gap(1) };
            body.push(start.add(Role::Text, part));
        }
    }
    body.extend(usual(cx, task));
    body.extend(outcome(cx, task, inside(area).saturating_sub(4)));
    let refused = refused::task(cx.state).filter(|t| t.id == task.id);
    body.extend(refused.map(|t| next(t, inside(area))).unwrap_or_default());
    body.push(Runs::new());
    let again = refused.is_some();
    let keys = if again {
        let ways = refused.into_iter().flat_map(refused::next).map(|(k, _)| (k, short(k)));
        hints_in(ways.chain([("esc", "back")]), inside(area).saturating_sub(36))
    } else if task.is_running() {
        hints([("L", "log"), ("d", "diff"), ("b", "background")])
    } else {
        hints([("enter", "close"), ("c", "copy the commands")])
    };
    let foot = Runs::of(Role::Muted, if task.is_running() { "esc leaves this running" } else { "kept in the journal" });
    let label = match (again, task.is_running()) {
        (true, _) => "Plan again",
        (_, true) => "Background",
        _ => "Close",
    };
    let last = Runs::new().gap(1).join(keys).to(inside(area).saturating_sub(34)).join(only_button(label));
    // The newest line is the one to see where not all fit.
    let body = Body { scroll: usize::MAX, ..Body::of(body) };
    boxed(canvas, area, frame.bottom(foot, Runs::new()), &body, &[last]);
}

/// How long to wait, as the engine's own history tells.
fn usual(cx: Cx, task: &Task) -> Option<Runs> {
    let is_sync = task.is_running() && task.plan.action == "sync" && matches!(task.outcome, Some(Outcome::Sent { .. }));
    let row = cx.state.fleet.rows.get(&task.app).filter(|_| is_sync)?;
    let (seconds, of) = history::usual(&row.app.history)?;
    let of = if of == 1 { "the last one".to_owned() } else { format!("the last {of}") };
    Some(Runs::new().gap(14).add(Role::Muted, format!("a sync of it usually takes {} ({of})", long_age(seconds))))
}

/// A way on after a refused push, in two words.
fn short(key: &str) -> &'static str {
    match key {
        "c" => "copy",
        "e" => "edit message",
        _ => "plan again",
    }
}

/// What can be done after a no, and the command that does it.
fn next(task: &Task, width: usize) -> Vec<Runs> {
    let mut out = vec![Runs::new()];
    for (i, (key, what)) in refused::next(task).into_iter().enumerate() {
        let lines = text::wrap(&what, width.saturating_sub(18));
        for (n, part) in lines.into_iter().enumerate() {
            let label = if i == 0 && n == 0 { "next" } else { "" };
            let key = if n == 0 { key } else { "" };
            out.push(Runs::new().gap(3).cell(Role::Muted, label, 5).gap(1).cell(Role::HintKey, key, 6).gap(1).add(Role::Text, part));
        }
    }
    if !refused::copies(task) {
        return out;
    }
    for (i, command) in refused::commands(task).iter().flat_map(|c| text::wrap(c, width.saturating_sub(11))).enumerate() {
        out.push(Runs::new().gap(3).cell(Role::Muted, if i == 0 { "as" } else { "" }, 5).gap(1).add(Role::DiffHunk, command));
    }
    out
}

pub(super) fn outcome(cx: Cx, task: &Task, width: usize) -> Vec<Runs> {
    let (role, sign, says) = match (&task.ended, &task.outcome) {
        (Some((_, true, text)), _) => (Role::Ok, Sign::Ok, text.clone()),
        (Some((_, false, text)), _) => (Role::Bad, Sign::Bad, text.clone()),
        (None, Some(Outcome::Refused { reason })) => (Role::Bad, Sign::Bad, format!("Refused before anything was sent: {reason}")),
        (None, Some(Outcome::Failed { reason, .. })) => (Role::Bad, Sign::Bad, reason.clone()),
        (None, Some(Outcome::Unknown { reason })) => (Role::Unknown, Sign::Unknown, reason.clone()),
        (None, Some(Outcome::Sent { .. })) => (Role::Busy, Sign::Busy, "Sent; now the watch shows what becomes of it.".into()),
        (None, Some(Outcome::Cancelled) | None) => return Vec::new(),
    };
    text::wrap(&says, width)
        .into_iter()
        .enumerate()
        .map(|(i, l)| Runs::new().gap(1).add(role, if i == 0 { cx.theme.sign(sign) } else { " " }).gap(1).add(Role::Strong, l))
        .collect()
}
