//! `driftdeck confirm-prune`: approves the deletion that a sync of an Argo CD app waits for.

use super::Failure;
use super::act::{self, Ask};
use super::args::{Cli, PlainArgs};
use crate::domain::plan::PlanChoices;
use crate::engine::Verb;

pub async fn run(cli: &Cli, args: &PlainArgs) -> Result<i32, Failure> {
    let ask = Ask { command: "confirm-prune", verb: Verb::ConfirmPrune, choices: PlanChoices::default(), given: Vec::new() };
    act::run(cli, &args.one, &args.sending, ask).await
}
