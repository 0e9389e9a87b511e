//! A planned revert, sent: checked against the remote again, stored, pushed once, never forced.

mod reply;
mod store;

use super::error::{GitClass, GitError};
use super::log::range_ids;
use super::mirror::Mirror;
use super::poll::ask;
use super::program::Call;
use crate::domain::commit::short_rev;
use crate::domain::plan::{FailClass, Outcome, RevertRequest};
use crate::domain::text::shell;
use std::path::PathBuf;
use std::time::Duration;
pub use store::Author;

/// How long a push may take, hooks of the server included.
pub const PUSH_TIMEOUT: Duration = Duration::from_secs(60);
const ASK_TIMEOUT: Duration = Duration::from_secs(20);

/// What has been done so far, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushStep {
    /// A check: who the commit of the push would be by.
    By {
        author: Author,
    },
    /// The branch was fetched again and is where the preview was built.
    Fetched {
        branch: String,
        tip: String,
    },
    /// The commit is in the mirror, its tree as previewed.
    Stored {
        commit: String,
        author: Author,
        /// Where the mirror lies that holds it.
        mirror: PathBuf,
    },
    Pushing {
        branch: String,
        command: String,
        timeout: Duration,
    },
    /// A line the server said.
    Remote {
        line: String,
    },
    /// The reply was lost; the remote is asked what it has.
    Asking,
    Done {
        commit: String,
    },
}

/// Told of each step; called from the task that pushes.
pub type Progress<'a> = &'a (dyn Fn(PushStep) + Send + Sync);

/// Sends the revert. `Failed` and `Refused` mean that nothing was pushed; `Unknown` that the remote could not be asked.
pub async fn push(mirror: &Mirror, request: &RevertRequest, progress: Progress<'_>) -> Outcome {
    push_within(mirror, request, progress, PUSH_TIMEOUT).await
}

pub(crate) async fn push_within(mirror: &Mirror, request: &RevertRequest, progress: Progress<'_>, timeout: Duration) -> Outcome {
    let commit = match prepare(mirror, request, false, progress).await {
        Ok(commit) => commit,
        Err(outcome) => return outcome,
    };
    let refspec = format!("{commit}:refs/heads/{}", request.branch);
    let command =
        format!("git push --porcelain --atomic origin {}", shell(&format!("{}:refs/heads/{}", short_rev(&commit), request.branch)));
    progress(PushStep::Pushing { branch: request.branch.clone(), command, timeout });
    let words = |line: &str| {
        if let Some(line) = line.strip_prefix("remote:") {
            progress(PushStep::Remote { line: line.trim().to_owned() });
        }
    };
    // The lease only narrows: our commit stands on the base, and the remote must still be there too.
    let lease = format!("--force-with-lease=refs/heads/{}:{}", request.branch, request.base);
    let args = ["push", "--porcelain", "--atomic", "--no-follow-tags", &lease, "--", &request.url, &refspec];
    let mut call = Call::new(&args, timeout).within(mirror.dir());
    call.on_line = Some(&words);
    let outcome = match mirror.git().run(call).await {
        Err(error) => failed(&error, FailClass::Other),
        Ok(sent) if sent.timed_out => settle(mirror, request, &commit, "no answer to the push in time", true, progress).await,
        Ok(sent) => match reply::read(&sent, &request.branch) {
            reply::Answer::Accepted => Outcome::Sent { commit: Some(commit.clone()) },
            reply::Answer::Rejected { class: FailClass::Moved, .. } => moved(mirror, request).await,
            reply::Answer::Rejected { class, reason } => Outcome::Failed { class, reason },
            reply::Answer::Lost { reason } => settle(mirror, request, &commit, &reason, false, progress).await,
        },
    };
    if let Outcome::Sent { .. } = outcome {
        progress(PushStep::Done { commit });
    }
    outcome
}

/// Everything but the push itself: fetched, base unmoved, identity known, tree as previewed, and a push that git would let through
/// (`--dry-run`; hooks of the server speak at the real one only). `Sent` without a commit means that all of it holds.
pub async fn check(mirror: &Mirror, request: &RevertRequest, progress: Progress<'_>) -> Outcome {
    // The remote may take its time; who commits is known at once.
    match store::author(mirror).await {
        Ok(author) => progress(PushStep::By { author }),
        Err(error) => return Outcome::Refused { reason: error.to_string() },
    }
    let commit = match prepare(mirror, request, true, &|_| {}).await {
        Ok(commit) => commit,
        Err(outcome) => return outcome,
    };
    let refspec = format!("{commit}:refs/heads/{}", request.branch);
    let args = ["push", "--dry-run", "--no-verify", "--porcelain", "--atomic", "--", &request.url, &refspec];
    match mirror.git().run(Call::new(&args, ASK_TIMEOUT).within(mirror.dir())).await {
        Err(error) => failed(&error, FailClass::Other),
        Ok(sent) if sent.timed_out => Outcome::Failed { class: FailClass::Unreachable, reason: "no answer to a trial push in time".into() },
        Ok(sent) => match reply::read(&sent, &request.branch) {
            reply::Answer::Accepted => Outcome::Sent { commit: None },
            reply::Answer::Rejected { class: FailClass::Moved, .. } => moved(mirror, request).await,
            reply::Answer::Rejected { class, reason } => Outcome::Failed { class, reason },
            reply::Answer::Lost { reason } => Outcome::Failed { class: FailClass::Unreachable, reason },
        },
    }
}

