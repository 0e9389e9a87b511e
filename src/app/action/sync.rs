//! `s`: Argo sync, Flux reconcile.

use super::{Action, Group, plan, writable};
use crate::app::state::{AppState, Screen};
use crate::engine::Verb;

pub static SYNC: Action = Action {
    name: "sync_app",
    title: "sync",
    help: "plan a sync (Argo CD) or reconcile (Flux) of this app",
    group: Group::App,
    off: |s| elsewhere(s).or_else(|| writable(s).err()),
    run: |s| plan::open(s, Verb::Sync),
    mutates: true,
};

/// The app of the open diff went, and the cursor behind it is on another one: what is read is not what would be synced.
fn elsewhere(state: &AppState) -> Option<String> {
    match &state.screen {
        Screen::Diff(diff) if state.view.app.as_ref() != Some(&diff.app) => {
            Some(format!("{} is no longer in the list; esc goes back.", diff.app.name))
        }
        _ => None,
    }
}
