//! A push that was answered with no: what can be done now, in words and as commands.

use super::again::{edit_after, is_refused};
use super::own_branch;
use crate::app::effect::Effect;
use crate::app::state::{AppState, Screen};
use crate::app::task::Task;
use crate::domain::commit::short_rev;
use crate::domain::plan::{FailClass, Outcome, RevertRequest, Step};
use crate::domain::text::shell;

fn revert(task: &Task) -> Option<&RevertRequest> {
    match task.plan.steps.first() {
        Some(Step::Revert(request)) => Some(request),
        _ => None,
    }
}

/// In a word; its own screen says why.
pub fn word(task: &Task) -> &'static str {
    match task.outcome {
        Some(Outcome::Failed { class: FailClass::Unreachable, .. }) => "did not arrive",
        Some(Outcome::Unknown { .. }) => "not known",
        _ => "refused",
    }
}

/// The branch takes nothing from this person by a push: it goes another way.
fn is_closed(task: &Task) -> bool {
    matches!(task.outcome, Some(Outcome::Failed { class: FailClass::Protected | FailClass::Forbidden, .. }))
}

/// The way on, best first: key (empty = done elsewhere) and what it does.
pub fn next(task: &Task) -> Vec<(&'static str, String)> {
    let (Some(request), Some(outcome)) = (revert(task), &task.outcome) else { return Vec::new() };
    let kept = match &task.stored {
        Some(stored) => format!("commit {} is kept", short_rev(&stored.commit)),
        None => "the plan is kept".to_owned(),
    };
    let pull = |why: &str| {
        vec![
            ("c", format!("{kept}: copies the command that pushes it to {}; {why}", own_branch(&ids(request)))),
            ("enter", format!("plan again for {}, once it takes a push", request.branch)),
        ]
    };
    match outcome {
        Outcome::Failed { class: FailClass::Protected, .. } => pull("open a pull request from that branch"),
        Outcome::Failed { class: FailClass::Forbidden, .. } => pull("open a pull request from it, or push it to a fork"),
        Outcome::Failed { class: FailClass::Hook, .. } => {
            vec![("e", "edit the message, then push again".to_owned()), ("enter", "plan again as it is".to_owned())]
        }
        Outcome::Failed { class: FailClass::Moved | FailClass::NotFound, .. } => {
            vec![("enter", format!("plan again on {} as it is now, with the same marks", request.branch))]
        }
        Outcome::Failed { class: FailClass::Auth, .. } => vec![("enter", "plan again, after a login with git by hand".to_owned())],
        Outcome::Failed { class: FailClass::Unreachable, .. } => {
            vec![("enter", "plan again, once the remote answers".to_owned())]
        }
        Outcome::Unknown { .. } => vec![("enter", format!("read {} again: it shows whether the revert is there", request.branch))],
        Outcome::Failed { .. } | Outcome::Refused { .. } => vec![("enter", "plan again".to_owned())],
        Outcome::Sent { .. } | Outcome::Cancelled => Vec::new(),
    }
}

fn ids(request: &RevertRequest) -> Vec<String> {
    request.commits.iter().map(|(id, _)| id.clone()).collect()
}

/// What `c` copies: the push of the very commit that was refused, to a branch of its own; without a commit, the whole plan by hand.
pub fn commands(task: &Task) -> Vec<String> {
    let Some(request) = revert(task) else { return Vec::new() };
    let branch = own_branch(&ids(request));
    if let Some(stored) = &task.stored {
        let (mirror, url) = (shell(&stored.mirror), shell(&request.url));
        return vec![format!("git -C {mirror} push {url} {}", shell(&format!("{}:refs/heads/{branch}", stored.commit)))];
    }
    let mut out = task.plan.commands.clone();
    if let (true, Some(last)) = (is_closed(task), out.last_mut()) {
        *last = format!("git push --atomic {} {}", shell(&request.url), shell(&format!("HEAD:refs/heads/{branch}")));
    }
    out
}

/// In the plan that is made again: what the push before it was told.
pub(super) fn before(task: &Task) -> Option<String> {
    let (Outcome::Refused { reason } | Outcome::Failed { reason, .. }) = task.outcome.as_ref()? else { return None };
    let kept = task.stored.as_ref().map(|s| format!("; commit {} is kept", short_rev(&s.commit))).unwrap_or_default();
    Some(format!("✗ {} before: {}{kept}", word(task), reason.trim_end_matches('.')))
}

/// A dry run does not meet what refused the push, such as a hook, and proves nothing against it.
pub(super) fn outweighs_trial(task: &Task) -> bool {
    !matches!(task.outcome, Some(Outcome::Failed { class: FailClass::Unreachable | FailClass::Auth, .. }))
}

/// What is told of a commit that was made and did not arrive, when its screen goes: where its command is.
pub fn is_kept(task: &Task) -> Option<String> {
    let stored = task.stored.as_ref()?;
    Some(format!("Commit {} is kept; the journal (@ at the apps, c copies) has the push of it.", short_rev(&stored.commit)))
}

/// The same for the journal: which commit, and what pushes it to a branch of its own. `None` where none was made, or it arrived.
pub fn kept(task: &Task) -> Option<String> {
    let stored = task.stored.as_ref().filter(|_| !matches!(task.outcome, Some(Outcome::Sent { .. })))?;
    Some(format!("commit {} is kept; this pushes it to a branch of its own: {}", stored.commit, commands(task).join("; ")))
}

/// `c` is one of the ways on.
pub fn copies(task: &Task) -> bool {
    next(task).iter().any(|(key, _)| *key == "c")
}

/// `c` at a refused push.
pub fn copy(state: &mut AppState) -> Vec<Effect> {
    match task(state) {
        Some(task) => vec![Effect::Copy(commands(task).join("\n"))],
        None => Vec::new(),
    }
}

/// The task whose push was refused, on the screen.
pub fn task(state: &AppState) -> Option<&Task> {
    let Screen::Rollback(screen) = &state.screen else { return None };
    screen.task.and_then(|id| state.task(id)).filter(|_| is_refused(state))
}

/// The message may be what the server did not like.
pub fn wants_message(state: &AppState) -> bool {
    task(state).is_some_and(|t| matches!(t.outcome, Some(Outcome::Failed { class: FailClass::Hook, .. })))
}

/// `e` at a push that a hook refused: back to the plan, with the message open.
pub fn edit(state: &mut AppState) -> Vec<Effect> {
    if wants_message(state) { edit_after(state) } else { Vec::new() }
}
