//! A pod: its worst container, or why no node takes it.

mod schedule;

use super::{Assessment, WORDS, condition, flag, holds, number, say, text};
use crate::domain::status::Health;
use crate::domain::text::sanitise;
use serde_json::Value;

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
            // Between two starts only what ended tells that it was memory.
            ("CrashLoopBackOff", Some("OOMKilled")) => "OOMKilled".to_owned(),
            (waiting, _) => waiting.to_owned(),
        };
        if found.as_ref().is_none_or(|f| bad && !f.bad) {
            found = Some(Worst { status, reason, bad });
        }
    }
    found
}

pub fn pod(object: &Value) -> Assessment {
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
    // Why it has no node is said before there is any container to ask.
    if let Some(held) = unscheduled(object) {
        out.reason = Some(sanitise(text(held, "/reason"), 60)).filter(|r| !r.is_empty());
        out.message = sanitise(text(held, "/message"), WORDS);
    }
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
    if worst.reason == "OOMKilled" {
        let mut containers = list("/spec/containers").chain(list("/spec/initContainers"));
        let killed = containers.find(|c| text(c, "/name") == text(worst.status, "/name"));
        out.memory = killed.map(|c| sanitise(text(c, "/resources/limits/memory"), 20)).filter(|m| !m.is_empty());
    }
    if worst.bad {
        out.message = sanitise(text(worst.status, "/state/waiting/message"), WORDS);
        let times = if out.restarts > 0 { format!(", {}x", out.restarts) } else { String::new() };
        out.note = match out.exit_code {
            Some(code) if code != 0 => format!("exit {code}{times}"),
            _ => format!("{}{times}{}", out.reason.clone().unwrap_or_default(), pull(text(worst.status, "/state/waiting/message"))),
        };
    } else if out.note.is_empty() {
        out.note = sanitise(text(object, "/status/reason"), 120);
    }
    out
}

/// The scheduler found no node, or has not looked.
fn unscheduled(object: &Value) -> Option<&Value> {
    let waits = text(object, "/status/phase") == "Pending";
    condition(object, "PodScheduled").filter(|c| waits && text(c, "/status") == "False")
}

/// Why an image was not pulled, in a word: the reason alone covers a wrong tag, a refused login and a registry that is down.
fn pull(message: &str) -> &'static str {
    let lower = message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    match () {
        () if says(&["toomanyrequests", "too many requests", "rate limit"]) => ", rate limit",
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
        let why = match unscheduled(object) {
            Some(held) => schedule::words(text(held, "/message")),
            None => worst.map(|w| w.reason.clone()).unwrap_or_default(),
        };
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
