//! Flows through `update`: what comes in, what goes out.

mod deck;
mod engines;
mod flows;
mod mapping;
mod relations;
mod release;
mod repeat;
mod rollback;
mod safety;
mod truth;

use crate::app::assess::{Assessed, Made};
use crate::app::msg::Msg;
use crate::app::state::AppState;
use crate::domain::app::ManagedResource;
use crate::domain::event::LiveNode;
use crate::domain::ids::AppId;
use crate::domain::status::Health;

/// The answer to an assessment of an app as it is now.
pub fn assessed(
    state: &AppState,
    app: AppId,
    health: Result<Health, String>,
    resources: Vec<ManagedResource>,
    nodes: Vec<LiveNode>,
) -> Msg {
    let of = Made::of(&state.fleet.rows[&app].app);
    Msg::Assessed { app, answer: Box::new(Assessed { of, health, resources, nodes }) }
}
