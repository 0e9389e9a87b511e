//! Live details of the row in view: objects below it, events, the log of a pod that fails.

use super::effect::Effect;
use super::fleet::{Detail, Fleet, Row};
use super::overlay::Overlay;
use super::pane::{Pane, Tab};
use super::state::AppState;
use super::{action, causes};
use crate::domain::Timestamp;
use crate::domain::event::LiveNode;
use crate::domain::ids::{AppId, ClusterId, ObjectKey};
use crate::domain::status::{Health, Severity};

/// How long the cursor rests on a row before its details are read, ms.
const REST_MS: i64 = 120;
/// Details of a troubled row are read again after this many seconds, and after twice as many each time that nothing was new and no key was
/// pressed; of a quiet one after `QUIET_S`. One that a task is at is read often as long as the task runs.
const TROUBLED_S: i64 = 15;
const QUIET_S: i64 = 60;

/// Pods whose own Events are read; what one says, its siblings say too.
const PODS: usize = 3;

/// After how many seconds the row in view is read again.
fn again(state: &AppState, row: &Row) -> i64 {
    let running = || state.tasks.iter().filter(|t| t.is_running());
    if running().any(|t| t.on_its_way().any(|id| *id == row.app.id)) {
        return causes::FOLLOWED_S;
    }
    if matches!(row.severity, Severity::Ok | Severity::Suspended) {
        return QUIET_S;
    }
    // What we sent there may show any moment.
    if running().any(|t| t.app == row.app.id) {
        return TROUBLED_S;
    }
    TROUBLED_S << state.fleet.detail.unchanged.min(2)
}

/// Something of it differs from what was read before, or the operator is at the keys: it is read often again.
pub fn enliven(state: &mut AppState) {
    state.fleet.detail.unchanged = 0;
}

/// When something may be due, ms: once the cursor has rested, and again while the row is in trouble.
pub fn due(state: &AppState) -> [Option<i64>; 2] {
    let rested = state.view.rests_since.map(|since| since.as_millisecond() + REST_MS);
    let troubled = state.row().filter(|row| !matches!(row.severity, Severity::Ok | Severity::Suspended) && row.stale_as_of.is_none());
    let wait = troubled.map(|row| again(state, row) * 1000);
    let again = state.fleet.detail.tree_asked_at.zip(wait).map(|(asked, wait)| asked.as_millisecond() + wait);
    [rested, again]
}

/// Live details of the row in view, after the cursor rested, again when it changed or got old.
pub fn ask(state: &mut AppState) -> Vec<Effect> {
    let is_looked_at = !state.settings.brief || state.view.touched;
    let Some(id) = state.view.app.clone().filter(|_| is_looked_at) else { return left(state, Detail::default()) };
    let rested = state.settings.frozen
        || state.view.rests_since.is_none_or(|since| state.now.as_millisecond() - since.as_millisecond() >= REST_MS)
        || state.fleet.detail.app.is_none();
    if !rested {
        return Vec::new();
    }
    let mut out = Vec::new();
    if state.fleet.detail.app.as_ref() != Some(&id) {
        out = left(state, Detail { app: Some(id.clone()), ..Detail::default() });
        state.fleet.derive.repos_changed = true;
        state.dirty = true;
    }
    out.extend(read(state, &id));
    out.extend(first_pods(state, &id));
    out.extend(around(state, &id));
    out
}

/// What was read of the row before stays known; what is still being read of it is ended.
fn left(state: &mut AppState, next: Detail) -> Vec<Effect> {
    if state.fleet.detail.app.is_none() {
        state.fleet.detail = next;
        return Vec::new();
    }
    let left = std::mem::replace(&mut state.fleet.detail, next);
    state.fleet.causes.keep(left);
    super::history::left(state);
    vec![Effect::EndDetails]
}

/// Asks for events and live objects of the row in view, where they are due.
fn read(state: &mut AppState, id: &AppId) -> Vec<Effect> {
    let Some(row) = state.fleet.rows.get(id) else { return Vec::new() };
    if row.stale_as_of.is_some() {
        return Vec::new();
    }
    let limit = again(state, row);
    let version = format!("{}/{:?}/{:?}", row.app.revision.as_deref().unwrap_or_default(), row.app.health, row.app.sync);
    let detail = &state.fleet.detail;
    let old = |asked: Option<Timestamp>| asked.is_none_or(|at| state.now.as_second() - at.as_second() >= limit);
    if !(old(detail.tree_asked_at) || detail.asked_version != version) {
        return Vec::new();
    }
    let destination = row.app.destination.cluster.clone().filter(|c| super::settle::is_live(state, c));
    let mut out = events(state, id, destination.clone());
    let Some(row) = state.fleet.rows.get(id) else { return out };
    if let Some(cluster) = destination {
        out.push(Effect::Tree { app: id.clone(), cluster, resources: causes::below(&row.app), in_view: true });
    }
    if !causes::is_told(state) {
        out.extend(super::rights::ask_for(state, id));
    }
    let now = state.now;
    let detail = &mut state.fleet.detail;
    detail.unchanged = if detail.asked_version == version { detail.unchanged.saturating_add(1) } else { 0 };
    detail.tree_asked_at = Some(now);
    detail.asked_version = version;
    out
}

