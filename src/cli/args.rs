//! What can be typed.

use clap::builder::TypedValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

mod change;

use change::{ASKS, ENGINE_ROLLBACK, REFRESH, STAGED, SUSPEND, SYNC};
pub use change::{PlainArgs, RefreshArgs, RollbackArgs, Sending, StagedArgs, SuspendArgs, SyncArgs};

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
#[command(next_help_heading = "Of every command")]
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
    #[command(after_help = STATUS)]
    Status(StatusArgs),
    /// Some apps as a table, or one in detail: resources, sources, history
    #[command(after_help = GET)]
    Get(GetArgs),
    /// Why an app is not well: what it rests on, what would change it
    #[command(after_help = WHY)]
    Why(WhyArgs),
    /// Sync an Argo CD app, or reconcile a Flux one
    #[command(after_help = SYNC)]
    Sync(SyncArgs),
    /// Sync several apps cluster after cluster, stopped at the first that does not become Healthy
    #[command(after_help = STAGED)]
    StagedSync(StagedArgs),
    /// Ask the engine to look again
    #[command(after_help = REFRESH)]
    Refresh(RefreshArgs),
    /// Suspend a Flux app, or turn auto-sync of an Argo CD app off
    #[command(after_help = SUSPEND)]
    Suspend(SuspendArgs),
    /// Resume a suspended Flux app, or turn auto-sync of an Argo CD app on
    #[command(after_help = ASKS)]
    Resume(PlainArgs),
    /// Stop the running sync of an Argo CD app
    #[command(after_help = ASKS)]
    Terminate(PlainArgs),
    /// Let Argo CD delete what a sync waits to delete (Prune=confirm)
    #[command(after_help = ASKS)]
    ConfirmPrune(PlainArgs),
    /// Remove an operation that is queued or cannot end from an Argo CD app (expert)
    #[command(after_help = ASKS)]
    ClearOperation(PlainArgs),
    /// Deploy an entry of Argo CD's history again for now; git stays as it is
    #[command(after_help = ENGINE_ROLLBACK)]
    EngineRollback(RollbackArgs),
    /// What happened: what earlier runs recorded, our own actions, and what the objects tell; oldest first
    #[command(after_help = TIMELINE)]
    Timeline(TimelineArgs),
    /// What the apps out of sync differ in; the same difference of many apps is one line
    #[command(after_help = DRIFT)]
    Drift(DriftArgs),
    /// What works and what does not: contexts, rights, engines, git, mapping; and how to mend it
    Doctor(DoctorArgs),
}

const STATUS: &str = "\
AGE is how long a state has lasted, or how old the data is where it is not live: >5m at least so long, ? not known.
Exit codes: 0 every app is well, 1 some app is not, 2 a cluster was not read (wins over 1).";

const DRIFT: &str = "\
Examples:
  driftdeck drift --all-contexts
  driftdeck drift --cluster 'prod-*' -o json | jq -r '.groups[] | [.apps, .kind, .field, .desired, .live] | @tsv'

Every app that its engine calls out of sync is compared as on the diff screen: live against what git renders.
Exit codes: 0 nothing differs, 1 something does, 2 an app was not compared or a cluster not read (wins over 1).";

const TIMELINE: &str = "\
Examples:
  driftdeck timeline --since 30m
  driftdeck timeline payments --cluster prod-eu --since 6h
  driftdeck timeline -o json | jq -r '.entries[] | [.at, .place, .text] | @tsv'

One app alone is looked at more closely: its events are read, too. Exit codes: 0, or 2 when a cluster was not read.";

const GET: &str = "\
Examples:
  driftdeck get                                  every app of the clusters read
  driftdeck get payments                         each app of that name; one alone is shown in detail
  driftdeck get 'ks/shop/*' --cluster 'prod-*'   Kustomizations of a namespace, on some clusters
  driftdeck get hr/data/redis -o json | jq '.apps[0].resources'";

const WHY: &str = "\
Examples:
  driftdeck why payments --cluster prod-eu
  driftdeck why app/argocd/web -o json | jq -r .verdict.next_word

The live objects below the app and the log of a failing pod are read, too.";

#[derive(Debug, Clone, Args)]
pub struct Reading {
    /// Wait at most this long for clusters to answer (10s, 1m)
    #[arg(long, default_value = "10s", value_name = "TIME")]
    pub timeout: String,
}

