//! Plans on their way: built for the row on screen, shown, rebuilt, cancelled, confirmed once.

use crate::app::context;
use crate::app::effect::Effect;
use crate::app::engines;
use crate::app::filter;
use crate::app::landing::Landing;
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::Confirm;
use crate::app::revision;
use crate::app::rights;
use crate::app::staged::dialog as staged;
use crate::app::state::AppState;
use crate::app::task::Task;
use crate::app::update::close_overlay;
use crate::domain::ids::{AppId, TaskId};
use crate::domain::journal::JournalEntry;
use crate::domain::plan::{Outcome, Plan, PlanChoices, PlanLine, Refusal, Risk, Step, Target};
use crate::engine::{self, Verb};

/// Builds the plan for the row under the cursor; safe ones run at once, others open the dialog.
pub fn open(state: &mut AppState, verb: Verb) -> Vec<Effect> {
    let Some(id) = state.view.app.clone() else { return Vec::new() };
    open_for(state, &id, verb, PlanChoices::default())
}

/// As `open`, for a named app and with choices that are made already.
pub fn open_for(state: &mut AppState, id: &AppId, verb: Verb, choices: PlanChoices) -> Vec<Effect> {
    state.fleet.rights.doubt(state.now);
    let Some(mut plan) = build(state, id, verb, &choices) else { return Vec::new() };
    if plan.risk == Risk::Safe && !plan.is_refused() {
        // It has no dialog that would say so.
        if let Some(idle) = plan.lines.iter().find(|l| l.label == "careful").map(|l| l.text.clone()) {
            state.notices.flash(state.now, idle.trim_start_matches("! "));
        }
        return start(state, plan, None);
    }
    let mut out = rights::ask(state, &plan);
    // What was just asked for says so.
    rights::tell(&state.fleet, &mut plan);
    let entry = plan.is_refused().then(|| journal(state, 0, &plan, None, Some(refused(&plan))));
    state.overlays.push(Overlay::Confirm(Box::new(Confirm::new(plan, Some(verb), choices, state.now))));
    out.extend(entry.map(|e| Effect::Journal(Box::new(e))));
    out
}

/// The cluster said what may be patched: the plan on screen says so too, or why it cannot be.
pub fn on_right(state: &mut AppState, ask: u64, object: &rights::Object, may: Result<bool, String>) -> Vec<Effect> {
    let is_no = may == Ok(false);
    let Some(plan) = rights::on_answer(state, ask, object, may) else {
        return staged::on_right(state, object, is_no);
    };
    let entry = journal(state, 0, &plan, None, Some(refused(&plan)));
    vec![Effect::Journal(Box::new(entry))]
}

pub fn refused(plan: &Plan) -> Outcome {
    let reason = plan.refused.as_ref().map(Refusal::whole).unwrap_or_default();
    Outcome::Refused { reason }
}

