//! Workloads at the start: ReplicaSets, pods, Events and logs in the state of their app.

use super::status::{ago, complete};
use super::table::{App, State};
use super::{PodLog, Scenario, World};
use crate::sim::controllers::workload::objects::{
    Counts, PodState, Rollout, deployment_status, pod, pod_name, pod_status, replica_set, template_hash,
};
use crate::sim::ids;
use serde_json::{Value, json};

/// One ReplicaSet to make.
struct Set {
    hash: String,
    image: Option<&'static str>,
    pods: u64,
    ready: u64,
    state: PodState,
    age: i64,
}

/// The plan of a Deployment's pods for the state of its app.
fn plan(app: &App, deployment: &Value, replicas: u64) -> (Vec<Set>, Rollout, i64) {
    let hash = template_hash(deployment);
    let set = |hash: &str, image: Option<&'static str>, pods: u64, ready: u64, state: PodState, age: i64| Set {
        hash: hash.to_owned(),
        image,
        pods,
        ready,
        state,
        age,
    };
    let mut plan = match app.state {
        State::Crashing => vec![
            set("58d7", Some("registry.acme.example/payments:2.13.4"), 3, 3, PodState::Running, 26_883),
            set("6c9f", None, 2, 0, PodState::Crashing { exit: 1, restarts: 7 }, 1016),
        ],
        State::BadImage => vec![
            set("7d54", Some("registry.acme.example/search:9.1.4"), 3, 3, PodState::Running, 20 * 86_400),
            set(&hash, None, 2, 0, PodState::BadImage, app.age),
        ],
        State::Rollout => vec![
            set("5f5c", Some("registry.acme.example/ledger:2.6.0"), 3, 3, PodState::Running, 20 * 86_400),
            set(&hash, None, 3, 2, PodState::Starting, app.age),
        ],
        State::Syncing => vec![
            set("66b8", Some("registry.acme.example/web:3.8.0"), 2, 2, PodState::Running, 20 * 86_400),
            set(&hash, None, 4, 3, PodState::Starting, app.age),
        ],
        State::Failing => vec![set(&hash, None, replicas, 1, PodState::Crashing { exit: 1, restarts: 4 }, 960)],
        _ => vec![set(&hash, None, replicas, replicas, PodState::Running, app.age.max(3600))],
    };
    let rollout = match app.state {
        State::Crashing | State::BadImage | State::Failing => Rollout::Late,
        State::Rollout | State::Syncing => Rollout::Running,
        _ => Rollout::Done,
    };
    let since = match app.state {
        State::Crashing => 420,
        _ => app.age.min(86_400),
    };
    plan.retain(|set| set.pods > 0);
    (plan, rollout, since)
}

/// Everything below a Deployment; its own status is filled in.
pub fn of(world: &World<'_>, app: &App, deployment: &mut Value) -> (Vec<Value>, Vec<PodLog>) {
    let crashing = app.state == State::Crashing;
    // The autoscaler of production already runs more than its minimum; the raised minimum then changes no number.
    let scaled = if app.cluster == "stage-eu" { 1 } else { 4 };
    let replicas = deployment["spec"]["replicas"].as_u64().unwrap_or(scaled);
    deployment["spec"]["replicas"] = json!(replicas);
    deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = json!("7");
    let (sets, rollout, since) = plan(app, deployment, replicas);
    let total = sets.iter().map(|set| set.pods).sum();
    let ready = sets.iter().map(|set| set.ready).sum();
    let newest = sets.last();
    let counts = Counts { desired: replicas, total, updated: newest.map_or(0, |set| set.pods), ready };
    let hash = newest.map(|set| set.hash.clone()).unwrap_or_default();
    deployment["status"] = deployment_status(deployment, counts, rollout, &hash, ids::later(world.now, -since));
    let mut out = Vec::new();
    let mut logs = Vec::new();
    for set in &sets {
        below(world, app, deployment, set, &mut out, &mut logs);
    }
    if crashing {
        out.extend(events(world, app, deployment));
    }
    (out, logs)
}

