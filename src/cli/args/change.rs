//! What can be typed of the commands that change something.

use super::{Form, OneApp, Reading};
use clap::Args;

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
    /// The word the plan wants, mostly the cluster it lands on: for protected clusters and for what destroys
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

pub(super) const ASKS: &str = "\
Without --yes or --confirm it asks on the terminal; where there is none, nothing is sent.
Exit codes: 0 sent (with --wait: ended well), 3 refused, 4 sent and failed, 5 outcome unknown, 130 interrupted.";

pub(super) const SYNC: &str = "\
Examples:
  driftdeck sync web --cluster stage-eu --dry-run
  driftdeck sync web --cluster stage-eu --yes --wait
  driftdeck sync ks/payments/payments --cluster prod-eu --confirm prod-eu --wait

Without --yes or --confirm it asks on the terminal; where there is none, nothing is sent.
Exit codes: 0 sent (with --wait: ended well), 1 with --wait: applied, but the app is not well,
3 refused, 4 sent and failed, 5 outcome unknown, 130 interrupted.";

pub(super) const STAGED: &str = "\
Examples:
  driftdeck staged-sync web --dry-run                       web on every cluster that has it
  driftdeck staged-sync web orders --first stage-eu --confirm '4 clusters'
  driftdeck staged-sync 'ks/shop/*' --cluster 'prod-*' --at-once 2 --within 10m

Unprotected clusters come before protected ones, and on a protected cluster apps always go one by one. The next app is sent when the one
before was seen Healthy: it always follows, --wait changes nothing. An app that cannot be synced now is left out and named. Ctrl-C sends
nothing more and follows what was sent.
Exit codes: 0 all Healthy, 1 all Healthy but some were left out, 2 and a cluster that may hold more was not read, 3 refused, 4 stopped: one is not Healthy, 5 its end was not seen, 130 interrupted.";

pub(super) const ENGINE_ROLLBACK: &str = "\
Temporary: git still says what it says, the app is OutOfSync, and any sync undoes it. To undo a commit for good, revert it in git
(R on the screen). Refused while auto-sync is on. The ids are those that driftdeck get APP shows.
  driftdeck engine-rollback app/argocd/web 12 --confirm prod-eu --wait

Exit codes: 0 sent (with --wait: ended well), 3 refused, 4 sent and failed, 5 outcome unknown, 130 interrupted.";

pub(super) const REFRESH: &str = "\
Where it deploys nothing it is sent at once; where it may deploy (auto-sync, a new commit) it asks.
  driftdeck refresh app/argocd/web --wait

Exit codes: 0 sent (with --wait: looked again), 3 refused, 4 sent and failed, 5 outcome unknown, 130 interrupted.";

pub(super) const SUSPEND: &str = "\
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
