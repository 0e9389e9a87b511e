//! Names of commits to object ids and back, and commits to the domain's shape.

use super::error::{GitClass, GitError};
use crate::domain::Timestamp;
use crate::domain::commit::{Commit, bare_revision, short_rev};
use crate::domain::text::{sanitise, sanitise_lines};
use gix::ObjectId;

/// A whole id, as engines write it (`main@sha1:…` too).
pub(crate) fn parse(revision: &str) -> Result<ObjectId, GitError> {
    let id = bare_revision(revision);
    ObjectId::from_hex(id.as_bytes()).map_err(|_| GitError::new(GitClass::Missing, format!("{} is not a commit id", sanitise(id, 60))))
}

/// The commit a branch, tag, whole or short id names. Branches win over tags, both over ids.
pub(crate) fn resolve(repo: &gix::Repository, name: &str) -> Result<ObjectId, GitError> {
    let name = name.strip_prefix("refs/").unwrap_or(name);
    for full in [format!("refs/heads/{name}"), format!("refs/tags/{name}"), format!("refs/{name}")] {
        let Ok(Some(mut reference)) = repo.try_find_reference(full.as_str()) else { continue };
        return Ok(reference.peel_to_id()?.detach());
    }
    if name == "HEAD" {
        return Ok(repo.head_id()?.detach());
    }
    let bare = bare_revision(name);
    if let Ok(id) = parse(bare) {
        return if repo.has_object(id) { Ok(id) } else { Err(GitError::missing(short_rev(bare))) };
    }
    if bare.len() >= 4 && bare.bytes().all(|b| b.is_ascii_hexdigit()) {
        let found = repo.rev_parse_single(bare.as_bytes()).map_err(|_| GitError::missing(bare))?;
        return Ok(found.detach());
    }
    Err(GitError::missing(&sanitise(name, 100)))
}

pub(crate) fn commit<'r>(repo: &'r gix::Repository, id: ObjectId) -> Result<gix::Commit<'r>, GitError> {
    match repo.try_find_object(id)? {
        Some(object) => object.try_into_commit().map_err(|_| GitError::new(GitClass::Other, format!("{} is not a commit", short(id)))),
        None => Err(GitError::missing(&short(id))),
    }
}

pub(crate) fn short(id: ObjectId) -> String {
    id.to_hex_with_len(7).to_string()
}

pub(crate) fn parents(commit: &gix::Commit<'_>) -> Vec<ObjectId> {
    commit.parent_ids().map(gix::Id::detach).collect()
}

/// Author and message are written by strangers: cleaned here.
pub(crate) fn to_domain(commit: &gix::Commit<'_>) -> Commit {
    let text = |bytes: &gix::bstr::BStr, max| sanitise(&bytes.to_string(), max);
    let author = commit.author().ok();
    let message = commit.message_raw_sloppy().to_string();
    let (subject, body) = split_message(&message);
    let seconds = commit.time().map(|t| t.seconds).unwrap_or_default();
    Commit {
        id: commit.id.to_string(),
        parents: parents(commit).iter().map(ToString::to_string).collect(),
        author: author.map(|a| text(a.name, 100)).unwrap_or_default(),
        email: author.map(|a| text(a.email, 100)).unwrap_or_default(),
        at: Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH),
        subject: sanitise(&subject, 300),
        body: sanitise_lines(body.trim_end(), 8000),
    }
}

/// The first paragraph joined to one line, and the rest: what git calls subject and body.
pub(crate) fn split_message(message: &str) -> (String, &str) {
    let message = message.trim_start_matches('\n');
    let (head, body) = message.split_once("\n\n").unwrap_or((message, ""));
    (head.lines().map(str::trim).collect::<Vec<_>>().join(" "), body.trim_start_matches('\n'))
}
