//! Which branch a reference means: the one a revert has to be pushed to.

use super::error::{GitClass, GitError};
use super::mirror::Mirror;
use crate::domain::source::RefKind;

/// The branch of the mirror that a reference other than `Head` follows. A branch wins over a tag of the same name.
/// Errors: `NoBranch`, with what it is instead.
pub fn followed(mirror: &Mirror, reference: &RefKind) -> Result<String, GitError> {
    let repo = mirror.local();
    let has = |name: &str| repo.try_find_reference(name).ok().flatten().is_some();
    let none = |text: String| Err(GitError::new(GitClass::NoBranch, text));
    let text = reference.text();
    let branch = match reference {
        RefKind::Branch(branch) => branch.as_str(),
        RefKind::Ambiguous(word) if has(&format!("refs/heads/{word}")) => word,
        RefKind::Ambiguous(word) | RefKind::Name(word) => {
            let name = word.strip_prefix("refs/").unwrap_or(word);
            match name.strip_prefix("heads/") {
                Some(branch) => branch,
                None if has(&format!("refs/tags/{word}")) || has(&format!("refs/{name}")) => {
                    return none(format!("{text} is a tag: it stays where it is whatever is pushed to a branch."));
                }
                None => return none(format!("The remote has no branch {text} now, and no tag.")),
            }
        }
        RefKind::Head | RefKind::Tag(_) | RefKind::Commit(_) | RefKind::Semver(_) | RefKind::Version(_) => {
            return none(format!("{text} is no branch: it stays where it is whatever is pushed to one."));
        }
    };
    if has(&format!("refs/heads/{branch}")) { Ok(branch.to_owned()) } else { none(format!("The remote has no branch {branch} now.")) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Lab;
    use super::*;

    #[tokio::test]
    async fn only_what_is_a_branch_of_the_remote_after_the_fetch_is_one() {
        let lab = Lab::new().await;
        lab.commit("a.yaml", "x: 1\n", "one");
        lab.git(&["tag", "v1"]);
        lab.git(&["branch", "release-1.2"]);
        lab.git(&["branch", "old"]);
        lab.git(&["tag", "main"]);
        lab.git(&[
            "push",
            "-q",
            "origin",
            "refs/heads/main",
            "release-1.2",
            "old",
            "v1",
            "refs/tags/main",
            "refs/heads/main:refs/pull/1/head",
        ]);
        let mirror = lab.mirror().await;
        lab.git(&["push", "-q", "origin", ":refs/heads/old"]);
        mirror.fetch().await.unwrap();
        let ambiguous = |word: &str| RefKind::Ambiguous(word.into());
        let branch = |reference: RefKind| followed(&mirror, &reference).map_err(|e| (e.class, e.message));
        assert_eq!(branch(ambiguous("release-1.2")).unwrap(), "release-1.2");
        assert_eq!(branch(ambiguous("main")).unwrap(), "main", "a branch wins over the tag of its name");
        assert_eq!(branch(RefKind::Branch("release-1.2".into())).unwrap(), "release-1.2");
        assert_eq!(branch(RefKind::Name("refs/heads/release-1.2".into())).unwrap(), "release-1.2");
        for (reference, says) in [
            (ambiguous("v1"), "v1 is a tag"),
            (RefKind::Name("refs/tags/v1".into()), "refs/tags/v1 is a tag"),
            (ambiguous("old"), "no branch old now"),
            (RefKind::Branch("old".into()), "no branch old now"),
            (RefKind::Name("refs/pull/1/head".into()), "no branch refs/pull/1/head now"),
            (RefKind::Commit("a".repeat(40)), "is no branch"),
        ] {
            let (class, text) = branch(reference).unwrap_err();
            assert!(class == GitClass::NoBranch && text.contains(says), "{text}");
        }
    }
}
