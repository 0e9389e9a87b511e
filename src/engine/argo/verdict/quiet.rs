//! Synced and Healthy, with something left to say; else nothing.

use super::Rule;
use super::case::{Case, cut, say, step};
use crate::domain::app::App;
use crate::domain::status::{Health, Phase, Sync};
use crate::domain::verdict::Verdict;
use crate::engine::{children_step, holds};

pub const RULES: &[Rule] = &[children, partly, empty, health_unknown, refreshing];

fn children(case: &Case<'_>) -> Option<Verdict> {
    if case.argo.children == 0 {
        return None;
    }
    let names: Vec<&str> = case.resources().filter(|r| r.key.kind == "Application").map(|r| r.key.name.as_str()).collect();
    let is_child = |a: &&&App| holds(case.app, a);
    let known: Vec<&App> = case.context.related.iter().filter(is_child).copied().collect();
    let broken: Vec<&App> = known.iter().copied().filter(|a| a.severity().is_broken() || is_above_broken(case, a)).collect();
    let all = names.len();
    if !broken.is_empty() {
        let sentence = format!(
            "{} holds {all} other apps: {} not healthy. Argo CD calls the parent Healthy regardless.",
            case.name(),
            broken.iter().map(|a| a.id.name.as_str()).collect::<Vec<_>>().join(", ")
        );
        let enter = vec![step("3 enter", children_step(broken.len()))];
        let verdict = say(format!("{} of {all} child apps broken", broken.len()), sentence, "look_at_child", enter)?;
        return Some(Verdict { look_at: broken.iter().map(|a| a.id.clone()).collect(), ..verdict });
    }
    if known.len() >= all {
        return None;
    }
    let sentence =
        format!("{} only holds {all} other apps ({}), and its Healthy does not count their state.", case.name(), names.join(", "));
    say(
        cut(&format!("{all} child apps, their state not counted"), 40),
        sentence,
        "look_at_child",
        vec![step("]", "Resources: which they are")],
    )
}

/// One of the apps that it holds in turn is broken, however deep.
fn is_above_broken(case: &Case<'_>, app: &App) -> bool {
    let mut seen = vec![&app.id];
    let mut front = vec![app];
    while let Some(at) = front.pop() {
        for child in case.context.related.iter().copied().filter(|a| holds(at, a)) {
            if child.severity().is_broken() {
                return true;
            }
            if !seen.contains(&&child.id) && child.id != case.app.id {
                seen.push(&child.id);
                front.push(child);
            }
        }
    }
    false
}

fn partly(case: &Case<'_>) -> Option<Verdict> {
    if !case.argo.says_too_little(case.operation) || case.argo.children > 0 {
        return None;
    }
    let done: Vec<String> = case.argo.operation_resources.iter().map(|r| format!("{} {}", r.key.kind, r.key.name)).collect();
    let leaked = if case.argo.operation_is_mixed {
        " Its request mixes hooks and plain apply, which nobody asks for: fields of an older operation leaked in."
    } else {
        ""
    };
    let sentence = format!("The last sync covered only {}, and Argo CD has not compared since.{leaked}", done.join(", "));
    say("synced in part only, not compared since", sentence, "sync", vec![step("s", "a whole sync"), step("r", "compare again")])
}

/// An app is given so many seconds to get its first manifest.
const YOUNG: u64 = 120;

/// Synced and Healthy, says Argo CD of a path without manifests.
fn empty(case: &Case<'_>) -> Option<Verdict> {
    let young = case.app.created_at.is_some_and(|at| case.ago(at) < YOUNG);
    if case.app.sync != Sync::Synced || !case.app.resources.is_empty() || young {
        return None;
    }
    let source = case.app.sources.iter().find(|s| s.url.is_some());
    let url = source.and_then(|s| s.url.as_deref()).unwrap_or("its source");
    let place = match source.and_then(|s| s.path.as_deref().filter(|p| !p.is_empty())) {
        Some(path) => format!("path {path} of {url}"),
        None => url.to_owned(),
    };
    let at = case.compared().map(|r| format!(" at {r}")).unwrap_or_default();
    let sentence = format!(
        "{place} renders no resource for {}{at}. Argo CD calls that Synced and Healthy, yet nothing of the app runs. Likely a moved or emptied path.",
        case.name()
    );
    let next = vec![step("", "correct the path in git, or delete the app if it is over")];
    say("renders nothing", sentence, "fix_in_git", next)
}

fn health_unknown(case: &Case<'_>) -> Option<Verdict> {
    if case.app.health != Health::Unknown {
        return None;
    }
    let sentence = format!("Argo CD does not tell how healthy {} is.", case.name());
    say("health unknown", sentence, "refresh", vec![step("r", "ask Argo CD to compare again")])
}

fn refreshing(case: &Case<'_>) -> Option<Verdict> {
    let kind = case.argo.refresh.as_deref().filter(|_| !matches!(case.phase(), Some(Phase::Running)))?;
    let sentence = format!("A {kind} refresh was asked for; what is shown is from the comparison before.");
    say("comparing again (refresh)", sentence, "wait", vec![step("", "wait")])
}
