//! Engines of a cluster in `-o json`: versions, controllers, what is wrong. Unknown is null, never an empty list.

use crate::app::engines::last_done;
use crate::app::fleet::Cluster;
use crate::app::state::AppState;
use crate::domain::cluster::EngineInfo;
use crate::domain::controllers::{Controller, Level, Warning};
use crate::domain::ids::AppKind;
use crate::engine::health::applier;
use serde_json::{Value, json};

pub fn json(state: &AppState, cluster: &Cluster, engine: &EngineInfo) -> Value {
    let read = cluster.controllers.as_ref();
    let ours = read.map(|r| r.list.iter().filter(|c| c.engine == engine.name).collect::<Vec<_>>()).filter(|list| !list.is_empty());
    let last =
        ours.as_ref().and_then(|list| list.iter().filter(|c| is_applier(c)).filter_map(|c| last_done(&state.fleet, &cluster.id, c)).max());
    let of_engine = |w: &&Warning| w.engine == engine.name && w.level < Level::Note;
    let warnings = read.map(|_| cluster.warnings.iter().filter(of_engine).map(warning).collect::<Vec<_>>());
    let settings = read.map(|r| {
        let ours = r.switches.iter().filter(|s| s.engine == engine.name);
        ours.map(|s| json!({ "namespace": s.namespace, "place": s.place, "name": s.name, "value": s.value })).collect::<Vec<_>>()
    });
    json!({
        "name": engine.name,
        "version": engine.version,
        "controllers": ours.map(|list| list.into_iter().map(|c| controller(state, cluster, c)).collect::<Vec<_>>()),
        "last_reconcile_at": last,
        "warnings": warnings,
        "settings": settings,
        "unread": read.map(|r| r.unread.iter().map(|u| json!({ "what": u.what, "why": u.why })).collect::<Vec<_>>()),
        "read_at": read.map(|r| r.at),
    })
}

fn is_applier(controller: &Controller) -> bool {
    [AppKind::Application, AppKind::Kustomization, AppKind::HelmRelease].iter().any(|kind| applier(*kind) == controller.component)
}

fn controller(state: &AppState, cluster: &Cluster, c: &Controller) -> Value {
    let (pods, lease) = (c.pods.as_ref(), c.lease.as_ref());
    json!({
        "namespace": c.namespace,
        "kind": c.kind,
        "name": c.name,
        "component": c.component,
        "version": c.version,
        "ready": c.ready,
        "desired": c.desired,
        "down_since": c.down_since,
        "restarts": pods.map(|p| p.restarts),
        "reason": pods.and_then(|p| p.reason.as_deref()),
        "leader": lease.map(|l| l.holder.as_str()),
        "lease_renewed_at": lease.and_then(|l| l.renewed_at),
        "last_done_at": last_done(&state.fleet, &cluster.id, c),
    })
}

fn warning(w: &Warning) -> Value {
    let next: Vec<&str> = w.next.iter().filter(|s| s.key.is_empty()).map(|s| s.text.as_str()).collect();
    json!({
        "rule": w.rule,
        "level": w.level.word(),
        "namespace": Some(w.namespace.as_str()).filter(|n| !n.is_empty()),
        "controller": Some(w.controller.as_str()).filter(|n| !n.is_empty()),
        "short": w.short,
        "sentence": w.sentence,
        "next": next,
    })
}
