//! An Argo CD that compares nothing any more: its rows show what was, though nothing comes in that would say so.

use super::context;
use super::fleet::{Fleet, Row};
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::ids::{AppId, ClusterId};
use crate::engine;
use std::collections::BTreeMap;

/// For each Argo CD the newest comparison of any of its apps, and how many apps it has.
pub fn compared(fleet: &Fleet) -> BTreeMap<(ClusterId, String), (Timestamp, usize)> {
    let mut out: BTreeMap<(&ClusterId, &str), (Timestamp, usize)> = BTreeMap::new();
    for row in fleet.rows.values() {
        let Some(at) = counted(row) else { continue };
        let slot = out.entry((&row.app.id.cluster, context::instance(&row.app))).or_insert((at, 0));
        *slot = (slot.0.max(at), slot.1 + 1);
    }
    out.into_iter().map(|((cluster, namespace), found)| ((cluster.clone(), namespace.to_owned()), found)).collect()
}

/// When an app was compared; `None` = it tells nothing of its Argo CD.
fn counted(row: &Row) -> Option<Timestamp> {
    row.app.argo().filter(|a| row.stale_as_of.is_none() && !a.skip_reconcile)?.reconciled_at
}

/// Before a row takes the place of the one before it: a later comparison of an app that counts already is noted at once, and only anything
/// else has all apps counted anew.
pub fn read(fleet: &mut Fleet, new: &Row) {
    let was = fleet.rows.get(&new.app.id).filter(|old| context::instance(&old.app) == context::instance(&new.app)).and_then(counted);
    let key = || (new.app.id.cluster.clone(), context::instance(&new.app).to_owned());
    match (was, counted(new)) {
        (Some(_), Some(at)) => {
            if let Some((newest, _)) = fleet.compared.get_mut(&key()) {
                *newest = at.max(*newest);
            }
        }
        _ => fleet.derive.compare |= new.app.argo().is_some(),
    }
}

/// An app that counts already was compared once more.
pub fn again(fleet: &mut Fleet, id: &AppId) {
    let Some(row) = fleet.rows.get(id) else { return };
    let (at, key) = (counted(row), (row.app.id.cluster.clone(), context::instance(&row.app).to_owned()));
    if let (Some(at), Some((newest, _))) = (at, fleet.compared.get_mut(&key)) {
        *newest = at.max(*newest);
    }
}

/// Counts all apps anew, after rows came to count or ceased to; gives the rows about which that says something else.
pub fn count_again(state: &mut AppState) -> Vec<AppId> {
    let now = compared(&state.fleet);
    let before = std::mem::replace(&mut state.fleet.compared, now);
    let is_old = |found: Option<&(Timestamp, usize)>| found.is_some_and(|(at, _)| has_stopped(state, *at));
    rows_of(state, |key| {
        let (was, is) = (before.get(key), state.fleet.compared.get(key));
        was != is && (is_old(was) || is_old(is))
    })
}

/// Rows that are well are judged when something comes in; a controller that is down sends nothing.
pub fn judge(state: &mut AppState) {
    state.fleet.compared = compared(&state.fleet);
    let ids = rows_of(state, |key| state.fleet.compared.get(key).is_some_and(|(at, _)| has_stopped(state, *at)));
    state.fleet.derive.judge.extend(ids);
}

fn has_stopped(state: &AppState, newest: Timestamp) -> bool {
    state.now.as_second() - newest.as_second() > engine::SILENT_S
}

/// Rows of the Argo CDs that pass.
fn rows_of(state: &AppState, pass: impl Fn(&(ClusterId, String)) -> bool) -> Vec<AppId> {
    let rows = state.fleet.rows.values().filter(|r| r.app.argo().is_some());
    let key = |row: &Row| (row.app.id.cluster.clone(), context::instance(&row.app).to_owned());
    rows.filter(|r| pass(&key(r))).map(|r| r.app.id.clone()).collect()
}
