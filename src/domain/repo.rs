//! Git repositories as the fleet sees them.

use super::Timestamp;
use super::commit::Commit;
use super::source::RefKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many commits of a repository's followed branch are kept at hand.
pub const LOG: usize = 30;

/// A repository by what its URL means: host and path, lower-case host, no scheme, no credentials, no `.git`,
/// so that the https and ssh forms of one repository are one. Local paths keep their case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RepoId(pub String);

impl RepoId {
    pub fn from_url(url: &str) -> Self {
        let url = url.trim();
        let rest = match url.split_once("://") {
            Some((_, rest)) => rest.to_owned(),
            // scp form: user@host:path
            None => match url.split_once(':') {
                Some((host, path)) if !host.contains('/') && !host.is_empty() => format!("{host}/{}", path.trim_start_matches('/')),
                _ => url.to_owned(),
            },
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest.as_str(), ""));
        let host = host.rsplit_once('@').map_or(host, |(_, h)| h);
        let host = host.split_once(':').map_or(host, |(h, port)| if matches!(port, "22" | "443" | "80") { h } else { host });
        let path = path.trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        Self(format!("{}/{}", host.to_lowercase(), path))
    }
    /// The last part of the path: what the Repos pane shows.
    pub fn short(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

/// How the last poll of a repository went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PollState {
    #[default]
    Never,
    Ok,
    /// git could not log in; polling stops until asked again.
    AuthFailed {
        message: String,
        tries: u32,
    },
    Failed {
        message: String,
        tries: u32,
        next_try_at: Option<Timestamp>,
    },
    /// No usable `git` program, or one below 2.30.
    NoGit {
        message: String,
    },
}

/// Where a revision stands against a branch tip, counted on the first-parent line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    Even,
    Behind(u32),
    Ahead(u32),
    Diverged,
    /// The mirror is not there yet, or lacks the commit.
    Unknown,
}

/// A repository that at least one app follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repo {
    pub id: RepoId,
    /// The URL git is given: first seen, without credentials.
    pub url: String,
    pub poll: PollState,
    pub polled_at: Option<Timestamp>,
    pub fetched_at: Option<Timestamp>,
    /// Branch the remote's HEAD names.
    pub default_branch: Option<String>,
    /// Ref name without `refs/` (`heads/main`, `tags/v1`) to commit id; tags are peeled.
    pub refs: BTreeMap<String, String>,
    /// Newest commits of the followed branch, newest first, at most [`LOG`].
    pub log: Vec<Commit>,
    /// Size of our mirror on disk in bytes.
    pub mirror_bytes: Option<u64>,
}

impl Repo {
    pub fn new(id: RepoId, url: &str) -> Self {
        Self {
            id,
            url: url.to_owned(),
            poll: PollState::Never,
            polled_at: None,
            fetched_at: None,
            default_branch: None,
            refs: BTreeMap::new(),
            log: Vec::new(),
            mirror_bytes: None,
        }
    }

    /// The full ref name (without `refs/`) and the commit a reference means right now; `None` while it is not known, or for ranges.
    pub fn resolve(&self, reference: &RefKind) -> Option<(String, String)> {
        let by_name = |name: String| self.refs.get(&name).map(|id| (name.clone(), id.clone()));
        match reference {
            RefKind::Head => by_name(format!("heads/{}", self.default_branch.as_deref()?)),
            RefKind::Branch(b) => by_name(format!("heads/{b}")),
            RefKind::Tag(t) => by_name(format!("tags/{t}")),
            RefKind::Name(n) => by_name(n.strip_prefix("refs/").unwrap_or(n).to_owned()),
            RefKind::Ambiguous(word) => by_name(format!("heads/{word}"))
                .or_else(|| by_name(format!("tags/{word}")))
                .or_else(|| by_name(word.strip_prefix("refs/").unwrap_or(word).to_owned())),
            RefKind::Commit(_) | RefKind::Semver(_) | RefKind::Version(_) => None,
        }
    }

    /// The branch a revert would have to be pushed to, if the reference follows one.
    pub fn branch_of(&self, reference: &RefKind) -> Option<String> {
        let (name, _) = self.resolve(reference)?;
        name.strip_prefix("heads/").map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ssh_and_https_forms_of_one_repository_are_one() {
        let want = RepoId("git.example.com/acme/fleet".into());
        for url in [
            "https://git.example.com/acme/fleet.git",
            "https://sam:secret@Git.Example.com/acme/fleet",
            "git@git.example.com:acme/fleet.git",
            "ssh://git@git.example.com:22/acme/fleet/",
        ] {
            assert_eq!(RepoId::from_url(url), want, "{url}");
        }
        assert_eq!(RepoId::from_url("file:///tmp/X/fleet.git").short(), "fleet");
    }
}
