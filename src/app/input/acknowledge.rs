//! Keys of the note of an acknowledgement.

use super::search::type_into;
use crate::app::effect::Effect;
use crate::app::fleet::Ack;
use crate::app::key::{Key, KeyCode};
use crate::app::overlay::Overlay;
use crate::app::state::AppState;
use crate::app::update::close_overlay;
use crate::app::{acks, settle};

pub fn key(state: &mut AppState, key: Key) -> Vec<Effect> {
    let Some(Overlay::Acknowledge(dialog)) = state.overlays.last_mut() else { return Vec::new() };
    match key.code {
        KeyCode::Esc => {
            close_overlay(state);
        }
        KeyCode::Tab | KeyCode::BackTab | KeyCode::Up | KeyCode::Down => dialog.on_until = !dialog.on_until,
        KeyCode::Enter if dialog.is_unclear() => dialog.on_until = true,
        KeyCode::Enter => return acknowledge(state),
        _ => {
            type_into(dialog.field(), key);
        }
    }
    Vec::new()
}

fn acknowledge(state: &mut AppState) -> Vec<Effect> {
    let Some(Overlay::Acknowledge(dialog)) = close_overlay(state) else { return Vec::new() };
    let now = state.now;
    let until = dialog.end(now);
    let note = crate::domain::text::sanitise(dialog.note.trim(), 200);
    if let Some(row) = state.fleet.rows.get_mut(&dialog.app) {
        let ack = Ack { at: now, note, state: Some((row.app.severity(), row.app.revision.clone())), until };
        state.fleet.acks.insert(row.app.id.clone(), ack.clone());
        row.ack = Some(ack);
        row.is_new = false;
        row.seen = row.app.severity();
        let end = until.map(|at| format!(", until {} at the latest", settle::clock_text(at, state.settings.utc_offset)));
        let text = format!("{} on {}: acknowledged until it changes{}.", row.app.id.name, row.app.runs_on(), end.unwrap_or_default());
        state.notices.flash(now, text);
    }
    state.fleet.derive.list_changed = true;
    vec![acks::save(state)]
}
