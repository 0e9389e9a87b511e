//! Everything a key, the palette or a click can ask for: one file an action (or a family that shares one sentence), one line in [`TABLE`].

use super::effect::Effect;
use super::state::AppState;

/// Where an action belongs in help and when its keys are live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// On the row under the cursor.
    App,
    /// Moving and choosing.
    Move,
    /// Screens and overlays.
    Screen,
    Diff,
    Rollback,
}

/// One thing the operator can ask for.
pub struct Action {
    /// Stable name, verb and noun: `sync_app`.
    pub name: &'static str,
    /// Title in palette and help: "sync".
    pub title: &'static str,
    pub help: &'static str,
    pub group: Group,
    /// `None` = may be run now; else why not, a sentence that names the key that helps.
    pub off: fn(&AppState) -> Option<String>,
    pub run: fn(&mut AppState) -> Vec<Effect>,
    /// It writes to a cluster or to git (always behind a plan): unbound words in read-only mode.
    pub mutates: bool,
}

/// All actions; filled as they are built.
pub static TABLE: &[&Action] = &[];
