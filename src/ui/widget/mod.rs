//! Pieces that several views share.

pub mod frame;
pub mod hunk;
pub mod list;
pub mod query;
pub mod who;
