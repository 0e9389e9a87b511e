//! `p`: pause and resume: Flux suspend, Argo auto-sync.

use super::{Action, Group, plan, writable};
use crate::app::effect::Effect;
use crate::app::fleet::Row;
use crate::app::state::AppState;
use crate::domain::plan::PlanChoices;
use crate::engine::Verb;

pub static SUSPEND: Action = Action {
    name: "suspend_app",
    title: "suspend",
    help: "suspend (Flux) or turn auto-sync off (Argo CD); again to resume",
    group: Group::App,
    off: |s| writable(s).map_or_else(Some, |row| refused(s, row)),
    run,
    mutates: true,
};

/// What its plan would refuse, whatever is chosen in it.
fn refused(state: &AppState, row: &Row) -> Option<String> {
    let plan = plan::build(state, &row.app.id, verb(row), &PlanChoices::default())?;
    plan.refused.map(|refusal| refusal.text)
}

fn verb(row: &Row) -> Verb {
    // An Argo app whose auto-sync is off by habit (never frozen by anyone) is offered to be turned on as well.
    let held = row.app.suspended && row.app.argo().is_none() || row.app.auto_sync == Some(false);
    if held { Verb::Resume } else { Verb::Suspend }
}

fn run(state: &mut AppState) -> Vec<Effect> {
    let Some(row) = state.row() else { return Vec::new() };
    let verb = verb(row);
    plan::open(state, verb)
}
