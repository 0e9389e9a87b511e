//! Source objects of Flux: which apps read from one, and what an app learns from it.

use super::existing;
use super::state::AppState;
use crate::domain::app::App;
use crate::domain::ids::{AppId, SourceId};
use crate::domain::source::SourceObject;

/// A source came in, new or as it is now.
pub fn read(state: &mut AppState, source: SourceObject) {
    let is_new = !state.fleet.sources.contains_key(&source.id);
    let users: Vec<AppId> = state.fleet.rows.values().filter(|r| is_of(&r.app, &source.id)).map(|r| r.app.id.clone()).collect();
    if is_new && !existing::is_reading(state, &source.id.cluster) {
        existing::judge(state, &source.id.cluster);
    }
    for id in &users {
        if let Some(row) = state.fleet.rows.get_mut(id) {
            learn(&mut row.app, &source);
        }
    }
    state.fleet.derive.judge.extend(users);
    state.fleet.derive.repos_changed = true;
    state.fleet.sources.insert(source.id.clone(), source);
    state.dirty = true;
}

/// What is known already of the sources that an app names.
pub fn fill(state: &AppState, app: &mut App) {
    let ids: Vec<SourceId> = app.sources.iter().filter_map(|s| s.object.clone()).collect();
    for object in ids.iter().filter_map(|id| state.fleet.sources.get(id)) {
        learn(app, object);
    }
}

/// A Flux app names its source object; where that leads stands on the object.
fn learn(app: &mut App, object: &SourceObject) {
    for source in app.sources.iter_mut().filter(|s| s.object.as_ref() == Some(&object.id)) {
        source.source_type = object.source_type;
        source.url.clone_from(&object.url);
        source.reference = object.reference.clone();
    }
}

fn is_of(app: &App, id: &SourceId) -> bool {
    let Some(flux) = app.flux() else { return false };
    flux.source.as_ref() == Some(id)
        || (id.kind == "HelmChart"
            && app.id.cluster == id.cluster
            && flux.helm.as_ref().and_then(|h| h.helm_chart.as_ref()).is_some_and(|(ns, n)| *ns == id.namespace && *n == id.name))
}
