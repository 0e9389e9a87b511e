//! What is marked, planned app by app and put in order.

use super::{Batch, LeftOut, Member, Rules, Stage, Standing};
use crate::app::action::{plan as plans, writable_app};
use crate::app::context;
use crate::app::landing::Landing;
use crate::app::pane::repos;
use crate::app::rollback::rails;
use crate::app::state::AppState;
use crate::app::task::Task;
use crate::domain::ids::AppId;
use crate::domain::plan::{Plan, PlanChoices};
use crate::engine::Verb;
use std::collections::HashMap;

/// The batch of these apps as things are now, in the order given on each cluster. Unprotected clusters come before protected ones, few apps
/// before many, unless the rules name clusters that go first.
pub fn draft(state: &AppState, marked: &[AppId], rules: &Rules, choices: &PlanChoices) -> Batch {
    let mut batch =
        Batch { marked: marked.to_vec(), at: state.now, rules: rules.clone(), stages: Vec::new(), left_out: Vec::new(), stopped: None };
    // More would be planned and asked about for nothing.
    for app in marked.iter().filter(|_| marked.len() <= super::MOST) {
        let cluster = state.fleet.rows.get(app).map_or_else(|| app.cluster.to_string(), |row| repos::runs_on(state, row).to_owned());
        match planned(state, app, choices) {
            Ok(plan) => add(state, &mut batch, cluster, member(state, app, plan, choices)),
            Err(why) => batch.left_out.push(LeftOut { app: app.clone(), cluster, why }),
        }
    }
    tell_apart(&mut batch);
    let first: Vec<String> = batch.rules.first().into_iter().map(str::to_owned).collect();
    let named = |s: &Stage| first.iter().position(|n| *n == s.cluster).unwrap_or(first.len());
    batch.stages.sort_by_key(|s| (named(s), s.protected, s.members.len()));
    batch
}

fn member(state: &AppState, app: &AppId, plan: Plan, choices: &PlanChoices) -> Member {
    Member { app: app.clone(), plan, choices: choices.clone(), wants: wants(state, app), standing: Standing::Waits }
}

/// Tip of what an app follows, as polled.
pub fn wants(state: &AppState, app: &AppId) -> Option<String> {
    context::head(&state.fleet, &state.fleet.rows.get(app)?.app).map(str::to_owned)
}

/// As the list shows them; what a filter hides comes last.
pub fn in_order(state: &AppState, marked: &[AppId]) -> Vec<AppId> {
    let shown: HashMap<&AppId, usize> = state.fleet.shown.iter().enumerate().map(|(i, id)| (id, i)).collect();
    let mut out: Vec<AppId> = marked.to_vec();
    out.sort_by_cached_key(|id| (shown.get(id).copied().unwrap_or(usize::MAX), id.clone()));
    out.dedup();
    out
}

fn add(state: &AppState, batch: &mut Batch, cluster: String, member: Member) {
    let Some(row) = state.fleet.rows.get(&member.app) else { return };
    let is_protected = Landing::of(state, &row.app).is_protected();
    let place = match &row.app.destination.cluster {
        Some(id) => id.to_string(),
        None => format!("{}/{}", row.app.id.cluster, row.app.runs_on()),
    };
    match batch.stages.iter_mut().find(|s| s.place == place) {
        Some(stage) => {
            stage.protected |= is_protected;
            stage.members.push(member);
        }
        None => batch.stages.push(Stage { cluster, place, protected: is_protected, members: vec![member] }),
    }
}

/// Clusters that are called the same are told with the home of their apps.
fn tell_apart(batch: &mut Batch) {
    let names: Vec<String> = batch.stages.iter().map(|s| s.cluster.clone()).collect();
    for stage in &mut batch.stages {
        if names.iter().filter(|n| **n == stage.cluster).count() > 1 {
            stage.cluster.clone_from(&stage.place);
        }
    }
}

/// The plan of one app, or why it is left out.
fn planned(state: &AppState, app: &AppId, choices: &PlanChoices) -> Result<Plan, String> {
    let runs = |t: &&Task| t.is_running() && t.batch.as_ref().is_some_and(|b| b.stopped.is_none() && b.members().any(|m| is_open(m, app)));
    if let Some(task) = state.tasks.iter().find(runs) {
        return Err(format!("It waits for its turn in task {}, {}. Stop that first, or let it end.", task.id.0, task.title));
    }
    planned_in(state, app, choices)
}

fn is_open(member: &Member, app: &AppId) -> bool {
    member.app == *app && matches!(member.standing, Standing::Waits | Standing::Sent(_))
}

/// As `planned`, for the batch that has its turn.
pub fn planned_in(state: &AppState, app: &AppId, choices: &PlanChoices) -> Result<Plan, String> {
    writable_app(state, app)?;
    let plan = plans::build(state, app, Verb::Sync, choices).ok_or_else(|| format!("{} is gone.", app.name))?;
    if let Some(no) = &plan.refused {
        return Err(format!("{} {}", no.headline_alone(), no.text));
    }
    if plan.steps.is_empty() {
        return Err(plan.invalid().map_or_else(|| "There is nothing to send.".to_owned(), |(_, why)| why.to_owned()));
    }
    Ok(plan)
}

/// Why the batch as a whole is not offered.
pub fn too_many(state: &AppState, batch: &Batch) -> Option<String> {
    let (count, most) = (batch.marked.len(), super::MOST);
    if count > most {
        return Some(format!("{count} apps are chosen; {most} are the most that one batch takes. Choose fewer."));
    }
    let names: Vec<Vec<&str>> =
        batch.members().map(|m| m.plan.targets.iter().flat_map(|t| &t.names).map(String::as_str).collect()).collect();
    let over = rails::too_many(&state.settings.guardrails, &names)?;
    Some(format!("Of this batch, {}. Choose fewer.", over.text().trim_start_matches("it reaches ")))
}
