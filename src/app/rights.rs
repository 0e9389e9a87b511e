//! What the operator may do, asked of the clusters before it is tried: for each object that a plan patches, by its own name.

use super::effect::Effect;
use super::fleet::{Cluster, Fleet};
use super::overlay::Overlay;
use super::overlay::confirm::Focus;
use super::state::AppState;
use super::{action, keymap};
use crate::domain::Timestamp;
use crate::domain::duration::seconds_between;
use crate::domain::ids::{AppId, ClusterId};
use crate::domain::plan::{PatchRequest, Plan, PlanLine, Refusal, Step};
use crate::domain::text::shell;
use crate::domain::verdict::{NextStep, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// An answer is asked for again after this long, seconds: roles change.
const KEPT_S: u64 = 60;
/// A "no" is asked again sooner: whoever may grant the right may just have done so.
const NO_KEPT_S: u64 = 5;
/// How the step begins that is left where a right is missing.
const COPIES_RULE: &str = "copies the rule to ask for";
/// The lines of a plan that say what may be patched.
const LABEL: &str = "rights";

/// What a right is about: one object, as a request patches it. A role may name single objects.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Object {
    pub cluster: ClusterId,
    pub group: String,
    pub plural: String,
    pub namespace: String,
    pub name: String,
}

impl Object {
    /// The object of an app itself.
    fn of_app(id: &AppId) -> Self {
        Self {
            cluster: id.cluster.clone(),
            group: id.kind.group().to_owned(),
            plural: id.kind.plural().to_owned(),
            namespace: id.namespace.clone(),
            name: id.name.clone(),
        }
    }

    fn of(request: &PatchRequest) -> Self {
        Self {
            cluster: request.cluster.clone(),
            group: request.group.clone(),
            plural: request.plural.clone(),
            namespace: request.namespace.clone(),
            name: request.name.clone(),
        }
    }
}

/// What is known of the right to patch an object.
#[derive(Clone, Debug)]
pub struct Right {
    /// Number of the question; an answer to another one is not about this session.
    ask: u64,
    asked_at: Timestamp,
    /// An error is no "no".
    answer: Option<Result<bool, String>>,
}

#[derive(Clone, Debug, Default)]
pub struct Rights {
    known: HashMap<Object, Right>,
    /// Questions so far.
    asked: u64,
}

impl Rights {
    /// A new session may be another user's.
    pub fn forget(&mut self, cluster: &ClusterId) {
        self.known.retain(|object, _| object.cluster != *cluster);
    }

    /// Those of other clusters go with their sessions.
    pub fn keep(&mut self, clusters: &[ClusterId]) {
        self.known.retain(|object, _| clusters.contains(&object.cluster));
    }

    /// A plan that is refused asks nothing, so an old "no" would refuse for ever.
    pub fn doubt(&mut self, now: Timestamp) {
        self.known.retain(|_, r| r.answer != Some(Ok(false)) || seconds_between(r.asked_at, now) < NO_KEPT_S);
    }

    fn answer(&self, object: &Object) -> Option<&Result<bool, String>> {
        self.known.get(object)?.answer.as_ref()
    }
}

/// The objects that a plan patches, each once, in the order they are sent; the first word: nothing is done where that one is not allowed.
fn patched(plan: &Plan) -> Vec<(bool, Object)> {
    let mut out: Vec<(bool, Object)> = Vec::new();
    for step in &plan.steps {
        let (is_needed, object) = match step {
            Step::Patch(request) => (true, Object::of(request)),
            Step::Nudge(request) => (false, Object::of(request)),
            Step::Revert(_) => continue,
        };
        match out.iter_mut().find(|(_, known)| *known == object) {
            Some((needed, _)) => *needed |= is_needed,
            None => out.push((is_needed, object)),
        }
    }
    out
}

/// Asks for what a plan patches, unless that was asked lately.
pub fn ask(state: &mut AppState, plan: &Plan) -> Vec<Effect> {
    patched(plan).into_iter().filter_map(|(_, object)| ask_one(state, object)).collect()
}

fn ask_one(state: &mut AppState, object: Object) -> Option<Effect> {
    let (now, rights) = (state.now, &mut state.fleet.rights);
    let known = rights.known.get(&object);
    if known.is_some_and(|r| seconds_between(r.asked_at, now) < KEPT_S) {
        return None;
    }
    let answer = known.and_then(|r| r.answer.clone());
    rights.asked += 1;
    let ask = rights.asked;
    rights.known.insert(object.clone(), Right { ask, asked_at: now, answer });
    Some(Effect::Review { ask, object })
}

/// What a row advises is asked for before its key is pressed.
pub fn ask_for(state: &mut AppState, id: &AppId) -> Option<Effect> {
    let row = state.fleet.rows.get(id)?;
    // What is left where the answer was "no" tells what the row would advise without it.
    let is_advised = row.verdict.next.iter().any(|s| is_patch(&s.key)) || is_refused(&state.fleet, id);
    if !is_advised || action::read_only(state, row).is_some() {
        return None;
    }
    ask_one(state, Object::of_app(id))
}

/// Keys that patch the object of the app.
fn is_patch(key: &str) -> bool {
    key != "R" && keymap::writes(key)
}

/// The cluster does not let the operator patch this app.
pub fn is_refused(fleet: &Fleet, id: &AppId) -> bool {
    !fleet.rights.known.is_empty() && fleet.rights.answer(&Object::of_app(id)) == Some(&Ok(false))
}

/// What may not be done is not advised.
pub fn advise(fleet: &Fleet, id: &AppId, verdict: &mut Verdict) {
    let before = verdict.next.len();
    if is_refused(fleet, id) {
        verdict.next.retain(|s| !is_patch(&s.key));
    }
    if verdict.next.len() < before {
        let text = format!("{COPIES_RULE}: you may not {}", what(fleet, &Object::of_app(id)));
        verdict.next.push(NextStep { key: "y".into(), text });
    }
}

