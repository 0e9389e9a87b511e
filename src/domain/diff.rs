//! Differences as they are shown: resources, hunks, lines, emphasised words. Built by `render`, drawn by `ui`.

use super::Timestamp;
use super::ids::ObjectKey;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineTag {
    Same,
    /// Left side: live, or the older revision.
    Removed,
    /// Right side: desired, or the newer revision.
    Added,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    pub tag: LineTag,
    /// Line numbers from 1 in the left and right text.
    pub left: Option<u32>,
    pub right: Option<u32>,
    /// (emphasised, text); together the whole line.
    pub parts: Vec<(bool, String)>,
}

impl DiffLine {
    pub fn text(&self) -> String {
        self.parts.iter().map(|(_, t)| t.as_str()).collect()
    }
}

/// Neighbouring changes with up to three lines around them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hunk {
    /// Unchanged lines left out before this hunk.
    pub skipped: u32,
    pub lines: Vec<DiffLine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiffKind {
    Changed,
    /// Not in git: only a sync with prune would delete it.
    OnlyLive,
    /// Not in the cluster: a sync creates it.
    OnlyDesired,
    Same,
    /// The live object could not be read: why is in `note`.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceDiff {
    pub key: ObjectKey,
    pub kind: DiffKind,
    pub hunks: Vec<Hunk>,
    pub added: u32,
    pub removed: u32,
    /// Fields left out as noise, in words ("/status", "HPA replicas").
    pub ignored: Vec<String>,
    pub note: Option<String>,
    /// Of a changed one: each field that differs.
    #[serde(default)]
    pub fields: Vec<FieldDiff>,
    /// Of what is live: who set each removed line, in their order.
    #[serde(default)]
    pub set_by: Vec<SetBy>,
}

impl ResourceDiff {
    /// Who set what stands on this line of the live side; `None` where the left side is not live.
    pub fn set_by(&self, line: u32) -> Option<&SetBy> {
        self.set_by.binary_search_by_key(&line, |s| s.line).ok().and_then(|at| self.set_by.get(at))
    }
}

/// Who set what stands on one line of the live side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetBy {
    /// From 1, as [`DiffLine::left`].
    pub line: u32,
    /// As [`FieldDiff::path`].
    pub path: String,
    /// `None` = no field manager is recorded for it.
    pub by: Option<String>,
    pub at: Option<Timestamp>,
}

/// What stands for a value that is never shown, on either side.
pub const HIDDEN: &str = "(hidden)";

/// One field of a resource that differs. Values are text on one line, cut where they are long, with a digest of the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldDiff {
    /// `spec.template.spec.containers[web].image`: list items by their name where they have one; empty = the resource as a whole.
    pub path: String,
    /// `None` = the field is not there.
    pub live: Option<String>,
    pub desired: Option<String>,
    /// Field manager of the live value (`kubectl (scale)` through a subresource), and when it set it.
    pub by: Option<String>,
    pub at: Option<Timestamp>,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffSide {
    /// "LIVE on prod-us", "DESIRED rendered from git fleet 4f2c91d".
    pub label: String,
    pub at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffSet {
    pub left: DiffSide,
    pub right: DiffSide,
    /// Changed first, then only-live, only-desired, unknown, same; inside by key.
    pub resources: Vec<ResourceDiff>,
    /// "our estimate", "last-applied", … and whether the engine agrees.
    pub estimate: String,
    /// Warnings: fields of the build we could not follow, tools used, limits hit.
    pub notes: Vec<String>,
}

impl DiffSet {
    pub fn differing(&self) -> usize {
        self.resources.iter().filter(|r| !matches!(r.kind, DiffKind::Same | DiffKind::Unknown)).count()
    }
    pub fn ignored(&self) -> usize {
        self.resources.iter().map(|r| r.ignored.len()).sum()
    }
}

/// A changed file of a commit or a revert preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDiff {
    pub path: String,
    pub change: super::commit::FileChange,
    pub hunks: Vec<Hunk>,
    pub added: u32,
    pub removed: u32,
    /// No text diff: binary or over the size limit.
    pub opaque: bool,
}

/// A file that a revert cannot merge by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The commit whose undoing conflicts.
    #[serde(default)]
    pub commit: String,
    pub path: String,
    /// The three texts around the conflict, cut: now, without the commit, as it was in the commit.
    pub ours: String,
    pub theirs: String,
    pub base: String,
    /// Later commit that touched the same file, newest first.
    pub later: Vec<super::commit::Commit>,
}

/// What reverting the chosen commits would write; computed in memory, nothing stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevertPreview {
    /// Tip the preview was built on.
    pub base: String,
    /// Tree id of the result; execution must reach the same.
    pub tree: String,
    pub files: Vec<FileDiff>,
    /// The other apps that are built from one of the files.
    #[serde(default)]
    pub touched: Vec<super::ids::AppId>,
    pub conflicts: Vec<Conflict>,
    /// The tree is as if they were undone already.
    pub already_undone: bool,
    /// Default commit message.
    pub message: String,
    pub took_ms: u64,
}
