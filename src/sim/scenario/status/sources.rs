//! Status of source objects.

use super::super::spec::{self, CHART_HOST};
use super::super::table::{Kind, Source, apps};
use super::{World, ago};
use crate::sim::ids;
use crate::sim::repos::Repos;
use crate::sim::scenario::Scenario;
use serde_json::{Value, json};

/// The sources of one Flux cluster with status, and the HelmCharts of its releases.
pub fn objects(world: &World<'_>, cluster: &str) -> Vec<Value> {
    let mut out = spec::sources(cluster, world.scenario.story());
    for source in &mut out {
        source["metadata"]["finalizers"] = json!(["finalizers.fluxcd.io"]);
        source["metadata"]["generation"] = json!(1);
        source["status"] = if source["kind"] == "GitRepository" { git(world, cluster, source) } else { helm_repository(world) };
    }
    for app in apps(world.scenario).iter().filter(|app| app.home == cluster && app.kind == Kind::HelmRelease) {
        let release = spec::manifest(app, world.scenario.story());
        let version = if matches!(app.name, "redis" | "helm-rolled-back") { "19.0.0" } else { app.rev };
        let chart = match app.source {
            Source::Chart { chart, .. } => chart,
            _ => app.name,
        };
        out.push(json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmChart",
            "metadata": {
                "name": format!("{}-{}", app.namespace, app.name), "namespace": "flux-system", "generation": 1, "finalizers": ["finalizers.fluxcd.io"],
                "labels": {"helm.toolkit.fluxcd.io/name": app.name, "helm.toolkit.fluxcd.io/namespace": app.namespace}
            },
            "spec": chart_spec(&release),
            "status": {
                "artifact": artifact(&format!("helmchart/flux-system/{}-{}/{chart}-{version}.tgz", app.namespace, app.name), version, &ago(world, app.age)),
                "conditions": conditions("ChartPullSucceeded", &format!("pulled '{chart}' chart with version '{version}'"), &ago(world, app.age)),
                "observedChartName": chart, "observedGeneration": 1
            }
        }));
    }
    out
}

/// As helm-controller makes it: the source is one of its own namespace, so the reference names none.
fn chart_spec(release: &Value) -> Value {
    let mut spec = release["spec"]["chart"]["spec"].clone();
    if let Some(reference) = spec["sourceRef"].as_object_mut() {
        reference.remove("namespace");
    }
    spec
}

/// The artifact of a source.
pub fn artifact(path: &str, revision: &str, at: &str) -> Value {
    json!({
        "digest": format!("sha256:{}", ids::digest(path)), "lastUpdateTime": at, "path": path, "revision": revision, "size": 1902,
        "url": format!("http://source-controller.flux-system.svc.cluster.local./{path}")
    })
}

/// Ready and ArtifactInStorage, both true.
pub fn conditions(reason: &str, message: &str, at: &str) -> Value {
    let condition = |kind: &str| json!({"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": at, "observedGeneration": 1});
    json!([condition("Ready"), condition("ArtifactInStorage")])
}

fn git(world: &World<'_>, cluster: &str, source: &Value) -> Value {
    let name = source["metadata"]["name"].as_str().unwrap_or_default();
    let old = if world.scenario.story().has_merge() { "9d1e07b" } else { "c41d8f0" };
    let stuck = (world.scenario == Scenario::States).then(|| super::super::states::behind(cluster)).flatten();
    let (label, commit, age) = match (name, stuck) {
        ("fleet", Some((rev, age))) => ("main", world.repos.id(rev), age),
        ("fleet", None) if cluster == "edge-syd" => ("main", world.repos.id(old), 960),
        ("fleet", None) => ("main", world.repos.id("4f2c91d"), 593),
        ("charts", _) => ("main", world.repos.id("c91b0e2"), 2880),
        _ => ("v2.3", world.repos.id("a90f1e2"), 30 * 86_400),
    };
    let revision = format!("{label}@sha1:{commit}");
    let message = format!("stored artifact for revision '{revision}'");
    debug_assert!(source["spec"]["url"] == json!(Repos::url(name)));
    json!({
        "artifact": artifact(&format!("gitrepository/flux-system/{name}/{commit}.tar.gz"), &revision, &ago(world, age)),
        "conditions": conditions("Succeeded", &message, &ago(world, age)), "observedGeneration": 1
    })
}

fn helm_repository(world: &World<'_>) -> Value {
    let digest = ids::digest(CHART_HOST);
    let revision = format!("sha256:{digest}");
    let at = ago(world, 7200);
    json!({
        "artifact": artifact(&format!("helmrepository/flux-system/helm-mirror/index-{digest}.yaml"), &revision, &at),
        "conditions": conditions("Succeeded", &format!("stored artifact: revision '{revision}'"), &at), "observedGeneration": 1,
        "url": "http://source-controller.flux-system.svc.cluster.local./helmrepository/flux-system/helm-mirror/index.yaml"
    })
}
