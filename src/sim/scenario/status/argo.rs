//! Status of Applications.

use super::super::live::is_by_hand;
use super::super::spec::{destination, source};
use super::{App, Source, State, World, ago, chart_objects, head, ran, rendered};
use crate::sim::manifests::split_image;
use serde_json::{Value, json};

pub fn fill(world: &World<'_>, app: &App, object: &mut Value) {
    let (sync, health) = words(app.state);
    let sync = if is_by_hand(world, app) { "OutOfSync" } else { sync };
    let revision = match app.source {
        Source::Git { .. } | Source::GitChart { .. } => head(world),
        Source::Chart { .. } if app.state == State::RenderError => app.rev.to_owned(),
        Source::Chart { version, .. } => version.to_owned(),
    };
    let mut status = json!({
        "controllerNamespace": "argocd",
        "health": {"lastTransitionTime": ago(world, health_age(app)), "status": health},
        "sync": {"status": sync, "comparedTo": {"destination": destination(app), "source": source(app)}, "revision": revision}
    });
    if app.state == State::Denied {
        status["conditions"] = json!([{
            "type": "InvalidSpecError", "lastTransitionTime": ago(world, app.age),
            "message": "application repo https://git.acme.example/shop.git is not permitted in project 'dev'"
        }]);
        status["sync"] = json!({"status": "Unknown"});
        object["status"] = status;
        return;
    }
    // A cluster is compared every two to three minutes; the spread keeps the rows from moving together.
    let spread = i64::try_from(crate::sim::ids::number(app.name) % 50).unwrap_or(0);
    status["reconciledAt"] = json!(ago(world, 20 + spread));
    status["resourceHealthSource"] = json!("appTree");
    status["sourceType"] = json!(if matches!(app.source, Source::Git { .. }) { "Kustomize" } else { "Helm" });
    status["resources"] = resources(world, app);
    status["summary"] = json!({"images": images(world, app)});
    status["history"] = history(world, app);
    if let Some(operation) = operation(world, app) {
        status["operationState"] = operation;
    }
    if app.state == State::RenderError {
        status["conditions"] = json!([{
            "type": "ComparisonError", "lastTransitionTime": ago(world, app.age),
            "message": "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = error fetching chart: failed to fetch chart: failed to get command args to log: helm pull --destination /tmp/helm --version 61.3.0 failed exit status 1: Error: chart \"kube-prometheus-stack\" version \"61.3.0\" not found in https://charts.acme.example repository"
        }]);
    }
    if app.state == State::Syncing {
        object["operation"] = status["operationState"]["operation"].clone();
    }
    object["status"] = status;
}

fn words(state: State) -> (&'static str, &'static str) {
    match state {
        State::Crashing | State::BadImage => ("Synced", "Degraded"),
        State::Missing => ("OutOfSync", "Missing"),
        State::HookFailed | State::Window | State::Edited | State::TwoDiffer => ("OutOfSync", "Healthy"),
        State::RenderError => ("Unknown", "Healthy"),
        State::Denied => ("Unknown", "Unknown"),
        State::Syncing | State::Rollout => ("Synced", "Progressing"),
        _ => ("Synced", "Healthy"),
    }
}

/// Seconds since the health changed; it is older than the trouble where only the sync state changed.
fn health_age(app: &App) -> i64 {
    match app.state {
        State::HookFailed | State::Window | State::Edited | State::TwoDiffer | State::RenderError => app.age + 6 * 86_400,
        _ => app.age,
    }
}

fn is_hook(object: &Value) -> bool {
    !object["metadata"]["annotations"]["argocd.argoproj.io/hook"].is_null()
}

/// Desired objects: of the head for git, made up for charts.
fn desired(world: &World<'_>, app: &App) -> Vec<Value> {
    match app.source {
        Source::Git { .. } => rendered(world, app, "4f2c91d"),
        _ => chart_objects(app),
    }
}

fn resources(world: &World<'_>, app: &App) -> Value {
    let mut list: Vec<Value> = desired(world, app)
        .iter()
        .filter(|object| !is_hook(object))
        .map(|object| {
            let by_hand = is_by_hand(world, app) && object["kind"] == "Deployment";
            let status = if by_hand || differs(app, object) { "OutOfSync" } else { "Synced" };
            entry(object, status)
        })
        .collect();
    if app.state == State::Edited {
        let extra = json!({"kind": "ConfigMap", "name": "orders-flags", "namespace": app.target, "status": "OutOfSync", "version": "v1", "requiresPruning": true});
        list.push(extra);
    }
    json!(list)
}

fn differs(app: &App, object: &Value) -> bool {
    let kind = object["kind"].as_str().unwrap_or_default();
    match app.state {
        State::Missing => true,
        State::HookFailed | State::Window => kind == "Deployment",
        State::Edited => matches!(kind, "Deployment" | "Secret"),
        State::TwoDiffer => matches!(kind, "Deployment" | "ConfigMap"),
        _ => false,
    }
}

