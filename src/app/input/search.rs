//! Text fields of one line: the filter and searches.

use crate::app::effect::Effect;
use crate::app::filter;
use crate::app::key::{Key, KeyCode};
use crate::app::pane::Filter;
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
    let completion = if key.code == KeyCode::Tab { Some(filter::complete(state)) } else { None };
    let view = &mut state.view.filter;
    match key.code {
        KeyCode::Enter => {
            view.editing = false;
            let text = view.text.trim().to_owned();
            if !text.is_empty() {
                view.older.retain(|o| *o != text);
                view.older.push(text);
            }
        }
        KeyCode::Esc => {
            view.editing = false;
            view.text = std::mem::take(&mut view.before);
        }
        KeyCode::Tab => match (view.suggestion.take(), completion) {
            (Some(meant), _) => view.text = meant,
            (None, Some(completion)) => {
                if let Some(first) = completion.list.first() {
                    view.text.truncate(completion.start);
                    view.text.push_str(&first.insert);
                }
            }
            (None, None) => {}
        },
        KeyCode::Up if view.back < view.older.len() => {
            view.back += 1;
            view.text = older(view);
        }
        KeyCode::Down if view.back > 0 => {
            view.back -= 1;
            view.text = older(view);
        }
        KeyCode::Up | KeyCode::Down => return Vec::new(),
        _ => {
            if type_into(&mut view.text, key) {
                view.back = 0;
            }
        }
    }
    state.fleet.derive.list_changed = true;
    state.view.hold_until = None;
    Vec::new()
}

fn older(view: &Filter) -> String {
    let at = view.older.len().checked_sub(view.back).filter(|_| view.back > 0);
    at.and_then(|at| view.older.get(at)).cloned().unwrap_or_default()
}
