//! Approves the deletion that a sync of an Argo app waits for.

use super::{Action, Group, plan, writable};
use crate::app::fleet::Row;
use crate::app::state::AppState;
use crate::domain::plan::PlanChoices;
use crate::domain::status::Phase;
use crate::engine::Verb;

pub static CONFIRM_PRUNE: Action = Action {
    name: "confirm_prune",
    title: "confirm waiting prune",
    help: "let Argo CD delete what a sync waits to delete (Prune=confirm); the name is typed",
    group: Group::App,
    off: |s| writable(s).map_or_else(Some, |row| refused(s, row)),
    run: |s| plan::open(s, Verb::ConfirmPrune),
    mutates: true,
};

fn refused(state: &AppState, row: &Row) -> Option<String> {
    if row.app.argo().is_none() {
        return Some("Flux waits for no confirmation.".into());
    }
    if row.app.operation.as_ref().is_none_or(|o| o.phase != Phase::Blocked) {
        return Some(format!("No sync of {} waits for a deletion to be confirmed.", row.app.id.name));
    }
    let plan = plan::build(state, &row.app.id, Verb::ConfirmPrune, &PlanChoices::default())?;
    plan.refused.map(|refusal| refusal.text)
}
