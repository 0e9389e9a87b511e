//! `driftdeck refresh`: the engine looks again.

use super::Failure;
use super::act::{self, Ask};
use super::args::{Cli, RefreshArgs};
use crate::domain::plan::PlanChoices;
use crate::engine::Verb;

pub async fn run(cli: &Cli, args: &RefreshArgs) -> Result<i32, Failure> {
    let verb = if args.hard { Verb::HardRefresh } else { Verb::Refresh };
    let ask = Ask { command: "refresh", verb, choices: PlanChoices::default(), given: Vec::new() };
    act::run(cli, &args.one, &args.sending, ask).await
}
