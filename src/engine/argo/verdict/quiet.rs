//! Synced and Healthy, with something left to say; else nothing.

use super::Rule;
use super::case::{Case, cut, say, step};
use crate::domain::status::{Health, Phase};
use crate::domain::verdict::Verdict;

pub const RULES: &[Rule] = &[children, partly, health_unknown, refreshing];

fn children(case: &Case<'_>) -> Option<Verdict> {
    if case.argo.children == 0 {
        return None;
    }
    let names: Vec<&str> = case.resources().filter(|r| r.key.kind == "Application").map(|r| r.key.name.as_str()).collect();
    let known: Vec<_> =
        case.context.related.iter().filter(|a| a.id.cluster == case.app.id.cluster && names.contains(&a.id.name.as_str())).collect();
    let broken: Vec<&str> = known.iter().filter(|a| a.severity().is_broken()).map(|a| a.id.name.as_str()).collect();
    let enter = vec![step("", "enter goes to the children")];
    let all = names.len();
    if !broken.is_empty() {
        let sentence = format!(
            "{} holds {all} other apps: {} not healthy. Argo CD calls the parent Healthy regardless.",
            case.name(),
            broken.join(", ")
        );
        return say(format!("{} of {all} child apps broken", broken.len()), sentence, "look_at_child", enter);
    }
    if known.len() >= all {
        return None;
    }
    let sentence =
        format!("{} only holds {all} other apps ({}), and its Healthy does not count their state.", case.name(), names.join(", "));
    say(cut(&format!("{all} child apps, their state not counted"), 40), sentence, "look_at_child", enter)
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
