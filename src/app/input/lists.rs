//! Keys of the overlays that are lists: help, palette, notices, journal, themes, clusters, actions, progress.

use super::search::{edit, type_into};
use crate::app::action::go;
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::keymap;
use crate::app::overlay::Overlay;
use crate::app::rollback::refused;
use crate::app::state::AppState;
use crate::app::update::close_overlay;

/// Moves a cursor over `len` lines; `true` when the key was a movement.
pub fn walk(cursor: &mut usize, len: usize, key: Key) -> bool {
    let last = len.saturating_sub(1);
    match key.code {
        KeyCode::Char('j') if !key.ctrl => *cursor = (*cursor + 1).min(last),
        KeyCode::Char('k') if !key.ctrl => *cursor = cursor.saturating_sub(1),
        KeyCode::Char('g') => *cursor = 0,
        KeyCode::Char('G') => *cursor = last,
        _ => return arrows(cursor, len, key),
    }
    true
}

/// As `walk`, for lists under a text field: letters stay text.
fn arrows(cursor: &mut usize, len: usize, key: Key) -> bool {
    let last = len.saturating_sub(1);
    match key.code {
        KeyCode::Down => *cursor = (*cursor + 1).min(last),
        KeyCode::Up => *cursor = cursor.saturating_sub(1),
        KeyCode::PageDown => *cursor = (*cursor + 10).min(last),
        KeyCode::PageUp => *cursor = cursor.saturating_sub(10),
        KeyCode::Home => *cursor = 0,
        KeyCode::End => *cursor = last,
        KeyCode::Char('d') if key.ctrl => *cursor = (*cursor + 10).min(last),
        KeyCode::Char('u') if key.ctrl => *cursor = cursor.saturating_sub(10),
        _ => return false,
    }
    true
}

pub(super) fn is_close(key: Key) -> bool {
    matches!(key.code, KeyCode::Esc | KeyCode::Char('q')) && !key.ctrl
}

pub fn help(state: &mut AppState, key: Key) -> Vec<Effect> {
    let Some(Overlay::Help(h)) = state.overlays.last() else { return Vec::new() };
    let lines = crate::app::help::lines(state, &h.search);
    let Some(Overlay::Help(h)) = state.overlays.last_mut() else { return Vec::new() };
    if h.searching {
        if edit(&mut h.search, &mut h.searching, key) {
            h.cursor = 0;
        }
        return Vec::new();
    }
    if walk(&mut h.cursor, lines.len(), key) {
        return Vec::new();
    }
    match key.code {
        KeyCode::Char('/') => h.searching = true,
        KeyCode::Tab => {
            let group = lines.get(h.cursor).map_or("", |l| l.group);
            h.cursor = lines.iter().enumerate().skip(h.cursor).find(|(_, l)| l.group != group).map_or(0, |(i, _)| i);
        }
        KeyCode::Char('?') => {
            close_overlay(state);
        }
        KeyCode::Enter => {
            let action = lines.get(h.cursor).and_then(|l| l.action);
            close_overlay(state);
            return action.map_or_else(Vec::new, |a| super::run(state, a));
        }
        _ if is_close(key) => {
            close_overlay(state);
        }
        _ => {}
    }
    Vec::new()
}

pub fn palette(state: &mut AppState, key: Key) -> Vec<Effect> {
    let Some(Overlay::Palette(p)) = state.overlays.last() else { return Vec::new() };
    let lines = keymap::palette_lines(state, &p.input);
    let Some(Overlay::Palette(p)) = state.overlays.last_mut() else { return Vec::new() };
    if key.code == KeyCode::Up && p.cursor == 0 {
        if let Some(ran) = state.view.ran.iter().rev().nth(p.back) {
            p.input.clone_from(ran);
            p.back += 1;
        }
        return Vec::new();
    }
    if !key.ctrl && arrows(&mut p.cursor, lines.len(), key) {
        return Vec::new();
    }
    match key.code {
        KeyCode::Esc => {
            close_overlay(state);
        }
        KeyCode::Tab => {
            if let Some(line) = lines.get(p.cursor) {
                p.input = line.title.clone();
            }
        }
        KeyCode::Enter => {
            let action = lines.get(p.cursor).and_then(|l| l.action);
            if let Some(action) = action {
                let ran = action.title.to_owned();
                state.view.ran.retain(|r| *r != ran);
                state.view.ran.push(ran);
            }
            close_overlay(state);
            return action.map_or_else(Vec::new, |a| super::run(state, a));
        }
        _ => {
            if type_into(&mut p.input, key) {
                (p.cursor, p.back) = (0, 0);
            }
        }
    }
    Vec::new()
}

pub fn notices(state: &mut AppState, key: Key) -> Vec<Effect> {
    let len = state.notices.list.len();
    let Some(Overlay::Notices(view)) = state.overlays.last_mut() else { return Vec::new() };
    if walk(&mut view.cursor, len, key) {
        return Vec::new();
    }
    let cursor = view.cursor;
    match key.code {
        KeyCode::Enter => view.open = !view.open,
        KeyCode::Char('y') => return state.notices.list.get(cursor).map(|n| Effect::Copy(n.text.clone())).into_iter().collect(),
        KeyCode::Char('D') => {
            state.notices.list.clear();
            close_overlay(state);
        }
        KeyCode::Char('!') => {
            close_overlay(state);
        }
        _ if is_close(key) => {
            close_overlay(state);
        }
        _ => {}
    }
    Vec::new()
}

