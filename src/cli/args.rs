//! What can be typed.

use clap::builder::TypedValueParser;
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

/// How a change is asked for, sent and followed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Sending")]
pub struct Sending {
    /// Show the plan (cluster, object, exact effect, requests) and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask, where the plan wants no word typed
    #[arg(long, short)]
    pub yes: bool,
    /// The word the plan wants, the cluster it lands on: for protected clusters and for what destroys
    #[arg(long, value_name = "WORD")]
    pub confirm: Option<String>,
    /// Follow it to its end, progress on stderr
    #[arg(long)]
    pub wait: bool,
    /// Follow at most this long
    #[arg(long, default_value = "30m", value_name = "TIME")]
    pub wait_timeout: String,
    /// Output
    #[arg(long, short, default_value = "text")]
    pub output: Form,
    #[command(flatten)]
    pub reading: Reading,
}

const ASKS: &str = "\
Without --yes or --confirm it asks on the terminal; where there is none, nothing is sent.
Exit codes: 0 sent (with --wait: ended well), 3 refused, 4 sent and failed, 5 outcome unknown, 130 interrupted.";

const SYNC: &str = "\
Examples:
  driftdeck sync web --cluster stage-eu --dry-run
  driftdeck sync web --cluster stage-eu --yes --wait
  driftdeck sync ks/payments/payments --cluster prod-eu --confirm prod-eu --wait

Without --yes or --confirm it asks on the terminal; where there is none, nothing is sent.
Exit codes: 0 sent (with --wait: ended well), 1 with --wait: applied, but the app is not well,
3 refused, 4 sent and failed, 5 outcome unknown, 130 interrupted.";

const STAGED: &str = "\
Examples:
  driftdeck staged-sync web --dry-run                       web on every cluster that has it
  driftdeck staged-sync web orders --first stage-eu --confirm '4 clusters'
  driftdeck staged-sync 'ks/shop/*' --cluster 'prod-*' --at-once 2 --within 10m

Unprotected clusters come before protected ones, and on a protected cluster apps always go one by one. The next app is sent when the one
before was seen Healthy; an app that cannot be synced now is left out and named. Ctrl-C sends nothing more and follows what was sent.
Exit codes: 0 all Healthy, 1 all Healthy but some were left out, 2 and a cluster that may hold more was not read, 3 refused, 4 stopped: one is not Healthy, 5 its end was not seen, 130 interrupted.";

const ENGINE_ROLLBACK: &str = "\
Temporary: git still says what it says, the app is OutOfSync, and any sync undoes it. To undo a commit for good, revert it in git
(R on the screen). Refused while auto-sync is on. The ids are those that driftdeck get APP shows.
  driftdeck engine-rollback app/argocd/web 12 --confirm prod-eu --wait

Exit codes: 0 sent (with --wait: ended well), 3 refused, 4 sent and failed, 5 outcome unknown, 130 interrupted.";

const REFRESH: &str = "\
Where it deploys nothing it is sent at once; where it may deploy (auto-sync, a new commit) it asks.
  driftdeck refresh app/argocd/web --wait

Exit codes: 0 sent (with --wait: looked again), 3 refused, 4 sent and failed, 5 outcome unknown, 130 interrupted.";

const SUSPEND: &str = "\
Reason, owner and end are written on the object, where others read them. Nothing resumes by itself.
  driftdeck suspend ks/payments/payments --cluster prod-eu --reason 'database move' --until 2h

Exit codes: 0 sent (with --wait: suspended), 3 refused, 4 sent and failed, 5 outcome unknown, 130 interrupted.";

#[derive(Debug, Clone, Args)]
pub struct PlainArgs {
    #[command(flatten)]
    pub one: OneApp,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Clone, Args)]
pub struct RollbackArgs {
    #[command(flatten)]
    pub one: OneApp,
    /// Entry of the history
    #[arg(value_name = "ID")]
    pub id: i64,
    /// Delete what the entry did not have
    #[arg(long)]
    pub prune: bool,
    /// Argo CD checks it, nothing is written by it; the request itself is sent
    #[arg(long, visible_alias = "preview")]
    pub check: bool,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Clone, Args)]
pub struct StagedArgs {
    #[arg(
        value_name = "APP",
        required = true,
        help = "[KIND/][NAMESPACE/]NAME, several, globs work; KIND is app (Argo CD), ks or hr (Flux)"
    )]
    pub apps: Vec<String>,
    /// Clusters where their objects live or that they deploy to; globs work
    #[arg(long, value_name = "GLOB")]
    pub cluster: Option<String>,
    /// Clusters that go first, in this order; repeatable
    #[arg(long, value_name = "CLUSTER", value_delimiter = ',')]
    pub first: Vec<String>,
    /// Apps of one cluster under way at the same time
    #[arg(long, value_name = "N")]
    pub at_once: Option<u32>,
    /// How long an app may take to become Healthy
    #[arg(long, default_value = "5m", value_name = "TIME")]
    pub within: String,
    /// Argo CD: delete what left git
    #[arg(long)]
    pub prune: bool,
    /// Argo CD: delete and create what cannot be changed; HelmRelease: upgrade even if nothing changed
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Clone, Args)]
pub struct RefreshArgs {
    #[command(flatten)]
    pub one: OneApp,
    /// Argo CD drops its manifest cache first
    #[arg(long)]
    pub hard: bool,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Clone, Args)]
pub struct SuspendArgs {
    #[command(flatten)]
    pub one: OneApp,
    /// Why; written on the object
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Who answers for it (default: you)
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// When a reminder is due: 2h, 3d, or a time like 2026-11-24T09:00:00Z
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    #[command(flatten)]
    pub sending: Sending,
}

#[derive(Debug, Clone, Args)]
pub struct SyncArgs {
    #[command(flatten)]
    pub one: OneApp,
    /// Argo CD: delete what left git
    #[arg(long)]
    pub prune: bool,
    /// Argo CD: delete and create what cannot be changed; HelmRelease: upgrade even if nothing changed
    #[arg(long)]
    pub force: bool,
    /// Argo CD: apply only, skip hooks
    #[arg(long)]
    pub apply_only: bool,
    /// Argo CD checks it, nothing is written by it; the request itself is sent
    #[arg(long, visible_alias = "preview")]
    pub check: bool,
    /// Argo CD: apply only what differs
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub apply_out_of_sync_only: Option<bool>,
    /// Argo CD: the API server merges (default: as the app has it)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub server_side: Option<bool>,
    /// Argo CD: write whole objects; with --force deletes and creates them (default: as the app has it)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub replace: Option<bool>,
    /// Argo CD, auto-sync off: a commit, branch, tag or chart version instead of what the app follows
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,
    /// Argo CD: only this resource; repeatable
    #[arg(long = "resource", value_name = "GROUP:KIND:[NAMESPACE/]NAME")]
    pub resources: Vec<String>,
    /// Argo CD: tries after a failure, 0 for none (default: as the app has it)
    #[arg(long, value_name = "N")]
    pub retry_limit: Option<u32>,
    /// Flux: fetch the source first (default: true)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub with_source: Option<bool>,
    /// HelmRelease: forget failed attempts (default: where Flux has given up)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub reset: Option<bool>,
    #[command(flatten)]
    pub sending: Sending,
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
