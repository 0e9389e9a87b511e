//! The commit object, made by the operator's git: identity, environment and signing are those of every other commit of theirs,
//! and a signing program that hangs is ended like any other call.

use super::super::error::{GitClass, GitError};
use super::super::mirror::Mirror;
use crate::domain::text::sanitise;

pub(super) struct Stored {
    pub id: String,
    pub author: Author,
}

/// Who a commit is by, and how it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// "Sam Oak <sam@example.com>".
    pub by: String,
    /// "ssh key"; `None` = not signed.
    pub signed: Option<String>,
}

/// What the operator's git says of a commit made now. Errors: `Identity`.
pub(super) async fn author(mirror: &Mirror) -> Result<Author, GitError> {
    let by = identity(mirror).await?;
    let signs = mirror.run(&["config", "--type=bool", "--get", "commit.gpgSign"], None).await?.stdout.trim() == "true";
    if !signs {
        return Ok(Author { by, signed: None });
    }
    let format = mirror.run(&["config", "--get", "gpg.format"], None).await?;
    let how = match format.stdout.trim() {
        "ssh" => "ssh key",
        "x509" => "X.509 certificate",
        _ => "OpenPGP key",
    };
    Ok(Author { by, signed: Some(how.to_owned()) })
}

/// Writes a commit of `tree` on `parent` into the mirror; no ref is changed. A trial is not signed: a security key would want a touch. Errors: `Identity`, `Other` when signing fails.
pub(super) async fn commit(mirror: &Mirror, tree: &str, parent: &str, message: &str, trial: bool) -> Result<Stored, GitError> {
    let author = author(mirror).await?;
    let signed = !trial && author.signed.is_some();
    let mut args = vec!["-c", "user.useConfigOnly=true", "commit-tree", tree, "-p", parent];
    if signed {
        args.push("-S");
    }
    let message = format!("{}\n", message.trim_end());
    let reply = mirror.run(&args, Some(message.into_bytes())).await?;
    if reply.timed_out {
        let message = "storing the commit took over 30 s: does signing wait for a passphrase? Unlock the key, then push again";
        return Err(GitError::new(GitClass::Other, message));
    }
    let id = reply.stdout.trim().to_owned();
    if !reply.ok() || id.len() < 40 {
        let words = reply.stderr.lines().find(|l| !l.trim().is_empty()).unwrap_or("git commit-tree failed");
        let what = if signed { "the commit could not be signed" } else { "the commit could not be stored" };
        return Err(GitError::new(GitClass::Other, format!("{what}: {}", sanitise(words, 200))));
    }
    Ok(Stored { id, author })
}

/// Who the commit will be by. Without a configured name git would make one up from the host: not for a push to production.
async fn identity(mirror: &Mirror) -> Result<String, GitError> {
    let reply = mirror.run(&["-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT"], None).await?;
    let ident = reply.stdout.trim();
    match ident.rsplit_once('>') {
        Some((who, _)) if reply.ok() => Ok(sanitise(&format!("{who}>"), 200)),
        _ => Err(GitError {
            class: GitClass::Identity,
            message: "git does not know who you are".into(),
            command: Some("git config --global user.name \"Your Name\"; git config --global user.email you@example.com".into()),
        }),
    }
}
