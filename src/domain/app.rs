//! One row of the fleet: an Argo CD Application, a Flux Kustomization or a HelmRelease.

use super::Timestamp;
use super::asked::Asked;
use super::history::HistoryEntry;
use super::ids::{AppId, ClusterId, ObjectKey, SourceId};
use super::json::Json;
use super::overrides::IgnoredDifference;
use super::source::Source;
use super::status::{Health, HealthBy, Operation, Phase, Severity, Sync};
use super::word::Word;
use serde::{Deserialize, Serialize};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// Where an app deploys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// The cluster of ours it maps to; `None` = unmapped.
    pub cluster: Option<ClusterId>,
    /// Argo `spec.destination.name`; for Flux with `spec.kubeConfig` the secret's name.
    pub name: Option<String>,
    pub server: Option<String>,
    pub namespace: Option<String>,
}

/// A condition of the object; Argo conditions have no status and count as `Some(true)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub kind: String,
    /// `None` = Unknown.
    pub status: Option<bool>,
    pub reason: String,
    pub message: String,
    pub since: Option<Timestamp>,
}

/// A resource the app manages (Argo `status.resources`, Flux inventory).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedResource {
    pub key: ObjectKey,
    pub version: Word,
    /// `None` where the engine does not tell (Flux, hooks).
    pub sync: Option<Sync>,
    pub health: Option<Health>,
    pub health_message: Word,
    pub requires_pruning: bool,
    pub hook: bool,
    pub wave: i32,
}

/// Where Helm keeps what it applied: Secret `sh.helm.release.v1.<name>.v<version>`, on the cluster it applied it to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRelease {
    pub namespace: String,
    pub name: String,
    pub version: i64,
}

/// Why nothing is known of a release that names no object: there is nothing to look at, which is no sign of health.
pub const NO_OBJECTS: &str = "its stored release names no object";

/// A result of one resource in the last operation (Argo `syncResult.resources`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationResource {
    pub key: ObjectKey,
    /// Synced, SyncFailed, Pruned, PruneSkipped; empty = pending or a hook.
    pub status: Word,
    pub message: Word,
    /// PreSync, Sync, PostSync, SyncFail.
    pub sync_phase: Word,
    /// Empty where it is no hook.
    pub hook_type: Word,
    /// Running, Succeeded, Failed, Error, Terminating.
    pub hook_phase: Word,
}

/// What only Argo CD Applications have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArgoFields {
    pub project: String,
    pub automated: bool,
    /// `spec.syncPolicy.automated` is there (whatever `enabled` says).
    pub has_automated: bool,
    pub prune: bool,
    pub self_heal: bool,
    pub allow_empty: bool,
    /// `spec.syncPolicy.automated` as written, to be put back after a freeze.
    #[serde(default)]
    pub automated_policy: Option<Json>,
    pub sync_options: Vec<String>,
    /// `spec.syncPolicy.retry` as written, to be sent along with an operation.
    pub retry: Option<Json>,
    /// `.operation` is present.
    pub operation_present: bool,
    /// `status.operationState` is present.
    pub operation_state_present: bool,
    /// `status` is present at all.
    pub status_present: bool,
    pub skip_reconcile: bool,
    /// Refresh annotation waits to be removed: `normal` or `hard`.
    pub refresh: Option<String>,
    pub reconciled_at: Option<Timestamp>,
    /// `status.sync.revision(s)`: the head Argo compared with.
    pub compared: Vec<String>,
    /// Revision(s) of `operationState.operation.sync`.
    pub operation_revisions: Vec<String>,
    /// Only these resources were asked for (`operation.sync.resources`).
    pub operation_is_partial: bool,
    pub operation_is_dry_run: bool,
    /// `syncStrategy.apply` alone (no hooks), or with `hook` too: no single request asks for both.
    #[serde(default)]
    pub operation_is_apply_only: bool,
    #[serde(default)]
    pub operation_is_mixed: bool,
    /// `retry.limit` and `retry.refresh` of the operation.
    #[serde(default)]
    pub operation_retry_limit: Option<i64>,
    #[serde(default)]
    pub operation_retry_refresh: bool,
    /// `sync.autoHealAttemptsCount`: above 0 the operation corrects drift.
    #[serde(default)]
    pub self_heal_attempts: i64,
    /// What the last operation was asked to do, where a request of ours began it.
    #[serde(default)]
    pub asked: Option<Box<Asked>>,
    /// Results of the last operation, unless it was a whole one that succeeded.
    pub operation_resources: Vec<OperationResource>,
    pub multi_source: bool,
    pub has_hydrator: bool,
    /// Name of the ApplicationSet that owns it.
    pub application_set: Option<String>,
    /// Instance in the tracking id of the Application itself: its parent app.
    pub parent: Option<String>,
    /// Child Applications among the resources.
    pub children: usize,
    pub controller_namespace: Option<String>,
    pub revision_history_limit: Option<i64>,
    /// `spec.ignoreDifferences`.
    #[serde(default)]
    pub ignored: Vec<IgnoredDifference>,
    pub labels: Vec<(String, String)>,
}

