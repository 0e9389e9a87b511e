//! Repositories: one poller each, and mirrors made when they are needed.

use super::inbox::Inbox;
use super::{Options, Runtime};
use crate::app::msg::Msg;
use crate::domain::Timestamp;
use crate::domain::event::RepoEvent;
use crate::domain::ids::TaskId;
use crate::domain::repo::{LOG, PollState, Repo, RepoId, Standing};
use crate::git::{self, Git, GitClass, GitError, Mirror};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OnceCell, Semaphore};
use tokio::task::AbortHandle;

/// Failing polls back off to this.
const SLOWEST: Duration = Duration::from_secs(600);
/// Mirrors are made without being asked for only while so few repositories are followed.
const FEW: usize = 8;

pub struct Repos {
    options: Arc<Options>,
    inbox: Inbox,
    git: OnceCell<Result<Git, GitError>>,
    list: Mutex<HashMap<RepoId, (Arc<Shared>, AbortHandle)>>,
    /// One clone at a time.
    clones: Arc<Semaphore>,
}

/// What the poller and the questions about one repository share.
pub struct Shared {
    pub id: RepoId,
    pub url: String,
    mirror: tokio::sync::Mutex<Option<Mirror>>,
    again: Notify,
    repo: Mutex<Repo>,
}

impl Repos {
    pub fn new(options: Arc<Options>, inbox: Inbox) -> Self {
        Self { options, inbox, git: OnceCell::new(), list: Mutex::default(), clones: Arc::new(Semaphore::new(1)) }
    }

