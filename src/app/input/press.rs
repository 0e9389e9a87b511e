//! Clicks on what was drawn: hints, lines, buttons, tabs.

use super::{confirm, on_key};
use crate::app::action::go::turn_to;
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::list;
use crate::app::msg::Press;
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::{Confirm, Focus};
use crate::app::pane::{Pane, Tab, clusters, repos};
use crate::app::state::{AppState, Screen};

pub fn on_press(state: &mut AppState, press: Press) -> Vec<Effect> {
    state.dirty = true;
    state.view.touched = true;
    match press {
        Press::Key(key) => on_hint(state, key),
        Press::Line(at) => {
            line(state, at);
            Vec::new()
        }
        Press::Stop(at) => stop(state, at),
        Press::Row(pane, at) => {
            row(state, pane, at);
            Vec::new()
        }
        Press::Tab(at) => {
            if let Some(tab) = Tab::ALL.get(at) {
                turn_to(state, *tab);
                (state.view.focus, state.view.details_of) = (Pane::Details, Pane::Apps);
            }
            Vec::new()
        }
    }
}

/// A letter of a hint beside a text field is no text: the field is kept first.
fn on_hint(state: &mut AppState, key: Key) -> Vec<Effect> {
    if matches!(key.code, KeyCode::Char(_)) && state.overlays.is_empty() {
        state.view.filter.editing = false;
    }
    on_key(state, key)
}

fn line(state: &mut AppState, at: usize) {
    match state.overlays.last_mut() {
        Some(Overlay::Help(h)) => h.cursor = at,
        Some(Overlay::Palette(p)) => p.cursor = at,
        Some(Overlay::Notices(view) | Overlay::Journal(view)) => view.cursor = at,
        Some(Overlay::Picker(p)) => p.cursor = at.min(p.choices.len().saturating_sub(1)),
        Some(Overlay::Themes { cursor, .. }) => {
            *cursor = at;
            if let Some(name) = state.settings.themes.get(at) {
                state.settings.theme.clone_from(name);
            }
        }
        None if matches!(state.screen, Screen::Timeline) => crate::app::timeline::go_to(state, at),
        None if matches!(state.screen, Screen::Drift) => crate::app::drift::go_to(state, at),
        None if matches!(state.screen, Screen::Matrix) => crate::app::matrix::go_to_row(state, at),
        Some(
            Overlay::Clusters { cursor }
            | Overlay::Actions { cursor }
            | Overlay::Order { cursor }
            | Overlay::Copy { cursor }
            | Overlay::Views { cursor, .. }
            | Overlay::Map { cursor, .. }
            | Overlay::Repositories { cursor, .. },
        ) => *cursor = at,
        _ => {}
    }
}

/// The first click moves the focus there; one more presses it. Cancel needs one.
fn stop(state: &mut AppState, at: usize) -> Vec<Effect> {
    let dialog: Option<&mut Confirm> = match (state.overlays.last_mut(), &mut state.screen) {
        (Some(Overlay::Confirm(dialog)), _) => Some(dialog),
        (None, Screen::Rollback(screen)) => screen.plan.as_mut(),
        _ => None,
    };
    let Some(dialog) = dialog else { return Vec::new() };
    let Some(wanted) = dialog.stops().get(at).copied() else { return Vec::new() };
    let was = std::mem::replace(&mut dialog.focus, wanted);
    let presses = match wanted {
        Focus::Cancel | Focus::Option(_) => true,
        Focus::Confirm => was == wanted,
        Focus::Reason | Focus::Until | Focus::Field(_) | Focus::Typed => false,
    };
    if !presses {
        return Vec::new();
    }
    let key = Key::plain(KeyCode::Enter);
    if state.overlays.is_empty() { confirm::rollback_key(state, key) } else { confirm::key(state, key) }
}

fn row(state: &mut AppState, pane: Pane, at: usize) {
    (state.view.focus, state.view.details_scroll) = (pane, 0);
    if pane != Pane::Details {
        state.view.details_of = pane;
    }
    match pane {
        Pane::Apps => list::go_to(state, at),
        Pane::Clusters => state.view.cluster = clusters::order(state).into_iter().nth(at).or(state.view.cluster.take()),
        Pane::Repos => state.view.repo = repos::order(state).into_iter().nth(at).or(state.view.repo.take()),
        Pane::Details => {}
    }
}
