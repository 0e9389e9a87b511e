//! The words of `git` and of servers, to classes.

use super::error::{GitClass, GitError};
use crate::domain::text::sanitise;

const AUTH: &[&str] = &[
    "authentication failed",
    "could not read username",
    "could not read password",
    "terminal prompts disabled",
    "permission denied (",
    "host key verification failed",
    "invalid username or",
    "access denied",
    "returned error: 401",
    "returned error: 403",
    "permission to ",
];
const NOT_FOUND: &[&str] =
    &["repository not found", "does not appear to be a git repository", "returned error: 404", "does not exist", "could not be found"];
const UNREACHABLE: &[&str] = &[
    "could not resolve",
    "connection refused",
    "timed out",
    "network is unreachable",
    "no route to host",
    "connection reset",
    "connection closed",
    "failed to connect",
    "could not connect",
    "couldn't connect",
    "unable to connect",
    "ssl ",
    "certificate",
    "early eof",
    "unexpected disconnect",
    "hung up unexpectedly",
    "returned error: 5",
    "could not read from remote repository",
    "name resolution",
    "name or service not known",
    "network is down",
    "host is down",
    "proxy",
    "handshake",
    "tls connect error",
    "empty reply from server",
    "recv failure",
    "send failure",
    "operation too slow",
];
const CORRUPT: &[&str] = &[
    "not a git repository",
    "is corrupt",
    "object file",
    "bad object",
    "missing object",
    "unable to read tree",
    "bad config",
    "index-pack failed",
    "inflate:",
    "unable to parse",
    "did not send all necessary objects",
    "invalid index-pack",
    "packfile",
    "missing blob",
];

/// Class and best line of what a network command wrote to stderr. `command` is the one to try by hand.
pub(crate) fn network_error(stderr: &str, command: &str) -> GitError {
    let (class, line) = pick(stderr);
    GitError { class, message: line, command: Some(command.to_owned()) }
}

fn pick(stderr: &str) -> (GitClass, String) {
    let groups =
        [(GitClass::Auth, AUTH), (GitClass::NotFound, NOT_FOUND), (GitClass::Corrupt, CORRUPT), (GitClass::Unreachable, UNREACHABLE)];
    for (class, needles) in groups {
        let hit = stderr.lines().find(|line| {
            let line = line.to_lowercase();
            needles.iter().any(|needle| line.contains(needle))
        });
        if let Some(line) = hit {
            return (class, tidy(line));
        }
    }
    let line = stderr
        .lines()
        .find(|l| l.starts_with("fatal:") || l.starts_with("error:"))
        .or_else(|| stderr.lines().rev().find(|l| !l.trim().is_empty()))
        .unwrap_or("git failed without a word");
    (GitClass::Other, tidy(line))
}

/// One line without git's prefixes.
pub(crate) fn tidy(line: &str) -> String {
    let mut text = line.trim();
    for prefix in ["remote:", "fatal:", "error:", "ERROR:"] {
        text = text.strip_prefix(prefix).unwrap_or(text).trim_start();
    }
    sanitise(text, 300)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_words_of_git_get_their_class() {
        let cases = [
            ("fatal: could not read Username for 'https://x': terminal prompts disabled", GitClass::Auth),
            ("git@x: Permission denied (publickey).\nfatal: Could not read from remote repository.", GitClass::Auth),
            ("remote: Repository not found.\nfatal: repository 'https://x/' not found", GitClass::NotFound),
            (
                "fatal: '/tmp/none' does not appear to be a git repository\nfatal: Could not read from remote repository.",
                GitClass::NotFound,
            ),
            ("fatal: unable to access 'https://x/': Could not resolve host: x", GitClass::Unreachable),
            ("ssh: connect to host x port 22: Connection refused\nfatal: Could not read from remote repository.", GitClass::Unreachable),
            ("ssh: Could not resolve hostname x: Temporary failure in name resolution", GitClass::Unreachable),
            ("fatal: unable to access 'https://x/': Received HTTP code 503 from proxy after CONNECT", GitClass::Unreachable),
            ("fatal: unable to access 'https://x/': Empty reply from server", GitClass::Unreachable),
            ("fatal: unable to access 'https://x/': gnutls_handshake() failed: Error in the pull function.", GitClass::Unreachable),
            ("fatal: unable to access 'https://x/': Recv failure: Connection reset by peer", GitClass::Unreachable),
            ("fatal: something new", GitClass::Other),
        ];
        for (stderr, class) in cases {
            assert_eq!(network_error(stderr, "git ls-remote x").class, class, "{stderr}");
        }
        assert_eq!(network_error("fatal: something new", "x").message, "something new");
        assert_eq!(network_error("remote: Repository not found.", "x").message, "Repository not found.");
    }
}
