//! Keys of the small menus: sort order and columns, what to copy.

use super::lists::{is_close, walk};
use crate::app::action::copy;
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::overlay::Overlay;
use crate::app::pane::apps::{Sort, Wide};
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
