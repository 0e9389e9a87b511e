//! Rollbacks that were sent and whose screen was left: the way back to them.

use super::{Rollback, Stage};
use crate::app::effect::Effect;
use crate::app::state::{AppState, Screen};

/// So many are kept; the journal has them all.
const KEPT: usize = 8;

/// The screen closes; what was sent from it can be looked at again.
pub(super) fn leave(state: &mut AppState) {
    if !matches!(state.screen, Screen::Rollback(_)) {
        return;
    }
    let Screen::Rollback(screen) = std::mem::take(&mut state.screen) else { return };
    if screen.stage < Stage::Push || screen.task.is_none() {
        return;
    }
    store(state, screen);
}

/// A push that was refused is planned again: its answer, and what it leaves to do, can be gone back to all the same.
pub(super) fn keep(state: &mut AppState) {
    if let Screen::Rollback(screen) = &state.screen {
        store(state, screen.clone());
    }
}

fn store(state: &mut AppState, screen: Box<Rollback>) {
    state.left.retain(|other| other.task != screen.task);
    state.left.push(screen);
    let over = state.left.len().saturating_sub(KEPT);
    state.left.drain(..over);
}

/// The one to go back to: the newest that still runs, else the newest.
fn newest(state: &AppState) -> Option<usize> {
    let runs = |at: &usize| {
        let task = state.left.get(*at).and_then(|screen| screen.task).and_then(|id| state.task(id));
        task.is_some_and(crate::app::task::Task::is_running)
    };
    let last = state.left.len().checked_sub(1)?;
    (0..=last).rev().find(runs).or(Some(last))
}

/// Why there is nothing to go back to.
pub fn off(state: &AppState) -> Option<String> {
    newest(state).is_none().then(|| "No rollback was sent in this run; R begins one.".to_owned())
}

/// Back to where the commit has arrived, or why it did not.
pub fn back_to(state: &mut AppState) -> Vec<Effect> {
    let Some(at) = newest(state) else { return Vec::new() };
    let mut screen = state.left.remove(at);
    leave(state);
    // It may have been pushed meanwhile.
    let is_pushed = screen.task.and_then(|id| state.task(id)).is_some_and(|task| task.follow.is_some());
    if is_pushed {
        screen.stage = Stage::Follow;
    }
    state.overlays.clear();
    state.screen = Screen::Rollback(screen);
    state.dirty = true;
    Vec::new()
}
