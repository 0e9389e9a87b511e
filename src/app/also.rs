//! Contexts that reach one cluster: it is watched and shown once, under one of them.

use super::effect::Effect;
use super::fleet::Cluster;
use super::notice::Level;
use super::settle;
use super::state::AppState;
use crate::domain::cluster::{ContextInfo, Link};
use crate::domain::ids::ClusterId;

/// A context that is not watched because another one reaches the same cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Also {
    /// Under which the cluster is shown.
    pub shown_as: ClusterId,
    /// As it was when that was found out; another user or server may mean another cluster.
    pub info: ContextInfo,
}

/// The context a cluster is shown under: itself, unless another one reaches the same cluster.
pub fn shown_as(state: &AppState, id: &ClusterId) -> ClusterId {
    state.fleet.also.get(id).map_or_else(|| id.clone(), |also| also.shown_as.clone())
}

/// What else the cluster is called, as it is shown and typed.
pub fn names<'a>(state: &'a AppState, id: &ClusterId) -> Vec<&'a str> {
    let others = state.fleet.also.values().filter(|also| also.shown_as == *id);
    others.map(|also| also.info.name()).collect()
}

/// The identity of `id` was read: where another context has the same, one of them goes. Gives what must be done then.
pub fn merge(state: &mut AppState, id: &ClusterId) -> Vec<Effect> {
    let uid = |c: &Cluster| c.fingerprint.as_ref().and_then(|f| f.uid.clone()).filter(|uid| !uid.is_empty());
    let clusters = &state.fleet.clusters;
    let Some(own) = clusters.get(id).and_then(uid) else { return Vec::new() };
    let Some(other) = clusters.values().find(|c| c.id != *id && c.info.is_some() && uid(c).as_ref() == Some(&own)) else {
        return Vec::new();
    };
    // One that answers is kept; of two that do, the one chosen first, whichever was quicker.
    let place = |id: &ClusterId| state.chosen.iter().position(|c| c == id);
    let answers = settle::is_live(state, &other.id) || matches!(other.link, Link::Connecting { .. });
    let (keep, drop) =
        if answers && place(&other.id) < place(id) { (other.id.clone(), id.clone()) } else { (id.clone(), other.id.clone()) };
    let text = format!("{} and {} are the same cluster", name(state, &keep), name(state, &drop));
    let text = format!("{text} (id {}); it is shown once, as {}.", own.get(..8).unwrap_or(&own), name(state, &keep));
    state.notices.push(state.now, Level::Info, text, Some(":clusters chooses the other one.".into()));
    fold(state, &keep, &drop);
    vec![Effect::Connect(watched(state))]
}

fn name(state: &AppState, id: &ClusterId) -> String {
    state.fleet.clusters.get(id).map_or_else(|| id.to_string(), |c| c.name().to_owned())
}

/// Takes a context off the screen; what is forbidden under either name stays forbidden.
fn fold(state: &mut AppState, keep: &ClusterId, drop: &ClusterId) {
    let fleet = &mut state.fleet;
    let Some(gone) = fleet.clusters.remove(drop) else { return };
    if let Some(kept) = fleet.clusters.get_mut(keep) {
        kept.protected |= gone.protected;
        kept.read_only |= gone.read_only;
    }
    for also in fleet.also.values_mut().filter(|also| also.shown_as == *drop) {
        also.shown_as = keep.clone();
    }
    if let Some(info) = gone.info {
        fleet.also.insert(drop.clone(), Also { shown_as: keep.clone(), info });
    }
    let rows: Vec<_> = fleet.rows.keys().filter(|id| id.cluster == *drop).cloned().collect();
    for id in &rows {
        fleet.rows.remove(id);
        fleet.derive.assessed_at.remove(id);
        fleet.causes.forget(id);
        fleet.derive.assessing.retain(|_, app| app != id);
    }
    fleet.sources.retain(|id, _| id.cluster != *drop);
    fleet.projects.retain(|(c, _, _), _| c != drop);
    fleet.others.retain(|(c, _), _| c != drop);
    fleet.connected.remove(drop);
    for suggestion in fleet.suggestions.values_mut().filter(|s| s.cluster == *drop) {
        suggestion.cluster = keep.clone();
    }
    for (id, row) in fleet.rows.iter_mut() {
        if row.app.destination.cluster.as_ref() == Some(drop) {
            row.app.destination.cluster = Some(keep.clone());
            fleet.derive.judge.insert(id.clone());
        }
    }
    // The last known rows of the other name would come back at the next start.
    fleet.derive.save.insert(drop.clone());
    (fleet.derive.list_changed, fleet.derive.repos_changed, fleet.derive.links_changed) = (true, true, true);
    let view = &mut state.view;
    for place in [&mut view.cluster, &mut view.only_cluster].into_iter().flatten().filter(|id| *id == drop) {
        *place = keep.clone();
    }
    if let Some(app) = view.app.as_mut().filter(|app| app.cluster == *drop) {
        app.cluster = keep.clone();
    }
    state.dirty = true;
}

/// The chosen contexts without those that reach a cluster that is watched under another name.
pub fn watched(state: &AppState) -> Vec<ClusterId> {
    state.chosen.iter().filter(|id| !state.fleet.also.contains_key(*id)).cloned().collect()
}

/// After a choice or another kubeconfig: what was found out holds while both are chosen and neither changed.
pub fn keep(state: &mut AppState, chosen: &[ClusterId]) {
    let (contexts, clusters) = (&state.contexts, &state.fleet.clusters);
    let same = |a: &ContextInfo, b: &ContextInfo| a.server == b.server && a.user == b.user && a.namespace == b.namespace;
    let is_as_was = |id: &ClusterId, was: &ContextInfo| chosen.contains(id) && contexts.iter().any(|c| c.id == *id && same(c, was));
    state.fleet.also.retain(|id, also| {
        let shown = clusters.get(&also.shown_as).and_then(|c| c.info.as_ref());
        is_as_was(id, &also.info) && shown.is_some_and(|info| is_as_was(&also.shown_as, info))
    });
}
