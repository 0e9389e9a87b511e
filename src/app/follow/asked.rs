//! Was what is worked on what we asked for? Argo CD up to 3.5 merges fields of an older operation into a new one, and Flux acknowledges a
//! token without having looked at what came with it.

use super::{compared_since, set_line, tokens};
use crate::app::state::AppState;
use crate::app::task::{Mark, NUDGE, Task};
use crate::domain::Timestamp;
use crate::domain::app::{App, ArgoFields};
use crate::domain::asked::Asked;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::ids::{AppKind, SourceId};
use crate::domain::plan::{Plan, Step};
use crate::domain::status::Phase;
use crate::engine::argo;

pub const OTHERWISE: &str = "not what was asked for";
pub const HELP: &str = "Stop it: x, terminate operation; then look what it has done.";

fn wanted(plan: &Plan) -> Option<Asked> {
    plan.steps.iter().find_map(|s| match s {
        Step::Patch(r) => argo::asked(&r.body),
        Step::Nudge(_) | Step::Revert(_) => None,
    })
}

fn differences(plan: &Plan, app: &ArgoFields) -> Vec<String> {
    match (wanted(plan), &app.asked) {
        (Some(wanted), Some(has)) => has.differences(&wanted),
        _ => Vec::new(),
    }
}

pub fn is_as_asked(plan: &Plan, app: &ArgoFields) -> bool {
    differences(plan, app).is_empty()
}

pub fn picked_up(plan: &Plan, app: &ArgoFields) -> (Mark, String) {
    let other = differences(plan, app);
    match (other.is_empty(), app.asked.is_some()) {
        (true, true) => (Mark::Done, "picked up by Argo CD, with exactly what we asked".into()),
        (true, false) => (Mark::Done, "picked up by Argo CD".into()),
        (false, _) => (Mark::Bad, format!("picked up, but {OTHERWISE}: {}", other.join(", "))),
    }
}

/// Something runs that nobody asked for.
pub fn is_alarm(task: &Task) -> bool {
    task.lines.iter().any(|l| l.key == "picked" && l.mark == Mark::Bad)
}

pub fn alarm(task: &Task) -> String {
    let line = task.lines.iter().find(|l| l.key == "picked").map_or("", |l| l.text.as_str());
    format!("{} on {}: {line}.", task.title, task.place)
}

/// A HelmRelease writes down which token it took force and reset from.
pub fn acknowledged(plan: &Plan, app: &App) -> (Mark, String) {
    let Some(helm) = app.flux().and_then(|f| f.helm.as_ref()) else { return (Mark::Done, "acknowledged by Flux".into()) };
    let asked = |name: &str| {
        let path = format!("/metadata/annotations/reconcile.fluxcd.io~1{name}");
        plan.steps.iter().find_map(|s| match s {
            Step::Patch(r) => r.body.pointer(&path)?.as_str(),
            Step::Nudge(_) | Step::Revert(_) => None,
        })
    };
    let both = [("force", asked("forceAt"), &helm.handled_force), ("reset", asked("resetAt"), &helm.handled_reset)];
    let left: Vec<&str> =
        both.iter().filter(|(_, wanted, has)| wanted.is_some() && *wanted != has.as_deref()).map(|(word, ..)| *word).collect();
    match left.is_empty() {
        true => (Mark::Done, "acknowledged by Flux".into()),
        false => (Mark::Waiting, format!("acknowledged by Flux, {} not yet", left.join(" and "))),
    }
}

/// What a Kustomization that acknowledged our token has not seen yet; a token alone is no proof that it applied what was fetched for it.
pub fn still_waits(state: &AppState, task: &Task, app: &App) -> Option<String> {
    if app.id.kind != AppKind::Kustomization {
        return None;
    }
    let tokens = tokens(&task.plan);
    for step in &task.plan.steps {
        let Step::Nudge(r) = step else { continue };
        let id = SourceId { cluster: r.cluster.clone(), kind: r.kind.clone(), namespace: r.namespace.clone(), name: r.name.clone() };
        let key = format!("{NUDGE}{} {}/{}", r.cluster, r.namespace, r.name);
        // One that could not be asked is told as such and holds nothing back.
        let was_asked = !task.lines.iter().any(|l| l.key == key && l.mark == Mark::Bad);
        let Some(source) = state.fleet.sources.get(&id).filter(|_| was_asked) else { continue };
        if !source.handled.as_deref().is_some_and(|h| is_reached(h, &tokens)) {
            return Some(format!("waiting until {} {} has looked", id.kind, id.name));
        }
    }
    let source = app.flux()?.source.as_ref().and_then(|id| state.fleet.sources.get(id))?;
    let held = bare_revision(source.revision.as_deref()?);
    let runs = app.revision.as_deref().map(bare_revision);
    (runs != Some(held)).then(|| format!("waiting until {} is applied, which {} {} holds", short_rev(held), source.id.kind, source.id.name))
}

/// Our request, or one that was made after it: a source writes down the newest alone. Tokens are times.
fn is_reached(handled: &str, tokens: &[&str]) -> bool {
    let time = |text: &str| text.parse::<Timestamp>().ok();
    let is_later = |token: &str| time(handled).zip(time(token)).is_some_and(|(handled, token)| handled >= token);
    tokens.contains(&handled) || tokens.iter().any(|t| is_later(t))
}

/// A deletion that was confirmed: the sync goes on, to its end.
pub fn confirmed(task: &mut Task, app: &App, now: Timestamp) -> Option<(bool, String)> {
    let operation = app.operation.as_ref()?;
    let message = operation.message.clone();
    match operation.phase {
        Phase::Requested => None,
        Phase::Blocked if message.contains("confirmation of") => None,
        Phase::Failed | Phase::Error => Some((false, format!("failed: {message}"))),
        Phase::Succeeded => {
            set_line(task, now, "applied", Mark::Done, format!("deleted: {message}"));
            compared_since(task, app, now).then(|| (true, "deleted, the sync is done".into()))
        }
        phase => {
            set_line(task, now, "picked", Mark::Done, "Argo CD goes on".into());
            set_line(task, now, "applied", Mark::Busy, format!("{}: {message}", phase.word()));
            None
        }
    }
}
