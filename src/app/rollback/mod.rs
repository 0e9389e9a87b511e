//! The five steps of a rollback: suspects, preview, plan, push, follow.

mod again;
mod check;
mod flow;
mod keeps;
pub mod left;
mod lines;
mod marks;
mod message;
mod plan;
pub mod rails;
pub mod refused;
mod source;

pub use again::{is_refused, was_sent};
pub use check::{Check, end_unwanted, look_again, on_checked, plans_again};
pub use flow::{Undo, back, follow_branch, mark_later, next, next_good, next_mainline, on_preview, on_suspects, open, open_in, scroll};
pub use keeps::hold;
pub use message::edit_message;
pub use plan::{affected, age, ages_at, follows, own_branch, push};
pub use source::{advise, choices, claim, running};

use super::msg::{RollbackTrouble, SuspectList};
use super::overlay::confirm::Confirm;
use crate::domain::Timestamp;
use crate::domain::diff::RevertPreview;
use crate::domain::ids::{AppId, TaskId};
use crate::domain::plan::Target;
use crate::domain::repo::RepoId;
use crate::domain::source::RefKind;
use std::collections::BTreeMap;
use tui_textarea::TextArea;

/// What an app is built from, as far as its object tells; the files are found in git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathClaim {
    pub app: AppId,
    /// Directories in the repository; none for a source that only lends value files.
    pub dirs: Vec<String>,
    /// Relative to the directories.
    pub value_files: Vec<String>,
    /// Single files, from the root of the repository.
    pub files: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Suspects,
    Preview,
    Plan,
    Push,
    Follow,
}

impl Stage {
    pub const ALL: [Self; 5] = [Self::Suspects, Self::Preview, Self::Plan, Self::Push, Self::Follow];
    pub fn word(self) -> &'static str {
        match self {
            Self::Suspects => "suspects",
            Self::Preview => "preview",
            Self::Plan => "plan",
            Self::Push => "push",
            Self::Follow => "follow",
        }
    }
}

/// The good end of the range and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Good {
    pub revision: String,
    /// "seen Healthy on prod-eu 02:36:12 and last 02:55:44", "Argo history: synced, health not recorded".
    pub evidence: String,
    pub source: String,
}

/// The rollback screen; `stage` says which of its parts is shown.
#[derive(Clone, Debug)]
pub struct Rollback {
    pub target: Target,
    pub app_title: String,
    pub stage: Stage,
    /// The work whose answer is awaited; answers to another task are dropped.
    pub waiting: Option<TaskId>,
    pub repo: RepoId,
    /// Which repository was chosen, of an app that has several.
    pub wanted: Option<RepoId>,
    pub url: String,
    /// What the app follows, as its object says.
    pub reference: RefKind,
    /// The branch that means, once it is known.
    pub branch: Option<String>,
    pub goods: Vec<Good>,
    /// Index into `goods`; `None` = no known good.
    pub good: Option<usize>,
    pub list: Option<SuspectList>,
    pub show_all: bool,
    /// Commit under the cursor.
    pub cursor: usize,
    /// Marked commit ids, in the order of the list (newest first).
    pub marked: Vec<String>,
    /// The revert of ours that is to be reverted.
    pub undo: Option<Undo>,
    pub mainline: BTreeMap<String, u32>,
    pub preview: Option<RevertPreview>,
    pub scroll: u16,
    /// The commit message, editable.
    pub message: TextArea<'static>,
    /// What the newest preview proposed; another text is the operator's own.
    pub default_message: String,
    pub editing: bool,
    pub plan: Option<Confirm>,
    /// The trial push of the plan that is open.
    pub check: Option<Check>,
    /// The range is read again for a plan that was out of date: preview and plan follow by themselves while every mark is in it.
    pub onward: bool,
    /// The poll for which the range was read again: each is answered once.
    pub reread_for: Option<Timestamp>,
    /// When ages were last looked at.
    pub aged_at: Timestamp,
    /// Set once confirmed; progress and follow live in the task.
    pub task: Option<TaskId>,
    /// The push that was refused before this plan was made again, on the same base.
    pub before: Option<TaskId>,
    pub trouble: Option<RollbackTrouble>,
    /// No revert would change what runs; `trouble` says why.
    pub off: bool,
    pub opened_at: Timestamp,
}

impl Rollback {
    /// The range starts at the base of the revert that is to be undone: nobody calls that good.
    pub fn starts_at_undo(&self) -> Option<&Undo> {
        self.undo.as_ref().filter(|u| self.good.and_then(|at| self.goods.get(at)).is_some_and(|g| g.revision == u.base))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    Waits,
    At(Timestamp),
    /// Already so before the push: the same manifests.
    Same,
    Bad,
    /// Cannot be known (unreachable, unmapped).
    Unknown,
}

/// One app on the way back: where the commit has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowRow {
    pub app: AppId,
    pub runs_on: String,
    /// Health when the push was confirmed: "was broken" decides what counts as healed.
    pub fetched: Arrival,
    pub applied: Arrival,
    pub healthy: Arrival,
    /// What it is doing now, in words.
    pub now: String,
    /// Takes longer than it should.
    pub late: bool,
    /// A health check of the engine did not pass: until then its next one is waited for.
    pub tries_until: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follow {
    pub repo: RepoId,
    pub branch: String,
    pub commit: String,
    /// Short ids of what was reverted.
    pub reverts: Vec<String>,
    pub pushed_at: Timestamp,
    pub rows: Vec<FollowRow>,
    pub done_at: Option<Timestamp>,
    /// Those that do not follow by themselves, named once the others are done.
    pub idle: Vec<String>,
    /// Revisions that git said contain our commit.
    pub containing: Vec<String>,
    /// Revisions asked about.
    pub asked: Vec<String>,
}
