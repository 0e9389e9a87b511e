//! What runs below the Deployment of an app, in place of the well pods it was made with.

use super::super::pods::log_text;
use super::super::status::complete;
use super::super::{App, Made, PodLog, World};
use super::tools::without;
use crate::sim::controllers::workload::objects::{
    Counts, PodState, Rollout, deployment_status, pod, pod_name, pod_status, replica_set, template_hash,
};
use crate::sim::ids;
use serde_json::{Value, json};

/// Some pods of one ReplicaSet.
struct Set {
    hash: String,
    image: Option<&'static str>,
    replicas: u64,
    ready: u64,
    /// The others.
    ill: PodState,
    age: i64,
}

/// Puts these in the place of what was there; `tell` has the last word on the status of each ill pod.
fn put(world: &World<'_>, app: &App, made: &mut Made, sets: &[Set], rollout: Rollout, since: i64, tell: impl Fn(&mut Value)) {
    without(made, &["ReplicaSet", "Pod"]);
    made.logs.clear();
    let Some(deployment) = made.parts.iter_mut().find(|part| part["kind"] == "Deployment") else { return };
    let total = sets.iter().map(|set| set.replicas).sum();
    let ready = sets.iter().map(|set| set.ready).sum();
    let desired = deployment["spec"]["replicas"].as_u64().unwrap_or(1);
    let updated = sets.last().map_or(0, |set| set.replicas);
    let hash = sets.last().map(|set| set.hash.clone()).unwrap_or_default();
    deployment["status"] =
        deployment_status(deployment, Counts { desired, total, updated, ready }, rollout, &hash, ids::later(world.now, -since));
    let deployment = deployment.clone();
    for set in sets {
        below(world, app, made, &deployment, set, &tell);
    }
}

fn below(world: &World<'_>, app: &App, made: &mut Made, deployment: &Value, set: &Set, tell: &impl Fn(&mut Value)) {
    let mut owner = deployment.clone();
    if let (Some(image), Some(slot)) = (set.image, owner.pointer_mut("/spec/template/spec/containers/0/image")) {
        *slot = json!(image);
    }
    let mut replicas = replica_set(&owner, &set.hash, set.replicas);
    replicas["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = json!(if set.image.is_some() { "6" } else { "7" });
    complete(world, app.cluster, &mut replicas, set.age);
    replicas["status"] = json!({"replicas": set.replicas, "fullyLabeledReplicas": set.replicas, "readyReplicas": set.ready, "availableReplicas": set.ready, "observedGeneration": 1});
    let name = replicas["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    for index in 0..set.replicas {
        let is_ill = index >= set.ready;
        let state = if is_ill { set.ill.clone() } else { PodState::Running };
        let mut one = pod(&replicas, &pod_name(&name, world.seed, index));
        complete(world, app.cluster, &mut one, set.age);
        let started = ids::later(world.now, -set.age);
        let since = if matches!(state, PodState::Crashing { .. }) { ids::later(world.now, -31) } else { ids::later(started, 3) };
        one["status"] = pod_status(&one, &state, started, since);
        if is_ill {
            tell(&mut one);
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        made.logs.extend(log_text("web", &state, &ids::seconds(since)).map(|log| PodLog {
            cluster: app.cluster,
            namespace: app.target.into(),
            pod: text(&one["metadata"]["name"]),
            container: "web".into(),
            text: log,
        }));
        made.parts.push(one);
    }
    made.parts.push(replicas);
}

fn hash(made: &Made) -> String {
    made.parts.iter().find(|part| part["kind"] == "Deployment").map(template_hash).unwrap_or_default()
}

const OLD: &str = "registry.acme.example/web:3.8.0";

fn old(replicas: u64) -> Set {
    Set { hash: "58d7".into(), image: Some(OLD), replicas, ready: replicas, ill: PodState::Running, age: 20 * 86_400 }
}

/// All pods of a Deployment that was scaled.
pub fn running(world: &World<'_>, app: &App, made: &mut Made, replicas: u64) {
    let set = Set { hash: hash(made), image: None, replicas, ready: replicas, ill: PodState::Running, age: app.age };
    put(world, app, made, &[set], Rollout::Done, app.age, |_| {});
}

/// A rollout that goes on: so many of its five pods are ready.
pub fn starting(world: &World<'_>, app: &App, made: &mut Made, ready: u64) {
    let set = Set { hash: hash(made), image: None, replicas: 5 - 1, ready: ready - 1, ill: PodState::Starting, age: app.age };
    put(world, app, made, &[old(1), set], Rollout::Running, app.age, |_| {});
}

/// Two new pods that do not come up beside three old ones that serve; `tell` says what ails them.
pub fn ill(world: &World<'_>, app: &App, made: &mut Made, state: PodState, rollout: Rollout, tell: impl Fn(&mut Value)) {
    let set = Set { hash: hash(made), image: None, replicas: 2, ready: 0, ill: state, age: app.age };
    put(world, app, made, &[old(3), set], rollout, app.age, tell);
}

pub fn crashing(world: &World<'_>, app: &App, made: &mut Made, restarts: i64) {
    ill(world, app, made, PodState::Crashing { exit: 1, restarts }, Rollout::Late, |_| {});
    for log in made.logs.iter_mut().filter(|log| log.text.contains("FATAL")) {
        log.text = log.text.replace("FATAL: exit 1", "FATAL: too many connections for role \"web\"");
    }
}

/// The Deployment could not make all pods it wants: three of five run.
pub fn unmade(world: &World<'_>, app: &App, made: &mut Made, message: &str) {
    let set = Set { hash: hash(made), image: None, replicas: 3, ready: 3, ill: PodState::Running, age: app.age };
    put(world, app, made, &[set], Rollout::Running, app.age, |_| {});
    let failure = super::tools::condition(world, "ReplicaFailure", "True", "FailedCreate", message, app.age);
    for part in made.parts.iter_mut().filter(|part| matches!(part["kind"].as_str(), Some("Deployment" | "ReplicaSet"))) {
        let mut failure = failure.clone();
        if let Some(fields) = failure.as_object_mut() {
            fields.remove("observedGeneration");
        }
        match part["status"]["conditions"].as_array_mut() {
            Some(list) => list.push(failure),
            None => part["status"]["conditions"] = json!([failure]),
        }
    }
}
