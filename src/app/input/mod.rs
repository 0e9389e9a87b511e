//! Keys, pastes and clicks to whatever has the focus: the topmost overlay, a text field, the screen's keymap.

mod acknowledge;
pub mod choose;
pub mod confirm;
pub mod lists;
pub mod log;
mod map;
pub mod picker;
pub mod press;
pub mod search;
mod views;

use super::action;
use super::effect::Effect;
use super::key::{Key, KeyCode};
use super::keymap;
use super::layout::{self, Form};
use super::list;
use super::msg::MouseKind;
use super::overlay::Overlay;
use super::overlay::confirm::Focus;
use super::pane::Pane;
use super::state::{AppState, Screen};
use crate::domain::Timestamp;

/// Rows stay where they are for this long after a key, ms.
const HOLD_MS: i64 = 500;

pub fn on_key(state: &mut AppState, key: Key) -> Vec<Effect> {
    state.dirty = true;
    state.view.touched = true;
    super::details::enliven(state);
    if let Some((at, _, _)) = &state.notices.flash {
        // A clock that stands still would keep it for ever.
        if state.settings.frozen || state.now.as_millisecond() - at.as_millisecond() > 300 {
            state.notices.flash = None;
        }
    }
    let hold = if state.settings.frozen { 0 } else { HOLD_MS };
    state.view.hold_until = Timestamp::from_millisecond(state.now.as_millisecond() + hold).ok();
    if key == Key::ctrl('c') {
        return action::quit::ask(state);
    }
    if key == Key::ctrl('z') {
        return vec![Effect::SuspendProgram];
    }
    if layout::form(state.width, state.height) == Form::Tiny && state.width > 0 {
        return tiny(state, key);
    }
    let may_send = matches!(state.overlays.last(), None | Some(Overlay::Confirm(_)));
    if may_send && is_dead(state, key) {
        return Vec::new();
    }
    if key == Key::char('?') && opens_help(state) {
        return run(state, &action::window::HELP);
    }
    if !state.overlays.is_empty() {
        return overlay(state, key);
    }
    match &mut state.screen {
        Screen::Main if state.view.filter.editing => search::filter_key(state, key),
        Screen::Diff(d) if d.searching => {
            search::edit(&mut d.search, &mut d.searching, key);
            super::pane::diff::search_moved(d);
            Vec::new()
        }
        Screen::Timeline if state.view.timeline.searching => {
            let view = &mut state.view.timeline;
            search::edit(&mut view.search, &mut view.searching, key);
            super::timeline::refresh(state);
            Vec::new()
        }
        Screen::Matrix if state.view.matrix.searching => {
            let view = &mut state.view.matrix;
            search::edit(&mut view.search, &mut view.searching, key);
            super::matrix::refresh(state);
            Vec::new()
        }
        Screen::Rollback(r) if r.editing => super::rollback::edit_message(state, key),
        Screen::Rollback(r) if r.stage == super::rollback::Stage::Plan && r.plan.is_some() => confirm::rollback_key(state, key),
        _ => bound(state, key),
    }
}

/// Nothing is typed where the key would be text; help itself closes with it.
fn opens_help(state: &AppState) -> bool {
    match state.overlays.last() {
        Some(Overlay::Help(_) | Overlay::Palette(_) | Overlay::Acknowledge(_) | Overlay::Message { .. }) => false,
        Some(Overlay::Confirm(dialog)) => !dialog.focus.is_text(),
        Some(Overlay::Log(view)) => !view.searching,
        Some(_) => true,
        None => match &state.screen {
            Screen::Rollback(r) if super::help::is_plan_step(state) => r.plan.as_ref().is_some_and(|plan| !plan.focus.is_text()),
            _ => false,
        },
    }
}

/// `q` and what confirms, typed at an overlay that just closed, are dropped: a plan may be below it.
fn is_dead(state: &AppState, key: Key) -> bool {
    let types = matches!(state.overlays.last(), Some(Overlay::Confirm(c)) if c.focus.is_text());
    let harmless = match &state.screen {
        Screen::Rollback(r) => r.editing,
        Screen::Diff(d) => d.searching,
        Screen::Timeline => state.view.timeline.searching,
        Screen::Matrix => state.view.matrix.searching,
        Screen::Main => state.view.filter.editing,
        Screen::Drift => false,
    };
    let strikes = match key.code {
        KeyCode::Enter => true,
        KeyCode::Char('q' | 'y') => !types && !harmless,
        KeyCode::Char(' ') => !types && !state.overlays.is_empty(),
        _ => false,
    };
    strikes && state.dead_until.is_some_and(|until| state.now < until)
}

fn bound(state: &mut AppState, key: Key) -> Vec<Effect> {
    match keymap::resolve(state, key) {
        Some(found) => run(state, found),
        None => Vec::new(),
    }
}

/// Runs an action, or says why it is off.
pub fn run(state: &mut AppState, action: &'static action::Action) -> Vec<Effect> {
    match (action.off)(state) {
        Some(why) => {
            state.notices.flash(state.now, why);
            Vec::new()
        }
        None => (action.run)(state),
    }
}

fn tiny(state: &mut AppState, key: Key) -> Vec<Effect> {
    let at = list::position(state);
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => list::go_to(state, at + 1),
        KeyCode::Char('k') | KeyCode::Up => list::go_to(state, at.saturating_sub(1)),
        KeyCode::Char('q') => return action::quit::ask(state),
        _ => state.notices.flash(state.now, "window too small"),
    }
    Vec::new()
}

