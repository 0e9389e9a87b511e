//! What can go wrong with a repository, in classes that the operator can act on.

use std::fmt;

/// What to do about an error, rather than where it arose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GitClass {
    /// No `git` program, or one below 2.30.
    NoGit,
    /// The remote wants a login that git could not give, or refuses the one it got.
    Auth,
    NotFound,
    Unreachable,
    Timeout,
    /// The mirror does not hold the commit, tree or branch.
    Missing,
    /// What is followed is no branch of the remote: a revert would reach nobody.
    NoBranch,
    /// A commit is not in the history of the tip.
    NotAncestor,
    /// A merge can only be undone against a named parent.
    NeedsMainline,
    /// git does not know who the operator is.
    Identity,
    /// The mirror grew over the limit it was given.
    TooLarge,
    /// Our own directory cannot be used: full disk, permissions, a lock held too long.
    Local,
    /// Objects of the mirror cannot be read.
    Corrupt,
    Other,
}

/// One cleaned line and, where it helps, the command to try by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitError {
    pub class: GitClass,
    pub message: String,
    pub command: Option<String>,
}

impl GitError {
    pub fn new(class: GitClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), command: None }
    }
    pub(crate) fn missing(what: &str) -> Self {
        Self::new(GitClass::Missing, format!("{what} is not in the mirror"))
    }
    pub(crate) fn local(what: &str, error: &std::io::Error) -> Self {
        Self::new(GitClass::Local, format!("{what}: {error}"))
    }
}

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.command {
            Some(command) => write!(f, "{} (try: {command})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for GitError {}

impl From<gix::Error> for GitError {
    fn from(error: gix::Error) -> Self {
        let text = crate::domain::text::sanitise(&error.to_string(), 200);
        let class = match error.dominant_class() {
            Some(gix::error::Class::NotFound) => GitClass::Missing,
            Some(gix::error::Class::Corruption) => GitClass::Corrupt,
            _ => GitClass::Other,
        };
        Self::new(class, text)
    }
}
