//! Keys to actions, per layer; the only place where keys are bound. Hints, help, palette and README come from here.

use super::action::Action;
use super::key::Key;
use super::state::AppState;

/// One hint of the bottom row; whole hints are dropped from the right when space ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub key: String,
    pub label: String,
}

/// A line of help or palette.
#[derive(Clone)]
pub struct HelpLine {
    pub group: &'static str,
    pub keys: String,
    pub title: String,
    pub help: String,
    /// Why it is off now.
    pub off: Option<String>,
    pub action: Option<&'static Action>,
}

/// What works now on this row, most useful first.
pub fn hints(_state: &AppState) -> Vec<Hint> {
    Vec::new()
}

/// Every key and action, filtered by words (all must occur); grouped.
pub fn help_lines(_state: &AppState, _search: &str) -> Vec<HelpLine> {
    Vec::new()
}

/// Palette lines for an input, best first.
pub fn palette_lines(_state: &AppState, _input: &str) -> Vec<HelpLine> {
    Vec::new()
}

/// The action bound to a key in the layer that has the focus.
pub fn resolve(_state: &AppState, _key: Key) -> Option<&'static Action> {
    None
}
