//! A controller that does not do what its intervals promise, as far as the object shows it.

use super::facts::{Facts, Say, clock};
use crate::domain::duration::{long_age, seconds_between, short_age};
use crate::domain::status::Phase;
use crate::domain::verdict::{Verdict, Weight};

/// Beyond every limit that Flux itself sets: a slow API server or event sink holds a run up for a minute or more.
const SLACK: u64 = 180;

pub fn controller(facts: &Facts<'_>) -> &'static str {
    if facts.helm().is_some() { "helm-controller" } else { "kustomize-controller" }
}

/// A run that should long have ended.
pub fn hangs(facts: &Facts<'_>) -> Option<Verdict> {
    let operation = facts.app.operation.as_ref().filter(|o| o.phase == Phase::Running)?;
    let started = operation.started_at?;
    let limit = facts.run().and_then(|r| r.timeout).or(facts.flux.timeout).or(facts.flux.interval)?;
    let age = seconds_between(started, facts.context.now);
    if age <= limit.saturating_add(SLACK) {
        return None;
    }
    let controller = controller(facts);
    let sentence = format!(
        "The run of {} began at {} and was to end within {}; {controller} is down or stuck. What stands here is from before.",
        facts.name(),
        clock(started),
        long_age(limit)
    );
    Say::new(format!("run hangs for {}", short_age(age)), sentence, "look_at_log")
        .step("1", "cluster details: controllers")
        .proof([facts.own(Weight::Unknown, facts.condition("Reconciling"))])
        .done()
}

/// A Kustomization writes at every run; one that does not is not being run. A HelmRelease leaves no such trace.
pub fn silent(facts: &Facts<'_>) -> Option<Verdict> {
    if facts.helm().is_some() || facts.condition("Ready").is_none_or(|c| c.status.is_none()) {
        return None;
    }
    let ready = facts.condition("Ready").and_then(|c| c.since);
    let last = facts.app.history.iter().filter_map(|h| h.at).max().max(ready)?;
    let interval = facts.flux.interval?;
    let age = seconds_between(last, facts.context.now);
    let limit = interval.saturating_add(interval / 5).saturating_add(facts.flux.timeout.unwrap_or(interval)).saturating_add(SLACK);
    if age <= limit {
        return None;
    }
    let every = long_age(interval);
    let sentence = format!(
        "Flux last ran {} at {} although it should every {every}; {} is down or busy. {} may be old.",
        facts.name(),
        clock(last),
        controller(facts),
        facts.runs()
    );
    Say::new(format!("not run for {} (every {every})", short_age(age)), sentence, "look_at_log")
        .step("1", "cluster details: controllers")
        .step("s", "ask Flux to run it")
        .proof([facts.own(Weight::Unknown, facts.condition("Ready"))])
        .proof(facts.source_line())
        .old()
        .done()
}
