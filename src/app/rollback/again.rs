//! After a no, or a branch that moved: the same marks, planned again.

use super::flow::begin_again;
use super::{Rollback, Stage, plan};
use crate::app::effect::Effect;
use crate::app::state::{AppState, Screen};
use crate::app::task::Task;
use crate::domain::plan::{FailClass, Outcome, Plan, Step};

/// The push was answered with no: nothing was written and the plan can be made anew.
pub fn is_refused(state: &AppState) -> bool {
    let Screen::Rollback(screen) = &state.screen else { return false };
    let task = screen.task.and_then(|id| state.task(id));
    screen.stage == Stage::Push && task.is_some_and(|t| t.outcome.as_ref().is_some_and(|o| !matches!(o, Outcome::Sent { .. })))
}

/// The answer says nothing about the branch: the same commit may be sent again, for example once the hook or the login is content.
fn keeps_base(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Refused { .. } => true,
        Outcome::Failed { class, .. } => !matches!(class, FailClass::Moved | FailClass::NotFound),
        Outcome::Sent { .. } | Outcome::Unknown { .. } | Outcome::Cancelled => false,
    }
}

/// Enter after a refused push: back to the plan. Where the branch is not as it was, the range is read again from the remote first. What was
/// marked stays marked and what was written stays written.
pub(super) fn again(state: &mut AppState) -> Vec<Effect> {
    super::left::keep(state);
    if let (true, Screen::Rollback(screen)) = (has_same_base(state), &mut state.screen) {
        screen.stage = Stage::Preview;
        screen.plan = None;
        screen.before = screen.task.take();
        return plan::open(state);
    }
    plan_again(state)
}

/// Back to the plan of a refused push, with the message open.
pub(super) fn edit_after(state: &mut AppState) -> Vec<Effect> {
    let out = again(state);
    if let Screen::Rollback(screen) = &mut state.screen {
        screen.editing = screen.stage == Stage::Plan;
    }
    out
}

/// The push that was refused before the open plan was made again.
pub(super) fn before<'a>(state: &'a AppState, screen: &Rollback) -> Option<&'a Task> {
    screen.before.and_then(|id| state.task(id))
}

/// What a plan reverts was sent already, and refused: the journal tells of it as that.
pub fn was_sent(state: &AppState, plan: &Plan) -> bool {
    let Screen::Rollback(screen) = &state.screen else { return false };
    let Some(task) = before(state, screen) else { return false };
    match (task.plan.steps.first(), plan.steps.first()) {
        (Some(Step::Revert(sent)), Some(Step::Revert(now))) => (&sent.base, &sent.commits) == (&now.base, &now.commits),
        _ => false,
    }
}

pub(super) fn has_same_base(state: &AppState) -> bool {
    let task = if let Screen::Rollback(screen) = &state.screen { screen.task.and_then(|id| state.task(id)) } else { None };
    task.and_then(|t| t.outcome.as_ref()).is_some_and(keeps_base)
}

/// The range is read anew; preview and plan follow by themselves while every mark is still in it.
pub(super) fn plan_again(state: &mut AppState) -> Vec<Effect> {
    reread(state, true)
}

pub(super) fn reread(state: &mut AppState, onward: bool) -> Vec<Effect> {
    let Screen::Rollback(mut screen) = std::mem::take(&mut state.screen) else { return Vec::new() };
    screen.stage = Stage::Suspects;
    screen.plan = None;
    screen.check = None;
    screen.preview = None;
    // What the newest push was told is about a branch that is read anew.
    if screen.task.take().is_some() {
        screen.before = None;
    }
    screen.onward = onward;
    begin_again(state, screen)
}