/// The plan of one app as things are now; guardrails switch off what they forbid.
pub fn build(state: &AppState, id: &AppId, verb: Verb, choices: &PlanChoices) -> Option<Plan> {
    let row = state.fleet.rows.get(id)?;
    let mut choices = choices.clone();
    let landing = Landing::of(state, &row.app);
    let rails = guardrails(state, &landing);
    for (name, _) in &rails {
        match name.as_str() {
            "no_force" => choices.force = false,
            "no_prune" => choices.prune = false,
            _ => {}
        }
    }
    choices.commit = revision::named(&state.fleet, &row.app, &choices.revision);
    let request_id = format!("{:x}-{}", state.now.as_millisecond(), state.next_task);
    let engine = engine::engine(id.engine());
    let mut plan = context::with(&state.fleet, &state.settings, state.now, &row.app, &request_id, |c| {
        landing.with(c, |c| engine.plan(verb, &row.app, &choices, c))
    });
    for target in &mut plan.targets {
        target.names = landing.names().map(str::to_owned).collect();
    }
    // What is confirmed there is a deletion, and nothing else.
    if let (Verb::ConfirmPrune, false, Some((name, glob))) = (verb, plan.is_refused(), rails.iter().find(|(name, _)| name == "no_prune")) {
        let text = format!("Guardrail {name} on {glob} lets driftdeck delete nothing there.");
        (plan.steps, plan.commands, plan.typed) = (Vec::new(), Vec::new(), None);
        plan.refused = Some(Refusal { headline: "Not allowed.".into(), text, lines: Vec::new() });
    }
    for option in &mut plan.options {
        let rail = rails.iter().find(|(name, _)| *name == format!("no_{}", option.name));
        if let Some((name, glob)) = rail {
            option.on = false;
            option.off_because = Some(format!("off: guardrail {name} on {glob}"));
        }
    }
    // Holding an app takes no engine: what is written stands when it is back.
    if verb != Verb::Suspend && !plan.is_refused() {
        let hindered = [engines::idle(state, &row.app), engines::unfed(state, &row.app)];
        plan.lines.extend(hindered.into_iter().flatten().map(|text| PlanLine { label: "careful".into(), text: format!("! {text}") }));
    }
    rights::tell(&state.fleet, &mut plan);
    Some(plan)
}

/// (guardrail, the glob it comes from) that hold for the app's home or destination.
fn guardrails(state: &AppState, landing: &Landing) -> Vec<(String, String)> {
    state
        .settings
        .guardrails
        .iter()
        .filter(|(glob, _)| landing.names().any(|n| filter::glob(glob, n)))
        .flat_map(|(glob, rails)| rails.iter().map(move |r| (r.clone(), glob.clone())))
        .collect()
}

/// An option was switched: the plan is built anew from what is known now, the focus stays.
pub fn rebuild(state: &mut AppState) -> Vec<Effect> {
    if staged::is_open(state) {
        return staged::rebuild(state);
    }
    let Some(Overlay::Confirm(dialog)) = state.overlays.last() else { return Vec::new() };
    let (Some(verb), Some(target)) = (dialog.verb, dialog.plan.targets.first()) else { return Vec::new() };
    let (id, choices) = (target.app.clone(), dialog.choices.clone());
    let Some(mut plan) = build(state, &id, verb, &choices) else { return Vec::new() };
    // The option may bring in an object that was not asked about.
    let asked = rights::ask(state, &plan);
    rights::tell(&state.fleet, &mut plan);
    if let Some(Overlay::Confirm(dialog)) = state.overlays.last_mut() {
        // The word stands for what was on screen when it was typed.
        if !is_confirmed_alike(&plan, &dialog.plan) {
            dialog.typed.clear();
        }
        dialog.replace(plan);
    }
    asked
}

pub fn cancel(state: &mut AppState) -> Vec<Effect> {
    let Some(Overlay::Confirm(dialog)) = close_overlay(state) else { return Vec::new() };
    if dialog.plan.is_refused() {
        return Vec::new();
    }
    let entry = journal(state, 0, &dialog.plan, None, Some(Outcome::Cancelled));
    vec![Effect::Journal(Box::new(entry))]
}

/// Sends what is on screen, once, if it is still what would be built now.
pub fn confirm(state: &mut AppState) -> Vec<Effect> {
    if staged::is_open(state) {
        return staged::confirm(state);
    }
    let Some(Overlay::Confirm(dialog)) = state.overlays.last() else { return Vec::new() };
    let (Some(verb), Some(target)) = (dialog.verb, dialog.plan.targets.first().cloned()) else { return Vec::new() };
    let (shown, choices, typed) = (dialog.plan.clone(), dialog.choices.clone(), dialog.typed.clone());
    if let Some(text) = changed_since(state, &target) {
        return changed(state, &shown, text);
    }
    let Some(fresh) = build(state, &target.app, verb, &choices) else { return Vec::new() };
    if fresh.steps.is_empty() && !fresh.is_refused() {
        return Vec::new();
    }
    if fresh.is_refused() || !same_effect(&fresh, &shown) {
        let text = format!("{} changed while you read: what would be sent now differs. Look again.", target.app.name);
        return changed(state, &shown, text);
    }
    close_overlay(state);
    start(state, fresh, (!typed.is_empty()).then_some(typed))
}

