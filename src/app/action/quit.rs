//! `q`: leaves; asks while a task runs.

use super::{Action, Group, always, plan};
use crate::app::effect::Effect;
use crate::app::overlay::Overlay;
use crate::app::settle;
use crate::app::staged::run as staged;
use crate::app::state::AppState;
use crate::app::task::Task;
use crate::app::timeline;
use crate::domain::ids::TaskId;
use crate::domain::plan::{Outcome, Plan};

pub static QUIT: Action = Action {
    name: "quit",
    title: "quit",
    help: "leave driftdeck; asks while a task runs",
    group: Group::Screen,
    off: always,
    run: ask,
    mutates: false,
};

/// The end of the program: last rows are written, and what is under way gets an outcome in the journal.
pub fn leave(state: &mut AppState) -> Vec<Effect> {
    let mut out = settle::save(state, true);
    out.extend(timeline::watch::end(state));
    out.extend(unanswered(state, "driftdeck was left while it was being sent"));
    out.extend(staged::leave(state));
    out.push(Effect::Quit(0));
    out
}

/// What is being sent and has no answer yet gets an outcome in the journal.
pub fn unanswered(state: &mut AppState, reason: &str) -> Vec<Effect> {
    let sending: Vec<_> = state.tasks.iter().filter(|t| t.outcome.is_none()).map(|t| (t.id, t.plan.clone(), t.typed.clone())).collect();
    let line = |(id, plan, typed): (TaskId, Plan, Option<String>)| {
        let outcome = Outcome::Unknown { reason: reason.to_owned() };
        Effect::Journal(Box::new(plan::journal(state, id.0, &plan, typed, Some(outcome))))
    };
    sending.into_iter().map(line).collect()
}

/// The question whether to leave is on the screen.
pub fn is_asked(state: &AppState) -> bool {
    matches!(state.overlays.last(), Some(Overlay::Message { title, .. }) if title == "Quit")
}

/// The staged sync that it is part of runs and is named instead.
fn is_told(state: &AppState, task: &Task) -> bool {
    task.part_of.and_then(|id| state.task(id)).is_some_and(Task::is_running)
}

/// Asked a second time while the question is shown, it leaves.
pub fn ask(state: &mut AppState) -> Vec<Effect> {
    let running: Vec<&Task> = state.tasks.iter().filter(|t| t.is_running() && !is_told(state, t)).collect();
    if running.is_empty() || is_asked(state) {
        return leave(state);
    }
    let mut lines: Vec<String> = running.iter().map(|t| format!("Task {} still follows: {} on {}.", t.id.0, t.title, t.place)).collect();
    if running.iter().any(|t| t.batch.is_some()) {
        lines.push("What a staged sync has not sent yet is then not sent at all.".into());
    }
    lines.push("What was sent stays sent. q quits, esc stays.".into());
    // A second q of the same press is not an answer.
    state.dead_until = crate::domain::Timestamp::from_millisecond(state.now.as_millisecond() + state.settings.dead_ms).ok();
    state.overlays.push(Overlay::Message { title: "Quit".into(), lines });
    Vec::new()
}
