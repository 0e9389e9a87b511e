//! Keys of the cluster picker.

use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::overlay::Overlay;
use crate::app::pane::clusters;
use crate::app::state::AppState;
use crate::app::update::close_overlay;
use crate::domain::ids::ClusterId;

pub fn key(state: &mut AppState, key: Key) -> Vec<Effect> {
    let Some(Overlay::Picker(picker)) = state.overlays.last_mut() else { return Vec::new() };
    let last = picker.choices.len().saturating_sub(1);
    match key.code {
        KeyCode::Char('j') | KeyCode::Down => picker.cursor = (picker.cursor + 1).min(last),
        KeyCode::Char('k') | KeyCode::Up => picker.cursor = picker.cursor.saturating_sub(1),
        KeyCode::Char('g') | KeyCode::Home => picker.cursor = 0,
        KeyCode::Char('G') | KeyCode::End => picker.cursor = last,
        KeyCode::Char(' ') => {
            if let Some(choice) = picker.choices.get_mut(picker.cursor) {
                choice.watch = !choice.watch;
            }
        }
        KeyCode::Char('p') => mark(state),
        KeyCode::Char('a') => {
            let all = picker.choices.iter().all(|c| c.watch);
            picker.choices.iter_mut().for_each(|c| c.watch = !all);
        }
        KeyCode::Esc | KeyCode::Char('q') if picker.first => return vec![Effect::Quit(0)],
        KeyCode::Esc | KeyCode::Char('q') => {
            close_overlay(state);
        }
        KeyCode::Enter => return choose(state),
        _ => {}
    }
    Vec::new()
}

fn mark(state: &mut AppState) {
    let Some(Overlay::Picker(picker)) = state.overlays.last() else { return };
    let Some(choice) = picker.choices.get(picker.cursor) else { return };
    if is_kept(state, &choice.cluster) {
        let text = format!("The configuration protects {}: `protected` in config.yaml.", choice.cluster);
        return state.notices.flash(state.now, text);
    }
    if let Some(Overlay::Picker(picker)) = state.overlays.last_mut()
        && let Some(choice) = picker.choices.get_mut(picker.cursor)
    {
        choice.protected = !choice.protected;
    }
}

fn is_kept(state: &AppState, id: &ClusterId) -> bool {
    state.contexts.iter().any(|info| info.id == *id && clusters::is_kept_protected(state, info))
}

fn choose(state: &mut AppState) -> Vec<Effect> {
    let Some(Overlay::Picker(picker)) = state.overlays.last() else { return Vec::new() };
    let chosen: Vec<_> = picker.choices.iter().filter(|c| c.watch).map(|c| c.cluster.clone()).collect();
    // What the config says is no choice made here: it must not outlive the config.
    let marks = picker.choices.iter().filter(|c| !is_kept(state, &c.cluster)).map(|c| (c.cluster.clone(), c.protected));
    let protected: Vec<_> = marks.collect();
    if chosen.is_empty() {
        state.notices.flash(state.now, "Mark at least one cluster with space.");
        return Vec::new();
    }
    close_overlay(state);
    state.marked.extend(protected.iter().cloned());
    let mut out = vec![Effect::SaveClusters { chosen: chosen.clone(), protected }];
    out.extend(clusters::watch(state, chosen));
    out
}