impl ArgoFields {
    /// Synced and Healthy, yet not the whole story: child apps whose state Argo does not count, or a sync of some resources only that has
    /// not been compared since it ended.
    pub fn says_too_little(&self, operation: Option<&Operation>) -> bool {
        let ended = operation.and_then(|o| o.finished_at).filter(|_| !self.operation_is_dry_run);
        self.children > 0 || self.operation_is_partial && ended.is_some_and(|e| self.reconciled_at.is_none_or(|r| r < e))
    }
}

/// What only Flux appliers have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FluxFields {
    /// `spec.interval`, `spec.retryInterval`, `spec.timeout` in seconds.
    pub interval: Option<u64>,
    pub retry_interval: Option<u64>,
    pub timeout: Option<u64>,
    /// `wait` or `healthChecks` is set.
    pub assesses_health: bool,
    pub prune: bool,
    pub force: bool,
    pub source: Option<SourceId>,
    pub last_applied: Option<String>,
    pub last_attempted: Option<String>,
    pub observed_generation: Option<i64>,
    /// `status.lastHandledReconcileAt`.
    pub handled: Option<String>,
    /// Annotation `reconcile.fluxcd.io/requestedAt`: asked for, and done once `handled` says the same.
    #[serde(default)]
    pub requested: Option<String>,
    /// (namespace, name) of `dependsOn`.
    pub depends_on: Vec<(String, String)>,
    /// Owner labels `kustomize.toolkit.fluxcd.io/{namespace,name}`: the parent Kustomization.
    pub parent: Option<(String, String)>,
    /// `spec.kubeConfig` is set: objects live elsewhere.
    pub remote: bool,
    pub target_namespace: Option<String>,
    /// `spec.serviceAccountName`: whom Flux acts as, in the namespace of the object.
    #[serde(default)]
    pub service_account: Option<String>,
    /// Kustomization: `spec.postBuild.substitute`, and whether `substituteFrom` is there too.
    pub substitute: Vec<(String, String)>,
    pub substitute_from: bool,
    /// Kustomization fields that change the build, as written: images, patches, components, commonMetadata, namePrefix, nameSuffix.
    pub build: Option<Json>,
    pub decrypts: bool,
    /// HelmRelease.
    pub helm: Option<HelmFields>,
    /// Field manager that owns `spec.suspend` of a suspended object (`kustomize-controller` = it stands in git).
    #[serde(default)]
    pub suspend_manager: Option<String>,
    /// Annotation `fluxcd.controlplane.io/suspendedBy`.
    pub suspended_by: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelmFields {
    pub chart: String,
    /// Wanted version or range.
    pub version: Option<String>,
    /// `disabled`, `warn` or `enabled`.
    pub drift_mode: String,
    pub drifted: bool,
    /// `spec.driftDetection.ignore`.
    #[serde(default)]
    pub ignored: Vec<IgnoredDifference>,
    pub release_name: String,
    pub storage_namespace: String,
    pub release_version: Option<i64>,
    pub failures: i64,
    pub install_failures: i64,
    pub upgrade_failures: i64,
    /// `status.helmChart`: (namespace, name).
    pub helm_chart: Option<(String, String)>,
    pub stalled: bool,
    /// `status.lastHandledForceAt` and `lastHandledResetAt`.
    #[serde(default)]
    pub handled_force: Option<String>,
    #[serde(default)]
    pub handled_reset: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineFields {
    Argo(Box<ArgoFields>),
    Flux(Box<FluxFields>),
}

/// The freeze annotation `driftdeck/frozen`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    pub v: u32,
    pub by: String,
    pub reason: String,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// The sync policy to put back (Argo).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Json>,
}

