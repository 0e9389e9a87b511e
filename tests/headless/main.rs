//! The whole program without a screen: servers that misbehave, rollbacks on real repositories, the night fleet pressed at random.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

#[path = "../cluster/mod.rs"]
mod cluster;
mod commands;
mod deck;
mod drift;
mod fleet;
#[path = "../git/mod.rs"]
mod git;
mod options;
#[path = "../common/read.rs"]
mod read;
#[path = "../screen/mod.rs"]
mod screen;
mod staged;
mod states;
mod steps;
mod wire;
