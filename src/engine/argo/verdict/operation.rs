//! The last operation ended badly.

use super::super::windows;
use super::Rule;
use super::case::{Case, cut, names, say, step, steps};
use crate::domain::app::OperationResource;
use crate::domain::status::{Health, Phase};
use crate::domain::verdict::{Outside, Verdict};
use crate::engine::cause::{self, Acting, Cause, Seen};

pub const RULES: &[Rule] = &[empty, would_delete, hook_failed, gave_up, newer_waits, known, failed];

fn has_failed(case: &Case<'_>) -> bool {
    matches!(case.phase(), Some(Phase::Failed | Phase::Error))
}

/// The reason in one line: the first resource that failed, else the message without its preamble.
pub fn cause(case: &Case<'_>) -> String {
    if let Some(r) = case.failed().first() {
        return if r.message.contains(r.key.name.as_str()) {
            r.message.trim_end_matches('.').to_owned()
        } else {
            format!("{} {}: {}", r.key.kind, r.key.name, r.message.trim_end_matches('.'))
        };
    }
    let message = case.operation.map_or("", |o| o.message.as_str());
    message.split_once("reason: ").map_or(message, |(_, reason)| reason).trim_end_matches('.').to_owned()
}

fn named(r: &OperationResource) -> String {
    format!("{} {}", r.key.kind, r.key.name)
}

fn empty(case: &Case<'_>) -> Option<Verdict> {
    let message = case.operation.filter(|_| has_failed(case)).map(|o| o.message.as_str())?;
    if !message.contains("no operation specified") {
        return None;
    }
    let sentence = format!(
        "The last request on {} was empty (no operation specified): nothing was applied. What the app shows besides stands.",
        case.name()
    );
    say("last request was empty, nothing done", sentence, "sync", vec![step("s", "a proper sync clears the mark")])
}

fn would_delete(case: &Case<'_>) -> Option<Verdict> {
    let c = case.app.conditions.iter().find(|c| c.kind == "SyncError" && c.message.contains("wipe out all resources"))?;
    let sentence = format!(
        "git renders no resource for {} and {} run. Argo CD refuses because allowEmpty is false. Likely a moved or emptied path.",
        case.name(),
        case.resources().count()
    );
    let back = Some(step("", "bring the resources back in git"));
    let next = steps([Some(step("d", "what would be deleted")), back, case.roll_back()]);
    let mut verdict = say("stopped: sync would delete everything", sentence, "fix_in_git", next)?;
    verdict.evidence.push(super::case::evidence(crate::domain::verdict::Weight::Bad, "auto-sync", &c.message, "status", c.since));
    Some(verdict)
}

fn hook_failed(case: &Case<'_>) -> Option<Verdict> {
    if !has_failed(case) {
        return None;
    }
    let hook =
        case.argo.operation_resources.iter().find(|r| !r.hook_type.is_empty() && matches!(r.hook_phase.as_str(), "Failed" | "Error"))?;
    let is_its_own = |_: &&str| case.context.log_pod.is_some_and(|pod| pod.starts_with(hook.key.name.as_str()));
    let log = case.context.log_line.filter(is_its_own).map(|l| format!(" (\"{}\")", cut(l, 100))).unwrap_or_default();
    let rest = match (hook.hook_type.as_str(), case.app.health) {
        ("PreSync", Health::Missing) => " Nothing after it was applied, and none of the app exists.".to_owned(),
        ("PreSync", Health::Healthy) if case.runs().is_some() && case.runs() != case.tried() => {
            format!(" Nothing after it was applied; {} still runs.", case.runs().unwrap_or_default())
        }
        ("PreSync", _) => " Nothing after it was applied.".to_owned(),
        _ => String::new(),
    };
    let sentence = format!("The {} hook {} failed: {}{log}.{rest}", hook.hook_type, named(hook), hook.message.trim_end_matches('.'));
    let next = steps([Some(step("L", "log of the hook")), Some(step("", "fix in git, then s")), case.roll_back()]);
    let pods = case.context.tree.into_iter().flatten().filter(|n| n.key.kind == "Pod" && n.key.name.starts_with(hook.key.name.as_str()));
    let exit = pods.filter_map(|p| p.exit_code).find(|c| *c != 0).map(|c| format!(": exit {c}")).unwrap_or_default();
    let verdict = say(cut(&format!("hook {} failed{exit}", hook.key.name), 40), sentence, "fix_in_git", next)?;
    Some(Verdict { log_of: Some(hook.key.clone()), ..verdict })
}

