//! Health of a live object by the rules Argo CD has built in, with a note for the operator.

mod custom;
mod pod;

use crate::domain::Timestamp;
use crate::domain::status::Health;
use crate::domain::text::sanitise;
use serde_json::Value;

/// What an object's own status says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assessment {
    /// `None` = the kind has no health.
    pub health: Option<Health>,
    /// "3 of 4 ready", "exit 1, 7x".
    pub note: String,
    /// The words of the condition or container that decided.
    pub message: String,
    /// Pods: the worst container, its waiting or ending reason, restarts, exit code and image.
    pub container: Option<String>,
    pub reason: Option<String>,
    pub restarts: i64,
    pub exit_code: Option<i64>,
    pub ended_at: Option<Timestamp>,
    pub image: Option<String>,
    /// The memory limit at which it was killed.
    pub memory: Option<String>,
    /// It is being deleted: its finalizers.
    pub held_by: Vec<String>,
    /// Deployments that roll out: when the progress deadline passes.
    pub deadline_at: Option<Timestamp>,
}

/// Characters kept of a controller's words.
const WORDS: usize = 500;

fn say(health: Health, note: impl Into<String>) -> Assessment {
    Assessment { health: Some(health), note: note.into(), ..Assessment::default() }
}

/// What a condition says, in its own words: the note is cut, the message kept.
fn quote(health: Health, condition: &Value) -> Assessment {
    let words = text(condition, "/message");
    Assessment { message: sanitise(words, WORDS), ..say(health, sanitise(words, 120)) }
}

fn number(value: &Value, pointer: &str) -> i64 {
    value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn flag(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
}

fn condition<'a>(value: &'a Value, kind: &str) -> Option<&'a Value> {
    value.pointer("/status/conditions").and_then(Value::as_array)?.iter().find(|c| text(c, "/type") == kind)
}

fn holds(value: &Value, kind: &str) -> bool {
    condition(value, kind).is_some_and(|c| text(c, "/status") == "True")
}

/// Judges one object by its group, kind and status.
pub fn assess(group: &str, kind: &str, object: &Value) -> Assessment {
    let mut judged = by_kind(group, kind, object);
    if object.pointer("/metadata/deletionTimestamp").is_some() {
        judged.health = Some(Health::Progressing);
        let names = object.pointer("/metadata/finalizers").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        judged.held_by = names.map(|name| sanitise(name, 120)).collect();
        judged.note = match judged.held_by.as_slice() {
            [] => "pending deletion".into(),
            names => format!("pending deletion, held by {}", names.join(", ")),
        };
    }
    judged
}

fn by_kind(group: &str, kind: &str, object: &Value) -> Assessment {
    match (group, kind) {
        ("apps", "Deployment") => deployment(object),
        ("apps", "ReplicaSet") => replica_set(object),
        ("apps", "StatefulSet") => stateful_set(object),
        ("apps", "DaemonSet") => daemon_set(object),
        ("", "Pod") => pod::pod(object),
        ("batch", "Job") => job(object),
        ("batch", "CronJob") if flag(object, "/spec/suspend") => say(Health::Suspended, "suspended"),
        ("batch", "CronJob") => say(Health::Healthy, ""),
        ("", "Service") if text(object, "/spec/type") == "LoadBalancer" => ingress(object),
        ("", "Service") => say(Health::Healthy, ""),
        ("networking.k8s.io" | "extensions", "Ingress") => ingress(object),
        ("", "PersistentVolumeClaim") => claim(object),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaler(object),
        ("apiregistration.k8s.io", "APIService") => {
            let why = condition(object, "Available").map(|c| sanitise(text(c, "/message"), 120)).unwrap_or_default();
            if holds(object, "Available") { say(Health::Healthy, "") } else { say(Health::Progressing, why) }
        }
        _ => custom::assess(group, kind, object).unwrap_or_default(),
    }
}

fn lags(object: &Value) -> bool {
    number(object, "/status/observedGeneration") < number(object, "/metadata/generation")
}

fn ready_note(object: &Value, wanted: i64) -> String {
    format!("{} of {wanted} ready", number(object, "/status/readyReplicas"))
}

fn wanted(object: &Value) -> i64 {
    object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)
}

