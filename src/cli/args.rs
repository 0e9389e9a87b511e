//! What can be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// Every Argo CD and Flux app on every cluster, live and worst first; diff, sync, and git revert by keypress.
#[derive(Debug, Parser)]
#[command(name = "driftdeck", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// Parses a command line, its first word the program's name.
    ///
    /// # Errors
    /// What clap says of it; also help and version.
    pub fn of(args: impl Iterator<Item = OsString>) -> Result<Self, clap::Error> {
        let args: Vec<OsString> = args.collect();
        let mut cli = Self::try_parse_from(&args)?;
        // Given before and after the subcommand, the parser keeps the later ones only; each of them was meant.
        cli.common.context = contexts(&args);
        Ok(cli)
    }
}

fn contexts(args: &[OsString]) -> Vec<String> {
    let mut out = Vec::new();
    let mut words = args.iter().skip(1).map(|a| a.to_string_lossy()).take_while(|a| a != "--");
    while let Some(word) = words.next() {
        if word == "--context" {
            out.extend(words.next().map(|w| w.into_owned()));
        } else if let Some(value) = word.strip_prefix("--context=") {
            out.push(value.to_owned());
        }
    }
    out
}

#[derive(Debug, Clone, Default, Args)]
pub struct Common {
    /// Kubeconfig file (default: KUBECONFIG, then ~/.kube/config)
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Watch this context; repeatable, globs work (prod-*)
    #[arg(long, global = true, value_name = "GLOB")]
    pub context: Vec<String>,
    /// Watch every context of the kubeconfig
    #[arg(long, global = true, conflicts_with = "context")]
    pub all_contexts: bool,
    /// Only apps whose object lives in this namespace
    #[arg(long, short, global = true, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Send nothing to any cluster or repository
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Configuration file (default: DRIFTDECK_CONFIG, then config.yaml in the config directory)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Theme for this run
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// Glyphs: unicode, or ascii for plain terminals
    #[arg(long, global = true, value_name = "SET")]
    pub glyphs: Option<Glyphs>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Glyphs {
    Unicode,
    Ascii,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// A simulated fleet on real local git repositories: nothing of yours is touched
    Demo(DemoArgs),
    /// The same rows without a screen
    Status(StatusArgs),
}

#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Scenario (see --list)
    #[arg(default_value = "merge")]
    pub scenario: String,
    /// Name the scenarios
    #[arg(long)]
    pub list: bool,
    /// Only serve the fleet: prints the path of a kubeconfig, ends on TERM
    #[arg(long)]
    pub serve: bool,
    /// Directory for kubeconfig, repositories, state (default: a temporary one, removed at the end)
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// A generated fleet of this many clusters
    #[arg(long, value_name = "N")]
    pub clusters: Option<usize>,
    /// Apps of the generated fleet, over all clusters
    #[arg(long, value_name = "M")]
    pub apps: Option<usize>,
    /// Seed of everything that is random
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
}

#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    /// Output
    #[arg(long, short, default_value = "table")]
    pub output: Output,
    /// Wait at most this long for clusters to answer (10s, 1m)
    #[arg(long, default_value = "10s", value_name = "TIME")]
    pub timeout: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Table,
    Wide,
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(args: &[&str]) -> Result<Cli, clap::Error> {
        Cli::of(std::iter::once("driftdeck").chain(args.iter().copied()).map(Into::into))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn contexts_repeat_and_exclude_all_contexts_before_and_after_the_subcommand() {
        let cli = parse(&["--context", "a", "status", "--context", "prod-*", "--context=b", "-n", "argocd"]).unwrap();
        assert_eq!(cli.common.context, ["a", "prod-*", "b"]);
        assert_eq!(cli.common.namespace.as_deref(), Some("argocd"));
        assert!(parse(&["--all-contexts", "--context", "a"]).is_err());
    }

    #[test]
    fn status_waits_ten_seconds_and_prints_a_table_unless_told() {
        let Some(Command::Status(args)) = parse(&["status"]).unwrap().command else { panic!() };
        assert_eq!((args.timeout.as_str(), args.output), ("10s", Output::Table));
        assert!(parse(&["status", "-o", "yaml"]).is_err());
    }
}
