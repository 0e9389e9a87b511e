//! `driftdeck clear-operation`: takes an operation that cannot end off an Argo CD app.

use super::Failure;
use super::act::{self, Ask};
use super::args::{Cli, PlainArgs};
use crate::domain::plan::PlanChoices;
use crate::engine::Verb;

pub async fn run(cli: &Cli, args: &PlainArgs) -> Result<i32, Failure> {
    let ask = Ask { command: "clear-operation", verb: Verb::ClearOperation, choices: PlanChoices::default(), given: Vec::new() };
    act::run(cli, &args.one, &args.sending, ask).await
}
