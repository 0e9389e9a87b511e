//! `D` and the keys of the drift groups.

use super::{Action, Group, actable_app, always};
use crate::app::drift;
use crate::app::effect::Effect;
use crate::app::state::{AppState, Screen};

pub static OPEN: Action = Action {
    name: "show_drift",
    title: "drift groups",
    help: "what the apps out of sync differ in: the same difference on many apps is one row",
    group: Group::Screen,
    off: always,
    run: drift::open,
    mutates: false,
};

/// Run from a list of all actions, it would act on lines that are not on the screen.
fn elsewhere(state: &AppState) -> Option<String> {
    (!matches!(state.screen, Screen::Drift)).then(|| "It belongs to the drift groups; D opens them.".to_owned())
}

const fn on(name: &'static str, title: &'static str, help: &'static str, run: fn(&mut AppState) -> Vec<Effect>) -> Action {
    Action { name, title, help, group: Group::Drift, off: elsewhere, run, mutates: false }
}

/// For what changes the screen and asks for nothing.
fn quietly(state: &mut AppState, change: impl FnOnce(&mut AppState)) -> Vec<Effect> {
    change(state);
    Vec::new()
}

pub static FOLLOW: Action = on("open_group", "open", "the apps of this group; of an app, to its row", |s| quietly(s, drift::follow));
pub static DIFF: Action = Action {
    name: "diff_line",
    title: "diff of an app",
    help: "everything the app of this line differs in",
    group: Group::Drift,
    off: |s| elsewhere(s).or_else(|| drift::app(s).and_then(|id| actable_app(s, &id).map(drop)).err()),
    run: drift::diff,
    mutates: false,
};
pub static MARK: Action =
    on("mark_group", "mark its apps", "mark the apps of this line, or unmark them; S on the main screen plans them", |s| {
        quietly(s, drift::mark)
    });
pub static AGAIN: Action = on("compare_again", "compare again", "compare every app anew", drift::again);
