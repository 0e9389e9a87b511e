//! The trial push behind an open plan: who would commit, and whether the remote would take it.

use super::{Rollback, Stage};
use crate::app::effect::Effect;
use crate::app::msg::CheckEvent;
use crate::app::state::{AppState, Screen};
use crate::domain::Timestamp;
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::ids::TaskId;
use crate::domain::plan::{FailClass, Outcome, Step};

/// Without an answer for this long Push is possible all the same, seconds: it looks at everything again before it sends.
const PATIENCE_S: u64 = 20;
/// While the word is typed that enables Push, `r` may be a letter of it.
pub(super) const PLANS_AGAIN: &str = "r or Ctrl-r plans again with the same marks";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Answers to another task are dropped.
    pub task: TaskId,
    pub asked_at: Timestamp,
    /// "sam <sam@acme.example>", and how it is signed.
    pub author: Option<(String, Option<String>)>,
    /// `Sent` = the push would go through.
    pub ended: Option<(Timestamp, Outcome)>,
}

/// Asks for the check of the plan that is open.
pub(super) fn ask(state: &mut AppState) -> Vec<Effect> {
    let (task, now) = (state.take_task_id(), state.now);
    let Screen::Rollback(screen) = &mut state.screen else { return Vec::new() };
    let first = screen.plan.as_ref().filter(|dialog| !dialog.plan.is_refused()).and_then(|dialog| dialog.plan.steps.first());
    let Some(Step::Revert(request)) = first else { return Vec::new() };
    let request = Box::new(request.clone());
    screen.check = Some(Check { task, asked_at: now, author: None, ended: None });
    super::plan::refresh(state);
    vec![Effect::CheckPush { task, request }]
}

/// A trial push that nobody waits for any more holds the mirror, and with it the push: it is ended.
pub fn end_unwanted(state: &mut AppState) -> Option<Effect> {
    let open = match &state.screen {
        Screen::Rollback(screen) if screen.stage == Stage::Plan => screen.check.as_ref().filter(|c| c.ended.is_none()).map(|c| c.task),
        _ => None,
    };
    let before = std::mem::replace(&mut state.trial, open);
    // A newer one takes the place of an older one by itself.
    (before.is_some() && open.is_none()).then_some(Effect::EndCheck)
}

pub fn on_checked(state: &mut AppState, task: TaskId, event: CheckEvent) -> Vec<Effect> {
    let now = state.now;
    let Screen::Rollback(screen) = &mut state.screen else { return Vec::new() };
    let is_open = screen.stage == Stage::Plan;
    let Some(check) = screen.check.as_mut().filter(|c| is_open && c.task == task) else { return Vec::new() };
    match event {
        CheckEvent::By { by, signed } => check.author = Some((by, signed)),
        CheckEvent::Ended(outcome) => {
            check.ended = Some((now, outcome));
            state.trial = None;
        }
    }
    super::plan::refresh(state);
    Vec::new()
}

/// `r` in the plan: what was found is looked at again; from the start where the plan itself is out of date.
pub fn look_again(state: &mut AppState) -> Vec<Effect> {
    if plans_again(state) {
        return super::again::plan_again(state);
    }
    let Screen::Rollback(screen) = &state.screen else { return Vec::new() };
    match &screen.check {
        Some(check) if check.ended.is_some() || check.is_overdue(state.now) => ask(state),
        _ => Vec::new(),
    }
}

/// The plan that is open is out of date: looking again means to plan again.
pub fn plans_again(state: &AppState) -> bool {
    let Screen::Rollback(screen) = &state.screen else { return false };
    moved_to(state, screen).is_some() || screen.check.as_ref().is_some_and(Check::is_outdated)
}

/// Where the branch is by a poll that is younger than the plan, if not where the plan was made.
pub(super) fn moved_to<'a>(state: &'a AppState, screen: &Rollback) -> Option<&'a str> {
    let list = screen.list.as_ref()?;
    let repo = state.fleet.repos.get(&screen.repo)?;
    let tip = repo.refs.get(&format!("heads/{}", list.branch))?;
    (*tip != list.tip && repo.polled_at.is_some_and(|at| at > list.fetched_at)).then_some(tip.as_str())
}

