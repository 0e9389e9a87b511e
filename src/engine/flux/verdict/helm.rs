//! Helm actions that ended badly.

use super::facts::{Facts, Say};
use super::live;
use crate::domain::app::HelmFields;
use crate::domain::status::Phase;
use crate::domain::verdict::{Verdict, Weight};
use crate::engine::cause::{self, Seen};
use crate::engine::flux::message::waiting_objects;

fn chart(helm: &HelmFields) -> &str {
    helm.chart.trim_start_matches("./")
}

fn objects(message: &str) -> String {
    let named = waiting_objects(message);
    named.iter().take(2).map(|(kind, path)| format!("{kind} {path}")).collect::<Vec<_>>().join(", ")
}

/// Objects that did not come up, else Helm's own words after the chart.
fn why(message: &str) -> Option<String> {
    let named = objects(message);
    if !named.is_empty() {
        return Some(named);
    }
    let (_, words) = message.split_once(" with chart ")?.1.split_once(": ")?;
    Some(cause::cut(words.trim().trim_end_matches('.'), 100)).filter(|w| !w.is_empty())
}

fn times(n: i64) -> String {
    match n {
        0 | 1 => String::new(),
        n => format!(" {n}x"),
    }
}

/// For sentences.
fn in_words(n: i64) -> String {
    match n {
        0 | 1 => String::new(),
        2 => " twice".to_owned(),
        n => format!(" {n} times"),
    }
}

