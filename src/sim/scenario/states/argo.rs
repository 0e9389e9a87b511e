//! Argo CD: windows, operations that go on or ended badly, and differences that stay.

use super::super::status::{ago, rendered};
use super::super::{App, Made, PodLog, World, live, pods as workloads};
use super::tools::{differ, edited, health, manual, operation, part, pending, refusal, results};
use super::{conditions, pods};
use crate::sim::ids;
use serde_json::json;

/// Project retail holds the freeze of prod-us.
pub fn window_closed(world: &World<'_>, app: &App, made: &mut Made) {
    made.object["spec"]["project"] = json!("retail");
    differ(made, &["Deployment"]);
    health(world, made, "Healthy", app.age + 6 * 86_400);
}

pub fn window_armed(world: &World<'_>, app: &App, made: &mut Made) {
    window_closed(world, app, made);
    operation(world, made, "Running", "Sync operation blocked by sync window", app.age, None);
    made.object["status"]["operationState"]["operation"]["initiatedBy"] = json!({"username": "ravi"});
    pending(made);
}

pub fn sync_retries(world: &World<'_>, app: &App, made: &mut Made) {
    let why = "error when patching \"/dev/shm/2701621061\": Service \"web\" is invalid: spec.ports[1]: Duplicate value: {\"port\":80,\"protocol\":\"TCP\"}";
    let at = ids::later(world.now, 40).strftime("%-I:%M%p").to_string();
    let message = format!("one or more synchronization tasks completed unsuccessfully, reason: {why}. Retrying attempt #3 at {at}.");
    // The second wait is 40 s, and it has just begun.
    operation(world, made, "Running", &message, 1, Some(0));
    let state = &mut made.object["status"]["operationState"];
    state["retryCount"] = json!(2);
    state["syncResult"]["resources"] = json!(refusal(world, app, "Service", why));
    pending(made);
    differ(made, &["Deployment", "Service"]);
}

pub fn hook_failed(world: &World<'_>, app: &App, made: &mut Made) {
    operation(
        world,
        made,
        "Failed",
        "one or more synchronization tasks completed unsuccessfully (retried 5 times).",
        app.age + 40,
        Some(app.age),
    );
    let state = &mut made.object["status"]["operationState"];
    state["retryCount"] = json!(5);
    state["syncResult"]["resources"] = json!([{
        "group": "batch", "version": "v1", "kind": "Job", "name": "invoice-migrate", "namespace": app.target, "status": "Synced",
        "syncPhase": "PreSync", "hookType": "PreSync", "hookPhase": "Failed", "message": "Job has reached the specified backoff limit",
        "images": ["registry.acme.example/migrate:1.44.0"]
    }]);
    let head = made.object["status"]["sync"]["revision"].as_str().unwrap_or_default();
    let told =
        format!("Failed last sync attempt to [{head}]: one or more synchronization tasks completed unsuccessfully (retried 5 times).");
    conditions::condition(world, made, "SyncError", &told, app.age);
    differ(made, &["Deployment"]);
    let (objects, logs) = workloads::failed_job(world, app, "invoice-migrate", "registry.acme.example/migrate:1.44.0");
    made.parts.extend(objects);
    // The program says why, and nothing after that.
    made.logs.extend(
        logs.into_iter()
            .map(|log| PodLog { text: log.text.lines().filter(|l| !l.contains(" exit ")).map(|l| format!("{l}\n")).collect(), ..log }),
    );
}

pub fn wave_waits(world: &World<'_>, app: &App, made: &mut Made) {
    operation(world, made, "Running", "waiting for healthy state of apps/Deployment/web", app.age, None);
    made.object["status"]["operationState"]["syncResult"]["resources"] = json!(results(world, app));
    pending(made);
    health(world, made, "Progressing", app.age);
    pods::starting(world, app, made, 3);
}

/// Nobody syncs it, and two of its resources differ.
pub fn auto_sync_off(world: &World<'_>, app: &App, made: &mut Made) {
    manual(made);
    differ(made, &["Deployment"]);
    health(world, made, "Healthy", app.age + 6 * 86_400);
}

pub fn gave_up(world: &World<'_>, app: &App, made: &mut Made) {
    let why = "error when patching \"/dev/shm/2701621061\": Service \"web\" is invalid: spec.ports[1]: Duplicate value: {\"port\":80,\"protocol\":\"TCP\"}";
    let message = format!("one or more synchronization tasks completed unsuccessfully, reason: {why} (retried 5 times).");
    operation(world, made, "Failed", &message, app.age + 400, Some(app.age));
    let state = &mut made.object["status"]["operationState"];
    state["retryCount"] = json!(5);
    state["syncResult"]["resources"] = json!(refusal(world, app, "Service", why));
    let head = world.repos.id("4f2c91d");
    let told = format!("Failed last sync attempt to [{head}]: {message}");
    conditions::condition(world, made, "SyncError", &told, app.age);
    differ(made, &["Deployment", "Service"]);
}

