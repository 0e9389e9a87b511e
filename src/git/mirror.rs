//! A private bare mirror of a remote's branches and tags in the cache directory.

use super::classify::network_error;
use super::error::{GitClass, GitError};
use super::poll::check_url;
use super::program::{Call, Git, Reply};
use crate::domain::repo::RepoId;
use crate::domain::text::{sanitise, shell, without_credentials};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

const CLONE_TIMEOUT: Duration = Duration::from_secs(1800);
const FETCH_TIMEOUT: Duration = Duration::from_secs(300);
const LOCAL_TIMEOUT: Duration = Duration::from_secs(30);
const LOCK_TIMEOUT: Duration = Duration::from_secs(120);
/// Present until the first fetch has ended well; a directory with it is thrown away.
const UNFINISHED: &str = "driftdeck-unfinished";
const OBJECT_CACHE: usize = 16 << 20;
const REFSPECS: [&str; 2] = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

/// A mirror that exists and could be opened. Cheap to clone; may be shared between threads.
#[derive(Clone)]
pub struct Mirror(Arc<Inner>);

struct Inner {
    id: RepoId,
    url: String,
    dir: PathBuf,
    git: Git,
    /// Replaced when the mirror is made anew: the old store would keep looking at files that are gone.
    repo: RwLock<gix::ThreadSafeRepository>,
}

impl Mirror {
    /// Opens the mirror, or makes it: nothing is fetched when it is there. A mirror that cannot be read is thrown away and made anew.
    /// Dropping the future ends the clone. `max_bytes` ends a clone that grows larger (`TooLarge`).
    pub async fn open_or_clone(git: &Git, cache_dir: &Path, id: &RepoId, url: &str, max_bytes: Option<u64>) -> Result<Self, GitError> {
        check_url(url)?;
        let place = Place::new(cache_dir, id);
        // A whole mirror is opened at once, even while somebody fetches into it.
        if let Ok(found) = Self::open_at(git, &place.dir, id, url).await {
            return Ok(found);
        }
        let _lock = place.lock().await?;
        if let Ok(found) = Self::open_at(git, &place.dir, id, url).await {
            return Ok(found);
        }
        make(git, &place.dir, url, max_bytes).await?;
        Self::open_at(git, &place.dir, id, url).await
    }

    /// The mirror if it is there and whole.
    pub async fn open(git: &Git, cache_dir: &Path, id: &RepoId, url: &str) -> Option<Self> {
        Self::open_at(git, &Place::new(cache_dir, id).dir, id, url).await.ok()
    }

    async fn open_at(git: &Git, dir: &Path, id: &RepoId, url: &str) -> Result<Self, GitError> {
        let (git, dir, id, url) = (git.clone(), dir.to_owned(), id.clone(), url.to_owned());
        blocking(move || {
            if dir.join(UNFINISHED).exists() || !dir.join("objects").is_dir() {
                return Err(GitError::new(GitClass::Corrupt, "the mirror was not finished"));
            }
            let repo = open_whole(&dir)?;
            Ok(Self(Arc::new(Inner { id, url, dir, git, repo: RwLock::new(repo) })))
        })
        .await
    }

