//! The controllers of a cluster's engines, as their workloads, pods, Leases, Events and settings show them; and what is to be said of them.

use super::Timestamp;
use super::ids::{AppKind, EngineKind};
use super::verdict::NextStep;
use serde::{Deserialize, Serialize};

/// One look at all controllers of a cluster. A list is what was seen; what could not be looked at stands in `unread`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controllers {
    pub at: Timestamp,
    /// By engine, namespace and name.
    pub list: Vec<Controller>,
    /// Settings other than the engine's defaults, of those that change what its words mean.
    pub switches: Vec<Switch>,
    pub unread: Vec<Unread>,
    /// Seconds that the clock of the cluster is ahead of ours: times in its objects are by that clock.
    #[serde(default)]
    pub ahead: i64,
    /// The connection failed on the way: what is missing was not looked for.
    #[serde(default)]
    pub is_cut: bool,
    /// The look before it, where that was not long ago: what is odd once may be of a moment.
    #[serde(skip)]
    pub before: Option<Box<Controllers>>,
}

/// One Deployment or StatefulSet of an engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controller {
    pub engine: EngineKind,
    pub namespace: String,
    pub kind: String,
    pub name: String,
    /// What it is to the engine, whatever it is called there: `source-controller`, `application-controller`.
    pub component: String,
    /// Of its image, without a leading `v`.
    pub version: Option<String>,
    pub desired: u32,
    pub ready: u32,
    /// Since when fewer than wanted are available, where the workload tells.
    pub down_since: Option<Timestamp>,
    /// `None` = not read.
    pub pods: Option<Pods>,
    /// `None` = not read, or it elects no leader.
    pub lease: Option<Lease>,
    /// The newest Event it wrote; only of those that write one at each run.
    pub heard_at: Option<Timestamp>,
}

/// The pods of a controller, together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pods {
    pub count: usize,
    pub restarts: u32,
    /// Why the worst one waits or last ended: `CrashLoopBackOff`, `OOMKilled`.
    pub reason: Option<String>,
    /// When a container that restarted several times last ended after a short run: counts alone are of the whole life of a pod.
    pub crashed_at: Option<Timestamp>,
    /// Since when the first of those that are not ready is so.
    pub unready_since: Option<Timestamp>,
}

/// A Lease by which one replica leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The pod, without what follows its name.
    pub holder: String,
    /// By our clock: the age is that of the cluster's own clock.
    pub renewed_at: Option<Timestamp>,
    /// As it is written: where two looks find the same, it was not renewed between them.
    #[serde(default)]
    pub stamp: Option<Timestamp>,
    /// Seconds after which another replica may take over.
    pub duration: u32,
}

/// A setting that changes what an engine's words mean.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Switch {
    pub engine: EngineKind,
    pub namespace: String,
    /// Where it is set: `ConfigMap argocd-cm`, `Deployment kustomize-controller`.
    pub place: String,
    pub name: String,
    pub value: String,
}

/// What could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The plural, with its namespace where only one was asked: `leases in flux-system`.
    pub what: String,
    pub why: String,
}

/// How much a warning weighs, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It does nothing any more: what its apps show is from before.
    Down,
    /// It works, but badly or not for everybody.
    Poor,
    /// Known of this version: nothing need be wrong now.
    Known,
    /// A setting that changes what is shown, or something that could not be looked at.
    Note,
}

impl Level {
    pub fn word(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Poor => "poor",
            Self::Known => "known",
            Self::Note => "note",
        }
    }
}

/// Which apps of an engine show nothing newer because of a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    Nothing,
    All,
    Kustomizations,
    HelmReleases,
}

impl Reach {
    /// Whether it is one of the apps of this kind, of the engine that a warning is about.
    pub fn covers(self, kind: AppKind) -> bool {
        match self {
            Self::Nothing => false,
            Self::All => true,
            Self::Kustomizations => kind == AppKind::Kustomization,
            Self::HelmReleases => kind == AppKind::HelmRelease,
        }
    }
}

/// One thing to be said of the engine of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Name of the rule, for scripts: `controller-down`.
    pub rule: String,
    pub engine: EngineKind,
    pub level: Level,
    pub reach: Reach,
    /// Namespace of the instance; empty = the engine as a whole.
    pub namespace: String,
    /// The controller it is about; empty = the engine as a whole.
    pub controller: String,
    /// For a narrow column: `Flux down`.
    pub word: String,
    /// For a row of 40 cells: `kustomize-controller down 9m`.
    pub short: String,
    pub sentence: String,
    pub next: Vec<NextStep>,
}

/// Two looks as close as this are one: nothing need have been written between them, seconds.
const APART_S: i64 = 20;
/// Of what was seen so long before, nothing is known to have lasted, seconds.
const LONG_S: i64 = 300;

impl Controllers {
    /// This look after an older one.
    #[must_use]
    pub fn after(mut self, mut old: Self) -> Self {
        let earlier = old.before.take();
        let gap = |look: &Self| self.at.as_second() - look.at.as_second();
        let before = if gap(&old) < APART_S { earlier } else { Some(Box::new(old)) };
        self.before = before.filter(|look| (APART_S..LONG_S).contains(&gap(look)));
        self
    }

    /// A moment of ours by the clock of the cluster.
    pub fn by_their_clock(&self, at: Timestamp) -> Timestamp {
        at.checked_add(jiff::SignedDuration::from_secs(self.ahead)).unwrap_or(at)
    }

    /// All workloads of an engine in a namespace could be listed.
    pub fn is_whole(&self, engine: EngineKind, namespace: &str) -> bool {
        // Flux runs no StatefulSet.
        let kinds = if engine == EngineKind::Argo { ["deployments", "statefulsets"].as_slice() } else { &["deployments"] };
        let lacks = |u: &Unread| kinds.iter().any(|kind| u.what == *kind || u.what == format!("{kind} in {namespace}"));
        !self.is_cut && !self.unread.iter().any(lacks)
    }

    /// All but what changes from look to look while everything is well.
    pub fn is_like(&self, other: &Self) -> bool {
        self.unread == other.unread
            && self.switches == other.switches
            && self.list.len() == other.list.len()
            && self.list.iter().zip(&other.list).all(|(one, other)| one.steady() == other.steady())
    }
}

impl Controller {
    fn steady(&self) -> Self {
        let lease = self.lease.clone().map(|l| Lease { renewed_at: None, stamp: None, ..l });
        Self { lease, heard_at: None, ..self.clone() }
    }

    pub fn is_ready(&self) -> bool {
        self.ready >= self.desired && self.desired > 0
    }

    /// How many are ready, whatever else is known beside it: `1 of 1 ready, v1.9.4, lease renewed`.
    pub fn standing(&self) -> String {
        let mut parts = vec![format!("{} of {} ready", self.ready, self.desired)];
        let letter = |v: &str| if v.starts_with(|c: char| c.is_ascii_digit()) { "v" } else { "" };
        parts.extend(self.version.as_ref().map(|v| format!("{}{v}", letter(v))));
        if let Some(pods) = self.pods.as_ref().filter(|p| p.restarts > 0) {
            let reason = pods.reason.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
            parts.push(format!("{} restart{}{reason}", pods.restarts, if pods.restarts == 1 { "" } else { "s" }));
        }
        parts.join(", ")
    }
}
