//! Kinds of widely used operators, by the rules that Argo CD ships for them.

use super::{Assessment, WORDS, condition, holds, quote, say, text};
use crate::domain::status::Health;
use crate::domain::text::sanitise;
use serde_json::Value;

/// `None` where the kind has no rules here.
pub fn assess(group: &str, kind: &str, object: &Value) -> Option<Assessment> {
    Some(match (group, kind) {
        ("argoproj.io", "Rollout") => rollout(object),
        ("external-secrets.io", "ExternalSecret" | "ClusterExternalSecret" | "PushSecret") => {
            by_condition(object, "Ready", "waiting for the secret")
        }
        ("external-secrets.io", "SecretStore" | "ClusterSecretStore") => by_condition(object, "Ready", "not validated yet"),
        ("cert-manager.io", "Certificate") => certificate(object),
        ("cert-manager.io", "Issuer" | "ClusterIssuer") => by_condition(object, "Ready", "not ready yet"),
        ("bitnami.com", "SealedSecret") => by_condition(object, "Synced", "waiting to be unsealed"),
        ("flagger.app", "Canary") => canary(object),
        _ => return None,
    })
}

/// One condition says it all; without it the controller has not looked.
fn by_condition(object: &Value, kind: &str, waits: &str) -> Assessment {
    let Some(told) = condition(object, kind) else { return say(Health::Progressing, waits) };
    match text(told, "/status") {
        "True" => say(Health::Healthy, ""),
        "False" => quote(Health::Degraded, told),
        _ => say(Health::Progressing, waits),
    }
}

/// Being issued is work, whatever Ready says meanwhile.
fn certificate(object: &Value) -> Assessment {
    match condition(object, "Issuing") {
        Some(issuing) if text(issuing, "/status") == "True" => quote(Health::Progressing, issuing),
        _ => by_condition(object, "Ready", "waiting for the certificate"),
    }
}

/// The generation is a number in a text here.
fn lags(object: &Value) -> bool {
    let seen = object.pointer("/status/observedGeneration");
    let seen = seen.and_then(|v| v.as_i64().or_else(|| v.as_str().and_then(|s| s.parse().ok())));
    seen.unwrap_or(0) < object.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0)
}

fn rollout(object: &Value) -> Assessment {
    if lags(object) {
        return say(Health::Progressing, "waiting for the controller");
    }
    let told = |health: Health, message: &str| Assessment { message: sanitise(message, WORDS), ..say(health, sanitise(message, 120)) };
    let message = text(object, "/status/message");
    let aborted = super::flag(object, "/status/abort");
    match text(object, "/status/phase") {
        _ if aborted && message.is_empty() => told(Health::Degraded, "rollout aborted"),
        _ if aborted => told(Health::Degraded, message),
        "Degraded" => told(Health::Degraded, message),
        "Paused" => {
            let at = paused(object).unwrap_or_else(|| message.to_owned());
            told(Health::Suspended, &at)
        }
        "Healthy" => say(Health::Healthy, ready(object)),
        "Progressing" => say(Health::Progressing, if message.is_empty() { ready(object) } else { sanitise(message, 120) }),
        _ => by_condition(object, "Healthy", "waiting for the controller"),
    }
}

fn ready(object: &Value) -> String {
    let wanted = object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    format!("{} of {wanted} ready", super::number(object, "/status/readyReplicas"))
}

/// `canary paused at 20%, step 3 of 6`
fn paused(object: &Value) -> Option<String> {
    let steps = object.pointer("/spec/strategy/canary/steps").and_then(Value::as_array)?;
    let at = usize::try_from(object.pointer("/status/currentStepIndex")?.as_i64()?).ok()?;
    let weight = steps.iter().take(at).filter_map(|s| s.get("setWeight").and_then(Value::as_i64)).next_back();
    let weight = weight.map(|w| format!(" at {w}%")).unwrap_or_default();
    Some(format!("canary paused{weight}, step {} of {}", (at + 1).min(steps.len()), steps.len()))
}

fn canary(object: &Value) -> Assessment {
    let why = condition(object, "Promoted").map(|c| text(c, "/message")).unwrap_or_default();
    let told = |health: Health| Assessment { message: sanitise(why, WORDS), ..say(health, sanitise(why, 120)) };
    match text(object, "/status/phase") {
        "Failed" => told(Health::Degraded),
        "Waiting" => told(Health::Suspended),
        "Initialized" | "Succeeded" => say(Health::Healthy, ""),
        _ if holds(object, "Promoted") => say(Health::Healthy, ""),
        _ => told(Health::Progressing),
    }
}
