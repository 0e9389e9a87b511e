//! stub
use crate::domain::app::App;
use crate::domain::plan::{Plan, PlanChoices};
use crate::engine::{Context, Verb};
pub fn build(_verb: Verb, _app: &App, _choices: &PlanChoices, _context: &Context<'_>) -> Plan {
    unimplemented!("built next")
}
