//! The simulated fleet: a small Kubernetes API server, simulated controllers that speak nothing but its API, real local git
//! repositories, and scenarios.
//!
//! May import: domain, render, git, hyper/tower and the kube client; never engine or cluster, so that the simulation does not share our
//! reading of the engines. To extend: a new scenario is a file below `scenario`, a new controller a folder below `controllers`.

pub mod controllers;
mod ids;
mod manifests;
pub mod repos;
pub mod scenario;
