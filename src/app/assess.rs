//! Health of apps that their engine applies but does not assess: computed from their objects, one app of a cluster at a time, in the
//! background.

use super::effect::Effect;
use super::fleet::Row;
use super::record;
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::app::{App, HelmFields, ManagedResource, NO_OBJECTS, SharedApp, StoredRelease};
use crate::domain::cluster::Link;
use crate::domain::event::LiveNode;
use crate::domain::ids::{AppId, ClusterId};
use crate::domain::status::{Health, HealthBy, Sync};
use serde::{Deserialize, Serialize};

/// A computed health is asked for again after this many seconds.
const AGAIN_S: i64 = 300;

/// What was computed stays while the same revision runs; a new one is assessed again.
pub fn keep(old: &App, new: &mut App) {
    let same = old.uid == new.uid && old.revision == new.revision && release(old) == release(new);
    if !same {
        return;
    }
    if new.health_by == HealthBy::NotAssessed && old.health_by == HealthBy::Computed {
        (new.health, new.health_by) = (old.health, HealthBy::Computed);
    }
    if new.resources.is_empty() && stored(new).is_some() {
        new.resources.clone_from(&old.resources);
    }
    if is_unwatched(new) && old.health_by != HealthBy::Engine {
        (new.sync, new.health, new.health_by) = (old.sync, old.health, old.health_by);
    }
}

fn helm(app: &App) -> Option<&HelmFields> {
    app.flux().and_then(|f| f.helm.as_ref())
}

/// Number of the Helm release: new values make a new one of the same chart.
pub fn release(app: &App) -> Option<i64> {
    helm(app).and_then(|h| h.release_version)
}

/// Where the newest release of an app is stored: what it applied, and which objects where it names none itself (helm-controller before 1.5
/// keeps no inventory). `None` = no HelmRelease, or never released.
pub fn stored(app: &App) -> Option<StoredRelease> {
    let helm = helm(app)?;
    Some(StoredRelease { namespace: helm.storage_namespace.clone(), name: helm.release_name.clone(), version: helm.release_version? })
}

/// A release that is in, of which helm-controller looks at no object any more: Ready stays True whatever becomes of them.
fn is_unwatched(app: &App) -> bool {
    let well = app.sync == Sync::Synced && app.health == Health::Healthy && app.health_by == HealthBy::Engine;
    well && helm(app).is_some_and(|h| h.drift_mode == "disabled")
}

/// Its health is what we make of its objects.
pub(super) fn is_ours(app: &App) -> bool {
    app.health_by != HealthBy::Engine || is_unwatched(app)
}

/// Trouble that we found ourselves and that the object does not date.
pub fn is_found(old: &App, new: &App) -> bool {
    let ill = !matches!(new.health, Health::Healthy | Health::Unknown);
    new.health_by == HealthBy::Computed && ill && old.health == new.health && old.revision == new.revision
}

/// Objects that no context of ours reaches and no engine watches: nobody knows how they are.
pub fn fill(app: &mut App) {
    if is_unwatched(app) && app.destination.cluster.is_none() {
        (app.health, app.health_by) = (Health::Unknown, HealthBy::NotAssessed);
    }
}

/// The worst health among the objects; one that is gone counts as missing, one without health rules not at all.
///
/// # Errors
/// Why an object could not be read, where nothing worse than that is known; or that there is none.
pub fn worst(nodes: &[LiveNode]) -> Result<Health, String> {
    let rank = |h: Health| match h {
        Health::Degraded => 4,
        Health::Missing => 3,
        Health::Progressing => 2,
        Health::Suspended => 1,
        Health::Healthy | Health::Unknown => 0,
    };
    let of = |n: &LiveNode| if n.exists { n.health.unwrap_or(Health::Healthy) } else { Health::Missing };
    if nodes.is_empty() {
        return Err(NO_OBJECTS.to_owned());
    }
    // What an object is there to make is told by that object itself.
    let read = nodes.iter().filter(|n| n.exists || n.unread.is_none() && n.depth == 0);
    let worst = read.map(of).max_by_key(|h| rank(*h)).unwrap_or(Health::Healthy);
    match nodes.iter().find_map(|n| n.unread.clone()) {
        Some(why) if rank(worst) < 3 => Err(why),
        _ => Ok(worst),
    }
}

/// Rows whose health only their objects tell, as far as those can be read.
fn assessable(state: &AppState) -> impl Iterator<Item = &Row> {
    let clusters = &state.fleet.clusters;
    let answers = |id: &ClusterId| clusters.get(id).is_some_and(|c| c.link.is_live() || c.link == Link::NotInstalled);
    let rows = state.fleet.rows.values().filter(|r| is_ours(&r.app));
    // One whose objects cannot be read would be first in line for ever.
    rows.filter(move |r| r.app.destination.cluster.as_ref().is_some_and(answers))
        .filter(|r| r.stale_as_of.is_none() && !r.app.suspended && (!r.app.resources.is_empty() || stored(&r.app).is_some()))
}

/// Which state of an app an answer is about: what it is made of changes with these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    uid: String,
    revision: Option<String>,
    release: Option<StoredRelease>,
}

impl Made {
    pub fn of(app: &App) -> Self {
        Self { uid: app.uid.clone(), revision: app.revision.clone(), release: stored(app) }
    }
}

/// What was found of an app whose engine does not look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assessed {
    pub of: Made,
    /// The worst among its objects, or why that is not known.
    pub health: Result<Health, String>,
    /// Its objects, where the app does not name them; and those in trouble, live.
    pub resources: Vec<ManagedResource>,
    pub nodes: Vec<LiveNode>,
}

