//! Live objects of the troubled rows on screen: Argo CD says "Degraded" of an app and not why, so the row would say no more.
//! One app at a time, only rows that are drawn or followed after a rollback, again after a minute; forgotten when the app is well.

use super::effect::Effect;
use super::fleet::Detail;
use super::list;
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::app::{App, ManagedResource};
use crate::domain::event::LiveNode;
use crate::domain::ids::AppId;
use crate::domain::status::{Health, Sync};
use std::collections::{BTreeSet, HashMap};

/// Read again after this many seconds.
const AGAIN_S: i64 = 60;
/// The same for an app that is on its way after a rollback.
const FOLLOWED_S: i64 = 10;

#[derive(Clone, Debug, Default)]
pub struct Causes {
    read: HashMap<AppId, (Timestamp, Vec<LiveNode>)>,
    /// When each was last asked for, and as what: a row that changed is asked for at once.
    asked: HashMap<AppId, (Timestamp, Health, Option<String>)>,
    reading: Option<AppId>,
}

impl Causes {
    /// What was last read below a row, and when.
    pub fn of(&self, id: &AppId) -> Option<(Timestamp, &[LiveNode])> {
        self.read.get(id).map(|(at, nodes)| (*at, nodes.as_slice()))
    }
    pub fn forget(&mut self, id: &AppId) {
        self.read.remove(id);
        self.asked.remove(id);
    }
    /// Read for another reason, and as good as if it had been asked for.
    pub fn learn(&mut self, id: &AppId, at: Timestamp, nodes: Vec<LiveNode>) {
        self.read.insert(id.clone(), (at, nodes));
    }
    /// The row that was in view keeps what it said.
    pub fn keep(&mut self, left: Detail) {
        if let (Some(id), Some((at, Ok(nodes)))) = (left.app, left.tree) {
            self.read.insert(id, (at, nodes));
        }
    }
    /// An answer; whether it was ours.
    pub fn on_tree(&mut self, id: &AppId, at: Timestamp, nodes: &Result<Vec<LiveNode>, String>) -> bool {
        if self.reading.as_ref() != Some(id) {
            return false;
        }
        self.reading = None;
        match nodes {
            Ok(nodes) => drop(self.read.insert(id.clone(), (at, nodes.clone()))),
            // What was read before is not what is there now.
            Err(_) => drop(self.read.remove(id)),
        }
        true
    }
}

/// The next row to be read, if none is being read: the one asked for the longest ago, from the top.
pub fn ask(state: &mut AppState) -> Option<Effect> {
    if state.fleet.causes.reading.is_some() {
        return None;
    }
    let (top, page, now) = (state.view.apps_top, list::page(state), state.now);
    let asked = &state.fleet.causes.asked;
    let followed: BTreeSet<&AppId> = state.tasks.iter().filter(|t| t.is_running()).flat_map(super::task::Task::on_its_way).collect();
    let due = |id: &AppId, health: Health, revision: &Option<String>| {
        let again = if followed.contains(id) { FOLLOWED_S } else { AGAIN_S };
        asked.get(id).is_none_or(|(at, h, r)| *h != health || r != revision || now.as_second() - at.as_second() >= again)
    };
    let drawn = state.fleet.shown.iter().skip(top).take(page).filter(|id| !followed.contains(id));
    let row = drawn
        .chain(followed.iter().copied())
        .filter(|id| state.fleet.detail.app.as_ref() != Some(id))
        .filter_map(|id| state.fleet.rows.get(id))
        .filter(|r| is_wanted(&r.app))
        .filter(|r| r.stale_as_of.is_none() && !r.app.resources.is_empty() && due(&r.app.id, r.app.health, &r.app.revision))
        .filter(|r| r.app.destination.cluster.as_ref().is_some_and(|c| super::settle::is_live(state, c)))
        .min_by_key(|r| asked.get(&r.app.id).map(|(at, ..)| *at))?;
    let app = row.app.clone();
    let cluster = app.destination.cluster.clone()?;
    state.fleet.causes.asked.insert(app.id.clone(), (now, app.health, app.revision.clone()));
    state.fleet.causes.reading = Some(app.id.clone());
    Some(Effect::Tree { app: app.id.clone(), cluster, resources: suspects(&app), in_view: false })
}

/// Hooks that ended badly in the last operation; they are not among the app's resources.
fn failed_hooks(app: &App) -> impl Iterator<Item = ManagedResource> {
    let failed = app.operation.as_ref().is_some_and(|o| o.phase.is_failed());
    let hooks = app.argo().into_iter().flat_map(|a| &a.operation_resources);
    hooks.filter(move |r| failed && !r.hook_type.is_empty() && matches!(r.hook_phase.as_str(), "Failed" | "Error")).map(|r| {
        ManagedResource {
            key: r.key.clone(),
            version: String::new(),
            sync: None,
            health: None,
            health_message: String::new(),
            requires_pruning: false,
            hook: true,
            wave: 0,
        }
    })
}

/// What is read below an app: its resources, and the hooks that failed.
pub fn below(app: &App) -> Vec<ManagedResource> {
    app.resources.iter().cloned().chain(failed_hooks(app)).collect()
}

fn differing(app: &App) -> impl Iterator<Item = &ManagedResource> {
    app.resources.iter().filter(|r| r.sync == Some(Sync::OutOfSync) && !r.requires_pruning && !r.hook)
}

/// The object alone does not tell why: what runs is unwell, a hook failed, or somebody changed what is live.
pub fn is_wanted(app: &App) -> bool {
    matches!(app.health, Health::Degraded | Health::Progressing | Health::Missing | Health::Suspended)
        || failed_hooks(app).next().is_some()
        || differing(app).next().is_some()
}

/// Only what could hold the cause.
fn suspects(app: &App) -> Vec<ManagedResource> {
    if app.health == Health::Healthy { differing(app).cloned().chain(failed_hooks(app)).collect() } else { below(app) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{AppKind, ClusterId};

    fn id(name: &str) -> AppId {
        AppId { cluster: ClusterId::new("hub"), kind: AppKind::Application, namespace: "argocd".into(), name: name.into() }
    }

    #[test]
    fn an_answer_nobody_waits_for_is_not_kept_and_a_failed_one_forgets() {
        let mut causes = Causes::default();
        let at = Timestamp::UNIX_EPOCH;
        assert!(!causes.on_tree(&id("a"), at, &Ok(Vec::new())));
        assert!(causes.of(&id("a")).is_none());
        causes.reading = Some(id("a"));
        assert!(causes.on_tree(&id("a"), at, &Ok(Vec::new())));
        assert!(causes.of(&id("a")).is_some());
        causes.reading = Some(id("a"));
        assert!(causes.on_tree(&id("a"), at, &Err("gone".into())));
        assert!(causes.of(&id("a")).is_none());
    }
}
