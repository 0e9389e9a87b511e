//! `D` and the keys of the drift groups.

use super::{Action, Group, READ_ONLY, actable_app, always, plan, writable_app};
use crate::app::drift;
use crate::app::effect::Effect;
use crate::app::staged::{Rules, dialog as staged};
use crate::app::state::{AppState, Screen};
use crate::domain::plan::PlanChoices;
use crate::engine::Verb;

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
pub static SYNC: Action = Action {
    name: "sync_group",
    title: "sync of a group",
    help: "plan a sync of the apps of this line; several go in stages",
    group: Group::Drift,
    off: |s| elsewhere(s).or_else(|| if s.settings.read_only { Some(READ_ONLY.into()) } else { unsynced(s) }),
    run: |s| match drift::apps(s).as_slice() {
        [one] => plan::open_for(s, one, Verb::Sync, PlanChoices::default()),
        several => staged::open(s, several, &Rules::default(), PlanChoices::default()),
    },
    mutates: true,
};

fn unsynced(state: &AppState) -> Option<String> {
    match drift::apps(state).as_slice() {
        [] => Some("No app is under the cursor.".into()),
        [one] => writable_app(state, one).map(drop).err(),
        _ => None,
    }
}

pub static MARK: Action =
    on("mark_group", "mark its apps", "mark the apps of this line, or unmark them; S on the main screen plans them", |s| {
        quietly(s, drift::mark)
    });
pub static AGAIN: Action = on("compare_again", "compare again", "compare every app anew", drift::again);
