//! An operation that has not ended: left behind, being stopped, queued, waiting, working, between two tries.

use super::super::progress::waited_for;
use super::super::windows::{WindowJudgement, clock};
use super::Rule;
use super::case::{Case, age, cut, names, say, step, steps, time};
use crate::domain::event::LiveNode;
use crate::domain::status::Phase;
use crate::domain::verdict::Verdict;
use std::collections::BTreeSet;

pub const RULES: &[Rule] = &[orphaned, stuck, terminating, armed, confirmation, retrying, healing, hook, wave, working];

fn message<'a>(case: &Case<'a>) -> &'a str {
    case.operation.map_or("", |o| o.message.as_str())
}

fn behind_window(case: &Case<'_>) -> bool {
    message(case).contains("blocked by sync window")
}

fn orphaned(case: &Case<'_>) -> Option<Verdict> {
    let o = case.operation.filter(|o| o.phase == Phase::Orphaned)?;
    let since = o.started_at.map(|t| format!(" for {}", age(case.ago(t)))).unwrap_or_default();
    let sentence = format!(
        "The status says running{since} ({}), yet no operation exists any more, so Argo CD cannot finish or stop it.",
        message(case)
    );
    let next = vec![step("x", "clear the stuck operation (expert, asks twice)"), step("s", "a new sync replaces it")];
    say(format!("\"running\"{since}, but nothing runs"), sentence, "clear_operation", next)
}

fn stuck(case: &Case<'_>) -> Option<Verdict> {
    if case.phase() != Some(Phase::Terminating) || !behind_window(case) {
        return None;
    }
    let sentence = format!(
        "A stop was asked for, but the sync waits behind a sync window of project {}: Argo CD does not end it while the window is closed, so it stays Terminating.",
        case.argo.project
    );
    say("cannot stop: behind a sync window", sentence, "clear_operation", vec![step("x", "clear the stuck operation (expert, asks twice)")])
}

fn terminating(case: &Case<'_>) -> Option<Verdict> {
    if case.phase() != Some(Phase::Terminating) {
        return None;
    }
    let sentence = format!("The sync {} is being stopped; Argo CD removes what still runs of it ({}).", case.by(), message(case));
    say("terminating the sync", sentence, "wait", vec![step("", "wait")])
}

fn armed(case: &Case<'_>) -> Option<Verdict> {
    let o = case.operation.filter(|o| o.phase == Phase::Blocked && behind_window(case))?;
    let at = o.started_at.map(|t| format!(" at {}", time(t))).unwrap_or_default();
    let (short, when, which) = match case.window(true) {
        WindowJudgement::Denied { until: Some(until), text, .. } => {
            let clock = clock(until, case.context.now);
            (format!("armed: deploys {}, cannot be stopped", clock.trim_end_matches(" UTC")), format!("at {clock}"), format!(" {text}."))
        }
        WindowJudgement::Denied { text, .. } => {
            ("armed: deploys when the window opens".into(), "when it opens".into(), format!(" {text}."))
        }
        _ => ("armed: deploys when the window opens".into(), "when it opens".into(), String::new()),
    };
    let sentence = format!(
        "A sync {}{at} is queued behind a sync window of project {}.{which} Argo CD starts it by itself {when} and ignores a stop request before that.",
        case.by(),
        case.argo.project
    );
    let next =
        vec![step("d", "see what it will deploy"), step("R", "revert that commit: it still goes out first, and the revert after it")];
    say(short, sentence, "wait", next)
}

fn confirmation(case: &Case<'_>) -> Option<Verdict> {
    if case.phase() != Some(Phase::Blocked) || !message(case).contains("confirmation of") {
        return None;
    }
    let extra = names(&case.extra());
    let sentence = format!("The sync {} waits for a person: deleting {extra} must be confirmed ({}).", case.by(), message(case));
    let next = vec![step("x", "confirm the deletion (the name is typed)"), step("x", "terminate the sync")];
    say(cut(&format!("waits: confirm to delete {extra}"), 40), sentence, "confirm_prune", next)
}

/// Which retry this attempt is; nothing of the first attempt.
fn retry(case: &Case<'_>) -> String {
    let count = case.operation.map_or(0, |o| o.retry_count);
    let of = case.argo.operation_retry_limit.filter(|n| *n >= 0).map(|n| format!(" of {n}")).unwrap_or_default();
    if count > 0 { format!(" It is retry {count}{of}.") } else { String::new() }
}

