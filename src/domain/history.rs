//! What ran before: the engine's own history and our ledger.

use super::Timestamp;
use super::ids::AppId;
use super::moment::Moment;
use super::word::Word;
use serde::{Deserialize, Serialize};

/// One entry of an engine's history, newest first in the lists we keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// Argo history id, Helm release version; `None` for Kustomization.
    pub id: Option<i64>,
    /// Whole revision (commit id or chart version) as the engine wrote it.
    pub revision: Word,
    /// One for each source of an app with several, in their order; else empty.
    #[serde(default)]
    pub revisions: Box<[Word]>,
    pub at: Moment,
    pub started_at: Moment,
    pub by: Option<Word>,
    /// The engine's own words for the result ("ReconciliationSucceeded", "deployed").
    pub result: Word,
    /// Good as far as the engine recorded: for Argo "synced, health not recorded".
    pub ok: bool,
    /// The engine assessed health for this entry.
    pub health_recorded: bool,
    /// Digest of what was applied (Flux).
    pub digest: Option<Word>,
    /// How long it took, ms: the whole sync (Argo), the last run of this content (Kustomization); `None` where that is not recorded.
    #[serde(default)]
    pub took_ms: Option<u32>,
    /// Kustomization: runs of this content so far.
    #[serde(default)]
    pub runs: Option<u32>,
    /// HelmRelease: version of the app in the chart, and how its tests ended.
    #[serde(default)]
    pub note: Word,
    /// Argo: where it came from, where that is not the source of today.
    #[serde(default)]
    pub moved: Option<Box<Moved>>,
}

/// Entries that the usual time is taken from.
const USUAL_OF: usize = 5;

/// What the newest syncs usually took, the middle one in seconds, and how many of them tell it. Only of engines that record a sync as such:
/// the runs of a Kustomization are mostly those that change nothing.
pub fn usual(history: &[HistoryEntry]) -> Option<(u64, usize)> {
    let of_syncs = history.iter().filter(|h| h.ok && h.runs.is_none());
    let mut took: Vec<u64> = of_syncs.filter_map(|h| h.took_ms.map(u64::from)).take(USUAL_OF).collect();
    took.sort_unstable();
    let middle = took.get(took.len() / 2)?;
    Some((middle.div_ceil(1000).max(1), took.len()))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(took_ms: Option<u64>, ok: bool, runs: Option<u32>) -> HistoryEntry {
        HistoryEntry { ok, took_ms: took_ms.map(|ms| ms as u32), runs, ..serde_json::from_str(r#"{"id":null,"revision":"a","at":null,"started_at":null,"by":null,"result":"","ok":true,"health_recorded":false,"digest":null}"#).unwrap() }
    }

    #[test]
    fn the_usual_time_is_the_middle_of_the_newest_five_syncs_that_tell_it() {
        let of = |all: &[Option<u64>]| usual(&all.iter().map(|ms| entry(*ms, true, None)).collect::<Vec<_>>());
        assert_eq!(of(&[Some(90_000), Some(80_000), Some(3_600_000), Some(85_000), Some(95_000), Some(1)]), Some((90, 5)));
        assert_eq!(of(&[Some(400)]), Some((1, 1)));
        assert_eq!(of(&[None]), None);
        assert_eq!(usual(&[entry(Some(9_000), false, None), entry(Some(800), true, Some(61))]), None, "a failed one, and a routine run");
    }
}
