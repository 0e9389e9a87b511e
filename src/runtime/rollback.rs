//! Steps 1 to 3 of a rollback: suspects and preview, from a mirror that was fetched just now, and the trial push of the plan.

use super::Runtime;
use crate::app::effect::{PreviewRequest, SuspectsRequest};
use crate::app::msg::{CheckEvent, Msg, RollbackTrouble, SuspectList};
use crate::app::rollback::PathClaim;
use crate::domain::diff::RevertPreview;
use crate::domain::ids::TaskId;
use crate::domain::plan::{Outcome, RevertRequest};
use crate::domain::source::RefKind;
use crate::domain::tree::FileTree;
use crate::git::deliver::{self, PushStep};
use crate::git::{self, CommitTree, GitClass, GitError, Mirror, PathSet};
use crate::render::{self, BuildOptions};
use std::sync::PoisonError;
use tokio::task::AbortHandle;

/// Without a known good revision, this many commits are listed.
const BLIND: usize = 50;

impl Runtime {
    pub(super) fn suspects(&self, task: TaskId, request: SuspectsRequest) {
        let runtime = self.clone();
        self.spawn(async move {
            let result =
                runtime.find_suspects(&request).await.map(Box::new).map_err(|e| trouble(&e, request.repo.short(), "roll back is off here"));
            Some(Msg::Suspects { task, result })
        });
    }

    async fn find_suspects(&self, request: &SuspectsRequest) -> Result<SuspectList, GitError> {
        let (shared, mirror) = self.mirror_of(&request.repo).await?;
        mirror.fetch().await?;
        self.repos.mirrored(&shared, &mirror).await;
        let branch = match &request.reference {
            // HEAD moves with the remote, not with our last poll.
            RefKind::Head => {
                let refs = git::ls_remote(mirror.git(), &request.url).await?;
                refs.default_branch.ok_or_else(|| GitError::new(GitClass::NoBranch, "The remote names no default branch."))?
            }
            reference => {
                let reference = reference.clone();
                mirror.blocking(move |m| git::branch::followed(m, &reference)).await?
            }
        };
        let (fetched_at, work) = (self.options.clock.now(), request.clone());
        let remote = request.url.clone();
        let name = branch.clone();
        mirror.blocking(move |m| list(m, &work, &name)).await.map(|(tip, good, found, paths)| SuspectList {
            tip,
            branch,
            fetched_at,
            good,
            range: range(&found),
            suspects: found.touching,
            others: found.others.into_iter().map(|s| s.commit).collect(),
            paths,
            remote,
        })
    }

    pub(super) fn preview(&self, task: TaskId, request: PreviewRequest) {
        let runtime = self.clone();
        self.spawn(async move {
            let result =
                runtime.build_preview(&request).await.map(Box::new).map_err(|e| trouble(&e, request.repo.short(), "nothing was written"));
            Some(Msg::Preview { task, result })
        });
    }

    /// Everything a push does but the push; who would commit is told as soon as it is known. It takes the place of the one before.
    pub(super) fn check_push(&self, task: TaskId, request: RevertRequest) {
        let runtime = self.clone();
        let work = tokio::spawn(async move {
            let outcome = match runtime.mirror_of(&request.repo).await {
                Ok((_, mirror)) => runtime.try_push(task, &mirror, &request).await,
                Err(error) => deliver::unsent(&error),
            };
            runtime.inbox.send(Msg::PushChecked { task, event: CheckEvent::Ended(outcome) }).await;
        });
        self.replace_check(Some(work.abort_handle()));
    }

    pub(super) fn end_check(&self) {
        self.replace_check(None);
    }

    /// A git that hangs would hold the mirror's lock, and whoever needs the mirror next waits for it.
    fn replace_check(&self, next: Option<AbortHandle>) {
        let before = std::mem::replace(&mut *self.check.lock().unwrap_or_else(PoisonError::into_inner), next);
        if let Some(before) = before {
            before.abort();
        }
    }

    async fn try_push(&self, task: TaskId, mirror: &Mirror, request: &RevertRequest) -> Outcome {
        let (sender, mut steps) = tokio::sync::mpsc::unbounded_channel::<PushStep>();
        let inbox = self.inbox.clone();
        let forward = tokio::spawn(async move {
            while let Some(step) = steps.recv().await {
                if let PushStep::By { author } = step {
                    let event = CheckEvent::By { by: author.by, signed: author.signed };
                    inbox.send(Msg::PushChecked { task, event }).await;
                }
            }
        });
        let outcome = {
            let progress = move |step: PushStep| {
                // The receiver lives until this sender is dropped.
                let _ = sender.send(step);
            };
            deliver::check(mirror, request, &progress).await
        };
        let _ = forward.await;
        outcome
    }

    async fn build_preview(&self, request: &PreviewRequest) -> Result<RevertPreview, GitError> {
        let (_, mirror) = self.mirror_of(&request.repo).await?;
        let request = request.clone();
        mirror.blocking(move |m| preview(m, &request)).await
    }
}

