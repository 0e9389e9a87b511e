//! Why an app is not converging, in words, with what it rests on.

use super::Timestamp;
use super::ids::{AppId, ClusterId, ObjectKey, SourceId};
use serde::{Deserialize, Serialize};

/// The judgement of one app: deterministic from what is known, recomputed when that changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Row MESSAGE, aimed at 40 cells; empty when all is well.
    pub short: String,
    /// One or two sentences that name the object; empty when all is well.
    pub sentence: String,
    /// What would change it, with its key.
    pub next: Vec<NextStep>,
    /// When something happens by itself ("A new commit starts after this health check: by 03:14:45.").
    pub soon: Option<String>,
    pub evidence: Vec<Evidence>,
    /// One word for tools: none, wait, sync, rollback, fix_in_git, fix_cluster, resume, refresh, terminate, clear_operation, look_at_child,
    /// look_at_log.
    pub next_word: String,
    /// The engine has not looked for too long: what the row shows was so, and is not known now.
    #[serde(default)]
    pub is_old: bool,
    /// What goes on will not come to its end by itself, whatever the engine calls it.
    #[serde(default)]
    pub is_stuck: bool,
    /// The pod that the sentence tells of, or what its pods belong to (a hook): its log is the one to look at.
    #[serde(default)]
    pub log_of: Option<ObjectKey>,
    /// The apps that it names as the cause: Enter in Details goes there.
    #[serde(default)]
    pub look_at: Vec<AppId>,
    /// The one thing outside of the app that is broken: what names the same one has the same cause.
    #[serde(default)]
    pub outside: Option<Outside>,
}

/// Something that several apps rest on, told so that two namesakes are never taken for one. A place is the shown name of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outside {
    Source(SourceId),
    /// A secret store; without a namespace it is the cluster's.
    Store {
        place: String,
        namespace: String,
        name: String,
    },
    Webhook {
        place: String,
        name: String,
    },
    /// An image as it is written, with its registry.
    Image(String),
    Controller {
        cluster: ClusterId,
        name: String,
    },
    /// An app that others wait for.
    App(AppId),
}

impl Verdict {
    /// Tells the same, whenever its evidence was read.
    pub fn says(&self, other: &Self) -> bool {
        let undated = |evidence: &[Evidence]| evidence.iter().map(|e| Evidence { at: None, ..e.clone() }).collect();
        let undated = |v: &Self| Self { evidence: undated(&v.evidence), ..v.clone() };
        self == other || undated(self) == undated(other)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStep {
    /// The key as typed (`R`), or empty. After `x`, the menu of a row, the text begins with the name of the entry (`terminate`).
    pub key: String,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weight {
    Bad,
    Good,
    Busy,
    Drift,
    Held,
    Unknown,
    Plain,
}

/// One fact the verdict rests on: a line of the EVIDENCE table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub weight: Weight,
    /// The object: `Deployment payments`.
    pub what: String,
    pub value: String,
    /// Where it was read: `status`, `live, prod-eu`, `pod log`, `our ledger`.
    pub source: String,
    pub at: Option<Timestamp>,
}
