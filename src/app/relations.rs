//! Which rows hang together: what an app waits for and is made by, and what it makes in turn.

use super::fleet::Fleet;
use crate::domain::app::App;
use crate::domain::ids::{AppId, AppKind, ObjectKey};
use crate::domain::source::SourceObject;
use std::collections::HashSet;

/// Links that are followed from an app: further off nothing explains it any more.
const DEPTH: usize = 5;

fn id(app: &App, kind: AppKind, namespace: &str, name: &str) -> AppId {
    let namespace = if namespace.is_empty() { &app.id.namespace } else { namespace };
    AppId { cluster: app.id.cluster.clone(), kind, namespace: namespace.into(), name: name.into() }
}

/// What it needs, and what holds its object.
fn above(app: &App) -> Vec<AppId> {
    needs(app).into_iter().chain(parent(app)).collect()
}

/// What must be well before it (`dependsOn`): of its own kind, on its own cluster.
pub fn needs(app: &App) -> Vec<AppId> {
    let named = app.flux().into_iter().flat_map(|f| &f.depends_on).map(|(ns, name)| id(app, app.id.kind, ns, name));
    let mut out = Vec::new();
    named.for_each(|need| {
        if !out.contains(&need) {
            out.push(need);
        }
    });
    out
}

fn parent(app: &App) -> Option<AppId> {
    match (app.flux().and_then(|f| f.parent.as_ref()), app.parent_application()) {
        (Some((ns, name)), _) => Some(id(app, AppKind::Kustomization, ns, name)),
        (_, Some((ns, name))) => Some(id(app, AppKind::Application, ns, name)),
        _ => None,
    }
}

/// Apps among its resources, on the cluster that it deploys to.
fn below(app: &App) -> Vec<AppId> {
    let Some(cluster) = &app.destination.cluster else { return Vec::new() };
    let kind = |group: &str, kind: &str| match (group, kind) {
        ("argoproj.io", "Application") => Some(AppKind::Application),
        ("kustomize.toolkit.fluxcd.io", "Kustomization") => Some(AppKind::Kustomization),
        ("helm.toolkit.fluxcd.io", "HelmRelease") => Some(AppKind::HelmRelease),
        _ => None,
    };
    let made = |key: &ObjectKey| {
        let id = id(app, kind(&key.group, &key.kind)?, &key.namespace, &key.name);
        Some(AppId { cluster: cluster.clone(), ..id })
    };
    app.resources.iter().filter_map(|r| made(&r.key)).collect()
}

/// Rows above an app, nearest first, then those below it.
pub fn related<'a>(fleet: &'a Fleet, app: &App) -> Vec<&'a App> {
    let mut seen = HashSet::from([app.id.clone()]);
    let mut out: Vec<&'a App> = Vec::new();
    for edges in [above as fn(&App) -> Vec<AppId>, below] {
        let mut ids = edges(app);
        for _ in 0..DEPTH {
            let fresh = ids.into_iter().filter(|id| seen.insert(id.clone()));
            let rows: Vec<&'a App> = fresh.filter_map(|id| fleet.rows.get(&id)).map(|r| &*r.app).collect();
            ids = rows.iter().flat_map(|a| edges(a)).collect();
            out.extend(rows);
        }
    }
    out
}

/// The sources of these rows.
pub fn sources<'a>(fleet: &'a Fleet, related: &[&App]) -> Vec<&'a SourceObject> {
    let ids: HashSet<_> = related.iter().filter_map(|a| a.flux()?.source.as_ref()).collect();
    ids.into_iter().filter_map(|id| fleet.sources.get(id)).collect()
}

/// Rows whose verdict quotes this one: those that wait for it, at any distance, those it is made by, and those it makes.
pub fn quoting(fleet: &Fleet, app: &App) -> Vec<AppId> {
    let mut seen = HashSet::from([app.id.clone()]);
    let mut front = vec![app.id.clone()];
    for _ in 0..DEPTH {
        let rows = front.iter().flat_map(|id| fleet.rows.waiting_for(id));
        let next: Vec<AppId> = rows.map(|r| r.app.id.clone()).filter(|id| !seen.contains(id)).collect();
        if next.is_empty() {
            break;
        }
        seen.extend(next.iter().cloned());
        front = next;
    }
    let mut up = parent(app);
    for _ in 0..DEPTH {
        let Some(next) = up.filter(|id| seen.insert(id.clone())) else { break };
        up = fleet.rows.get(&next).and_then(|r| parent(&r.app));
    }
    seen.extend(below(app));
    seen.remove(&app.id);
    seen.into_iter().collect()
}
