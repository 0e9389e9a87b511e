//! From the marks to the dialog, and from its button to the task.

use super::{Batch, Rules, Standing, draft, words};
use crate::app::action::plan as plans;
use crate::app::effect::Effect;
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::{Confirm, Focus};
use crate::app::rights;
use crate::app::state::AppState;
use crate::app::task::Task;
use crate::app::update::close_overlay;
use crate::domain::ids::AppId;
use crate::domain::plan::{Outcome, Plan, PlanChoices};

/// Plans these apps and shows it; nothing is sent yet.
pub fn open(state: &mut AppState, marked: &[AppId], rules: &Rules, choices: PlanChoices) -> Vec<Effect> {
    state.fleet.rights.doubt(state.now);
    let out = ask(state, &draft::draft(state, marked, rules, &choices));
    // What was just asked for says so.
    let batch = draft::draft(state, marked, rules, &choices);
    let plan = words::plan(state, &batch, &choices);
    let entry = plan.is_refused().then(|| plans::journal(state, 0, &plan, None, Some(plans::refused(&plan))));
    let dialog = Confirm { batch: Some(Box::new(batch)), ..Confirm::new(plan, None, choices, state.now) };
    state.overlays.push(Overlay::Confirm(Box::new(dialog)));
    out.into_iter().chain(entry.map(|e| Effect::Journal(Box::new(e)))).collect()
}

fn ask(state: &mut AppState, batch: &Batch) -> Vec<Effect> {
    batch.members().flat_map(|m| rights::ask(state, &m.plan)).collect()
}

/// The batch of the dialog on top, its choices and what was shown.
fn shown(state: &AppState) -> Option<(&Batch, &Confirm)> {
    match state.overlays.last() {
        Some(Overlay::Confirm(dialog)) => dialog.batch.as_deref().map(|batch| (batch, &**dialog)),
        _ => None,
    }
}

pub fn is_open(state: &AppState) -> bool {
    shown(state).is_some()
}

/// A rule was changed: planned anew. A word that was typed stands for what was on screen then.
pub fn rebuild(state: &mut AppState) -> Vec<Effect> {
    let Some((batch, dialog)) = shown(state) else { return Vec::new() };
    let (marked, rules, choices) = (batch.marked.clone(), batch.rules.clone(), dialog.choices.clone());
    let out = ask(state, &draft::draft(state, &marked, &rules, &choices));
    replace(state, draft::draft(state, &marked, &rules, &choices));
    out
}

fn replace(state: &mut AppState, batch: Batch) {
    let Some((before, dialog)) = shown(state) else { return };
    let plan = words::plan(state, &batch, &dialog.choices);
    let is_other = !is_alike(before, &batch) || dialog.plan.options != plan.options || dialog.plan.typed != plan.typed;
    if let Some(Overlay::Confirm(dialog)) = state.overlays.last_mut() {
        if is_other {
            dialog.typed.clear();
        }
        dialog.replace(plan);
        dialog.batch = Some(Box::new(batch));
    }
    state.dirty = true;
}

/// A cluster said what may be patched. Who may not is left out; the line about rights follows.
pub fn on_right(state: &mut AppState, is_no: bool) {
    let Some((batch, dialog)) = shown(state) else { return };
    if dialog.plan.is_refused() {
        return;
    }
    if is_no {
        let next = draft::draft(state, &batch.marked, &batch.rules, &dialog.choices);
        replace(state, next);
        if let Some(Overlay::Confirm(dialog)) = state.overlays.last_mut()
            && !dialog.focus.is_text()
        {
            dialog.focus = Focus::Cancel;
        }
        return;
    }
    let plan = words::plan(state, batch, &dialog.choices);
    if let Some(Overlay::Confirm(dialog)) = state.overlays.last_mut() {
        dialog.plan.lines = plan.lines;
    }
    state.dirty = true;
}

/// The same apps in the same stages, and of each the same effect.
fn is_alike(a: &Batch, b: &Batch) -> bool {
    a.rules == b.rules
        && a.stages.len() == b.stages.len()
        && a.stages.iter().zip(&b.stages).all(|(a, b)| {
            a.cluster == b.cluster
                && a.protected == b.protected
                && a.members.len() == b.members.len()
                && a.members.iter().zip(&b.members).all(|(a, b)| a.app == b.app && plans::same_effect(&a.plan, &b.plan))
        })
}

/// Starts what is on screen, if it is still what would be planned now.
pub fn confirm(state: &mut AppState) -> Vec<Effect> {
    let Some((batch, dialog)) = shown(state) else { return Vec::new() };
    let (batch, choices, typed, plan) = (batch.clone(), dialog.choices.clone(), dialog.typed.clone(), dialog.plan.clone());
    let fresh = draft::draft(state, &batch.marked, &batch.rules, &choices);
    let changed = batch.members().find_map(|m| plans::changed_since(state, m.plan.targets.first()?));
    if changed.is_some() || !is_alike(&batch, &fresh) {
        let text = changed.unwrap_or_else(|| "The marked apps changed while you read: what would be sent now differs. Look again.".into());
        return plans::changed(state, &plan, text);
    }
    close_overlay(state);
    let typed = (!typed.is_empty()).then_some(typed);
    if state.settings.frozen {
        return plans::stands_still(state, &plan, typed);
    }
    start(state, batch, plan, typed)
}

/// Makes the task; its first plans are sent by the turn that follows.
fn start(state: &mut AppState, batch: Batch, plan: Plan, typed: Option<String>) -> Vec<Effect> {
    let id = state.take_task_id();
    let Some(target) = plan.targets.first().cloned() else { return Vec::new() };
    let entry = plans::journal(state, id.0, &plan, typed.clone(), None);
    let place = match batch.stages.as_slice() {
        [one] => one.cluster.clone(),
        many => format!("{} clusters", many.len()),
    };
    let title = format!("staged sync of {}", words::apps(batch.members().count()));
    let sent = Some(Outcome::Sent { commit: None });
    let task = Task { outcome: sent, batch: Some(Box::new(batch)), ..Task::new(id, title, place, target.app, state.now, plan, typed) };
    state.tasks.push(task);
    state.view.marks.clear();
    state.overlays.push(Overlay::Progress(id));
    state.dirty = true;
    vec![Effect::Journal(Box::new(entry))]
}

/// Sends nothing more of a running batch; what was sent is followed to its end.
pub fn stop(state: &mut AppState, id: crate::domain::ids::TaskId) {
    let by = state.settings.operator.clone();
    if let Some(batch) = state.tasks.iter_mut().find(|t| t.id == id && t.is_running()).and_then(|t| t.batch.as_mut())
        && batch.stopped.is_none()
        && batch.members().any(|m| m.standing == Standing::Waits)
    {
        batch.stopped = Some(format!("stopped by {by}"));
        state.dirty = true;
    }
}
