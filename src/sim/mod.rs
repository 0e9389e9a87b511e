//! The simulated fleet: an API server of our own, controllers that speak only the Kubernetes API, repositories and scripted scenarios.
//!
//! May import: domain, render, git, hyper, tower and (controllers only) the kube client; never app, ui, cluster or engine, because it must not
//! share our reading of the engines. Objects are JSON values. To extend: a behaviour of the server goes into `api`, of a controller into its own room.

pub mod api;
pub mod controllers;
pub mod demo;
mod ids;
mod manifests;
mod releases;
pub mod repos;
pub mod scenario;
