//! What is applied does not run: pods, quotas, a canary that waits, a secret store that does not answer.

use super::super::status::{ago, complete};
use super::super::{App, Made, World};
use super::pods;
use super::tools::{condition, event, health, part};
use crate::sim::controllers::workload::objects::{PodState, Rollout};
use serde_json::json;

pub fn crash_loop(world: &World<'_>, app: &App, made: &mut Made) {
    health(world, made, "Degraded", app.age);
    pods::crashing(world, app, made, 7);
}

pub fn oom_killed(world: &World<'_>, app: &App, made: &mut Made) {
    health(world, made, "Degraded", app.age - 600);
    pods::ill(world, app, made, PodState::Crashing { exit: 137, restarts: 4 }, Rollout::Late, |pod| {
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = json!("OOMKilled");
    });
}

pub fn image(world: &World<'_>, app: &App, made: &mut Made) {
    health(world, made, "Degraded", app.age);
    pods::ill(world, app, made, PodState::BadImage, Rollout::Late, |_| {});
}

pub fn pending(world: &World<'_>, app: &App, made: &mut Made) {
    health(world, made, "Progressing", app.age);
    let words =
        "0/9 nodes are available: 9 Insufficient cpu. preemption: 0/9 nodes are available: 9 No preemption victims found for incoming pod.";
    let unscheduled = condition(world, "PodScheduled", "False", "Unschedulable", words, app.age);
    pods::ill(world, app, made, PodState::Starting, Rollout::Running, |pod| {
        pod["status"] = json!({"phase": "Pending", "conditions": [unscheduled]});
        pod["spec"].as_object_mut().map(|spec| spec.remove("nodeName"));
    });
    let events: Vec<_> = made
        .parts
        .iter()
        .filter(|part| part["status"]["phase"] == "Pending")
        .map(|pod| event(world, app, pod, "FailedScheduling", words, 40))
        .collect();
    made.parts.extend(events);
}

pub fn quota(world: &World<'_>, app: &App, made: &mut Made) {
    health(world, made, "Progressing", app.age);
    let words = "pods \"web-7d54\" is forbidden: exceeded quota: team-a, requested: cpu=2, used: cpu=8, limited: cpu=8";
    pods::unmade(world, app, made, words);
    let set = made.parts.iter().find(|part| part["kind"] == "ReplicaSet").cloned();
    let events: Vec<_> = set.iter().map(|set| event(world, app, set, "FailedCreate", &format!("Error creating: {words}"), 40)).collect();
    made.parts.extend(events);
}

/// At 20 %, as its third step says; a person decides.
pub fn canary(world: &World<'_>, app: &App, made: &mut Made) {
    health(world, made, "Suspended", app.age);
    if let Some(rollout) = part(made, "Rollout") {
        rollout["status"] = json!({
            "phase": "Paused", "message": "CanaryPauseStep", "currentStepIndex": 2, "observedGeneration": "1", "replicas": 5, "readyReplicas": 5,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": ago(world, app.age)}], "controllerPause": true,
            "conditions": [condition(world, "Paused", "True", "RolloutPaused", "Rollout is paused", app.age)]
        });
    }
}

/// It brings the store, too, which times out.
pub fn store(world: &World<'_>, app: &App, made: &mut Made) {
    secret(world, app, made);
    let words =
        "unable to validate store: Get \"https://vault.acme.example/v1/auth/token/lookup-self\": dial tcp 10.9.0.4:8200: i/o timeout";
    if let Some(store) = part(made, "ClusterSecretStore") {
        store["status"] = json!({"conditions": [condition(world, "Ready", "False", "InvalidProviderConfig", words, app.age)]});
    }
}

/// What was fetched before is still there.
pub fn secret(world: &World<'_>, app: &App, made: &mut Made) {
    health(world, made, "Degraded", app.age);
    let Some(secret) = part(made, "ExternalSecret") else { return };
    let words = "ClusterSecretStore \"vault-eu\" is not ready";
    secret["status"] = json!({"refreshTime": ago(world, app.age + 60), "conditions": [
        condition(world, "Ready", "False", "SecretSyncedError", words, app.age)
    ]});
    let owner = json!([{"apiVersion": secret["apiVersion"], "kind": secret["kind"], "name": secret["metadata"]["name"],
        "uid": secret["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true}]);
    let mut copy = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": {"password": "ZGVtbw=="},
        "metadata": {"name": "db", "namespace": app.target, "ownerReferences": owner}
    });
    complete(world, app.cluster, &mut copy, 12 * 86_400);
    made.parts.push(copy);
}
