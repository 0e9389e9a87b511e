//! A log that is followed: what came, what was too much, and how it ended. It ends with its overlay.

use super::effect::Effect;
use super::fleet::LogText;
use super::overlay::{LogView, Overlay};
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::event::LiveNode;
use crate::domain::ids::{AppId, ObjectKey};
use crate::domain::status::Health;

/// Lines that are kept of a log that is followed; the oldest go.
pub const KEPT: usize = 2000;

/// The stream that is open, or the last one and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Following {
    pub id: u64,
    pub app: AppId,
    pub pod: ObjectKey,
    pub container: String,
    pub since: Timestamp,
    /// When its newest line came; `None` = none did since it is followed.
    pub last_at: Option<Timestamp>,
    /// Lines that came faster than they are shown, so far.
    pub dropped: u64,
    pub ended: Option<String>,
}

/// The follow of what the overlay shows.
pub fn following(state: &AppState) -> Option<&Following> {
    state.following.as_ref().filter(|f| state.fleet.detail.app.as_ref() == Some(&f.app))
}

/// The pod of a log as it was read live.
fn pod_of<'a>(state: &'a AppState, log: &LogText) -> Option<&'a LiveNode> {
    let (_, nodes) = state.row().and_then(|row| state.fleet.read_of(&row.app.id))?;
    nodes.as_ref().ok()?.iter().find(|n| n.key == log.pod && n.exists)
}

/// Why a log without a line has none, and what tells more.
pub fn silence(state: &AppState, log: &LogText) -> String {
    let container = &log.container;
    if following(state).is_some_and(|f| f.ended.is_none()) {
        return format!("{container} has written no line since it is followed.");
    }
    match pod_of(state, log) {
        Some(pod) if has_never_run(pod, container) => {
            let reason = pod.reason.as_deref().unwrap_or_default();
            let why = [reason, pod.message.trim_end_matches('.')].into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(": ");
            format!("There is no log: {container} of {} has not run yet ({why}). Why and the Events tab tell what holds it.", log.pod.name)
        }
        _ => format!("{container} wrote nothing in this run. p reads the other run, c the next container."),
    }
}

/// The container waits for something before its first run: what is told of a pod is told of its worst one, and of all where none is named.
fn has_never_run(pod: &LiveNode, container: &str) -> bool {
    let is_it = pod.container.as_deref().is_none_or(|worst| worst == container);
    is_it && pod.health != Some(Health::Healthy) && pod.restarts == 0 && pod.exit_code.is_none() && pod.reason.is_some()
}

/// What a reader of this log must know: the app is broken, and this pod is not what is.
pub fn is_beside(state: &AppState, log: &LogText) -> bool {
    // Between two crashes a pod is ready, too.
    let is_well = |pod: &LiveNode| pod.health == Some(Health::Healthy) && pod.restarts == 0 && pod.exit_code.is_none();
    let is_well = pod_of(state, log).is_some_and(is_well);
    is_well && state.row().is_some_and(|row| row.severity.is_broken())
}

/// Follows, or ends that.
pub fn toggle(state: &mut AppState) -> Vec<Effect> {
    if following(state).is_some_and(|f| f.ended.is_none()) {
        return end(state);
    }
    let Some((app, cluster, log)) = shown(state) else { return Vec::new() };
    let (pod, container) = (log.pod.clone(), log.container.clone());
    state.follows += 1;
    let id = state.follows;
    let since = state.now;
    let started = Following { id, app, pod: pod.clone(), container: container.clone(), since, last_at: None, dropped: 0, ended: None };
    state.following = Some(started);
    if let Some(log) = &mut state.fleet.detail.log {
        // The stream begins with the newest lines of the run that goes on.
        (log.lines, log.previous) = (Ok(Vec::new()), false);
    }
    if let Some(view) = view(state) {
        view.top = None;
    }
    vec![Effect::FollowLog { id, cluster, pod, container }]
}

fn end(state: &mut AppState) -> Vec<Effect> {
    state.dirty = true;
    match state.following.take() {
        Some(f) if f.ended.is_none() => vec![Effect::EndLog],
        _ => Vec::new(),
    }
}

/// App, cluster and text of what is shown.
fn shown(state: &AppState) -> Option<(AppId, crate::domain::ids::ClusterId, &LogText)> {
    let row = state.row()?;
    Some((row.app.id.clone(), row.app.destination.cluster.clone()?, state.fleet.detail.log.as_ref()?))
}

fn view(state: &mut AppState) -> Option<&mut LogView> {
    state.overlays.iter_mut().rev().find_map(|o| if let Overlay::Log(view) = o { Some(view) } else { None })
}

/// The other run of the container: the one before, or the one that goes on.
pub fn other_run(state: &mut AppState) -> Vec<Effect> {
    let previous = state.fleet.detail.log.as_ref().is_some_and(|log| !log.previous);
    let container = state.fleet.detail.log.as_ref().map(|log| log.container.clone());
    let out = read(state, container, previous);
    if let Some(view) = view(state).filter(|_| !out.is_empty()) {
        view.is_previous_asked = previous;
    }
    out
}

