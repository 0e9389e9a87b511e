//! Reconcile: ask Flux to run now, the source first.

use super::ask::{Ask, REQUESTED, clock, line};
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::plan::{Plan, PlanLine, PlanOption, Step};
use crate::domain::source::{SourceObject, SourceType};
use crate::domain::text::shell;
use crate::engine::flux::kinds::source_plural;
use serde_json::{Map, Value, json};

/// HelmRepository of type oci: nothing to fetch, it never acknowledges.
pub fn is_static(source: &SourceObject) -> bool {
    source.id.kind == "HelmRepository" && source.url.as_deref().is_some_and(|u| u.starts_with("oci://"))
}

/// The switches as they stand, with what the object allows.
struct Switches {
    with_source: bool,
    source_off: Option<String>,
    reset: bool,
    force: bool,
    /// Flux has given up, so that a plain request does nothing.
    exhausted: bool,
}

fn switches(ask: &Ask<'_>) -> Switches {
    let source_off = match ask.context.source {
        None => {
            Some(format!("{} was not read", ask.flux.source.as_ref().map_or("the source".to_owned(), |s| format!("{} {}", s.kind, s.name))))
        }
        Some(s) if is_static(s) && ask.context.chart.is_none() => {
            Some(format!("HelmRepository {} is static (oci): nothing to fetch", s.id.name))
        }
        Some(_) => None,
    };
    let exhausted = ask.flux.helm.as_ref().is_some_and(|h| h.stalled)
        && ask.app.condition("Stalled").is_some_and(|c| matches!(c.reason.as_str(), "RetriesExceeded" | "MissingRollbackTarget"));
    Switches {
        with_source: source_off.is_none() && ask.choices.with_source.unwrap_or(true),
        source_off,
        reset: ask.is_helm() && ask.choices.reset.unwrap_or(exhausted),
        force: ask.is_helm() && ask.choices.force,
        exhausted,
    }
}

pub fn plan(ask: &Ask<'_>) -> Plan {
    let verb = "Reconcile";
    if let Some((headline, text, next)) = ask.never() {
        return ask.refused("reconcile", verb, (&headline, &text, &next));
    }
    let name = ask.name();
    if ask.app.suspended {
        let text = format!("{name} is suspended: Flux would acknowledge the request and do nothing.");
        return ask.refused("reconcile", verb, ("Resume first: p", &text, "p  resume"));
    }
    if let Some(source) = [ask.context.source, ask.context.chart].into_iter().flatten().find(|s| s.suspended) {
        let what = format!("{} {}", source.id.kind, source.id.name);
        let text = format!("{what} is suspended: nothing new would be fetched for {name}.");
        return ask.refused("reconcile", verb, ("Its source is suspended.", &text, &format!("resume {what} first")));
    }
    let switches = switches(ask);
    if switches.exhausted && !switches.reset && !switches.force {
        let mut plan = ask.refused(
            "reconcile",
            verb,
            (
                "Flux has given up on it.",
                "Its retries are used up: a plain request would be acknowledged and change nothing.",
                "turn reset on, or change the object in git",
            ),
        );
        plan.options = options(ask, &switches);
        return plan;
    }
    let mut plan = ask.blank("reconcile", verb);
    let token = ask.token();
    plan.lines = lines(ask, &switches, &token);
    plan.options = options(ask, &switches);
    plan.steps = steps(ask, &switches, &token);
    plan.commands = vec![command(ask, &switches)];
    ask.weigh(&mut plan, switches.force);
    plan
}

