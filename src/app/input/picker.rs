//! Keys of the cluster picker.

use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::overlay::Overlay;
use crate::app::overlay::picker::{self, Picker};
use crate::app::pane::clusters;
use crate::app::state::AppState;
use crate::app::update::close_overlay;
use crate::domain::ids::ClusterId;

pub fn key(state: &mut AppState, key: Key) -> Vec<Effect> {
    let Some(Overlay::Picker(picker)) = state.overlays.last_mut() else { return Vec::new() };
    // The question goes with any other key.
    let asked = picker.asked.take();
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
        KeyCode::Char('a') => all_used(state),
        KeyCode::Char('l') => return log_in(state, asked.as_ref()),
        KeyCode::Char('r') => return look_again(state),
        // Another key than the one that was asked for means no; it must not end the program besides.
        KeyCode::Esc if asked.is_some() => {}
        KeyCode::Esc | KeyCode::Char('q') if picker.first => return vec![Effect::Quit(0)],
        KeyCode::Esc | KeyCode::Char('q') => {
            close_overlay(state);
            return vec![Effect::EndProbes];
        }
        KeyCode::Enter => return choose(state),
        _ => {}
    }
    Vec::new()
}

fn top(state: &AppState) -> Option<&Picker> {
    match state.overlays.last() {
        Some(Overlay::Picker(picker)) => Some(picker),
        _ => None,
    }
}

fn top_mut(state: &mut AppState) -> Option<&mut Picker> {
    match state.overlays.last_mut() {
        Some(Overlay::Picker(picker)) => Some(picker),
        _ => None,
    }
}

fn mark(state: &mut AppState) {
    let Some(choice) = top(state).and_then(|p| p.choices.get(p.cursor)) else { return };
    if is_kept(state, &choice.cluster) {
        let text = format!("The configuration protects {}: `protected` in config.yaml.", choice.cluster);
        return state.notices.flash(state.now, text);
    }
    if let Some(picker) = top_mut(state)
        && let Some(choice) = picker.choices.get_mut(picker.cursor)
    {
        choice.protected = !choice.protected;
    }
}

/// Marks every context that has an engine or that a hub deploys to; pressed again it takes these marks off.
fn all_used(state: &mut AppState) {
    let Some(picker) = top(state) else { return };
    let ties = picker::ties(state, picker);
    let used: Vec<bool> = picker.choices.iter().map(|c| picker::is_used(state, c, &ties)).collect();
    let open = picker.choices.iter().filter(|c| picker::is_open(state, c)).count();
    let on = picker.choices.iter().zip(&used).any(|(c, used)| *used && !c.watch);
    let found = used.contains(&true);
    if let Some(picker) = top_mut(state) {
        picker.choices.iter_mut().zip(used).filter(|(_, used)| *used).for_each(|(c, _)| c.watch = on);
    }
    match (found, open) {
        (false, 0) => state.notices.flash(state.now, "No context was found to have an engine; space marks one all the same."),
        (_, 0) => {}
        (_, 1) => state.notices.flash(state.now, "1 context has not answered yet; it is left as it was."),
        (_, open) => state.notices.flash(state.now, format!("{open} contexts have not answered yet; they are left as they were.")),
    }
}

/// Asks first: the program may open a browser, or a prompt for a password.
fn log_in(state: &mut AppState, asked: Option<&ClusterId>) -> Vec<Effect> {
    let Some(choice) = top(state).and_then(|p| p.choices.get(p.cursor)) else { return Vec::new() };
    let id = choice.cluster.clone();
    let program = picker::login_program(state, &id).map(str::to_owned);
    let why = match &program {
        _ if !picker::wants_login(state, choice) => Some(format!("{id} needs no login.")),
        None => Some(format!("The kubeconfig names no login program for {id}.")),
        Some(_) => None,
    };
    if let Some(why) = why {
        state.notices.flash(state.now, why);
        return Vec::new();
    }
    if asked != Some(&id) {
        if let Some(picker) = top_mut(state) {
            picker.asked = Some(id);
        }
        return Vec::new();
    }
    let contexts: Vec<ClusterId> = match (top(state), &program) {
        (Some(picker), Some(program)) => picker::waiting_for(state, picker, program).cloned().collect(),
        _ => Vec::new(),
    };
    forget(state, &contexts);
    vec![Effect::Login(id), Effect::Probe { contexts, may_log_in: true }]
}

fn look_again(state: &mut AppState) -> Vec<Effect> {
    let Some(choice) = top(state).and_then(|p| p.choices.get(p.cursor)) else { return Vec::new() };
    let id = choice.cluster.clone();
    if state.chosen.contains(&id) {
        return vec![Effect::RetryCluster(id)];
    }
    forget(state, std::slice::from_ref(&id));
    vec![Effect::Probe { contexts: vec![id], may_log_in: false }]
}

/// What was found there is asked anew.
fn forget(state: &mut AppState, contexts: &[ClusterId]) {
    if let Some(picker) = top_mut(state) {
        picker.choices.iter_mut().filter(|c| contexts.contains(&c.cluster)).for_each(|c| c.probe = None);
    }
}

fn is_kept(state: &AppState, id: &ClusterId) -> bool {
    state.contexts.iter().any(|info| info.id == *id && clusters::is_kept_protected(state, info))
}

fn choose(state: &mut AppState) -> Vec<Effect> {
    let Some(picker) = top(state) else { return Vec::new() };
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
    let mut out = vec![Effect::EndProbes, Effect::SaveClusters { chosen: chosen.clone(), protected }];
    out.extend(clusters::watch(state, chosen));
    out
}
