//! A controller that does not do what its intervals promise, as far as the object shows it.

use super::facts::{Facts, Say, clock};
use crate::domain::Timestamp;
use crate::domain::app::App;
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

/// When a Kustomization last ran, and how it is meant to: it writes at every run. A HelmRelease leaves no such trace.
pub struct Run {
    pub at: Timestamp,
    pub every: u64,
    /// Seconds after which it should have run once more, even where that run takes all its time.
    pub limit: u64,
}

pub fn last_run(app: &App) -> Option<Run> {
    let flux = app.flux().filter(|f| f.helm.is_none())?;
    let ready = app.condition("Ready").filter(|c| c.status.is_some())?.since;
    let at = app.history.iter().filter_map(|h| h.at.get()).max().max(ready)?;
    let every = flux.interval?;
    let limit = every.saturating_add(every / 5).saturating_add(flux.timeout.unwrap_or(every)).saturating_add(SLACK);
    Some(Run { at, every, limit })
}

/// The controller is known to be away: nothing more is tried.
pub fn stopped(facts: &Facts<'_>) -> Option<Verdict> {
    facts.context.works.stopped(&facts.app.id.cluster)
}

/// What looks like work does not go on.
pub fn stopped_at_work(facts: &Facts<'_>) -> Option<Verdict> {
    stopped(facts).filter(|_| facts.app.operation.as_ref().is_some_and(|o| o.phase.is_working()))
}

/// One that does not write is not being run.
pub fn silent(facts: &Facts<'_>) -> Option<Verdict> {
    let Run { at: last, every: interval, limit } = last_run(facts.app)?;
    let age = seconds_between(last, facts.context.now);
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
