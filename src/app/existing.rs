//! What exists on the cluster of an app that tells of something missing: gathered for such an app alone.

use super::fleet::Fleet;
use super::state::AppState;
use crate::domain::app::App;
use crate::domain::cluster::KindState;
use crate::domain::ids::ClusterId;
use crate::engine::existing::{Existing, NAMESPACE, PATH, misses};

/// Apps, sources, namespaces that apps are in, and paths that other apps build from the same source.
pub fn around<'a>(fleet: &'a Fleet, app: &'a App) -> Vec<Existing<'a>> {
    if !misses(app) {
        return Vec::new();
    }
    let cluster = &app.id.cluster;
    let is_here = app.destination.cluster.as_ref() == Some(cluster);
    let sources = fleet.sources.keys().filter(|id| id.cluster == *cluster);
    let mut out: Vec<Existing<'a>> = sources.map(|id| Existing { kind: &id.kind, namespace: &id.namespace, name: &id.name }).collect();
    for other in fleet.rows.values().map(|row| &*row.app) {
        if other.id.cluster == *cluster {
            out.push(Existing { kind: other.id.kind.kind(), namespace: &other.id.namespace, name: &other.id.name });
            out.extend(namespace(&other.id.namespace).filter(|_| is_here));
        }
        // Of the very same source, and built once: another branch may have what this one lacks.
        if other.id != app.id && other.revision.is_some() && !misses(other) {
            let same = other.sources.iter().filter(|s| s.object.is_some() && app.sources.iter().any(|own| own.object == s.object));
            out.extend(same.filter_map(|s| s.path.as_deref()).map(|path| Existing { kind: PATH, namespace: "", name: path }));
        }
    }
    out.extend(app.resources.iter().filter_map(|r| namespace(&r.key.namespace)));
    out
}

/// What is there is still being listed: it is looked at once, when that ends.
pub fn is_reading(state: &AppState, id: &ClusterId) -> bool {
    state.fleet.clusters.get(id).is_none_or(|c| c.kinds.values().any(|k| matches!(k, KindState::Loading { .. })))
}

/// Apps that miss something may have meant what came to be there.
pub fn judge(state: &mut AppState, id: &ClusterId) {
    let missing = state.fleet.rows.values().filter(|r| r.app.id.cluster == *id && misses(&r.app));
    state.fleet.derive.judge.extend(missing.map(|r| r.app.id.clone()));
}

fn namespace(name: &str) -> Option<Existing<'_>> {
    (!name.is_empty()).then_some(Existing { kind: NAMESPACE, namespace: "", name })
}
