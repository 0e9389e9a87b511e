//! What is marked, planned app by app and put in order.

use super::{Batch, LeftOut, Member, Rules, Stage, Standing};
use crate::app::action::{plan as plans, writable_app};
use crate::app::landing::Landing;
use crate::app::rollback::rails;
use crate::app::state::AppState;
use crate::domain::ids::AppId;
use crate::domain::plan::{Plan, PlanChoices};
use crate::engine::Verb;

/// The batch of these apps as things are now. Unprotected clusters come before protected ones, few apps before many, unless the rules name
/// clusters that go first; on a cluster the order of the list holds.
pub fn draft(state: &AppState, marked: &[AppId], rules: &Rules, choices: &PlanChoices) -> Batch {
    let mut batch = Batch { marked: in_order(state, marked), rules: rules.clone(), ..Batch::default() };
    for app in batch.marked.clone() {
        let cluster = state.fleet.rows.get(&app).map_or_else(|| app.cluster.to_string(), |row| row.app.runs_on().to_owned());
        match planned(state, &app, choices) {
            Ok(plan) => add(state, &mut batch, cluster, Member { app, plan, choices: choices.clone(), standing: Standing::Waits }),
            Err(why) => batch.left_out.push(LeftOut { app, cluster, why }),
        }
    }
    let first: Vec<String> = batch.rules.first().into_iter().map(str::to_owned).collect();
    let named = |s: &Stage| first.iter().position(|n| *n == s.cluster).unwrap_or(first.len());
    batch.stages.sort_by_key(|s| (named(s), s.protected, s.members.len()));
    batch
}

/// As the list shows them; what a filter hides comes last.
fn in_order(state: &AppState, marked: &[AppId]) -> Vec<AppId> {
    let mut out: Vec<AppId> = marked.to_vec();
    out.sort_by_cached_key(|id| (state.fleet.shown.iter().position(|s| s == id).unwrap_or(usize::MAX), id.clone()));
    out.dedup();
    out
}

fn add(state: &AppState, batch: &mut Batch, cluster: String, member: Member) {
    let is_protected = state.fleet.rows.get(&member.app).is_some_and(|row| Landing::of(state, &row.app).is_protected());
    match batch.stages.iter_mut().find(|s| s.cluster == cluster) {
        Some(stage) => {
            stage.protected |= is_protected;
            stage.members.push(member);
        }
        None => batch.stages.push(Stage { cluster, protected: is_protected, members: vec![member] }),
    }
}

/// The plan of one app, or why it is left out.
pub fn planned(state: &AppState, app: &AppId, choices: &PlanChoices) -> Result<Plan, String> {
    writable_app(state, app)?;
    let plan = plans::build(state, app, Verb::Sync, choices).ok_or_else(|| format!("{} is gone.", app.name))?;
    if let Some(no) = &plan.refused {
        return Err(format!("{} {}", no.headline, no.text));
    }
    if plan.steps.is_empty() {
        return Err(plan.invalid().map_or_else(|| "There is nothing to send.".to_owned(), |(_, why)| why.to_owned()));
    }
    Ok(plan)
}

/// Why the batch as a whole is not offered.
pub fn too_many(state: &AppState, batch: &Batch) -> Option<String> {
    let names: Vec<Vec<&str>> =
        batch.members().map(|m| m.plan.targets.iter().flat_map(|t| &t.names).map(String::as_str).collect()).collect();
    if names.len() > super::MOST {
        return Some(format!("{} apps are marked; {} are the most that one batch takes. Mark fewer.", names.len(), super::MOST));
    }
    let over = rails::too_many(&state.settings.guardrails, &names)?;
    Some(format!("Of this batch, {}. Mark fewer.", over.text().trim_start_matches("it reaches ")))
}
