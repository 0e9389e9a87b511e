//! Real local git repositories for the simulated fleet: bare remotes with a scripted, reproducible history.
//!
//! Objects name their repositories by public-looking URLs (`https://git.acme.example/fleet.git`); a private git configuration rewrites those
//! to local directories, so that the ordinary `git` program works on them. May import: domain, git, the gix crate and the `git` program.
//! To extend: add a file with the contents and commits of another repository and list it in `build`.

mod charts;
mod fleet;
mod history;
mod import;
mod refuse;
#[cfg(test)]
mod tests;
mod tree;

pub use history::{Edit, Landing, Story};
pub use refuse::Refusal;
pub use tree::Tree;

use super::manifests::{BuildFailure, manifests};
use crate::domain::Timestamp;
use crate::domain::ids::EngineKind as Engine;
use import::{Author, Stream};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Host part of every repository URL in the fleet.
pub const HOST: &str = "https://git.acme.example/";

/// Objects that a directory builds, shared.
pub type Built = Result<Arc<Vec<Value>>, BuildFailure>;

/// Why a repository cannot be read, in the words a git client would use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepoError {
    /// Nobody knows this URL.
    Missing(String),
    /// The server wants a login that is refused.
    Auth(String),
    /// The named branch or tag is not there.
    NoReference(String),
    /// The local object store could not be read.
    Broken(String),
}

impl std::fmt::Display for RepoError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(_) => f.write_str("repository not found: "),
            Self::Auth(_) => f.write_str("authentication required: Invalid credentials"),
            Self::NoReference(name) => write!(f, "couldn't find remote ref \"{name}\""),
            Self::Broken(text) => f.write_str(text),
        }
    }
}

/// The repositories of one demo fleet below one directory. Cheap to clone.
#[derive(Clone)]
pub struct Repos {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    /// Scripted commit name (`e77a310`) to the real id.
    ids: HashMap<String, String>,
    /// Remote repositories that answer with 401.
    forbidden: Vec<String>,
    trees: Mutex<HashMap<(String, String), Arc<Tree>>>,
    built: Mutex<HashMap<(String, String, String, Engine), Built>>,
    landed: Mutex<BTreeMap<String, String>>,
}

impl Repos {
    /// Writes all repositories below `root/repos`, with commit times relative to `start`. Errors: the directory cannot be written or `git` fails.
    pub fn build(root: &Path, start: Timestamp, story: Story) -> io::Result<Self> {
        let plans = [("fleet", fleet::commits(story)), ("charts", charts::charts()), ("policies", charts::policies())];
        let ids = std::thread::scope(|scope| {
            let jobs: Vec<_> = plans
                .iter()
                .map(|(name, commits)| scope.spawn(move || import::create(&root.join("repos").join(format!("{name}.git")), commits, start)))
                .collect();
            let mut ids = HashMap::new();
            for job in jobs {
                ids.extend(job.join().map_err(|_| io::Error::other("a repository writer stopped"))??);
            }
            io::Result::Ok(ids)
        })?;
        Ok(Self {
            inner: Arc::new(Inner {
                root: root.to_owned(),
                ids,
                forbidden: vec!["shop".into()],
                trees: Mutex::default(),
                built: Mutex::default(),
                landed: Mutex::default(),
            }),
        })
    }

    /// Whole commit id of a scripted commit; the name itself where there is none.
    pub fn id(&self, name: &str) -> String {
        if let Some(id) = self.inner.ids.get(name) {
            return id.clone();
        }
        let landed = self.inner.landed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        landed.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// Directory of a repository by its short name (`fleet`).
    pub fn dir(&self, name: &str) -> PathBuf {
        self.inner.root.join("repos").join(format!("{name}.git"))
    }

    /// The URL that objects use for a repository by its short name.
    pub fn url(name: &str) -> String {
        format!("{HOST}{name}.git")
    }

    fn name_of(&self, url: &str) -> Result<String, RepoError> {
        let name = url.strip_prefix(HOST).map(|rest| rest.trim_end_matches(".git")).unwrap_or_default();
        if self.inner.forbidden.iter().any(|it| it == name) {
            return Err(RepoError::Auth(url.to_owned()));
        }
        if name.is_empty() || name.contains("..") || !self.dir(name).is_dir() {
            return Err(RepoError::Missing(url.to_owned()));
        }
        Ok(name.to_owned())
    }

    /// Commit id that a branch, tag or id means right now.
    pub fn resolve(&self, url: &str, reference: &str) -> Result<String, RepoError> {
        let name = self.name_of(url)?;
        tree::resolve(&self.dir(&name), reference)
    }

    /// All files of a commit; read once per commit.
    pub fn tree(&self, url: &str, commit: &str) -> Result<Arc<Tree>, RepoError> {
        let name = self.name_of(url)?;
        let key = (name.clone(), commit.to_owned());
        if let Some(tree) = self.inner.trees.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&key) {
            return Ok(tree.clone());
        }
        let tree = Arc::new(tree::read(&self.dir(&name), commit)?);
        self.inner.trees.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(key, tree.clone());
        Ok(tree)
    }

