//! The tree below an app: its managed objects as they live, and what they own, down to pods.

use super::health::assess;
use super::needs;
use super::object::{Reader, ordered};
use crate::cluster::api::{ApiError, escape, path};
use crate::cluster::session::SessionHandle;
use crate::domain::Timestamp;
use crate::domain::app::ManagedResource;
use crate::domain::event::LiveNode;
use crate::domain::ids::ObjectKey;
use crate::domain::status::Health;
use crate::domain::text::sanitise;
use serde_json::Value;

/// Owned objects read for one workload and kind.
const MOST: usize = 200;

impl SessionHandle {
    /// Managed objects in the order given, each followed by what it owns; what could not be read says why in `unread`.
    ///
    /// # Errors
    /// Not connected.
    pub async fn tree(&self, resources: &[ManagedResource]) -> Result<Vec<LiveNode>, ApiError> {
        let reader = Reader::of(self)?;
        let branches = ordered(resources.iter().map(|resource| {
            let (reader, resource) = (reader.clone(), resource.clone());
            async move { branch(&reader, &resource).await }
        }))
        .await;
        Ok(branches.into_iter().flatten().collect())
    }
}

async fn branch(reader: &Reader, resource: &ManagedResource) -> Vec<LiveNode> {
    let key = &resource.key;
    let version = Some(resource.version.as_str()).filter(|v| !v.is_empty());
    let (object, edit) = match reader.read(key, version).await {
        Ok(Some(read)) => read,
        Ok(None) => {
            let absent = LiveNode { health: Some(Health::Missing), note: "not there".into(), ..blank(key) };
            return vec![absent];
        }
        Err(error) => return vec![LiveNode { unread: Some(error.message), ..blank(key) }],
    };
    let mut out = vec![LiveNode { edit, ..node(key, &object, 0) }];
    children(reader, key, &object, &mut out).await;
    out
}

fn blank(key: &ObjectKey) -> LiveNode {
    LiveNode { key: key.clone(), ..LiveNode::default() }
}

fn node(key: &ObjectKey, object: &Value, depth: usize) -> LiveNode {
    let judged = assess(&key.group, &key.kind, object);
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let waits = key.kind == "Pod" && key.group.is_empty() && judged.health != Some(Health::Healthy);
    LiveNode {
        depth,
        needs: if waits { needs::secrets(object) } else { Vec::new() },
        uid: sanitise(text("/metadata/uid"), 64),
        created_at: text("/metadata/creationTimestamp").parse::<Timestamp>().ok(),
        health: judged.health,
        note: judged.note,
        message: judged.message,
        exists: true,
        container: judged.container,
        reason: judged.reason,
        restarts: judged.restarts,
        exit_code: judged.exit_code,
        ended_at: judged.ended_at,
        image: judged.image,
        memory: judged.memory,
        held_by: judged.held_by,
        deadline_at: judged.deadline_at,
        ..blank(key)
    }
}

/// A kind of owned objects: group, kind, plural, version.
type Owned = (&'static str, &'static str, &'static str);
const REPLICA_SETS: Owned = ("apps", "ReplicaSet", "replicasets");
const PODS: Owned = ("", "Pod", "pods");
const JOBS: Owned = ("batch", "Job", "jobs");

async fn children(reader: &Reader, key: &ObjectKey, object: &Value, out: &mut Vec<LiveNode>) {
    let uid = object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
    let chain: &[Owned] = match (key.group.as_str(), key.kind.as_str()) {
        ("apps", "Deployment") => &[REPLICA_SETS, PODS],
        ("apps", "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", "Job") => &[PODS],
        ("batch", "CronJob") => &[JOBS, PODS],
        ("argoproj.io", "Rollout") => &[REPLICA_SETS, PODS],
        _ => return made_secret(reader, key, object, out).await,
    };
    let mut levels = Vec::new();
    for kind in chain {
        // Jobs of a CronJob, and their pods, share no labels that the CronJob names.
        let selector = if key.kind == "CronJob" { String::new() } else { selector(object) };
        match list(reader, *kind, &key.namespace, &selector).await {
            Ok(objects) => levels.push((*kind, objects)),
            Err(error) => {
                let unread = format!("{} not readable: {}", kind.2, error.message);
                if let Some(parent) = out.last_mut() {
                    parent.unread = Some(unread);
                }
                return;
            }
        }
    }
    attach(uid, 1, &levels, out);
}

/// The Secret that an object is there to make. Where it may not be read nothing is said of it: its maker tells how it fares.
async fn made_secret(reader: &Reader, key: &ObjectKey, object: &Value, out: &mut Vec<LiveNode>) {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).filter(|t| !t.is_empty());
    let name = match (key.group.as_str(), key.kind.as_str()) {
        ("external-secrets.io", "ExternalSecret") => text("/spec/target/name").unwrap_or(&key.name),
        ("cert-manager.io", "Certificate") => match text("/spec/secretName") {
            Some(name) => name,
            None => return,
        },
        ("bitnami.com", "SealedSecret") => text("/spec/template/metadata/name").unwrap_or(&key.name),
        _ => return,
    };
    let secret = ObjectKey::new("", "Secret", &key.namespace, &sanitise(name, 253));
    match reader.get(&secret, Some("v1")).await {
        Ok(Some(object)) => out.push(node(&secret, &object, 1)),
        Ok(None) => out.push(LiveNode { depth: 1, note: "not made yet".into(), ..blank(&secret) }),
        Err(_) => {}
    }
}

/// Depth first; replica sets of the past that hold nothing are left out.
fn attach(owner: &str, depth: usize, levels: &[(Owned, Vec<Value>)], out: &mut Vec<LiveNode>) {
    let Some(((kind, objects), below)) = levels.split_first() else { return };
    for object in objects.iter().filter(|o| is_owned_by(o, owner)) {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let key = ObjectKey::new(kind.0, kind.1, &sanitise(text("/metadata/namespace"), 253), &sanitise(text("/metadata/name"), 253));
        let count = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
        if kind.1 == "ReplicaSet" && count("/spec/replicas") == 0 && count("/status/replicas") == 0 {
            continue;
        }
        out.push(node(&key, object, depth));
        attach(text("/metadata/uid"), depth + 1, below, out);
    }
}

fn is_owned_by(object: &Value, uid: &str) -> bool {
    let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    !uid.is_empty() && owners.into_iter().flatten().any(|o| o.get("uid").and_then(Value::as_str) == Some(uid))
}

/// `spec.selector` as a query value; empty where it cannot be written as one, and then all are read.
fn selector(object: &Value) -> String {
    let labels = object.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let pairs: Vec<String> = labels.into_iter().flatten().filter_map(|(k, v)| v.as_str().map(|v| format!("{k}={v}"))).collect();
    pairs.join(",")
}

async fn list(reader: &Reader, kind: Owned, namespace: &str, selector: &str) -> Result<Vec<Value>, ApiError> {
    let mut url = format!("{}?limit={MOST}", path(kind.0, "v1", namespace, kind.2, ""));
    if !selector.is_empty() {
        url.push_str(&format!("&labelSelector={}", escape(selector)));
    }
    let mut answer: Value = reader.api.get(&url).await?;
    Ok(match answer.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    })
}
