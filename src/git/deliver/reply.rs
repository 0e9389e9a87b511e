//! What `git push --porcelain` and the server said.

use super::super::classify::{network_error, tidy};
use super::super::error::GitClass;
use super::super::program::Reply;
use crate::domain::plan::FailClass;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Accepted,
    Rejected {
        class: FailClass,
        reason: String,
    },
    /// The connection broke after sending began: the remote must be asked.
    Lost {
        reason: String,
    },
}

/// Words of servers for a branch that takes changes by review only.
const PROTECTED: &[&str] = &[
    "gh006",
    "gh013",
    "protected branch",
    "protected ref",
    "not allowed to push code",
    "changes must be made through a pull request",
    "only be modified through pull requests",
    "tf402455",
    "prohibited by gerrit",
];
const FORBIDDEN: &[&str] = &["permission to", "you are not allowed", "not permitted", "read-only", "read only", "denied to"];

pub(super) fn read(reply: &Reply, branch: &str) -> Answer {
    let status = reply.stdout.lines().find(|line| line.contains('\t') && line.contains(":refs/heads/"));
    match status {
        Some(line) if line.starts_with('!') => rejected(line, &reply.stderr, branch),
        Some(_) if reply.ok() => Answer::Accepted,
        _ => without_status(&reply.stderr),
    }
}

fn rejected(line: &str, stderr: &str, branch: &str) -> Answer {
    let why = line.rsplit('\t').next().unwrap_or_default();
    let remote = remote_words(stderr);
    let all = format!("{why}\n{remote}").to_lowercase();
    let says = |needles: &[&str]| needles.iter().any(|n| all.contains(n));
    let reason = if remote.is_empty() { tidy(why) } else { remote };
    if why.contains("remote failure") || why.contains("failed to report status") {
        return Answer::Lost { reason: "connection lost before the answer".into() };
    }
    let class = if why.contains("non-fast-forward") || why.contains("fetch first") || why.contains("stale info") || locked(why) {
        FailClass::Moved
    } else if says(PROTECTED) {
        let lead = if all.contains("pull request") { String::new() } else { format!("{branch} takes changes by pull request only: ") };
        return Answer::Rejected { class: FailClass::Protected, reason: format!("{lead}{reason} Nothing was pushed.") };
    } else if why.contains("hook declined") {
        FailClass::Hook
    } else if says(FORBIDDEN) {
        FailClass::Forbidden
    } else {
        FailClass::Other
    };
    Answer::Rejected { class, reason: format!("{reason} Not pushed.") }
}

/// Two pushes at once: the other one won the lock on the branch.
fn locked(why: &str) -> bool {
    why.contains("failed to update ref") || why.contains("cannot lock ref") || why.contains("incorrect old value")
}

/// No status line: refused before the branch was looked at, or cut off.
fn without_status(stderr: &str) -> Answer {
    let error = network_error(stderr, "git push");
    let lower = stderr.to_lowercase();
    if lower.contains("denied to") || lower.contains("returned error: 403") {
        return Answer::Rejected { class: FailClass::Forbidden, reason: format!("{} Not pushed.", error.message) };
    }
    let class = match error.class {
        GitClass::Auth => FailClass::Auth,
        GitClass::NotFound => FailClass::NotFound,
        _ if lower.contains("pre-push hook") || lower.contains("failed to push some refs") && !cut(&lower) => FailClass::Hook,
        GitClass::Unreachable if !cut(&lower) => FailClass::Unreachable,
        _ => return Answer::Lost { reason: format!("connection lost: {}", error.message) },
    };
    Answer::Rejected { class, reason: format!("{} Not pushed.", error.message) }
}

/// Words of a connection that had been made and then ended.
fn cut(lower: &str) -> bool {
    const WORDS: [&str; 11] = [
        "hung up",
        "early eof",
        "unexpected disconnect",
        "connection reset",
        "broken pipe",
        "closed by",
        "rpc failed",
        "empty reply from server",
        "recv failure",
        "send failure",
        "operation too slow",
    ];
    WORDS.iter().any(|w| lower.contains(w))
}

/// Lines of the server, joined; decoration that servers put around them is left out.
fn remote_words(stderr: &str) -> String {
    let lines = stderr.lines().filter_map(|l| l.strip_prefix("remote:")).map(tidy);
    let lines: Vec<String> = lines.filter(|l| l.chars().any(char::is_alphanumeric)).take(8).collect();
    lines.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(stdout: &str, stderr: &str) -> Answer {
        read(&Reply { code: Some(1), stdout: stdout.into(), stderr: stderr.into(), timed_out: false }, "main")
    }
    fn class(stdout: &str, stderr: &str) -> Option<FailClass> {
        match of(stdout, stderr) {
            Answer::Rejected { class, .. } => Some(class),
            _ => None,
        }
    }

    #[test]
    fn refusals_of_servers_get_their_class_and_keep_their_words() {
        let line = |why: &str| format!("To x\n!\t{}:refs/heads/main\t[remote rejected] ({why})\nDone\n", "a".repeat(40));
        let github = "remote: error: GH006: Protected branch update failed for refs/heads/main.\nremote: error: Changes must be made through a pull request.";
        let Answer::Rejected { class: FailClass::Protected, reason } = of(&line("protected branch hook declined"), github) else {
            panic!()
        };
        assert_eq!(reason.matches("pull request").count(), 1, "{reason}");
        let gitlab = "remote: GitLab: You are not allowed to push code to protected branches on this project.";
        assert_eq!(class(&line("pre-receive hook declined"), gitlab), Some(FailClass::Protected));
        let hook = of(&line("pre-receive hook declined"), "remote: \nremote: subject needs a ticket, like OPS-123.\nremote: -----");
        assert_eq!(hook, Answer::Rejected { class: FailClass::Hook, reason: "subject needs a ticket, like OPS-123. Not pushed.".into() });
        let moved = format!("!\t{}:refs/heads/main\t[rejected] (fetch first)\n", "a".repeat(40));
        assert_eq!(class(&moved, "error: failed to push some refs to 'x'"), Some(FailClass::Moved));
        let denied = "remote: Permission to acme/fleet.git denied to sam.\nfatal: unable to access 'https://x/': The requested URL returned error: 403";
        assert_eq!(class("", denied), Some(FailClass::Forbidden));
        assert_eq!(class("", "fatal: Authentication failed for 'https://x/'"), Some(FailClass::Auth));
        assert_eq!(class("", "fatal: unable to access 'https://x/': Could not resolve host: x"), Some(FailClass::Unreachable));
    }

    #[test]
    fn a_cut_connection_is_neither_yes_nor_no() {
        for stderr in ["fatal: the remote end hung up unexpectedly", "send-pack: unexpected disconnect while reading sideband packet", ""] {
            assert!(matches!(of("", stderr), Answer::Lost { .. }), "{stderr}");
        }
        let line = format!("!\t{}:refs/heads/main\t[remote failure] (remote failed to report status)\n", "a".repeat(40));
        assert!(matches!(of(&line, ""), Answer::Lost { .. }));
    }
}
