//! Reverts built in memory: three-way merges of trees, nothing stored.

mod conflict;
mod message;

pub use message::default_message;

use super::error::{GitClass, GitError};
use super::log::ancestor_of;
use super::mirror::Mirror;
use super::tree::CommitTree;
use super::{files, oid};
use crate::domain::commit::short_rev;
use crate::domain::diff::{Conflict, RevertPreview};
use gix::ObjectId;
use gix::merge::blob::builtin_driver::text::{Conflict as Keep, ConflictStyle, Labels};
use gix::merge::tree::TreatAsUnresolved;
use std::time::Instant;

/// Length of conflict markers: no manifest has a line that begins with so many.
const MARKER: u8 = 61;

/// What undoing the commits (newest first, with the mainline for merges) on `base` would write. With conflicts `tree` is empty and the
/// files are those of the commits before the first that conflicts. Errors: `Missing`, `NotAncestor`, `NeedsMainline`.
pub fn preview(mirror: &Mirror, base: &str, commits: &[(String, Option<u32>)]) -> Result<RevertPreview, GitError> {
    let started = Instant::now();
    let repo = mirror.local().with_object_memory();
    let base = oid::resolve(&repo, base)?;
    let ours = oid::commit(&repo, base)?.tree_id()?.detach();
    let folded = fold(&repo, base, commits)?;
    let files = files::file_diffs(&repo, &files::deltas(&repo, ours, folded.tree)?);
    let tree = if folded.conflicts.is_empty() { folded.tree.to_string() } else { String::new() };
    Ok(RevertPreview {
        base: base.to_string(),
        already_undone: folded.conflicts.is_empty() && folded.tree == ours,
        tree,
        files,
        touched: Vec::new(),
        conflicts: folded.conflicts,
        message: default_message(mirror, commits)?,
        took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// The files as they would be after the revert, for rendering: what changes on each cluster. `None` with conflicts.
pub fn preview_tree(mirror: &Mirror, base: &str, commits: &[(String, Option<u32>)]) -> Result<Option<CommitTree>, GitError> {
    let repo = mirror.local().with_object_memory();
    let base = oid::resolve(&repo, base)?;
    let folded = fold(&repo, base, commits)?;
    Ok(folded.conflicts.is_empty().then(|| CommitTree::of_tree(repo, folded.tree)))
}

/// Writes the tree into the mirror. Errors: as `preview`, and `Other` where it conflicts.
pub(crate) fn store_tree(mirror: &Mirror, base: &str, commits: &[(String, Option<u32>)]) -> Result<String, GitError> {
    let repo = mirror.local();
    let folded = fold(&repo, oid::resolve(&repo, base)?, commits)?;
    match folded.conflicts.first() {
        None => Ok(folded.tree.to_string()),
        Some(conflict) => Err(GitError::new(GitClass::Other, format!("the revert conflicts in {}", conflict.path))),
    }
}

struct Folded {
    tree: ObjectId,
    conflicts: Vec<Conflict>,
}

fn fold(repo: &gix::Repository, base: ObjectId, commits: &[(String, Option<u32>)]) -> Result<Folded, GitError> {
    let mut tree = oid::commit(repo, base)?.tree_id()?.detach();
    for (revision, mainline) in commits {
        let bad = oid::commit(repo, oid::resolve(repo, revision)?)?;
        if !ancestor_of(repo, bad.id, base) {
            let text =
                format!("{} is not in the history of the branch (any more): there is nothing to undo", short_rev(&bad.id.to_string()));
            return Err(GitError::new(GitClass::NotAncestor, text));
        }
        let parent = undone(repo, &bad, *mainline)?;
        let options = merge_options(repo)?;
        let labels = Labels { ancestor: None, current: None, other: None };
        let mut out = repo.merge_trees(bad.tree_id()?.detach(), tree, parent, labels, options)?;
        if out.has_unresolved_conflicts(TreatAsUnresolved::git()) {
            let merged = out.tree.write()?.detach();
            return Ok(Folded { tree, conflicts: conflict::read(repo, &out.conflicts, merged, bad.id, base) });
        }
        tree = out.tree.write()?.detach();
    }
    Ok(Folded { tree, conflicts: Vec::new() })
}

/// The tree that undoing the commit leads to.
fn undone(repo: &gix::Repository, bad: &gix::Commit<'_>, mainline: Option<u32>) -> Result<ObjectId, GitError> {
    let merge = bad.parent_ids().count() > 1;
    let id = short_rev(&bad.id.to_string()).to_owned();
    match mainline {
        None if merge => {
            Err(GitError::new(GitClass::NeedsMainline, format!("{id} is a merge: choose the parent whose side stays (the mainline)")))
        }
        Some(_) if !merge => Err(GitError::new(GitClass::NeedsMainline, format!("{id} is not a merge: it has no mainline to choose"))),
        mainline => files::parent_tree(repo, bad, mainline),
    }
}

fn merge_options(repo: &gix::Repository) -> Result<gix::merge::tree::Options, GitError> {
    let mut blob_merge = repo.blob_merge_options()?;
    let marker_size = std::num::NonZeroU8::new(MARKER).unwrap_or(std::num::NonZeroU8::MIN);
    blob_merge.text.conflict = Keep::Keep { style: ConflictStyle::Diff3, marker_size };
    let options = gix::merge::plumbing::tree::Options {
        rewrites: Some(gix::diff::Rewrites::default()),
        blob_merge,
        blob_merge_command_ctx: repo.command_context()?,
        ..Default::default()
    };
    Ok(options.into())
}

#[cfg(test)]
mod tests;
