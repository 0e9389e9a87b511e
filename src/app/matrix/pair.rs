//! What `d` compares: two marked cells of one app, else the cell under the cursor with what is wanted there.

use crate::app::action::actable_app;
use crate::app::effect::{DiffMode, Effect};
use crate::app::pane::diff;
use crate::app::state::AppState;
use crate::domain::ids::AppId;

/// The app of the cell under the cursor.
pub fn here(state: &AppState) -> Result<AppId, String> {
    state.view.matrix.app().cloned().ok_or_else(|| super::nothing_here(state))
}

/// One app, or two from left to right. Errors: why there is nothing to compare.
pub fn compared(state: &AppState) -> Result<(AppId, Option<AppId>), String> {
    let (one, other) = match state.view.marks.len() {
        0 | 1 => (here(state)?, None),
        2 => marked(state)?,
        n => return Err(format!("{n} apps are marked; d compares two.")),
    };
    for id in [Some(&one), other.as_ref()].into_iter().flatten() {
        actable_app(state, id)?;
    }
    Ok((one, other))
}

/// The two marked cells.
fn marked(state: &AppState) -> Result<(AppId, Option<AppId>), String> {
    let grid = &state.view.matrix.grid;
    let mut cells: Vec<(usize, &AppId)> = Vec::new();
    for row in &grid.rows {
        cells.extend(
            row.cells.iter().enumerate().filter_map(|(at, id)| Some((at, id.as_ref().filter(|id| state.view.marks.contains(id))?))),
        );
    }
    cells.sort_by_key(|(at, _)| *at);
    match cells.as_slice() {
        [(_, one), (_, other)] if one.name == other.name => Ok(((*one).clone(), Some((*other).clone()))),
        [(_, one), (_, other)] => Err(format!("{} and {} are marked; d compares two cells of one app.", one.name, other.name)),
        _ => Err("Two apps are marked, and not both are shown here; d compares two cells of one app.".into()),
    }
}

pub fn diff(state: &mut AppState) -> Vec<Effect> {
    match compared(state) {
        Ok((one, Some(other))) => diff::open_two(state, &one, &other),
        Ok((one, None)) => diff::open_for(state, &one, DiffMode::LiveVsDesired),
        Err(_) => Vec::new(),
    }
}