/// Of the app, its resources, and pods below it that are not ready.
fn events(state: &mut AppState, id: &AppId, destination: Option<ClusterId>) -> Vec<Effect> {
    let Some(row) = state.fleet.rows.get(id) else { return Vec::new() };
    let pods = waiting(&state.fleet, id);
    let mut objects: Vec<_> = vec![ObjectKey::new(id.kind.group(), id.kind.kind(), &id.namespace, &id.name)];
    objects.extend(row.app.resources.iter().map(|r| r.key.clone()));
    objects.extend(pods.iter().cloned());
    let detail = &mut state.fleet.detail;
    detail.events_asked_at = Some(state.now);
    detail.events_open = detail.events_open.saturating_add(1);
    detail.events_of = pods;
    vec![Effect::Events { app: id.clone(), home: id.cluster.clone(), destination, objects }]
}

/// What a probe said of a container stands nowhere but in the Events of its pod.
fn waiting(fleet: &Fleet, id: &AppId) -> Vec<ObjectKey> {
    let tree = fleet.tree_of(id).map(|(_, nodes)| nodes).unwrap_or_default();
    let waiting = tree.iter().filter(|n| n.key.kind == "Pod" && n.exists && n.reason.is_none() && n.health != Some(Health::Healthy));
    waiting.take(PODS).map(|n| n.key.clone()).collect()
}

/// The first tree tells which pods are not ready: their Events are read at once. Not before the first question is answered, whose answer
/// would take the place of this one.
fn first_pods(state: &mut AppState, id: &AppId) -> Vec<Effect> {
    let detail = &state.fleet.detail;
    if detail.pods_seen || detail.tree.is_none() || detail.events_open > 0 {
        return Vec::new();
    }
    let is_asked = waiting(&state.fleet, id).iter().all(|pod| detail.events_of.contains(pod));
    state.fleet.detail.pods_seen = true;
    let Some(row) = state.fleet.rows.get(id).filter(|row| !is_asked && row.stale_as_of.is_none()) else { return Vec::new() };
    let destination = row.app.destination.cluster.clone().filter(|c| super::settle::is_live(state, c));
    events(state, id, destination)
}

/// What else concerns the row in view, once its Source tab is open.
fn around(state: &mut AppState, id: &AppId) -> Vec<Effect> {
    let is_open = state.view.tab == Tab::Source && state.view.details_of == Pane::Apps;
    let asked = state.fleet.detail.around_asked_at;
    let is_due = asked.is_none_or(|at| state.now.as_second() - at.as_second() >= QUIET_S);
    let Some(row) = state.fleet.rows.get(id).filter(|row| is_open && is_due && row.stale_as_of.is_none()) else { return Vec::new() };
    let effect = Effect::Around(row.app.clone());
    state.fleet.detail.around_asked_at = Some(state.now);
    vec![effect]
}

/// The log of the failing pod in view, once for each of its restarts: its last line is what the operator looks for first.
pub fn log(state: &mut AppState) -> Vec<Effect> {
    let Some(row) = state.row().filter(|r| r.severity.is_broken() && r.stale_as_of.is_none()) else { return Vec::new() };
    // A text that is being read does not change under the reader.
    if state.overlays.iter().any(|o| matches!(o, Overlay::Log(_))) {
        return Vec::new();
    }
    let Some((_, nodes)) = state.fleet.tree_of(&row.app.id).filter(|_| state.fleet.detail.app.as_ref() == Some(&row.app.id)) else {
        return Vec::new();
    };
    let crashed = |pod: &&LiveNode| pod.health == Some(Health::Degraded) && pod.exit_code.is_some_and(|c| c != 0);
    let Some(pod) = action::log::pod(row, nodes).filter(crashed).map(|p| (p.key.clone(), p.restarts)) else { return Vec::new() };
    if state.fleet.detail.log_asked.as_ref() == Some(&pod) {
        return Vec::new();
    }
    let out = action::log::ask(state);
    // Known from before it came into view, its live objects are read again first.
    if !out.is_empty() {
        state.fleet.detail.log_asked = Some(pod);
    }
    out
}
