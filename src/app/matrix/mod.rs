//! The matrix: apps by name down, the clusters they run on across; each cell says what runs there and how far it is behind.
//!
//! The grid is built anew from the rows while the screen is open; what is kept is what the operator chose, by identity.

pub mod behind;
mod cell;
mod grid;
mod pair;

pub use cell::{Note, head, note};
pub use grid::{Grid, GridRow, build};
pub use pair::{compared, diff, here};

use super::effect::Effect;
use super::list;
use super::state::{AppState, Screen};
use crate::domain::ids::AppId;
use crate::domain::status::Severity;

/// Rows of the screen that are not apps: header, border, names of the clusters, what is folded, the cell in words, hints.
const AROUND: u16 = 7;

/// What was chosen on the screen, and the grid it gave; it stays when the screen is left.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// Label of the row under the cursor, and the name of its column.
    pub row: Option<String>,
    pub column: Option<String>,
    /// Apps that run on one cluster only are shown too.
    pub unfolded: bool,
    pub search: String,
    pub searching: bool,
    pub grid: Grid,
    /// Where the cursor is in the grid, and the first row and column shown.
    pub at: (usize, usize),
    pub top: usize,
    pub left: usize,
    /// Questions to git that are not answered yet.
    pub asked: Option<behind::Question>,
}

impl Matrix {
    /// The app in the cell under the cursor.
    pub fn app(&self) -> Option<&AppId> {
        self.grid.rows.get(self.at.0)?.cells.get(self.at.1)?.as_ref()
    }
}

/// Cells of the columns at a width: names, heads (0 = left out), one cluster, and how many clusters fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Widths {
    pub app: usize,
    pub head: usize,
    pub pitch: usize,
    pub fit: usize,
}

/// For a screen of `width` cells with its border.
pub fn widths(grid: &Grid, width: u16) -> Widths {
    let inside = usize::from(width.saturating_sub(2));
    let longest = |names: &mut dyn Iterator<Item = usize>| names.max().unwrap_or(0);
    let names = longest(&mut grid.rows.iter().map(|r| r.label.chars().count()));
    let most = if inside >= 118 {
        30
    } else if inside >= 78 {
        17
    } else {
        14
    };
    let app = names.clamp(8, most);
    let head = if inside >= 70 { 9 } else { 0 };
    let clusters = longest(&mut grid.columns.iter().map(|c| c.chars().count()));
    let least = (clusters + 3).clamp(16, 18);
    let room = inside.saturating_sub(1 + app + 1 + head);
    // Where all clusters have room, they have a little more of it.
    let pitch = (room / grid.columns.len().max(1)).clamp(least, 20);
    Widths { app, head, pitch, fit: (room / pitch).max(1) }
}

pub fn open(state: &mut AppState) -> Vec<Effect> {
    let (app, on) = match state.row() {
        Some(row) => (Some(row.app.id.clone()), Some(super::pane::repos::runs_on(state, row).to_owned())),
        None => (None, None),
    };
    state.screen = Screen::Matrix;
    state.view.matrix.searching = false;
    refresh(state);
    // The cursor starts where it is on the main screen, where the matrix shows that app.
    if let Some(at) = app.and_then(|id| state.view.matrix.grid.rows.iter().position(|r| r.cells.contains(&Some(id.clone())))) {
        let column = on.and_then(|on| state.view.matrix.grid.columns.iter().position(|c| *c == on)).unwrap_or(0);
        go_to(state, at, column);
    }
    Vec::new()
}

