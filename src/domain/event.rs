//! What a cluster session, a repository poller or a detail reader tells the rest of the program.

use super::Timestamp;
use super::app::App;
use super::cluster::{EngineInfo, Fingerprint, KindState, Link};
use super::controllers::Controllers;
use super::ids::{AppId, ClusterId, Epoch, ObjectKey};
use super::neighbour::Neighbour;
use super::repo::Repo;
use super::source::SourceObject;
use super::status::Health;
use serde::{Deserialize, Serialize};

/// A watched object after the engine parsed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Parsed {
    App(Box<App>),
    Source(Box<SourceObject>),
    Project(Box<Project>),
    /// Kinds we read only for their evidence (ApplicationSet, argocd-cm).
    Other(Box<OtherObject>),
}

/// Argo CD AppProject: what sync windows need.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Project {
    pub cluster: Option<ClusterId>,
    pub namespace: String,
    pub name: String,
    pub labels: Vec<(String, String)>,
    pub windows: Vec<SyncWindow>,
    /// `destinationServiceAccounts`: whom syncs act as, `name` or `namespace:name`.
    #[serde(default)]
    pub accounts: Vec<String>,
    pub observed_at: Option<Timestamp>,
    /// The object could not be read whole: windows cannot be judged.
    pub unreadable: Option<String>,
}

