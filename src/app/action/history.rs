//! The entry under the cursor of the History tab, deployed again by Argo CD itself: temporary, git stays as it is.

use super::{Action, Group, plan, writable};
use crate::app::fleet::Row;
use crate::app::pane::{Pane, Tab};
use crate::app::state::AppState;
use crate::domain::plan::PlanChoices;
use crate::engine::Verb;

pub static ROLL_BACK_TO: Action = Action {
    name: "roll_back_to_entry",
    title: "temporary rollback",
    help: "Argo CD deploys the entry of the History tab again, git unchanged; R reverts in git, which lasts",
    group: Group::App,
    off: |s| writable(s).map_or_else(Some, |row| chosen(s, row).err()),
    run: |s| {
        let Some(row) = s.row() else { return Vec::new() };
        let (id, chosen) = (row.app.id.clone(), chosen(s, row));
        let Ok(entry) = chosen else { return Vec::new() };
        plan::open_for(s, &id, Verb::RollBackTo, PlanChoices { history: Some(entry), ..PlanChoices::default() })
    },
    mutates: true,
};

/// Id of the entry under the cursor, or why there is none.
fn chosen(state: &AppState, row: &Row) -> Result<i64, String> {
    if row.app.argo().is_none() {
        return Err("Flux has no rollback to its history; R reverts in git.".into());
    }
    let is_there = state.view.tab == Tab::History && state.view.focus == Pane::Details && state.view.details_of == Pane::Apps;
    if !is_there {
        return Err("An entry of the History tab must be under the cursor: 3, then ] to it.".into());
    }
    let entry = row.app.history.get(state.view.details_cursor);
    entry.and_then(|e| e.id).ok_or_else(|| format!("Argo CD kept no history of {}.", row.app.id.name))
}
