//! `u`: reverts the revert of the last rollback, by the same steps.

use super::{Action, Group, writable_app};
use crate::app::effect::Effect;
use crate::app::rollback;
use crate::app::state::{AppState, Screen};
use crate::app::task::Task;
use crate::domain::plan::Step;

pub static UNDO: Action = Action {
    name: "undo_rollback",
    title: "undo roll back",
    help: "revert the last revert, by the same steps",
    group: Group::App,
    // It acts on the app that was rolled back, wherever the cursor is.
    off: |s| match last(s) {
        None => Some("No roll back of this run can be undone.".to_owned()),
        Some(task) => writable_app(s, &task.app).err(),
    },
    run,
    mutates: true,
};

/// The newest rollback of this run that was pushed.
fn last(state: &AppState) -> Option<&Task> {
    let own = match &state.screen {
        Screen::Rollback(screen) => screen.task,
        _ => None,
    };
    state.tasks.iter().rev().find(|t| t.follow.is_some() && state.fleet.rows.contains_key(&t.app) && own.is_none_or(|id| id == t.id))
}

fn run(state: &mut AppState) -> Vec<Effect> {
    let Some(task) = last(state) else { return Vec::new() };
    let (Some(follow), Some(Step::Revert(request))) = (&task.follow, task.plan.steps.first()) else { return Vec::new() };
    let undo = rollback::Undo { commit: follow.commit.clone(), base: request.base.clone() };
    let app = task.app.clone();
    state.overlays.clear();
    state.view.app = Some(app);
    state.fleet.derive.list_changed = true;
    rollback::open(state, Some(undo))
}
