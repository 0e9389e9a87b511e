//! What the operator may do, asked of the clusters before it is tried.

use super::action::plan;
use super::effect::Effect;
use super::fleet::Fleet;
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::duration::seconds_between;
use crate::domain::ids::{AppId, AppKind, ClusterId};
use serde::{Deserialize, Serialize};

/// An answer is asked for again after this long, seconds: roles change.
const KEPT_S: u64 = 60;

/// Whose objects a right is about: the objects of a kind in a namespace of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scope {
    pub cluster: ClusterId,
    pub kind: AppKind,
    pub namespace: String,
}

impl Scope {
    pub fn of(id: &AppId) -> Self {
        Self { cluster: id.cluster.clone(), kind: id.kind, namespace: id.namespace.clone() }
    }
}

/// What is known of the right to patch in a scope.
#[derive(Clone, Debug)]
pub struct Right {
    pub asked_at: Timestamp,
    /// When it was answered, and how; an error is no "no".
    pub answer: Option<(Timestamp, Result<bool, String>)>,
}

/// Asks whether this app may be patched, unless that was asked lately.
pub fn ask(state: &mut AppState, id: &AppId) -> Option<Effect> {
    let (scope, now) = (Scope::of(id), state.now);
    let known = state.fleet.rights.get(&scope);
    if known.is_some_and(|r| seconds_between(r.asked_at, now) < KEPT_S) {
        return None;
    }
    let answer = known.and_then(|r| r.answer.clone());
    state.fleet.rights.insert(scope.clone(), Right { asked_at: now, answer });
    Some(Effect::Review(scope))
}

/// An answer came: a plan that is open says it, or is refused by it.
pub fn on_answer(state: &mut AppState, scope: Scope, answer: Result<bool, String>) -> Vec<Effect> {
    let now = state.now;
    state.fleet.rights.entry(scope.clone()).or_insert(Right { asked_at: now, answer: None }).answer = Some((now, answer));
    plan::rights_changed(state, &scope)
}

/// A new session may be another user's.
pub fn forget(fleet: &mut Fleet, cluster: &ClusterId) {
    fleet.rights.retain(|scope, _| scope.cluster != *cluster);
}

/// `None` = not known.
pub fn may_patch(fleet: &Fleet, app: &App) -> Option<bool> {
    let (_, answer) = fleet.rights.get(&Scope::of(&app.id))?.answer.as_ref()?;
    answer.as_ref().ok().copied()
}

/// Nothing is open any more: it was answered, in whatever way.
pub fn is_answered(fleet: &Fleet, id: &AppId) -> bool {
    fleet.rights.get(&Scope::of(id)).is_some_and(|right| right.answer.is_some())
}

/// The line of a plan; `None` before anything was asked.
pub fn words(fleet: &Fleet, id: &AppId) -> Option<String> {
    let what = format!("patch {} in {}", id.kind.plural(), id.namespace);
    let right = fleet.rights.get(&Scope::of(id))?;
    Some(match &right.answer {
        None => format!("{what}: asking"),
        Some((_, Ok(true))) => format!("{what}: yes"),
        Some((_, Ok(false))) => format!("{what}: no"),
        Some((_, Err(why))) => format!("{what}: not known, {why}"),
    })
}
