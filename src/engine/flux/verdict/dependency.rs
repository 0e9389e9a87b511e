//! Waiting for another app (`dependsOn`).

use super::facts::{Facts, Say};
use super::health::failed_objects;
use crate::domain::app::{App, Condition};
use crate::domain::status::Health;
use crate::domain::verdict::{Evidence, Outside, Verdict, Weight};
use crate::engine::Context;
use crate::engine::cause::cut;
use crate::engine::existing::Near;
use crate::engine::flux::message::between;
use crate::engine::works::Works;

pub fn waits(facts: &Facts<'_>) -> Option<Verdict> {
    let ready = facts.not_ready_for("DependencyNotReady")?;
    let path = between(&ready.message, "dependency", '\'', '\'').unwrap_or("another app");
    let name = path.rsplit('/').next().unwrap_or(path);
    let app = facts.name();
    if ready.message.contains("not found") {
        return missing(facts, ready, path);
    }
    let behind = ready.message.contains("revision is not up to date");
    let condition = if behind { format!("{name} has applied the newest revision") } else { format!("{name} is ready") };
    let chain = chain(facts);
    let told = chain.iter().enumerate().filter_map(|(i, o)| told(facts, o, chain.get(i + 1).copied())).collect::<Vec<_>>();
    let told = told.iter().map(|t| format!("; {t}")).collect::<String>();
    // The row of the one at the end of the line is where something can be done.
    let (key, way) = match chain.last() {
        Some(last) => ("3 enter", format!("goes to {}", last.id.name)),
        None => ("", format!("look at {path}, which is not among the rows")),
    };
    let sentence = format!("{app} must not apply before {condition} (dependsOn){told}. {}", own_state(facts));
    Say::new(format!("waits for {name} (dependsOn)"), sentence, if behind { "wait" } else { "look_at_child" })
        .step(key, way)
        .look_at(chain.last().copied())
        .outside(chain.last().map(|app| Outside::App(app.id.clone())))
        .soon(Some("Flux looks at the dependency again every 30s.".into()))
        .proof([facts.own(Weight::Busy, Some(ready))])
        .proof(chain.iter().filter_map(|o| line(facts, o)))
        .proof(facts.condition("Healthy").filter(|c| c.status == Some(false)).map(|c| facts.own(Weight::Bad, Some(c))))
        .done()
}

/// Nothing in sight would end this wait.
fn missing(facts: &Facts<'_>, ready: &Condition, path: &str) -> Option<Verdict> {
    let kind = facts.app.id.kind.kind();
    let (namespace, name) = path.rsplit_once('/').unwrap_or((&facts.app.id.namespace, path));
    let near = facts.context.near(kind, namespace, name);
    let (there, fix) = match near {
        Some(Near::Name(near)) => (format!("; {near} is there"), format!("correct dependsOn to {near}")),
        Some(Near::Elsewhere(other)) => (format!("; {other}/{name} is there"), format!("correct dependsOn: namespace {other}")),
        None => (String::new(), "correct dependsOn".to_owned()),
    };
    let app = facts.name();
    let sentence = format!(
        "{app} must not apply before {path} is ready (dependsOn), and there is no such {kind}{there}: it waits forever. {}",
        own_state(facts)
    );
    let say = Say::new(cut(&format!("dependency {name} does not exist"), 40), sentence, "fix_in_git")
        .step("", format!("{fix} of {}", facts.own_object()))
        .soon(Some("Flux looks at the dependency again every 30s; that alone changes nothing.".into()))
        .proof([facts.own(Weight::Bad, Some(ready))]);
    if near.is_some() { say.done() } else { say.step("", format!("or create {path} in git")).done() }
}

/// Longest way from an app to what holds it up.
const LINKS: usize = 5;

/// The app that it waits for, the one that this waits for, and so on.
fn chain<'a>(facts: &Facts<'a>) -> Vec<&'a App> {
    let mut out: Vec<&App> = Vec::new();
    let mut at = facts.app;
    while out.len() < LINKS {
        let Some(path) = awaited(at) else { break };
        let is_it = |a: &&App| a.id.path() == path && a.id.kind == at.id.kind && a.id != facts.app.id && !out.iter().any(|o| o.id == a.id);
        let Some(next) = facts.context.related.iter().copied().find(is_it) else { break };
        out.push(next);
        at = next;
    }
    out
}

/// Path of the app that this one says it waits for.
fn awaited(app: &App) -> Option<&str> {
    let ready = app.condition("Ready").filter(|c| c.status == Some(false) && c.reason == "DependencyNotReady")?;
    between(&ready.message, "dependency", '\'', '\'')
}

/// `infra waits for base`, or at the end of the line what ails it.
fn told(facts: &Facts<'_>, app: &App, next: Option<&App>) -> Option<String> {
    let name = &app.id.name;
    if let Some(next) = next {
        return Some(format!("{name} waits for {}", next.id.name));
    }
    let state = state_of(facts, app);
    let why = own_words(facts, app).filter(|w| !w.is_empty());
    match (state, why) {
        (Some(state), Some(why)) => Some(format!("{name} {state}: {why}")),
        (Some(state), None) => Some(format!("{name} {state}")),
        (None, Some(why)) => Some(format!("{name}: {why}")),
        (None, None) => None,
    }
}

/// What its own row would say, from its object and its source.
fn own_words(facts: &Facts<'_>, app: &App) -> Option<String> {
    let context = facts.context;
    // Without the one that asks: dependencies may go round in a circle.
    let related: Vec<&App> = context.related.iter().copied().filter(|a| a.id != facts.app.id && a.id != app.id).collect();
    let source = app.flux().and_then(|f| f.source.as_ref()).and_then(|id| context.sources.iter().copied().find(|s| s.id == *id));
    let theirs = Context {
        source,
        chart: None,
        related: &related,
        tree: None,
        unseen: None,
        events: &[],
        log_line: None,
        log_pod: None,
        head: None,
        head_since: None,
        last_good: None,
        // Another controller may look after it.
        works: Works::default(),
        ..context.clone()
    };
    Some(super::own(&super::HELD, &Facts::new(app, &theirs, &super::RULES)).short)
}

fn own_state(facts: &Facts<'_>) -> String {
    match (facts.revision(), facts.app.health) {
        (Some(live), Health::Degraded) => {
            let objects = failed_objects(facts);
            let of = if objects.is_empty() { String::new() } else { format!(" ({objects})") };
            format!("{live} is applied and its health check did not pass{of}.")
        }
        (Some(live), _) => format!("{live} stays until then."),
        (None, _) => "Nothing of it has been applied.".to_owned(),
    }
}

fn state_of(facts: &Facts<'_>, other: &App) -> Option<String> {
    let since = facts.age(other.since).map(|a| format!(" for {a}")).unwrap_or_default();
    match () {
        () if other.suspended => Some("is suspended".to_owned()),
        () if other.severity().is_broken() => Some(format!("has failed{since}")),
        () if other.health == Health::Progressing => Some(format!("is progressing{since}")),
        () => None,
    }
}

fn line(facts: &Facts<'_>, other: &App) -> Option<Evidence> {
    let weight = if other.severity().is_broken() { Weight::Bad } else { Weight::Plain };
    let value = awaited(other).map(|path| format!("waits for {path}")).or_else(|| state_of(facts, other))?;
    Some(Evidence { weight, what: format!("{} {}", other.id.kind.kind(), other.id.name), value, source: "status".into(), at: other.since })
}
