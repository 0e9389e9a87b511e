//! `a`: seen, until it changes; local to this operator.

use super::{Action, Group, always, row_in_focus};
use crate::app::acks;
use crate::app::effect::Effect;
use crate::app::overlay::Overlay;
use crate::app::overlay::acknowledge::Acknowledge;
use crate::app::state::AppState;
use crate::domain::status::Severity;

pub static ACKNOWLEDGE: Action = Action {
    name: "acknowledge_app",
    title: "ack",
    help: "acknowledge this app with a note until it changes, or for a time; again to take it back",
    group: Group::App,
    off: |s| match row_in_focus(s) {
        Err(why) => Some(why),
        Ok(row) if row.ack.is_none() && row.severity == Severity::Ok => {
            Some(format!("{} is well; nothing to acknowledge.", row.app.id.name))
        }
        Ok(_) => None,
    },
    run,
    mutates: false,
};

pub static HIDE_ACKNOWLEDGED: Action = Action {
    name: "hide_acknowledged",
    title: "hide acknowledged",
    help: "show or hide acknowledged apps",
    group: Group::Move,
    off: always,
    run: |s| {
        s.view.hide_acked = !s.view.hide_acked;
        s.fleet.derive.list_changed = true;
        s.view.hold_until = None;
        Vec::new()
    },
    mutates: false,
};

fn run(state: &mut AppState) -> Vec<Effect> {
    let Some(id) = state.view.app.clone() else { return Vec::new() };
    let Some(row) = state.fleet.rows.get_mut(&id) else { return Vec::new() };
    if row.ack.take().is_some() {
        state.fleet.acks.remove(&id);
        state.fleet.derive.list_changed = true;
        return vec![acks::save(state)];
    }
    let until = state.fleet.rows.get(&id).map(|row| acks::offered(state, &row.app)).unwrap_or_default();
    state.overlays.push(Overlay::Acknowledge(Acknowledge::new(id, until)));
    Vec::new()
}
