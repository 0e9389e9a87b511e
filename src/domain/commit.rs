//! Commits, and what a rollback needs to know of them.

use super::Timestamp;
use super::ids::AppId;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// 40 hex digits.
    pub id: String,
    pub parents: Vec<String>,
    pub author: String,
    pub email: String,
    /// Commit (not author) time: when it landed.
    pub at: Timestamp,
    pub subject: String,
    pub body: String,
}

impl Commit {
    pub fn short(&self) -> &str {
        short_rev(&self.id)
    }
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }
}

/// Commits between two deployments of an app, by whether they touch what it is built from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnCommits {
    /// Subjects of those that do, newest first, the first few.
    pub subjects: Vec<String>,
    /// How many do, and how many do not.
    pub count: u32,
    pub others: u32,
    /// The later deployment went back: these are the commits it took away.
    pub is_back: bool,
}

/// First seven digits of a commit id; other revisions (chart versions, tags) are returned whole.
pub fn short_rev(rev: &str) -> &str {
    if rev.len() >= 40 && rev.bytes().all(|b| b.is_ascii_hexdigit()) { rev.get(..7).unwrap_or(rev) } else { rev }
}

/// A whole commit id, SHA-1 or SHA-256; chart versions and tags are none.
pub fn is_commit_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The commit id inside a Flux revision (`main@sha1:<40hex>`), else the text after the last `@sha…:`, else the text itself.
pub fn bare_revision(revision: &str) -> &str {
    match revision.rsplit_once("sha1:").or_else(|| revision.rsplit_once("sha256:")) {
        Some((_, id)) => id,
        None => revision,
    }
}

/// What happened to one file in a commit or a revert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileChange {
    Added,
    Modified,
    Deleted,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedFile {
    pub path: String,
    pub change: FileChange,
    /// Lines added and removed, where counted.
    pub added: u32,
    pub removed: u32,
}

/// One line of the suspect list: a commit between good and tip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspect {
    pub commit: Commit,
    /// All files of the commit (against its first parent).
    pub files: Vec<ChangedFile>,
    /// How many of them this app is built from.
    pub in_path_set: usize,
    /// Other apps whose path set it touches.
    pub also: Vec<AppId>,
    /// The parents a merge can be undone against: (number from 1, id, subject).
    pub mainlines: Vec<(u32, String, String)>,
    /// Author looks like an automation.
    pub is_bot: bool,
    /// Image automation markers on touched lines: it would bump again.
    pub image_policy: Option<String>,
}