/// `patch applications.argoproj.io no-rights in namespace argocd on dev-shared`.
fn what(fleet: &Fleet, object: &Object) -> String {
    let Object { cluster, group, plural, namespace, name } = object;
    let home = fleet.clusters.get(cluster).map_or(cluster.as_str(), Cluster::name);
    format!("patch {plural}.{group} {name} in namespace {namespace} on {home}")
}

/// The step tells of the right that is missing.
pub fn is_rule(step: &NextStep) -> bool {
    step.text.starts_with(COPIES_RULE)
}

/// The right to patch this app was asked for and is not known yet.
pub fn is_open(fleet: &Fleet, id: &AppId) -> bool {
    fleet.rights.known.get(&Object::of_app(id)).is_some_and(|right| right.answer.is_none())
}

/// The right to ask for, and the command that tells whether it is there; `None` = it is not known to be missing.
pub fn rule(fleet: &Fleet, id: &AppId) -> Option<String> {
    let object = Object::of_app(id);
    is_refused(fleet, id).then(|| format!("{}; to check: {}", what(fleet, &object), check(&object)))
}

fn check(object: &Object) -> String {
    let Object { cluster, group, plural, namespace, name } = object;
    let what = shell(&format!("{plural}.{group}/{name}"));
    format!("kubectl --context {} auth can-i patch {what} -n {}", shell(cluster.as_str()), shell(namespace))
}

/// An answer came. In a plan that is open only the lines about rights change, or it is refused: what would be sent stays as it was read.
/// Gives the plan that is refused by it.
pub fn on_answer(state: &mut AppState, ask: u64, object: &Object, answer: Result<bool, String>) -> Option<Plan> {
    // It was forgotten, or asked anew, since.
    let right = state.fleet.rights.known.get_mut(object).filter(|r| r.ask == ask)?;
    let turned = right.answer.as_ref() != Some(&answer);
    right.answer = Some(answer);
    if turned {
        let is_it = |id: &&AppId| id.cluster == object.cluster && id.name == object.name && Object::of_app(id) == *object;
        let advised = state.fleet.rows.keys().find(is_it).cloned();
        state.fleet.derive.judge.extend(advised);
    }
    let fleet = &state.fleet;
    let mut dialogs = state.overlays.iter_mut().rev().filter_map(|o| if let Overlay::Confirm(dialog) = o { Some(dialog) } else { None });
    let is_about = |plan: &Plan| patched(plan).iter().any(|(_, o)| o == object);
    let dialog = dialogs.find(|d| d.verb.is_some() && is_about(&d.plan))?;
    state.dirty = true;
    if !tell(fleet, &mut dialog.plan) {
        return None;
    }
    dialog.focus = Focus::Cancel;
    Some(dialog.plan.clone())
}

/// Nothing that a plan patches is open any more: all was answered, in whatever way.
pub fn is_answered(fleet: &Fleet, plan: &Plan) -> bool {
    patched(plan).iter().all(|(_, object)| fleet.rights.answer(object).is_some())
}

/// The plan writes to this object.
pub fn patches(plan: &Plan, object: &Object) -> bool {
    patched(plan).iter().any(|(_, o)| o == object)
}

/// The cluster did not say whether this may be patched: that is no "no".
pub fn is_unknown(fleet: &Fleet, plan: &Plan) -> bool {
    patched(plan).iter().any(|(_, object)| matches!(fleet.rights.answer(object), Some(Err(_))))
}

/// Writes into a plan what is known of the rights it needs; `true` = it is refused for want of one.
pub fn tell(fleet: &Fleet, plan: &mut Plan) -> bool {
    if plan.is_refused() {
        return false;
    }
    let objects = patched(plan);
    let at = plan.lines.iter().position(|l| l.label == LABEL).unwrap_or(plan.lines.len());
    plan.lines.retain(|l| l.label != LABEL);
    let lines: Vec<PlanLine> =
        objects.iter().filter_map(|(_, o)| words(fleet, o)).map(|text| PlanLine { label: LABEL.into(), text }).collect();
    plan.lines.splice(at..at, lines);
    let Some((_, lacks)) = objects.iter().find(|(is_needed, o)| *is_needed && fleet.rights.answer(o) == Some(&Ok(false))) else {
        return false;
    };
    plan.refused = Some(refusal(fleet, lacks));
    plan.steps.clear();
    plan.commands.clear();
    plan.options.clear();
    plan.typed = None;
    true
}

/// The line of a plan; `None` before anything was asked.
fn words(fleet: &Fleet, object: &Object) -> Option<String> {
    let what = format!("patch {} {}/{}", object.plural, object.namespace, object.name);
    Some(match &fleet.rights.known.get(object)?.answer {
        None => format!("{what}: asking"),
        Some(Ok(true)) => format!("{what}: yes"),
        Some(Ok(false)) => format!("{what}: no"),
        Some(Err(why)) => format!("{what}: not known, {why}"),
    })
}

fn refusal(fleet: &Fleet, object: &Object) -> Refusal {
    let Object { cluster, plural, namespace, name, .. } = object;
    let home = fleet.clusters.get(cluster).map_or(cluster.as_str(), Cluster::name);
    let line = |label: &str, text: String| PlanLine { label: label.into(), text };
    Refusal {
        headline: "Not allowed.".into(),
        text: format!("{home} does not let you patch {plural} {namespace}/{name}."),
        lines: vec![line("next", "ask for this right, or whoever has it".into()), line("check", check(object))],
    }
}
