//! The words for an app's state and their order: sync, health, operation, severity.

use super::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Sync {
    Synced,
    OutOfSync,
    #[default]
    Unknown,
}

impl Sync {
    pub fn word(self) -> &'static str {
        match self {
            Self::Synced => "Synced",
            Self::OutOfSync => "OutOfSync",
            Self::Unknown => "Unknown",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Health {
    Healthy,
    Progressing,
    Suspended,
    Missing,
    Degraded,
    #[default]
    Unknown,
}

impl Health {
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Progressing => "Progressing",
            Self::Suspended => "Suspended",
            Self::Missing => "Missing",
            Self::Degraded => "Degraded",
            Self::Unknown => "Unknown",
        }
    }
}

/// Who says what the health is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HealthBy {
    /// The engine itself.
    #[default]
    Engine,
    /// Our own rules from live objects; drawn as "computed".
    Computed,
    /// Applied, and nobody looked at the workloads (a Kustomization without `wait` and health checks).
    NotAssessed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Phase {
    /// Asked for, the engine has not started it.
    Requested,
    Running,
    /// The last attempt failed and the engine will try again.
    Retrying,
    /// Waits for a window, a dependency or a person; works on nothing.
    Blocked,
    Terminating,
    /// The status says running, but the operation is gone (Argo CD).
    Orphaned,
    Failed,
    Error,
    Succeeded,
}

impl Phase {
    pub fn word(self) -> &'static str {
        match self {
            Self::Requested => "Requested",
            Self::Running => "Running",
            Self::Retrying => "Retrying",
            Self::Blocked => "Blocked",
            Self::Terminating => "Terminating",
            Self::Orphaned => "Orphaned",
            Self::Failed => "Failed",
            Self::Error => "Error",
            Self::Succeeded => "Succeeded",
        }
    }
    /// The last attempt did not succeed.
    pub fn is_failed(self) -> bool {
        matches!(self, Self::Failed | Self::Error | Self::Retrying)
    }
    /// The engine works on something right now.
    pub fn is_working(self) -> bool {
        matches!(self, Self::Requested | Self::Running)
    }
}

/// The engine's own operation on an app (Argo `status.operationState`; for Flux derived from conditions).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    pub phase: Phase,
    /// The engine's words, sanitised, at most 2,000 characters.
    pub message: String,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub retry_count: u32,
    /// Where the engine tells it: when the next attempt starts.
    pub next_try_at: Option<Timestamp>,
    /// Who asked, as the object claims; "automated" for the engine itself.
    pub by: Option<String>,
    /// The revision it works on.
    pub revision: Option<String>,
    /// Our request id, if the operation carries one.
    pub request_id: Option<String>,
    /// A routine periodic run at an unchanged revision (Flux): changes no word of the row.
    pub routine: bool,
}

/// "Worst first" order; the smallest is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Severity {
    Failed,
    Degraded,
    Missing,
    OutOfSync,
    Unknown,
    Suspended,
    Progressing,
    Unassessed,
    Ok,
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "Failed operation",
            Self::Degraded => "Degraded",
            Self::Missing => "Missing",
            Self::OutOfSync => "OutOfSync",
            Self::Unknown => "Unknown",
            Self::Suspended => "Suspended",
            Self::Progressing => "Progressing",
            Self::Unassessed => "Unassessed",
            Self::Ok => "Synced+Healthy",
        }
    }
    /// Failed or degraded: what the header counts as broken.
    pub fn is_broken(self) -> bool {
        self <= Self::Degraded
    }
}