/// Once a turn while the screen is open.
pub fn refresh(state: &mut AppState) {
    if !matches!(state.screen, Screen::Matrix) {
        return;
    }
    let grid = grid::build(state);
    let (width, height) = (state.width, usize::from(state.height.saturating_sub(AROUND)).max(1));
    let view = &mut state.view.matrix;
    state.dirty |= view.grid != grid;
    let old = std::mem::replace(&mut view.grid, grid);
    let grid = &view.grid;
    // A row that is gone gives way to the one that takes its place; a column likewise.
    let row = view.row.as_ref().and_then(|label| grid.rows.iter().position(|r| r.label == *label)).unwrap_or(view.at.0);
    let column = view.column.as_ref().and_then(|name| grid.columns.iter().position(|c| c == name)).unwrap_or(view.at.1);
    view.at = (row.min(grid.rows.len().saturating_sub(1)), column.min(grid.columns.len().saturating_sub(1)));
    view.row = grid.rows.get(view.at.0).map(|r| r.label.clone());
    view.column = grid.columns.get(view.at.1).cloned();
    view.top = list::window(view.top, view.at.0, height, grid.rows.len());
    view.left = list::window(view.left, view.at.1, widths(grid, width).fit, grid.columns.len());
    drop(old);
}

fn go_to(state: &mut AppState, row: usize, column: usize) {
    let view = &mut state.view.matrix;
    view.at = (row.min(view.grid.rows.len().saturating_sub(1)), column.min(view.grid.columns.len().saturating_sub(1)));
    view.row = view.grid.rows.get(view.at.0).map(|r| r.label.clone());
    view.column = view.grid.columns.get(view.at.1).cloned();
    refresh(state);
}

/// A click on a row.
pub fn go_to_row(state: &mut AppState, row: usize) {
    let column = state.view.matrix.at.1;
    go_to(state, row, column);
}

fn moved(at: usize, by: i64) -> usize {
    usize::try_from(i64::try_from(at).unwrap_or(0).saturating_add(by).max(0)).unwrap_or(0)
}

pub fn step(state: &mut AppState, by: i64) {
    let (row, column) = state.view.matrix.at;
    go_to(state, moved(row, by), column);
}

pub fn sideways(state: &mut AppState, by: i64) {
    let (row, column) = state.view.matrix.at;
    go_to(state, row, moved(column, by));
}

/// To the next or previous cell that is not well, row by row, from the start again at the end.
pub fn problem(state: &mut AppState, forward: bool) {
    let view = &state.view.matrix;
    let width = view.grid.columns.len();
    let len = view.grid.rows.len() * width;
    let is_bad = |at: &usize| {
        let cell = view.grid.rows.get(at / width.max(1)).and_then(|r| r.cells.get(at % width.max(1)));
        let row = cell.and_then(Option::as_ref).and_then(|id| state.fleet.rows.get(id));
        row.is_some_and(|r| !matches!(r.severity, Severity::Ok | Severity::Unassessed) && r.ack.is_none())
    };
    let here = view.at.0 * width + view.at.1;
    let found = if forward {
        (here + 1..len).chain(0..here.min(len)).find(is_bad)
    } else {
        (0..here.min(len)).rev().chain((here + 1..len).rev()).find(is_bad)
    };
    match found {
        Some(at) => go_to(state, at / width, at % width),
        None => state.notices.flash(state.now, "Every other cell shown is well."),
    }
}

/// Apps that run on one cluster only: shown or folded.
pub fn fold(state: &mut AppState) {
    state.view.matrix.unfolded = !state.view.matrix.unfolded;
    refresh(state);
}

pub fn mark(state: &mut AppState) {
    match state.view.matrix.app().cloned() {
        Some(id) => {
            if !state.view.marks.remove(&id) {
                state.view.marks.insert(id);
            }
        }
        None => state.notices.flash(state.now, nothing_here(state)),
    }
}

/// To the app of the cell, on the main screen.
pub fn follow(state: &mut AppState) {
    match state.view.matrix.app().cloned() {
        Some(id) => list::reveal(state, id),
        None => state.notices.flash(state.now, nothing_here(state)),
    }
}

fn nothing_here(state: &AppState) -> String {
    let view = &state.view.matrix;
    match (&view.row, &view.column) {
        (Some(app), Some(cluster)) => format!("{app} does not run on {cluster}, as far as driftdeck sees."),
        _ => "No app is shown.".to_owned(),
    }
}

/// One step back: the search, then the screen.
pub fn back(state: &mut AppState) {
    if state.view.matrix.search.is_empty() {
        state.screen = Screen::Main;
    } else {
        state.view.matrix.search.clear();
        refresh(state);
    }
    state.dirty = true;
}