fn gave_up(case: &Case<'_>) -> Option<Verdict> {
    if !has_failed(case) || !case.argo.automated {
        return None;
    }
    case.app.condition("SyncError")?;
    let what = case.tried().unwrap_or_else(|| "the commit".into());
    let times = case.operation.map_or(0, |o| o.retry_count);
    let tried = match times {
        0 => "tried it once".to_owned(),
        1 => "tried it again once".to_owned(),
        _ => format!("tried it again {times} times"),
    };
    let hint = if cause(case).contains("namespaces \"") && !case.argo.sync_options.iter().any(|o| o == "CreateNamespace=true") {
        " The namespace is absent and CreateNamespace is not set."
    } else {
        ""
    };
    let stopped = format!("Auto-sync gave up on {what}: it {tried} and does not try this commit any more.");
    let again = step("s", "try once more, when that is done");
    if let Some(cause) = known_cause(case) {
        let sentence = format!("{}{} {stopped}{hint}", cause.sentence, rest_applied(case));
        let back = case.roll_back_from(&cause).filter(|_| cause.next.iter().all(|it| it.key != "R"));
        // What the cause advises is the fix; a step of the same key says less than its own.
        let own: Vec<_> = cause.next.iter().filter(|it| it.key != "s").cloned().map(Some).collect();
        let next = steps(own.into_iter().chain([Some(again), back]));
        return with(say(cause.short, sentence, cause.word, next), cause.outside);
    }
    let sentence = format!("{stopped} Last error: {}.{}{hint}", cause(case), rest_applied(case));
    let next = steps([Some(step("", "fix in git: a new commit restarts it")), Some(again), case.roll_back()]);
    say(cut(&format!("auto-sync gave up on {what}"), 40), sentence, "fix_in_git", next)
}

fn newer_waits(case: &Case<'_>) -> Option<Verdict> {
    let newer = case.compared()?;
    let what = case.tried()?;
    if !has_failed(case) || !case.argo.automated || newer == what || case.app.condition("SyncError").is_some() {
        return None;
    }
    let times = case.operation.map_or(0, |o| o.retry_count);
    let sentence = format!(
        "{what} failed, also after {times} retries: {}. git is at {newer}, a newer commit that auto-sync has not tried yet.",
        cause(case)
    );
    say(
        cut(&format!("{what} failed; {newer} comes next"), 40),
        sentence,
        "wait",
        steps([Some(step("", "wait for the newer commit")), case.roll_back()]),
    )
}

/// Whatever is checked before the first object is applied (a kind that is not served, a dry run) leaves nothing behind; what fails after that
/// does not stop the others of its wave.
fn rest_applied(case: &Case<'_>) -> String {
    let rest = case.argo.operation_resources.iter().filter(|r| r.hook_type.is_empty());
    match rest.filter(|r| matches!(r.status.as_str(), "Synced" | "Pruned")).count() {
        0 if !case.failed().is_empty() => " Nothing was applied.".to_owned(),
        0 => String::new(),
        1 => " 1 other was applied.".to_owned(),
        applied => format!(" {applied} others were applied."),
    }
}

/// Whom Argo CD acts as on the objects of this app.
fn acting(case: &Case<'_>) -> Acting {
    let project = &case.argo.project;
    let place = format!("destinationServiceAccounts of AppProject {project}");
    let own = windows::own_project(case.app, case.context).ok();
    let chosen = own.into_iter().flat_map(|p| &p.accounts).map(|account| (account.clone(), place.clone())).collect();
    let other = format!("the credentials with which Argo CD reaches {}", case.runs_on());
    Acting { chosen, own: &["argocd-application-controller", "argocd-server"], other }
}

/// What the API server said of the first resource that failed, or of the whole, names the cause.
fn known_cause(case: &Case<'_>) -> Option<Cause> {
    let place = case.runs_on();
    let acting = acting(case);
    let of = |message: &str, object: &str| cause::of(&Seen::told(message, object, "Argo CD", place).by(&acting));
    match case.failed().first() {
        Some(r) => of(&r.message, &r.key.title()),
        None => of(case.operation.map_or("", |o| o.message.as_str()), ""),
    }
}

fn with(verdict: Option<Verdict>, outside: Option<Outside>) -> Option<Verdict> {
    verdict.map(|verdict| Verdict { outside, ..verdict })
}

fn known(case: &Case<'_>) -> Option<Verdict> {
    if !has_failed(case) {
        return None;
    }
    let cause = known_cause(case)?;
    let what = case.tried().map(|r| format!("The sync of {r} failed. ")).unwrap_or_default();
    let back = case.roll_back_from(&cause);
    let sentence = format!("{what}{}{}", cause.sentence, rest_applied(case));
    let next = steps(cause.next.into_iter().map(Some).chain([back]));
    with(say(cause.short, sentence, cause.word, next), cause.outside)
}

fn failed(case: &Case<'_>) -> Option<Verdict> {
    if !has_failed(case) {
        return None;
    }
    let what = case.tried().map(|r| format!(" of {r}")).unwrap_or_default();
    let health = match case.app.health {
        Health::Degraded => " The app is Degraded besides.",
        Health::Missing => " None of its resources exists.",
        _ => "",
    };
    let who = match case.failed()[..] {
        [] => "sync failed".to_owned(),
        [one] => format!("{} failed", named(one)),
        [one, ..] => format!("{} and {} more failed", named(one), case.failed().len() - 1),
    };
    let left = case.differing();
    let differ =
        if left.is_empty() { String::new() } else { format!(" {} still {} from git.", names(&left), super::case::differ(left.len())) };
    let sentence = format!("The sync{what} {} failed: {}.{}{differ}{health}", case.by(), cause(case), rest_applied(case));
    let next = steps([Some(step("", "fix in git, then s")), case.roll_back()]);
    say(cut(&format!("{who}: {}", cause(case)), 40), sentence, "fix_in_git", next)
}