/// One app as its object tells; what other objects add (source, git, live pods) lives beside it in the fleet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    pub id: AppId,
    pub uid: String,
    pub resource_version: String,
    pub generation: i64,
    /// API version it was read at (`v1alpha1`).
    pub api_version: String,
    pub created_at: Option<Timestamp>,
    pub deleting: bool,
    pub destination: Destination,
    pub sync: Sync,
    pub health: Health,
    pub health_by: HealthBy,
    /// Flux `spec.suspend`; Argo skip-reconcile.
    pub suspended: bool,
    /// `None` for Flux.
    pub auto_sync: Option<bool>,
    pub operation: Option<Operation>,
    /// What runs, whole (commit id, chart version); never what was only tried.
    pub revision: Option<String>,
    /// What the engine wants or tried last, whole, where it differs in kind from `revision`.
    pub target: Option<String>,
    pub sources: Vec<Source>,
    pub conditions: Vec<Condition>,
    /// Newest first.
    pub history: Vec<HistoryEntry>,
    pub resources: Vec<ManagedResource>,
    /// When this state began, as the object tells.
    pub since: Option<Timestamp>,
    pub frozen: Option<Frozen>,
    pub engine: EngineFields,
    /// The object exists but cannot be read: why. All other status fields are then unknown.
    pub unreadable: Option<String>,
    /// When we read it.
    pub observed_at: Timestamp,
}

impl App {
    /// The last operation of Argo CD is a sync of every resource, at the revision that they were compared with: what it did not tell of, it has
    /// not begun.
    pub fn is_whole_sync(&self) -> bool {
        let (Some(argo), Some(operation)) = (self.argo(), &self.operation) else { return false };
        let options = argo.asked.as_ref().map_or(&argo.sync_options, |a| &a.options);
        !argo.operation_is_partial
            && !options.iter().any(|o| o == "ApplyOutOfSyncOnly=true")
            && operation.revision.as_ref().is_some_and(|tried| argo.compared.contains(tried))
    }
    /// Worst class that operation, health or sync reaches (`expected.json` conventions).
    pub fn severity(&self) -> Severity {
        if self.unreadable.is_some() {
            return Severity::Unknown;
        }
        let phase = self.operation.as_ref().filter(|o| !o.routine).map(|o| o.phase);
        if phase.is_some_and(Phase::is_failed) {
            return Severity::Failed;
        }
        let working = phase.is_some_and(Phase::is_working);
        let by_health = match self.health {
            Health::Degraded => Severity::Degraded,
            Health::Missing => Severity::Missing,
            Health::Unknown if self.health_by == HealthBy::NotAssessed => Severity::Unassessed,
            Health::Unknown => Severity::Unknown,
            Health::Suspended => Severity::Suspended,
            Health::Progressing => Severity::Progressing,
            Health::Healthy => Severity::Ok,
        };
        let by_sync = match self.sync {
            Sync::OutOfSync if working => Severity::Progressing,
            Sync::OutOfSync => Severity::OutOfSync,
            Sync::Unknown => Severity::Unknown,
            Sync::Synced => Severity::Ok,
        };
        let by_operation = match phase {
            Some(Phase::Requested | Phase::Running | Phase::Blocked | Phase::Terminating | Phase::Orphaned)
                if self.id.engine() == super::ids::EngineKind::Argo || working =>
            {
                Severity::Progressing
            }
            _ => Severity::Ok,
        };
        let by_deletion = if self.deleting { Severity::Progressing } else { Severity::Ok };
        let worst = by_health.min(by_sync).min(by_operation).min(by_deletion);
        // Nobody puts back what drifted while it is suspended: that is how it is held.
        let held = self.suspended && worst >= Severity::OutOfSync;
        // Argo CD goes on comparing a frozen app: whatever it has to say stands before the freeze.
        let frozen = self.is_frozen() && worst == Severity::Ok;
        if held || frozen { Severity::Suspended } else { worst }
    }

