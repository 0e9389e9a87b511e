//! The first-parent line of a branch, and where revisions stand on it.

use super::error::{GitClass, GitError};
use super::mirror::Mirror;
use super::oid;
use crate::domain::commit::Commit;
use crate::domain::repo::Standing;
use gix::ObjectId;
use std::collections::HashMap;

/// Longer ranges are cut: nobody picks a suspect from more.
pub const MAX_RANGE: usize = 1000;

/// Whole id of the commit a branch, tag, whole or short id names. Errors: `Missing`.
pub fn resolve(mirror: &Mirror, name: &str) -> Result<String, GitError> {
    Ok(oid::resolve(&mirror.local(), name)?.to_string())
}

/// One commit.
pub fn commit(mirror: &Mirror, name: &str) -> Result<Commit, GitError> {
    let repo = mirror.local();
    let id = oid::resolve(&repo, name)?;
    Ok(oid::to_domain(&oid::commit(&repo, id)?))
}

/// The newest `n` commits of the first-parent line, newest first.
pub fn log(mirror: &Mirror, reference: &str, n: usize) -> Result<Vec<Commit>, GitError> {
    let repo = mirror.local();
    let tip = oid::resolve(&repo, reference)?;
    line(&repo, tip).take(n).map(|id| Ok(oid::to_domain(&oid::commit(&repo, id?)?))).collect()
}

/// Walks first parents; ends at a root or where the history was cut.
pub(crate) fn line(repo: &gix::Repository, tip: ObjectId) -> impl Iterator<Item = Result<ObjectId, GitError>> + '_ {
    let mut next = Some(tip);
    std::iter::from_fn(move || {
        let id = next.take()?;
        next = match first_parent(repo, id) {
            Ok(parent) => parent,
            Err(error) => return Some(Err(error)),
        };
        Some(Ok(id))
    })
}

/// Reads no more of the commit than its parents: a line may be 20,000 commits long.
fn first_parent(repo: &gix::Repository, id: ObjectId) -> Result<Option<ObjectId>, GitError> {
    Ok(oid::commit(repo, id)?.iter().parent_ids().next())
}

/// `Missing` commits are no ancestors of anything.
pub fn is_ancestor(mirror: &Mirror, ancestor: &str, descendant: &str) -> Result<bool, GitError> {
    let repo = mirror.local();
    Ok(ancestor_of(&repo, oid::resolve(&repo, ancestor)?, oid::resolve(&repo, descendant)?))
}

pub(crate) fn ancestor_of(repo: &gix::Repository, ancestor: ObjectId, descendant: ObjectId) -> bool {
    ancestor == descendant || repo.merge_base(ancestor, descendant).is_ok_and(|base| base.is_some_and(|base| base.detach() == ancestor))
}

/// Where one revision stands against a branch, tag or id.
pub fn standing(mirror: &Mirror, revision: &str, reference: &str) -> Standing {
    standings(mirror, &[revision], reference).into_iter().next().unwrap_or(Standing::Unknown)
}

/// Where many revisions stand against one reference: the line is walked once for all of them.
pub fn standings(mirror: &Mirror, revisions: &[&str], reference: &str) -> Vec<Standing> {
    let repo = mirror.local();
    let Ok(tip) = oid::resolve(&repo, reference) else { return vec![Standing::Unknown; revisions.len()] };
    let wanted: Vec<Option<ObjectId>> = revisions.iter().map(|r| oid::resolve(&repo, r).ok()).collect();
    let mut open: HashMap<ObjectId, Option<u32>> = wanted.iter().flatten().map(|id| (*id, None)).collect();
    let mut left = open.len();
    for (behind, id) in (0u32..).zip(line(&repo, tip)) {
        let Ok(id) = id else { break };
        if let Some(slot) = open.get_mut(&id) {
            *slot = Some(behind);
            left -= 1;
        }
        if left == 0 {
            break;
        }
    }
    let stand = |id: &Option<ObjectId>| match id.as_ref().map(|id| (id, open.get(id))) {
        None | Some((_, None)) => Standing::Unknown,
        Some((_, Some(Some(0)))) => Standing::Even,
        Some((_, Some(Some(n)))) => Standing::Behind(*n),
        Some((id, Some(None))) => off_line(&repo, *id, tip),
    };
    wanted.iter().map(stand).collect()
}

/// A revision that the first-parent line of the tip does not contain.
fn off_line(repo: &gix::Repository, id: ObjectId, tip: ObjectId) -> Standing {
    let Ok(Some(base)) = repo.merge_base(id, tip) else { return Standing::Diverged };
    let count = |from, to| u32::try_from(unreached(repo, from, to).map_or(0, |l| l.len())).unwrap_or(u32::MAX);
    match base.detach() {
        base if base == tip => Standing::Ahead(count(id, tip)),
        base if base == id => Standing::Behind(count(tip, id)),
        _ => Standing::Diverged,
    }
}

/// Commits on the first-parent line of `tip` that `good` does not contain, newest first.
/// Once one commit of the line is contained all older ones are, so the place is found by halving.
fn unreached(repo: &gix::Repository, tip: ObjectId, good: ObjectId) -> Result<Vec<ObjectId>, GitError> {
    let mut line = line(repo, tip).collect::<Result<Vec<_>, _>>()?;
    let cut = line.partition_point(|id| !ancestor_of(repo, *id, good));
    line.truncate(cut);
    Ok(line)
}