/// Nothing is being read, and everything that can be was once.
pub fn is_settled(state: &AppState) -> bool {
    let derive = &state.fleet.derive;
    derive.assessing.is_empty() && assessable(state).all(|r| derive.assessed_at.contains_key(&r.app.id))
}

/// As [`is_settled`], for what runs on one cluster.
pub fn is_settled_on(state: &AppState, cluster: &ClusterId) -> bool {
    let derive = &state.fleet.derive;
    let mut there = assessable(state).filter(|r| r.app.destination.cluster.as_ref() == Some(cluster));
    !derive.assessing.contains_key(cluster) && there.all(|r| derive.assessed_at.contains_key(&r.app.id))
}

/// The next app of each cluster from which none is being read: those never assessed first.
pub fn ask(state: &mut AppState) -> Vec<Effect> {
    let mut out = Vec::new();
    while state.fleet.derive.assess {
        let next = next(state);
        state.fleet.derive.assess = next.is_some();
        let Some((app, cluster)) = next else { break };
        let id = app.id.clone();
        state.fleet.derive.assessing.insert(cluster.clone(), id.clone());
        state.fleet.derive.assessed_at.insert(id.clone(), state.now);
        let release = stored(&app).filter(|_| app.resources.is_empty());
        out.push(Effect::Assess { of: Made::of(&app), app: id, cluster, resources: app.resources.clone(), release });
    }
    out
}

fn next(state: &AppState) -> Option<(SharedApp, ClusterId)> {
    let now = state.now;
    let (asked, busy) = (&state.fleet.derive.assessed_at, &state.fleet.derive.assessing);
    let due = |id: &AppId| asked.get(id).is_none_or(|at| now.as_second() - at.as_second() >= AGAIN_S);
    let row = assessable(state)
        .filter(|r| due(&r.app.id) && r.app.destination.cluster.as_ref().is_some_and(|c| !busy.contains_key(c)))
        .min_by(|a, b| asked.get(&a.app.id).cmp(&asked.get(&b.app.id)).then_with(|| a.app.id.cmp(&b.app.id)))?;
    Some((row.app.clone(), row.app.destination.cluster.clone()?))
}

/// An answer that could not be had leaves "not assessed".
pub fn on_answer(state: &mut AppState, id: &AppId, answer: Assessed) -> Vec<Effect> {
    let Assessed { of, health, resources, nodes } = answer;
    let before = state.fleet.derive.assessing.len();
    state.fleet.derive.assessing.retain(|_, app| app != id);
    state.fleet.derive.assess |= state.fleet.derive.assessing.len() != before;
    // It was applied anew meanwhile: what was looked at is no longer what it is made of.
    if state.fleet.rows.get(id).is_some_and(|row| Made::of(&row.app) != of) {
        state.fleet.derive.assessed_at.remove(id);
        state.fleet.derive.assess = true;
        return Vec::new();
    }
    if let Some(row) = state.fleet.rows.get_mut(id).filter(|r| r.app.resources.is_empty() && !resources.is_empty()) {
        row.app.resources = resources;
    }
    let told = take(state, id, state.now, health);
    // What shows the trouble is at hand: its cause need not be read once more.
    if !nodes.is_empty() && state.fleet.rows.get(id).is_some_and(|r| is_ours(&r.app)) {
        state.fleet.causes.learn(id, state.now, nodes);
        state.fleet.derive.judge.insert(id.clone());
    }
    told.into_iter().collect()
}

/// The tree that was read for the row in view is as good an answer, where it is whole.
pub fn on_tree(state: &mut AppState, id: &AppId, at: Timestamp, nodes: &[LiveNode]) -> Vec<Effect> {
    let Some(row) = state.fleet.rows.get(id).filter(|r| is_ours(&r.app) && !r.app.suspended && !r.app.resources.is_empty()) else {
        return Vec::new();
    };
    let is_whole = row.app.resources.iter().all(|r| nodes.iter().any(|n| n.depth == 0 && n.key == r.key));
    if let Ok(health) = worst(nodes)
        && is_whole
    {
        state.fleet.derive.assessed_at.insert(id.clone(), state.now);
        return take(state, id, at, Ok(health)).into_iter().collect();
    }
    Vec::new()
}

/// Missing objects of an applied app are a fault, and of a release that nobody watches a difference that stays.
fn take(state: &mut AppState, id: &AppId, at: Timestamp, health: Result<Health, String>) -> Option<Effect> {
    let row = state.fleet.rows.get_mut(id).filter(|r| is_ours(&r.app))?;
    let (health, by) = match health {
        Ok(health) => {
            state.fleet.unseen.remove(id);
            (health, HealthBy::Computed)
        }
        Err(why) => {
            state.fleet.unseen.insert(id.clone(), why);
            (Health::Unknown, HealthBy::NotAssessed)
        }
    };
    let sync = match helm(&row.app) {
        Some(_) if health == Health::Missing => Sync::OutOfSync,
        Some(_) => Sync::Synced,
        None => row.app.sync,
    };
    if (row.app.sync, row.app.health, row.app.health_by) != (sync, health, by) {
        if row.app.health == Health::Healthy {
            row.well_at = Some(at);
        }
        // The object tells when it was applied; what came over its objects since then began when we saw it.
        let watched = row.app.health_by == HealthBy::Computed && row.app.health != health;
        if watched || health == Health::Missing && row.app.health != health {
            (row.since, row.since_exact) = (at, watched);
        }
        (row.app.sync, row.app.health, row.app.health_by) = (sync, health, by);
        state.fleet.derive.judge.insert(id.clone());
        state.fleet.derive.list_changed = true;
        state.dirty = true;
        let entries = if by == HealthBy::Computed { record::assessed(state, id) } else { Vec::new() };
        return record::write(state, entries);
    }
    None
}
