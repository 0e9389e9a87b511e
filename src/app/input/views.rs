//! Keys of the list of views.

use super::lists::{is_close, walk};
use super::search::type_into;
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::overlay::Overlay;
use crate::app::state::AppState;
use crate::app::update::close_overlay;
use crate::app::views;

pub fn views(state: &mut AppState, key: Key) -> Vec<Effect> {
    let all = views::all(state);
    let Some(Overlay::Views { cursor, naming }) = state.overlays.last_mut() else { return Vec::new() };
    if naming.is_some() {
        return name(state, key);
    }
    *cursor = (*cursor).min(all.len().saturating_sub(1));
    if walk(cursor, all.len(), key) {
        return Vec::new();
    }
    let at = match key.code {
        KeyCode::Char(c @ '1'..='9') => usize::try_from(u32::from(c) - u32::from('1')).unwrap_or(0),
        _ => *cursor,
    };
    let Some(view) = all.get(at) else { return Vec::new() };
    match key.code {
        KeyCode::Enter | KeyCode::Char('1'..='9') => {
            close_overlay(state);
            return views::choose(state, view);
        }
        KeyCode::Char('+') => *naming = Some(String::new()),
        KeyCode::Char('*') => return said(state, |s| views::start_with(s, view)),
        KeyCode::Char('-') => return said(state, |s| views::remove(s, view)),
        KeyCode::Char('v') => {
            close_overlay(state);
        }
        _ if is_close(key) => {
            close_overlay(state);
        }
        _ => {}
    }
    Vec::new()
}

/// Enter saves under the name, Esc leaves it.
fn name(state: &mut AppState, key: Key) -> Vec<Effect> {
    let Some(Overlay::Views { naming: Some(text), .. }) = state.overlays.last_mut() else { return Vec::new() };
    match key.code {
        KeyCode::Esc => named(state),
        KeyCode::Enter => {
            let text = text.clone();
            let out = said(state, |s| views::save(s, &text));
            if !out.is_empty() {
                named(state);
            }
            return out;
        }
        _ => {
            type_into(text, key);
        }
    }
    Vec::new()
}

fn named(state: &mut AppState) {
    if let Some(Overlay::Views { naming, .. }) = state.overlays.last_mut() {
        *naming = None;
    }
}

/// What cannot be done is said in the hint row.
fn said(state: &mut AppState, act: impl FnOnce(&mut AppState) -> Result<Vec<Effect>, String>) -> Vec<Effect> {
    act(state).unwrap_or_else(|why| {
        state.notices.flash(state.now, why);
        Vec::new()
    })
}
