//! What the controllers have written by the start: metadata and status of each app's object, in the words of the real ones.

pub(super) mod argo;
pub(super) mod flux;
pub(super) mod helm;
pub(super) mod sources;

use super::table::{App, Kind, Source, State};
use super::{World, spec};
use crate::domain::ids::EngineKind;
use crate::sim::ids;
use crate::sim::repos::Repos;
use serde_json::{Value, json};

/// The object of an app with metadata and status.
pub fn object(world: &World<'_>, app: &App) -> Value {
    let mut object = spec::manifest(app, world.scenario.story());
    complete(world, app.home, &mut object, 60 * 86_400);
    match app.kind {
        Kind::Application => argo::fill(world, app, &mut object),
        Kind::Kustomization => flux::fill(world, app, &mut object),
        Kind::HelmRelease => helm::fill(world, app, &mut object),
    }
    owned_by_root(app, &mut object);
    object
}

/// Adds uid, generation and creation time where they are missing.
pub fn complete(world: &World<'_>, cluster: &str, object: &mut Value, age: i64) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let meta = &object["metadata"];
    let name = format!("{}/{cluster}/{}/{}/{}", world.seed, text(&object["kind"]), text(&meta["namespace"]), text(&meta["name"]));
    if object["metadata"]["uid"].is_null() {
        object["metadata"]["uid"] = json!(ids::uid(&name));
    }
    if object["metadata"]["generation"].is_null() {
        object["metadata"]["generation"] = json!(1);
    }
    if object["metadata"]["creationTimestamp"].is_null() {
        object["metadata"]["creationTimestamp"] = json!(ids::seconds(ids::later(world.now, -age)));
    }
}

/// Tracking id or owner labels of the app that applies this object from git.
fn owned_by_root(app: &App, object: &mut Value) {
    if matches!(app.name, "platform-root" | "flux-system") || app.home == "dev-shared" {
        return;
    }
    if app.kind == Kind::Application {
        let id = format!("platform-root:argoproj.io/Application:{}/{}", app.namespace, app.name);
        object["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = json!(id);
    } else {
        object["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] = json!("flux-system");
        object["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/namespace"] = json!("flux-system");
    }
}

/// Time `age` seconds before now.
pub fn ago(world: &World<'_>, age: i64) -> String {
    ids::seconds(ids::later(world.now, -age))
}

pub fn head(world: &World<'_>) -> String {
    world.repos.id("4f2c91d")
}

/// Desired manifests of a git app at a scripted commit; nothing for charts and what cannot be read.
pub fn rendered(world: &World<'_>, app: &App, rev: &str) -> Vec<Value> {
    let Source::Git { repo, path } = app.source else { return Vec::new() };
    let engine = if app.kind == Kind::Application { EngineKind::Argo } else { EngineKind::Flux };
    let built = world.repos.manifests(&Repos::url(repo), &world.repos.id(rev), path, engine).unwrap_or_default();
    built.iter().map(|object| placed(app, object.clone())).collect()
}

/// An object with the namespace it lands in.
pub fn placed(app: &App, mut object: Value) -> Value {
    let scoped = !matches!(object["kind"].as_str(), Some("Namespace" | "ClusterRole" | "ClusterRoleBinding" | "ClusterSecretStore"));
    if scoped && object["metadata"]["namespace"].is_null() {
        object["metadata"]["namespace"] = json!(app.target);
    }
    object
}

/// Objects of a chart, as many as the demo needs: a Deployment, a Service and a ConfigMap.
pub fn chart_objects(app: &App) -> Vec<Value> {
    let deployment = if app.name == "ingress-nginx" { "ingress-nginx-controller" } else { app.name };
    let version = app.rev.trim_start_matches('v');
    let labels = json!({"app.kubernetes.io/instance": app.name, "app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": format!("{}-{version}", app.name)});
    let select = json!({"app.kubernetes.io/instance": app.name});
    let meta = |name: &str| json!({"name": name, "namespace": app.target, "labels": labels});
    vec![
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta(app.name), "data": {"version": version}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": meta(app.name), "spec": {"ports": [{"name": "http", "port": 80, "protocol": "TCP"}], "selector": select}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(deployment), "spec": {
            "replicas": 2, "progressDeadlineSeconds": 600, "selector": {"matchLabels": select},
            "template": {"metadata": {"labels": select}, "spec": {"containers": [{
                "name": "controller", "image": format!("registry.acme.example/{}:{version}", app.name),
                "resources": {"limits": {"memory": "512Mi"}}
            }]}}
        }}),
    ]
}

/// Commits an app has run, with seconds since each was deployed, oldest first.
pub fn ran(world: &World<'_>, app: &App) -> Vec<(&'static str, i64)> {
    if !matches!(app.source, Source::Git { .. }) {
        return if app.rev.is_empty() { Vec::new() } else { vec![(app.rev, app.age.max(3 * 86_400))] };
    }
    let middle = if world.scenario.story().has_merge() { "9d1e07b" } else { "c41d8f0" };
    let all: [(&'static str, i64); 5] =
        [("51d0c3e", 9 * 86_400 - 120), ("7c0a9e6", 26_883), ("e77a310", 2360), (middle, 1016), ("4f2c91d", 593)];
    let last = all.iter().position(|(rev, _)| *rev == app.rev);
    // A state that is old began with a commit from before most of these: what ran before it is older still.
    let is_before = |at: usize| app.state != State::BadImage || at == 0;
    let ran =
        |last: usize| all.iter().enumerate().filter(|(at, _)| *at == last || *at < last && is_before(*at)).map(|(_, one)| *one).collect();
    last.map(ran).unwrap_or_default()
}
