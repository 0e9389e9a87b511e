//! The message `git revert` would write.

use super::super::error::GitError;
use super::super::mirror::Mirror;
use super::super::oid;

/// Subject and body for undoing these commits (newest first) as one commit.
pub fn default_message(mirror: &Mirror, commits: &[(String, Option<u32>)]) -> Result<String, GitError> {
    let repo = mirror.local();
    let mut lines = Vec::new();
    let mut subjects = Vec::new();
    for (revision, mainline) in commits {
        let commit = oid::commit(&repo, oid::resolve(&repo, revision)?)?;
        let raw = commit.message_raw_sloppy().to_string();
        subjects.push(crate::domain::text::sanitise(&oid::split_message(&raw).0, 300));
        let parent = mainline.and_then(|n| usize::try_from(n).ok()?.checked_sub(1)).and_then(|n| oid::parents(&commit).get(n).copied());
        lines.push(match parent {
            Some(parent) => format!("This reverts commit {}, reversing\nchanges made to {parent}.", commit.id),
            None => format!("This reverts commit {}.", commit.id),
        });
    }
    let subject = match subjects.as_slice() {
        [] => "Revert nothing".to_owned(),
        [one] => subject_of(one),
        [first, rest @ ..] => format!("Revert \"{first}\" and {} more", rest.len()),
    };
    Ok(format!("{subject}\n\n{}\n", lines.join("\n")))
}

/// Undoing a revert applies the change again, and says so.
fn subject_of(subject: &str) -> String {
    match subject.strip_prefix("Revert \"") {
        Some(original) if !original.starts_with("Revert \"") => format!("Reapply \"{original}"),
        _ => format!("Revert \"{subject}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revert_of_a_revert_is_a_reapply() {
        assert_eq!(subject_of("pool 200"), "Revert \"pool 200\"");
        assert_eq!(subject_of("Revert \"pool 200\""), "Reapply \"pool 200\"");
        assert_eq!(subject_of("Reapply \"pool 200\""), "Revert \"Reapply \"pool 200\"\"");
    }
}
