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
use crate::domain::ids::{AppId, TaskId};
use crate::domain::plan::{Outcome, Plan, PlanChoices};

/// Plans these apps and shows it; nothing is sent yet.
pub fn open(state: &mut AppState, apps: &[AppId], rules: &Rules, choices: PlanChoices) -> Vec<Effect> {
    state.fleet.rights.doubt(state.now);
    let apps = draft::in_order(state, apps);
    let batch = draft::draft(state, &apps, rules, &choices);
    let mut out = ask(state, &batch);
    let plan = words::plan(state, &batch, &choices);
    out.extend(refusal(state, &plan));
    let dialog = Confirm { batch: Some(Box::new(batch)), ..Confirm::new(plan, None, choices, state.now) };
    state.overlays.push(Overlay::Confirm(Box::new(dialog)));
    out
}

/// A refused plan stands in the journal as such.
fn refusal(state: &mut AppState, plan: &Plan) -> Option<Effect> {
    let entry = plan.is_refused().then(|| plans::journal(state, 0, plan, None, Some(plans::refused(plan))));
    entry.map(|e| Effect::Journal(Box::new(e)))
}

fn ask(state: &mut AppState, batch: &Batch) -> Vec<Effect> {
    batch.members().flat_map(|m| rights::ask(state, &m.plan)).collect()
}

/// The batch of the dialog on top, its choices and what was shown.
pub fn shown(state: &AppState) -> Option<(&Batch, &Confirm)> {
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
    let next = draft::draft(state, &batch.marked, &batch.rules, &dialog.choices);
    let mut out = ask(state, &next);
    out.extend(replace(state, next));
    out
}

fn replace(state: &mut AppState, batch: Batch) -> Option<Effect> {
    let (before, dialog) = shown(state)?;
    let was_refused = dialog.plan.is_refused();
    let plan = words::plan(state, &batch, &dialog.choices);
    let is_other = !is_alike(before, &batch) || dialog.plan.options != plan.options || dialog.plan.typed != plan.typed;
    let told = if was_refused { None } else { refusal(state, &plan) };
    if let Some(Overlay::Confirm(dialog)) = state.overlays.last_mut() {
        if is_other {
            dialog.typed.clear();
        }
        dialog.replace(plan);
        dialog.batch = Some(Box::new(batch));
    }
    state.dirty = true;
    told
}

/// A cluster said whether an object of the batch may be patched. Who may not is left out, and nothing else changes under the reader; the
/// line about rights follows.
pub fn on_right(state: &mut AppState, object: &rights::Object, is_no: bool) -> Vec<Effect> {
    let Some((batch, dialog)) = shown(state) else { return Vec::new() };
    if dialog.plan.is_refused() || !batch.members().any(|m| rights::patches(&m.plan, object)) {
        return Vec::new();
    }
    if is_no {
        let next = draft::draft(state, &batch.marked, &batch.rules, &dialog.choices);
        if !is_part(&next, batch) {
            let (text, plan) = ("What would be synced changed while you read. Look again.".to_owned(), dialog.plan.clone());
            return plans::changed(state, &plan, text);
        }
        let told = replace(state, next);
        if let Some(Overlay::Confirm(dialog)) = state.overlays.last_mut()
            && !dialog.focus.is_text()
        {
            dialog.focus = Focus::Cancel;
        }
        return told.into_iter().collect();
    }
    let plan = words::plan(state, batch, &dialog.choices);
    if let Some(Overlay::Confirm(dialog)) = state.overlays.last_mut() {
        dialog.plan.lines = plan.lines;
    }
    state.dirty = true;
    Vec::new()
}

/// Of each app that is left the effect is the same.
fn is_part(part: &Batch, of: &Batch) -> bool {
    part.members().all(|m| of.members().any(|b| b.app == m.app && plans::same_effect(&m.plan, &b.plan)))
}

/// The same apps in the same stages, and of each the same effect.
fn is_alike(a: &Batch, b: &Batch) -> bool {
    a.rules == b.rules
        && a.stages.len() == b.stages.len()
        && a.stages.iter().zip(&b.stages).all(|(a, b)| {
            a.place == b.place
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
        let text = changed.unwrap_or_else(|| "These apps changed while you read: what would be sent now differs. Look again.".into());
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
    let place = words::place(&batch);
    let title = format!("staged sync of {}", words::apps(batch.members().count()));
    let sent = Some(Outcome::Sent { commit: None });
    let task = Task { outcome: sent, batch: Some(Box::new(batch)), ..Task::new(id, title, place, target.app, state.now, plan, typed) };
    let apps: Vec<AppId> = task.batch.iter().flat_map(|b| &b.marked).cloned().collect();
    state.view.marks.retain(|id| !apps.contains(id));
    state.tasks.push(task);
    state.overlays.push(Overlay::Progress(id));
    state.dirty = true;
    vec![Effect::Journal(Box::new(entry))]
}

/// Sends nothing more of a running batch; what was sent is followed to its end.
pub fn stop(state: &mut AppState, id: TaskId) {
    let by = state.settings.operator.clone();
    if let Some(batch) = state.tasks.iter_mut().find(|t| t.id == id && t.is_running()).and_then(|t| t.batch.as_mut())
        && batch.stopped.is_none()
        && batch.members().any(|m| m.standing == Standing::Waits)
    {
        batch.stopped = Some(format!("stopped by {by}"));
        state.dirty = true;
    }
}
