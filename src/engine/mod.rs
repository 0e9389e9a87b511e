//! GitOps dialects, pure: how one engine's objects become rows, verdicts and plans.
//!
//! May import: `domain`, serde_json. Never a client, tokio, `app` or `ui`.
//! To extend: a new engine is a new folder that implements [`Engine`], and one line in [`ENGINES`]; a cause that any engine may meet is a
//! rule in `cause`; what may be wrong with an engine itself is a rule in `health`.

pub mod argo;
mod around;
mod cause;
pub mod existing;
pub mod flux;
mod freeze;
pub mod health;
pub mod works;

use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::cluster::EngineInfo;
use crate::domain::event::{LiveEvent, LiveNode, OtherObject, Parsed, Project};
use crate::domain::history::LedgerEntry;
use crate::domain::ids::{AppId, ClusterId, EngineKind, ObjectKey};
use crate::domain::neighbour::{Lookup, Neighbour};
use crate::domain::plan::{Plan, PlanChoices};
use crate::domain::progress::{ProgressStep, StepState};
use crate::domain::source::SourceObject;
use crate::domain::status;
use crate::domain::text::shell;
use crate::domain::verdict::{Evidence, Verdict, Weight};
use serde_json::Value;

/// What a kind is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A row.
    App,
    /// Fetches what rows apply.
    Source,
    /// Judged together with rows (AppProject, ApplicationSet).
    Context,
}

/// A kind that is watched on every cluster which serves it.
#[derive(Debug, PartialEq, Eq)]
pub struct WatchedKind {
    pub engine: EngineKind,
    /// Empty for the core group.
    pub group: &'static str,
    /// Versions we can read, best first.
    pub versions: &'static [&'static str],
    pub plural: &'static str,
    pub kind: &'static str,
    pub role: Role,
    /// Only this object name is watched (ConfigMap argocd-cm); `None` = all.
    pub only: Option<&'static str>,
}

/// What the operator wants done to an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Argo sync; Flux reconcile.
    Sync,
    Refresh,
    HardRefresh,
    /// Flux suspend; Argo auto-sync off.
    Suspend,
    Resume,
    Terminate,
    /// Argo: drop a request that is queued, stuck or left over from the object (expert).
    ClearOperation,
    /// Argo: approve the deletion that a sync waits for.
    ConfirmPrune,
    /// Argo: deploy an entry of its history again, git unchanged.
    RollBackTo,
}

/// Facts about a cluster that plans must name or obey.
#[derive(Clone, Debug, Default)]
pub struct ClusterFacts {
    /// Shown and typed name.
    pub name: String,
    pub protected: bool,
    pub read_only: bool,
    /// Nothing tells which cluster it is: it counts as protected.
    pub is_unknown: bool,
    /// What a plan says of it where we do not watch it.
    pub note: String,
    /// Guardrails of the config, for the one function that writes.
    pub no_force: bool,
    pub no_prune: bool,
    /// First eight characters of the cluster's uid; empty when unreadable.
    pub uid: String,
    pub engines: Vec<EngineInfo>,
}

/// An object that need not exist: absence is known only where it would have been seen.
#[derive(Clone, Debug)]
pub enum Known<'a, T> {
    Read(&'a T),
    Absent,
    /// Why it is not known.
    Unread(String),
}

/// Everything beside the object itself that a verdict or a plan may use; `None` and empty mean "not known", never "does not exist".
#[derive(Clone, Debug)]
pub struct Context<'a> {
    pub now: Timestamp,
    /// Who the program acts as (user name).
    pub operator: &'a str,
    pub home: &'a ClusterFacts,
    /// The cluster it deploys to; `None` = unmapped.
    pub destination: Option<&'a ClusterFacts>,
    /// What is known of a destination that is no cluster we watch; plans only.
    pub unmapped: Option<&'a ClusterFacts>,
    /// Flux: the source object, and for a HelmRelease the HelmChart.
    pub source: Option<&'a SourceObject>,
    pub chart: Option<&'a SourceObject>,
    /// Flux: the source that the chart is cut from.
    pub packed_from: Option<&'a SourceObject>,
    /// Argo: all AppProjects of the home cluster that are known, and argocd-cm.
    pub projects: &'a [&'a Project],
    /// Why the AppProjects of the app's Argo CD are not known whole and as of now; `None` = they are.
    pub projects_unread: Option<String>,
    /// ConfigMap argocd-cm of the app's Argo CD.
    pub argocd_cm: Known<'a, OtherObject>,
    /// The newest comparison of any app of the same Argo CD, and how many apps it has.
    pub compared: Option<(Timestamp, usize)>,
    /// How the engine that works on it does.
    pub works: works::Works<'a>,
    /// What it depends on and is made by, nearest first, and what it makes, each up to five links off, as far as they are rows.
    pub related: &'a [&'a App],
    /// The sources of those.
    pub sources: &'a [&'a SourceObject],
    /// What exists beside it, where its own words tell of something missing; verdicts only.
    pub existing: &'a [existing::Existing<'a>],
    /// Argo: what generates the Application.
    pub application_set: Option<&'a OtherObject>,
    /// Live objects of the destination, if they were read for this row.
    pub tree: Option<&'a [LiveNode]>,
    /// Why they could not be read, where we assess them ourselves and tried.
    pub unseen: Option<&'a str>,
    /// Kubernetes Events about the app and its objects, newest first, if read.
    pub events: &'a [LiveEvent],
    /// Last line of the failing container's log, if read.
    pub log_line: Option<&'a str>,
    /// Name of the pod that wrote it.
    pub log_pod: Option<&'a str>,
    /// Tip of the branch the app follows, whole id, as our own poll saw it.
    pub head: Option<&'a str>,
    /// When our poll first saw that tip; it may be older where we had not looked before.
    pub head_since: Option<Timestamp>,
    /// Last good revision we recorded.
    pub last_good: Option<&'a LedgerEntry>,
    pub request_id: &'a str,
}

