//! How many commits of its own an app is behind.

use super::error::GitError;
use super::files;
use super::log::{MAX_RANGE, range_ids};
use super::mirror::Mirror;
use super::oid;
use super::path_set::PathSet;
use crate::domain::commit::OwnCommits;
use gix::ObjectId;
use std::collections::HashMap;

/// Commits after each revision, on the first-parent line of the tip, that touch a file of the set; each commit is read once for all of them.
/// `None` where git cannot tell: a commit that is missing, a revision that is no ancestor, a range longer than [`MAX_RANGE`].
pub fn own(mirror: &Mirror, tip: &str, wanted: &[(String, PathSet)]) -> Vec<Option<u32>> {
    let repo = mirror.local();
    let mut ranges: HashMap<&str, Option<Vec<ObjectId>>> = HashMap::new();
    let mut touched: HashMap<ObjectId, Vec<String>> = HashMap::new();
    let mut out = Vec::with_capacity(wanted.len());
    for (revision, set) in wanted {
        let range = ranges.entry(revision).or_insert_with(|| range_ids(&repo, revision, tip).ok().filter(|ids| ids.len() < MAX_RANGE));
        out.push(range.as_ref().and_then(|ids| count(&repo, ids, set, &mut touched).ok()));
    }
    out
}

fn count(repo: &gix::Repository, ids: &[ObjectId], set: &PathSet, touched: &mut HashMap<ObjectId, Vec<String>>) -> Result<u32, GitError> {
    let mut out = 0;
    for id in ids {
        if !touched.contains_key(id) {
            let commit = oid::commit(repo, *id)?;
            let paths = files::commit_deltas(repo, &commit, None)?.into_iter().map(|d| d.path).collect();
            touched.insert(*id, paths);
        }
        out += u32::from(touched.get(id).is_some_and(|paths| paths.iter().any(|path| set.touches(path))));
    }
    Ok(out)
}

/// Subjects that are told; the rest is counted.
const SUBJECTS: usize = 20;

/// Commits between two revisions that touch a file of the set, where one of them is in the history of the other.
/// `None` where git cannot tell: see [`own`].
pub fn between(mirror: &Mirror, earlier: &str, later: &str, set: &PathSet) -> Option<OwnCommits> {
    let repo = mirror.local();
    let range = |from: &str, to: &str| range_ids(&repo, from, to).ok().filter(|ids| ids.len() < MAX_RANGE);
    let (ids, is_back) = match range(earlier, later) {
        Some(ids) => (ids, false),
        None => (range(later, earlier)?, true),
    };
    let mut out = OwnCommits { is_back, ..OwnCommits::default() };
    for id in ids {
        let commit = oid::commit(&repo, id).ok()?;
        if !files::commit_deltas(&repo, &commit, None).ok()?.iter().any(|d| set.touches(&d.path)) {
            out.others += 1;
            continue;
        }
        out.count += 1;
        if out.subjects.len() < SUBJECTS {
            out.subjects.push(oid::to_domain(&commit).subject);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Lab;
    use super::*;

    #[tokio::test]
    async fn only_commits_of_the_own_paths_count_and_what_git_cannot_tell_is_none() {
        let lab = Lab::new().await;
        let first = lab.commit("apps/web/a", "1", "one");
        lab.commit("apps/pay/a", "1", "two");
        let third = lab.commit("apps/web/b", "1", "three");
        lab.commit("base/x", "1", "four");
        let tip = lab.commit("apps/pay/a", "2", "five");
        lab.git(&["checkout", "-q", "-b", "side", &first]);
        let aside = lab.commit("apps/web/z", "1", "aside");
        lab.git(&["checkout", "-q", "main"]);
        lab.push();
        let mirror = lab.mirror().await;
        let web = || PathSet::new().dir("apps/web").dir("base");
        let wanted = [
            (first.clone(), web()),
            (first.clone(), PathSet::new().dir("apps/pay")),
            (third, web()),
            (tip.clone(), web()),
            (first, PathSet::new().dir("apps/none")),
            (aside, web()),
            ("f".repeat(40), web()),
        ];
        assert_eq!(own(&mirror, &tip, &wanted), [Some(2), Some(2), Some(1), Some(0), Some(0), None, None]);
    }

    #[tokio::test]
    async fn the_commits_between_two_deployments_are_told_by_their_subjects_also_of_one_that_went_back() {
        let lab = Lab::new().await;
        let first = lab.commit("apps/web/a", "1", "one");
        lab.commit("apps/web/a", "2", "pool to 200");
        lab.commit("apps/pay/a", "1", "not ours");
        let tip = lab.commit("base/x", "1", "labels");
        lab.push();
        let mirror = lab.mirror().await;
        let set = PathSet::new().dir("apps/web").dir("base");
        let there = between(&mirror, &first, &tip, &set).unwrap();
        assert_eq!((there.subjects.join(", ").as_str(), there.count, there.others, there.is_back), ("labels, pool to 200", 2, 1, false));
        let back = between(&mirror, &tip, &first, &set).unwrap();
        assert_eq!((back.count, back.is_back), (2, true));
        let same = between(&mirror, &tip, &tip, &set).unwrap();
        assert_eq!((same.count, same.others, same.is_back), (0, 0, false));
        assert_eq!(between(&mirror, &first, &"f".repeat(40), &set), None);
    }
}
