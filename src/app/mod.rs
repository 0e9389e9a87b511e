//! The state of the screen and everything that changes it; synchronous and deterministic.
//!
//! May import: `domain`, `engine` (plans and verdicts), ratatui layout types, the text area without its terminal feature.
//! Never: tokio, kube, gix, crossterm, `ui`. Time comes in with each message and from nowhere else.
//! To extend: an action is one file in `action/` and one line in its table; a pane or overlay is one file here and one of the same name in `ui/`.

pub mod acks;
pub mod action;
pub mod ages;
pub mod also;
pub mod assess;
pub mod causes;
pub mod cells;
pub mod context;
pub mod destination;
mod details;
pub mod drift;
pub mod effect;
pub mod engines;
mod existing;
pub mod filter;
pub mod fleet;
pub mod follow;
pub mod glance;
pub mod help;
pub mod hints;
pub mod history;
pub mod ingest;
pub mod input;
pub mod journal;
pub mod key;
pub mod keymap;
pub mod landing;
pub mod layout;
pub mod list;
mod loaded;
pub mod log;
pub mod mapping;
pub mod matrix;
pub mod msg;
pub mod notice;
pub mod outage;
pub mod overlay;
pub mod pane;
pub mod record;
mod relations;
pub mod repeat;
pub mod revision;
pub mod rights;
pub mod rollback;
pub mod rows;
pub mod settle;
pub mod silent;
pub mod sources;
pub mod staged;
pub mod state;
pub mod task;
pub mod timeline;
mod tips;
pub mod update;
pub mod views;
pub mod waited;

#[cfg(test)]
mod tests;
