//! Objects that Flux does not work on: unreadable, being deleted, suspended.

use super::facts::{Facts, Say};
use crate::domain::status::Severity;
use crate::domain::verdict::{Evidence, Verdict, Weight};
use crate::engine::{freeze, read_command};

pub fn unreadable(facts: &Facts<'_>) -> Option<Verdict> {
    let why = facts.app.unreadable.as_ref()?;
    let flux = if why.contains("duration") { " Flux cannot read it either; nothing here updates." } else { " Its state is not known." };
    Say::new(format!("unreadable: {why}"), format!("The object exists but cannot be read: {why}.{flux}"), "fix_in_git")
        .step("", "fix in git")
        .step("y", format!("copies {}", read_command(&facts.app.id)))
        .done()
}

pub fn deleting(facts: &Facts<'_>) -> Option<Verdict> {
    if !facts.app.deleting {
        return None;
    }
    let kind = facts.app.id.kind.kind();
    let objects = match facts.app.resources.len() {
        1 => "1 object belongs".to_owned(),
        n => format!("{n} objects belong"),
    };
    let held = facts.context.tree.into_iter().flatten().find_map(|n| Some((n, n.held_by.first()?)));
    let held = held.map(|(n, finalizer)| format!(" {} stays until finalizer {finalizer} is taken off.", n.key.title())).unwrap_or_default();
    let sentence = format!(
        "{kind} {} is being deleted and waits for its finalizer; {objects} to it.{held} Its other words are from before the deletion.",
        facts.name()
    );
    Say::new("being deleted", sentence, "wait")
        .step("]", "Resources: which objects are left")
        .proof([facts.own(Weight::Plain, facts.condition("Ready"))])
        .done()
}

pub fn suspended(facts: &Facts<'_>) -> Option<Verdict> {
    if !facts.app.suspended {
        return None;
    }
    let name = facts.name();
    let (short, who) = by_whom(facts);
    if facts.app.severity().is_broken() || facts.app.severity() == Severity::Missing {
        return Some(broken(facts, &who));
    }
    let never = facts.app.conditions.is_empty() && facts.app.revision.is_none();
    let state = match (never, facts.revision()) {
        (true, _) => " It has never run: nothing has been applied.".to_owned(),
        (_, Some(revision)) => format!(" Flux applies and checks nothing; {revision} stays applied.{}", ahead(facts)),
        _ => " Flux applies and checks nothing.".to_owned(),
    };
    let short = if never && facts.app.frozen.is_none() { "suspended, never applied".to_owned() } else { short };
    let own = facts.condition("Ready").map(|c| facts.own(Weight::Held, Some(c)));
    let unexplained = facts.app.frozen.is_none() && facts.flux.suspended_by.is_none();
    let say = Say::new(short, format!("{who}{state}"), "resume");
    let say = if unexplained { say.step("", "first ask who holds it and why") } else { say };
    say.step("p", format!("resume {name} (shows first what will be applied)")).proof(own).proof(facts.source_line()).done()
}

/// Suspended while it is broken: the trouble stays, nothing retries, and a roll back has to be resumed for.
fn broken(facts: &Facts<'_>, who: &str) -> Verdict {
    let under = super::under(facts);
    let what = under.short.trim_end_matches(", trying again").to_owned();
    let by = facts.app.frozen.as_ref().map(|f| f.by.as_str()).or(facts.flux.suspended_by.as_deref()).filter(|b| !b.is_empty());
    let by = by.map(|b| format!(" by {b}")).unwrap_or_default();
    let left = facts.revision().map(|r| format!("; {r} stays applied")).unwrap_or_default();
    let short = if what.is_empty() { format!("suspended{by}") } else { format!("suspended{by}: {what}") };
    let sentence = format!("{who} Flux applies and checks nothing{left}: {}", under.sentence);
    let mut say = Say::new(short, sentence, "resume").step("p", format!("resume {} (shows first what will be applied)", facts.name()));
    for step in under.next.into_iter().filter(|s| s.key != "p" && s.key != "s") {
        // A commit that undoes it is not fetched while this stands.
        let text = if step.key == "R" { format!("{}; it reaches a suspended app only after p", step.text) } else { step.text };
        say = say.step(&step.key, text);
    }
    let mut verdict = say.proof(under.evidence).proof(frozen_line(facts)).into_inner();
    verdict.soon = Some("Nothing tries it again until it is resumed.".into());
    verdict
}

fn frozen_line(facts: &Facts<'_>) -> Option<Evidence> {
    let frozen = facts.app.frozen.as_ref()?;
    let what = format!("{} {}", facts.app.id.kind.kind(), facts.name());
    let value = format!("suspended by {}: {}", frozen.by, frozen.reason);
    Some(Evidence { weight: Weight::Held, what, value, source: "annotation".into(), at: frozen.since })
}

fn by_whom(facts: &Facts<'_>) -> (String, String) {
    let name = facts.name();
    let Some(frozen) = &facts.app.frozen else {
        return match &facts.flux.suspended_by {
            Some(who) => (format!("suspended by {who}, no reason given"), format!("{who} suspended {name} and gave no reason.")),
            None => unexplained(facts),
        };
    };
    let note = freeze::note(frozen, facts.context.now);
    (note.short, format!("{} suspended {name}{}", frozen.by, note.told))
}

/// Without a note only the field's owner and the time of its last write tell anything.
fn unexplained(facts: &Facts<'_>) -> (String, String) {
    let name = facts.name();
    let Some(manager) = &facts.flux.suspend_manager else {
        return ("suspended, no reason given".to_owned(), format!("{name} is suspended; nobody left a reason on the object."));
    };
    let age = facts.age(facts.app.since).unwrap_or_else(|| "?".into());
    let by_flux = matches!(manager.as_str(), "kustomize-controller" | "helm-controller");
    let (note, told) = match (by_flux, facts.flux.parent.is_some()) {
        (true, _) => ("set in git", "git says so".to_owned()),
        (false, true) => ("not in git", format!("the field was last set by {manager}, git does not say so")),
        (false, false) => ("not explained", format!("the field was last set by {manager}")),
    };
    (
        format!("{age}, no reason, {note}"),
        format!("{name} has been suspended for {age}: {told}. No reason and no owner is given; new commits do not reach it."),
    )
}

fn ahead(facts: &Facts<'_>) -> String {
    let head = facts.context.head.map(crate::domain::commit::short_rev);
    match head {
        Some(head) if Some(head) != facts.revision() => format!(" git is at {head}."),
        _ => String::new(),
    }
}
