//! Plain data and rules that every other room shares; no IO, no clock, no client.
//!
//! May import: the standard library, serde, serde_json and the time type. Words are those of the architecture page (`crate` docs).
//! To extend: a new noun gets a file of its own; fields that a source does not tell are `Option`, never a default that reads like a fact.

pub mod app;
pub mod asked;
pub mod clock;
pub mod cluster;
pub mod commit;
pub mod controllers;
pub mod diff;
pub mod drift;
pub mod duration;
pub mod event;
pub mod history;
pub mod hunks;
pub mod ids;
pub mod journal;
pub mod json;
pub mod manager;
pub mod moment;
pub mod near;
pub mod neighbour;
pub mod overrides;
pub mod plan;
pub mod probe;
pub mod progress;
pub mod redact;
pub mod repo;
pub mod source;
pub mod status;
pub mod text;
pub mod tree;
pub mod verdict;
pub mod view;
pub mod word;

pub use jiff::Timestamp;
