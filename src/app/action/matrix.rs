//! `m` and the keys of the matrix.

use super::staged::STAGED;
use super::{Action, Group, always, plan, writable_app};
use crate::app::effect::Effect;
use crate::app::matrix;
use crate::app::state::{AppState, Screen};
use crate::domain::plan::PlanChoices;
use crate::engine::Verb;

pub static OPEN: Action = Action {
    name: "show_matrix",
    title: "matrix",
    help: "apps by cluster: what each runs, and how many commits of its own it is behind",
    group: Group::Screen,
    off: always,
    run: matrix::open,
    mutates: false,
};

/// Run from a list of all actions, it would act on cells that are not on the screen.
fn elsewhere(state: &AppState) -> Option<String> {
    (!matches!(state.screen, Screen::Matrix)).then(|| "It belongs to the matrix; m opens it.".to_owned())
}

const fn on(name: &'static str, title: &'static str, help: &'static str, run: fn(&mut AppState) -> Vec<Effect>) -> Action {
    Action { name, title, help, group: Group::Matrix, off: elsewhere, run, mutates: false }
}

/// For what changes the screen and asks for nothing.
fn quietly(state: &mut AppState, change: impl FnOnce(&mut AppState)) -> Vec<Effect> {
    change(state);
    Vec::new()
}

pub static FOLLOW: Action = on("open_cell", "open", "to the app of this cell, on the main screen", |s| quietly(s, matrix::follow));
pub static DIFF: Action = Action {
    name: "diff_cells",
    title: "diff of cells",
    help: "two marked cells of one app: what the two run; else what the app of this cell differs in",
    group: Group::Matrix,
    off: |s| elsewhere(s).or_else(|| matrix::compared(s).err()),
    run: matrix::diff,
    mutates: false,
};
pub static SYNC: Action = Action {
    name: "sync_cell",
    title: "sync of a cell",
    help: "plan a sync (Argo CD) or reconcile (Flux) of the app of this cell, or of all that are marked, in stages",
    group: Group::Matrix,
    off: |s| {
        let one = || matrix::here(s).and_then(|id| writable_app(s, &id).map(drop)).err();
        elsewhere(s).or_else(|| if several(s) { (STAGED.off)(s) } else { one() })
    },
    run: |s| match matrix::here(s) {
        _ if several(s) => (STAGED.run)(s),
        Ok(id) => plan::open_for(s, &id, Verb::Sync, PlanChoices::default()),
        Err(_) => Vec::new(),
    },
    mutates: true,
};

/// The marked cells are meant, in stages.
fn several(state: &AppState) -> bool {
    state.view.marks.len() > 1
}

pub static RIGHT: Action = on("next_cluster", "right", "next cluster", |s| quietly(s, |s| matrix::sideways(s, 1)));
pub static LEFT: Action = on("previous_cluster", "left", "previous cluster", |s| quietly(s, |s| matrix::sideways(s, -1)));
pub static FOLD: Action =
    on("fold_single", "one-cluster apps", "show or fold the apps that run on one cluster only", |s| quietly(s, matrix::fold));
pub static MARK: Action = on("mark_cell", "mark", "mark or unmark the app of this cell", |s| quietly(s, matrix::mark));
pub static NEXT: Action = on("next_bad_cell", "next problem", "next cell that is not well", |s| quietly(s, |s| matrix::problem(s, true)));
pub static PREVIOUS: Action =
    on("previous_bad_cell", "previous problem", "previous cell that is not well", |s| quietly(s, |s| matrix::problem(s, false)));
pub static SEARCH: Action =
    on("search_matrix", "filter", "only apps whose name has these words", |s| quietly(s, |s| s.view.matrix.searching = true));
