//! Terminal events to messages.

use crate::app::key::{Key, KeyCode};
use crate::app::msg::{MouseKind, Msg};
use crate::ui::Hits;
use crossterm::event::{Event, KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};

/// `None` for what means nothing to us (key releases, moves, focus).
pub fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => key_of(key).map(Msg::Key),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(width, height) => Some(Msg::Resize { width, height }),
        Event::Mouse(mouse) => {
            let kind = match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => MouseKind::Click,
                MouseEventKind::ScrollUp => MouseKind::WheelUp,
                MouseEventKind::ScrollDown => MouseKind::WheelDown,
                _ => return None,
            };
            Some(Msg::Mouse { kind, x: mouse.column, y: mouse.row })
        }
        _ => None,
    }
}

/// A click on something that says what it does becomes that; another one stays a place.
pub fn aim(msg: &mut Msg, hits: &Hits) {
    if let Msg::Mouse { kind: MouseKind::Click, x, y } = msg
        && let Some(press) = hits.at(*x, *y)
    {
        *msg = Msg::Press(press);
    }
}

fn key_of(key: KeyEvent) -> Option<Key> {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    let code = match key.code {
        Code::Char(c) => KeyCode::Char(if ctrl { c.to_ascii_lowercase() } else { c }),
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Tab if key.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => KeyCode::BackTab,
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::F(n) => KeyCode::F(n),
        _ => return None,
    };
    Some(Key { code, ctrl, alt })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: Code, modifiers: KeyModifiers) -> Option<Msg> {
        message(Event::Key(KeyEvent::new(code, modifiers)))
    }

    #[test]
    fn shift_is_part_of_the_letter_and_control_is_written_small() {
        assert_eq!(press(Code::Char('R'), KeyModifiers::SHIFT), Some(Msg::Key(Key::char('R'))));
        assert_eq!(press(Code::Char('D'), KeyModifiers::CONTROL), Some(Msg::Key(Key::ctrl('d'))));
        assert_eq!(press(Code::Tab, KeyModifiers::SHIFT), Some(Msg::Key(Key::plain(KeyCode::BackTab))));
        assert_eq!(press(Code::BackTab, KeyModifiers::SHIFT), Some(Msg::Key(Key::plain(KeyCode::BackTab))));
    }

    #[test]
    fn a_released_key_is_no_second_press() {
        let mut key = KeyEvent::new(Code::Enter, KeyModifiers::NONE);
        key.kind = KeyEventKind::Release;
        assert_eq!(message(Event::Key(key)), None);
        assert_eq!(message(Event::FocusGained), None);
    }

    #[test]
    fn a_paste_is_one_message_and_never_keys() {
        assert_eq!(message(Event::Paste("s\ny".into())), Some(Msg::Paste("s\ny".into())));
    }
}
