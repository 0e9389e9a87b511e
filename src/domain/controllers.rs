//! The controllers of a cluster's engines, as their workloads, pods, Leases, Events and settings show them; and what is to be said of them.

use super::Timestamp;
use super::ids::EngineKind;
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
    /// When the last run that ended did so.
    pub ended_at: Option<Timestamp>,
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

impl Controller {
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
