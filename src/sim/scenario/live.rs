//! Live objects: namespaces, controllers, and what each app has deployed by the start.

use super::status::{ago, chart_objects, complete, helm, placed, rendered};
use super::table::{App, Kind, Source, State, apps};
use super::{Cluster, PodLog, Scenario, World};
use super::{engines, pods};
use crate::sim::ids;
use crate::sim::releases::{self, Release};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What stands on a cluster besides the apps and their workloads.
pub fn cluster_objects(world: &World<'_>, cluster: &Cluster) -> Vec<Value> {
    let mut names: BTreeSet<&str> = BTreeSet::from(["default", "kube-system"]);
    for app in apps(world.scenario) {
        if app.cluster == cluster.name {
            names.insert(app.target);
        }
        if app.home == cluster.name {
            names.insert(app.namespace);
        }
    }
    if cluster.argo.is_some() {
        names.insert("argocd");
    }
    if cluster.flux.is_some() {
        names.insert("flux-system");
    }
    let mut out: Vec<Value> = names
        .iter()
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}, "status": {"phase": "Active"}}))
        .collect();
    if let Some(version) = cluster.argo {
        out.extend(argo_parts(world, cluster.name, version));
    }
    if let Some(version) = cluster.flux {
        out.extend(engines::flux(world, cluster.name, version));
    }
    for object in &mut out {
        complete(world, cluster.name, object, 200 * 86_400);
    }
    out
}

fn argo_parts(world: &World<'_>, cluster: &str, version: &str) -> Vec<Value> {
    let mut out = engines::argo(world, cluster, version);
    let open = json!({"clusterResourceWhitelist": [{"group": "*", "kind": "*"}], "destinations": [{"namespace": "*", "server": "*"}], "sourceRepos": ["*"], "sourceNamespaces": ["ap"]});
    let project = |name: &str, spec: Value| json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": name, "namespace": "argocd"}, "spec": spec});
    let mut retail = open.clone();
    if !world.scenario.is_quiet() {
        retail["syncWindows"] = json!([window(world)]);
    }
    let mut dev = open.clone();
    if !world.scenario.is_quiet() {
        dev["sourceRepos"] = json!(["https://git.acme.example/fleet.git"]);
    }
    out.extend([project("default", open.clone()), project("core", open.clone()), project("retail", retail), project("dev", dev)]);
    out.push(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", "namespace": "argocd", "labels": {"app.kubernetes.io/part-of": "argocd"}},
        "data": {"application.resourceTrackingMethod": "annotation", "timeout.reconciliation": "120s"}}));
    out
}

/// The freeze of prod-us: since twelve minutes, for three hours.
fn window(world: &World<'_>) -> Value {
    let since = ids::later(world.now, -760);
    let at = since.to_zoned(jiff::tz::TimeZone::UTC);
    json!({
        "kind": "deny", "schedule": format!("{} {} * * *", at.minute(), at.hour()), "duration": "3h", "applications": ["*"], "clusters": ["prod-us"],
        "manualSync": false, "timeZone": "UTC", "description": "prod-freeze"
    })
}

/// The objects an app has deployed, with what Kubernetes makes below them.
pub fn of_app(world: &World<'_>, app: &App) -> (Vec<Value>, Vec<PodLog>) {
    if matches!(app.state, State::Missing | State::Denied) || matches!(app.name, "platform-root" | "flux-system") {
        return (Vec::new(), Vec::new());
    }
    let objects = match app.source {
        Source::Git { .. } => rendered(world, app, app.rev),
        _ => chart_objects(app),
    };
    let hook = |object: &Value| !object["metadata"]["annotations"]["argocd.argoproj.io/hook"].is_null();
    let mut out = Vec::new();
    let mut logs = Vec::new();
    let objects = objects.into_iter().filter(|object| !hook(object)).map(|object| {
        let mut object = placed(app, object);
        mark(app, &mut object);
        object
    });
    let objects: Vec<Value> = objects.collect();
    if app.kind == Kind::HelmRelease {
        out.extend(stored(world, app, &objects));
    }
    for mut object in objects {
        let manager = manager(app);
        let fields = fields_of(&object);
        complete(world, app.cluster, &mut object, 90 * 86_400);
        object["metadata"]["managedFields"] = json!([managed(manager, "Apply", &object, fields, &ago(world, 86_400))]);
        edit(world, app, &mut object);
        if is_by_hand(world, app) && object["kind"] == "Deployment" {
            by_hand(world, app, &mut object);
        }
        if object["kind"] == "Deployment" {
            let (below, more) = pods::of(world, app, &mut object);
            out.push(object);
            out.extend(below);
            logs.extend(more);
        } else {
            out.push(object);
        }
    }
    if app.state == State::Edited {
        out.push(left_behind(world, app, "orders-flags"));
    }
    if app.state == State::HookFailed {
        let (objects, more) = pods::failed_hook(world, app);
        out.extend(objects);
        logs.extend(more);
    }
    (out, logs)
}