    /// What a directory of a commit builds; built once per commit and directory. Errors: words for a status.
    pub fn manifests(&self, url: &str, commit: &str, path: &str, engine: Engine) -> Built {
        let key = (url.to_owned(), commit.to_owned(), path.to_owned(), engine);
        if let Some(built) = self.inner.built.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&key) {
            return built.clone();
        }
        let tree = self.tree(url, commit).map_err(|error| BuildFailure::Build(error.to_string()))?;
        let built = manifests(&tree, engine, path).map(Arc::new);
        self.inner.built.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(key, built.clone());
        built
    }

    /// Adds commits to a branch as another person's push would, without running the hooks of the remote. Answers the new head.
    /// Errors: an edit does not fit the present files, or the branch moved in between.
    pub fn land(&self, repo: &str, landing: &Landing, at: Timestamp) -> io::Result<String> {
        let dir = self.dir(repo);
        let head = tree::resolve(&dir, "main").map_err(|error| io::Error::other(error.to_string()))?;
        let tree = tree::read(&dir, &head).map_err(|error| io::Error::other(error.to_string()))?;
        let mut stream = Stream::onto(head, tree.into_files());
        if let Ok(pool) = tree::resolve(&dir, "dana/pool") {
            stream.knows("dana/pool", pool);
        }
        let last = landing.write(&mut stream, at.as_second());
        let mut ids = stream.run(&dir)?;
        let id = ids.remove(&last).ok_or_else(|| io::Error::other("git wrote no commit"))?;
        let mut landed = self.inner.landed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        landed.extend(ids);
        landed.insert(last, id.clone());
        Ok(id)
    }

    /// Makes the remote refuse pushes to `main` from now on.
    pub fn refuse(&self, repo: &str, refusal: Refusal) -> io::Result<()> {
        refuse::install(&self.dir(repo), refusal)
    }

    /// Writes the private git configuration of the demo and answers the environment that makes `git` use it.
    /// `shop` is the URL prefix of a server that refuses every login.
    pub fn write_git_config(&self, shop: &str) -> io::Result<Vec<(String, String)>> {
        let home = self.inner.root.join("home");
        std::fs::create_dir_all(&home)?;
        let config = home.join("gitconfig");
        let repos = self.inner.root.join("repos");
        let author = Author::SAM;
        let text = format!(
            "[user]\n\tname = {}\n\temail = {}\n[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n[safe]\n\tdirectory = *\n\
             [commit]\n\tgpgSign = false\n[credential]\n\thelper =\n[url \"file://{}/\"]\n\tinsteadOf = {HOST}\n[url \"{shop}shop.git\"]\n\tinsteadOf = {HOST}shop.git\n",
            author.name,
            author.mail,
            repos.display(),
        );
        std::fs::write(&config, text)?;
        let text = |path: &Path| path.to_string_lossy().into_owned();
        Ok(vec![
            ("HOME".into(), text(&home)),
            ("XDG_CONFIG_HOME".into(), text(&home.join(".config"))),
            ("GIT_CONFIG_GLOBAL".into(), text(&config)),
            ("GIT_CONFIG_NOSYSTEM".into(), "1".into()),
            ("GIT_TERMINAL_PROMPT".into(), "0".into()),
            ("GIT_ASKPASS".into(), "true".into()),
        ])
    }
}