/// Why a target is no longer what was on screen, in a sentence.
pub fn changed_since(state: &AppState, target: &Target) -> Option<String> {
    match state.fleet.rows.get(&target.app) {
        None => Some(format!("{} is gone. Look again.", target.app.name)),
        Some(row) if row.stale_as_of.is_some() => Some(format!("{} does not answer any more; nothing was sent.", target.app.cluster)),
        Some(row) if row.app.uid != target.uid => {
            Some(format!("{} was deleted and made again while you read. Look again.", target.app.name))
        }
        Some(row) if row.app.revision != target.revision => Some(format!(
            "{} changed while you read: {} is now {}. Look again.",
            target.app.name,
            short(target.revision.as_deref()),
            short(row.app.revision.as_deref())
        )),
        Some(_) => None,
    }
}

fn short(revision: Option<&str>) -> &str {
    revision.map_or("nothing", |r| crate::domain::commit::short_rev(crate::domain::commit::bare_revision(r)))
}

/// Closes the dialog and says why: what was shown is no longer so.
pub fn changed(state: &mut AppState, shown: &Plan, text: String) -> Vec<Effect> {
    close_overlay(state);
    let entry = journal(state, 0, shown, None, Some(Outcome::Refused { reason: text.clone() }));
    state.notices.push(state.now, crate::app::notice::Level::Attention, text.clone(), Some("Nothing was sent.".into()));
    state.overlays.push(Overlay::Message { title: shown.title.clone(), lines: vec![text, "Nothing was sent.".into()] });
    vec![Effect::Journal(Box::new(entry))]
}

/// The same words, options, risk and requests to the same objects; only versions, times and request ids may have moved on.
pub fn same_effect(a: &Plan, b: &Plan) -> bool {
    let lands = |p: &Plan| p.targets.iter().map(|t| (t.app.clone(), t.uid.clone(), t.runs_on.clone())).collect::<Vec<_>>();
    let said = |p: &Plan| {
        let shown = |label: &str| matches!(label, "commit" | "chart" | "effect" | "kept" | "auto" | "reason");
        p.lines.iter().filter(|l| shown(&l.label)).map(|l| (l.label.clone(), l.text.clone())).collect::<Vec<_>>()
    };
    is_confirmed_alike(a, b) && lands(a) == lands(b) && said(a) == said(b)
}

/// A word that was typed for the one holds for the other.
pub fn is_confirmed_alike(a: &Plan, b: &Plan) -> bool {
    let sent = |p: &Plan| p.steps.iter().map(request).collect::<Vec<_>>();
    a.risk == b.risk && a.typed == b.typed && a.options == b.options && sent(a) == sent(b)
}

/// Where a request goes and what it says, without what differs each time it is built.
fn request(step: &Step) -> (String, serde_json::Value) {
    match step {
        Step::Patch(r) | Step::Nudge(r) => {
            let mut body = r.body.clone();
            still(&mut body, &r.request_id);
            (format!("{}/{}/{}/{} {:?}", r.cluster, r.plural, r.namespace, r.name, r.uid), body)
        }
        Step::Revert(r) => (format!("{}:{}:{}", r.repo.0, r.branch, r.tree), serde_json::Value::Null),
    }
}

