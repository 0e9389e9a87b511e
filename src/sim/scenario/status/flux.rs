//! Status of Kustomizations.

use super::super::engines;
use super::{App, State, World, ago, ran, rendered};
use crate::sim::ids;
use serde_json::{Value, json};

pub fn fill(world: &World<'_>, app: &App, object: &mut Value) {
    object["metadata"]["finalizers"] = json!(["finalizers.fluxcd.io"]);
    if app.state == State::Frozen {
        object["spec"]["suspend"] = json!(true);
        object["metadata"]["generation"] = json!(2);
        let until = ids::seconds(ids::later(world.now, 3 * 86_400 + 5 * 3600 + 2840));
        let frozen = json!({"v": 1, "by": "mia", "reason": "database move", "since": ago(world, app.age), "until": until});
        object["metadata"]["annotations"]["driftdeck/frozen"] = json!(frozen.to_string());
    }
    let applied = applied(app);
    let attempted = if app.state == State::Waits { applied } else { app.rev };
    let mut status = json!({
        "conditions": conditions(world, app, applied), "history": history(world, app), "inventory": {"entries": inventory(world, app)},
        "lastAppliedRevision": revision(world, applied), "lastAttemptedRevision": revision(world, attempted), "observedGeneration": 1
    });
    if app.state == State::Frozen {
        // A suspended object still takes note of its new generation.
        status["observedGeneration"] = json!(2);
    }
    object["status"] = status;
}

/// What Flux says it applied: not the commit whose health check has not passed.
fn applied(app: &App) -> &'static str {
    match app.state {
        State::Crashing | State::Failing => "e77a310",
        _ => app.rev,
    }
}

pub fn revision(world: &World<'_>, rev: &str) -> String {
    format!("main@sha1:{}", world.repos.id(rev))
}

fn condition(kind: &str, status: &str, reason: &str, message: &str, at: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": at, "observedGeneration": 1})
}

fn conditions(world: &World<'_>, app: &App, applied: &str) -> Value {
    let passed = |at: &str| condition("Healthy", "True", "Succeeded", "Health check passed in 24.505218ms", at);
    let ready =
        |at: &str| condition("Ready", "True", "ReconciliationSucceeded", &format!("Applied revision: {}", revision(world, applied)), at);
    let spread = i64::try_from(ids::number(app.name) % 300).unwrap_or(0);
    match app.state {
        State::Crashing => {
            // The third try has been running for 2m 53s; the two before it failed.
            let at = ago(world, 173);
            let running = format!("Running health checks for revision {} with a timeout of 5m0s", revision(world, app.rev));
            json!([
                condition("Reconciling", "True", "Progressing", &running, &at),
                condition("Ready", "Unknown", "Progressing", "Reconciliation in progress", &at),
                condition("Healthy", "Unknown", "Progressing", &running, &at)
            ])
        }
        State::Failing => {
            let at = ago(world, app.age);
            let why = "timeout waiting for: [Deployment/sensors/sensors status: 'InProgress']";
            let running = format!("Running health checks for revision {} with a timeout of 5m0s", revision(world, app.rev));
            json!([
                condition("Reconciling", "True", "ProgressingWithRetry", &running, &at),
                condition("Ready", "False", "HealthCheckFailed", &format!("health check failed after 5m0.038290426s: {why}"), &at),
                condition("Healthy", "False", "HealthCheckFailed", why, &at)
            ])
        }
        State::Waits => {
            let at = ago(world, app.age);
            json!([
                condition("Ready", "False", "DependencyNotReady", "dependency 'payments/payments' is not ready", &at),
                passed(&ago(world, 2360))
            ])
        }
        _ => {
            let at = ago(world, if app.state == State::Frozen { app.age } else { last_run(world, app, 20 + spread) });
            if app.name == "flux-system" { json!([ready(&at)]) } else { json!([ready(&at), passed(&at)]) }
        }
    }
}

/// How long ago it was run last, seconds: not since the controller that runs it stopped.
fn last_run(world: &World<'_>, app: &App, age: i64) -> i64 {
    let is_down = engines::stopped(world.scenario, app.home).contains(&"kustomize-controller");
    if is_down { engines::STOPPED + age.min(20) } else { age }
}

fn entry(world: &World<'_>, app: &App, rev: &str, result: &str, first: i64, last: i64, total: u64) -> Value {
    let digest = ids::digest(&json!(rendered(world, app, rev)).to_string());
    json!({
        "digest": format!("sha256:{digest}"), "firstReconciled": ago(world, first), "lastReconciled": ago(world, last),
        "lastReconciledDuration": if result == "HealthCheckFailed" { "5m0.464111677s" } else { "834.711884ms" },
        "lastReconciledStatus": result, "metadata": {"revision": revision(world, rev)}, "totalReconciliations": total
    })
}

/// Newest first; one entry per digest, as Flux keeps them.
fn history(world: &World<'_>, app: &App) -> Value {
    let good = "ReconciliationSucceeded";
    if app.state == State::Crashing {
        return json!([
            entry(world, app, "4f2c91d", "HealthCheckFailed", 1016 - 300, 293, 2),
            entry(world, app, "e77a310", good, 2360, 1030, 3),
            entry(world, app, "7c0a9e6", good, 26_883, 2480, 41),
        ]);
    }
    let mut list: Vec<Value> = Vec::new();
    let runs = ran(world, app);
    for (index, (rev, age)) in runs.iter().copied().enumerate() {
        // Each was run until the next one came.
        let last = runs.get(index + 1).map_or(last_run(world, app, age.min(20)), |(_, next)| next + 5);
        let next = entry(world, app, rev, good, age, last, 4);
        match list.first_mut() {
            Some(last) if last["digest"] == next["digest"] => {
                last["metadata"] = next["metadata"].clone();
                last["lastReconciled"] = next["lastReconciled"].clone();
            }
            _ => list.insert(0, next),
        }
    }
    if app.state == State::Failing {
        list.insert(0, entry(world, app, app.rev, "HealthCheckFailed", app.age + 600, app.age, 2));
    }
    list.truncate(5);
    json!(list)
}

/// `namespace_name_group_kind` of everything applied.
fn inventory(world: &World<'_>, app: &App) -> Vec<Value> {
    rendered(world, app, app.rev).iter().map(inventory_entry).collect()
}

/// One inventory entry of an object.
pub fn inventory_entry(object: &Value) -> Value {
    let api = object["apiVersion"].as_str().unwrap_or_default();
    let (group, version) = api.rsplit_once('/').unwrap_or(("", api));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (meta, kind) = (&object["metadata"], text(&object["kind"]));
    json!({"id": format!("{}_{}_{group}_{kind}", text(&meta["namespace"]), text(&meta["name"])), "v": version})
}