/// One entry of `spec.syncWindows` as written; evaluated in `engine::argo::windows`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SyncWindow {
    pub kind: String,
    pub schedule: String,
    pub duration: String,
    pub applications: Vec<String>,
    pub namespaces: Vec<String>,
    pub clusters: Vec<String>,
    pub manual_sync: bool,
    pub time_zone: String,
    pub and_operator: bool,
    pub sync_overrun: bool,
    pub description: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OtherObject {
    pub cluster: ClusterId,
    pub key: ObjectKey,
    /// The few fields kept, as JSON: for argocd-cm `globalProjects`, for ApplicationSet name and conditions.
    pub value: serde_json::Value,
    pub observed_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ClusterEvent {
    Link {
        cluster: ClusterId,
        link: Link,
    },
    Engines {
        cluster: ClusterId,
        engines: Vec<EngineInfo>,
        kubernetes: Option<String>,
    },
    /// One look at the controllers of its engines.
    Controllers {
        cluster: ClusterId,
        found: Controllers,
    },
    Identity {
        cluster: ClusterId,
        fingerprint: Fingerprint,
        user: Option<String>,
        /// What changed about its address since it was last met; it is still the same cluster.
        moved: Option<String>,
    },
    /// `kind` is the plural ("applications").
    Kind {
        cluster: ClusterId,
        kind: String,
        state: KindState,
    },
    /// New or changed objects, latest wins.
    Upsert {
        cluster: ClusterId,
        epoch: Epoch,
        objects: Vec<Parsed>,
    },
    Removed {
        cluster: ClusterId,
        epoch: Epoch,
        kind: String,
        namespace: String,
        name: String,
    },
    /// A complete set was read: whatever of this kind (in these namespaces; empty = all) is not listed here is gone.
    Complete {
        cluster: ClusterId,
        epoch: Epoch,
        kind: String,
        namespaces: Vec<String>,
        present: Vec<(String, String)>,
    },
    /// The server answered something just now.
    Heard {
        cluster: ClusterId,
        at: Timestamp,
    },
}

impl ClusterEvent {
    pub fn cluster(&self) -> &ClusterId {
        match self {
            Self::Link { cluster, .. }
            | Self::Engines { cluster, .. }
            | Self::Controllers { cluster, .. }
            | Self::Identity { cluster, .. }
            | Self::Kind { cluster, .. }
            | Self::Upsert { cluster, .. }
            | Self::Removed { cluster, .. }
            | Self::Complete { cluster, .. }
            | Self::Heard { cluster, .. } => cluster,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RepoEvent {
    Polled(Repo),
    /// Behind/ahead of revisions that run: ((repo, revision, branch) -> standing) is computed where the mirror is.
    Standing {
        repo: super::repo::RepoId,
        revision: String,
        tip: String,
        standing: super::repo::Standing,
    },
    /// Commits of an app's own paths between the revision that runs and the tip; `None` = git cannot tell.
    OwnBehind {
        repo: super::repo::RepoId,
        tip: String,
        /// (app, revision, count).
        counts: Vec<(AppId, String, Option<u32>)>,
    },
    /// Commits of an app's own paths between deployments of it: (earlier revision, later revision, commits); `None` = git cannot tell.
    Between {
        app: AppId,
        tip: String,
        found: Vec<(String, String, Option<super::commit::OwnCommits>)>,
    },
}

/// One node of the resource tree below an app: managed objects, then what they own, down to pods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LiveNode {
    pub key: ObjectKey,
    pub depth: usize,
    pub uid: String,
    pub created_at: Option<Timestamp>,
    pub health: Option<Health>,
    /// "3 of 4 ready", "exit 1, 7x".
    pub note: String,
    /// The words of the condition or container that decided, as its controller wrote them; empty where none did.
    #[serde(default)]
    pub message: String,
    pub exists: bool,
    /// Pods: reason of the worst container, and that container's name.
    pub container: Option<String>,
    pub reason: Option<String>,
    pub restarts: i64,
    pub exit_code: Option<i64>,
    /// When the run with that exit code ended.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    pub image: Option<String>,
    /// The memory limit of a container that was killed for reaching it.
    #[serde(default)]
    pub memory: Option<String>,
    /// Pods that are not well: the Secrets that they cannot start without.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Managed objects: the newest change that no engine made.
    #[serde(default)]
    pub edit: Option<Edit>,
    /// It is being deleted: the finalizers that keep it until whoever set them is done.
    #[serde(default)]
    pub held_by: Vec<String>,
    /// A Deployment whose rollout goes on: when Kubernetes calls it failed, unless a pod becomes ready before.
    #[serde(default)]
    pub deadline_at: Option<Timestamp>,
    /// Why it could not be read.
    pub unread: Option<String>,
}

/// A change of a live object by somebody other than an engine, as its managedFields tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Field manager (`kubectl-edit`).
    pub manager: String,
    pub at: Option<Timestamp>,
    /// Last part of the field's path (`replicas`), and how many more fields were set with it.
    pub field: String,
    pub more: usize,
    /// What it is now, and what was applied before where the object says; only numbers, switches and images.
    pub live: Option<String>,
    pub applied: Option<String>,
}

/// Seconds without a crash after which the kubelet counts a container's restarts as over.
const CRASH_COUNTS_S: i64 = 600;

impl LiveNode {
    /// The bad end it tells of is no longer going on: the container has run for long since, whatever its status still remembers.
    pub fn is_past_crash(&self, now: Timestamp) -> bool {
        let remembered = matches!(self.reason.as_deref(), Some("Error" | "OOMKilled" | "ContainerCannotRun"));
        // One that waits for its next start has words for it.
        remembered && self.message.is_empty() && self.ended_at.is_some_and(|at| now.as_second() - at.as_second() > CRASH_COUNTS_S)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveEvent {
    pub at: Option<Timestamp>,
    pub object: ObjectKey,
    pub reason: String,
    pub message: String,
    pub warning: bool,
    pub count: i64,
    /// Cluster it was read from.
    pub cluster: ClusterId,
}

/// Answers about the row in view; `app` says which row asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DetailEvent {
    Tree {
        app: AppId,
        at: Timestamp,
        nodes: Result<Vec<LiveNode>, String>,
    },
    Events {
        app: AppId,
        at: Timestamp,
        events: Result<Vec<LiveEvent>, String>,
    },
    /// Objects of other kinds that concern it, with those kinds that could not be read.
    Around {
        app: AppId,
        at: Timestamp,
        neighbours: Vec<Neighbour>,
    },
    Log {
        app: AppId,
        pod: ObjectKey,
        container: String,
        previous: bool,
        at: Timestamp,
        lines: Result<Vec<String>, String>,
        /// All containers of the pod, the failing one first; empty where they could not be read.
        #[serde(default)]
        containers: Vec<String>,
    },
    /// More of the log that is followed, in its order; before it `dropped` lines were left out.
    LogMore {
        id: u64,
        at: Timestamp,
        /// They came while it was followed: neither what was there before nor a note of ours.
        is_new: bool,
        lines: Vec<String>,
        dropped: u64,
    },
    LogEnded {
        id: u64,
        why: String,
    },
}
