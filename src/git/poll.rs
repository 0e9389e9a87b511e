//! What a remote's refs are now: one `ls-remote`.

use super::classify::network_error;
use super::error::{GitClass, GitError};
use super::program::{Call, Git};
use crate::domain::text::{sanitise, shell, without_credentials};
use std::collections::BTreeMap;
use std::time::Duration;

pub const POLL_TIMEOUT: Duration = Duration::from_secs(20);

/// Branches and tags of a remote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refs {
    /// Branch that HEAD names.
    pub default_branch: Option<String>,
    /// Name without `refs/` (`heads/main`, `tags/v1`) to commit id; tags are peeled.
    pub refs: BTreeMap<String, String>,
}

impl Refs {
    pub fn branch(&self, name: &str) -> Option<&str> {
        self.refs.get(&format!("heads/{name}")).map(String::as_str)
    }
}

/// Asks a remote once. Errors: `NoGit`, `Auth`, `NotFound`, `Unreachable`, `Timeout`, `Other`, each with the command to try by hand.
pub async fn ls_remote(git: &Git, url: &str) -> Result<Refs, GitError> {
    ask(git, url, POLL_TIMEOUT).await
}

pub(crate) async fn ask(git: &Git, url: &str, timeout: Duration) -> Result<Refs, GitError> {
    check_url(url)?;
    let shown = format!("git ls-remote {}", shell(&sanitise(&without_credentials(url), 200)));
    let call = Call::new(&["ls-remote", "--symref", "--", url, "HEAD", "refs/heads/*", "refs/tags/*"], timeout);
    let reply = git.run(call).await?;
    if reply.timed_out {
        let message = format!("no answer within {} s", timeout.as_secs());
        return Err(GitError { class: GitClass::Timeout, message, command: Some(shown) });
    }
    if !reply.ok() {
        return Err(network_error(&reply.stderr, &shown));
    }
    Ok(parse(&reply.stdout))
}

/// URLs come from cluster objects: one that git would read as an option or a helper program is refused.
pub(crate) fn check_url(url: &str) -> Result<(), GitError> {
    let helper = url.split_once("::").is_some_and(|(name, _)| !name.contains(['/', ':', '@', '[']));
    if url.is_empty() || url.starts_with('-') || helper || url.chars().any(char::is_control) {
        return Err(GitError::new(GitClass::Other, format!("not a repository address: {}", sanitise(url, 100))));
    }
    Ok(())
}

fn parse(text: &str) -> Refs {
    let mut out = Refs::default();
    for line in text.lines() {
        let Some((value, name)) = line.split_once('\t') else { continue };
        if let Some(target) = value.strip_prefix("ref: refs/heads/") {
            out.default_branch = Some(target.to_owned()).filter(|t| name == "HEAD" && is_plain(t));
            continue;
        }
        let Some(name) = name.strip_prefix("refs/") else { continue };
        if !is_plain(name) || value.len() < 40 || !value.bytes().all(|b| b.is_ascii_hexdigit()) {
            continue;
        }
        // The peeled line of an annotated tag follows the line of the tag itself and takes its place.
        out.refs.insert(name.strip_suffix("^{}").unwrap_or(name).to_owned(), value.to_owned());
    }
    out
}

fn is_plain(name: &str) -> bool {
    sanitise(name, 300) == name
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Lab, script};
    use super::*;

    #[tokio::test]
    async fn branches_head_and_peeled_tags_are_read() {
        let lab = Lab::new().await;
        let first = lab.commit("a.yaml", "a: 1\n", "one");
        lab.git(&["tag", "-a", "v1", "-m", "release"]);
        lab.git(&["branch", "next"]);
        let second = lab.commit("a.yaml", "a: 2\n", "two");
        lab.git(&["push", "-q", "origin", "main", "next", "v1"]);
        let refs = ls_remote(&lab.program, &lab.url()).await.unwrap();
        assert_eq!(refs.default_branch.as_deref(), Some("main"));
        assert_eq!(refs.branch("main"), Some(second.as_str()));
        assert_eq!(refs.branch("next"), Some(first.as_str()));
        assert_eq!(refs.refs.get("tags/v1"), Some(&first), "the tag shows the commit, not the tag object");
    }

    #[tokio::test]
    async fn a_missing_repository_and_a_strange_address_are_told_apart() {
        let lab = Lab::new().await;
        let error = ls_remote(&lab.program, "/nowhere/none.git").await.unwrap_err();
        assert_eq!(error.class, GitClass::NotFound, "{error}");
        assert_eq!(error.command.as_deref(), Some("git ls-remote /nowhere/none.git"));
        for url in ["--upload-pack=touch /tmp/x", "ext::sh -c true", ""] {
            let error = ls_remote(&lab.program, url).await.unwrap_err();
            assert!(error.message.starts_with("not a repository address"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_refused_ssh_login_is_an_authentication_failure() {
        let lab = Lab::new().await;
        let ssh = script(lab.path(), "ssh-refuses", "echo 'git@git.example.com: Permission denied (publickey).' >&2; exit 255");
        let git = lab.git_with(&[("GIT_SSH_COMMAND", &ssh.to_string_lossy())]).await;
        let error = ls_remote(&git, "git@git.example.com:acme/fleet.git").await.unwrap_err();
        assert_eq!(error.class, GitClass::Auth, "{error}");
        assert!(error.message.contains("Permission denied (publickey)"), "{error}");
    }

    #[tokio::test]
    async fn a_web_server_that_wants_a_login_is_an_authentication_failure_without_a_prompt() {
        let lab = Lab::new().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            while let Ok((mut socket, _)) = listener.accept().await {
                let _ = socket.read(&mut [0u8; 4096]).await;
                let answer =
                    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                let _ = socket.write_all(answer.as_bytes()).await;
            }
        });
        let url = format!("http://sam:secret@127.0.0.1:{port}/fleet.git");
        let error = ls_remote(&lab.program, &url).await.unwrap_err();
        server.abort();
        assert_eq!(error.class, GitClass::Auth, "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[tokio::test]
    async fn nobody_listening_is_unreachable_and_silence_is_a_timeout() {
        let lab = Lab::new().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/fleet.git", listener.local_addr().unwrap().port());
        let silent = ask(&lab.program, &url, Duration::from_millis(700)).await.unwrap_err();
        assert_eq!(silent.class, GitClass::Timeout, "{silent}");
        drop(listener);
        let refused = ls_remote(&lab.program, &url).await.unwrap_err();
        assert_eq!(refused.class, GitClass::Unreachable, "{refused}");
    }
}
