//! `driftdeck resume`: Flux resume, Argo CD auto-sync on.

use super::Failure;
use super::act::{self, Ask};
use super::args::{Cli, PlainArgs};
use crate::domain::plan::PlanChoices;
use crate::engine::Verb;

pub async fn run(cli: &Cli, args: &PlainArgs) -> Result<i32, Failure> {
    let ask = Ask { command: "resume", verb: Verb::Resume, choices: PlanChoices::default(), given: Vec::new() };
    act::run(cli, &args.one, &args.sending, ask).await
}
