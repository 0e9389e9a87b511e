//! Live objects of a Helm release that differ from it.

use super::facts::{Facts, Say};
use crate::domain::event::LiveNode;
use crate::domain::status::Phase;
use crate::domain::verdict::{Verdict, Weight};
use crate::engine::flux::message::object_path;

pub fn drifted(facts: &Facts<'_>) -> Option<Verdict> {
    let helm = facts.helm().filter(|h| h.drifted)?;
    let condition = facts.condition("Drifted")?;
    let objects = changed(&condition.message);
    let what = summary(&objects);
    let first = objects.first().map_or_else(|| "An object".to_owned(), |(kind, path)| format!("{kind} {path}"));
    let since = condition.since.map(|at| format!(" since {}", super::facts::clock(at))).unwrap_or_default();
    let corrects = helm.drift_mode == "enabled" && facts.phase() == Some(Phase::Running);
    let own = facts.own(Weight::Drift, Some(condition));
    if corrects {
        let sentence = format!("{first} differs from the release{since}. Drift mode is enabled: Flux puts it back right now.");
        return Say::new(format!("drift: {what}, Flux puts it back"), sentence, "wait").step("d", "what differed").proof([own]).done();
    }
    let who = objects.first().and_then(|object| who(facts, object)).unwrap_or_default();
    let sentence =
        format!("{first} differs from the release{since}.{who} Drift mode is {}: Flux reports it and leaves it.", helm.drift_mode);
    Say::new(format!("drift: {what}; mode {}, stays", helm.drift_mode), sentence, "sync")
        .step("d", "what differs and who changed it")
        .step("s", "with force: one upgrade, which puts it back")
        .proof([own])
        .done()
}

/// ` Manager kubectl-patch set memory at 02:46:10 on prod-eu.`, where the live object was read and tells.
fn who(facts: &Facts<'_>, (kind, path): &(String, String)) -> Option<String> {
    let is_it = |n: &&LiveNode| n.key.kind == *kind && *path == format!("{}/{}", n.key.namespace, n.key.name);
    // What was set before the release was put there is part of what it found, not of what differs from it.
    let released = facts.app.history.first().and_then(|h| h.at.get());
    let edit = facts.context.tree?.iter().find(is_it)?.edit.as_ref().filter(|e| e.at.zip(released).is_some_and(|(at, put)| at > put))?;
    let value = edit.live.as_ref().map(|v| format!(" to {v}")).unwrap_or_default();
    let at = edit.at.map(|at| format!(" at {}", super::facts::clock(at))).unwrap_or_default();
    Some(format!(" Manager {} set {}{value}{at} on {}.", edit.manager, edit.field, facts.place()))
}

/// Objects after the first line; the line breaks have become spaces.
fn changed(message: &str) -> Vec<(String, String)> {
    let list = message.split_once("desired state:").map_or(message, |(_, list)| list);
    list.split_whitespace().filter_map(object_path).collect()
}

/// `1 Deployment`, `2 objects`.
fn summary(objects: &[(String, String)]) -> String {
    match objects {
        [] => "live objects differ".to_owned(),
        [(kind, _), rest @ ..] if rest.iter().all(|(k, _)| k == kind) => {
            format!("{} {kind}{}", objects.len(), if rest.is_empty() { "" } else { "s" })
        }
        _ => format!("{} objects", objects.len()),
    }
}