impl Check {
    /// "by sam <sam@acme.example>, signed: ssh key (git config)".
    pub(super) fn by(&self) -> String {
        match &self.author {
            None => "by: asking git config".into(),
            Some((by, None)) => format!("by {by}, not signed (git config)"),
            Some((by, Some(how))) => format!("by {by}, signed: {how} (git config)"),
        }
    }

    /// `was_refused`: the real push of the same was, after a dry run that found nothing either.
    pub(super) fn says(&self, now: Timestamp, was_refused: bool) -> String {
        let ago = |at: Timestamp| short_age(seconds_between(at, now));
        match &self.ended {
            None if self.is_overdue(now) => {
                format!("? dry run: no answer after {PATIENCE_S}s (Ctrl-r asks again); Push checks it all again")
            }
            None => format!("↻ dry run: checking, {}; Push waits for it, {PATIENCE_S}s at most", ago(self.asked_at)),
            Some((at, Outcome::Sent { .. })) if was_refused => {
                format!("? dry run {} ago does not meet what refused the push before", ago(*at))
            }
            Some((at, Outcome::Sent { .. })) => format!("✓ dry run accepted {} ago; server hooks speak at the real push", ago(*at)),
            Some((at, Outcome::Failed { class: FailClass::Unreachable, reason })) => {
                format!("? dry run: the remote was not reached {} ago: {reason}", ago(*at))
            }
            Some((at, Outcome::Refused { reason } | Outcome::Failed { reason, .. } | Outcome::Unknown { reason })) => {
                format!("✗ dry run refused {} ago: {reason}", ago(*at))
            }
            Some((at, Outcome::Cancelled)) => format!("✗ dry run ended {} ago without an answer", ago(*at)),
        }
    }

    fn is_overdue(&self, now: Timestamp) -> bool {
        seconds_between(self.asked_at, now) >= PATIENCE_S
    }

    /// Why the push is off.
    pub(super) fn held(&self, now: Timestamp) -> Option<String> {
        match &self.ended {
            None if self.is_overdue(now) => None,
            None => Some(format!("The dry run is still checking; Push works once it has answered, or after {PATIENCE_S}s.")),
            Some((_, Outcome::Sent { .. })) => None,
            Some((_, Outcome::Failed { class: FailClass::Unreachable, .. })) => {
                Some(format!("The remote was not reached, so nothing is pushed: {}.", self.next().unwrap_or_default()))
            }
            Some(_) => Some(format!("The dry run was refused, so nothing is pushed: {}.", self.next().unwrap_or_default())),
        }
    }

    /// It ended, and not with a yes.
    pub(crate) fn is_refused(&self) -> bool {
        self.ended.as_ref().is_some_and(|(_, outcome)| !matches!(outcome, Outcome::Sent { .. }))
    }

    /// The plan does not fit the branch or the files any more.
    fn is_outdated(&self) -> bool {
        let outcome = self.ended.as_ref().map(|(_, outcome)| outcome);
        matches!(outcome, Some(Outcome::Refused { .. } | Outcome::Failed { class: FailClass::Moved | FailClass::NotFound, .. }))
    }

    /// The branch takes nothing from this person, whatever the commit is.
    pub(super) fn is_closed(&self) -> bool {
        matches!(&self.ended, Some((_, Outcome::Failed { class: FailClass::Protected | FailClass::Forbidden, .. })))
    }

    /// What helps.
    pub(super) fn next(&self) -> Option<String> {
        let text = match self.ended.as_ref().map(|(_, outcome)| outcome)? {
            Outcome::Sent { .. } => return None,
            _ if self.is_outdated() => PLANS_AGAIN,
            Outcome::Failed { class: FailClass::Protected | FailClass::Forbidden, .. } => {
                "c  copies the commands that push to a branch of its own: open a pull request from it"
            }
            Outcome::Failed { class: FailClass::Auth, .. } => "log in to it with git by hand, then r or Ctrl-r checks again",
            Outcome::Failed { class: FailClass::Unreachable, .. } => "r or Ctrl-r checks again, once the remote answers",
            _ => "r or Ctrl-r checks again",
        };
        Some(text.to_owned())
    }
}
