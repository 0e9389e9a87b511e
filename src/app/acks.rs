//! Acknowledgements that end by themselves.

use super::effect::Effect;
use super::notice::Level;
use super::rollback;
use super::state::AppState;
use crate::domain::app::App;
use crate::domain::duration::seconds_between;
use crate::domain::ids::AppId;

pub fn save(state: &AppState) -> Effect {
    Effect::SaveAcknowledged(state.fleet.acks.iter().map(|(id, ack)| (id.clone(), ack.clone())).collect())
}

/// What is offered as the end: that of what holds the app (a sync window), as a span from now. Empty = nothing tells one.
pub fn offered(state: &AppState, app: &App) -> String {
    let until = rollback::hold(state, app).and_then(|hold| hold.until);
    until.map(|at| format!("{}m", seconds_between(state.now, at).div_ceil(60))).unwrap_or_default()
}

/// Those whose end has come are taken back, and each is told: nobody asked for quiet beyond it.
pub fn expire(state: &mut AppState) -> Vec<Effect> {
    let is_over = |until: Option<crate::domain::Timestamp>| until.is_some_and(|at| at <= state.now);
    let over: Vec<AppId> = state.fleet.acks.iter().filter(|(_, ack)| is_over(ack.until)).map(|(id, _)| id.clone()).collect();
    if over.is_empty() {
        return Vec::new();
    }
    for id in over {
        state.fleet.acks.remove(&id);
        // A row that changed meanwhile has none any more.
        let Some(row) = state.fleet.rows.get_mut(&id).filter(|row| row.ack.is_some()) else { continue };
        row.ack = None;
        let text = format!("{} on {}: its acknowledgement ended.", id.name, row.app.runs_on());
        state.notices.push(state.now, Level::Info, text, None);
    }
    state.fleet.derive.list_changed = true;
    state.dirty = true;
    vec![save(state)]
}
