//! Git repositories: what their remotes say, a private mirror of each, and reverts that are built in memory and pushed.
//!
//! May import: `domain`, gix, tokio (processes and time). Never `cluster`, `app`, `ui` or `tui`.
//! Reading, diffing and merging happen in process; the network, signing and the operator's identity go through the installed `git`
//! program, so that credentials, proxies and policy are those the operator has everywhere else.
//! gix calls block: from async code reach them through [`mirror::Mirror::blocking`].
//! To extend: a new question about commits is a function over `&Mirror` in a file of its own, a new network call a caller of `program::Git::run`.

pub mod behind;
pub mod branch;
mod classify;
pub mod deliver;
pub mod error;
pub mod files;
pub mod log;
pub mod mirror;
mod oid;
pub mod path_set;
pub mod poll;
pub mod program;
pub mod revert;
mod secrets;
pub mod suspects;
#[cfg(test)]
pub(crate) mod testing;
pub mod tree;

pub use error::{GitClass, GitError};
pub use mirror::Mirror;
pub use path_set::PathSet;
pub use poll::{Refs, ls_remote};
pub use program::Git;
pub use tree::CommitTree;
