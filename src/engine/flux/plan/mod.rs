//! Plans: the exact patches of reconcile, refresh, suspend and resume, and why one is not offered.
//!
//! May import: `domain`, the contract of `engine`. Field managers are the writer's business.
//! To extend: a verb is a file with one function `plan(&Ask) -> Plan` and an arm below.

mod ask;
mod reconcile;
mod refresh;
mod suspend;

#[cfg(test)]
mod tests;

use crate::domain::app::App;
use crate::domain::plan::{Plan, PlanChoices};
use crate::engine::{Context, Verb};
use ask::Ask;

pub fn plan(verb: Verb, app: &App, choices: &PlanChoices, context: &Context<'_>) -> Plan {
    let ask = Ask::new(app, choices, context);
    match verb {
        Verb::Sync => reconcile::plan(&ask),
        Verb::Refresh => refresh::plan(&ask),
        Verb::Suspend => suspend::suspend(&ask),
        Verb::Resume => suspend::resume(&ask),
        Verb::HardRefresh => {
            let text = "Flux keeps no manifests that would have to be thrown away: every run builds anew.";
            ask.refused("refresh", "Refresh", ("Flux has no hard refresh.", text, "r  fetch the source, s  reconcile"))
        }
        Verb::ClearOperation => {
            let text = "A request to Flux is an annotation; the next one replaces it.";
            ask.refused("clear_operation", "Clear", ("Flux keeps no operation.", text, "s  reconcile"))
        }
        Verb::ConfirmPrune => {
            let text = "What left git is deleted where prune is on, without a question.";
            ask.refused("confirm_prune", "Delete", ("Flux waits for no confirmation.", text, "p  suspend, before the next run"))
        }
        Verb::RollBackTo => {
            let text = "Flux applies what its source holds; an older revision is deployed by a revert in git.";
            ask.refused("engine_rollback", "Roll back", ("Flux has no rollback to its history.", text, "R  revert in git"))
        }
        Verb::Terminate => {
            let text = "A run of Flux ends with its timeout and cannot be stopped from outside.";
            ask.refused("terminate", "Terminate", ("Flux has nothing to terminate.", text, "p  suspend, stops what would come next"))
        }
    }
}
