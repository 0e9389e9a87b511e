//! Which files differ between two trees, and by which lines.

use super::error::{GitClass, GitError};
use super::mirror::Mirror;
use super::oid;
use crate::domain::commit::{ChangedFile, FileChange};
use crate::domain::diff::FileDiff;
use crate::domain::hunks::hunks;
use crate::domain::text::{sanitise, sanitise_lines};
use gix::ObjectId;
use gix::diff::blob::{Algorithm, Diff, InternedInput};
use gix::diff::tree::recorder::Change;

/// Larger files are named, not compared.
const MAX_BLOB: u64 = 1 << 20;
/// After so many files of one commit, lines are no longer counted.
const MAX_COUNTED: usize = 2000;

/// A file that differs; links and executables are files, submodules are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delta {
    pub path: String,
    pub change: FileChange,
    pub old: Option<ObjectId>,
    pub new: Option<ObjectId>,
}

/// Differences of two trees by path; a rename is a deletion and an addition.
pub(crate) fn deltas(repo: &gix::Repository, old: ObjectId, new: ObjectId) -> Result<Vec<Delta>, GitError> {
    let (old, new) = (tree_data(repo, old)?, tree_data(repo, new)?);
    let kind = repo.object_hash();
    let mut recorder = gix::diff::tree::Recorder::default();
    let (left, right) = (gix::objs::TreeRefIter::from_bytes(&old, kind), gix::objs::TreeRefIter::from_bytes(&new, kind));
    gix::diff::tree(left, right, gix::diff::tree::State::default(), &repo.objects, &mut recorder)
        .map_err(|e| GitError::new(GitClass::Corrupt, sanitise(&e.to_string(), 200)))?;
    let mut out = Vec::new();
    for change in recorder.records {
        let (path, change, old, new) = match change {
            Change::Addition { entry_mode, oid, path, .. } if is_file(entry_mode) => (path, FileChange::Added, None, Some(oid)),
            Change::Deletion { entry_mode, oid, path, .. } if is_file(entry_mode) => (path, FileChange::Deleted, Some(oid), None),
            Change::Modification { previous_entry_mode, previous_oid, entry_mode, oid, path } => {
                match (is_file(previous_entry_mode), is_file(entry_mode)) {
                    (true, true) => (path, FileChange::Modified, Some(previous_oid), Some(oid)),
                    (true, false) => (path, FileChange::Deleted, Some(previous_oid), None),
                    (false, true) => (path, FileChange::Added, None, Some(oid)),
                    (false, false) => continue,
                }
            }
            _ => continue,
        };
        out.push(Delta { path: sanitise(&path.to_string(), 1000), change, old, new });
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(out)
}

fn is_file(mode: gix::objs::tree::EntryMode) -> bool {
    mode.is_blob_or_symlink()
}

fn tree_data(repo: &gix::Repository, id: ObjectId) -> Result<Vec<u8>, GitError> {
    if id.is_empty_tree() {
        return Ok(Vec::new());
    }
    Ok(repo.find_tree(id)?.detach().data)
}

/// A text of a manifest's size; `None` for binary or larger files.
pub(crate) fn text(repo: &gix::Repository, id: Option<ObjectId>) -> Option<String> {
    let Some(id) = id else { return Some(String::new()) };
    if repo.find_header(id).ok()?.size() > MAX_BLOB {
        return None;
    }
    let data = repo.find_blob(id).ok()?.take_data();
    if data.iter().take(8000).any(|b| *b == 0) {
        return None;
    }
    Some(String::from_utf8_lossy(&data).into_owned())
}

pub(crate) fn count(repo: &gix::Repository, delta: &Delta) -> (u32, u32) {
    let (Some(old), Some(new)) = (text(repo, delta.old), text(repo, delta.new)) else { return (0, 0) };
    let input = InternedInput::new(old.as_str(), new.as_str());
    let diff = Diff::compute(Algorithm::Histogram, &input);
    (diff.count_additions(), diff.count_removals())
}

/// The tree of a commit's parent; the empty tree for the first commit. `mainline` counts from 1.
pub(crate) fn parent_tree(repo: &gix::Repository, commit: &gix::Commit<'_>, mainline: Option<u32>) -> Result<ObjectId, GitError> {
    let parents = oid::parents(commit);
    let index = usize::try_from(mainline.unwrap_or(1)).unwrap_or(1).saturating_sub(1);
    match parents.get(index) {
        Some(parent) => Ok(oid::commit(repo, *parent)?.tree_id()?.detach()),
        None if parents.is_empty() && mainline.is_none() => Ok(ObjectId::empty_tree(repo.object_hash())),
        None => Err(GitError::new(GitClass::NeedsMainline, format!("{} has no parent {}", oid::short(commit.id), index + 1))),
    }
}

pub(crate) fn commit_deltas(repo: &gix::Repository, commit: &gix::Commit<'_>, mainline: Option<u32>) -> Result<Vec<Delta>, GitError> {
    deltas(repo, parent_tree(repo, commit, mainline)?, commit.tree_id()?.detach())
}

/// Files of a commit against its first (or the named) parent, with line counts. Errors: `Missing`, `NeedsMainline` for a parent it has not.
pub fn changed_files(mirror: &Mirror, commit: &str, mainline: Option<u32>) -> Result<Vec<ChangedFile>, GitError> {
    let repo = mirror.local();
    let commit = oid::commit(&repo, oid::resolve(&repo, commit)?)?;
    Ok(with_counts(&repo, &commit_deltas(&repo, &commit, mainline)?))
}

pub(crate) fn with_counts(repo: &gix::Repository, deltas: &[Delta]) -> Vec<ChangedFile> {
    let counted = deltas.iter().enumerate().map(|(i, delta)| {
        let (added, removed) = if i < MAX_COUNTED { count(repo, delta) } else { (0, 0) };
        ChangedFile { path: delta.path.clone(), change: delta.change, added, removed }
    });
    counted.collect()
}

/// Files of a commit with hunks (three lines around each change), for the commit diff.
pub fn commit_diff(mirror: &Mirror, commit: &str, mainline: Option<u32>) -> Result<Vec<FileDiff>, GitError> {
    let repo = mirror.local();
    let commit = oid::commit(&repo, oid::resolve(&repo, commit)?)?;
    Ok(file_diffs(&repo, &commit_deltas(&repo, &commit, mainline)?))
}

/// Files that differ between two revisions, with hunks.
pub fn diff(mirror: &Mirror, old: &str, new: &str) -> Result<Vec<FileDiff>, GitError> {
    let repo = mirror.local();
    let tree = |name: &str| -> Result<ObjectId, GitError> { Ok(oid::commit(&repo, oid::resolve(&repo, name)?)?.tree_id()?.detach()) };
    Ok(file_diffs(&repo, &deltas(&repo, tree(old)?, tree(new)?)?))
}

pub(crate) fn file_diffs(repo: &gix::Repository, deltas: &[Delta]) -> Vec<FileDiff> {
    deltas.iter().map(|delta| file_diff(repo, delta)).collect()
}

fn file_diff(repo: &gix::Repository, delta: &Delta) -> FileDiff {
    let (path, change) = (delta.path.clone(), delta.change);
    match (text(repo, delta.old), text(repo, delta.new)) {
        (Some(old), Some(new)) => {
            let (old, new) = (shown(&old), shown(&new));
            let (hunks, added, removed) = hunks(&old, &new, 3);
            FileDiff { path, change, hunks, added, removed, opaque: false }
        }
        _ => FileDiff { path, change, hunks: Vec::new(), added: 0, removed: 0, opaque: true },
    }
}

pub(crate) fn shown(text: &str) -> String {
    sanitise_lines(&super::secrets::mask(text), usize::try_from(MAX_BLOB).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Lab;
    use super::*;

    #[tokio::test]
    async fn files_of_a_commit_are_counted_against_the_named_parent() {
        let lab = Lab::new().await;
        lab.write("keep.yaml", "a\nb\nc\n");
        lab.write("gone.yaml", "x\ny\n");
        lab.write("binary", "a\0b");
        lab.commit_all("one");
        lab.git(&["checkout", "-q", "-b", "side"]);
        lab.commit("side.yaml", "s\n", "side");
        lab.git(&["checkout", "-q", "main"]);
        lab.git(&["rm", "-q", "gone.yaml"]);
        lab.write("binary", "a\0c");
        lab.write("new/file.yaml", "n\n");
        let two = lab.commit("keep.yaml", "a\nB\nB2\nc\n", "two");
        lab.git(&["merge", "-q", "--no-ff", "side", "-m", "Merge side"]);
        lab.push();
        let mirror = lab.mirror().await;
        let of = |name: &str, mainline| {
            let files = changed_files(&mirror, name, mainline).unwrap();
            files.into_iter().map(|f| format!("{:?} {} +{} -{}", f.change, f.path, f.added, f.removed)).collect::<Vec<_>>()
        };
        let want = ["Modified binary +0 -0", "Deleted gone.yaml +0 -2", "Modified keep.yaml +2 -1", "Added new/file.yaml +1 -0"];
        assert_eq!(of(&two, None), want);
        assert_eq!(of("main", Some(1)), ["Added side.yaml +1 -0"]);
        assert_eq!(of("main", Some(2)), want);
        assert_eq!(changed_files(&mirror, "main", Some(3)).unwrap_err().class, GitClass::NeedsMainline);
    }

    #[tokio::test]
    async fn a_binary_file_is_opaque_and_a_text_has_hunks() {
        let lab = Lab::new().await;
        lab.write("binary", "a\0b");
        let one = lab.commit("a.yaml", "pool: 20\n", "one");
        lab.write("binary", "a\0c");
        let two = lab.commit("a.yaml", "pool: 200\n", "two");
        lab.push();
        let mirror = lab.mirror().await;
        let files = commit_diff(&mirror, &two, None).unwrap();
        assert_eq!(files, diff(&mirror, &one, &two).unwrap());
        assert_eq!((files[0].added, files[0].hunks[0].lines[1].text().as_str()), (1, "pool: 200"));
        assert!(files[1].opaque && files[1].hunks.is_empty());
    }
}
