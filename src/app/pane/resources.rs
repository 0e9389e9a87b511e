//! The Resources tab: its lines, and the resources marked there for a sync of only them.

use super::{Pane, Tab};
use crate::app::effect::Effect;
use crate::app::fleet::Row;
use crate::app::state::{AppState, Screen};
use crate::domain::app::App;
use crate::domain::ids::{AppId, ObjectKey};
use std::collections::BTreeSet;

/// Marks of one app: those of another would be synced unseen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    app: Option<AppId>,
    keys: BTreeSet<ObjectKey>,
}

impl Marks {
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub fn clear(&mut self) {
        self.keys.clear();
    }

    pub fn has(&self, app: &AppId, key: &ObjectKey) -> bool {
        self.app.as_ref() == Some(app) && self.keys.contains(key)
    }

    /// Those of an app, among them what it may have no more: without them a sync of some would be one of others, or of all.
    pub fn of(&self, app: &AppId) -> Vec<ObjectKey> {
        if self.app.as_ref() == Some(app) { self.keys.iter().cloned().collect() } else { Vec::new() }
    }
}

/// It has the focus, of an app.
pub fn is_open(state: &AppState) -> bool {
    let view = &state.view;
    matches!(state.screen, Screen::Main) && view.focus == Pane::Details && view.details_of == Pane::Apps && view.tab == Tab::Resources
}

/// What each line is about, in the order of the lines: the live tree where it was read, else what the engine reports.
pub fn keys(state: &AppState, row: &Row) -> Vec<ObjectKey> {
    match state.fleet.read_of(&row.app.id) {
        Some((_, Ok(nodes))) if !nodes.is_empty() => nodes.iter().map(|n| n.key.clone()).collect(),
        _ => row.app.resources.iter().map(|r| r.key.clone()).collect(),
    }
}

pub fn mark(state: &mut AppState) -> Vec<Effect> {
    let Some(row) = state.row() else { return Vec::new() };
    let Some(key) = keys(state, row).into_iter().nth(state.view.details_cursor) else { return Vec::new() };
    let app = row.app.id.clone();
    if let Some(why) = unmarkable(&row.app, &key) {
        state.notices.flash(state.now, why);
        return Vec::new();
    }
    let marks = &mut state.view.resource_marks;
    if marks.app.as_ref() != Some(&app) {
        *marks = Marks { app: Some(app), keys: BTreeSet::new() };
    }
    if !marks.keys.remove(&key) {
        marks.keys.insert(key);
    }
    (crate::app::action::go::DOWN.run)(state)
}

fn unmarkable(app: &App, key: &ObjectKey) -> Option<String> {
    let name = &app.id.name;
    if app.argo().is_none() {
        return Some("Flux applies an app as a whole; no part of it can be chosen.".into());
    }
    match app.resources.iter().find(|r| r.key == *key) {
        None => Some(format!("{} is not in git: what made it is marked instead.", key.title())),
        Some(r) if r.hook => Some(format!("{} is a hook: a sync of some resources of {name} runs none.", key.title())),
        Some(_) => None,
    }
}