fn below(world: &World<'_>, app: &App, deployment: &Value, set: &Set, out: &mut Vec<Value>, logs: &mut Vec<PodLog>) {
    let mut owner = deployment.clone();
    if let (Some(image), Some(slot)) = (set.image, owner.pointer_mut("/spec/template/spec/containers/0/image")) {
        *slot = json!(image);
    }
    let mut replicas = replica_set(&owner, &set.hash, set.pods);
    replicas["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = json!(if set.image.is_some() { "6" } else { "7" });
    complete(world, app.cluster, &mut replicas, set.age);
    replicas["status"] = json!({"replicas": set.pods, "fullyLabeledReplicas": set.pods, "readyReplicas": set.ready, "availableReplicas": set.ready, "observedGeneration": 1});
    let name = replicas["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    for index in 0..set.pods {
        let pod_name = if set.hash == "6c9f" && index == 0 { format!("{name}-x2x4k") } else { pod_name(&name, world.seed, index) };
        let state = if index < set.ready { PodState::Running } else { set.state.clone() };
        let mut pod = pod(&replicas, &pod_name);
        complete(world, app.cluster, &mut pod, set.age);
        let started = ids::later(world.now, -set.age);
        let since = if matches!(state, PodState::Crashing { .. }) { ids::later(world.now, -31) } else { ids::later(started, 3) };
        pod["status"] = pod_status(&pod, &state, started, since);
        logs.extend(log(app, &pod, &state, &ids::seconds(since)));
        out.push(pod);
    }
    out.push(replicas);
}

/// What the containers of the demo print.
pub fn log_text(name: &str, state: &PodState, at: &str) -> Option<String> {
    match state {
        PodState::Crashing { .. } if name == "payments" => Some(format!(
            "{at} payments 2.14.0 starting\n{at} config: POOL_SIZE=200\n{at} opening 200 connections to db-1:5432\n\
             {at} FATAL: too many connections for role \"payments\"\n"
        )),
        PodState::Crashing { exit, .. } => Some(format!("{at} {name} starting\n{at} FATAL: exit {exit}\n")),
        PodState::Running => Some(format!("{at} {name} starting\n{at} listening on :8080\n")),
        PodState::Failed { exit } => {
            Some(format!("{at} migrate --invoices\n{at} ERROR: relation \"invoice\" already exists\n{at} exit {exit}\n"))
        }
        _ => None,
    }
}

fn log(app: &App, pod: &Value, state: &PodState, at: &str) -> Option<PodLog> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let container = text(&pod["spec"]["containers"][0]["name"]);
    let output = log_text(&container, state, at)?;
    Some(PodLog {
        cluster: app.cluster,
        namespace: text(&pod["metadata"]["namespace"]),
        pod: text(&pod["metadata"]["name"]),
        container,
        text: output,
    })
}

/// The Job of billing's failed hook, and its pod.
pub fn failed_hook(world: &World<'_>, app: &App) -> (Vec<Value>, Vec<PodLog>) {
    failed_job(world, app, "billing-migrate", "registry.acme.example/billing-migrate:1.45.0")
}

/// A Job of a PreSync hook that ended with exit 1, and its pod.
pub fn failed_job(world: &World<'_>, app: &App, name: &str, image: &str) -> (Vec<Value>, Vec<PodLog>) {
    let mut job = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": name, "namespace": app.target, "annotations": {
            "argocd.argoproj.io/hook": "PreSync", "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
            "argocd.argoproj.io/tracking-id": format!("{}:batch/Job:{}/{name}", app.name, app.target)
        }},
        "spec": {"backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never", "containers": [
            {"name": "migrate", "image": image, "args": ["migrate", "--invoices"]}
        ]}}},
        "status": {"failed": 1, "startTime": ago(world, app.age + 20), "conditions": [
            {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit", "lastTransitionTime": ago(world, app.age)}
        ]}
    });
    complete(world, app.cluster, &mut job, app.age + 20);
    let mut pod = pod(&job, &pod_name(name, world.seed, 0));
    complete(world, app.cluster, &mut pod, app.age + 20);
    let state = PodState::Failed { exit: 1 };
    pod["status"] = pod_status(&pod, &state, ids::later(world.now, -app.age - 20), ids::later(world.now, -app.age));
    let logs = log(app, &pod, &state, &ago(world, app.age)).into_iter().collect();
    (vec![job, pod], logs)
}

/// Events of the broken rollout.
fn events(world: &World<'_>, app: &App, deployment: &Value) -> Vec<Value> {
    if world.scenario != Scenario::Night {
        return Vec::new();
    }
    let name = |kind: &str, name: &str| json!({"apiVersion": if kind == "Pod" { "v1" } else { "apps/v1" }, "kind": kind, "namespace": app.target, "name": name, "uid": ids::uid(name)});
    let deployment_name = deployment["metadata"]["name"].as_str().unwrap_or_default();
    let rows = [
        (name("Deployment", deployment_name), "ScalingReplicaSet", "Scaled up replica set payments-6c9f from 0 to 1", "Normal", 1, 1016),
        (name("Deployment", deployment_name), "ScalingReplicaSet", "Scaled up replica set payments-6c9f from 1 to 2", "Normal", 1, 1010),
        (
            name("HorizontalPodAutoscaler", "payments"),
            "SuccessfulRescale",
            "New size: 4; reason: Current number of replicas below Spec.MinReplicas",
            "Normal",
            1,
            1014,
        ),
        (
            name("Pod", "payments-6c9f-x2x4k"),
            "BackOff",
            "Back-off restarting failed container payments in pod payments-6c9f-x2x4k",
            "Warning",
            31,
            31,
        ),
    ];
    rows.iter()
        .enumerate()
        .map(|(index, (involved, reason, message, kind, count, age))| {
            let mut event = json!({
                "apiVersion": "v1", "kind": "Event", "metadata": {"name": format!("payments.{index:04x}"), "namespace": app.target},
                "involvedObject": involved, "reason": reason, "message": message, "type": kind, "count": count,
                "firstTimestamp": ago(world, 1016), "lastTimestamp": ago(world, *age), "source": {"component": "kubelet"}
            });
            complete(world, app.cluster, &mut event, 1016);
            event
        })
        .collect()
}
