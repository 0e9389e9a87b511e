//! Keys of the small menus: sort order and columns, what to copy, which repository.

use super::lists::{is_close, walk};
use crate::app::action::copy;
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::overlay::Overlay;
use crate::app::pane::apps::{Sort, Wide};
use crate::app::rollback;
use crate::app::state::AppState;
use crate::app::update::close_overlay;

pub fn order(state: &mut AppState, key: Key) -> Vec<Effect> {
    let Some(Overlay::Order { cursor }) = state.overlays.last_mut() else { return Vec::new() };
    if walk(cursor, Sort::ALL.len() + Wide::ALL.len(), key) {
        return Vec::new();
    }
    let at = *cursor;
    match key.code {
        KeyCode::Enter | KeyCode::Char(' ') => {
            if let Some(sort) = Sort::ALL.get(at) {
                state.view.sort = *sort;
                state.fleet.derive.list_changed = true;
                state.view.hold_until = None;
            } else if let Some(wide) = Wide::ALL.get(at - Sort::ALL.len()) {
                if !state.view.hidden.remove(wide) {
                    state.view.hidden.insert(*wide);
                }
            }
            if key.code == KeyCode::Enter {
                close_overlay(state);
            }
        }
        KeyCode::Char('O') => {
            close_overlay(state);
        }
        _ if is_close(key) => {
            close_overlay(state);
        }
        _ => {}
    }
    Vec::new()
}

pub fn copy(state: &mut AppState, key: Key) -> Vec<Effect> {
    let items = copy::items(state);
    let Some(Overlay::Copy { cursor }) = state.overlays.last_mut() else { return Vec::new() };
    if walk(cursor, items.len(), key) {
        return Vec::new();
    }
    let at = *cursor;
    match key.code {
        KeyCode::Enter | KeyCode::Char('y') => {
            close_overlay(state);
            items.into_iter().nth(at).map(|(_, text)| Effect::Copy(text)).into_iter().collect()
        }
        _ if is_close(key) => {
            close_overlay(state);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Which repository to roll back; the row may be gone by now.
pub fn repositories(state: &mut AppState, key: Key) -> Vec<Effect> {
    let Some(Overlay::Repositories { app, .. }) = state.overlays.last() else { return Vec::new() };
    let id = app.clone();
    let choices = state.fleet.rows.get(&id).map(|row| rollback::choices(state, &row.app)).unwrap_or_default();
    let Some(Overlay::Repositories { cursor, .. }) = state.overlays.last_mut() else { return Vec::new() };
    if walk(cursor, choices.len(), key) {
        return Vec::new();
    }
    let at = *cursor;
    match key.code {
        KeyCode::Enter => {
            close_overlay(state);
            let Some(choice) = choices.into_iter().nth(at) else {
                state.notices.flash(state.now, format!("{} is gone.", id.name));
                return Vec::new();
            };
            state.view.app = Some(id);
            rollback::open_in(state, None, Some(choice.repo))
        }
        _ if is_close(key) => {
            close_overlay(state);
            Vec::new()
        }
        _ => Vec::new(),
    }
}
