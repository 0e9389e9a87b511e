//! `q`: leaves; asks while a task runs.

use super::{Action, Group, always};
use crate::app::effect::Effect;
use crate::app::overlay::Overlay;
use crate::app::settle;
use crate::app::state::AppState;
use crate::app::task::Task;

pub static QUIT: Action = Action {
    name: "quit",
    title: "quit",
    help: "leave driftdeck; asks while a task runs",
    group: Group::Screen,
    off: always,
    run: ask,
    mutates: false,
};

/// Asked a second time while the question is shown, it leaves.
pub fn ask(state: &mut AppState) -> Vec<Effect> {
    let asked = matches!(state.overlays.last(), Some(Overlay::Message { title, .. }) if title == "Quit");
    let running: Vec<&Task> = state.tasks.iter().filter(|t| t.is_running()).collect();
    if running.is_empty() || asked {
        let mut out = settle::save(state, true);
        out.push(Effect::Quit(0));
        return out;
    }
    let mut lines: Vec<String> = running.iter().map(|t| format!("Task {} still follows: {} on {}.", t.id.0, t.title, t.place)).collect();
    lines.push("What was sent stays sent. q quits, esc stays.".into());
    // A second q of the same press is not an answer.
    state.dead_until = crate::domain::Timestamp::from_millisecond(state.now.as_millisecond() + state.settings.dead_ms).ok();
    state.overlays.push(Overlay::Message { title: "Quit".into(), lines });
    Vec::new()
}
