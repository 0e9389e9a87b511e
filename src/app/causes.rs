//! Live objects of the troubled rows on screen: Argo CD says "Degraded" of an app and not why, so the row would say no more.
//! One app at a time, only rows that are drawn or followed after a rollback; again after a minute, and where nothing was new then
//! rarely: a page of rows that stay ill would be read for ever. Forgotten when the app is well. What is said of a row is never much older than
//! the rarest of these readings. A command draws nothing: it names the rows it tells of, and waits for several at a time.

use super::effect::Effect;
use super::fleet::Detail;
use super::list;
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::app::{App, ManagedResource, SharedApp};
use crate::domain::event::LiveNode;
use crate::domain::ids::{AppId, ClusterId};
use crate::domain::status::{Health, Phase, Sync};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Read again after the first, seconds, and after the second where nothing was new then.
const AGAIN_S: (i64, i64) = (60, 180);
/// The same for an app that is on its way after a rollback.
pub const FOLLOWED_S: i64 = 10;
/// So many apps are read at a time for a command, so many of them on one cluster, and so many in all: the worst first. A fleet that is ill as
/// a whole is no reason to press its API servers.
const AT_ONCE: usize = 8;
const AT_ONCE_THERE: usize = 2;
const IN_ALL: usize = 200;

#[derive(Clone, Debug, Default)]
pub struct Causes {
    read: HashMap<AppId, (Timestamp, Vec<LiveNode>)>,
    asked: HashMap<AppId, Asked>,
    reading: HashSet<AppId>,
    /// The rows that a command tells of; `None` = a screen shows them.
    told: Option<Told>,
}

#[derive(Clone, Debug, Default)]
struct Told {
    rows: Vec<AppId>,
    /// What was read of those that were looked at: their sentences go on telling it.
    looked: HashMap<AppId, Detail>,
}

/// When a row was last asked for, and as what: one that changed is asked for at once.
#[derive(Clone, Debug)]
struct Asked {
    at: Timestamp,
    health: Health,
    revision: Option<String>,
    operation: Option<(Phase, Option<Timestamp>)>,
    /// Until it is asked for again, seconds.
    again: i64,
}

impl Asked {
    fn is_as(&self, app: &App) -> bool {
        self.health == app.health && self.revision == app.revision && self.operation == operation(app)
    }
}

/// Which operation of the app it is, and how far; a routine run tells nothing new.
fn operation(app: &App) -> Option<(Phase, Option<Timestamp>)> {
    app.operation.as_ref().filter(|o| !o.routine).map(|o| (o.phase, o.started_at))
}

impl Causes {
    /// What was last read below a row, and when.
    pub fn of(&self, id: &AppId) -> Option<(Timestamp, &[LiveNode])> {
        self.read.get(id).map(|(at, nodes)| (*at, nodes.as_slice()))
    }
    /// Everything that was read of a row which a command looked at.
    pub fn looked(&self, id: &AppId) -> Option<&Detail> {
        self.told.as_ref()?.looked.get(id)
    }
    pub fn forget(&mut self, id: &AppId) {
        self.read.remove(id);
        self.asked.remove(id);
        if let Some(told) = &mut self.told {
            told.looked.remove(id);
        }
    }
    /// Rows that may have changed unseen, or that the operator asks about: they are read now.
    pub fn doubt(&mut self, is_meant: impl Fn(&AppId) -> bool) {
        self.asked.retain(|id, _| !is_meant(id));
    }
    /// Read for another reason, and as good as if it had been asked for.
    pub fn learn(&mut self, id: &AppId, at: Timestamp, nodes: Vec<LiveNode>) {
        self.read.insert(id.clone(), (at, nodes));
    }
    /// The row that was in view keeps what it said.
    pub fn keep(&mut self, mut left: Detail) {
        let Some(id) = left.app.clone() else { return };
        if let Some((at, Ok(nodes))) = left.tree.take() {
            self.read.insert(id.clone(), (at, nodes));
        }
        if let Some(told) = &mut self.told {
            told.looked.insert(id, left);
        }
    }
    /// An answer; whether it was ours.
    pub fn on_tree(&mut self, id: &AppId, at: Timestamp, nodes: &Result<Vec<LiveNode>, String>) -> bool {
        if !self.reading.remove(id) {
            return false;
        }
        let before = match nodes {
            Ok(nodes) => self.read.insert(id.clone(), (at, nodes.clone())),
            // What was read before is not what is there now.
            Err(_) => self.read.remove(id),
        };
        // A failed answer says nothing of what is there.
        let is_known = nodes.as_ref().is_ok_and(|nodes| before.is_some_and(|(_, known)| known == *nodes));
        if let Some(asked) = self.asked.get_mut(id) {
            asked.again = if is_known { AGAIN_S.1 } else { AGAIN_S.0 };
        }
        true
    }
}

