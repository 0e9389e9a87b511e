//! How many commits of their own paths apps are behind.

use super::Runtime;
use super::rollback::path_set;
use crate::app::msg::Msg;
use crate::app::rollback::PathClaim;
use crate::domain::commit::OwnCommits;
use crate::domain::event::RepoEvent;
use crate::domain::repo::RepoId;
use crate::git::{self, CommitTree, GitError, Mirror, PathSet};
use std::collections::HashMap;

impl Runtime {
    /// An answer comes for each app, also where nothing can be told.
    pub(super) fn own_behind(&self, repo: RepoId, tip: String, apps: Vec<(PathClaim, String)>) {
        let runtime = self.clone();
        self.spawn(async move {
            let asked: Vec<_> = apps.iter().map(|(claim, revision)| (claim.app.clone(), revision.clone())).collect();
            let found = runtime.count_own(&repo, tip.clone(), apps).await.unwrap_or_else(|error| {
                tracing::warn!(repo = %repo.0, error = %error.message, "commits behind");
                vec![None; asked.len()]
            });
            let counts = asked.into_iter().zip(found).map(|((app, revision), count)| (app, revision, count)).collect();
            Some(Msg::Repo(RepoEvent::OwnBehind { repo, tip, counts }))
        });
    }

    async fn count_own(&self, repo: &RepoId, tip: String, apps: Vec<(PathClaim, String)>) -> Result<Vec<Option<u32>>, GitError> {
        let (_, mirror) = self.mirror_of(repo).await?;
        mirror.blocking(move |m| count(m, &tip, &apps)).await
    }
}

impl Runtime {
    /// An answer comes for each pair, also where nothing can be told.
    pub(super) fn commits_between(&self, repo: RepoId, claim: PathClaim, tip: String, pairs: Vec<(String, String)>) {
        let runtime = self.clone();
        self.spawn_detail(async move {
            let app = claim.app.clone();
            let asked = pairs.clone();
            let found = match runtime.mirror_of(&repo).await {
                Ok((_, mirror)) => between(&mirror, &claim, &pairs).await,
                Err(error) => Err(error),
            };
            let found = found.unwrap_or_else(|error| {
                tracing::warn!(repo = %repo.0, error = %error.message, "commits of a history");
                vec![None; asked.len()]
            });
            let found = asked.into_iter().zip(found).map(|((earlier, later), found)| (earlier, later, found)).collect();
            Some(Msg::Repo(RepoEvent::Between { app, tip, found }))
        });
    }
}

/// With one fetch where the mirror lacks a commit: a new tip is told before it is fetched, and the engine may be ahead of both.
async fn between(mirror: &Mirror, claim: &PathClaim, pairs: &[(String, String)]) -> Result<Vec<Option<OwnCommits>>, GitError> {
    let ask = || {
        let (mirror, claim, pairs) = (mirror.clone(), claim.clone(), pairs.to_vec());
        async move { mirror.blocking(move |m| Ok(commits(m, &claim, &pairs))).await }
    };
    let (lacks, found) = ask().await?;
    if !lacks || mirror.fetch().await.is_err() {
        return Ok(found);
    }
    Ok(ask().await?.1)
}

/// Whether the mirror lacks one of the commits, and what each pair brought.
fn commits(mirror: &Mirror, claim: &PathClaim, pairs: &[(String, String)]) -> (bool, Vec<Option<OwnCommits>>) {
    let mut trees: HashMap<&str, Option<CommitTree>> = HashMap::new();
    for revision in pairs.iter().flat_map(|(earlier, later)| [earlier, later]) {
        trees.entry(revision).or_insert_with(|| CommitTree::new(mirror, revision).ok());
    }
    let tree = |revision: &String| trees.get(revision.as_str()).and_then(Option::as_ref);
    let one = |(earlier, later): &(String, String)| {
        let set = path_set(&[tree(earlier), tree(later)], claim, claim.app.engine());
        git::behind::between(mirror, earlier, later, &set)
    };
    (trees.values().any(Option::is_none), pairs.iter().map(one).collect())
}

/// What an app was built from before counts as well: a file that was taken out of it is a change of it.
fn count(mirror: &Mirror, tip: &str, apps: &[(PathClaim, String)]) -> Result<Vec<Option<u32>>, GitError> {
    let now = CommitTree::new(mirror, tip)?;
    let mut before: HashMap<&str, Option<CommitTree>> = HashMap::new();
    let mut wanted: Vec<(String, PathSet)> = Vec::with_capacity(apps.len());
    for (claim, revision) in apps {
        let then = before.entry(revision).or_insert_with(|| CommitTree::new(mirror, revision).ok());
        wanted.push((revision.clone(), path_set(&[Some(&now), then.as_ref()], claim, claim.app.engine())));
    }
    Ok(git::behind::own(mirror, tip, &wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{AppId, AppKind, ClusterId};
    use crate::git::testing::Lab;

    #[tokio::test]
    async fn what_a_deployment_brought_is_told_although_its_commit_was_not_fetched_yet() {
        let lab = Lab::new().await;
        let first = lab.commit("apps/web/a", "1", "one");
        lab.push();
        let mirror = lab.mirror().await;
        let second = lab.commit("apps/web/a", "2", "pool to 200");
        lab.push();
        let app = AppId { cluster: ClusterId::new("hub"), kind: AppKind::Application, namespace: "argocd".into(), name: "web".into() };
        let claim = PathClaim { app, dirs: vec!["apps/web".into()], value_files: Vec::new(), files: Vec::new() };
        let gone = "0".repeat(39) + "1";
        let found = between(&mirror, &claim, &[(first.clone(), second.clone()), (gone, second)]).await.unwrap();
        assert_eq!(found[0].as_ref().map(|c| (c.count, c.subjects.clone())), Some((1, vec!["pool to 200".to_owned()])));
        assert_eq!(found[1], None, "git does not know it either");
    }
}
