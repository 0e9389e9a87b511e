//! What runs differs from git, and why nothing changes that.

use super::super::windows::WindowJudgement;
use super::Rule;
use super::case::{Case, cut, evidence, names, plural, say, step};
use super::health::closed_until;
use crate::domain::event::{Edit, LiveNode};
use crate::domain::status::{Phase, Sync};
use crate::domain::verdict::{Verdict, Weight};

pub const RULES: &[Rule] = &[
    unknown,
    super::conditions::shared,
    prune_only,
    rolled_back,
    partial,
    held_by_window,
    drifts_again,
    edited,
    drift_stays,
    applies_soon,
    waits_for_person,
];

fn is_out(case: &Case<'_>) -> bool {
    case.app.sync == Sync::OutOfSync
}

fn unknown(case: &Case<'_>) -> Option<Verdict> {
    if case.app.sync != Sync::Unknown {
        return None;
    }
    let sentence = format!("Argo CD does not say whether {} matches git, and gives no reason.", case.name());
    say("sync state unknown, no reason given", sentence, "refresh", vec![step("r", "ask Argo CD to compare again")])
}

fn prune_only(case: &Case<'_>) -> Option<Verdict> {
    let extra = case.extra();
    if !is_out(case) || extra.is_empty() || !case.differing().is_empty() {
        return None;
    }
    let auto = if case.argo.automated && !case.argo.prune { " Automatic prune is off." } else { "" };
    let sentence = format!(
        "{} left git but stays on {}: only a sync with prune removes it.{auto} Everything else is applied.",
        names(&extra),
        case.runs_on()
    );
    let short = format!("{} to delete, prune is off", plural(extra.len(), "resource"));
    say(short, sentence, "sync", vec![step("d", "what would go"), step("s", "with prune")])
}

/// A sync of an older history entry without hooks, as the rollback of Argo CD does it.
fn rolled_back(case: &Case<'_>) -> Option<Verdict> {
    let o =
        case.operation.filter(|o| o.phase == Phase::Succeeded && case.argo.operation_is_apply_only && !case.argo.operation_is_partial)?;
    let (runs, git) = (case.runs()?, case.compared()?);
    let earlier = case.app.history.iter().skip(1).any(|h| Some(h.revision.as_str()) == o.revision.as_deref());
    if !is_out(case) || runs == git || !earlier || o.revision != case.app.revision {
        return None;
    }
    let sentence = format!(
        "{} was rolled back to the earlier {runs} ({}); git still holds {git}, and the next deployment of any kind brings that back. Only a revert in git lasts.",
        case.name(),
        case.by()
    );
    say(
        cut(&format!("rolled back to {runs}; git has {git}"), 40),
        sentence,
        "fix_in_git",
        vec![step("R", &format!("revert {git} in git, so that {runs} lasts"))],
    )
}

fn partial(case: &Case<'_>) -> Option<Verdict> {
    if !is_out(case) || !case.app.argo().is_some_and(|a| a.says_too_little(case.operation)) || case.argo.children > 0 {
        return None;
    }
    let done: Vec<String> =
        case.argo.operation_resources.iter().filter(|r| r.status == "Synced").map(|r| format!("{} {}", r.key.kind, r.key.name)).collect();
    let left = names(&case.differing());
    let sentence = format!(
        "The last sync was selective: only {} was applied. {left} {}, as compared before that sync ended.",
        done.join(", "),
        super::case::differ(case.differing().len())
    );
    say(cut(&format!("synced in part; {left} differs"), 40), sentence, "sync", vec![step("s", "sync the rest"), step("r", "compare again")])
}