impl Context<'_> {
    /// Every cluster that an action reaches: where the object lives, and where it deploys.
    fn places(&self) -> impl Iterator<Item = &ClusterFacts> {
        std::iter::once(self.home).chain(self.destination).chain(self.unmapped)
    }

    /// Where it deploys, watched or not; `None` = nothing is known of it.
    pub fn landing(&self) -> Option<&ClusterFacts> {
        self.destination.or(self.unmapped)
    }

    /// One of them is protected, or may be.
    pub fn is_protected(&self) -> bool {
        self.places().any(|c| c.protected || c.is_unknown)
    }

    /// The one of them where nothing may be written.
    pub fn read_only(&self) -> Option<&ClusterFacts> {
        self.places().find(|c| c.read_only)
    }

    /// What is typed to confirm: where the effect lands; the app's own name where nobody can tell where that is.
    pub fn word(&self, app: &App, place: &str) -> String {
        let is_unknown = self.unmapped.is_some_and(|c| c.is_unknown);
        if is_unknown { app.id.name.clone() } else { place.to_owned() }
    }
}

/// Why a new commit would not be applied by itself although the engine follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// In a list: "waits for a sync window".
    pub short: &'static str,
    /// "sync window prod-freeze keeps it until 06:00 UTC".
    pub text: String,
    /// When that ends; `None` = not in sight, or not known.
    pub until: Option<Timestamp>,
    /// It does hold; else it cannot be told.
    pub is_known: bool,
    /// It may end at any time without anybody.
    pub ends_alone: bool,
}

/// An Argo CD that compared none of its apps for this long is down or stuck, whatever its interval, seconds.
pub const SILENT_S: i64 = 600;

