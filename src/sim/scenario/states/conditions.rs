//! Argo CD says in a condition why it does not go on.

use super::super::status::ago;
use super::super::{App, Made, World};
use super::tools::health;
use serde_json::{Value, json};

pub fn condition(world: &World<'_>, made: &mut Made, kind: &str, message: &str, age: i64) {
    let one = json!({"type": kind, "message": message, "lastTransitionTime": ago(world, age)});
    match made.object["status"]["conditions"].as_array_mut() {
        Some(list) => list.push(one),
        None => made.object["status"]["conditions"] = json!([one]),
    }
}

/// The head renders nothing any more: all that runs would go.
pub fn would_delete_all(world: &World<'_>, app: &App, made: &mut Made) {
    let left: Vec<Value> = made
        .parts
        .iter()
        .filter(|part| part["metadata"]["ownerReferences"].is_null())
        .map(|part| {
            let (group, version) = part["apiVersion"].as_str().and_then(|v| v.split_once('/')).unwrap_or(("", "v1"));
            json!({"group": group, "version": version, "kind": part["kind"], "name": part["metadata"]["name"], "namespace": app.target,
                "status": "OutOfSync", "requiresPruning": true})
        })
        .collect();
    made.object["status"]["resources"] = json!(left);
    made.object["status"]["sync"]["status"] = json!("OutOfSync");
    let head = made.object["status"]["sync"]["revision"].as_str().unwrap_or_default();
    let message = format!("Skipping sync attempt to [{head}]: auto-sync will wipe out all resources");
    condition(world, made, "SyncError", &message, app.age);
    health(world, made, "Healthy", app.age + 6 * 86_400);
}

pub fn chart_not_found(world: &World<'_>, app: &App, made: &mut Made) {
    made.object["status"]["sync"]["status"] = json!("Unknown");
    made.object["status"]["sync"]["revision"] = json!(app.rev);
    let message = "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = error fetching chart: failed to fetch chart: failed to get command args to log: helm pull --destination /tmp/helm --version 61.3.0 failed exit status 1: Error: chart \"kube-prometheus-stack\" version \"61.3.0\" not found in https://charts.acme.example repository";
    condition(world, made, "ComparisonError", message, app.age);
}

/// What is refused is never compared: it has hardly a status.
pub fn project_denies(world: &World<'_>, app: &App, made: &mut Made) {
    made.object["spec"]["project"] = json!("dev");
    made.object["status"] = json!({"controllerNamespace": "argocd", "health": {"status": "Unknown"}, "sync": {"status": "Unknown"}});
    let message = "application repo https://git.acme.example/shop.git is not permitted in project 'dev'";
    condition(world, made, "InvalidSpecError", message, app.age);
    made.parts.clear();
    made.logs.clear();
}
