//! Text fields of one line: the filter and searches.

use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::state::AppState;

/// Edits a one-line field; Enter and Esc end the editing (Esc clears). Returns whether the text changed.
pub fn edit(text: &mut String, editing: &mut bool, key: Key) -> bool {
    match key.code {
        KeyCode::Enter => *editing = false,
        KeyCode::Esc => {
            *editing = false;
            text.clear();
            return true;
        }
        _ => return type_into(text, key),
    }
    false
}

/// Letters, backspace, Ctrl-u and Ctrl-w; anything else is no text.
pub fn type_into(text: &mut String, key: Key) -> bool {
    match key.code {
        KeyCode::Char('u') if key.ctrl => text.clear(),
        KeyCode::Char('w') if key.ctrl => {
            let keep = text.trim_end().rfind(' ').map_or(0, |i| i + 1);
            text.truncate(keep);
        }
        KeyCode::Char(c) if !key.ctrl && !key.alt && text.chars().count() < 500 => text.push(c),
        KeyCode::Backspace => {
            text.pop();
        }
        _ => return false,
    }
    true
}

/// The list filter: it narrows while it is typed; Enter keeps it, Esc puts the earlier one back.
pub fn filter_key(state: &mut AppState, key: Key) -> Vec<Effect> {
    let filter = &mut state.view.filter;
    match key.code {
        KeyCode::Enter => filter.editing = false,
        KeyCode::Esc => {
            filter.editing = false;
            filter.text = std::mem::take(&mut filter.before);
        }
        KeyCode::Down | KeyCode::Up => {
            let at = crate::app::list::position(state);
            crate::app::list::go_to(state, if key.code == KeyCode::Down { at + 1 } else { at.saturating_sub(1) });
            return Vec::new();
        }
        _ => {
            type_into(&mut filter.text, key);
        }
    }
    state.fleet.derive.list_changed = true;
    state.view.hold_until = None;
    Vec::new()
}
