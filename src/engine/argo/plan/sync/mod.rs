//! Sync: one merge patch that asks for the operation and clears the state of the last one.
//!
//! To extend: an option is a field of `Wants`, which settles what it means for this app, a row in `options`, its place in `body`, and its
//! flag in `command`.

mod body;
mod command;
mod options;
mod wants;
mod words;

use super::{Draft, line, refuse, refused};
use crate::domain::plan::{PatchType, Plan, PlanChoices};
use wants::Wants;

pub use body::{clears_state, operation};

pub fn plan(draft: &Draft<'_>, choices: &PlanChoices) -> Plan {
    let plan = draft.empty("sync", format!("Sync {} on {}", draft.name(), draft.runs_on()), "Sync");
    let wants = Wants::of(draft, choices);
    let no = refuse::any_write(draft)
        .or_else(|| refuse::not_reconciled(draft))
        .or_else(|| refuse::in_progress(draft))
        .or_else(|| wants.unknown_resource(draft));
    if let Some(no) = no {
        return refused(plan, &no.headline, no.text, no.lines);
    }
    let window = match refuse::window(draft, true) {
        Ok(line) => line,
        Err(no) => return refused(plan, &no.headline, no.text, no.lines),
    };
    let mut lines = plan.lines.clone();
    lines.extend([words::commit(draft, &wants), line("effect", words::effect(draft, &wants)), window, words::auto(draft)]);
    lines.extend(words::careful(draft, &wants));
    lines.push(line("kept", words::kept(draft, &wants)));
    let plan = Plan { lines, options: options::rows(draft, choices, &wants), ..plan };
    if plan.invalid().is_some() {
        return draft.weigh(plan, wants.destroys());
    }
    let body = body::patch(draft, choices, &wants);
    let commands = command::argocd(draft, &wants).into_iter().chain([draft.kubectl(PatchType::Merge, &body)]).collect();
    let steps = vec![draft.patch(PatchType::Merge, body, true)];
    draft.weigh(Plan { steps, commands, ..plan }, wants.destroys())
}

#[cfg(test)]
mod tests;