/// Blanks versions, tokens and times of a request body.
fn still(value: &mut serde_json::Value, request_id: &str) {
    const MOVING: [&str; 6] = [
        "resourceVersion",
        "reconcile.fluxcd.io/requestedAt",
        "reconcile.fluxcd.io/forceAt",
        "reconcile.fluxcd.io/resetAt",
        "argocd.argoproj.io/refresh-timestamp",
        "since",
    ];
    match value {
        serde_json::Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match field {
                    serde_json::Value::String(text) if MOVING.contains(&name.as_str()) => text.clear(),
                    // A note written as JSON text carries the time it was written.
                    serde_json::Value::String(text) if name == "driftdeck/frozen" => {
                        *field = serde_json::from_str(text).unwrap_or_default();
                        still(field, request_id);
                    }
                    other => still(other, request_id),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| still(item, request_id)),
        serde_json::Value::String(text) if text == request_id => text.clear(),
        _ => {}
    }
}

/// A demo whose clock stands still: no controller would take up what is sent, and every outcome told of it would be wrong.
pub fn stands_still(state: &mut AppState, plan: &Plan, typed: Option<String>) -> Vec<Effect> {
    let demo = state.settings.demo.as_deref().unwrap_or("night");
    let text = format!("The clock of demo {demo} stands still and no controller works in it: nothing was sent.");
    let entry = journal(state, 0, plan, typed, Some(Outcome::Refused { reason: text.clone() }));
    if plan.risk == Risk::Safe {
        state.notices.flash(state.now, format!("{text} driftdeck demo runs live."));
    } else {
        let live = "A demo that runs live: driftdeck demo".to_owned();
        state.overlays.push(Overlay::Message { title: plan.title.clone(), lines: vec![text, live] });
    }
    vec![Effect::Journal(Box::new(entry))]
}

/// Makes the task and hands the plan to the runtime: from here it runs once.
pub fn start(state: &mut AppState, plan: Plan, typed: Option<String>) -> Vec<Effect> {
    if state.settings.frozen {
        return stands_still(state, &plan, typed);
    }
    let is_quiet = plan.risk == Risk::Safe;
    let (id, out) = hand_over(state, plan, typed, None);
    if !is_quiet {
        state.overlays.push(Overlay::Progress(id));
    }
    out
}

/// As `start`, for one app of a staged sync, which shows it and tells how it ended.
pub fn start_part(state: &mut AppState, plan: Plan, typed: Option<String>, of: TaskId) -> (TaskId, Vec<Effect>) {
    hand_over(state, plan, typed, Some(of))
}

fn hand_over(state: &mut AppState, plan: Plan, typed: Option<String>, part_of: Option<TaskId>) -> (TaskId, Vec<Effect>) {
    let id = state.take_task_id();
    let Some(target) = plan.targets.first().cloned() else { return (id, Vec::new()) };
    let epoch = state.fleet.clusters.get(&target.app.cluster).map(|c| c.epoch).unwrap_or_default();
    for target in &plan.targets {
        if let Some(row) = state.fleet.rows.get_mut(&target.app) {
            row.pending =
                Some(crate::app::fleet::Pending { request_id: plan.request_id.clone(), action: plan.action.clone(), at: state.now });
        }
    }
    let line = journal(state, id.0, &plan, typed.clone(), None);
    let title = format!("{} {}", plan.action.replace('_', " "), target.app.name);
    let stood = state.fleet.rows.get(&target.app).and_then(|row| row.app.operation.clone());
    state.tasks.push(Task { part_of, stood, ..Task::new(id, title, target.runs_on.clone(), target.app, state.now, plan, typed) });
    state.dirty = true;
    (id, vec![Effect::RunPlan { task: id, epoch, line: Box::new(line) }])
}

/// A journal line, also kept for the journal screen.
pub fn journal(state: &mut AppState, task: u64, plan: &Plan, typed: Option<String>, outcome: Option<Outcome>) -> JournalEntry {
    let entry = JournalEntry {
        v: 1,
        at: state.now,
        task,
        operator: state.settings.operator.clone(),
        host: state.settings.host.clone(),
        plan: plan.clone(),
        typed,
        outcome,
        note: None,
        ended_well: None,
    };
    state.journal.push(entry.clone());
    entry
}
