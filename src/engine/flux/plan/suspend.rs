//! Suspend and resume: `spec.suspend`, with who, why and until when on the object.

use super::ask::{Ask, line};
use crate::domain::commit::short_rev;
use crate::domain::plan::{Plan, PlanLine, Step};
use crate::domain::text::shell;
use crate::engine::freeze;
use serde_json::{Map, Value, json};

const FROZEN: &str = "driftdeck/frozen";
const SUSPENDED_BY: &str = "fluxcd.controlplane.io/suspendedBy";

pub fn suspend(ask: &Ask<'_>) -> Plan {
    let verb = "Suspend";
    if let Some((headline, text, next)) = ask.never() {
        return ask.refused("suspend", verb, (&headline, &text, &next));
    }
    if ask.app.suspended {
        let text = format!("{} is suspended already.", ask.name());
        return ask.refused("suspend", verb, ("Nothing to do.", &text, "p  resume"));
    }
    let mut plan = ask.blank("suspend", verb);
    plan.lines = suspend_lines(ask);
    let mut notes = Map::new();
    notes.insert(FROZEN.into(), note(ask).to_string().into());
    notes.insert(SUSPENDED_BY.into(), ask.context.operator.into());
    let body = json!({"metadata": {"annotations": Value::Object(notes)}, "spec": {"suspend": true}});
    plan.steps = vec![Step::Patch(ask.patch(body))];
    plan.commands = vec![command(ask, "suspend")];
    ask.weigh(&mut plan, false);
    plan
}

/// Who is asked about it later.
fn owner<'a>(ask: &Ask<'a>) -> &'a str {
    ask.choices.owner.as_deref().unwrap_or(ask.context.operator)
}

/// The value of `driftdeck/frozen`; what is not known is left out.
fn note(ask: &Ask<'_>) -> Value {
    let mut note = Map::new();
    note.insert("v".into(), 1.into());
    note.insert("by".into(), owner(ask).into());
    note.insert("reason".into(), ask.choices.reason.trim().into());
    note.insert("since".into(), ask.context.now.to_string().into());
    if let Some(until) = ask.choices.until {
        note.insert("until".into(), until.to_string().into());
    }
    Value::Object(note)
}

fn suspend_lines(ask: &Ask<'_>) -> Vec<PlanLine> {
    let mut out = ask.opening();
    let drift = if ask.is_helm() { ", runs no upgrade and looks for no drift" } else { "" };
    out.push(line("effect", format!("Flux stops applying {}{drift}; running pods stay as they are", ask.name())));
    let reason = ask.choices.reason.trim();
    out.push(line("reason", if reason.is_empty() { "required".to_owned() } else { reason.to_owned() }));
    out.push(line("owner", format!("{}  written to the object, everyone can read it", owner(ask))));
    let until = ask.choices.until.map_or_else(|| "no end".to_owned(), |at| at.strftime("%a %-d %b %H:%M UTC").to_string());
    out.push(line("until", format!("{until}  a reminder, nothing resumes alone")));
    if ask.app.operation.as_ref().is_some_and(|o| o.phase.is_working()) {
        out.push(line("careful", "! a run goes on and is finished first"));
    }
    out.push(line("careful", "! a roll back does not reach a suspended app: resume first"));
    if let Some((parent, every)) = ask.parent() {
        out.push(line("careful", format!("! {parent} re-applies this object {every}; unless git sets suspend, it stays suspended")));
    }
    out
}

pub fn resume(ask: &Ask<'_>) -> Plan {
    let verb = "Resume";
    if let Some((headline, text, next)) = ask.never() {
        return ask.refused("resume", verb, (&headline, &text, &next));
    }
    if !ask.app.suspended {
        let text = format!("{} is not suspended.", ask.name());
        return ask.refused("resume", verb, ("Nothing to do.", &text, "s  reconcile"));
    }
    let mut plan = ask.blank("resume", verb);
    plan.lines = resume_lines(ask);
    let body = json!({"metadata": {"annotations": {FROZEN: null, SUSPENDED_BY: null}}, "spec": {"suspend": false}});
    plan.steps = vec![Step::Patch(ask.patch(body))];
    plan.commands = vec![command(ask, "resume")];
    ask.weigh(&mut plan, false);
    plan
}

fn resume_lines(ask: &Ask<'_>) -> Vec<PlanLine> {
    let mut out = ask.opening();
    if let Some(frozen) = &ask.app.frozen {
        let who = format!("suspended by {}: \"{}\"", frozen.by, frozen.reason);
        out.extend(freeze::lines("why", &who, frozen, ask.context.now));
    } else if let Some(who) = &ask.flux.suspended_by {
        out.push(line("why", format!("suspended by {who}")));
    }
    let runs = ask.app.revision.as_deref().map_or_else(|| "nothing runs".to_owned(), |r| format!("{} runs", short_rev(r)));
    let held = ask.context.source.and_then(|s| s.revision.as_deref()).map(crate::domain::commit::bare_revision);
    let effect = match (ask.is_helm(), ask.context.head.or(held)) {
        (false, Some(head)) if ask.app.revision.as_deref() == Some(head) => format!("Flux applies {} again; {runs} now", short_rev(head)),
        (false, Some(head)) => format!("Flux applies all up to {} at once; {runs} now", short_rev(head)),
        _ => format!("Flux runs at once and applies what is wanted; {runs} now"),
    };
    out.push(line("effect", effect));
    if let Some(source) = ask.context.source.filter(|s| s.suspended) {
        out.push(line("careful", format!("! {} {} is suspended too: it keeps what it holds", source.id.kind, source.id.name)));
    }
    if let Some((parent, every)) = ask.parent() {
        out.push(line("careful", format!("! {parent} re-applies this object {every}; if git sets suspend, it is suspended again")));
    }
    out
}

fn command(ask: &Ask<'_>, verb: &str) -> String {
    format!("flux {verb} {} {} {}", ask.app.id.kind.word(), shell(ask.name()), ask.place_flags(&ask.app.id.namespace))
}