fn overlay(state: &mut AppState, key: Key) -> Vec<Effect> {
    match state.overlays.last() {
        Some(Overlay::Confirm(_)) => confirm::key(state, key),
        Some(Overlay::Progress(_)) => lists::progress(state, key),
        Some(Overlay::Help(_)) => lists::help(state, key),
        Some(Overlay::Palette(_)) => lists::palette(state, key),
        Some(Overlay::Notices(_)) => lists::notices(state, key),
        Some(Overlay::Journal(_)) => lists::journal(state, key),
        Some(Overlay::Themes { .. }) => lists::themes(state, key),
        Some(Overlay::Picker(_)) => picker::key(state, key),
        Some(Overlay::Clusters { .. }) => lists::clusters(state, key),
        Some(Overlay::Log(_)) => log::key(state, key),
        Some(Overlay::Message { .. }) => lists::message(state, key),
        Some(Overlay::Acknowledge(_)) => acknowledge::key(state, key),
        Some(Overlay::Actions { .. }) => lists::actions(state, key),
        Some(Overlay::Map { .. }) => map::map(state, key),
        Some(Overlay::Order { .. }) => choose::order(state, key),
        Some(Overlay::Views { .. }) => views::views(state, key),
        Some(Overlay::Copy { .. }) => choose::copy(state, key),
        Some(Overlay::Repositories { .. }) => choose::repositories(state, key),
        None => Vec::new(),
    }
}

/// Pasted text goes only into a text field; never where a name is typed to confirm, and never to the keymap.
pub fn on_paste(state: &mut AppState, text: &str) -> Vec<Effect> {
    state.dirty = true;
    let clean = crate::domain::text::sanitise(text, 500);
    let mut refused = Some("A paste on this screen does nothing; keys are typed.");
    match state.overlays.last_mut() {
        // A reason, or a commit that was copied: neither confirms anything.
        Some(Overlay::Confirm(c)) if matches!(c.focus, Focus::Reason | Focus::Field(_)) => {
            if let Some(text) = confirm::text_of(c) {
                text.push_str(&clean);
            }
            // What is sent is what is shown: the plan carries the reason.
            return action::plan::rebuild(state);
        }
        Some(Overlay::Confirm(_)) => refused = Some("What confirms a plan is typed, not pasted."),
        Some(Overlay::Palette(p)) => {
            p.input.push_str(&clean);
            refused = None;
        }
        Some(Overlay::Help(h)) if h.searching => {
            h.search.push_str(&clean);
            refused = None;
        }
        Some(Overlay::Acknowledge(dialog)) => {
            dialog.field().push_str(&clean);
            refused = None;
        }
        Some(_) => {}
        None => match &mut state.screen {
            Screen::Main if state.view.filter.editing => {
                state.view.filter.text.push_str(&clean);
                state.fleet.derive.list_changed = true;
                state.view.hold_until = None;
                refused = None;
            }
            Screen::Rollback(r) if r.editing => {
                r.message.insert_str(crate::domain::text::sanitise_lines(text, 5000));
                refused = None;
            }
            Screen::Diff(d) if d.searching => {
                d.search.push_str(&clean);
                refused = None;
            }
            Screen::Matrix if state.view.matrix.searching => {
                state.view.matrix.search.push_str(&clean);
                super::matrix::refresh(state);
                refused = None;
            }
            Screen::Timeline if state.view.timeline.searching => {
                state.view.timeline.search.push_str(&clean);
                super::timeline::refresh(state);
                refused = None;
            }
            _ => {}
        },
    }
    if let Some(why) = refused {
        state.notices.flash(state.now, why);
    }
    Vec::new()
}

pub fn on_mouse(state: &mut AppState, kind: MouseKind, x: u16, y: u16) -> Vec<Effect> {
    if !state.overlays.is_empty() || !matches!(state.screen, Screen::Main) {
        let code = match kind {
            MouseKind::WheelUp => KeyCode::Up,
            MouseKind::WheelDown => KeyCode::Down,
            MouseKind::Click => return Vec::new(),
        };
        return on_key(state, Key::plain(code));
    }
    let panes = layout::main(state);
    let at = ratatui::layout::Position { x, y };
    let pane = [(Pane::Clusters, panes.clusters), (Pane::Apps, panes.apps), (Pane::Repos, panes.repos), (Pane::Details, panes.details)]
        .into_iter()
        .find(|(_, r)| r.contains(at));
    let Some((pane, area)) = pane else { return Vec::new() };
    state.dirty = true;
    state.view.touched = true;
    match (kind, pane) {
        (MouseKind::Click, Pane::Apps) => {
            state.view.focus = Pane::Apps;
            let row = usize::from(y.saturating_sub(area.y));
            if row >= 2 {
                let position = state.view.apps_top + row - 2;
                if position < state.fleet.shown.len() {
                    list::go_to(state, position);
                }
            }
        }
        (MouseKind::Click, pane) => state.view.focus = pane,
        (kind, pane) => {
            state.view.focus = pane;
            let code = if kind == MouseKind::WheelUp { KeyCode::Up } else { KeyCode::Down };
            for _ in 0..3 {
                bound(state, Key::plain(code));
            }
        }
    }
    Vec::new()
}
