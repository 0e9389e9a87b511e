//! Plans.
use crate::domain::app::App;
use crate::domain::plan::{Plan, PlanChoices};
use crate::engine::{Context, Verb};

pub fn plan(_verb: Verb, _app: &App, _choices: &PlanChoices, _context: &Context<'_>) -> Plan {
    todo!()
}
