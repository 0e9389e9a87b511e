//! Work that goes on: a new revision, a Helm action, a request not picked up yet.

use super::facts::{Facts, Say};
use crate::domain::duration::{long_age, seconds_between};
use crate::domain::status::{Health, Phase};
use crate::domain::verdict::{Verdict, Weight};
use crate::engine::RESOURCES;
use crate::engine::flux::message::{StepName, helm_action};

pub fn works(facts: &Facts<'_>) -> Option<Verdict> {
    match facts.phase()? {
        Phase::Requested => requested(facts),
        Phase::Running if facts.helm().is_some() => action(facts),
        Phase::Running => revision(facts),
        _ => None,
    }
}

/// After this many seconds without an answer a request is more than just on its way.
const NO_ANSWER: u64 = 120;

fn requested(facts: &Facts<'_>) -> Option<Verdict> {
    let asked = facts.flux.requested.as_deref().filter(|r| facts.flux.handled.as_deref() != Some(r)).and_then(|r| r.parse().ok());
    if let Some(at) = asked.filter(|at| seconds_between(*at, facts.context.now) > NO_ANSWER) {
        let age = facts.age(Some(at)).unwrap_or_default();
        let controller = super::silent::controller(facts);
        let sentence = format!("{} was asked to run {age} ago and Flux has not answered: {controller} is down or busy.", facts.name());
        return Say::new(format!("asked {age} ago, no answer from Flux"), sentence, "look_at_log")
            .step("1", "cluster details: controllers")
            .proof([facts.own(Weight::Unknown, facts.condition("Ready"))])
            .done();
    }
    let sentence = format!(
        "{} was asked to run, or its spec changed, and Flux has not answered yet. {} stays until then.",
        facts.name(),
        facts.runs()
    );
    Say::new("requested, not picked up yet", sentence, "wait")
        .step("", "nothing")
        .proof([facts.own(Weight::Busy, facts.condition("Ready"))])
        .done()
}

fn revision(facts: &Facts<'_>) -> Option<Verdict> {
    let wanted = facts.wanted().unwrap_or("?");
    let busy = facts.own(Weight::Busy, facts.condition("Reconciling").or_else(|| facts.condition("Ready")));
    let run = facts.run();
    let checking = run.as_ref().is_some_and(|r| r.step == StepName::HealthChecks);
    if checking && facts.app.health != Health::Healthy {
        let limit = run.and_then(|r| r.timeout).or(facts.flux.timeout);
        let up_to = limit.map(|s| format!(", up to {}", long_age(s))).unwrap_or_default();
        let seen = super::live::pods(facts).map(|p| format!(" So far {}.", p.what)).unwrap_or_default();
        let sentence = format!("{wanted} is applied on {}; Flux waits for its health check{up_to}.{seen}", facts.place());
        return Say::new(format!("health check of {wanted}"), sentence, "wait")
            .step("", "nothing")
            .step("]", RESOURCES)
            .soon(facts.soon())
            .proof(super::live::lines(facts))
            .proof(steps(facts))
            .proof([busy])
            .proof(facts.source_line())
            .done();
    }
    let step = match run.map(|r| r.step) {
        Some(StepName::Fetching) => "fetches",
        Some(StepName::Building) => "builds",
        _ => "applies",
    };
    let live = match (facts.revision(), facts.app.health) {
        (Some(r), Health::Degraded) if r != wanted => format!(" Until then {r} stays, whose health check did not pass."),
        (Some(r), _) if r != wanted => format!(" Until then {r} stays."),
        _ => String::new(),
    };
    Say::new(format!("{step} {wanted}"), format!("Flux {step} {wanted}.{live}"), "wait")
        .step("", "nothing")
        .soon(facts.soon())
        .proof(steps(facts))
        .proof([busy])
        .done()
}

fn steps(facts: &Facts<'_>) -> Vec<crate::domain::verdict::Evidence> {
    crate::engine::told(&crate::engine::flux::progress::steps(facts.app))
}

fn action(facts: &Facts<'_>) -> Option<Verdict> {
    let helm = facts.helm()?;
    let condition = facts.condition("Reconciling").or_else(|| facts.condition("Ready"))?;
    let tried = facts.flux.last_attempted.as_deref().unwrap_or("?");
    let busy = facts.own(Weight::Busy, Some(condition));
    let Some((action, limit)) = helm_action(&condition.message) else {
        let sentence = format!("Flux prepares {}: {}.", facts.name(), condition.message);
        return Say::new("preparing", sentence, "wait").step("", "nothing").proof([busy]).done();
    };
    let at_most = limit.map(|s| format!(", at most {}", long_age(s))).unwrap_or_default();
    let since = condition.since.map(|at| format!(" since {}", super::facts::clock(at))).unwrap_or_default();
    let before = helm.failures;
    let again = match before {
        0 => String::new(),
        1 => " It is the second attempt: the first one failed.".to_owned(),
        n => format!(" {n} attempts failed before."),
    };
    let short = match before {
        0 => format!("{action} of {tried} under way"),
        n => format!("{action} of {tried}, attempt {}", n + 1),
    };
    let soon = condition.since.zip(limit).and_then(|(at, s)| crate::engine::flux::kustomization::later(at, s));
    let chart = helm.chart.trim_start_matches("./");
    Say::new(short, format!("The {action} of {chart} {tried} is under way{since}{at_most}.{again}"), "wait")
        .step("", "nothing")
        .soon(soon.map(|by| format!("It ends by {}.", facts.moment(by))))
        .proof([busy])
        .done()
}
