//! The objects that applications are judged with: AppProject, argocd-cm (global projects only), ApplicationSet.

use super::wire::{ConfigMapObject, Leaf, ProjectObject, SetObject, Stub, Window};
use crate::domain::Timestamp;
use crate::domain::event::{OtherObject, Project, SyncWindow};
use crate::domain::ids::{ClusterId, ObjectKey};
use crate::domain::text::sanitise;
use serde_json::{Value, json};

const LABELS: usize = 100;

/// An AppProject; one that does not fit keeps its name and says why.
pub fn project(cluster: &ClusterId, json: &str, now: Timestamp) -> Project {
    let base = Project { cluster: Some(cluster.clone()), observed_at: Some(now), ..Project::default() };
    match serde_json::from_str::<ProjectObject>(json) {
        Ok(object) => Project {
            namespace: object.metadata.namespace.text(253),
            name: object.metadata.name.text(253),
            labels: object.metadata.labels.iter().take(LABELS).map(|(k, v)| (sanitise(k, 317), v.text(63))).collect(),
            windows: object.spec.sync_windows.iter().map(window).collect(),
            accounts: accounts(object.spec.destination_service_accounts.as_ref()),
            ..base
        },
        Err(error) => {
            let stub: Stub = serde_json::from_str(json).unwrap_or_default();
            let unreadable = Some(sanitise(&error.to_string(), 200));
            Project { namespace: stub.metadata.namespace.text(253), name: stub.metadata.name.text(253), unreadable, ..base }
        }
    }
}

fn accounts(list: Option<&Value>) -> Vec<String> {
    let all = list.and_then(Value::as_array).into_iter().flatten();
    let name = |a: &Value| a.get("defaultServiceAccount").and_then(Value::as_str).map(|n| sanitise(n, 317));
    all.filter_map(name).filter(|n| !n.is_empty()).take(LABELS).collect()
}

fn window(w: &Window) -> SyncWindow {
    let list = |l: &[Leaf]| l.iter().map(|p| p.text(500)).collect();
    SyncWindow {
        kind: w.kind.text(40),
        schedule: w.schedule.text(200),
        duration: w.duration.text(40),
        applications: list(&w.applications),
        namespaces: list(&w.namespaces),
        clusters: list(&w.clusters),
        manual_sync: w.manual_sync.is_true(),
        time_zone: w.time_zone.text(80),
        and_operator: w.and_operator.is_true(),
        sync_overrun: w.sync_overrun.is_true(),
        description: w.description.text(200),
    }
}

/// argocd-cm: `{"globalProjects": [...]}` as JSON, or `{"unreadable": why}`, with `interval` and `jitter` of comparisons; nothing else of it is kept, it may hold credentials.
pub fn config_map(cluster: &ClusterId, json: &str, now: Timestamp) -> OtherObject {
    let (key, value) = match serde_json::from_str::<ConfigMapObject>(json) {
        Ok(object) => {
            let key = ObjectKey::new("", "ConfigMap", &object.metadata.namespace.text(253), &object.metadata.name.text(253));
            let mut value = global_projects(object.data.global_projects.raw());
            // Seconds; `null` where Argo CD has its default.
            let seconds = |leaf: &Leaf| crate::domain::duration::parse_go(leaf.raw()).map(|ms| ms / 1000);
            value["interval"] = json!(seconds(&object.data.interval));
            value["jitter"] = json!(seconds(&object.data.jitter));
            (key, value)
        }
        Err(error) => (stub_key(json, "", "ConfigMap"), json!({ "unreadable": sanitise(&error.to_string(), 200) })),
    };
    OtherObject { cluster: cluster.clone(), key, value, observed_at: now }
}

fn global_projects(yaml: &str) -> Value {
    if yaml.trim().is_empty() {
        return json!({ "globalProjects": [] });
    }
    match serde_yaml::from_str::<Value>(yaml) {
        Ok(list @ Value::Array(_)) => json!({ "globalProjects": list }),
        Ok(Value::Null) => json!({ "globalProjects": [] }),
        Ok(_) => json!({ "unreadable": "globalProjects is not a list" }),
        Err(error) => json!({ "unreadable": sanitise(&format!("globalProjects: {error}"), 200) }),
    }
}

/// An ApplicationSet: `{name, conditions: [{type, status, reason, message}], applications: [{name, status, step, message}]}`.
pub fn application_set(cluster: &ClusterId, json: &str, now: Timestamp) -> OtherObject {
    let (key, value) = match serde_json::from_str::<SetObject>(json) {
        Ok(set) => {
            let key = ObjectKey::new(super::GROUP, "ApplicationSet", &set.metadata.namespace.text(253), &set.metadata.name.text(253));
            (key, set_value(&set))
        }
        Err(error) => (stub_key(json, super::GROUP, "ApplicationSet"), json!({ "unreadable": sanitise(&error.to_string(), 200) })),
    };
    OtherObject { cluster: cluster.clone(), key, value, observed_at: now }
}

fn set_value(set: &SetObject) -> Value {
    let conditions: Vec<Value> = set
        .status
        .conditions
        .iter()
        .map(|c| json!({ "type": c.kind.text(60), "status": c.status.text(20), "reason": c.reason.text(100), "message": c.message.text(500) }))
        .collect();
    let applications: Vec<Value> = set
        .status
        .application_status
        .iter()
        .map(|a| json!({ "name": a.application.text(253), "status": a.status.text(40), "step": a.step.text(20), "message": a.message.text(500) }))
        .collect();
    json!({ "name": set.metadata.name.text(253), "conditions": conditions, "applications": applications })
}

fn stub_key(json: &str, group: &str, kind: &str) -> ObjectKey {
    let stub: Stub = serde_json::from_str(json).unwrap_or_default();
    ObjectKey::new(group, kind, &stub.metadata.namespace.text(253), &stub.metadata.name.text(253))
}
