//! `driftdeck engine-rollback`: an entry of Argo CD's history is deployed again, for now.

use super::Failure;
use super::act::{self, Ask};
use super::args::{Cli, RollbackArgs};
use crate::domain::plan::PlanChoices;
use crate::engine::Verb;

pub async fn run(cli: &Cli, args: &RollbackArgs) -> Result<i32, Failure> {
    let given = [("prune", "--prune", args.prune), ("dry_run", "--check", args.check)];
    let given = given.into_iter().filter(|(_, _, on)| *on).collect();
    let choices = PlanChoices { history: Some(args.id), prune: args.prune, dry_run: args.check, ..PlanChoices::default() };
    act::run(cli, &args.one, &args.sending, Ask { command: "engine-rollback", verb: Verb::RollBackTo, choices, given }).await
}