/// A window that keeps auto-sync from starting; only when that is proved.
pub fn held(case: &Case<'_>) -> Option<Verdict> {
    let judgement = case.window(false);
    let (text, until) = closed_until(&judgement, case.context.now)?;
    let manual = match &judgement {
        WindowJudgement::Denied { manual_allowed: true, .. } => " A sync by a person would pass.",
        _ => "",
    };
    let ends = match &judgement {
        _ if !until.is_empty() => "and applies by itself after that",
        // What cannot be read denies, too.
        WindowJudgement::Denied { names, .. } if names.is_empty() => "until that can be read",
        _ => "until that window is changed: it has no end in sight",
    };
    let waits = case.compared().map(|r| format!(" {r} waits {ends}.")).unwrap_or_default();
    let sentence = format!("{text}.{waits}{manual}");
    let next = vec![step("a", &format!("acknowledge{until}")), step("s", "shows the window and who can change it (nothing is sent)")];
    let mut verdict = say(cut(&format!("sync window closed{}", until.trim_end_matches(" UTC")), 40), sentence, "wait", next)?;
    verdict.soon = (!until.is_empty()).then(|| format!("Auto-sync starts by itself at{}.", until.trim_start_matches(" until")));
    Some(verdict)
}

fn held_by_window(case: &Case<'_>) -> Option<Verdict> {
    if !is_out(case) || !case.argo.automated { None } else { held(case) }
}

/// Syncs of one revision in the last hour from which more of them are no way out.
const AGAIN: usize = 3;
const HOUR: u64 = 3600;

/// One revision was synced again and again and differs all the same: something else writes the same field each time.
fn drifts_again(case: &Case<'_>) -> Option<Verdict> {
    let (runs, git) = (case.app.revision.as_deref()?, case.argo.compared.first()?);
    if !is_out(case) || case.differing().is_empty() || runs != git || case.phase() != Some(Phase::Succeeded) {
        return None;
    }
    let syncs: Vec<_> = case
        .app
        .history
        .iter()
        .take_while(|h| h.revision == runs)
        .filter_map(|h| h.at.get())
        .filter(|at| *at <= case.context.now && case.ago(*at) <= HOUR)
        .collect();
    let last = syncs.first().filter(|_| syncs.len() >= AGAIN)?;
    // The comparison that saw it ran so soon after the sync: longer it did not take.
    let within = case.argo.reconciled_at.filter(|at| at >= last).map(|at| crate::domain::duration::seconds_between(*last, at));
    let quick = within.filter(|s| *s <= 60);
    let after = quick.map_or_else(String::new, |s| format!(", {s}s after the last one"));
    let who = edit_of(case).map(|(_, e)| format!(": {} sets {}", e.manager, e.field)).unwrap_or_default();
    let sentence = format!(
        "{} syncs of {} in {} ended well, and {} {} again{after}{who}. More syncs will not help.",
        syncs.len(),
        case.runs().unwrap_or_default(),
        syncs.last().map_or_else(String::new, |first| super::case::age(case.ago(*first))),
        names(&case.differing()),
        super::case::differ(case.differing().len()),
    );
    let short = quick.map_or_else(|| "drifts again after every sync".to_owned(), |s| format!("drifts again {s}s after every sync"));
    say(short, sentence, "fix_in_git", vec![step("d", "the field"), step("", "add it to ignoreDifferences in git")])
}

/// The newest change by somebody else among the resources that differ.
fn edit_of<'a>(case: &Case<'a>) -> Option<(&'a LiveNode, &'a Edit)> {
    let differing = case.differing();
    let nodes = case.context.tree.into_iter().flatten().filter(|n| n.depth == 0 && differing.iter().any(|r| r.key == n.key));
    nodes.filter_map(|n| n.edit.as_ref().map(|e| (n, e))).max_by_key(|(_, e)| (e.field == "replicas", e.at))
}

