//! The controllers of Argo CD and Flux on a cluster: workloads with their pods, Leases and settings; and which of them do not run.

use super::status::{ago, complete, sources};
use super::{Scenario, World, states};
use crate::sim::controllers::workload::objects::{
    Counts, PodState, Rollout, deployment_status, pod, pod_name, pod_status, replica_set, template_hash,
};
use crate::sim::ids;
use serde_json::{Value, json};

/// Since when what does not run has been so, seconds.
pub const STOPPED: i64 = 540;

/// Controllers that do not run in a scenario.
pub fn stopped(scenario: Scenario, cluster: &str) -> &'static [&'static str] {
    match (scenario, cluster) {
        (Scenario::Stopped, "prod-eu") => &["kustomize-controller"],
        (Scenario::Stopped, "stage-eu") => &["notification-controller"],
        (Scenario::States, "stage-eu") => &["kustomize-controller"],
        (Scenario::States, "hub-us") => &["argocd-application-controller"],
        _ => &[],
    }
}

/// A controller and what stands below it.
struct Controller<'a> {
    namespace: &'static str,
    name: &'a str,
    component: &'a str,
    image: String,
    labels: Value,
    args: Value,
    /// Argo CD elects nobody.
    leads: bool,
}

fn objects(world: &World<'_>, cluster: &str, it: &Controller<'_>) -> Vec<Value> {
    let runs = !stopped(world.scenario, cluster).contains(&it.name);
    let select = if it.leads { json!({"app": it.name}) } else { json!({"app.kubernetes.io/name": it.name}) };
    let mut labels = it.labels.clone();
    labels["app.kubernetes.io/component"] = json!(it.component);
    let mut deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": it.name, "namespace": it.namespace, "labels": labels, "generation": 1},
        "spec": {"replicas": 1, "selector": {"matchLabels": select}, "template": {"metadata": {"labels": select}, "spec": {"containers": [
            {"name": "manager", "image": it.image, "args": it.args}
        ]}}}
    });
    // What is stored first is what those below it name as their owner.
    complete(world, cluster, &mut deployment, 200 * 86_400);
    let hash = template_hash(&deployment);
    let ready = u64::from(runs);
    let counts = Counts { desired: 1, total: 1, updated: 1, ready };
    let since = if runs { 86_400 } else { STOPPED };
    deployment["status"] = deployment_status(&deployment, counts, Rollout::Done, &hash, ids::later(world.now, -since));
    let mut set = replica_set(&deployment, &hash, 1);
    set["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = json!("1");
    complete(world, cluster, &mut set, 86_400);
    set["status"] =
        json!({"replicas": 1, "fullyLabeledReplicas": 1, "readyReplicas": ready, "availableReplicas": ready, "observedGeneration": 1});
    let name = pod_name(set["metadata"]["name"].as_str().unwrap_or_default(), world.seed, 0);
    let mut pod = pod(&set, &name);
    complete(world, cluster, &mut pod, 86_400);
    let state = if runs { PodState::Running } else { PodState::Crashing { exit: 137, restarts: 4 } };
    let (started, since) = (ids::later(world.now, -86_400), ids::later(world.now, if runs { -86_395 } else { -STOPPED }));
    pod["status"] = pod_status(&pod, &state, started, since);
    if !runs {
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"] = json!("OOMKilled");
    }
    let mut out = vec![deployment, set, pod];
    if it.leads {
        let hangs = world.scenario == Scenario::States && (cluster, it.name) == ("lab-eu", "source-controller");
        out.push(lease(
            world,
            it,
            &name,
            if hangs {
                states::STUCK
            } else if runs {
                2
            } else {
                STOPPED
            },
        ));
    }
    out
}

fn lease(world: &World<'_>, it: &Controller<'_>, pod: &str, age: i64) -> Value {
    json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": format!("{}-leader-election", it.name), "namespace": it.namespace},
        "spec": {
            "holderIdentity": format!("{pod}_{}", ids::uid(pod)), "leaseDurationSeconds": 35, "leaseTransitions": 1,
            "renewTime": format!("{}.000000Z", ago(world, age).trim_end_matches('Z'))
        }
    })
}

pub fn argo(world: &World<'_>, cluster: &str, version: &str) -> Vec<Value> {
    let mut out = Vec::new();
    for component in ["server", "repo-server", "applicationset-controller", "application-controller"] {
        let name = format!("argocd-{component}");
        let labels = json!({"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "argocd", "app.kubernetes.io/version": version});
        let image = format!("quay.io/argoproj/argocd:{version}");
        let it = Controller { namespace: "argocd", name: &name, component, image, labels, args: json!([]), leads: false };
        out.extend(objects(world, cluster, &it));
    }
    out
}

pub fn flux(world: &World<'_>, cluster: &str, version: &str) -> Vec<Value> {
    let images = [
        ("source-controller", "v1.9.1"),
        ("kustomize-controller", "v1.9.4"),
        ("helm-controller", "v1.6.3"),
        ("notification-controller", "v1.9.3"),
        ("image-automation-controller", "v1.2.2"),
    ];
    let mut out = Vec::new();
    for (name, tag) in images {
        let labels = json!({"app.kubernetes.io/part-of": "flux", "app.kubernetes.io/version": version});
        let args = json!(["--watch-all-namespaces=true", "--log-level=info", "--enable-leader-election"]);
        let image = format!("ghcr.io/fluxcd/{name}:{tag}");
        let it = Controller { namespace: "flux-system", name, component: name, image, labels, args, leads: true };
        out.extend(objects(world, cluster, &it));
    }
    out.extend(sources::objects(world, cluster));
    out
}