/// The rows that are described on a cluster, or run there, are read again now.
pub fn doubt(state: &mut AppState, cluster: &ClusterId) {
    let rows = &state.fleet.rows;
    let runs_there = |id: &AppId| rows.get(id).is_some_and(|r| r.app.destination.cluster.as_ref() == Some(cluster));
    state.fleet.causes.doubt(|id| id.cluster == *cluster || runs_there(id));
}

/// A command tells of these rows: what could hold their causes is read wherever they stand.
pub fn tell(state: &mut AppState, rows: Vec<AppId>) {
    state.fleet.causes.told.get_or_insert_default().rows = rows;
}

/// A command tells of rows and advises nothing.
pub fn is_told(state: &AppState) -> bool {
    state.fleet.causes.told.is_some()
}

/// Of the rows that a command tells of every one was read that can be.
pub fn is_settled(state: &AppState) -> bool {
    state.fleet.causes.reading.is_empty() && next(state).is_none()
}

/// The next rows to be read: those asked for the longest ago, from the top.
pub fn ask(state: &mut AppState) -> Vec<Effect> {
    let at_once = if state.fleet.causes.told.is_some() { AT_ONCE } else { 1 };
    let mut out = Vec::new();
    while state.fleet.causes.reading.len() < at_once {
        let Some((app, cluster, again)) = next(state) else { break };
        let (health, revision, operation) = (app.health, app.revision.clone(), operation(&app));
        let causes = &mut state.fleet.causes;
        causes.asked.insert(app.id.clone(), Asked { at: state.now, health, revision, operation, again });
        causes.reading.insert(app.id.clone());
        out.push(Effect::Tree { app: app.id.clone(), cluster, resources: suspects(&app), in_view: false });
    }
    out
}

/// The app to be read, from where, and after how many seconds it is asked for again.
fn next(state: &AppState) -> Option<(SharedApp, ClusterId, i64)> {
    let (top, page, now) = (state.view.apps_top, list::page(state), state.now);
    let Causes { asked, reading, told, .. } = &state.fleet.causes;
    let followed: BTreeSet<&AppId> = state.tasks.iter().filter(|t| t.is_running()).flat_map(super::task::Task::on_its_way).collect();
    let due = |app: &App| {
        let again = |asked: &Asked| if followed.contains(&app.id) { FOLLOWED_S } else { asked.again };
        asked.get(&app.id).is_none_or(|a| !a.is_as(app) || now.as_second() - a.at.as_second() >= again(a))
    };
    let there = |cluster: &ClusterId| {
        let clusters = reading.iter().filter_map(|id| state.fleet.rows.get(id)).filter_map(|r| r.app.destination.cluster.as_ref());
        clusters.filter(|c| *c == cluster).count()
    };
    let may = |app: &App| {
        let is_free = || app.destination.cluster.as_ref().is_some_and(|c| there(c) < AT_ONCE_THERE);
        told.is_none() || (asked.len() < IN_ALL || asked.contains_key(&app.id)) && is_free()
    };
    let drawn = match told {
        Some(told) => told.rows.as_slice(),
        None => state.fleet.shown.get(top..).map_or(&[][..], |rest| rest.get(..page).unwrap_or(rest)),
    };
    let row = drawn
        .iter()
        .filter(|id| !followed.contains(id))
        .chain(followed.iter().copied())
        .filter(|id| state.fleet.detail.app.as_ref() != Some(id) && !reading.contains(id))
        .filter_map(|id| state.fleet.rows.get(id))
        .filter(|r| is_wanted(&r.app))
        .filter(|r| r.stale_as_of.is_none() && !r.app.resources.is_empty() && due(&r.app) && may(&r.app))
        .filter(|r| r.app.destination.cluster.as_ref().is_some_and(|c| super::settle::is_live(state, c)))
        .min_by_key(|r| asked.get(&r.app.id).map(|a| a.at))?;
    let again = asked.get(&row.app.id).filter(|a| a.is_as(&row.app)).map_or(AGAIN_S.0, |a| a.again);
    Some((row.app.clone(), row.app.destination.cluster.clone()?, again))
}

