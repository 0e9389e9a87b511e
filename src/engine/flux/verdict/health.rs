//! A health check that did not pass: the revision is live, and bad or slow.

use super::facts::{Facts, Say};
use super::live;
use crate::domain::commit::short_rev;
use crate::domain::status::{Health, Phase, Sync};
use crate::domain::verdict::{Evidence, Verdict, Weight};
use crate::engine::flux::message::waiting_objects;

/// `Deployment demo/web` for each object the health check names.
pub fn failed_objects(facts: &Facts<'_>) -> String {
    let healthy = facts.condition("Healthy").filter(|c| c.status == Some(false));
    let of = healthy.or_else(|| facts.not_ready()).map(|c| waiting_objects(&c.message)).unwrap_or_default();
    let more = of.len().saturating_sub(2);
    let mut named = of.iter().take(2).map(|(kind, path)| format!("{kind} {path}")).collect::<Vec<_>>().join(", ");
    if more > 0 {
        named.push_str(&format!(" and {more} more"));
    }
    named
}

fn has_failed(facts: &Facts<'_>) -> bool {
    let told = facts.not_ready().is_some_and(|c| c.reason.starts_with("HealthCheck"));
    // During a retry Ready says nothing; the history kept the words.
    told || (facts.helm().is_none()
        && facts.phase() == Some(Phase::Failed)
        && facts.not_ready().is_none()
        && facts.app.sync == Sync::Synced)
}

/// The newest revision known to have been good, when it is another one than runs.
fn last_good<'a>(facts: &Facts<'a>) -> Option<&'a str> {
    let ledger = facts.context.last_good.map(|e| e.revision.as_str());
    let history = facts.app.history.iter().find(|h| h.ok).map(|h| h.revision.as_str());
    ledger.or(history).map(short_rev).or_else(|| facts.shown()).filter(|g| Some(*g) != facts.revision())
}

fn good_until(facts: &Facts<'_>) -> String {
    match facts.context.last_good {
        Some(entry) => format!("healthy until {}", super::facts::clock(entry.last_at)),
        None => "the last one that was healthy".to_owned(),
    }
}

pub fn failed(facts: &Facts<'_>) -> Option<Verdict> {
    if !has_failed(facts) || facts.app.health != Health::Degraded {
        return None;
    }
    let count = facts.app.operation.as_ref().map_or(0, |o| o.retry_count);
    let times = if count > 1 { format!(" {count}x") } else { String::new() };
    let short =
        if facts.is("Stalled") { format!("health check failed{times}") } else { format!("health check failed{times}, trying again") };
    let good = last_good(facts);
    let next = match good {
        Some(_) => "rollback",
        None if facts.shown() == facts.revision() => "look_at_log",
        None => "fix_in_git",
    };
    let caused = live::cause(facts);
    let (next, short) = match &caused {
        Some((cause, _)) if good.is_none() || !cause.is_of_git() => (cause.word, cause.short.clone()),
        Some((cause, _)) => (next, cause.short.clone()),
        // Words of a health check hide what a single word tells.
        None => match live::image(facts).and(live::pods(facts)) {
            Some(pods) => (next, pods.short),
            None => (next, short),
        },
    };
    let (outside, fixes) = match &caused {
        Some((cause, _)) if !cause.is_of_git() => (Some(cause.next.clone()), Vec::new()),
        Some((cause, _)) => (None, cause.next.iter().filter(|it| it.key.is_empty()).cloned().collect()),
        None => (None, live::image_way(facts).into_iter().collect()),
    };
    let (named, caused) = caused.map(|(cause, proof)| (cause.outside, proof)).unwrap_or_default();
    let mut say = Say::new(short, sentence(facts), next)
        .outside(named.or_else(|| live::image(facts)))
        .soon(facts.soon())
        .proof(live::lines(facts))
        .proof(caused)
        .proof([own(facts)])
        .proof(facts.source_line());
    let is_outside = outside.is_some();
    let has_fix = is_outside || good.is_some() || !fixes.is_empty();
    say = fixes.into_iter().fold(say, |say, step| say.step(&step.key, step.text));
    say = match (outside, good) {
        (Some(steps), _) => steps.into_iter().fold(say, |say, step| say.step(&step.key, step.text)),
        (None, Some(good)) => {
            let back = format!("roll back: what came after {good}, {}", good_until(facts));
            say.step("R", back).step("d", "what those commits changed")
        }
        (None, None) => say.step("", "fix in git: no revision of it is known to have been healthy").step("d", "live against git"),
    };
    // Where no pod can be made, or none of its containers ran, there is no log to read.
    let log = match live::failing_pod(facts) {
        Some(pod) if crate::engine::has_run(pod) => Some(format!("log of {}", pod.key.name)),
        None if !is_outside => Some("log of the failing pod".to_owned()),
        _ => None,
    };
    say = log.into_iter().fold(say, |say, log| say.step("L", log));
    if has_fix { say.done() } else { say.step("p", "suspend, stops the retries").done() }
}

fn sentence(facts: &Facts<'_>) -> String {
    let runs = facts.runs();
    let shown = facts.shown().filter(|s| Some(*s) != facts.revision());
    let still = shown.map(|s| format!(" Flux still shows {s} because its health check has not passed.")).unwrap_or_default();
    if let Some((cause, _)) = live::cause(facts) {
        let passed =
            if facts.shown() == facts.revision() { "passed before, but now its health check fails" } else { "its health check fails" };
        let serve = live::still(facts).map(|s| format!(" {s}.")).unwrap_or_default();
        return format!("{runs} is applied on {}, {passed}: {}{serve}{still}", facts.place(), cause.sentence);
    }
    if let Some(seen) = live::pods(facts) {
        let serve = seen.serve.map(|s| format!("; {s}")).unwrap_or_default();
        return format!("{runs} does not start on {}: {}. It is already applied{serve}.{still}", facts.place(), seen.what);
    }
    let objects = failed_objects(facts);
    let what = if objects.is_empty() { "its workloads".to_owned() } else { objects };
    let limit = facts.condition("Healthy").is_some_and(|c| c.message.starts_with("timeout"));
    let why = if limit { "was not ready in time" } else { "is not healthy" };
    let first = if facts.shown() == facts.revision() {
        format!("{runs} is applied on {} and passed before, but now the health check fails: {what} {why}.", facts.place())
    } else {
        format!("{runs} is applied on {}, but its health check fails: {what} {why}.", facts.place())
    };
    format!("{first}{still}")
}

fn own(facts: &Facts<'_>) -> Evidence {
    let told = facts.not_ready().or_else(|| facts.condition("Healthy").filter(|c| c.status == Some(false)));
    match told {
        Some(condition) => facts.own(Weight::Bad, Some(condition)),
        None => {
            let operation = facts.app.operation.as_ref();
            let tries = operation.map_or(0, |o| o.retry_count);
            let value = format!("HealthCheckFailed {tries}x; try {} runs", tries.saturating_add(1));
            Evidence {
                weight: Weight::Bad,
                what: format!("Kustomization {}", facts.name()),
                value,
                source: "status".into(),
                at: facts.app.since,
            }
        }
    }
}