#[derive(Debug, Clone, Args)]
pub struct OneApp {
    #[arg(value_name = "APP", help = "[KIND/][NAMESPACE/]NAME; KIND is app (Argo CD), ks or hr (Flux)")]
    pub app: String,
    /// Cluster where its object lives or that it deploys to; globs work
    #[arg(long, value_name = "GLOB")]
    pub cluster: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub struct GetArgs {
    #[arg(
        value_name = "APP",
        help = "[KIND/][NAMESPACE/]NAME; KIND is app (Argo CD), ks or hr (Flux); globs work; all apps where none is named"
    )]
    pub apps: Vec<String>,
    /// Cluster where their objects live or that they deploy to; globs work
    #[arg(long, value_name = "GLOB")]
    pub cluster: Option<String>,
    /// Output; table shows one app alone in detail
    #[arg(long, short, default_value = "table")]
    pub output: Output,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Debug, Clone, Args)]
pub struct WhyArgs {
    #[command(flatten)]
    pub one: OneApp,
    /// Output
    #[arg(long, short, default_value = "text")]
    pub output: Form,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Debug, Clone, Args)]
pub struct TimelineArgs {
    #[arg(value_name = "APP", help = "[KIND/][NAMESPACE/]NAME; everything where none is named")]
    pub app: Option<String>,
    /// Cluster where their objects live or that they deploy to; globs work
    #[arg(long, value_name = "GLOB")]
    pub cluster: Option<String>,
    /// How far back (30m, 6h, 2d)
    #[arg(long, default_value = "1h", value_name = "TIME")]
    pub since: String,
    /// Output
    #[arg(long, short, default_value = "text")]
    pub output: Form,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Debug, Clone, Args)]
pub struct DriftArgs {
    /// Only apps that fit, in the language of / on screen (cluster:prod-* kind:ks path:apps/web)
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// Cluster where their objects live or that they deploy to; globs work
    #[arg(long, value_name = "GLOB")]
    pub cluster: Option<String>,
    /// Output
    #[arg(long, short, default_value = "text")]
    pub output: Form,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    /// Output
    #[arg(long, short, default_value = "text")]
    pub output: Form,
    #[command(flatten)]
    pub reading: Reading,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    Text,
    Json,
}

/// A number from 1 on. Each simulated cluster is a server, and each app some objects in memory: what no machine holds is a slip.
fn within(most: u64) -> impl TypedValueParser<Value = usize> {
    clap::value_parser!(u64).range(1..=most).try_map(usize::try_from)
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
    #[arg(long, value_name = "N", value_parser = within(200))]
    pub clusters: Option<usize>,
    /// Apps of the generated fleet, over all clusters
    #[arg(long, value_name = "M", value_parser = within(100_000))]
    pub apps: Option<usize>,
    /// So many times a second Argo CD compares an app of the generated fleet and finds nothing new
    #[arg(long, value_name = "N", hide = true, value_parser = within(1000))]
    pub noise: Option<usize>,
    /// Seed of everything that is random
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
}

#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    /// Cluster where their objects live or that they deploy to; globs work
    #[arg(long, value_name = "GLOB")]
    pub cluster: Option<String>,
    /// Output; AGE is how long an app has been in its state, not when it was last synced
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
    fn a_fleet_of_nothing_is_refused_with_the_numbers_that_go() {
        for (args, most) in [(["demo", "--clusters", "0"], "1..=200"), (["demo", "--apps", "0"], "1..=100000")] {
            let error = parse(&args).unwrap_err().to_string();
            assert!(error.contains(most), "{error}");
        }
        let Some(Command::Demo(args)) = parse(&["demo", "--clusters", "3", "--apps", "100"]).unwrap().command else { panic!() };
        assert_eq!((args.clusters, args.apps), (Some(3), Some(100)));
    }

    #[test]
    fn status_waits_ten_seconds_and_prints_a_table_unless_told() {
        let Some(Command::Status(args)) = parse(&["status"]).unwrap().command else { panic!() };
        assert_eq!((args.timeout.as_str(), args.output), ("10s", Output::Table));
        assert!(parse(&["status", "-o", "yaml"]).is_err());
    }
}
