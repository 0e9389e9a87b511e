//! Keys of the log overlay.

use super::search::edit;
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::log;
use crate::app::overlay::Overlay;
use crate::app::state::AppState;
use crate::app::update::close_overlay;

pub fn key(state: &mut AppState, key: Key) -> Vec<Effect> {
    let page = usize::from(state.height.saturating_sub(4)).max(1);
    let lines = match &state.fleet.detail.log {
        Some(log) => log.lines.as_ref().map_or(0, Vec::len),
        None => 0,
    };
    let Some(Overlay::Log(view)) = state.overlays.last_mut() else { return Vec::new() };
    if view.searching {
        edit(&mut view.search, &mut view.searching, key);
        return Vec::new();
    }
    let bottom = lines.saturating_sub(page);
    let top = view.top.unwrap_or(bottom);
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => view.top = Some((top + 1).min(bottom)),
        KeyCode::Char('k') | KeyCode::Up => view.top = Some(top.saturating_sub(1)),
        KeyCode::PageDown => view.top = Some((top + page).min(bottom)),
        KeyCode::PageUp => view.top = Some(top.saturating_sub(page)),
        KeyCode::Char('d') if key.ctrl => view.top = Some((top + page / 2).min(bottom)),
        KeyCode::Char('u') if key.ctrl => view.top = Some(top.saturating_sub(page / 2)),
        KeyCode::Char('g') | KeyCode::Home => view.top = Some(0),
        KeyCode::Char('G') | KeyCode::End => view.top = None,
        KeyCode::Char('w') => view.wrap = !view.wrap,
        KeyCode::Char('/') => view.searching = true,
        KeyCode::Char('n' | 'N') => search(state, key.code == KeyCode::Char('n'), top),
        KeyCode::Char('r') => return log::again(state),
        KeyCode::Char('f') => return log::toggle(state),
        KeyCode::Char('p') => return log::other_run(state),
        KeyCode::Char('c') => return log::next_container(state),
        KeyCode::Char('y') => {
            if let Some(Ok(lines)) = state.fleet.detail.log.as_ref().map(|l| &l.lines) {
                return vec![Effect::Copy(lines.join("\n"))];
            }
        }
        KeyCode::Esc | KeyCode::Char('q') => {
            close_overlay(state);
        }
        _ => {}
    }
    Vec::new()
}

/// Next or previous line that holds the searched text.
fn search(state: &mut AppState, forward: bool, top: usize) {
    let Some(Ok(lines)) = state.fleet.detail.log.as_ref().map(|l| &l.lines) else { return };
    let Some(Overlay::Log(view)) = state.overlays.last() else { return };
    let wanted = view.search.to_lowercase();
    if wanted.is_empty() {
        return;
    }
    let hits = |(_, line): &(usize, &String)| line.to_lowercase().contains(&wanted);
    let found = if forward {
        lines.iter().enumerate().skip(top + 1).find(hits).map(|(i, _)| i)
    } else {
        lines.iter().enumerate().take(top).rfind(hits).map(|(i, _)| i)
    };
    if let (Some(Overlay::Log(view)), Some(at)) = (state.overlays.last_mut(), found) {
        view.top = Some(at);
    }
}