/// The order of history is not that of the clocks: commits of one second, or of skewed clocks, would be undone in the wrong order.
fn range(found: &git::suspects::Suspects) -> Vec<(String, Vec<crate::domain::ids::AppId>)> {
    let of = |id: &String| found.touching.iter().chain(&found.others).find(|s| s.commit.id == *id).map(|s| s.also.clone());
    found.order.iter().map(|id| (id.clone(), of(id).unwrap_or_default())).collect()
}

type Found = (String, Option<String>, git::suspects::Suspects, Vec<String>);

fn list(mirror: &Mirror, request: &SuspectsRequest, branch: &str) -> Result<Found, GitError> {
    let tip = git::log::resolve(mirror, &format!("refs/heads/{branch}"))?;
    let good = match &request.good {
        Some(good) => Some(git::log::resolve(mirror, good)?),
        None => None,
    };
    let from = match &good {
        Some(good) => good.clone(),
        None => git::log::log(mirror, &tip, BLIND)?
            .last()
            .map(|c| c.id.clone())
            .ok_or_else(|| GitError::new(GitClass::Missing, "the branch has no commits"))?,
    };
    let now = CommitTree::new(mirror, &tip)?;
    let before = CommitTree::new(mirror, &from).ok();
    let own = path_set(&[Some(&now), before.as_ref()], &request.own, request.app.id.engine());
    let others: Vec<_> =
        request.others.iter().map(|claim| (claim.app.clone(), path_set(&[Some(&now)], claim, claim.app.engine()))).collect();
    let found = git::suspects::suspects(mirror, &from, &tip, &own, &others)?;
    let paths = own.dirs().map(|d| format!("{d}/")).chain(own.files().map(str::to_owned)).take(500).collect();
    Ok((tip, good, found, paths))
}

/// The revert, and which apps are built from one of its files, before or after it.
fn preview(mirror: &Mirror, request: &PreviewRequest) -> Result<RevertPreview, GitError> {
    let mut preview = git::revert::preview(mirror, &request.base, &request.commits)?;
    let now = CommitTree::new(mirror, &request.base)?;
    let after = git::revert::preview_tree(mirror, &request.base, &request.commits)?;
    let is_touched = |claim: &&PathClaim| {
        let set = path_set(&[Some(&now), after.as_ref()], claim, claim.app.engine());
        preview.files.iter().any(|file| set.touches(&file.path))
    };
    preview.touched = request.others.iter().filter(is_touched).map(|claim| claim.app.clone()).collect();
    Ok(preview)
}

/// An app's directory plus every local file its build reaches, at each of the trees.
pub(super) fn path_set(trees: &[Option<&CommitTree>], claim: &PathClaim, engine: crate::domain::ids::EngineKind) -> PathSet {
    let mut set = PathSet::new();
    let mut options = BuildOptions::new(super::build::engine(engine));
    options.value_files.clone_from(&claim.value_files);
    claim.files.iter().for_each(|file| set.add_file(file));
    for path in &claim.dirs {
        let path = path.trim_matches('/');
        set.add_dir(path);
        for tree in trees.iter().flatten() {
            for reached in render::reach(*tree, path, &options) {
                // A directory stands for everything below it.
                if tree.list(&reached).is_some() { set.add_dir(&reached) } else { set.add_file(&reached) }
            }
        }
    }
    set
}

const OTHER_GOOD: (&str, &str) = ("G", "another good revision, or after the last one the newest commits without one");

fn trouble(error: &GitError, repo: &str, effect: &str) -> RollbackTrouble {
    let next = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, t)| ((*k).to_owned(), (*t).to_owned())).collect::<Vec<_>>();
    let (headline, next) = match error.class {
        GitClass::NoGit => ("git is missing or too old.".to_owned(), next(&[("", "install git 2.30 or newer, then R again")])),
        GitClass::Auth => {
            (format!("git could not log in to {repo}; {effect}."), next(&[("", "log in to it with git by hand, then R again")]))
        }
        GitClass::NoBranch => (
            format!("Nothing follows a revert: what the app follows is no branch of {repo}."),
            next(&[
                ("", "change the reference where the app or its source is defined, then R again"),
                ("esc", "back; p on its row suspends it, so that nothing newer is applied"),
            ]),
        ),
        GitClass::NotAncestor => ("A revision is not in the history of the branch.".to_owned(), next(&[OTHER_GOOD])),
        GitClass::Missing => {
            (format!("{repo} does not hold what is needed; {effect}."), next(&[OTHER_GOOD, ("esc", "back; r polls the repository again")]))
        }
        GitClass::NeedsMainline => ("A merge can only be undone against a named parent.".to_owned(), next(&[("m", "choose the mainline")])),
        GitClass::TooLarge => {
            (format!("{repo} is larger than git.max_mb allows; {effect}."), next(&[("", "raise git.max_mb in the config")]))
        }
        GitClass::Unreachable | GitClass::Timeout => (format!("{repo} does not answer; {effect}."), next(&[("", "try R again")])),
        _ => (format!("{repo} cannot be read; {effect}."), next(&[("", "see the log")])),
    };
    RollbackTrouble { headline, text: error.to_string(), next }
}
