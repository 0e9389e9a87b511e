//! Which apps are compared, a few at a time, and what becomes of the answers.

use super::Answer;
use crate::app::effect::{DiffMode, DiffRequest, Effect};
use crate::app::fleet::Row;
use crate::app::pane::From;
use crate::app::pane::repos::runs_on;
use crate::app::state::{AppState, Screen};
use crate::domain::app::App;
use crate::domain::drift::Compared;
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::ids::{AppId, ClusterId, TaskId};
use crate::domain::status::Sync;
use std::collections::HashSet;

/// Apps compared at one time: each reads its objects and renders its manifests.
const AT_ONCE: usize = 4;
const ON_ONE_CLUSTER: usize = 2;
/// An answer of an app that looks the same is taken again for so long, seconds.
const KEPT_S: u64 = 300;

/// What an app was when it was compared: with another one the answer is old.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    uid: String,
    generation: i64,
    revision: Option<String>,
    wanted: Vec<String>,
    differs: bool,
}

impl Stamp {
    pub fn of(app: &App) -> Self {
        let wanted = app.argo().map_or_else(|| app.target.iter().cloned().collect(), |argo| argo.compared.clone());
        let (uid, revision) = (app.uid.clone(), app.revision.clone());
        Self { uid, generation: app.generation, revision, wanted, differs: differs(app) }
    }
}

/// A question that is not answered yet.
#[derive(Clone, Debug)]
pub struct Asked {
    pub app: AppId,
    cluster: ClusterId,
    of: Stamp,
}

/// Its engine says that what is live is not what is wanted.
fn differs(app: &App) -> bool {
    app.sync == Sync::OutOfSync
}

/// Apps that differ, worst first.
fn drifted(state: &AppState) -> Vec<AppId> {
    let mut rows: Vec<&Row> = state.fleet.rows.values().filter(|r| differs(&r.app)).collect();
    rows.sort_by(|a, b| (a.severity, &a.app.id).cmp(&(b.severity, &b.app.id)));
    rows.into_iter().map(|r| r.app.id.clone()).collect()
}

/// Everything that differs now waits to be compared, but what was so lately.
pub fn begin(state: &mut AppState, anew: bool) {
    let all = drifted(state);
    let now = state.now;
    let (view, rows) = (&mut state.view.drift, &state.fleet.rows);
    view.answers.retain(|id, answer| {
        let same = rows.get(id).is_some_and(|r| Stamp::of(&r.app) == answer.of);
        !anew && same && answer.result.is_ok() && seconds_between(answer.at, now) < KEPT_S
    });
    let asked: HashSet<&AppId> = view.asked.values().map(|a| &a.app).collect();
    view.waiting = all.into_iter().filter(|id| !view.answers.contains_key(id) && !asked.contains(id)).collect();
    (view.begun, view.is_new) = (Some(now), true);
    state.dirty = true;
}

/// What runs is ended; nobody waits for it.
pub fn end(state: &mut AppState) -> Vec<Effect> {
    let view = &mut state.view.drift;
    view.waiting.clear();
    if view.asked.is_empty() {
        return Vec::new();
    }
    view.asked.clear();
    vec![Effect::EndCompare]
}

/// The screen was left, however; a diff that was opened from it comes back to it.
pub fn end_unwanted(state: &mut AppState) -> Vec<Effect> {
    let wanted = match &state.screen {
        Screen::Drift => true,
        Screen::Diff(diff) => diff.from == From::Drift,
        _ => false,
    };
    if wanted { Vec::new() } else { end(state) }
}

/// As many questions as may be under way.
pub fn ask(state: &mut AppState) -> Vec<Effect> {
    let mut out = Vec::new();
    let mut at = 0;
    while state.view.drift.asked.len() < AT_ONCE {
        let Some(id) = state.view.drift.waiting.get(at).cloned() else { break };
        let row = state.fleet.rows.get(&id);
        let question = row.map(|row| why_not(state, row));
        match question {
            Some(Ok(cluster)) if is_busy(state, &cluster) => {
                at += 1;
                continue;
            }
            Some(Ok(cluster)) => out.extend(row.map(|row| App::clone(&row.app)).map(|app| compare(state, app, cluster))),
            Some(Err(why)) => {
                if let Some(of) = row.map(|row| Stamp::of(&row.app)) {
                    answer(state, id, of, Err(why));
                }
            }
            None => {}
        }
        state.view.drift.waiting.remove(at);
    }
    out
}

fn is_busy(state: &AppState, cluster: &ClusterId) -> bool {
    state.view.drift.asked.values().filter(|a| a.cluster == *cluster).count() >= ON_ONE_CLUSTER
}

fn compare(state: &mut AppState, app: App, cluster: ClusterId) -> Effect {
    let task = state.take_task_id();
    state.view.drift.asked.insert(task, Asked { app: app.id.clone(), cluster: cluster.clone(), of: Stamp::of(&app) });
    let cluster_label = app.runs_on().to_owned();
    let request = DiffRequest {
        app,
        cluster: Some(cluster),
        mode: DiffMode::LiveVsDesired,
        last_good: None,
        against: None,
        cluster_label,
        at: state.now,
    };
    Effect::Compare { task, request: Box::new(request) }
}

/// The cluster its objects are read from. Errors: why it cannot be compared.
fn why_not(state: &AppState, row: &Row) -> Result<ClusterId, String> {
    if let Some(at) = row.stale_as_of {
        let age = short_age(seconds_between(at, state.now));
        return Err(format!("{} was last read {age} ago", row.app.id.cluster));
    }
    if let Some(why) = &row.app.unreadable {
        return Err(format!("it cannot be read: {why}"));
    }
    let Some(id) = row.app.destination.cluster.clone() else {
        return Err(format!("no context of yours reaches {}", runs_on(state, row)));
    };
    match state.fleet.clusters.get(&id) {
        None => Err(format!("{id} is not watched")),
        Some(cluster) if cluster.link.is_live() || cluster.link == crate::domain::cluster::Link::NotInstalled => Ok(id),
        Some(cluster) => {
            let why = cluster.link.reason().map(|why| format!(": {why}")).unwrap_or_default();
            Err(format!("{} is {}{why}", cluster.name(), cluster.link.word()))
        }
    }
}

pub fn on_answer(state: &mut AppState, task: TaskId, result: Result<Compared, String>) {
    let Some(asked) = state.view.drift.asked.remove(&task) else { return };
    answer(state, asked.app, asked.of, result);
}

fn answer(state: &mut AppState, id: AppId, of: Stamp, result: Result<Compared, String>) {
    state.view.drift.answers.insert(id, Answer { of, at: state.now, result });
    state.view.drift.is_new = true;
    state.dirty = true;
}

/// Apps of which what is shown is no longer so, or which began to differ since.
pub fn changed(state: &AppState) -> usize {
    let view = &state.view.drift;
    let under_way: HashSet<&AppId> = view.waiting.iter().chain(view.asked.values().map(|a| &a.app)).collect();
    let old = view.answers.iter().filter(|(id, a)| state.fleet.rows.get(id).is_none_or(|r| Stamp::of(&r.app) != a.of)).count();
    let new = state.fleet.rows.values().filter(|r| differs(&r.app));
    old + new.filter(|r| !view.answers.contains_key(&r.app.id) && !under_way.contains(&r.app.id)).count()
}