/// What Helm keeps of each revision in the history.
fn stored(world: &World<'_>, app: &App, objects: &[Value]) -> Vec<Value> {
    let history = helm::history(world, app);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |entry: &Value| {
        let (chart, version, at, status) =
            (text(&entry["chartName"]), text(&entry["chartVersion"]), text(&entry["lastDeployed"]), text(&entry["status"]));
        let manifest = releases::manifest(&chart, objects).replace(app.rev.trim_start_matches('v'), version.trim_start_matches('v'));
        let mut secret = releases::secret(&Release {
            name: app.name,
            namespace: app.target,
            storage: app.namespace,
            version: entry["version"].as_i64().unwrap_or(1),
            status: &status,
            chart: &chart,
            chart_version: &version,
            at: &at,
            manifest: &manifest,
        });
        complete(world, app.cluster, &mut secret, 12 * 86_400);
        secret
    };
    history.as_array().into_iter().flatten().map(one).collect()
}

fn manager(app: &App) -> &'static str {
    match app.kind {
        Kind::Application => "argocd-controller",
        Kind::Kustomization => "kustomize-controller",
        Kind::HelmRelease => "helm-controller",
    }
}

/// What an engine writes on each object to know it again.
fn mark(app: &App, object: &mut Value) {
    match app.kind {
        Kind::Application => {
            object["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] = json!(tracking_id(app.namespace, app.name, object));
        }
        Kind::Kustomization => {
            object["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] = json!(app.name);
            object["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/namespace"] = json!(app.namespace);
        }
        Kind::HelmRelease => {
            object["metadata"]["labels"]["helm.toolkit.fluxcd.io/name"] = json!(app.name);
            object["metadata"]["labels"]["helm.toolkit.fluxcd.io/namespace"] = json!(app.namespace);
        }
    }
}

/// `app:group/Kind:namespace/name`; apps outside the namespace of Argo CD carry theirs in front.
pub fn tracking_id(namespace: &str, app: &str, object: &Value) -> String {
    let api = object["apiVersion"].as_str().unwrap_or_default();
    let group = api.rsplit_once('/').map_or("", |(group, _)| group);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let instance = if namespace == "argocd" { app.to_owned() } else { format!("{namespace}_{app}") };
    let meta = &object["metadata"];
    format!("{instance}:{group}/{}:{}/{}", text(&object["kind"]), text(&meta["namespace"]), text(&meta["name"]))
}

/// What a person changed by hand.
fn edit(world: &World<'_>, app: &App, object: &mut Value) {
    let at = |age: i64| ago(world, age);
    match (app.state, object["kind"].as_str()) {
        (State::Edited, Some("Deployment")) => {
            object["spec"]["replicas"] = json!(6);
            if let Some(env) = object.pointer_mut("/spec/template/spec/containers/0/env/0/value") {
                *env = json!("debug");
            }
            let env = json!({"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"orders\"}": {"f:env": {"k:{\"name\":\"LOG_LEVEL\"}": {"f:value": {}}}}}}}, "f:replicas": {}});
            let entry = managed("kubectl-edit", "Update", object, json!({"f:spec": env}), &at(app.age + 1));
            push_manager(object, entry);
        }
        (State::Edited, Some("Secret")) => {
            object["data"]["password"] = json!("Y2hhbmdlZC1ieS1oYW5k");
            let entry = managed("kubectl-patch", "Update", object, json!({"f:data": {"f:password": {}}}), &at(app.age - 28));
            push_manager(object, entry);
        }
        (State::Drifted, Some("Deployment")) => {
            if let Some(limits) = object.pointer_mut("/spec/template/spec/containers/0/resources/limits") {
                limits["memory"] = json!("1Gi");
            }
            let limit = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"controller\"}": {"f:resources": {"f:limits": {"f:memory": {}}}}}}}}});
            let entry = managed("kubectl-patch", "Update", object, limit, &at(app.age + 30));
            push_manager(object, entry);
        }
        _ => {}
    }
}

