//! Roles to styles: what a piece of the screen means, what colour and glyph that has.
//!
//! May import: ratatui's style types and the YAML reader, nothing of ours.
//! To extend: a theme is one file in `themes/` and one line in `builtin.rs`; a role is one line in `role.rs` and one in `themes/terminal.yaml`
//! and every other theme that inherits from nothing.

mod builtin;
mod colour;
mod file;
mod glyph;
mod load;
mod role;

pub use builtin::BUILTIN;
pub use colour::Depth;
pub use file::Ground;
pub use glyph::Sign;
pub use load::{Theme, ThemeError};
pub use role::Role;

#[cfg(test)]
mod tests;
