//! Kubernetes access: kubeconfig, identity, one supervised session a cluster, live objects, access reviews, and the one function that writes.
//!
//! May import: `domain`, `engine`, kube, tokio, hyper. Never `git`, `app`, `ui` or `tui`. Nothing here retries a mutation, and nothing blocks the caller.
//! To extend: a new kind to watch is a line in its engine's `watched()`; a new question to a cluster is a method in `live` built on [`api::Api`];
//! a new mutation is a new plan, never a new sender beside `write`.

pub mod access;
pub mod api;
pub mod backoff;
pub mod client;
pub mod discover;
pub mod engines;
pub mod exec;
pub mod glob;
pub mod identity;
pub mod kubeconfig;
pub mod live;
pub mod pace;
pub mod session;
#[cfg(test)]
mod tests;
pub mod watch;
pub mod write;

pub use api::{ApiError, Class};
pub use kubeconfig::{Kubeconfig, KubeconfigFault, Places};
pub use live::{LogStream, Run};
pub use session::{Commons, Look, Params, Session, SessionHandle, Settings, Timings};
pub use write::write;
