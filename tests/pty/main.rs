//! The real binary on a pseudo-terminal (and without one), judged by what an emulator shows and by what the terminal was told.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod command;
mod deck;
mod picker;
mod screen;
mod status;
mod story;
mod terminal;