fn retrying(case: &Case<'_>) -> Option<Verdict> {
    let o = case.operation.filter(|o| o.phase == Phase::Retrying)?;
    let of = case.argo.operation_retry_limit.filter(|n| *n >= 0).map(|n| format!(" of {n}")).unwrap_or_default();
    let what = case.tried().unwrap_or_else(|| "the commit".into());
    let again = match (o.next_try_at, case.argo.operation_retry_refresh) {
        (Some(at), true) => format!("Argo CD tries again at {} and takes the newest commit then.", time(at)),
        (Some(at), false) => format!("Argo CD tries the same commit again at {} and looks at no newer one until it stops.", time(at)),
        (None, true) => "Argo CD tries again and takes the newest commit then.".into(),
        (None, false) => "Argo CD tries the same commit again and looks at no newer one until it stops.".into(),
    };
    let keeps = case.runs().map(|r| format!(" {r} was deployed before.")).unwrap_or_default();
    let sentence = format!("Applying {what} failed, attempt {}{of}: {}. {again}{keeps}", o.retry_count, super::operation::cause(case));
    let short = match o.next_try_at {
        Some(at) => format!("sync failed {}{of}, next try {}", o.retry_count, time(at)),
        None => format!("sync failed {}{of}, trying again", o.retry_count),
    };
    let next = steps([Some(step("", "fix in git")), Some(step("x", "terminate, then s")), case.roll_back()]);
    say(short, sentence, "fix_in_git", next)
}

fn healing(case: &Case<'_>) -> Option<Verdict> {
    if case.phase() != Some(Phase::Running) || case.argo.self_heal_attempts == 0 {
        return None;
    }
    let what = names(&case.differing());
    let sentence = format!("{what} drifted and self-heal puts it back to {}.", case.tried().unwrap_or_else(|| "what git has".into()));
    say(cut(&format!("self-heal puts {what} back"), 40), sentence, "wait", vec![step("", "wait; d shows what differs")])
}

fn hook(case: &Case<'_>) -> Option<Verdict> {
    if case.phase() != Some(Phase::Running) || !message(case).contains("completion of hook") {
        return None;
    }
    let (kind, name) = waited_for(message(case))?;
    let hook = case.argo.operation_resources.iter().find(|r| r.key.name == name && !r.hook_type.is_empty());
    let phase = hook.map_or("sync", |r| r.hook_type.as_str());
    let since = case.operation.and_then(|o| o.started_at).map(|t| format!(", {}", age(case.ago(t)))).unwrap_or_default();
    let sentence = format!("The sync {} is in progress and waits for the {phase} hook {kind} {name}{since}.{}", case.by(), retry(case));
    let next = vec![step("L", "log of the hook"), step("x", "terminate")];
    let verdict = say(cut(&format!("waiting for {phase} hook {name}"), 40), sentence, "wait", next)?;
    Some(Verdict { log_of: hook.map(|h| h.key.clone()), ..verdict })
}

fn wave(case: &Case<'_>) -> Option<Verdict> {
    if case.phase() != Some(Phase::Running) || !message(case).contains("waiting for healthy state of") {
        return None;
    }
    let (kind, name) = waited_for(message(case))?;
    // As the steps count them: what a prune would delete is none.
    let waves: BTreeSet<i32> = case.resources().filter(|r| !r.requires_pruning).map(|r| r.wave).collect();
    let of = case.resources().find(|r| r.key.name == name && r.key.kind == kind).map(|r| r.wave);
    let at = of.filter(|_| waves.len() > 1);
    let prefix = at.map_or_else(String::new, |at| format!("wave {at}: "));
    let then = at.filter(|_| case.app.is_whole_sync()).map_or_else(String::new, |at| to_come(&waves, at));
    let is_it = |n: &&LiveNode| n.key.kind == kind && n.key.name == name && n.exists && !n.note.is_empty();
    let so_far = case.context.tree.into_iter().flatten().find(is_it).map(|n| format!(" ({})", n.note)).unwrap_or_default();
    let since = case.operation.and_then(|o| o.started_at).map(|t| format!(", {} so far", age(case.ago(t)))).unwrap_or_default();
    let sentence = format!(
        "The sync {} is in progress: {prefix}it waits until {kind} {name} is healthy{so_far}{since}.{then}{}",
        case.by(),
        retry(case)
    );
    let (look, log_of) = case.log_or_list(|n| n.key.kind == kind && n.key.name == name);
    let verdict = say(cut(&format!("{prefix}waiting for {kind} {name}"), 40), sentence, "wait", vec![look, step("", "wait")])?;
    Some(Verdict { log_of, ..verdict })
}

/// The waves after this one, by the numbers that the manifests give them.
fn to_come(waves: &BTreeSet<i32>, at: i32) -> String {
    let next: Vec<String> = waves.iter().filter(|w| **w > at).map(ToString::to_string).collect();
    match next.as_slice() {
        [] => " No wave of resources comes after it.".to_owned(),
        [one] => format!(" Wave {one} comes after it."),
        [first, rest @ .., last] if rest.len() < 3 => {
            let list = [std::slice::from_ref(first), rest].concat().join(", ");
            format!(" Waves {list} and {last} come after it.")
        }
        [first, rest @ ..] => format!(" Wave {first} and {} more come after it.", rest.len()),
    }
}

fn working(case: &Case<'_>) -> Option<Verdict> {
    if case.phase() != Some(Phase::Running) {
        return None;
    }
    let what = case.tried().map(|r| format!(" to {r}")).unwrap_or_default();
    let text = if message(case).is_empty() { String::new() } else { format!(" ({})", message(case)) };
    let sentence = format!("The sync{what} {} is in progress{text}.{}", case.by(), retry(case));
    say(format!("syncing{what}"), sentence, "wait", vec![step("", "wait")])
}
