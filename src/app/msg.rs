//! Everything that can happen to the program: the one inbox.

use super::key::Key;
use super::pane::Pane;
use crate::domain::Timestamp;
use crate::domain::cluster::{ContextInfo, Fingerprint};
use crate::domain::commit::{Commit, Suspect};
use crate::domain::diff::{DiffSet, RevertPreview};
use crate::domain::drift::Compared;
use crate::domain::event::{ClusterEvent, DetailEvent, RepoEvent};
use crate::domain::history::LedgerEntry;
use crate::domain::ids::{AppId, ClusterId, TaskId};
use crate::domain::journal::{JournalEntry, TimelineEntry, Watched};
use crate::domain::plan::Outcome;
use crate::domain::probe::Probe;
use serde::{Deserialize, Serialize};

/// A message with the time it was received: the only clock `update` sees. A sequence of these replays a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    pub at: Timestamp,
    pub msg: Msg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MouseKind {
    Click,
    WheelUp,
    WheelDown,
}

/// What a click hit, as the frame on the screen had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Press {
    /// A hint: as if the key was pressed.
    Key(Key),
    /// An entry of the list on top.
    Line(usize),
    /// A place that Tab visits in the dialog on top.
    Stop(usize),
    /// A line of a list of the main screen.
    Row(Pane, usize),
    /// A tab of Details.
    Tab(usize),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Msg {
    Key(Key),
    /// Bracketed paste, whole.
    Paste(String),
    Mouse {
        kind: MouseKind,
        x: u16,
        y: u16,
    },
    Press(Press),
    Resize {
        width: u16,
        height: u16,
    },
    /// A timer that `AppState::next_wake` asked for.
    Tick,
    /// A run without a screen waits no longer for clusters to answer; they had so long.
    Waited {
        had_ms: u64,
    },
    /// A run without a screen looks at this app.
    Look(AppId),
    /// The kubeconfig was read (at the start and after each change).
    Contexts(Vec<ContextInfo>),
    /// It could not be read: message with cause and next step.
    ContextsFailed(String),
    Cluster(ClusterEvent),
    /// Answer to `Effect::Probe`.
    Probed {
        cluster: ClusterId,
        probe: Probe,
    },
    Repo(RepoEvent),
    Detail(DetailEvent),
    Task {
        task: TaskId,
        event: TaskEvent,
    },
    Diff {
        task: TaskId,
        result: Result<Box<DiffSet>, String>,
    },
    /// Answer to `Effect::Compare`.
    Compared {
        task: TaskId,
        result: Result<Box<Compared>, String>,
    },
    Suspects {
        task: TaskId,
        result: Result<Box<SuspectList>, RollbackTrouble>,
    },
    Preview {
        task: TaskId,
        result: Result<Box<RevertPreview>, RollbackTrouble>,
    },
    /// Answers to `Effect::CheckPush`.
    PushChecked {
        task: TaskId,
        event: CheckEvent,
    },
    /// Answer to `Effect::IsAncestor`: the engine's revision holds our commit.
    Contains {
        task: TaskId,
        revision: String,
        contains: bool,
    },
    /// Answer to `Effect::Assess`: the worst health among the objects of an app that its engine does not assess.
    Assessed {
        app: AppId,
        answer: Box<super::assess::Assessed>,
    },
    /// Answer to `Effect::Review`: may the operator patch that; an error is no "no".
    Reviewed {
        ask: u64,
        object: super::rights::Object,
        may: Result<bool, String>,
    },
    /// Answer to `Effect::FindTracked`.
    Tracked {
        home: ClusterId,
        destination: String,
        /// Where it was looked.
        cluster: ClusterId,
        found: Result<super::destination::Found, String>,
    },
    Loaded(Box<Loaded>),
    /// Something the operator should know; goes to the notices.
    Notice {
        level: super::notice::Level,
        text: String,
        hint: Option<String>,
    },
    /// What was copied or opened, said in the hint row.
    Flash(String),
    /// TERM, HUP, INT or QUIT.
    Terminate,
    /// TSTP: stop until `fg`, as Ctrl-Z.
    Suspend,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TaskEvent {
    /// A line of progress; a line with the same `key` takes the place of the earlier one.
    Step {
        key: String,
        mark: super::task::Mark,
        text: String,
    },
    /// The commit of a revert lies in the mirror.
    Stored(super::task::Stored),
    Finished(Outcome),
}

/// What a trial push finds, in this order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CheckEvent {
    /// "Sam Oak <sam@example.com>", and "ssh key" where the push will sign.
    By { by: String, signed: Option<String> },
    /// `Sent` without a commit = the push would go through.
    Ended(Outcome),
}

/// The commits between good and tip that may be the cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SuspectList {
    /// Commit that the branch is at, just fetched.
    pub tip: String,
    pub branch: String,
    pub fetched_at: Timestamp,
    /// Good commit the list starts after; `None` = no known good, the newest 50 commits are listed.
    pub good: Option<String>,
    /// Newest first, touching the app's path set.
    pub suspects: Vec<Suspect>,
    /// Commits of the range that touch other paths only.
    pub others: Vec<Commit>,
    /// Every commit of the range in the order of history, newest first, with the other apps whose path set it touches.
    #[serde(default)]
    pub range: Vec<(String, Vec<AppId>)>,
    /// Files and directories the app is built from.
    pub paths: Vec<String>,
    pub remote: String,
}

/// Why a step of the rollback cannot go on; nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackTrouble {
    pub headline: String,
    pub text: String,
    pub next: Vec<(String, String)>,
}

/// What the state directory held at the start; the history may come later than the rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Loaded {
    /// Last known rows by cluster, with the time they were written.
    pub rows: Vec<(ClusterId, Timestamp, Vec<crate::domain::app::App>)>,
    /// The newest stay of each app.
    pub ledger: Vec<LedgerEntry>,
    /// Newest last.
    pub timeline: Vec<TimelineEntry>,
    /// When earlier runs went on, in the order written; the lines of one run repeat its beginning.
    #[serde(default)]
    pub watched: Vec<Watched>,
    /// This is the history of earlier runs: no more of it comes.
    #[serde(default)]
    pub is_history: bool,
    /// Newest last, at most 500.
    pub journal: Vec<JournalEntry>,
    pub fingerprints: Vec<(ClusterId, Fingerprint)>,
    pub acknowledged: Vec<(AppId, super::fleet::Ack)>,
}