/// A person or program changed it after the last deployment, and nothing puts it back.
fn edited(case: &Case<'_>) -> Option<Verdict> {
    // Where auto-sync is about to apply another commit, that is what is to be said.
    let settled = !case.argo.automated || !case.argo.self_heal && case.tried() == case.compared();
    if !is_out(case) || !settled {
        return None;
    }
    let (node, edit) = edit_of(case)?;
    let deployed = case.app.history.first().and_then(|h| h.at.get())?;
    let at = edit.at.filter(|at| *at > deployed)?;
    let who = edit.manager.split('-').next().filter(|w| *w == "kubectl").unwrap_or(&edit.manager);
    let value = edit.live.as_ref().map(|v| format!(" {v}")).unwrap_or_default();
    let to = if value.is_empty() { "" } else { " to" };
    let was = edit.applied.as_ref().filter(|a| Some(*a) != edit.live.as_ref());
    let git = was.map(|a| format!(", git has {a}")).unwrap_or_default();
    let from = was.map(|a| format!(" from {a}")).unwrap_or_default();
    let (differing, all) = (case.differing(), case.resources().count());
    let sentence = format!(
        "Manager {} set {} of {} {}{from}{to}{value} at {} on {}. {} of {all} resources {} from {}. {}, so it stays until a sync.",
        edit.manager,
        edit.field,
        node.key.kind,
        node.key.name,
        super::case::time(at),
        case.runs_on(),
        differing.len(),
        super::case::differ(differing.len()),
        case.compared().unwrap_or_else(|| "git".into()),
        if case.argo.automated { "Self-heal is off" } else { "Auto-sync is off" },
    );
    let next = vec![step("d", "what differs"), step("s", "puts git's state back"), step("a", "acknowledge, if it is meant")];
    let mut verdict = say(cut(&format!("{}{value}{git}; set by {who}", edit.field), 40), sentence, "sync", next)?;
    let (what, source) = (format!("{} {}", node.key.kind, node.key.name), format!("live, {}", case.runs_on()));
    let more = if edit.more > 0 { format!(" and {} more", super::case::plural(edit.more, "field")) } else { String::new() };
    let told = format!("{}{value}{more} set by {}", edit.field, edit.manager);
    verdict.evidence.push(evidence(Weight::Drift, &what, &told, &source, Some(at)));
    Some(verdict)
}

/// Auto-sync runs once a commit: drift at a commit already applied needs self-heal.
fn drift_stays(case: &Case<'_>) -> Option<Verdict> {
    if !is_out(case) || !case.argo.automated || case.argo.self_heal || case.phase() != Some(Phase::Succeeded) {
        return None;
    }
    let (tried, git) = (case.tried()?, case.compared()?);
    if tried != git {
        return None;
    }
    let differing = case.differing();
    let all = case.resources().count();
    let sentence = format!(
        "{} of {all} resources {} from {git} ({}), which auto-sync has applied already. Self-heal is off, so it stays until a sync or a new commit.",
        differing.len(),
        super::case::differ(differing.len()),
        names(&differing)
    );
    say(
        format!("{} of {all} differ, self-heal off", differing.len()),
        sentence,
        "sync",
        vec![step("d", "what differs"), step("s", "puts git's state back")],
    )
}

fn applies_soon(case: &Case<'_>) -> Option<Verdict> {
    if !is_out(case) || !case.argo.automated {
        return None;
    }
    let differing = case.differing();
    let git = case.compared().unwrap_or_else(|| "git".into());
    let sentence = format!(
        "{} {} from {git} ({}). Auto-sync is on and has not started yet.",
        plural(differing.len(), "resource"),
        super::case::differ(differing.len()),
        names(&differing)
    );
    say(format!("{} differ, auto-sync is due", differing.len()), sentence, "wait", vec![step("", "wait"), step("d", "what differs")])
}

fn waits_for_person(case: &Case<'_>) -> Option<Verdict> {
    if !is_out(case) {
        return None;
    }
    let differing = case.differing();
    let all = case.resources().count();
    let against = case.compared().map(|r| format!(" from {r}")).unwrap_or_default();
    let last = case.runs().map(|r| format!(" Deployed last: {r}.")).unwrap_or_default();
    let sentence = format!(
        "{} of {all} resources {}{against}: {}.{last} {}",
        differing.len(),
        super::case::differ(differing.len()),
        names(&differing),
        case.nobody_syncs()
    );
    let next = vec![step("d", "what differs"), step("s", "sync once"), case.auto_sync_on("")];
    say(format!("{} of {all} differ, auto-sync off", differing.len()), sentence, "sync", next)
}
