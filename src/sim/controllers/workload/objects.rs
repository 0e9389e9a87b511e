//! The objects that Kubernetes itself would make below a Deployment or a Job, as data.

use crate::domain::Timestamp;
use crate::sim::ids;
use serde_json::{Value, json};

/// What a pod does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodState {
    Starting,
    Running,
    /// The container ended with this code again and waits for its next start.
    Crashing {
        exit: i64,
        restarts: i64,
    },
    /// The image cannot be pulled.
    BadImage,
    /// The scheduler finds no node, and says why.
    Unplaced(String),
    /// The kubelet cannot make the container, and says why.
    NoConfig(String),
    /// Runs, and nobody answers its probe on this port.
    NotReady(u64),
    Succeeded,
    Failed {
        exit: i64,
    },
}

/// How a container ends that took too much memory.
pub const OUT_OF_MEMORY: i64 = 137;

impl PodState {
    pub fn is_ready(&self) -> bool {
        *self == Self::Running
    }
}

/// Time as Kubernetes writes it: whole seconds.
pub fn time(at: Timestamp) -> Value {
    json!(ids::seconds(at))
}

/// Short hash of a pod template, part of the names below it.
pub fn template_hash(deployment: &Value) -> String {
    let text = deployment["spec"]["template"].to_string();
    ids::digest(&text).chars().take(4).collect()
}

/// `name-hash-abcde`, the same for the same seed.
pub fn pod_name(owner: &str, seed: u64, index: u64) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut number = ids::number(&format!("{owner}/{seed}/{index}"));
    let mut suffix = String::new();
    for _ in 0..5 {
        let letter = LETTERS.get((number % LETTERS.len() as u64) as usize).copied().unwrap_or(b'x');
        suffix.push(char::from(letter));
        number /= LETTERS.len() as u64;
    }
    format!("{owner}-{suffix}")
}

fn owner(object: &Value) -> Value {
    json!([{
        "apiVersion": object["apiVersion"], "kind": object["kind"], "name": object["metadata"]["name"], "uid": object["metadata"]["uid"],
        "controller": true, "blockOwnerDeletion": true
    }])
}

/// A ReplicaSet of a Deployment, without status.
pub fn replica_set(deployment: &Value, hash: &str, replicas: u64) -> Value {
    let meta = &deployment["metadata"];
    let mut labels = deployment["spec"]["template"]["metadata"]["labels"].clone();
    labels["pod-template-hash"] = json!(hash);
    let mut template = deployment["spec"]["template"].clone();
    template["metadata"]["labels"] = labels.clone();
    let mut selector = deployment["spec"]["selector"].clone();
    selector["matchLabels"]["pod-template-hash"] = json!(hash);
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", meta["name"].as_str().unwrap_or_default()), "namespace": meta["namespace"], "labels": labels,
            "annotations": {"deployment.kubernetes.io/desired-replicas": deployment["spec"]["replicas"].to_string()},
            "ownerReferences": owner(deployment)
        },
        "spec": {"replicas": replicas, "selector": selector, "template": template}
    })
}

/// A pod of a ReplicaSet or a Job, without status.
pub fn pod(of: &Value, name: &str) -> Value {
    let template = &of["spec"]["template"];
    let mut spec = template["spec"].clone();
    if spec["restartPolicy"].is_null() {
        spec["restartPolicy"] = json!("Always");
    }
    spec["nodeName"] = json!(format!("node-{}", ids::number(name) % 9));
    let mut labels = template["metadata"]["labels"].clone();
    if labels.is_null() {
        labels = json!({"job-name": of["metadata"]["name"]});
    }
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": of["metadata"]["namespace"], "labels": labels,
            "generateName": format!("{}-", of["metadata"]["name"].as_str().unwrap_or_default()),
            "annotations": template["metadata"]["annotations"], "ownerReferences": owner(of)
        },
        "spec": spec
    })
}

