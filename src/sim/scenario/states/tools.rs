//! Small changes of a well app, shared by the situations.

use super::super::status::argo::result;
use super::super::status::{ago, complete, rendered};
use super::super::{App, Made, Placed, World};
use serde_json::{Value, json};

/// No app holds the others here.
pub fn unowned(made: &mut Made) {
    for part in ["annotations", "labels"] {
        if let Some(marks) = made.object["metadata"][part].as_object_mut() {
            marks.retain(|key, _| !key.starts_with("argocd.argoproj.io/tracking") && !key.starts_with("kustomize.toolkit.fluxcd.io/"));
        }
    }
}

/// Beside the app, on a cluster.
pub fn beside(world: &World<'_>, made: &mut Made, cluster: &'static str, mut object: Value) {
    complete(world, cluster, &mut object, 60 * 86_400);
    made.beside.push(Placed { cluster, object });
}

pub fn part<'a>(made: &'a mut Made, kind: &str) -> Option<&'a mut Value> {
    made.parts.iter_mut().find(|part| part["kind"] == kind)
}

pub fn without(made: &mut Made, kinds: &[&str]) {
    made.parts.retain(|part| !kinds.iter().any(|kind| part["kind"] == *kind));
}

/// Resources of these kinds differ from git.
pub fn differ(made: &mut Made, kinds: &[&str]) {
    made.object["status"]["sync"]["status"] = json!("OutOfSync");
    for resource in made.object["status"]["resources"].as_array_mut().into_iter().flatten() {
        if kinds.iter().any(|kind| resource["kind"] == *kind) {
            resource["status"] = json!("OutOfSync");
        }
    }
}

fn is_hook(object: &Value) -> bool {
    !object["metadata"]["annotations"]["argocd.argoproj.io/hook"].is_null()
}

pub fn health(world: &World<'_>, made: &mut Made, word: &str, age: i64) {
    made.object["status"]["health"] = json!({"status": word, "lastTransitionTime": ago(world, age)});
}

/// Nobody turned auto-sync on.
pub fn manual(made: &mut Made) {
    if let Some(policy) = made.object["spec"]["syncPolicy"].as_object_mut() {
        policy.remove("automated");
        policy.remove("retry");
    }
}

/// What each resource at the head came to in a sync that went well.
pub fn results(world: &World<'_>, app: &App) -> Vec<Value> {
    rendered(world, app, "4f2c91d").iter().filter(|o| !is_hook(o)).map(result).collect()
}

/// In which wave Argo CD applies it.
fn wave(object: &Value) -> i64 {
    object["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// What became of one resource that the API server did not take: the others of its wave are applied all the same, and later waves are not.
pub fn refusal(world: &World<'_>, app: &App, kind: &str, message: &str) -> Vec<Value> {
    let all = rendered(world, app, "4f2c91d");
    let last = all.iter().find(|it| it["kind"] == kind).map_or(0, wave);
    let mut list: Vec<Value> = all.iter().filter(|it| !is_hook(it) && wave(it) <= last).map(result).collect();
    for it in list.iter_mut().filter(|it| it["kind"] == kind) {
        it["status"] = json!("SyncFailed");
        it["hookPhase"] = json!("Failed");
        it["message"] = json!(message);
    }
    list
}

/// An operation at the head by auto-sync, as far as these fields tell.
pub fn operation(world: &World<'_>, made: &mut Made, phase: &str, message: &str, started: i64, finished: Option<i64>) {
    let head = world.repos.id("4f2c91d");
    let source = made.object["spec"]["source"].clone();
    let mut state = json!({
        "phase": phase, "message": message, "startedAt": ago(world, started),
        "operation": {"initiatedBy": {"automated": true}, "retry": {"limit": 5, "backoff": {"duration": "20s", "factor": 2, "maxDuration": "3m"}},
            "sync": {"revision": head, "prune": true, "source": source, "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"]}},
        "syncResult": {"revision": head, "source": source}
    });
    if let Some(finished) = finished {
        state["finishedAt"] = json!(ago(world, finished));
    }
    made.object["status"]["operationState"] = state;
}

/// The operation of the status goes on.
pub fn pending(made: &mut Made) {
    made.object["operation"] = made.object["status"]["operationState"]["operation"].clone();
}

pub fn event(world: &World<'_>, app: &App, about: &Value, reason: &str, message: &str, age: i64) -> Value {
    let meta = &about["metadata"];
    let name = meta["name"].as_str().unwrap_or_default();
    let mut event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": format!("{name}.{reason}").to_lowercase(), "namespace": app.target},
        "involvedObject": {"apiVersion": about["apiVersion"], "kind": about["kind"], "namespace": app.target, "name": name, "uid": meta["uid"]},
        "reason": reason, "message": message, "type": "Warning", "count": 9,
        "firstTimestamp": ago(world, age + 600), "lastTimestamp": ago(world, age), "source": {"component": "controller-manager"}
    });
    complete(world, app.cluster, &mut event, age + 600);
    event
}

/// A condition as the controllers of Flux and Kubernetes write them.
pub fn condition(world: &World<'_>, kind: &str, status: &str, reason: &str, message: &str, age: i64) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": ago(world, age), "observedGeneration": 1})
}

/// An entry of managedFields for a change by hand.
pub fn edited(world: &World<'_>, object: &mut Value, manager: &str, fields: Value, age: i64) {
    let entry = json!({
        "manager": manager, "operation": "Update", "apiVersion": object["apiVersion"], "time": ago(world, age), "fieldsType": "FieldsV1",
        "fieldsV1": fields
    });
    if let Some(list) = object["metadata"]["managedFields"].as_array_mut() {
        list.push(entry);
    }
}

/// `main@sha1:…` of a scripted commit.
pub fn at(world: &World<'_>, rev: &str) -> String {
    format!("main@sha1:{}", world.repos.id(rev))
}