/// The next container of the pod.
pub fn next_container(state: &mut AppState) -> Vec<Effect> {
    let Some(log) = &state.fleet.detail.log else { return Vec::new() };
    let at = log.containers.iter().position(|c| *c == log.container).map_or(0, |at| at + 1);
    let next = log.containers.get(at).or_else(|| log.containers.first()).cloned();
    let (previous, same) = (log.previous, next.as_ref() == Some(&log.container));
    if next.is_none() || same {
        let pod = log.pod.name.clone();
        state.notices.flash(state.now, format!("{pod} has one container."));
        return Vec::new();
    }
    read(state, next, previous)
}

fn read(state: &mut AppState, container: Option<String>, previous: bool) -> Vec<Effect> {
    let Some((app, cluster, log)) = shown(state) else { return Vec::new() };
    let effect = Effect::Log { app, cluster, pod: log.pod.clone(), container, previous };
    let mut out = end(state);
    if let Some(view) = view(state) {
        view.top = None;
    }
    out.push(effect);
    out
}

/// Reads it anew, and follows it no more; of a pod that is gone, the one that matters most now.
pub fn again(state: &mut AppState) -> Vec<Effect> {
    let is_there = |log: &&LogText| {
        let nodes = state.row().and_then(|row| state.fleet.read_of(&row.app.id)).and_then(|(_, nodes)| nodes.as_ref().ok());
        nodes.is_some_and(|nodes| nodes.iter().any(|n| n.key == log.pod && n.exists))
    };
    match state.fleet.detail.log.as_ref().filter(is_there).map(|log| (log.container.clone(), log.previous)) {
        Some((container, previous)) => read(state, Some(container), previous),
        None => {
            let mut out = end(state);
            out.extend(super::action::log::ask(state));
            out
        }
    }
}

/// What was read once: the overlay shows it, and where it is of the failing container its last line is evidence.
pub fn on_read(state: &mut AppState, app: AppId, log: LogText) {
    if is_evidence(state, &log) {
        state.fleet.detail.evidence = Some(log.clone());
        state.fleet.derive.judge.insert(app);
    }
    let is_asked = view(state).is_some_and(|view| std::mem::take(&mut view.is_previous_asked));
    if is_asked && !log.previous {
        // The runtime reads the run that goes on where it cannot have the one before: nothing on the screen would tell.
        let text = format!("No earlier run of {} can be read: this is the one that goes on.", log.container);
        state.notices.flash(state.now, text);
    }
    // An answer that was asked for before the follow began would put its lines under another run or container.
    if following(state).is_none_or(|f| f.ended.is_some()) {
        state.fleet.detail.log = Some(log);
        state.dirty = true;
    }
}

/// Of the container that fails, and of the run that does: the one that goes on counts only where the one before cannot be read.
fn is_evidence(state: &AppState, log: &LogText) -> bool {
    let detail = &state.fleet.detail;
    let nodes = detail.tree.as_ref().and_then(|(_, nodes)| nodes.as_deref().ok());
    let pod = nodes.and_then(|nodes| nodes.iter().find(|n| n.key == log.pod));
    if nodes.is_some() && pod.is_none() {
        return false;
    }
    let failing = pod.and_then(|pod| pod.container.as_ref()).or(log.containers.first());
    let known = detail.evidence.as_ref().filter(|known| known.pod == log.pod);
    let is_failing_run = pod.is_some_and(|pod| log.previous == (pod.restarts > 0)) || known.is_none_or(|known| !known.previous);
    log.lines.is_ok() && failing.is_none_or(|name| *name == log.container) && is_failing_run
}

/// `new_at` = when they came; `None` of what was there before, and of notes of ours.
pub fn on_more(state: &mut AppState, id: u64, new_at: Option<Timestamp>, lines: Vec<String>, dropped: u64) {
    let Some(following) = state.following.as_mut().filter(|f| f.id == id) else { return };
    following.last_at = new_at.or(following.last_at);
    following.dropped += dropped;
    let is_same = |log: &&mut LogText| log.pod == following.pod && log.container == following.container && !log.previous;
    let is_ours = state.fleet.detail.app.as_ref() == Some(&following.app);
    let Some(log) = state.fleet.detail.log.as_mut().filter(is_same).filter(|_| is_ours) else { return };
    log.at = state.now;
    let Ok(kept) = &mut log.lines else { return };
    if dropped > 0 {
        kept.push(format!("({dropped} lines dropped: they came faster than they are shown)"));
    }
    kept.extend(lines);
    let gone = kept.len().saturating_sub(KEPT);
    kept.drain(..gone);
    // Who has scrolled up goes on reading the same line.
    if let Some(top) = view(state).and_then(|v| v.top.as_mut()) {
        *top = top.saturating_sub(gone);
    }
    state.dirty = true;
}

pub fn on_ended(state: &mut AppState, id: u64, why: String) {
    if let Some(following) = state.following.as_mut().filter(|f| f.id == id) {
        following.ended = Some(why);
        state.dirty = true;
    }
}

/// Nobody looks any more: the overlay was closed, or the row is another one.
pub fn end_unwanted(state: &mut AppState) -> Vec<Effect> {
    let is_open = state.overlays.iter().any(|o| matches!(o, Overlay::Log(_)));
    let Some(following) = &state.following else { return Vec::new() };
    if is_open && state.fleet.detail.app.as_ref() == Some(&following.app) { Vec::new() } else { end(state) }
}
