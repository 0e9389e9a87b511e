//! Health of apps that their engine applies but does not assess: computed from their objects, one app at a time, in the background.

use super::effect::Effect;
use super::fleet::Row;
use super::record;
use super::state::AppState;
use crate::domain::app::{App, ManagedResource};
use crate::domain::cluster::Link;
use crate::domain::ids::{AppId, ClusterId};
use crate::domain::status::{Health, HealthBy};

/// A computed health is asked for again after this many seconds.
const AGAIN_S: i64 = 300;

/// What was computed stays while the same revision runs; a new one is assessed again.
pub fn keep(old: &App, new: &mut App) {
    let same = old.uid == new.uid && old.revision == new.revision;
    if same && new.health_by == HealthBy::NotAssessed && old.health_by == HealthBy::Computed {
        (new.health, new.health_by) = (old.health, HealthBy::Computed);
    }
}

/// Rows whose health only their objects tell, as far as those can be read.
fn assessable(state: &AppState) -> impl Iterator<Item = &Row> {
    let clusters = &state.fleet.clusters;
    let answers = |id: &ClusterId| clusters.get(id).is_some_and(|c| c.link.is_live() || c.link == Link::NotInstalled);
    let rows = state.fleet.rows.values().filter(|r| r.app.health_by != HealthBy::Engine);
    // One whose objects cannot be read would be first in line for ever.
    rows.filter(move |r| r.app.destination.cluster.as_ref().is_some_and(answers))
        .filter(|r| r.stale_as_of.is_none() && !r.app.suspended && !r.app.resources.is_empty())
}

/// Nothing is being read, and everything that can be was once.
pub fn is_settled(state: &AppState) -> bool {
    let derive = &state.fleet.derive;
    derive.assessing.is_none() && assessable(state).all(|r| derive.assessed_at.contains_key(&r.app.id))
}

/// The next app to be assessed, if none is being read: those never assessed first.
pub fn ask(state: &mut AppState) -> Option<Effect> {
    if state.fleet.derive.assessing.is_some() || !state.fleet.derive.assess {
        return None;
    }
    let next = next(state);
    state.fleet.derive.assess = next.is_some();
    let (app, cluster, resources) = next?;
    state.fleet.derive.assessing = Some(app.clone());
    state.fleet.derive.assessed_at.insert(app.clone(), state.now);
    Some(Effect::Assess { app, cluster, resources })
}

fn next(state: &AppState) -> Option<(AppId, ClusterId, Vec<ManagedResource>)> {
    let now = state.now;
    let asked = &state.fleet.derive.assessed_at;
    let due = |id: &AppId| asked.get(id).is_none_or(|at| now.as_second() - at.as_second() >= AGAIN_S);
    let row = assessable(state)
        .filter(|r| due(&r.app.id))
        .min_by(|a, b| asked.get(&a.app.id).cmp(&asked.get(&b.app.id)).then_with(|| a.app.id.cmp(&b.app.id)))?;
    let cluster = row.app.destination.cluster.clone()?;
    Some((row.app.id.clone(), cluster, row.app.resources.clone()))
}

/// Missing objects of an applied app are a fault; an answer that could not be had leaves "not assessed".
pub fn on_answer(state: &mut AppState, id: &AppId, health: Result<Health, String>) -> Option<Effect> {
    if state.fleet.derive.assessing.as_ref() == Some(id) {
        state.fleet.derive.assessing = None;
        state.fleet.derive.assess = true;
    }
    let now = state.now;
    let row = state.fleet.rows.get_mut(id).filter(|r| r.app.health_by != HealthBy::Engine)?;
    let (health, by) = match health {
        Ok(health) => (health, HealthBy::Computed),
        Err(_) => (Health::Unknown, HealthBy::NotAssessed),
    };
    if (row.app.health, row.app.health_by) == (health, by) {
        return None;
    }
    if row.app.health == Health::Healthy {
        row.well_at = Some(now);
    }
    (row.app.health, row.app.health_by) = (health, by);
    state.fleet.derive.judge.insert(id.clone());
    state.fleet.derive.list_changed = true;
    state.dirty = true;
    let entries = if by == HealthBy::Computed { record::assessed(state, id) } else { Vec::new() };
    record::write(state, entries)
}
