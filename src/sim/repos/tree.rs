//! Reading bare repositories in process.

use super::RepoError;
use super::import::Files;
use std::path::Path;

/// All text files of one commit, by path.
#[derive(Debug, Default)]
pub struct Tree {
    files: Files,
}

impl Tree {
    pub fn new(files: Files) -> Self {
        Self { files }
    }
    pub fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }
    pub fn into_files(self) -> Files {
        self.files
    }
    /// Paths directly or deeper below a directory.
    pub fn below<'a>(&'a self, dir: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        self.files.iter().filter(move |(path, _)| path.starts_with(&prefix)).map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

fn open(dir: &Path) -> Result<gix::Repository, RepoError> {
    gix::open_opts(dir, gix::open::Options::isolated()).map_err(|error| RepoError::Broken(error.to_string()))
}

/// The commit that a branch, tag or id names.
pub fn resolve(dir: &Path, reference: &str) -> Result<String, RepoError> {
    let missing = || RepoError::NoReference(reference.to_owned());
    // Loose references are read directly: this runs at every poll of every source.
    for folder in ["refs/heads", "refs/tags"] {
        if reference.contains("..") {
            break;
        }
        if let Ok(text) = std::fs::read_to_string(dir.join(folder).join(reference)) {
            return Ok(text.trim().to_owned());
        }
    }
    let repo = open(dir)?;
    let id = repo.rev_parse_single(reference).map_err(|_| missing())?;
    let commit = id.object().map_err(|_| missing())?.peel_to_kind(gix::object::Kind::Commit).map_err(|_| missing())?;
    Ok(commit.id.to_string())
}

/// Every file of a commit.
pub fn read(dir: &Path, commit: &str) -> Result<Tree, RepoError> {
    let broken = |error: String| RepoError::Broken(error);
    let repo = open(dir)?;
    let id = gix::ObjectId::from_hex(commit.as_bytes()).map_err(|error| broken(error.to_string()))?;
    let tree = repo.find_commit(id).map_err(|error| broken(error.to_string()))?.tree().map_err(|error| broken(error.to_string()))?;
    let entries = tree.traverse().breadthfirst.files().map_err(|error| broken(error.to_string()))?;
    let mut files = Files::new();
    for entry in entries.into_iter().filter(|entry| entry.mode.is_blob()) {
        let blob = repo.find_blob(entry.oid).map_err(|error| broken(error.to_string()))?;
        files.insert(entry.filepath.to_string(), String::from_utf8_lossy(&blob.data).into_owned());
    }
    Ok(Tree::new(files))
}
