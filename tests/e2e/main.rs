//! Stories against real API servers.
//!
//! They run when `KUBEBUILDER_ASSETS` names a directory with `etcd` and `kube-apiserver` (`tests/e2e/tools/build` makes one); without it each
//! says "skipped" and passes. What a bare API server lacks, controllers, comes from the simulation, which speaks only the Kubernetes API.
//! To extend: a story is a `#[test]` in `stories` around [`lab::story`]; it uses namespaces and a repository of its own.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

#[path = "../breakages/mod.rs"]
mod breakages;
mod deck;
mod lab;
#[path = "../common/read.rs"]
mod read;
mod stories;