    pub async fn git(&self) -> Result<Git, GitError> {
        self.git.get_or_init(|| Git::find(&self.options.git_env)).await.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RepoId, (Arc<Shared>, AbortHandle)>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn watch(self: &Arc<Self>, list: Vec<(RepoId, String)>) {
        let mut known = self.lock();
        known.retain(|id, (shared, handle)| {
            let keep = list.iter().any(|(i, url)| i == id && *url == shared.url);
            if !keep {
                handle.abort();
            }
            keep
        });
        let few = list.len() <= FEW;
        for (id, url) in list {
            if known.contains_key(&id) {
                continue;
            }
            let shared = Arc::new(Shared {
                repo: Mutex::new(Repo::new(id.clone(), &url)),
                id: id.clone(),
                url,
                mirror: tokio::sync::Mutex::new(None),
                again: Notify::new(),
            });
            let handle = tokio::spawn(poll(self.clone(), shared.clone(), few)).abort_handle();
            known.insert(id, (shared, handle));
        }
    }

    pub fn retry(&self, id: &RepoId) {
        if let Some((shared, _)) = self.lock().get(id) {
            shared.again.notify_one();
        }
    }

    pub fn stop(&self) {
        for (_, (_, handle)) in self.lock().drain() {
            handle.abort();
        }
    }

    pub fn shared(&self, id: &RepoId) -> Option<Arc<Shared>> {
        self.lock().get(id).map(|(s, _)| s.clone())
    }

    /// The mirror, made now if it is not there yet.
    pub async fn mirror(&self, shared: &Shared) -> Result<Mirror, GitError> {
        let mut slot = shared.mirror.lock().await;
        if let Some(mirror) = slot.as_ref() {
            return Ok(mirror.clone());
        }
        let git = self.git().await?;
        let mirror = match Mirror::open(&git, &self.options.cache, &shared.id, &shared.url).await {
            Some(found) => {
                found.fetch().await?;
                found
            }
            None => {
                let _one = self.clones.acquire().await;
                Mirror::open_or_clone(&git, &self.options.cache, &shared.id, &shared.url, Some(self.options.max_mirror)).await?
            }
        };
        *slot = Some(mirror.clone());
        drop(slot);
        self.mirrored(shared, &mirror).await;
        Ok(mirror)
    }

    /// Fetched just now: log, size and time go to the screen.
    pub async fn mirrored(&self, shared: &Shared, mirror: &Mirror) {
        let size = mirror.size().await;
        let branch = shared.lock().default_branch.clone();
        let log = match branch {
            Some(branch) => mirror.blocking(move |m| git::log::log(m, &format!("refs/heads/{branch}"), LOG)).await.unwrap_or_default(),
            None => Vec::new(),
        };
        let repo = {
            let mut repo = shared.lock();
            repo.fetched_at = Some(self.options.clock.now());
            repo.mirror_bytes = Some(size);
            repo.log = log;
            repo.clone()
        };
        self.inbox.send(Msg::Repo(RepoEvent::Polled(repo))).await;
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Repo> {
        self.repo.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub fn state(&self) -> Repo {
        self.lock().clone()
    }
}

/// One `ls-remote` per interval; a moved tip is fetched where there is a mirror.
async fn poll(repos: Arc<Repos>, shared: Arc<Shared>, few: bool) {
    let mut tries = 0u32;
    let mut behind = false;
    loop {
        let asked = match repos.git().await {
            Ok(git) => git::ls_remote(&git, &shared.url).await,
            Err(error) => Err(error),
        };
        let now = repos.options.clock.now();
        let wait = match asked {
            Ok(refs) => {
                tries = 0;
                let moved = {
                    let mut repo = shared.lock();
                    let moved = repo.refs != refs.refs;
                    repo.poll = PollState::Ok;
                    repo.polled_at = Some(now);
                    repo.refs = refs.refs;
                    repo.default_branch = refs.default_branch;
                    moved
                };
                repos.inbox.send(Msg::Repo(RepoEvent::Polled(shared.state()))).await;
                behind |= moved;
                if behind {
                    // What could not be fetched is fetched at the next poll, whether or not the tips moved again.
                    behind = !fetch(&repos, &shared, few).await;
                }
                Some(jitter(repos.options.poll))
            }
            Err(error) => {
                tries += 1;
                failed(&repos, &shared, error, tries, now).await
            }
        };
        let sleep = async {
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = sleep => {}
            () = shared.again.notified() => {}
        }
    }
}

/// Notes the failure; gives how long to wait, `None` = until asked again.
async fn failed(repos: &Repos, shared: &Shared, error: GitError, tries: u32, now: Timestamp) -> Option<Duration> {
    let wait = (repos.options.poll * 2u32.saturating_pow(tries.min(8))).min(SLOWEST);
    let message = error.message.clone();
    let (state, wait) = match error.class {
        GitClass::Auth => (PollState::AuthFailed { message, tries }, None),
        GitClass::NoGit => (PollState::NoGit { message }, None),
        _ => (PollState::Failed { message, tries, next_try_at: now.checked_add(wait).ok() }, Some(jitter(wait))),
    };
    shared.lock().poll = state;
    repos.inbox.send(Msg::Repo(RepoEvent::Polled(shared.state()))).await;
    wait
}

/// Brings the mirror up to date, where there is one or there may be one without being asked for; `false` where that failed.
async fn fetch(repos: &Repos, shared: &Shared, few: bool) -> bool {
    let have = shared.mirror.lock().await.clone();
    let done = match have {
        Some(mirror) => match mirror.fetch().await {
            Ok(()) => {
                repos.mirrored(shared, &mirror).await;
                Ok(())
            }
            Err(error) => Err(error),
        },
        None if few => repos.mirror(shared).await.map(|_| ()),
        None => Ok(()),
    };
    if let Err(error) = &done {
        tracing::warn!(repo = %shared.id.0, error = %error.message, "mirror");
    }
    done.is_ok()
}

/// Up to a tenth more or less, so that many pollers do not fall into step.
fn jitter(around: Duration) -> Duration {
    crate::cluster::backoff::jitter(around)
}

impl Runtime {
    pub(super) async fn mirror_of(&self, id: &RepoId) -> Result<(Arc<Shared>, Mirror), GitError> {
        let shared =
            self.repos.shared(id).ok_or_else(|| GitError::new(GitClass::Missing, format!("{} is not followed any more", id.short())))?;
        let mirror = self.repos.mirror(&shared).await?;
        Ok((shared, mirror))
    }

    pub(super) fn standing(&self, repo: RepoId, revision: String, tip: String) {
        let runtime = self.clone();
        self.spawn(async move {
            let standing = runtime.stands(&repo, &revision, &tip).await.unwrap_or(Standing::Unknown);
            Some(Msg::Repo(RepoEvent::Standing { repo, revision, tip, standing }))
        });
    }

    /// `None` = the mirror cannot be had, or does not hold both commits even after a fetch.
    async fn stands(&self, repo: &RepoId, revision: &str, tip: &str) -> Option<Standing> {
        let (_, mirror) = self.mirror_of(repo).await.ok()?;
        let ask = |revision: &str| {
            let (mirror, revision, tip) = (mirror.clone(), revision.to_owned(), tip.to_owned());
            async move { mirror.blocking(move |m| Ok(git::log::standing(m, &revision, &tip))).await.ok() }
        };
        if ask(tip).await == Some(Standing::Even) {
            return ask(revision).await;
        }
        // The poll saw a tip that the mirror does not have yet.
        mirror.fetch().await.ok()?;
        ask(revision).await
    }

    pub(super) fn is_ancestor(&self, task: TaskId, repo: RepoId, commit: String, revision: String) {
        let runtime = self.clone();
        self.spawn(async move {
            // An answer must come, or the follower waits for ever: a repository that is down for a moment is asked again.
            for pause in [0u64, 2, 5, 10, 30, 60, 120] {
                tokio::time::sleep(Duration::from_secs(pause)).await;
                if let Some(contains) = runtime.holds(&repo, &commit, &revision).await {
                    return Some(Msg::Contains { task, revision, contains });
                }
            }
            None
        });
    }

    /// Whether the history of `revision` holds `commit`; `None` = cannot be told now.
    async fn holds(&self, repo: &RepoId, commit: &str, revision: &str) -> Option<bool> {
        let (_, mirror) = self.mirror_of(repo).await.ok()?;
        let ask = |mirror: Mirror| {
            let (commit, revision) = (commit.to_owned(), revision.to_owned());
            async move { mirror.blocking(move |m| git::log::is_ancestor(m, &commit, &revision)).await }
        };
        if let Ok(contains) = ask(mirror.clone()).await {
            return Some(contains);
        }
        // The engine may be ahead of our mirror.
        mirror.fetch().await.ok()?;
        ask(mirror).await.ok()
    }
}