    pub fn id(&self) -> &RepoId {
        &self.0.id
    }
    pub fn url(&self) -> &str {
        &self.0.url
    }
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }
    pub fn git(&self) -> &Git {
        &self.0.git
    }

    /// Bytes on disk.
    pub async fn size(&self) -> u64 {
        let dir = self.0.dir.clone();
        blocking(move || Ok(size_of(&dir))).await.unwrap_or(0)
    }

    /// Brings all branches and tags to what the remote has, gone ones included. A mirror found corrupt is made anew.
    pub async fn fetch(&self) -> Result<(), GitError> {
        let place = Place::beside(&self.0.dir);
        let _lock = place.lock().await?;
        clear_locks(&self.0.dir);
        match fetch(&self.0.git, &self.0.dir, &self.0.url, FETCH_TIMEOUT).await {
            Err(error) if error.class == GitClass::Corrupt => self.make_anew().await,
            other => other,
        }
    }

    /// Throws the mirror away and clones it again: for a reader that met `Corrupt`. All clones of this value see the new one.
    pub async fn renew(&self) -> Result<(), GitError> {
        let _lock = Place::beside(&self.0.dir).lock().await?;
        self.make_anew().await
    }

    async fn make_anew(&self) -> Result<(), GitError> {
        make(&self.0.git, &self.0.dir, &self.0.url, None).await?;
        let dir = self.0.dir.clone();
        let repo = blocking(move || open_whole(&dir)).await?;
        *self.0.repo.write().unwrap_or_else(PoisonError::into_inner) = repo;
        Ok(())
    }

    /// The thread's own view of the repository, with an object cache.
    pub(crate) fn local(&self) -> gix::Repository {
        let mut repo = self.0.repo.read().unwrap_or_else(PoisonError::into_inner).to_thread_local();
        repo.object_cache_size(OBJECT_CACHE);
        repo
    }

    /// Runs work that blocks (all reading does) off the async threads.
    pub async fn blocking<T, F>(&self, work: F) -> Result<T, GitError>
    where
        T: Send + 'static,
        F: FnOnce(&Mirror) -> Result<T, GitError> + Send + 'static,
    {
        let mirror = self.clone();
        blocking(move || work(&mirror)).await
    }

    /// A local command of the program in this mirror.
    pub(crate) async fn run(&self, args: &[&str], stdin: Option<Vec<u8>>) -> Result<Reply, GitError> {
        let mut call = Call::new(args, LOCAL_TIMEOUT).within(&self.0.dir);
        call.stdin = stdin;
        self.0.git.run(call).await
    }
}

pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, GitError> + Send + 'static) -> Result<T, GitError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(GitError::new(GitClass::Other, "reading the repository ended unexpectedly")),
    }
}

/// Where a mirror lies, and the lock beside it that several programs respect.
struct Place {
    dir: PathBuf,
}

impl Place {
    fn new(cache_dir: &Path, id: &RepoId) -> Self {
        let plain: String = id.short().chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(40).collect();
        let digest: String = Sha256::digest(id.0.as_bytes()).iter().take(6).map(|b| format!("{b:02x}")).collect();
        Self { dir: cache_dir.join("mirrors").join(format!("{plain}-{digest}.git")) }
    }
    fn beside(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }
    async fn lock(&self) -> Result<File, GitError> {
        let path = self.dir.with_extension("lock");
        let parent = path.parent().unwrap_or(Path::new(".")).to_owned();
        private_dir(&parent).map_err(|e| GitError::local("the cache directory", &e))?;
        let file = private_file(&path).map_err(|e| GitError::local("the mirror's lock", &e))?;
        let deadline = tokio::time::Instant::now() + LOCK_TIMEOUT;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(std::fs::TryLockError::Error(e)) => return Err(GitError::local("the mirror's lock", &e)),
                Err(std::fs::TryLockError::WouldBlock) if tokio::time::Instant::now() > deadline => {
                    return Err(GitError::new(GitClass::Local, "another program has been using this mirror for two minutes"));
                }
                Err(std::fs::TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(30)).await,
            }
        }
    }
}

async fn make(git: &Git, dir: &Path, url: &str, max_bytes: Option<u64>) -> Result<(), GitError> {
    let here = |e: std::io::Error| GitError::local("the mirror's directory", &e);
    let old = dir.to_owned();
    blocking(move || move_away(&old).map_err(|e| GitError::local("an old mirror", &e))).await?;
    private_dir(dir).map_err(here)?;
    std::fs::write(dir.join(UNFINISHED), "").map_err(here)?;
    let path = dir.to_string_lossy().into_owned();
    // No template: hooks of the operator's own checkouts have no business here.
    let reply = git.run(Call::new(&["init", "-q", "--bare", "--template=", &path], LOCAL_TIMEOUT)).await?;
    if !reply.ok() {
        return Err(network_error(&reply.stderr, "git init"));
    }
    let grown = watch_size(dir, max_bytes);
    tokio::select! {
        done = fetch(git, dir, url, CLONE_TIMEOUT) => done?,
        bytes = grown => {
            let message = format!("the mirror is over the limit: {} MB so far", bytes >> 20);
            return Err(GitError::new(GitClass::TooLarge, message));
        }
    }
    set_head(git, dir, url).await;
    std::fs::remove_file(dir.join(UNFINISHED)).map_err(here)
}

