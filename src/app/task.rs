//! Background work: what runs, how far it is, how it ended.

use crate::domain::Timestamp;
use crate::domain::ids::{AppId, TaskId};
use crate::domain::plan::{Outcome, Plan};
use crate::domain::status::Operation;
use serde::{Deserialize, Serialize};

/// Sign in front of a progress line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    Done,
    Busy,
    Waiting,
    Bad,
    Unknown,
}

/// How the keys of lines begin that tell who was asked to look after a push.
pub const NUDGE: &str = "nudge ";
/// How the keys of lines begin that the server said during a push.
pub const REMOTE: &str = "remote ";
/// How the keys of lines begin that tell a step of the engine's operation; its name follows.
pub const STEP: &str = "step ";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: Timestamp,
    pub key: String,
    pub mark: Mark,
    pub text: String,
}

/// A commit that was made for a push, wherever it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    pub commit: String,
    /// Directory of our mirror, which holds it.
    pub mirror: String,
}

/// A confirmed plan on its way, then what the watch shows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub id: TaskId,
    /// "sync orders", "roll back payments".
    pub title: String,
    /// "prod-us", "3 clusters".
    pub place: String,
    pub app: AppId,
    pub started_at: Timestamp,
    pub plan: Plan,
    pub typed: Option<String>,
    pub lines: Vec<Line>,
    /// `None` while it is being sent.
    pub outcome: Option<Outcome>,
    /// The watch has shown the end: text and whether it is good.
    pub ended: Option<(Timestamp, bool, String)>,
    /// The operation that stood on the object when it was sent. Engines write whole seconds: one of the same second is later only if it is
    /// another one.
    pub stood: Option<Operation>,
    /// A rollback: the commit that is or was pushed.
    pub stored: Option<Stored>,
    /// A rollback: where the commit has arrived.
    pub follow: Option<super::rollback::Follow>,
    /// A staged sync: its apps and where they stand; each that was sent is a task of its own.
    pub batch: Option<Box<super::staged::Batch>>,
    /// The staged sync that sent it, and tells how it ended.
    pub part_of: Option<TaskId>,
}

impl Task {
    /// A task of a plan that is on its way.
    pub fn new(id: TaskId, title: String, place: String, app: AppId, started_at: Timestamp, plan: Plan, typed: Option<String>) -> Self {
        Self {
            id,
            title,
            place,
            app,
            started_at,
            plan,
            typed,
            lines: Vec::new(),
            outcome: None,
            ended: None,
            stood: None,
            stored: None,
            follow: None,
            batch: None,
            part_of: None,
        }
    }

    /// The apps that run the commit of a rollback and are not well yet.
    pub fn on_its_way(&self) -> impl Iterator<Item = &AppId> {
        use super::rollback::Arrival;
        let rows = self.follow.iter().flat_map(|f| &f.rows);
        rows.filter(|r| r.applied != Arrival::Waits && r.healthy == Arrival::Waits).map(|r| &r.app)
    }

    /// Still sending, or sent and not yet seen to the end.
    pub fn is_running(&self) -> bool {
        self.ended.is_none()
    }
}
