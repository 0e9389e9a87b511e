//! The panes of the main screen, one file each.

pub mod apps;
pub mod clusters;
pub mod details;
pub mod repos;
