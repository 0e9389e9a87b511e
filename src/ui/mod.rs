//! The views: from the state to cells, without changing anything.
//!
//! May import: `domain`, `app` (read only), `theme`, ratatui, unicode-width. Never: tokio, kube, a clock.
//! To extend: a pane or overlay is one file here with the name of its state in `app/`; a line of text is a `runs::Runs` of roles,
//! drawn through `canvas::Canvas`, which clips, so that no size of the screen can break a view.

pub mod canvas;
mod overlay;
mod pane;
mod runs;
mod screen;
pub mod svg;
mod text;
pub(crate) use text::wrap;
mod widget;
mod words;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use canvas::Hits;
pub use screen::{draw, draw_with_hits};

use crate::app::state::AppState;
use crate::theme::Theme;

/// What every view is given: the state and how to show it.
#[derive(Clone, Copy)]
struct Cx<'a> {
    state: &'a AppState,
    theme: &'a Theme,
}