/// One entry of `status.resources`.
pub fn entry(object: &Value, status: &str) -> Value {
    let (group, version) = group_version(object);
    let mut out = json!({"kind": object["kind"], "name": object["metadata"]["name"], "status": status, "version": version});
    if !group.is_empty() {
        out["group"] = json!(group);
    }
    if !object["metadata"]["namespace"].is_null() {
        out["namespace"] = object["metadata"]["namespace"].clone();
    }
    if let Some(wave) = object["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
        .as_str()
        .and_then(|wave| wave.parse::<i64>().ok())
        .filter(|wave| *wave != 0)
    {
        out["syncWave"] = json!(wave);
    }
    out
}

fn group_version(object: &Value) -> (&str, &str) {
    let api = object["apiVersion"].as_str().unwrap_or_default();
    api.rsplit_once('/').unwrap_or(("", api))
}

fn images(world: &World<'_>, app: &App) -> Vec<String> {
    let mut images: Vec<String> = desired(world, app)
        .iter()
        .flat_map(|object| object.pointer("/spec/template/spec/containers").and_then(Value::as_array).cloned().unwrap_or_default())
        .filter_map(|container| container["image"].as_str().map(str::to_owned))
        .filter(|image| split_image(image).1.is_some())
        .collect();
    images.sort();
    images.dedup();
    images
}

fn history(world: &World<'_>, app: &App) -> Value {
    let entries = ran(world, app);
    let list = entries.iter().enumerate().map(|(index, (rev, age))| {
        let revision = if matches!(app.source, Source::Git { .. }) { world.repos.id(rev) } else { (*rev).to_owned() };
        json!({
            "id": 38 + index, "revision": revision, "source": source(app), "initiatedBy": {"automated": true},
            "deployStartedAt": ago(world, age + 2), "deployedAt": ago(world, *age)
        })
    });
    json!(list.collect::<Vec<_>>())
}

/// The last operation, if one ran.
fn operation(world: &World<'_>, app: &App) -> Option<Value> {
    let (rev, age) = *ran(world, app).last()?;
    let revision = |rev: &str| if matches!(app.source, Source::Git { .. }) { world.repos.id(rev) } else { rev.to_owned() };
    let state = |rev: &str, phase: &str, message: &str, started: i64, finished: Option<i64>, resources: Vec<Value>| {
        let mut out = json!({
            "phase": phase, "message": message, "startedAt": ago(world, started),
            "operation": {"initiatedBy": {"automated": true}, "retry": {"limit": 2, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "1m"}},
                "sync": {"revision": revision(rev), "prune": true, "source": source(app), "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"]}},
            "syncResult": {"revision": revision(rev), "source": source(app), "resources": resources}
        });
        if let Some(finished) = finished {
            out["finishedAt"] = json!(ago(world, finished));
        }
        out
    };
    let results = |wave_limit: i64| {
        let wave = |object: &Value| {
            object["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"].as_str().and_then(|wave| wave.parse().ok()).unwrap_or(0)
        };
        desired(world, app).iter().filter(|object| !is_hook(object) && wave(object) <= wave_limit).map(result).collect::<Vec<_>>()
    };
    Some(match app.state {
        State::HookFailed => {
            let hook = json!({
                "group": "batch", "version": "v1", "kind": "Job", "name": "billing-migrate", "namespace": app.target, "status": "Synced", "syncPhase": "PreSync",
                "hookType": "PreSync", "hookPhase": "Failed", "message": "Job has reached the specified backoff limit",
                "images": ["registry.acme.example/billing-migrate:1.45.0"]
            });
            let message = "one or more synchronization tasks completed unsuccessfully (retried 2 times).";
            let mut out = state("e77a310", "Failed", message, app.age + 40, Some(app.age), vec![hook]);
            out["retryCount"] = json!(2);
            out
        }
        State::Syncing => state(rev, "Running", "waiting for healthy state of apps/Deployment/web", app.age, None, results(2)),
        _ => state(rev, "Succeeded", "successfully synced (all tasks run)", age + 2, Some(age), results(9)),
    })
}

/// One entry of `syncResult.resources`.
pub fn result(object: &Value) -> Value {
    let (group, version) = group_version(object);
    let (kind, name) = (object["kind"].as_str().unwrap_or_default(), object["metadata"]["name"].as_str().unwrap_or_default());
    let dotted = if group.is_empty() { kind.to_lowercase() } else { format!("{}.{group}", kind.to_lowercase()) };
    json!({
        "group": group, "version": version, "kind": kind, "name": name, "namespace": object["metadata"]["namespace"], "status": "Synced",
        "syncPhase": "Sync", "hookPhase": "Running", "message": format!("{dotted}/{name} serverside-applied")
    })
}
