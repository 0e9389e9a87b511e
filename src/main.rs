//! Parses arguments, calls the library, maps the error to an exit code.

use clap::error::ErrorKind;
use driftdeck::cli::{self, args::Cli};
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::of(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => {
            let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            let _ = error.print();
            return ExitCode::from(if is_help { 0 } else { 64 });
        }
    };
    if let Err(error) = color_eyre::config::HookBuilder::default().display_env_section(false).install() {
        eprintln!("driftdeck: {error}");
    }
    let code = match cli::run(cli) {
        Ok(code) => code,
        Err(failure) => {
            // Standard error may be a terminal that is gone.
            let _ = writeln!(std::io::stderr(), "driftdeck: {failure}");
            failure.code
        }
    };
    ExitCode::from(u8::try_from(code).unwrap_or(70))
}