/// The status of a pod; `since` is when it reached this state.
pub fn pod_status(pod: &Value, state: &PodState, started: Timestamp, since: Timestamp) -> Value {
    let containers = pod["spec"]["containers"].as_array().cloned().unwrap_or_default();
    let statuses: Vec<Value> = containers.iter().map(|container| container_status(container, state, started, since)).collect();
    let phase = match state {
        PodState::Starting | PodState::BadImage | PodState::Unplaced(_) | PodState::NoConfig(_) => "Pending",
        PodState::Running | PodState::NotReady(_) | PodState::Crashing { .. } => "Running",
        PodState::Succeeded => "Succeeded",
        PodState::Failed { .. } => "Failed",
    };
    if let PodState::Unplaced(why) = state {
        let placed = json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": why,
            "lastProbeTime": null, "lastTransitionTime": time(since)});
        return json!({"phase": phase, "conditions": [placed]});
    }
    let ready = if state.is_ready() { "True" } else { "False" };
    let condition =
        |kind: &str, status: &str| json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": time(since)});
    let mut conditions = vec![
        condition("PodScheduled", "True"),
        condition("Initialized", "True"),
        condition("ContainersReady", ready),
        condition("Ready", ready),
    ];
    if !state.is_ready() && *state != PodState::Succeeded {
        let names: Vec<&str> = containers.iter().filter_map(|container| container["name"].as_str()).collect();
        for condition in conditions.iter_mut().skip(2) {
            condition["reason"] = json!("ContainersNotReady");
            condition["message"] = json!(format!("containers with unready status: [{}]", names.join(" ")));
        }
    }
    json!({"phase": phase, "startTime": time(started), "conditions": conditions, "containerStatuses": statuses, "podIP": "10.1.0.7"})
}

fn container_status(container: &Value, state: &PodState, started: Timestamp, since: Timestamp) -> Value {
    let name = container["name"].as_str().unwrap_or_default();
    let image = container["image"].as_str().unwrap_or_default();
    let ended = |exit: i64| json!({"terminated": {"exitCode": exit, "reason": reason_of(exit), "startedAt": time(started), "finishedAt": time(since)}});
    let waiting = |reason: &str, message: String| json!({"waiting": {"reason": reason, "message": message}});
    let (now, last, restarts) = match state {
        PodState::Starting => (json!({"waiting": {"reason": "ContainerCreating"}}), json!({}), 0),
        PodState::Unplaced(_) => (json!({}), json!({}), 0),
        PodState::NoConfig(why) => (waiting("CreateContainerConfigError", why.clone()), json!({}), 0),
        PodState::Running | PodState::NotReady(_) => (json!({"running": {"startedAt": time(since)}}), json!({}), 0),
        PodState::Crashing { exit, restarts } => {
            let message = format!("back-off 5m0s restarting failed container={name}");
            (waiting("CrashLoopBackOff", message), ended(*exit), *restarts)
        }
        PodState::BadImage => (waiting("ImagePullBackOff", format!("Back-off pulling image \"{image}\": not found")), json!({}), 0),
        PodState::Succeeded => (ended(0), json!({}), 0),
        PodState::Failed { exit } => (ended(*exit), json!({}), 0),
    };
    json!({
        "name": name, "image": image, "imageID": "", "ready": state.is_ready(), "started": state.is_ready(), "restartCount": restarts,
        "state": now, "lastState": last
    })
}

fn reason_of(exit: i64) -> &'static str {
    match exit {
        0 => "Completed",
        OUT_OF_MEMORY => "OOMKilled",
        _ => "Error",
    }
}

/// Counts of one Deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub desired: u64,
    pub total: u64,
    pub updated: u64,
    pub ready: u64,
}

/// Where a rollout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollout {
    Running,
    Done,
    /// Past `progressDeadlineSeconds`.
    Late,
}

/// The status of a Deployment; `since` is when the rollout reached this state.
pub fn deployment_status(deployment: &Value, counts: Counts, rollout: Rollout, hash: &str, since: Timestamp) -> Value {
    let name = deployment["metadata"]["name"].as_str().unwrap_or_default();
    let set = format!("ReplicaSet \"{name}-{hash}\"");
    let (status, reason, message) = match rollout {
        Rollout::Running => ("True", "ReplicaSetUpdated", format!("{set} is progressing.")),
        Rollout::Done => ("True", "NewReplicaSetAvailable", format!("{set} has successfully progressed.")),
        Rollout::Late => ("False", "ProgressDeadlineExceeded", format!("{set} has timed out progressing.")),
    };
    let available = counts.ready >= counts.desired - counts.desired / 4;
    let (has, why, text) = if available {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    let condition = |kind: &str, status: &str, reason: &str, message: &str| json!({"type": kind, "status": status, "reason": reason, "message": message, "lastUpdateTime": time(since), "lastTransitionTime": time(since)});
    let mut out = json!({
        "observedGeneration": deployment["metadata"]["generation"], "replicas": counts.total, "updatedReplicas": counts.updated,
        "readyReplicas": counts.ready, "availableReplicas": counts.ready,
        "conditions": [condition("Available", has, why, text), condition("Progressing", status, reason, &message)]
    });
    let missing = counts.total.max(counts.desired).saturating_sub(counts.ready);
    // Absent fields stand for zero, as the real controller leaves them out; null removes an older value in a merge patch.
    out["unavailableReplicas"] = if missing == 0 { Value::Null } else { json!(missing) };
    out
}
