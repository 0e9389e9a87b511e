//! What runs differs from git, and why nothing changes that.

use super::super::windows::WindowJudgement;
use super::Rule;
use super::case::{Case, cut, names, plural, say, step};
use super::health::closed_until;
use crate::domain::status::{Phase, Sync};
use crate::domain::verdict::Verdict;

pub const RULES: &[Rule] = &[unknown, prune_only, rolled_back, partial, held_by_window, drift_stays, applies_soon, waits_for_person];

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
    let earlier = case.app.history.iter().skip(1).any(|h| Some(&h.revision) == o.revision.as_ref());
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
    let waits = case.compared().map(|r| format!(" {r} waits and applies by itself after that.")).unwrap_or_default();
    let sentence = format!("{text}.{waits}{manual}");
    let next = vec![step("a", &format!("acknowledge{until}")), step("s", "shows the window and who can change it")];
    let mut verdict = say(cut(&format!("sync window closed{}", until.trim_end_matches(" UTC")), 40), sentence, "wait", next)?;
    verdict.soon = (!until.is_empty()).then(|| format!("Auto-sync starts by itself when the window opens:{until}."));
    Some(verdict)
}

fn held_by_window(case: &Case<'_>) -> Option<Verdict> {
    if !is_out(case) || !case.argo.automated { None } else { held(case) }
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
    let next = vec![step("d", "what differs"), step("s", "sync once"), step("p", "turn auto-sync on")];
    say(format!("{} of {all} differ, auto-sync off", differing.len()), sentence, "sync", next)
}