/// One dialect.
pub trait Engine: Sync {
    fn kind(&self) -> EngineKind;
    fn watched(&self) -> &'static [WatchedKind];
    /// Reads one object; what cannot be read becomes a row (or source) with `unreadable`, never an error. `json` is the object alone.
    fn parse(&self, kind: &WatchedKind, cluster: &ClusterId, version: &str, json: &str, now: Timestamp) -> Parsed;
    /// Called for each changed row with the one before it: an engine whose objects forget their last outcome while
    /// they try again (Flux) keeps the words that stood there. The default takes the new row as it is.
    fn settle(&self, previous: &App, next: App) -> App {
        let _ = previous;
        next
    }
    fn verdict(&self, app: &App, context: &Context<'_>) -> Verdict;
    /// What keeps a new commit from being applied now; suspension and a switched-off automation are told by the app itself.
    fn hold(&self, app: &App, context: &Context<'_>) -> Option<Hold> {
        let _ = (app, context);
        None
    }
    /// Objects of other kinds that may concern the app, for its Source tab; read only when somebody looks.
    fn lookups(&self, app: &App) -> Vec<Lookup> {
        let _ = app;
        Vec::new()
    }
    /// Those of the objects found that do concern it, in words.
    fn neighbours(&self, app: &App, found: &[(Lookup, Vec<Value>)]) -> Vec<Neighbour> {
        let _ = (app, found);
        Vec::new()
    }
    /// How far an operation is that goes on or has failed; empty where nothing is told. `tree` = live objects, where they were read.
    fn progress(&self, app: &App, tree: Option<&[LiveNode]>) -> Vec<ProgressStep> {
        let _ = (app, tree);
        Vec::new()
    }
    /// Builds the plan; what may not be done comes back as a plan with `refused`.
    fn plan(&self, verb: Verb, app: &App, choices: &PlanChoices, context: &Context<'_>) -> Plan;

    /// Why what git holds does not come in, for plans that count on it; `None` = it does, or the plan of this engine says so itself.
    fn source_trouble(&self, context: &Context<'_>) -> Option<String> {
        let _ = context;
        None
    }
}

/// Steps of an operation as lines of evidence.
fn told(steps: &[ProgressStep]) -> Vec<Evidence> {
    let weight = |state| match state {
        StepState::Done => Weight::Good,
        StepState::Busy => Weight::Busy,
        StepState::Waits => Weight::Plain,
        StepState::Failed => Weight::Bad,
    };
    let line = |s: &ProgressStep| Evidence {
        weight: weight(s.state),
        what: s.name.clone(),
        value: s.text.clone(),
        source: "operation".into(),
        at: None,
    };
    steps.iter().map(line).collect()
}

/// Why nothing goes through this app to `child`, which it makes; `None` = it does.
fn trouble(app: &App, child: &App) -> Option<(Weight, &'static str)> {
    match () {
        () if app.suspended => Some((Weight::Held, "is suspended")),
        () if app.is_frozen() => Some((Weight::Held, "is frozen")),
        () if has_failed(app) && !has_applied(app, child) => Some((Weight::Bad, "has failed")),
        () if app.unreadable.is_some() => Some((Weight::Unknown, "cannot be read")),
        () => None,
    }
}

/// An app of apps is unhealthy for its children; of an Argo app only a failed operation keeps it from applying.
fn has_failed(app: &App) -> bool {
    match app.id.engine() {
        EngineKind::Argo => app.operation.as_ref().is_some_and(|o| o.phase.is_failed()),
        EngineKind::Flux => app.severity().is_broken(),
    }
}

/// The object of `child` is as git has it, whatever went wrong after that: then the trouble of `app` is that of its children, and
/// naming it as theirs would go round in a circle.
fn has_applied(app: &App, child: &App) -> bool {
    let Some(argo) = app.argo() else {
        // Health checks and pruning come after everything was applied.
        return app.sync == status::Sync::Synced || app.condition("Ready").is_some_and(|c| c.reason == "PruneFailed");
    };
    let compared = app.resources.iter().filter(|r| is_object(&r.key, app, child)).any(|r| r.sync == Some(status::Sync::Synced));
    let done = argo.operation_resources.iter().filter(|r| is_object(&r.key, app, child)).any(|r| r.status == "Synced");
    compared || done
}

/// The step to the tab beside Why.
/// What the diff of an app in sync that is not well shows, where a revision is known to go back to: never more than these.
const COMMITS: &str = "what those commits changed";

/// The diff of this app tells what the commits since it was well changed, and not how it differs from git.
fn tells_commits(app: &App, context: &Context<'_>) -> bool {
    let runs = app.revision.as_deref();
    let from_git = app.sources.iter().any(|s| s.repo().is_some() && s.chart.is_none());
    let is_other = |revision: &str| Some(revision) != runs;
    let good = context.last_good.is_some_and(|good| is_other(&good.revision));
    app.sync == crate::domain::status::Sync::Synced && from_git && (good || app.history.iter().any(|h| h.ok && is_other(&h.revision)))
}

/// Some container of it got so far as to write a log.
fn has_run(pod: &LiveNode) -> bool {
    const NEVER: [&str; 8] = [
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
        "Unschedulable",
        "ContainerCreating",
        "PodInitializing",
    ];
    pod.restarts > 0 || pod.exit_code.is_some() || pod.reason.as_deref().is_none_or(|reason| !NEVER.contains(&reason))
}

const RESOURCES: &str = "Resources: which of them are not well";

/// Shows the object of an app, for whoever may read its cluster.
pub fn read_command(id: &AppId) -> String {
    get_command(id, "yaml")
}

/// `output` is a word of the shell as it stands.
fn get_command(id: &AppId, output: &str) -> String {
    let [context, namespace, name] = [id.cluster.as_str(), &id.namespace, &id.name].map(shell);
    format!("kubectl --context {context} -n {namespace} get {}.{} {name} -o {output}", id.kind.plural(), id.kind.group())
}

/// The way from an app of apps to those of its children that are broken.
fn children_step(broken: usize) -> &'static str {
    if broken == 1 { "goes to the child that is broken" } else { "lists the children that are broken" }
}

/// Whether `app` applies the object of `child`: a namesake of another namespace or cluster is another one.
fn holds(app: &App, child: &App) -> bool {
    app.destination.cluster.as_ref() == Some(&child.id.cluster) && app.resources.iter().any(|r| is_object(&r.key, app, child))
}

fn is_object(key: &ObjectKey, app: &App, child: &App) -> bool {
    let id = &child.id;
    let namespace = if key.namespace.is_empty() { app.id.namespace.as_str() } else { key.namespace.as_str() };
    key.group == id.kind.group() && key.kind == id.kind.kind() && key.name == id.name && namespace == id.namespace
}

/// The dialects we know.
pub static ENGINES: [&dyn Engine; 2] = [&argo::Argo, &flux::Flux];

pub fn engine(kind: EngineKind) -> &'static dyn Engine {
    match kind {
        EngineKind::Argo => ENGINES[0],
        EngineKind::Flux => ENGINES[1],
    }
}

/// Every kind of every engine.
pub fn watched() -> impl Iterator<Item = (&'static dyn Engine, &'static WatchedKind)> {
    ENGINES.iter().flat_map(|e| e.watched().iter().map(move |k| (*e, k)))
}