/// Since when a script has changed apps in the drift scenario, seconds: after their last sync, which would have put it back.
pub const BY_HAND: i64 = 9 * 60;

/// Changed by hand in the drift scenario. Flux would not tell of it, so it is Argo CD's apps alone.
pub fn is_by_hand(world: &World<'_>, app: &App) -> bool {
    let is_one = matches!(app.name, "web" | "ledger" | "orders" | "sandbox" | "demo-shop");
    world.scenario == Scenario::Drift && app.kind == Kind::Application && is_one
}

/// One cause on five apps, another on two of them, a third on one.
fn by_hand(world: &World<'_>, app: &App, object: &mut Value) {
    let mut set = |pointer: &str, value: Value, manager: &str, fields: Value, age: i64| {
        if let Some(place) = object.pointer_mut(pointer) {
            *place = value;
            let entry = managed(manager, "Update", object, json!({"f:spec": fields}), &ago(world, age));
            push_manager(object, entry);
        }
    };
    set("/spec/revisionHistoryLimit", json!(10), "kubectl-patch", json!({"f:revisionHistoryLimit": {}}), BY_HAND);
    match app.name {
        "web" | "ledger" => set("/spec/replicas", json!(8), "kubectl-scale", json!({"f:replicas": {}}), 7 * 60),
        "orders" => {
            let env = json!({"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"orders\"}": {"f:env": {"k:{\"name\":\"LOG_LEVEL\"}": {"f:value": {}}}}}}}});
            set("/spec/template/spec/containers/0/env/0/value", json!("debug"), "kubectl-edit", env, 5 * 60);
        }
        _ => {}
    }
}

fn push_manager(object: &mut Value, entry: Value) {
    if let Some(list) = object["metadata"]["managedFields"].as_array_mut() {
        list.push(entry);
    }
}

/// A ConfigMap that left git but not the cluster.
pub fn left_behind(world: &World<'_>, app: &App, name: &str) -> Value {
    let data: Map<String, Value> = (1..=10).map(|index| (format!("flag-{index}"), json!("on"))).collect();
    let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": app.target}, "data": data});
    mark(app, &mut object);
    complete(world, app.cluster, &mut object, 40 * 86_400);
    object
}

fn managed(manager: &str, operation: &str, object: &Value, fields: Value, at: &str) -> Value {
    json!({"manager": manager, "operation": operation, "apiVersion": object["apiVersion"], "time": at, "fieldsType": "FieldsV1", "fieldsV1": fields})
}

/// The fields of an applied object in the notation of managedFields.
fn fields_of(object: &Value) -> Value {
    let mut out = Map::new();
    for (key, value) in object.as_object().into_iter().flatten() {
        match key.as_str() {
            "apiVersion" | "kind" | "status" => {}
            "metadata" => {
                let parts = ["labels", "annotations"].iter().filter(|part| !value[**part].is_null());
                let meta: Map<String, Value> = parts.map(|part| (format!("f:{part}"), fields_in(&value[*part]))).collect();
                out.insert("f:metadata".into(), Value::Object(meta));
            }
            _ => {
                out.insert(format!("f:{key}"), fields_in(value));
            }
        }
    }
    Value::Object(out)
}

fn fields_in(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(map.iter().map(|(key, value)| (format!("f:{key}"), fields_in(value))).collect()),
        Value::Array(items) if items.iter().all(|item| item["name"].is_string()) && !items.is_empty() => {
            let keyed = items.iter().map(|item| {
                let mut fields = fields_in(item);
                fields["."] = json!({});
                (format!("k:{}", json!({"name": item["name"]})), fields)
            });
            Value::Object(keyed.collect())
        }
        _ => json!({}),
    }
}
