//! What ran before: the engine's own history and our ledger.

use super::Timestamp;
use super::ids::AppId;
use serde::{Deserialize, Serialize};

/// One entry of an engine's history, newest first in the lists we keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Argo history id, Helm release version; `None` for Kustomization.
    pub id: Option<i64>,
    /// Whole revision (commit id or chart version) as the engine wrote it.
    pub revision: String,
    /// One for each source of an app with several, in their order; else empty.
    #[serde(default)]
    pub revisions: Vec<String>,
    pub at: Option<Timestamp>,
    pub started_at: Option<Timestamp>,
    pub by: Option<String>,
    /// The engine's own words for the result ("ReconciliationSucceeded", "deployed").
    pub result: String,
    /// Good as far as the engine recorded: for Argo "synced, health not recorded".
    pub ok: bool,
    /// The engine assessed health for this entry.
    pub health_recorded: bool,
    /// Digest of what was applied (Flux).
    pub digest: Option<String>,
    /// Argo: where it came from, where that is not the source of today.
    #[serde(default)]
    pub moved: Option<Moved>,
}

/// What an app's source said that it says no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// `path apps/old`, `https://git.example.com/acme/old path apps/web`; empty where it is the same place.
    pub from: String,
    pub is_other_repo: bool,
    /// Names of the fields that said something else, beside the revision: "helm.values", "kustomize.images". Never what they said.
    #[serde(default)]
    pub fields: Vec<String>,
}

/// One line of our ledger: a revision that we saw Synced and Healthy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    pub app: AppId,
    pub revision: String,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}