fn deployment(object: &Value) -> Assessment {
    let (wanted, updated) = (wanted(object), number(object, "/status/updatedReplicas"));
    let note = ready_note(object, wanted);
    if flag(object, "/spec/paused") {
        return say(Health::Suspended, format!("paused, {note}"));
    }
    if lags(object) {
        return say(Health::Progressing, "waiting for the controller");
    }
    if condition(object, "Progressing").is_some_and(|c| text(c, "/reason") == "ProgressDeadlineExceeded") {
        return say(Health::Degraded, format!("{note}, progress deadline passed"));
    }
    let (total, available) = (number(object, "/status/replicas"), number(object, "/status/availableReplicas"));
    let rolling = updated < wanted || total > updated || available < updated;
    let note = if updated < wanted { format!("{updated} of {wanted} pods updated") } else { note };
    if rolling {
        return Assessment { deadline_at: deadline(object), ..say(Health::Progressing, note) };
    }
    say(Health::Healthy, note)
}

/// Counted from the last progress that its controller saw; `None` = it waits for ever.
fn deadline(object: &Value) -> Option<Timestamp> {
    let seconds = object.pointer("/spec/progressDeadlineSeconds").and_then(Value::as_i64).filter(|s| *s < i64::from(i32::MAX))?;
    let seen: Timestamp = text(condition(object, "Progressing")?, "/lastUpdateTime").parse().ok()?;
    seen.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
}

fn replica_set(object: &Value) -> Assessment {
    let wanted = wanted(object);
    let note = ready_note(object, wanted);
    if let Some(failure) = condition(object, "ReplicaFailure").filter(|c| text(c, "/status") == "True") {
        return quote(Health::Degraded, failure);
    }
    let waits = lags(object) || number(object, "/status/availableReplicas") < wanted;
    say(if waits { Health::Progressing } else { Health::Healthy }, note)
}

fn stateful_set(object: &Value) -> Assessment {
    let wanted = wanted(object);
    let note = ready_note(object, wanted);
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        return say(Health::Healthy, note);
    }
    let moves = text(object, "/status/updateRevision") != text(object, "/status/currentRevision");
    // A partitioned update ends with two revisions on purpose.
    let partition = number(object, "/spec/updateStrategy/rollingUpdate/partition");
    let done = if partition > 0 { number(object, "/status/updatedReplicas") >= wanted - partition } else { !moves };
    let waits = lags(object) || number(object, "/status/readyReplicas") < wanted || !done;
    say(if waits { Health::Progressing } else { Health::Healthy }, note)
}

fn daemon_set(object: &Value) -> Assessment {
    let wanted = number(object, "/status/desiredNumberScheduled");
    let note = format!("{} of {wanted} ready", number(object, "/status/numberReady"));
    if text(object, "/spec/updateStrategy/type") == "OnDelete" && !lags(object) {
        return say(Health::Healthy, note);
    }
    let updated = number(object, "/status/updatedNumberScheduled");
    let waits = lags(object) || updated < wanted || number(object, "/status/numberAvailable") < wanted;
    say(if waits { Health::Progressing } else { Health::Healthy }, note)
}

fn job(object: &Value) -> Assessment {
    if let Some(failed) = condition(object, "Failed").filter(|c| text(c, "/status") == "True") {
        return quote(Health::Degraded, failed);
    }
    if holds(object, "Suspended") {
        return say(Health::Suspended, "suspended");
    }
    if holds(object, "Complete") {
        return say(Health::Healthy, "complete");
    }
    let failures = number(object, "/status/failed");
    say(Health::Progressing, if failures > 0 { format!("running, failed {failures}x") } else { "running".into() })
}

fn ingress(object: &Value) -> Assessment {
    let has = object.pointer("/status/loadBalancer/ingress").and_then(Value::as_array).is_some_and(|i| !i.is_empty());
    if has { say(Health::Healthy, "") } else { say(Health::Progressing, "no address yet") }
}

fn claim(object: &Value) -> Assessment {
    match text(object, "/status/phase") {
        "Bound" => say(Health::Healthy, "bound"),
        "Lost" => say(Health::Degraded, "lost"),
        "Pending" => say(Health::Progressing, "pending"),
        _ => say(Health::Unknown, ""),
    }
}

fn autoscaler(object: &Value) -> Assessment {
    const BAD: [&str; 7] = [
        "FailedGetScale",
        "FailedUpdateScale",
        "InvalidSelector",
        "FailedGetResourceMetric",
        "FailedGetObjectMetric",
        "FailedGetPodsMetric",
        "FailedGetExternalMetric",
    ];
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    if let Some(bad) = conditions.into_iter().flatten().find(|c| text(c, "/status") == "False" && BAD.contains(&text(c, "/reason"))) {
        return quote(Health::Degraded, bad);
    }
    if holds(object, "AbleToScale") || holds(object, "ScalingLimited") {
        say(Health::Healthy, "")
    } else {
        say(Health::Progressing, "waiting")
    }
}

#[cfg(test)]
#[path = "../tests/health.rs"]
mod tests;