    /// Auto-sync of an Argo app is off, and a note says who wants it so.
    pub fn is_frozen(&self) -> bool {
        self.frozen.is_some() && self.auto_sync == Some(false)
    }

    /// Nothing new reaches it, because somebody wants it so.
    pub fn is_held(&self) -> bool {
        self.suspended || self.is_frozen()
    }

    /// Synced, healthy, nothing asked for and nothing partly done.
    pub fn is_green(&self) -> bool {
        self.severity() == Severity::Ok && self.is_whole()
    }

    /// What runs is good, although new commits may be held back from a frozen app.
    pub fn is_good(&self) -> bool {
        let frozen = self.is_frozen() && !self.suspended && self.severity() == Severity::Suspended && self.health == Health::Healthy;
        (self.severity() == Severity::Ok || frozen) && self.is_whole()
    }

    fn is_whole(&self) -> bool {
        !self.deleting && !self.argo().is_some_and(|a| a.says_too_little(self.operation.as_ref()))
    }

    pub fn argo(&self) -> Option<&ArgoFields> {
        match &self.engine {
            EngineFields::Argo(a) => Some(a),
            EngineFields::Flux(_) => None,
        }
    }

    /// Namespace and name of the Application that applies this one's object, as its tracking id tells: one outside the namespace of its
    /// Argo CD carries its own in front.
    pub fn parent_application(&self) -> Option<(&str, &str)> {
        let argo = self.argo()?;
        let instance = argo.parent.as_deref()?;
        let home = argo.controller_namespace.as_deref().unwrap_or(&self.id.namespace);
        Some(instance.split_once('_').unwrap_or((home, instance)))
    }

    pub fn flux(&self) -> Option<&FluxFields> {
        match &self.engine {
            EngineFields::Flux(f) => Some(f),
            EngineFields::Argo(_) => None,
        }
    }

    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.kind == kind)
    }

    /// The name shown in the CLUSTER column: the destination, else the home cluster.
    pub fn runs_on(&self) -> &str {
        match &self.destination {
            Destination { cluster: Some(c), .. } => c.as_str(),
            Destination { name: Some(n), .. } if self.id.engine() == super::ids::EngineKind::Argo => n,
            Destination { server: Some(s), .. } => s,
            _ => self.id.cluster.as_str(),
        }
    }
}

/// An app that several may hold: a snapshot for the state directory costs no copy. Changing it copies only when somebody else holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct SharedApp(Arc<App>);

impl From<App> for SharedApp {
    fn from(app: App) -> Self {
        Self(Arc::new(app))
    }
}
impl Deref for SharedApp {
    type Target = App;
    fn deref(&self) -> &App {
        &self.0
    }
}
impl DerefMut for SharedApp {
    fn deref_mut(&mut self) -> &mut App {
        Arc::make_mut(&mut self.0)
    }
}