/// Commits of the tip's first-parent line after `good`, newest first, at most [`MAX_RANGE`].
/// Errors: `Missing` when the mirror lacks one of the two, `NotAncestor` when `good` is not in the history of the tip.
pub fn range(mirror: &Mirror, good: &str, tip: &str) -> Result<Vec<Commit>, GitError> {
    let repo = mirror.local();
    let ids = range_ids(&repo, good, tip)?;
    ids.into_iter().map(|id| Ok(oid::to_domain(&oid::commit(&repo, id)?))).collect()
}

pub(crate) fn range_ids(repo: &gix::Repository, good: &str, tip: &str) -> Result<Vec<ObjectId>, GitError> {
    let (good, tip) = (oid::resolve(repo, good)?, oid::resolve(repo, tip)?);
    oid::commit(repo, good)?;
    let mut out = Vec::new();
    for id in line(repo, tip) {
        let id = id?;
        if id == good {
            out.truncate(MAX_RANGE);
            return Ok(out);
        }
        out.push(id);
    }
    if !ancestor_of(repo, good, tip) {
        let message = format!("{} is not in the history of {}", oid::short(good), oid::short(tip));
        return Err(GitError::new(GitClass::NotAncestor, message));
    }
    let mut out = unreached(repo, tip, good)?;
    out.truncate(MAX_RANGE);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Lab;
    use super::*;

    /// main: one - two - M - three, where M merges side (s1 - s2, from one); other: from two.
    async fn lab() -> (Lab, Mirror, HashMap<&'static str, String>) {
        let lab = Lab::new().await;
        let mut ids = HashMap::new();
        ids.insert("one", lab.commit("a", "1", "one"));
        lab.git(&["checkout", "-q", "-b", "side"]);
        ids.insert("s1", lab.commit("s", "1", "s1"));
        ids.insert("s2", lab.commit("s", "2", "s2"));
        lab.git(&["checkout", "-q", "main"]);
        ids.insert("two", lab.commit("a", "2", "two\n\nWith a body.\nAnd more."));
        lab.git(&["checkout", "-q", "-b", "other"]);
        ids.insert("o1", lab.commit("o", "1", "o1"));
        lab.git(&["checkout", "-q", "main"]);
        lab.git(&["merge", "-q", "--no-ff", "side", "-m", "Merge side"]);
        ids.insert("M", lab.git(&["rev-parse", "HEAD"]));
        ids.insert("three", lab.commit("a", "3", "three"));
        lab.push();
        let mirror = lab.mirror().await;
        (lab, mirror, ids)
    }

    #[tokio::test]
    async fn revisions_stand_even_behind_ahead_diverged_or_unknown() {
        let (_lab, mirror, ids) = lab().await;
        let cases = [
            ("three", "main", Standing::Even),
            ("M", "main", Standing::Behind(1)),
            ("one", "main", Standing::Behind(3)),
            ("s1", "main", Standing::Behind(3)),
            ("o1", "main", Standing::Diverged),
            ("three", "side", Standing::Ahead(3)),
            ("o1", ids["two"].as_str(), Standing::Ahead(1)),
        ];
        for (name, reference, want) in cases {
            assert_eq!(standing(&mirror, &ids[name], reference), want, "{name} against {reference}");
        }
        assert_eq!(standing(&mirror, &"a".repeat(40), "main"), Standing::Unknown);
        assert_eq!(standing(&mirror, &ids["one"], "gone"), Standing::Unknown);
        let all = standings(&mirror, &[&ids["one"], "nothing", &format!("main@sha1:{}", ids["three"]), &ids["one"]], "main");
        assert_eq!(all, [Standing::Behind(3), Standing::Unknown, Standing::Even, Standing::Behind(3)]);
    }

    #[tokio::test]
    async fn the_log_follows_first_parents_and_splits_messages() {
        let (_lab, mirror, ids) = lab().await;
        let commits = log(&mirror, "main", 30).unwrap();
        assert_eq!(commits.iter().map(|c| c.subject.as_str()).collect::<Vec<_>>(), ["three", "Merge side", "two", "one"]);
        assert_eq!(commits[2].body, "With a body.\nAnd more.");
        assert_eq!((commits[0].author.as_str(), commits[0].email.as_str()), ("Sam Test", "sam@example.com"));
        assert_eq!(commits[1].parents, [ids["two"].clone(), ids["s2"].clone()]);
        assert!(commits[0].at > commits[3].at);
        assert_eq!(log(&mirror, "main", 2).unwrap().len(), 2);
        let short: String = ids["two"].chars().take(8).collect();
        assert_eq!(resolve(&mirror, &short).unwrap(), ids["two"]);
    }

    #[tokio::test]
    async fn a_range_ends_at_the_good_commit_even_one_that_came_by_a_merge() {
        let (_lab, mirror, ids) = lab().await;
        let of = |good: &str| range(&mirror, good, "main").unwrap().into_iter().map(|c| c.subject).collect::<Vec<_>>();
        assert_eq!(of(&ids["two"]), ["three", "Merge side"]);
        assert_eq!(of(&ids["three"]), Vec::<String>::new());
        assert_eq!(of(&ids["s1"]), ["three", "Merge side", "two"], "s1 holds one, and not two");
        assert_eq!(range(&mirror, &ids["o1"], "main").unwrap_err().class, GitClass::NotAncestor);
        assert_eq!(range(&mirror, &"b".repeat(40), "main").unwrap_err().class, GitClass::Missing);
        assert!(is_ancestor(&mirror, &ids["s1"], "main").unwrap() && !is_ancestor(&mirror, "main", &ids["s1"]).unwrap());
    }
}
