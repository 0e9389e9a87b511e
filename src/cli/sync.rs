//! `driftdeck sync`: Argo CD sync, Flux reconcile.

use super::Failure;
use super::act::{self, Ask};
use super::args::{Cli, SyncArgs};
use crate::domain::plan::PlanChoices;
use crate::engine::Verb;

pub async fn run(cli: &Cli, args: &SyncArgs) -> Result<i32, Failure> {
    let switches = [
        ("prune", "--prune", args.prune),
        ("force", "--force", args.force),
        ("apply_only", "--apply-only", args.apply_only),
        ("dry_run", "--check", args.check),
    ];
    let mut given: Vec<_> = switches.into_iter().filter(|(_, _, on)| *on).collect();
    given.extend(args.with_source.map(|on| ("with_source", "--with-source", on)));
    given.extend(args.reset.map(|on| ("reset", "--reset", on)));
    let choices = PlanChoices {
        prune: args.prune,
        dry_run: args.check,
        force: args.force,
        apply_only: args.apply_only,
        with_source: args.with_source,
        reset: args.reset,
        ..PlanChoices::default()
    };
    act::run(cli, &args.one, &args.sending, Ask { command: "sync", verb: Verb::Sync, choices, given }).await
}
