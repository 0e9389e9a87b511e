//! What is written down: our own actions (journal) and what happened to the fleet (timeline).

use super::Timestamp;
use super::ids::AppId;
use super::plan::{Outcome, Plan};
use serde::{Deserialize, Serialize};

/// One line of `journal.jsonl`. A plan is written when it is confirmed (or cancelled, or refused) and again with each change of its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    pub v: u32,
    pub at: Timestamp,
    pub task: u64,
    pub operator: String,
    pub host: String,
    pub plan: Plan,
    /// What was typed to confirm.
    pub typed: Option<String>,
    /// `None` while it is being sent.
    pub outcome: Option<Outcome>,
    /// Later news: "healthy 03:15:32 (1m 27s)".
    pub note: Option<String>,
    /// Whether what was sent ended well, as the watch showed it; `None` = not seen to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_well: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimelineKind {
    Sync,
    Health,
    Revision,
    Operation,
    Link,
    Commit,
    Ours,
}

/// One line of `watched.jsonl`: driftdeck ran from the first time to the last. While it runs the line is written again, with a later end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    pub v: u32,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
}

/// One line of `timeline.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    pub v: u32,
    pub at: Timestamp,
    pub kind: TimelineKind,
    /// Cluster or repository.
    pub place: String,
    pub app: Option<AppId>,
    /// "Healthy to Degraded".
    pub text: String,
    pub revision: Option<String>,
}
