//! Applied, but not healthy; or nothing of it there.

use super::super::windows::{WindowJudgement, clock};
use super::Rule;
use super::case::{Case, age, cut, names, plural, say, step, steps, time};
use crate::domain::status::{Health, Phase, Sync};
use crate::domain::verdict::Verdict;
use crate::engine::RESOURCES;

pub const RULES: &[Rule] = &[degraded, held_missing, never_synced, gone, stuck_progress, progressing, suspended];

/// Longer than any rollout under the default progress deadline (10 minutes).
const LONG: u64 = 15 * 60;

/// Why the cause is not named.
fn unseen(case: &Case<'_>) -> String {
    match (case.context.tree, &case.app.destination.cluster) {
        (Some(_), _) => String::new(),
        (None, None) => format!(" Its pods are not visible: no context of yours reaches {}.", case.runs_on()),
        (None, Some(_)) => " The Application does not tell which workload.".to_owned(),
    }
}

fn degraded(case: &Case<'_>) -> Option<Verdict> {
    if case.app.health != Health::Degraded {
        return None;
    }
    let at = case.app.since.map(|t| format!(" since {} ({})", time(t), age(case.ago(t)))).unwrap_or_default();
    let state = match (case.app.sync, case.runs()) {
        (Sync::Synced, Some(r)) => format!("{r} is applied (Synced), but its workloads are Degraded{at}"),
        (_, Some(r)) => format!("The workloads are Degraded{at}; {r} was deployed last"),
        (_, None) => format!("The workloads are Degraded{at}"),
    };
    let before = case.before().map(|b| format!(" {b} was deployed before.")).unwrap_or_default();
    let can_go_back = case.context.last_good.is_some() || case.before().is_some();
    let map = || step(":map", &format!("choose the context that reaches {}", case.runs_on()));
    let is_unseen = case.context.tree.is_none() && case.app.destination.cluster.is_none();
    // What is not read has no list of what is not well.
    let list = (!is_unseen).then(|| step("]", RESOURCES));
    let next = steps([case.roll_back(), case.what_changed(), is_unseen.then(map), list]);
    let short = match (&case.app.destination.cluster, case.context.tree) {
        (None, None) => format!("degraded; pods unseen, {} unmapped", case.runs_on()),
        _ => "applied, but its workloads are degraded".to_owned(),
    };
    say(cut(&short, 40), format!("{state}.{before}{}", unseen(case)), if can_go_back { "rollback" } else { "fix_in_git" }, next)
}

/// Auto-sync is on and nothing was ever tried: a window leaves no trace on the object.
fn held_missing(case: &Case<'_>) -> Option<Verdict> {
    if case.app.health != Health::Missing || !case.argo.automated || case.operation.is_some() || !case.app.history.is_empty() {
        return None;
    }
    super::sync::held(case).or_else(|| {
        let project = &case.argo.project;
        let sentence = format!(
            "Auto-sync is on, yet nothing of {} was ever applied and no sync was started, without any error. Something holds it: look at the sync windows of project {project}.",
            case.name()
        );
        let next = vec![step("s", &format!("shows what project {project} lets through")), step("", "wait")];
        say("auto-sync is on but never started", sentence, "wait", next)
    })
}

fn never_synced(case: &Case<'_>) -> Option<Verdict> {
    if case.app.health != Health::Missing || !case.app.history.is_empty() {
        return None;
    }
    let all: Vec<_> = case.resources().collect();
    let what = if all.is_empty() {
        "Its resources are".to_owned()
    } else {
        format!("{} ({}) missing:", plural(all.len(), "resource"), names(&all))
    };
    let who = if case.argo.automated { "Auto-sync is on.".to_owned() } else { case.nobody_syncs() };
    let sentence = format!("{what} {} was never synced. {who}", case.name());
    let short = if case.argo.automated { "never synced" } else { "never synced, auto-sync off" };
    say(short, sentence, if case.argo.automated { "wait" } else { "sync" }, vec![step("s", "sync"), step("d", "what it would create")])
}

