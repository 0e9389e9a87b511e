//! The commit message, edited on the screen.

use super::Stage;
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::state::{AppState, Screen};

/// Keys of the commit message; Esc or Ctrl-o ends the editing.
pub fn edit_message(state: &mut AppState, key: Key) -> Vec<Effect> {
    let Screen::Rollback(screen) = &mut state.screen else { return Vec::new() };
    let text = &mut screen.message;
    match key.code {
        KeyCode::Esc => screen.editing = false,
        KeyCode::Char('o') if key.ctrl => screen.editing = false,
        KeyCode::Enter => text.insert_newline(),
        KeyCode::Backspace => {
            text.delete_char();
        }
        KeyCode::Delete => {
            text.delete_next_char();
        }
        KeyCode::Char('w') if key.ctrl => {
            text.delete_word();
        }
        KeyCode::Char('u') if key.ctrl => {
            text.delete_line_by_head();
        }
        KeyCode::Char('k') if key.ctrl => {
            text.delete_line_by_end();
        }
        KeyCode::Char(c) if !key.ctrl && !key.alt => text.insert_char(c),
        code => {
            use tui_textarea::CursorMove::{Back, Bottom, Down, End, Forward, Head, Top, Up};
            let to = match code {
                KeyCode::Left => Some(Back),
                KeyCode::Right => Some(Forward),
                KeyCode::Up => Some(Up),
                KeyCode::Down => Some(Down),
                KeyCode::Home => Some(Head),
                KeyCode::End => Some(End),
                KeyCode::PageUp => Some(Top),
                KeyCode::PageDown => Some(Bottom),
                _ => None,
            };
            if let Some(to) = to {
                text.move_cursor(to);
            }
        }
    }
    // The plan shows the message: an edited one is planned again.
    if !screen.editing && screen.stage == Stage::Plan {
        return super::plan::open(state);
    }
    Vec::new()
}