pub fn journal(state: &mut AppState, key: Key) -> Vec<Effect> {
    let rows = crate::app::journal::rows(&state.journal);
    let Some(Overlay::Journal(view)) = state.overlays.last_mut() else { return Vec::new() };
    if walk(&mut view.cursor, rows.len(), key) {
        return Vec::new();
    }
    match key.code {
        KeyCode::Enter => view.open = !view.open,
        KeyCode::Char('c') => {
            let Some(entry) = rows.get(view.cursor).map(|r| r.last) else { return Vec::new() };
            // A commit that was made and did not arrive is pushed as it is, not made once more.
            let task = state.tasks.iter().find(|t| t.plan.request_id == entry.plan.request_id && refused::kept(t).is_some());
            let commands = task.map_or_else(|| entry.plan.commands.clone(), refused::commands);
            return vec![Effect::Copy(commands.join("\n"))];
        }
        KeyCode::Char('@') => {
            close_overlay(state);
        }
        _ if is_close(key) => {
            close_overlay(state);
        }
        _ => {}
    }
    Vec::new()
}

pub fn themes(state: &mut AppState, key: Key) -> Vec<Effect> {
    let themes = state.settings.themes.clone();
    let Some(Overlay::Themes { cursor, before }) = state.overlays.last_mut() else { return Vec::new() };
    if walk(cursor, themes.len(), key) {
        if let Some(name) = themes.get(*cursor) {
            state.settings.theme.clone_from(name);
        }
        return Vec::new();
    }
    match key.code {
        KeyCode::Enter => {
            close_overlay(state);
            return vec![Effect::SaveTheme(state.settings.theme.clone())];
        }
        _ if is_close(key) => {
            state.settings.theme = before.clone();
            close_overlay(state);
        }
        _ => {}
    }
    Vec::new()
}

pub fn clusters(state: &mut AppState, key: Key) -> Vec<Effect> {
    let order = crate::app::pane::clusters::order(state);
    let Some(Overlay::Clusters { cursor }) = state.overlays.last_mut() else { return Vec::new() };
    if walk(cursor, order.len(), key) {
        return Vec::new();
    }
    let chosen = order.get(*cursor).cloned();
    match key.code {
        KeyCode::Enter => {
            close_overlay(state);
            state.view.cluster.clone_from(&chosen);
            state.view.only_cluster = chosen;
            state.fleet.derive.list_changed = true;
            state.view.hold_until = None;
            return go::focus(state, crate::app::pane::Pane::Apps);
        }
        KeyCode::Char('r') => return chosen.map(Effect::RetryCluster).into_iter().collect(),
        KeyCode::Char('l') => {
            state.view.cluster = chosen;
            return super::run(state, &crate::app::action::login::LOGIN);
        }
        KeyCode::Char('1') => {
            close_overlay(state);
        }
        _ if is_close(key) => {
            close_overlay(state);
        }
        _ => {}
    }
    Vec::new()
}

pub fn message(state: &mut AppState, key: Key) -> Vec<Effect> {
    if crate::app::action::quit::is_asked(state) && key == Key::char('q') {
        let too_early = state.dead_until.is_some_and(|until| state.now < until);
        return if too_early { Vec::new() } else { crate::app::action::quit::ask(state) };
    }
    if is_close(key) || key.code == KeyCode::Enter {
        close_overlay(state);
    }
    Vec::new()
}

pub fn actions(state: &mut AppState, key: Key) -> Vec<Effect> {
    let lines = keymap::action_lines(state);
    let Some(Overlay::Actions { cursor }) = state.overlays.last_mut() else { return Vec::new() };
    if walk(cursor, lines.len(), key) {
        return Vec::new();
    }
    match key.code {
        KeyCode::Enter => {
            let action = lines.get(*cursor).and_then(|l| l.action);
            close_overlay(state);
            return action.map_or_else(Vec::new, |a| super::run(state, a));
        }
        KeyCode::Char('x') => {
            close_overlay(state);
        }
        _ if is_close(key) => {
            close_overlay(state);
        }
        _ => {}
    }
    Vec::new()
}

pub fn progress(state: &mut AppState, key: Key) -> Vec<Effect> {
    let Some(Overlay::Progress(id)) = state.overlays.last() else { return Vec::new() };
    let Some(task) = state.task(*id) else { return Vec::new() };
    let app = task.app.clone();
    let (id, is_batch) = (*id, task.batch.is_some());
    if key.code == KeyCode::Char('c') {
        return vec![Effect::Copy(task.plan.commands.join("\n"))];
    }
    if is_batch && matches!(key.code, KeyCode::Char('x' | 'L' | 'd')) {
        if key.code == KeyCode::Char('x') {
            crate::app::staged::dialog::stop(state, id);
        }
        return Vec::new();
    }
    // Log and diff are those of the app the task is about, wherever the cursor went.
    if matches!(key.code, KeyCode::Char('L' | 'd')) {
        state.view.focus = crate::app::pane::Pane::Apps;
    }
    if matches!(key.code, KeyCode::Char('L' | 'd')) && state.view.app.as_ref() != Some(&app) {
        if !state.fleet.rows.contains_key(&app) {
            state.notices.flash(state.now, format!("{} is gone.", app.name));
            return Vec::new();
        }
        state.view.app = Some(app);
        state.view.rests_since = Some(state.now);
    }
    match key.code {
        KeyCode::Char('b') | KeyCode::Enter => {
            close_overlay(state);
        }
        KeyCode::Char('L') => return super::run(state, &crate::app::action::log::LOG),
        KeyCode::Char('d') => {
            close_overlay(state);
            return super::run(state, &crate::app::action::diff::DIFF);
        }
        _ if is_close(key) => {
            close_overlay(state);
        }
        _ => {}
    }
    Vec::new()
}