/// Flux does not try again by itself, or it does.
fn stop(facts: &Facts<'_>) -> &'static str {
    if facts.is("Stalled") { "Flux has stopped: its retries are used up." } else { "Flux has retries left." }
}

fn close(facts: &Facts<'_>, helm: &HelmFields, say: Say) -> Option<Verdict> {
    let say = if say.has("R") { say } else { say.step_once("", "fix in git") };
    let say = if helm.stalled { say.step("s", "with reset: once more, unchanged") } else { say };
    let told = ["Released", "TestSuccess"].iter().find_map(|k| facts.condition(k).filter(|c| c.status == Some(false)));
    say.step("L", "log of the failing pod")
        .proof(live::lines(facts))
        .proof(told.map(|c| facts.own(Weight::Bad, Some(c))))
        .proof(facts.condition("Stalled").map(|c| facts.own(Weight::Bad, Some(c))))
        .proof(facts.source_line())
        .done()
}

pub fn tests_failed(facts: &Facts<'_>) -> Option<Verdict> {
    let helm = facts.helm()?;
    let ready = facts.not_ready_for("TestFailed")?;
    let what = objects(&ready.message);
    let of = if what.is_empty() { String::new() } else { format!(" ({what})") };
    let end = if helm.stalled { " Flux has stopped: it does nothing more until the spec changes." } else { "" };
    let sentence = format!("The tests of {} {} failed{of}. The release itself is deployed.{end}", chart(helm), facts.runs());
    let say = Say::new(format!("tests failed; {} is deployed", facts.runs()), sentence, "fix_in_git").step("", "fix in git");
    // The words on Stalled call this a failed install, which it is not: they are not repeated here.
    say.step("L", "log of the test pod").proof(live::lines(facts)).proof([facts.own(Weight::Bad, Some(ready))]).done()
}

pub fn locked(facts: &Facts<'_>) -> Option<Verdict> {
    facts.helm()?;
    let newest = facts.app.history.first()?;
    let action = newest.result.strip_prefix("pending-")?;
    if facts.phase() == Some(Phase::Running) {
        return None;
    }
    let age = facts.age(newest.at.get()).unwrap_or_else(|| "?".into());
    let number = newest.id.map_or_else(|| "?".into(), |n| n.to_string());
    let sentence =
        format!("Release {number} is still pending-{action} since {age}, and no action runs. Flux unlocks it by itself at its next retry.");
    Say::new(format!("helm release locked {age} ({action})"), sentence, "wait")
        .step("", "wait for the next retry")
        .step("s", "with force, if it stays")
        .proof([facts.own(Weight::Bad, facts.condition("Ready"))])
        .done()
}

pub fn rolled_back(facts: &Facts<'_>) -> Option<Verdict> {
    let helm = facts.helm()?;
    let ready = facts.not_ready().filter(|_| facts.is("Remediated"))?;
    let tried = facts.flux.last_attempted.as_deref().unwrap_or("?");
    let runs = facts.runs();
    let n = helm.upgrade_failures.max(helm.failures);
    let cause = facts.condition("Released").and_then(|c| why(&c.message)).map(|o| format!(" ({o})")).unwrap_or_default();
    if ready.reason.starts_with("Uninstall") {
        let sentence = format!("The install of {} {tried} failed{}{cause}; Helm removed it. {}", chart(helm), times(n), stop(facts));
        return close(facts, helm, Say::new(format!("{tried} failed{}, removed again", times(n)), sentence, "fix_in_git"));
    }
    let same = tried == runs;
    let short = if same {
        format!("upgrade failed{}, rolled back", times(n))
    } else {
        format!("{tried} failed{}, rolled back to {runs}", times(n))
    };
    let what = if same { format!("{} {tried} with the new values", chart(helm)) } else { format!("{} {tried}", chart(helm)) };
    let sentence = format!("The upgrade to {what} failed{}{cause}; Helm rolled back to {runs}. {}", times(n), stop(facts));
    let say = Say::new(short, sentence, "fix_in_git").step("R", "roll back the change in git");
    close(facts, helm, say)
}

/// The action that ended badly, and how often.
fn bad_action(facts: &Facts<'_>, reason: &str) -> Option<(&'static str, i64)> {
    let helm = facts.helm()?;
    let action = match reason {
        "InstallFailed" => "install",
        "UpgradeFailed" => "upgrade",
        "RollbackFailed" => "rollback",
        "UninstallFailed" => "uninstall",
        _ => return None,
    };
    Some((action, if action == "install" { helm.install_failures } else { helm.upgrade_failures }.max(helm.failures)))
}

/// Helm quotes the API server, whose words name the cause.
pub fn caused(facts: &Facts<'_>) -> Option<Verdict> {
    let helm = facts.helm()?;
    let ready = facts.not_ready()?;
    let (action, n) = bad_action(facts, &ready.reason)?;
    let place = facts.place();
    let cause = cause::of(&Seen::told(&ready.message, "", "Flux", &place).by(&facts.acting()))?;
    let tried = facts.flux.last_attempted.as_deref().unwrap_or("?");
    let sentence = format!("The {action} of {} {tried} failed{}. {} {}", chart(helm), in_words(n), cause.sentence, stop(facts));
    let say = cause
        .next
        .into_iter()
        .fold(Say::new(cause.short, sentence, cause.word).outside(cause.outside), |say, step| say.step(&step.key, step.text));
    close(facts, helm, say)
}

pub fn failed(facts: &Facts<'_>) -> Option<Verdict> {
    let helm = facts.helm()?;
    let ready = facts.not_ready()?;
    let (action, n) = bad_action(facts, &ready.reason)?;
    let tried = facts.flux.last_attempted.as_deref().unwrap_or("?");
    let what = objects(&ready.message);
    let seen = live::pods(facts).map(|p| format!(": {}", p.what));
    let told = (!what.is_empty()).then(|| format!(": {what} is not healthy"));
    let cause = seen.or(told).unwrap_or_default();
    let left = match (action, facts.revision()) {
        ("install", Some(_)) => " Its objects are in the cluster.",
        _ => "",
    };
    let end = if helm.stalled { ", Flux has stopped" } else { "" };
    let sentence = format!("The {action} of {} {tried} failed{}{cause}.{left} {}", chart(helm), in_words(n), stop(facts));
    close(facts, helm, Say::new(format!("{action} failed{}{end}", times(n)), sentence, "fix_in_git"))
}
