//! `-o json`, schema 1: a contract. RFC 3339 times; unknown is null, never absent.

use crate::app::fleet::{Cluster, Row};
use crate::app::state::AppState;
use crate::domain::status::HealthBy;
use serde_json::{Value, json};

pub fn document(state: &AppState, rows: &[&Row]) -> String {
    let apps = rows.iter().map(|row| app(row)).collect();
    text(state, json!({ "clusters": clusters(state), "apps": Value::Array(apps) }))
}

/// A document of schema 1: what every one has, and what this one says.
pub fn text(state: &AppState, body: Value) -> String {
    let mut document = json!({ "schema": 1, "read_at": state.now });
    if let (Some(all), Value::Object(body)) = (document.as_object_mut(), body) {
        all.extend(body);
    }
    format!("{}\n", serde_json::to_string_pretty(&document).unwrap_or_default())
}

pub fn clusters(state: &AppState) -> Vec<Value> {
    state.fleet.clusters.values().map(|c| cluster(state, c)).collect()
}

fn cluster(state: &AppState, c: &Cluster) -> Value {
    let engines: Vec<Value> = c.engines.iter().map(|e| super::engines::json(state, c, e)).collect();
    json!({
        "name": c.name(),
        "context": c.info.as_ref().map(|i| i.id.as_str()),
        "also_as": crate::app::also::names(state, &c.id),
        "server": c.info.as_ref().map(|i| i.server.as_str()),
        "link": c.link.word(),
        "link_reason": super::reach::reason(state, c),
        "engines": engines,
        "kubernetes": c.kubernetes,
        "user": c.user,
        "uid": c.fingerprint.as_ref().and_then(|f| f.uid.as_deref()),
        "protected": c.protected,
        "read_only": c.read_only,
    })
}

pub fn app(row: &Row) -> Value {
    let a = &row.app;
    let operation = a.operation.as_ref().map(|o| {
        json!({
            "phase": o.phase, "message": o.message, "started_at": o.started_at, "finished_at": o.finished_at,
            "retry_count": o.retry_count, "by": o.by, "revision": o.revision, "next_try_at": o.next_try_at,
            "retry_limit": a.argo().and_then(|f| f.operation_retry_limit),
            "progress": crate::engine::engine(a.id.engine()).progress(a, None),
        })
    });
    let sources: Vec<Value> = a
        .sources
        .iter()
        .map(|s| json!({ "type": s.source_type, "url": s.url, "path": s.path, "chart": s.chart, "ref": s.reference.text(), "revision": s.revision }))
        .collect();
    json!({
        "home": a.id.cluster,
        "destination": {
            "cluster": a.destination.cluster, "name": a.destination.name,
            "server": a.destination.server, "namespace": a.destination.namespace,
        },
        "engine": a.id.engine(),
        "kind": a.id.kind.kind(),
        "namespace": a.id.namespace,
        "name": a.id.name,
        "uid": a.uid,
        "sync": a.sync,
        "health": a.health,
        "health_by": match a.health_by { HealthBy::Engine => "engine", HealthBy::Computed => "computed", HealthBy::NotAssessed => "not assessed" },
        "severity": row.severity.word(),
        "suspended": a.suspended,
        "auto_sync": a.auto_sync,
        "operation": operation,
        "revision": a.revision,
        "sources": sources,
        "verdict": { "short": row.verdict.short, "sentence": row.verdict.sentence, "next": row.verdict.next_word },
        "since": row.since_exact.then_some(row.since),
        "observed_at": a.observed_at,
        "unreadable": a.unreadable,
    })
}
