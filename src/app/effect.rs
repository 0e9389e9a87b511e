//! What the state asks of the world; carried out by `runtime`, one arm each.

use super::fleet::Ack;
use super::rollback::PathClaim;
use crate::domain::Timestamp;
use crate::domain::app::{App, ManagedResource, SharedApp, StoredRelease};
use crate::domain::cluster::Fingerprint;
use crate::domain::history::LedgerEntry;
use crate::domain::ids::{AppId, ClusterId, Epoch, ObjectKey, TaskId};
use crate::domain::journal::{JournalEntry, TimelineEntry, Watched};
use crate::domain::plan::RevertRequest;
use crate::domain::repo::RepoId;
use crate::domain::source::RefKind;

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Leave with this exit code.
    Quit(i32),
    /// Hand the terminal back to the shell until `fg` (Ctrl-Z).
    SuspendProgram,
    /// Watch exactly these clusters; sessions of others end.
    Connect(Vec<ClusterId>),
    /// A quick look at each of these contexts, for the picker. A login program is run, without the terminal, only where that was asked for.
    Probe {
        contexts: Vec<ClusterId>,
        may_log_in: bool,
    },
    /// The picker is closed: looks that still run are ended.
    EndProbes,
    /// Try again now.
    RetryCluster(ClusterId),
    RetryRepo(RepoId),
    /// Run the kubeconfig's login program on the real terminal, then come back.
    Login(ClusterId),
    /// Poll exactly these repositories.
    Repos(Vec<(RepoId, String)>),
    /// Read the live tree below an app from the cluster it deploys to.
    Tree {
        app: AppId,
        cluster: ClusterId,
        resources: Vec<ManagedResource>,
        /// For the row in view: ended with [`Effect::EndDetails`].
        in_view: bool,
    },
    /// The row in view was left: nobody waits for what is still read of it.
    EndDetails,
    /// Read the objects of an app whose engine does not assess health.
    Assess {
        app: AppId,
        /// Comes back with the answer.
        of: super::assess::Made,
        cluster: ClusterId,
        resources: Vec<ManagedResource>,
        /// Where the resources are told, when the app's object does not.
        release: Option<StoredRelease>,
    },
    /// Ask the cluster whether the operator may patch this object; the number comes back with the answer.
    Review {
        ask: u64,
        object: super::rights::Object,
    },
    /// Is one of these objects on `cluster`, marked as the app's own? Any of the ids of an object will do.
    FindTracked {
        home: ClusterId,
        destination: String,
        cluster: ClusterId,
        objects: Vec<(ObjectKey, Vec<String>)>,
    },
    /// Events of the app object and its resources, from both clusters.
    Events {
        app: AppId,
        home: ClusterId,
        destination: Option<ClusterId>,
        objects: Vec<ObjectKey>,
    },
    /// Read the objects of other kinds that may concern an app, from the cluster where it lives.
    Around(SharedApp),
    Log {
        app: AppId,
        cluster: ClusterId,
        pod: ObjectKey,
        container: Option<String>,
        previous: bool,
    },
    /// Streams the log of the run that goes on, until [`Effect::EndLog`] or another follow.
    FollowLog {
        id: u64,
        cluster: ClusterId,
        pod: ObjectKey,
        container: String,
    },
    /// Nobody looks at the log that is followed.
    EndLog,
    Diff {
        task: TaskId,
        request: Box<DiffRequest>,
    },
    /// As `Diff`, for the drift groups: only what differs comes back.
    Compare {
        task: TaskId,
        request: Box<DiffRequest>,
    },
    /// Nobody waits for the answers to `Compare`.
    EndCompare,
    Suspects {
        task: TaskId,
        request: Box<SuspectsRequest>,
    },
    Preview {
        task: TaskId,
        request: Box<PreviewRequest>,
    },
    /// Would the push of this revert go through? Nothing is sent.
    CheckPush {
        task: TaskId,
        request: Box<RevertRequest>,
    },
    /// Nobody waits for the answer to the last `CheckPush`.
    EndCheck,
    /// Standing of a revision that runs against the tip of what it follows, both commit ids.
    Standing {
        repo: RepoId,
        revision: String,
        tip: String,
    },
    /// How many commits of its own paths each app is behind the tip: what it is built from, and the revision that runs.
    OwnBehind {
        repo: RepoId,
        tip: String,
        apps: Vec<(PathClaim, String)>,
    },
    /// Which commits of its own paths an app got between deployments of it: (earlier revision, later revision). For the row in view.
    Between {
        repo: RepoId,
        claim: PathClaim,
        tip: String,
        pairs: Vec<(String, String)>,
    },
    /// Is `commit` an ancestor of (or equal to) `revision`?
    IsAncestor {
        task: TaskId,
        repo: RepoId,
        commit: String,
        revision: String,
    },
    /// Write the line down, then do what its plan says; nothing is sent where the line cannot be written.
    RunPlan {
        task: TaskId,
        epoch: Epoch,
        line: Box<JournalEntry>,
    },
    Journal(Box<JournalEntry>),
    Timeline(Vec<TimelineEntry>),
    /// This run still goes on, or ends now.
    Watched(Watched),
    Ledger(LedgerEntry),
    SaveRows(ClusterId, Vec<SharedApp>),
    SaveFingerprint(ClusterId, Fingerprint),
    SaveAcknowledged(Vec<(AppId, Ack)>),
    SaveClusters {
        chosen: Vec<ClusterId>,
        /// Marked as protected, or as not protected.
        protected: Vec<(ClusterId, bool)>,
    },
    SaveTheme(String),
    SaveViews {
        own: Vec<crate::domain::view::SavedView>,
        /// The filter that a run starts with.
        start: Option<String>,
    },
    /// The context that reaches a destination (`HOME/NAME`), as found; `None` = the choice is taken back.
    SaveMapping {
        destination: String,
        to: Option<ClusterId>,
    },
    /// The terminal reports the mouse, or keeps it.
    Mouse(bool),
    Copy(String),
    /// A file in the state directory's `exports`; its path is said.
    Export {
        name: String,
        text: String,
    },
}

/// Compare live with desired for one app.
#[derive(Clone, Debug, PartialEq)]
pub struct DiffRequest {
    pub app: App,
    /// Cluster the live objects are read from; `None` = unmapped.
    pub cluster: Option<ClusterId>,
    pub mode: DiffMode,
    /// Newest revision that our ledger knows to have been healthy.
    pub last_good: Option<String>,
    /// The other app, where two are compared.
    pub against: Option<Box<App>>,
    pub cluster_label: String,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum DiffMode {
    /// What a sync would write.
    LiveVsDesired,
    /// The deployed revision against the tip.
    DeployedVsIncoming,
    LastGoodVsLive,
    /// What the app runs against what another one of its name runs, each rendered for its own cluster.
    TwoApps,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SuspectsRequest {
    pub app: App,
    pub repo: RepoId,
    pub url: String,
    /// What the app follows; which branch that is, git says after the fetch.
    pub reference: RefKind,
    pub good: Option<String>,
    /// This app and every other app that follows the repository.
    pub own: PathClaim,
    pub others: Vec<PathClaim>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewRequest {
    pub repo: RepoId,
    pub url: String,
    pub branch: String,
    pub base: String,
    /// Newest first, with the mainline chosen for merges.
    pub commits: Vec<(String, Option<u32>)>,
    /// The other apps that follow the branch.
    pub others: Vec<PathClaim>,
}