fn lines(ask: &Ask<'_>, switches: &Switches, token: &str) -> Vec<PlanLine> {
    let mut out = ask.opening();
    out.push(if ask.is_helm() { chart(ask) } else { commit(ask) });
    let stalled = ask.app.condition("Stalled").filter(|c| c.status == Some(true));
    if switches.exhausted {
        out.push(line("why", "retries exhausted: a plain reconcile would do nothing"));
    } else if let Some(ready) = ask.app.condition("Ready").filter(|c| c.status == Some(false)) {
        out.push(line("why", format!("last run: {}", ready.reason)));
    }
    out.extend(fetched(ask, switches).map(|s| line("asks", format!("{} to fetch first", ask.names(s)))));
    out.push(line("effect", effect(ask, switches)));
    if let Some(first) = first(ask) {
        out.push(line("first", first));
    }
    if let Some((parent, every)) = ask.parent() {
        out.push(line("parent", format!("{parent} re-applies this object {every}; it keeps both")));
    }
    if let Some(stalled) = stalled.filter(|_| !switches.exhausted) {
        out.push(line("careful", format!("! Flux has stopped on it ({}); it may stop again at once", stalled.reason)));
    }
    if switches.force {
        out.push(line("careful", "! force upgrades even where nothing changed, hooks included"));
    }
    let at = token.split_once('T').and_then(|(_, t)| t.split_once('.')).map_or_else(|| clock(ask.context.now), |(t, _)| t.to_owned());
    out.push(line("done if", format!("Flux acknowledges token {at}, {}", goal(ask))));
    out
}

/// The version that git asks for: as it is written there, what its range came to at the source, else what was tried last.
fn wanted<'a>(ask: &'a Ask<'a>) -> Option<&'a str> {
    let written = ask.flux.helm.as_ref().and_then(|h| h.version.as_deref()).filter(|v| is_exact(v));
    written.or_else(|| ask.context.chart.and_then(|c| c.revision.as_deref())).or(ask.flux.last_attempted.as_deref())
}

/// `19.0.0`, and no range of versions.
fn is_exact(version: &str) -> bool {
    let core = version.trim_start_matches('v').split(['-', '+']).next().unwrap_or_default();
    core.split('.').count() == 3 && core.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

fn chart(ask: &Ask<'_>) -> PlanLine {
    let runs = ask.app.revision.as_deref().map_or_else(|| "nothing runs".to_owned(), |r| format!("{r} runs"));
    let wanted = wanted(ask);
    let range = ask.flux.helm.as_ref().and_then(|h| h.version.as_deref());
    let mut text = runs;
    if let Some(wanted) = wanted.filter(|w| Some(*w) != ask.app.revision.as_deref()) {
        text.push_str(&format!(", {wanted} wanted"));
    }
    if let Some(range) = range.filter(|r| *r != "*" && !is_exact(r)) {
        text.push_str(&format!(" (range {range})"));
    }
    line("chart", text)
}

fn commit(ask: &Ask<'_>) -> PlanLine {
    let runs = ask.app.revision.as_deref().map_or_else(|| "nothing runs".to_owned(), |r| format!("{} runs", short_rev(r)));
    let held = artifact(ask).map_or_else(String::new, |held| match ask.app.revision.as_deref() {
        Some(r) if r == held => "; the source holds the same".to_owned(),
        _ => format!("; the source holds {}", short_rev(held)),
    });
    let head = match (ask.context.head, artifact(ask)) {
        (Some(head), Some(held)) if head != held => format!("; git is at {}", short_rev(head)),
        (Some(_), Some(_)) => ", which is the head".to_owned(),
        _ => String::new(),
    };
    line("commit", format!("{runs}{held}{head}"))
}

fn artifact<'a>(ask: &Ask<'a>) -> Option<&'a str> {
    ask.context.source.and_then(|s| s.revision.as_deref()).map(bare_revision)
}

fn effect(ask: &Ask<'_>, switches: &Switches) -> String {
    let runs = ask.app.revision.as_deref().map_or("what runs", short_rev);
    if ask.is_helm() {
        let wanted = wanted(ask).unwrap_or("the wanted version");
        return match (switches.force, switches.reset) {
            (true, _) => format!("one upgrade to {wanted}, even if nothing changed"),
            (false, true) => format!("one more attempt at {wanted}; a failure is handled as before"),
            (false, false) => format!("Flux compares and upgrades to {wanted} only if something differs"),
        };
    }
    let newer = switches.with_source && ask.context.head.is_some_and(|h| artifact(ask) != Some(h));
    match (newer, ask.context.head) {
        (true, Some(head)) => format!("fetches and applies {}; {runs} is replaced{}", short_rev(head), prunes(ask)),
        _ => match artifact(ask).filter(|a| Some(*a) != ask.app.revision.as_deref()) {
            Some(held) => format!("applies {}; {runs} is replaced{}", short_rev(held), prunes(ask)),
            None => format!("applies {runs} again: edits by hand are put back{}", prunes(ask)),
        },
    }
}

