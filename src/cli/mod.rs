//! The command line: one file per subcommand.
//!
//! May import everything; clap stays here. Exit codes of all commands: 0 well, 1 some app is not, 2 a cluster unread (wins over 1),
//! 3 refused, 4 sent and failed, 5 outcome unknown, 64 usage, 70 driftdeck itself failed, 74 the output cannot be written, 130 interrupted.
//! To extend: a subcommand is a variant of [`Command`] and a file; one that reads drives a `headless::Session`, one that changes something
//! is an `act::Ask`.

mod act;
pub mod args;
mod clear_operation;
mod confirm_prune;
pub mod demo;
mod doctor;
mod drift;
mod engine_rollback;
mod get;
mod headless;
mod hint;
mod log;
pub mod prepare;
mod print;
mod refresh;
mod resume;
mod select;
mod staged_sync;
mod status;
mod suspend;
mod sync;
mod terminate;
mod timeline;
mod tui;
mod why;

use args::{Cli, Command};
use std::fmt;

/// An error with its exit code; the text names object, cause and next step.
#[derive(Debug)]
pub struct Failure {
    pub code: i32,
    pub text: String,
}

impl Failure {
    pub fn usage(text: impl Into<String>) -> Self {
        Self { code: 64, text: text.into() }
    }
    pub fn unread(text: impl Into<String>) -> Self {
        Self { code: 2, text: text.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl std::error::Error for Failure {}

/// Runs the command line; gives the exit code.
pub fn run(cli: Cli) -> Result<i32, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Failure { code: 70, text: format!("cannot start the runtime: {e}") })?;
    let runtime = Background(Some(runtime));
    let Some(entered) = &runtime.0 else { return Ok(70) };
    entered.block_on(async {
        match &cli.command {
            None => tui::run(&cli).await,
            Some(Command::Demo(args)) => demo::run(&cli, args).await,
            Some(Command::Status(args)) => status::run(&cli, args).await,
            Some(Command::Get(args)) => get::run(&cli, args).await,
            Some(Command::Why(args)) => why::run(&cli, args).await,
            Some(Command::Sync(args)) => sync::run(&cli, args).await,
            Some(Command::StagedSync(args)) => staged_sync::run(&cli, args).await,
            Some(Command::Refresh(args)) => refresh::run(&cli, args).await,
            Some(Command::Suspend(args)) => suspend::run(&cli, args).await,
            Some(Command::Resume(args)) => resume::run(&cli, args).await,
            Some(Command::Terminate(args)) => terminate::run(&cli, args).await,
            Some(Command::ConfirmPrune(args)) => confirm_prune::run(&cli, args).await,
            Some(Command::ClearOperation(args)) => clear_operation::run(&cli, args).await,
            Some(Command::EngineRollback(args)) => engine_rollback::run(&cli, args).await,
            Some(Command::Drift(args)) => drift::run(&cli, args).await,
            Some(Command::Timeline(args)) => timeline::run(&cli, args).await,
            Some(Command::Doctor(args)) => doctor::run(&cli, args).await,
        }
    })
}

/// A hanging login program or clone must not hold up the end, be it an orderly one or a panic.
struct Background(Option<tokio::runtime::Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