/// It left git with the head, which is in but for what it deletes.
pub fn prune_off(world: &World<'_>, app: &App, made: &mut Made) {
    made.object["spec"]["syncPolicy"]["automated"] = json!({"prune": false});
    made.object["status"]["sync"]["status"] = json!("OutOfSync");
    let extra = json!({"kind": "ConfigMap", "name": "orders-flags", "namespace": app.target, "status": "OutOfSync", "version": "v1", "requiresPruning": true});
    if let Some(list) = made.object["status"]["resources"].as_array_mut() {
        list.push(extra);
    }
    made.parts.push(live::left_behind(world, app, "orders-flags"));
}

pub fn edited_by_hand(world: &World<'_>, app: &App, made: &mut Made) {
    made.object["spec"]["syncPolicy"]["automated"] = json!({"prune": true, "selfHeal": false});
    differ(made, &["Deployment"]);
    health(world, made, "Healthy", app.age + 6 * 86_400);
    // Applied by the client, as Argo CD does unless it is told otherwise: the object keeps what was applied last.
    made.object["spec"]["syncPolicy"]["syncOptions"] = json!(["CreateNamespace=true"]);
    let applied = rendered(world, app, app.rev).into_iter().find(|object| object["kind"] == "Deployment").unwrap_or_default().to_string();
    if let Some(deployment) = part(made, "Deployment") {
        deployment["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json!(applied);
        deployment["spec"]["replicas"] = json!(6);
        edited(world, deployment, "kubectl-edit", json!({"f:spec": {"f:replicas": {}}}), app.age);
    }
    pods::running(world, app, made, 6);
}

/// Another controller writes the same field after each sync; self-heal tries and tries.
pub fn drifts_again(world: &World<'_>, app: &App, made: &mut Made) {
    made.object["spec"]["syncPolicy"]["automated"] = json!({"prune": true, "selfHeal": true});
    differ(made, &["Deployment"]);
    let head = world.repos.id("4f2c91d");
    let source = made.object["spec"]["source"].clone();
    let entry = |index: i64| {
        let age = app.age + 600 * (4 - index);
        json!({"id": 38 + index, "revision": head, "source": source, "initiatedBy": {"automated": true},
            "deployStartedAt": ago(world, age + 2), "deployedAt": ago(world, age)})
    };
    made.object["status"]["history"] = json!((0..5).map(entry).collect::<Vec<_>>());
    operation(world, made, "Succeeded", "successfully synced (all tasks run)", app.age + 2, Some(app.age));
    made.object["status"]["operationState"]["syncResult"]["resources"] = json!(results(world, app));
    made.object["status"]["reconciledAt"] = json!(ago(world, app.age - 4));
    if let Some(deployment) = part(made, "Deployment") {
        deployment["spec"]["replicas"] = json!(5);
        edited(world, deployment, "cluster-proportional-autoscaler", json!({"f:spec": {"f:replicas": {}}}), app.age - 4);
    }
    pods::running(world, app, made, 5);
}

/// Compared last before its controller went away.
pub fn silent(world: &World<'_>, _: &App, made: &mut Made) {
    made.object["status"]["reconciledAt"] = json!(ago(world, 14 * 60 + 20));
}

/// Somebody removed the operation while it ran.
pub fn orphaned(world: &World<'_>, app: &App, made: &mut Made) {
    operation(world, made, "Running", "waiting for healthy state of apps/Deployment/web", app.age, None);
    made.object["status"]["operationState"]["syncResult"]["resources"] = json!(results(world, app));
    differ(made, &["Deployment"]);
}

pub fn unmapped(world: &World<'_>, app: &App, made: &mut Made) {
    health(world, made, "Degraded", app.age);
    pods::crashing(world, app, made, 7);
}

/// It deploys nothing but Applications, two of which are ill.
pub fn children_broken(_: &World<'_>, _: &App, made: &mut Made) {
    let child = |name: &str| json!({"group": "argoproj.io", "version": "v1alpha1", "kind": "Application", "name": name, "namespace": "argocd", "status": "Synced"});
    made.object["status"]["resources"] = json!(["all-well-argo", "crash-loop", "image-not-found"].map(child));
    made.object["status"]["summary"] = json!({"isAppOfApps": true});
    made.parts.clear();
    made.logs.clear();
}