async fn prepare(mirror: &Mirror, request: &RevertRequest, trial: bool, progress: Progress<'_>) -> Result<String, Outcome> {
    let plain = |b: &str| !b.is_empty() && !b.starts_with('-') && !b.contains([':', ' ', '+', '*', '^', '~', '?', '[', '\\']);
    if !plain(&request.branch) || request.url != mirror.url() || request.tree.is_empty() {
        return Err(Outcome::Refused { reason: "the plan does not fit this repository".into() });
    }
    mirror.fetch().await.map_err(|e| failed(&e, FailClass::Other))?;
    let reference = format!("refs/heads/{}", request.branch);
    let tip = mirror.blocking(move |m| super::log::resolve(m, &reference)).await.map_err(|_| Outcome::Failed {
        class: FailClass::NotFound,
        reason: format!("the remote has no branch {} any more. Nothing was pushed.", request.branch),
    })?;
    if tip != request.base {
        return Err(moved_to(mirror, request, &tip).await);
    }
    progress(PushStep::Fetched { branch: request.branch.clone(), tip });
    let (base, commits) = (request.base.clone(), request.commits.clone());
    let tree = mirror.blocking(move |m| super::revert::store_tree(m, &base, &commits)).await;
    let tree = tree.map_err(|e| Outcome::Refused { reason: e.message })?;
    if tree != request.tree {
        return Err(Outcome::Refused { reason: "the files would not be those of the preview: plan again".into() });
    }
    let stored = store::commit(mirror, &tree, &request.base, &request.message, trial).await;
    let stored = stored.map_err(|e| Outcome::Refused { reason: e.to_string() })?;
    progress(PushStep::Stored { commit: stored.id.clone(), author: stored.author, mirror: mirror.dir().to_owned() });
    Ok(stored.id)
}

/// The remote said that it moved: fetched again to name where to.
async fn moved(mirror: &Mirror, request: &RevertRequest) -> Outcome {
    let reference = format!("refs/heads/{}", request.branch);
    let tip = match mirror.fetch().await {
        Ok(()) => mirror.blocking(move |m| super::log::resolve(m, &reference)).await.ok(),
        Err(_) => None,
    };
    match tip {
        Some(tip) => moved_to(mirror, request, &tip).await,
        None => Outcome::Failed { class: FailClass::Moved, reason: format!("{} moved. Nothing was pushed.", request.branch) },
    }
}

async fn moved_to(mirror: &Mirror, request: &RevertRequest, tip: &str) -> Outcome {
    let (base, to) = (request.base.clone(), tip.to_owned());
    let count = mirror.blocking(move |m| range_ids(&m.local(), &base, &to).map(|l| l.len())).await;
    let how = match count {
        Ok(1) => "1 commit".to_owned(),
        Ok(n) => format!("{n} commits"),
        Err(_) => "rewritten".to_owned(),
    };
    let (old, new) = (short_rev(&request.base), short_rev(tip));
    Outcome::Failed { class: FailClass::Moved, reason: format!("{} went {old} -> {new} ({how}). Nothing was pushed.", request.branch) }
}

/// After a lost reply: what does the remote have? A server may still be at work after a timeout, so "not yet" is not "no".
async fn settle(mirror: &Mirror, request: &RevertRequest, commit: &str, why: &str, may_still: bool, progress: Progress<'_>) -> Outcome {
    progress(PushStep::Asking);
    let branch = &request.branch;
    let tip = match ask(mirror.git(), &request.url, ASK_TIMEOUT).await {
        Ok(refs) => refs.branch(branch).map(str::to_owned),
        Err(error) => return Outcome::Unknown { reason: format!("{why}; asking the remote failed too: {}", error.message) },
    };
    match tip.as_deref() {
        Some(tip) if tip == commit => Outcome::Sent { commit: Some(commit.to_owned()) },
        Some(tip) if tip == request.base && may_still => {
            let reason =
                format!("{why}. {branch} is still {}; the server may yet take it: look again before another push.", short_rev(tip));
            Outcome::Unknown { reason }
        }
        Some(tip) if tip == request.base => {
            let reason = format!("{why}. {branch} is still {}: it did not arrive.", short_rev(tip));
            Outcome::Failed { class: FailClass::Unreachable, reason }
        }
        Some(tip) => {
            let (ours, tip) = (commit.to_owned(), tip.to_owned());
            let arrived = match mirror.fetch().await {
                Ok(()) => mirror.blocking(move |m| super::log::is_ancestor(m, &ours, &tip)).await.unwrap_or(false),
                Err(error) => return Outcome::Unknown { reason: format!("{why}; fetching {branch} failed too: {}", error.message) },
            };
            if arrived { Outcome::Sent { commit: Some(commit.to_owned()) } } else { moved(mirror, request).await }
        }
        None => Outcome::Unknown { reason: format!("{why}; the remote has no branch {branch} now") },
    }
}

/// What became of a push whose mirror could not be had: nothing was tried.
pub fn unsent(error: &GitError) -> Outcome {
    match error.class {
        GitClass::Auth | GitClass::NotFound | GitClass::Unreachable | GitClass::Timeout => failed(error, FailClass::Other),
        _ => Outcome::Refused { reason: error.to_string() },
    }
}

fn failed(error: &GitError, other: FailClass) -> Outcome {
    let class = match error.class {
        GitClass::Auth => FailClass::Auth,
        GitClass::NotFound => FailClass::NotFound,
        GitClass::Unreachable | GitClass::Timeout => FailClass::Unreachable,
        _ => other,
    };
    Outcome::Failed { class, reason: format!("{} Nothing was pushed.", sentence(&error.message)) }
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

#[cfg(test)]
mod tests;
