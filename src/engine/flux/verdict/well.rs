//! What is left: not seen yet, a failure without a rule of its own, applied but unassessed, all well.

use super::facts::{Facts, Say, failure};
use crate::domain::app::NO_OBJECTS;
use crate::domain::status::{Health, HealthBy};
use crate::domain::verdict::{Evidence, Verdict, Weight};

pub fn unseen(facts: &Facts<'_>) -> Option<Verdict> {
    if !facts.app.conditions.is_empty() {
        return None;
    }
    let sentence = format!("Flux has not looked at {} yet: the object has no conditions.", facts.name());
    Say::new("not seen by Flux yet", sentence, "wait").step("", "nothing").proof([facts.own(Weight::Unknown, None)]).done()
}

pub fn other_failure(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = facts.not_ready()?;
    let sentence = format!("Flux reports {} for {}: {}. {}", ready.reason, facts.name(), ready.message, facts.untouched());
    let short: String = ready.message.chars().take(40).collect();
    failure(facts, ready, if short.is_empty() { ready.reason.clone() } else { short }, sentence, "fix_in_git")
        .step("d", "what changed")
        .done()
}

/// A failure whose words are gone because the next try has begun.
pub fn tries_again(facts: &Facts<'_>) -> Option<Verdict> {
    let operation = facts.app.operation.as_ref().filter(|o| o.phase.is_failed())?;
    let wanted = facts.wanted().unwrap_or("it");
    let result = facts.app.history.first().filter(|h| !h.ok).map_or("failed", |h| h.result.as_str());
    let sentence = format!("The last try of {wanted} ended with {result}; Flux tries it again. {}", facts.untouched());
    let short = match operation.retry_count {
        0 | 1 => "failed, trying again".to_owned(),
        n => format!("failed {n}x, trying again"),
    };
    let step = facts.condition("Reconciling").or_else(|| facts.condition("Ready"));
    Say::new(short, sentence, "fix_in_git")
        .step("d", "what changed")
        .proof([facts.own(Weight::Bad, step)])
        .proof(facts.source_line())
        .done()
}

/// Conditions are there, but none that says whether it works.
pub fn unknown(facts: &Facts<'_>) -> Option<Verdict> {
    if facts.condition("Ready").is_some() {
        return None;
    }
    let sentence = format!("The object of {} has no Ready condition: its state is not known.", facts.name());
    let last = facts.app.conditions.first();
    Say::new("state not known: no Ready condition", sentence, "wait").proof([facts.own(Weight::Unknown, last)]).done()
}

pub fn unassessed(facts: &Facts<'_>) -> Option<Verdict> {
    if facts.app.health != Health::Unknown || facts.app.health_by != HealthBy::NotAssessed {
        return None;
    }
    let runs = facts.runs();
    if facts.helm().is_some() {
        return unseen_release(facts);
    }
    let sentence =
        format!("{runs} is applied on {}; neither wait nor health checks are set, so Flux does not look at its workloads.", facts.place());
    Say::new("applied, health not assessed", sentence, "none").proof([applied(facts, Weight::Plain)]).proof(facts.source_line()).done()
}

/// Nobody watches the objects of a release without drift detection, and we cannot look.
fn unseen_release(facts: &Facts<'_>) -> Option<Verdict> {
    if facts.context.unseen == Some(NO_OBJECTS) {
        return empty_release(facts);
    }
    let why =
        facts.context.unseen.map_or_else(|| "no context of yours reaches them".to_owned(), |why| format!("they cannot be read ({why})"));
    let sentence = format!(
        "{} was deployed, but whether its objects are still as they were is not known: drift detection is off, so helm-controller does not look, and {why}.",
        facts.runs()
    );
    Say::new("deployed, live objects not seen", sentence, "none")
        .step("", "enable driftDetection in git, or read access to its objects")
        .proof([applied(facts, Weight::Unknown)])
        .proof(facts.chart_line())
        .done()
}

/// Deployed well, says helm-controller of a chart that renders nothing.
fn empty_release(facts: &Facts<'_>) -> Option<Verdict> {
    let sentence = format!(
        "{} was deployed on {}, but its release names no object: nothing of {} runs. Likely values that switch every template off.",
        facts.runs(),
        facts.place(),
        facts.name()
    );
    Say::new("its release holds no object", sentence, "fix_in_git")
        .step("", "correct chart or values in git, or delete the release if it is over")
        .proof([applied(facts, Weight::Unknown)])
        .proof(facts.chart_line())
        .done()
}

fn applied(facts: &Facts<'_>, weight: Weight) -> Evidence {
    let told = facts.app.health == Health::Healthy && facts.app.health_by == HealthBy::Engine;
    let health = if told { ", health as of the last run" } else { "" };
    Evidence {
        weight,
        what: format!("{} {}", facts.app.id.kind.kind(), facts.name()),
        value: format!("{} applied{health}", facts.runs()),
        source: "status".into(),
        at: facts.condition("Ready").and_then(|c| c.since),
    }
}

pub fn all_well(facts: &Facts<'_>) -> Verdict {
    Verdict {
        next_word: "none".into(),
        evidence: std::iter::once(applied(facts, Weight::Good)).chain(facts.computed_line()).chain(facts.source_line()).collect(),
        ..Verdict::default()
    }
}
