//! An Argo CD that compares nothing any more: its rows show what was, though nothing comes in that would say so.

use super::context;
use super::fleet::Fleet;
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::ids::{AppId, ClusterId};
use crate::engine;
use std::collections::BTreeMap;

/// For each Argo CD the newest comparison of any of its apps, and how many apps it has.
pub fn compared(fleet: &Fleet) -> BTreeMap<(ClusterId, String), (Timestamp, usize)> {
    let mut out: BTreeMap<(&ClusterId, &str), (Timestamp, usize)> = BTreeMap::new();
    for app in fleet.rows.values().filter(|r| r.stale_as_of.is_none()).map(|r| &r.app) {
        let Some(at) = app.argo().filter(|a| !a.skip_reconcile).and_then(|a| a.reconciled_at) else { continue };
        let slot = out.entry((&app.id.cluster, context::instance(app))).or_insert((at, 0));
        *slot = (slot.0.max(at), slot.1 + 1);
    }
    out.into_iter().map(|((cluster, namespace), found)| ((cluster.clone(), namespace.to_owned()), found)).collect()
}

/// Rows that are well are judged when something comes in; a controller that is down sends nothing.
pub fn judge(state: &mut AppState) {
    let now = state.now.as_second();
    state.fleet.compared = compared(&state.fleet);
    let old = |key: &(ClusterId, String)| state.fleet.compared.get(key).is_some_and(|(at, _)| now - at.as_second() > engine::SILENT_S);
    let ids = state.fleet.rows.values().filter(|r| r.app.argo().is_some());
    let ids: Vec<AppId> =
        ids.filter(|r| old(&(r.app.id.cluster.clone(), context::instance(&r.app).to_owned()))).map(|r| r.app.id.clone()).collect();
    state.fleet.derive.judge.extend(ids);
}
