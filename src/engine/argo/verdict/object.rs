//! The object itself: unreadable, being deleted, skipped, not looked at yet.

use super::Rule;
use super::case::{Case, say, step};
use crate::domain::status::{Phase, Sync};
use crate::domain::verdict::Verdict;
use crate::engine::read_command;

pub const RULES: &[Rule] = &[unreadable, deleting, skipped, requested, new];

fn unreadable(case: &Case<'_>) -> Option<Verdict> {
    let why = case.app.unreadable.as_ref()?;
    let sentence = format!("The Application {} exists, but its object cannot be read: {why}.", case.name());
    say(
        format!("unreadable: {}", super::case::cut(why, 28)),
        sentence,
        "fix_in_git",
        vec![step("", "fix in git"), step("y", &format!("copies {}", read_command(&case.app.id)))],
    )
}

fn deleting(case: &Case<'_>) -> Option<Verdict> {
    if !case.app.deleting {
        return None;
    }
    let mut sentence = format!("{} is being deleted: Argo CD removes its resources, then the object goes away.", case.name());
    if case.app.sync == Sync::Synced && case.phase() == Some(Phase::Succeeded) {
        sentence.push_str(" Its resources read Synced: a sync carried out meanwhile creates them again.");
    }
    sentence.push_str(" What the status says besides is of the past.");
    let held = case.context.tree.into_iter().flatten().find_map(|n| Some((n, n.held_by.first()?)));
    let Some((node, finalizer)) = held else {
        let next = vec![step("", "wait; if it stays, a resource holds a finalizer"), step("]", "Resources: which are left")];
        return say("being deleted", sentence, "wait", next);
    };
    sentence.push_str(&format!(" {} stays until finalizer {finalizer} is taken off.", node.key.title()));
    let short = format!("being deleted; {} {} is held", node.key.kind, node.key.name);
    let next = vec![step("", &format!("look at the controller that takes off {finalizer}")), step("]", "Resources: which are left")];
    say(super::case::cut(&short, 40), sentence, "wait", next)
}

fn skipped(case: &Case<'_>) -> Option<Verdict> {
    if !case.argo.skip_reconcile {
        return None;
    }
    let sentence = format!(
        "Argo CD is told to skip {}: annotation argocd.argoproj.io/skip-reconcile is true, so nothing is compared or applied.",
        case.name()
    );
    say("paused: skip-reconcile is set", sentence, "resume", vec![step("", "remove the annotation where it is written")])
}

fn requested(case: &Case<'_>) -> Option<Verdict> {
    if case.phase() != Some(Phase::Requested) {
        return None;
    }
    let sentence = format!("A sync {} waits to be picked up by Argo CD.", case.by());
    let next = vec![step("", "wait some seconds; longer means that no controller takes care of this app")];
    say("sync requested, not picked up yet", sentence, "wait", next)
}

fn new(case: &Case<'_>) -> Option<Verdict> {
    if case.argo.status_present {
        return None;
    }
    let sentence = format!("Argo CD has not looked at {} yet: the object has no status.", case.name());
    say("new: not compared yet", sentence, "wait", vec![step("", "wait for the first comparison")])
}