fn gone(case: &Case<'_>) -> Option<Verdict> {
    if case.app.health != Health::Missing {
        return None;
    }
    let all: Vec<_> = case.resources().collect();
    let last = case.app.history.first();
    let at = last.and_then(|h| h.at.get()).map(|t| format!(" at {}", time(t))).unwrap_or_default();
    let deployed = last.map(|h| format!(" {} was deployed{at}.", super::super::plan::short(&h.revision))).unwrap_or_default();
    let who = if case.argo.automated { "Auto-sync is on.".to_owned() } else { case.nobody_syncs() };
    let sentence =
        format!("None of the {} exists on {} any more ({}).{deployed} {who}", plural(all.len(), "resource"), case.runs_on(), names(&all));
    let auto = if case.argo.automated { "" } else { ", auto-sync off" };
    say(format!("all {} missing{auto}", plural(all.len(), "resource")), sentence, "sync", vec![step("s", "sync creates them again")])
}

fn progress_since(case: &Case<'_>) -> Option<u64> {
    let since = case.app.since.filter(|_| case.app.health == Health::Progressing)?;
    Some(case.ago(since))
}

fn stuck_progress(case: &Case<'_>) -> Option<Verdict> {
    let seconds = progress_since(case).filter(|s| *s >= LONG)?;
    let since = case.app.since.map(time).unwrap_or_default();
    let ended = case.operation.filter(|o| o.phase == Phase::Succeeded).and_then(|o| o.finished_at);
    let although = ended.map(|t| format!(", although the sync ended well at {}", time(t))).unwrap_or_default();
    let sentence = format!(
        "Progressing since {since}, {}{although}. No rollout takes that long: some resource never becomes ready, for example a Service or Ingress without an address.{}",
        age(seconds),
        unseen(case)
    );
    let log = case.log(|_| true);
    let next = steps([Some(step("]", RESOURCES)), log.as_ref().map(|pod| step("L", &format!("log of {}", pod.name)))]);
    let verdict = say(format!("not ready for {}, too long", age(seconds)), sentence, "fix_cluster", next)?;
    Some(Verdict { log_of: log, ..verdict })
}

fn progressing(case: &Case<'_>) -> Option<Verdict> {
    if case.app.health != Health::Progressing {
        return None;
    }
    let what = case.runs().map(|r| format!(" of {r}")).unwrap_or_default();
    let drift = match case.differing().as_slice() {
        _ if case.app.sync != Sync::OutOfSync => String::new(),
        // Argo CD may say so of the app and of none of its resources: one is gone, or it was compared in between.
        [] => " It differs from git besides.".to_owned(),
        differing => format!(" {} {} from git besides.", names(differing), super::case::differ(differing.len())),
    };
    let sentence = format!("The rollout{what} is in progress: its workloads are not ready yet.{drift}");
    let mut live = case.context.tree.into_iter().flatten().filter(|n| n.health == Some(Health::Progressing) && n.key.kind != "Pod");
    let short = live.find(|n| !n.note.is_empty()).map_or_else(|| "rollout in progress".to_owned(), |n| format!("rollout: {}", n.note));
    let look = case.log_or_list(|_| true);
    let verdict = say(cut(&short, 40), sentence, "wait", steps([Some(step("", "wait")), Some(look.0)]))?;
    Some(Verdict { log_of: look.1, ..verdict })
}

fn suspended(case: &Case<'_>) -> Option<Verdict> {
    if case.app.health != Health::Suspended {
        return None;
    }
    let can: Vec<_> = case.resources().filter(|r| matches!(r.key.kind.as_str(), "Deployment" | "Rollout" | "Job" | "CronJob")).collect();
    let what = match can[..] {
        [one] => format!("{} {}", one.key.kind, one.key.name),
        _ => "a workload".to_owned(),
    };
    let differs = (case.app.sync == Sync::OutOfSync).then(|| step("d", "what differs"));
    let git = if case.app.sync == Sync::Synced { " git says so too: what runs matches it." } else { "" };
    let sentence = format!("{what} is paused: it stays at its present version until that is taken back.{git} Argo CD itself goes on.");
    say(cut(&format!("{what} is paused"), 40), sentence, "fix_in_git", steps([Some(step("", "unpause it in git")), differs]))
}

/// `until 06:00 UTC`, or what is known.
pub fn closed_until(judgement: &WindowJudgement, now: crate::domain::Timestamp) -> Option<(String, String)> {
    match judgement {
        WindowJudgement::Denied { text, until: Some(until), .. } => Some((text.clone(), format!(" until {}", clock(*until, now)))),
        WindowJudgement::Denied { text, until: None, .. } => Some((text.clone(), String::new())),
        _ => None,
    }
}
