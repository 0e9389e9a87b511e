//! What exists on the cluster of an app that tells of something missing: gathered for such an app alone.

use super::fleet::Fleet;
use crate::domain::app::App;
use crate::engine::existing::{Existing, NAMESPACE, PATH, misses};

/// Apps, sources, namespaces that apps are in, and paths that other apps build from the same repository.
pub fn around<'a>(fleet: &'a Fleet, app: &'a App) -> Vec<Existing<'a>> {
    if !misses(app) {
        return Vec::new();
    }
    let cluster = &app.id.cluster;
    let is_here = app.destination.cluster.as_ref() == Some(cluster);
    let sources = fleet.sources.keys().filter(|id| id.cluster == *cluster);
    let mut out: Vec<Existing<'a>> = sources.map(|id| Existing { kind: &id.kind, namespace: &id.namespace, name: &id.name }).collect();
    let repos: Vec<_> = app.sources.iter().filter_map(|s| s.repo()).collect();
    for other in fleet.rows.values().map(|row| &*row.app) {
        if other.id.cluster == *cluster {
            out.push(Existing { kind: other.id.kind.kind(), namespace: &other.id.namespace, name: &other.id.name });
            out.extend(namespace(&other.id.namespace).filter(|_| is_here));
        }
        if other.id != app.id && !misses(other) {
            let same = other.sources.iter().filter(|s| s.repo().is_some_and(|repo| repos.contains(&repo)));
            out.extend(same.filter_map(|s| s.path.as_deref()).map(|path| Existing { kind: PATH, namespace: "", name: path }));
        }
    }
    out.extend(app.resources.iter().filter_map(|r| namespace(&r.key.namespace)));
    out
}

fn namespace(name: &str) -> Option<Existing<'_>> {
    (!name.is_empty()).then_some(Existing { kind: NAMESPACE, namespace: "", name })
}