/// Hooks that ended badly in the last operation; they are not among the app's resources.
fn failed_hooks(app: &App) -> impl Iterator<Item = ManagedResource> {
    let failed = app.operation.as_ref().is_some_and(|o| o.phase.is_failed());
    hooks(app, &["Failed", "Error"]).filter(move |_| failed)
}

fn running_hooks(app: &App) -> impl Iterator<Item = ManagedResource> {
    let runs = app.operation.as_ref().is_some_and(|o| o.phase == Phase::Running);
    hooks(app, &["Running"]).filter(move |_| runs)
}

/// Hooks of the last operation that are in one of these phases.
fn hooks<'a>(app: &'a App, phases: &'static [&'static str]) -> impl Iterator<Item = ManagedResource> + 'a {
    let hooks = app.argo().into_iter().flat_map(|a| &a.operation_resources);
    hooks.filter(move |r| !r.hook_type.is_empty() && phases.contains(&r.hook_phase.as_str())).map(|r| ManagedResource {
        key: r.key.clone(),
        hook: true,
        ..ManagedResource::default()
    })
}

/// What is read below an app: its resources, and the hooks that failed or run.
pub fn below(app: &App) -> Vec<ManagedResource> {
    app.resources.iter().cloned().chain(failed_hooks(app)).chain(running_hooks(app)).collect()
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
    use crate::domain::ids::AppKind;

    fn id(name: &str) -> AppId {
        AppId { cluster: ClusterId::new("hub"), kind: AppKind::Application, namespace: "argocd".into(), name: name.into() }
    }

    #[test]
    fn an_answer_nobody_waits_for_is_not_kept_and_a_failed_one_forgets() {
        let mut causes = Causes::default();
        let at = Timestamp::UNIX_EPOCH;
        assert!(!causes.on_tree(&id("a"), at, &Ok(Vec::new())));
        assert!(causes.of(&id("a")).is_none());
        causes.reading.insert(id("a"));
        assert!(causes.on_tree(&id("a"), at, &Ok(Vec::new())));
        assert!(causes.of(&id("a")).is_some());
        causes.reading.insert(id("a"));
        assert!(causes.on_tree(&id("a"), at, &Err("gone".into())));
        assert!(causes.of(&id("a")).is_none());
    }

    #[test]
    fn a_row_of_which_nothing_is_new_is_read_rarely_until_something_is() {
        let mut causes = Causes::default();
        let asked = Asked { at: Timestamp::UNIX_EPOCH, health: Health::Degraded, revision: None, operation: None, again: AGAIN_S.0 };
        causes.asked.insert(id("a"), asked);
        let mut answer = |nodes: Result<Vec<LiveNode>, String>| {
            causes.reading.insert(id("a"));
            causes.on_tree(&id("a"), Timestamp::UNIX_EPOCH, &nodes);
            causes.asked[&id("a")].again
        };
        let restarted = |restarts| Ok(vec![LiveNode { restarts, ..LiveNode::default() }]);
        assert_eq!([7, 7, 7, 7, 8, 8].map(|n| answer(restarted(n))), [60, 180, 180, 180, 60, 180]);
        for _ in 0..9 {
            assert_eq!(answer(Err("gone".into())), 60, "a failed answer says nothing of what is there");
        }
    }
}
