//! driftdeck: every Argo CD and Flux app on every cluster, live and worst first.

pub mod app;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod domain;
pub mod engine;
pub mod git;
pub mod render;
pub mod runtime;
pub mod sim;
pub mod store;
pub mod theme;
pub mod tui;
pub mod ui;
