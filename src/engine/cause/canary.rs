//! Argo Rollouts and Flagger: a new version that is tried on a part of the traffic.

use super::words::{bare, between, cut};
use super::{Cause, Seen};
use crate::domain::status::Health;

fn is_canary(seen: &Seen<'_>) -> bool {
    seen.is_ill("argoproj.io", &["Rollout"]) || seen.is_ill("flagger.app", &["Canary"])
}

/// Waits for a person: no failure. The words are ours (`canary paused at 20%, step 3 of 6`).
pub fn paused(seen: &Seen<'_>) -> Option<Cause> {
    if !is_canary(seen) || seen.health != Some(Health::Suspended) {
        return None;
    }
    let (name, how) = (seen.name(), bare(seen.message));
    let how = if how.is_empty() { "paused" } else { how };
    let sentence = format!("The new version of {name} waits for a person ({how}). Not a failure.");
    // No key of ours does that: the rollout belongs to another controller.
    let way = if seen.is_ill("flagger.app", &["Canary"]) {
        "let its gate pass, or halt it (Flagger)"
    } else {
        "promote or abort it (kubectl argo rollouts)"
    };
    Cause::new(format!("canary {}", how.trim_start_matches("canary ")), sentence, "wait").step("", way).done()
}

/// The analysis said no, or the new pods never became ready.
pub fn failed(seen: &Seen<'_>) -> Option<Cause> {
    if !is_canary(seen) || seen.health != Some(Health::Degraded) {
        return None;
    }
    let name = seen.name();
    let metric = between(seen.message, "etric ", '"', '"').filter(|_| seen.message.contains("assessed"));
    let why = match metric {
        Some(metric) => metric.to_owned(),
        None if seen.message.contains("ProgressDeadlineExceeded") => "progress deadline passed".to_owned(),
        None if seen.message.contains("bort") => "aborted".to_owned(),
        None => name.to_owned(),
    };
    let told = if seen.message.is_empty() { String::new() } else { format!(": {}", cut(bare(seen.message), 200)) };
    let sentence = format!("The canary of {name} failed{told}.");
    Cause::new(format!("canary failed: {why}"), sentence, "rollback")
        .step("R", "roll back the commit behind it")
        .step("]", "Resources: its pods")
        .done()
}
