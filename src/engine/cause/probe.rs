//! The kubelet asks a container how it is and does not like the answer.

use super::words::{bare, cut, word_after};
use super::{Cause, Present, Seen};
use crate::domain::Timestamp;
use crate::domain::duration::{long_age, seconds_between};
use crate::domain::event::{LiveEvent, LiveNode};
use crate::domain::status::Health;

/// Characters of the kubelet's words that a sentence quotes.
const QUOTE: usize = 160;
/// The progress deadline of a Deployment that names none, seconds; of what has no deadline at all, it is as long as anyone waits.
const PATIENCE: i64 = 600;

/// `Readiness probe failed: Get "http://10.1.0.7:8081/healthz": dial tcp 10.1.0.7:8081: connect: connection refused`
pub fn failed(seen: &Seen<'_>) -> Option<Cause> {
    let (which, words) = seen.message.split_once(" probe failed: ")?;
    let (name, effect) = match which {
        "Readiness" => ("readiness", "so it counts as not ready and the rollout waits"),
        "Liveness" => ("liveness", "so its container is restarted again and again"),
        "Startup" => ("startup", "so its container is never let start"),
        _ => return None,
    };
    let port = word_after(words, "dial tcp ").and_then(|at| at.trim_end_matches(':').rsplit(':').next());
    let why = match port {
        Some(port) if words.contains("connection refused") => format!("nothing on port {port}"),
        _ if words.contains("connection refused") => "nothing listens there".to_owned(),
        _ if words.contains("deadline exceeded") || words.contains("timeout") => "no answer in time".to_owned(),
        _ => match word_after(words, "statuscode: ") {
            Some(code) => format!("answers {code}"),
            None => cut(bare(words), QUOTE),
        },
    };
    let sentence = format!("The {name} probe of {} fails, {effect}: {}.", seen.what(), cut(bare(words), QUOTE));
    Cause::new(format!("{name} probe: {why}"), sentence, "fix_in_git")
        .step("L", "log: what the container does")
        .step("", "correct the probe or its port in git, where the container is well")
        .done()
}

/// The workload that a pod is of, and the pod, as they live.
fn around<'t>(tree: &'t [LiveNode], event: &LiveEvent) -> Option<(&'t LiveNode, &'t LiveNode)> {
    let at = tree.iter().position(|n| n.key == event.object && n.exists)?;
    let top = tree.get(..at)?.iter().rev().find(|n| n.depth == 0)?;
    Some((top, tree.get(at)?))
}

/// A probe that is not passed yet is how every pod starts. It is trouble once a container is restarted for it, or the rollout's time is up.
pub fn starting(seen: &Seen<'_>, present: Present<'_>, event: &LiveEvent) -> Option<Cause> {
    let (which, words) = seen.message.split_once(" probe failed: ").filter(|_| present.is_rolling)?;
    let around = present.tree.and_then(|tree| around(tree, event));
    if around.is_some_and(|(top, pod)| pod.restarts > 0 || top.health != Some(Health::Progressing)) {
        return None;
    }
    let told = around.and_then(|(top, _)| top.deadline_at);
    let until = told.or_else(|| present.since?.checked_add(jiff::SignedDuration::from_secs(PATIENCE)).ok())?;
    if until <= present.now {
        return None;
    }
    let note = around.map(|(top, _)| top.note.as_str()).filter(|note| !note.is_empty());
    let who = around.map_or_else(|| "The rollout".to_owned(), |(top, _)| top.key.title());
    let so_far = note.map(|note| format!(", {note}")).unwrap_or_default();
    // Only the pod itself tells that no container of it was restarted.
    let so_good = if around.is_some() { " Nothing has failed so far." } else { "" };
    let sentence = format!(
        "{who} is still starting{so_far}: the {} probe of {} does not pass yet ({}).{so_good}",
        which.to_lowercase(),
        seen.what(),
        cut(bare(words), QUOTE)
    );
    let short = note.map_or_else(|| "still starting: not ready yet".to_owned(), |note| format!("still starting: {note}"));
    let soon = told.map(|at| format!("Without progress until {} Kubernetes calls the rollout failed.", moment(at, present.now)));
    Cause { soon, ..Cause::new(short, sentence, "wait").step("", "wait").step("L", "log: how far it is").step("]", "Resources: the pods") }
        .done()
}

/// `03:14:45 (2m 5s)`
fn moment(at: Timestamp, now: Timestamp) -> String {
    format!("{} ({})", at.strftime("%H:%M:%S"), long_age(seconds_between(now, at)))
}
