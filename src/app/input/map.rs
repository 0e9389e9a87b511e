//! Keys of the list of contexts that may reach a destination.

use super::lists::{is_close, walk};
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::mapping::{self, Choice};
use crate::app::overlay::Overlay;
use crate::app::state::AppState;
use crate::app::update::close_overlay;

pub fn map(state: &mut AppState, key: Key) -> Vec<Effect> {
    let Some(Overlay::Map { target, .. }) = state.overlays.last() else { return Vec::new() };
    let target = target.clone();
    let choices = mapping::choices(state, &target);
    let Some(Overlay::Map { cursor, .. }) = state.overlays.last_mut() else { return Vec::new() };
    if walk(cursor, choices.len(), key) {
        return Vec::new();
    }
    let at = *cursor;
    match key.code {
        KeyCode::Enter => {
            let done = match choices.get(at) {
                Some(Choice::Context { id, .. }) => mapping::choose(state, &target, id),
                Some(Choice::Nothing) => Ok(mapping::take_back(state, &target)),
                None => Ok(Vec::new()),
            };
            match done {
                Ok(out) => {
                    close_overlay(state);
                    return out;
                }
                Err(why) => state.notices.flash(state.now, why),
            }
        }
        _ if is_close(key) => {
            close_overlay(state);
        }
        _ => {}
    }
    Vec::new()
}