/// Renamed first: a git that is still ending after a cancelled clone writes into the renamed directory, not into the new one.
fn move_away(dir: &Path) -> std::io::Result<()> {
    let old = dir.with_extension("old");
    let gone = || if old.exists() { std::fs::remove_dir_all(&old) } else { Ok(()) };
    if dir.exists() {
        gone().or_else(|_| gone())?;
        std::fs::rename(dir, &old)?;
    }
    // What stays is removed the next time.
    let _ = gone();
    Ok(())
}

/// Ends when the directory is over the limit; without one, never.
async fn watch_size(dir: &Path, max_bytes: Option<u64>) -> u64 {
    let Some(max) = max_bytes else { return std::future::pending().await };
    loop {
        let dir = dir.to_owned();
        let bytes = blocking(move || Ok(size_of(&dir))).await.unwrap_or(0);
        if bytes > max {
            return bytes;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn fetch(git: &Git, dir: &Path, url: &str, timeout: Duration) -> Result<(), GitError> {
    let shown = format!("git fetch {}", shell(&sanitise(&without_credentials(url), 200)));
    // Maintenance runs inside our lock and never in the background.
    let mut args =
        vec!["-c", "gc.autoDetach=false", "-c", "maintenance.autoDetach=false", "fetch", "-q", "--prune", "--force", "--no-tags"];
    args.extend(["--no-write-fetch-head", "--no-recurse-submodules", "--", url]);
    args.extend(REFSPECS);
    let reply = git.run(Call::new(&args, timeout).within(dir)).await?;
    if reply.timed_out {
        let message = format!("not fetched within {} s", timeout.as_secs());
        return Err(GitError { class: GitClass::Timeout, message, command: Some(shown) });
    }
    if reply.ok() { Ok(()) } else { Err(network_error(&reply.stderr, &shown)) }
}

/// Attributes that decide how files merge are read from HEAD, so it names the remote's default branch.
async fn set_head(git: &Git, dir: &Path, url: &str) {
    let Ok(refs) = super::poll::ls_remote(git, url).await else { return };
    let Some(branch) = refs.default_branch else { return };
    let call = Call::new(&["symbolic-ref", "HEAD", &format!("refs/heads/{branch}")], LOCAL_TIMEOUT).within(dir);
    // Without it merges work too, by git's defaults.
    let _ = git.run(call).await;
}

/// A program that was killed leaves these, and git would wait for them for ever; the caller holds the mirror's lock.
fn clear_locks(dir: &Path) {
    let mut todo = vec![dir.join("refs")];
    for name in ["packed-refs.lock", "HEAD.lock", "config.lock", "shallow.lock", "gc.pid.lock"] {
        let _ = std::fs::remove_file(dir.join(name));
    }
    while let Some(next) = todo.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|t| t.is_dir()) {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == "lock") {
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

fn open_whole(dir: &Path) -> Result<gix::ThreadSafeRepository, GitError> {
    let repo = gix::open::Options::isolated().open_path_as_is(true).open(dir)?;
    check_tips(&repo.to_thread_local())?;
    Ok(repo)
}

/// Each branch's tip and its tree can be read: catches a lost pack or an empty object file before anything is shown.
fn check_tips(repo: &gix::Repository) -> Result<(), GitError> {
    for reference in repo.references()?.prefixed("refs/heads/").map_err(|e| GitError::new(GitClass::Corrupt, e.to_string()))? {
        let mut reference = reference.map_err(|e| GitError::new(GitClass::Corrupt, e.to_string()))?;
        let corrupt = |e: gix::Error| GitError::new(GitClass::Corrupt, e.to_string());
        reference.peel_to_commit().map_err(corrupt)?.tree().map_err(corrupt)?;
    }
    Ok(())
}

fn size_of(dir: &Path) -> u64 {
    let mut total = 0;
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(meta) if meta.is_dir() => total += size_of(&entry.path()),
            Ok(meta) => total += meta.len(),
            Err(_) => {}
        }
    }
    total
}

fn private_dir(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests;
