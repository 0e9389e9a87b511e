//! Health of a live object by the rules Argo CD has built in, with a note for the operator.

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
    /// Pods: the worst container, its waiting or ending reason, restarts, exit code and image.
    pub container: Option<String>,
    pub reason: Option<String>,
    pub restarts: i64,
    pub exit_code: Option<i64>,
    pub ended_at: Option<Timestamp>,
    pub image: Option<String>,
}

fn say(health: Health, note: impl Into<String>) -> Assessment {
    Assessment { health: Some(health), note: note.into(), ..Assessment::default() }
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
        judged.note = "pending deletion".into();
    }
    judged
}

fn by_kind(group: &str, kind: &str, object: &Value) -> Assessment {
    match (group, kind) {
        ("apps", "Deployment") => deployment(object),
        ("apps", "ReplicaSet") => replica_set(object),
        ("apps", "StatefulSet") => stateful_set(object),
        ("apps", "DaemonSet") => daemon_set(object),
        ("", "Pod") => pod(object),
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
        _ => Assessment::default(),
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
    say(if rolling { Health::Progressing } else { Health::Healthy }, note)
}

fn replica_set(object: &Value) -> Assessment {
    let wanted = wanted(object);
    let note = ready_note(object, wanted);
    if let Some(failure) = condition(object, "ReplicaFailure").filter(|c| text(c, "/status") == "True") {
        return say(Health::Degraded, sanitise(text(failure, "/message"), 120));
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
        return say(Health::Degraded, sanitise(text(failed, "/message"), 120));
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
        return say(Health::Degraded, sanitise(text(bad, "/message"), 120));
    }
    if holds(object, "AbleToScale") || holds(object, "ScalingLimited") {
        say(Health::Healthy, "")
    } else {
        say(Health::Progressing, "waiting")
    }
}

/// A container that waits, or ended badly.
struct Worst<'a> {
    status: &'a Value,
    reason: String,
    bad: bool,
}

fn worst<'a>(statuses: impl Iterator<Item = &'a Value>) -> Option<Worst<'a>> {
    let mut found: Option<Worst<'a>> = None;
    for status in statuses {
        let waiting = text(status, "/state/waiting/reason");
        let ended = status.pointer("/state/terminated").or_else(|| status.pointer("/lastState/terminated"));
        let failed = ended.is_some_and(|t| number(t, "/exitCode") != 0);
        let is_bad_wait =
            waiting.starts_with("Err") || waiting.ends_with("Error") || waiting.ends_with("BackOff") || waiting == "InvalidImageName";
        let ready = flag(status, "/ready");
        let bad = is_bad_wait || (failed && !ready);
        let reason = match (waiting, ended.map(|t| text(t, "/reason"))) {
            ("", Some(reason)) if failed => reason.to_owned(),
            (waiting, _) => waiting.to_owned(),
        };
        if found.as_ref().is_none_or(|f| bad && !f.bad) {
            found = Some(Worst { status, reason, bad });
        }
    }
    found
}

fn pod(object: &Value) -> Assessment {
    let list = |pointer: &str| object.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let mains = || list("/status/containerStatuses");
    // A failing init container is the one to look at: the others have not begun.
    let worst = worst(list("/status/initContainerStatuses")).filter(|w| w.bad).or_else(|| worst(mains()));
    let mut out = match text(object, "/status/phase") {
        "Succeeded" => say(Health::Healthy, "completed"),
        "Failed" => say(Health::Degraded, sanitise(text(object, "/status/message"), 120)),
        "Running" | "Pending" => running(object, mains(), worst.as_ref()),
        _ => say(Health::Unknown, ""),
    };
    let Some(worst) = worst else {
        out.image = list("/spec/containers").next().map(|c| sanitise(text(c, "/image"), 300));
        return out;
    };
    let ended = worst.status.pointer("/state/terminated").or_else(|| worst.status.pointer("/lastState/terminated"));
    out.container = Some(sanitise(text(worst.status, "/name"), 100));
    out.reason = Some(sanitise(&worst.reason, 60)).filter(|r| !r.is_empty());
    out.restarts = number(worst.status, "/restartCount");
    out.exit_code = ended.map(|t| number(t, "/exitCode"));
    out.ended_at = ended.and_then(|t| text(t, "/finishedAt").parse().ok());
    out.image = Some(sanitise(text(worst.status, "/image"), 300)).filter(|i| !i.is_empty());
    if worst.bad {
        let times = if out.restarts > 0 { format!(", {}x", out.restarts) } else { String::new() };
        out.note = match out.exit_code {
            Some(code) if code != 0 => format!("exit {code}{times}"),
            _ => format!("{}{times}{}", out.reason.clone().unwrap_or_default(), pull(text(worst.status, "/state/waiting/message"))),
        };
    } else if out.note.is_empty() {
        out.note = text(object, "/status/reason").to_owned();
    }
    out
}

/// Why an image was not pulled, in a word: the reason alone covers a wrong tag, a refused login and a registry that is down.
fn pull(message: &str) -> &'static str {
    let lower = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    match () {
        () if says(&["not found", "manifest unknown"]) => ", not found",
        () if says(&["unauthorized", "denied", "forbidden"]) => ", access denied",
        () => "",
    }
}

fn running<'a>(object: &'a Value, mains: impl Iterator<Item = &'a Value>, worst: Option<&Worst<'_>>) -> Assessment {
    let always = matches!(text(object, "/spec/restartPolicy"), "" | "Always");
    if worst.is_some_and(|w| w.bad) && always {
        return say(Health::Degraded, "");
    }
    if text(object, "/status/phase") == "Pending" {
        let unscheduled = condition(object, "PodScheduled").filter(|c| text(c, "/status") == "False");
        let why = unscheduled.map_or_else(|| worst.map(|w| w.reason.clone()).unwrap_or_default(), |c| text(c, "/message").to_owned());
        return say(Health::Progressing, sanitise(&why, 120));
    }
    if !always {
        return say(Health::Progressing, "running");
    }
    let (mut ready, mut all) = (0, 0);
    for status in mains {
        all += 1;
        ready += i32::from(flag(status, "/ready"));
    }
    say(if holds(object, "Ready") { Health::Healthy } else { Health::Progressing }, format!("{ready} of {all} ready"))
}

#[cfg(test)]
#[path = "../tests/health.rs"]
mod tests;