fn prunes(ask: &Ask<'_>) -> &'static str {
    if ask.flux.prune { "; what left git is deleted (prune on)" } else { "" }
}

fn first(ask: &Ask<'_>) -> Option<String> {
    let helm = ask.flux.helm.as_ref()?;
    let tried = ask.flux.last_attempted.as_deref()?;
    let times = match helm.failures {
        i64::MIN..=0 => return None,
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    };
    Some(format!("{tried} failed {times}: the reason may still be there"))
}

fn goal(ask: &Ask<'_>) -> String {
    if ask.is_helm() {
        return format!("{} deployed and Ready", wanted(ask).unwrap_or("the wanted version"));
    }
    let head = ask.context.head.or_else(|| artifact(ask)).or(ask.app.revision.as_deref());
    format!("{} applied and Ready", head.map_or("the newest revision", short_rev))
}

fn options(ask: &Ask<'_>, s: &Switches) -> Vec<PlanOption> {
    let chain = if ask.is_helm() && ask.context.chart.is_some() {
        format!("{}, HelmChart, then this", ask.context.source.map_or("source", |s| s.id.kind.as_str()))
    } else {
        format!("{}, then this", ask.context.source.map_or("source", |s| s.id.kind.as_str()))
    };
    let mut out = vec![PlanOption::switch("with_source", "fetch source first", chain, s.with_source).off(s.source_off.clone())];
    if ask.is_helm() {
        let needed = if s.exhausted { "needed here, else Flux stays stopped" } else { "forgets failed attempts" };
        out.push(PlanOption::switch("reset", "reset failures", needed, s.reset));
        out.push(PlanOption::switch("force", "force", "upgrade even if nothing changed", s.force));
    }
    out
}

/// The sources that are asked before the app itself.
fn fetched<'a>(ask: &Ask<'a>, s: &Switches) -> impl Iterator<Item = &'a SourceObject> {
    let sources = [ask.context.source.filter(|s| !is_static(s)), ask.context.chart];
    let with_source = s.with_source;
    sources.into_iter().flatten().filter(move |source| with_source && source_plural(&source.id.kind).is_some())
}

fn steps(ask: &Ask<'_>, s: &Switches, token: &str) -> Vec<Step> {
    let mut out = Vec::new();
    out.extend(fetched(ask, s).filter_map(|source| ask.fetch(source)).map(Step::Nudge));
    let mut notes = Map::new();
    notes.insert(REQUESTED.into(), token.into());
    if s.force {
        notes.insert("reconcile.fluxcd.io/forceAt".into(), token.into());
    }
    if s.reset {
        notes.insert("reconcile.fluxcd.io/resetAt".into(), token.into());
    }
    out.push(Step::Patch(ask.patch(json!({"metadata": {"annotations": Value::Object(notes)}}))));
    out
}

fn command(ask: &Ask<'_>, s: &Switches) -> String {
    let mut out = format!("flux reconcile {} {} -n {}", ask.app.id.kind.word(), shell(ask.name()), shell(&ask.app.id.namespace));
    for (on, flag) in [(s.with_source, " --with-source"), (s.reset, " --reset"), (s.force, " --force")] {
        if on {
            out.push_str(flag);
        }
    }
    format!("{out} --context {}", shell(ask.app.id.cluster.as_str()))
}

/// A git source follows commits; others may bring anything.
pub fn follows_git(source: &SourceObject) -> bool {
    source.source_type == SourceType::Git
}
