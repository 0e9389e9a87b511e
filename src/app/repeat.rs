//! An app that says what it said: Argo CD writes the time of every comparison into its object, also of those that find nothing, and in a
//! large fleet that is most of what comes in. Of such a row only the times are new; nothing is judged, gathered or drawn.

use super::effect::Effect;
use super::fleet::Row;
use super::outage;
use super::record;
use super::silent;
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::status::Severity;

/// What time alone makes of a row that is well is found at least this often, seconds, as long as something comes in of it.
const JUDGED_S: i64 = 900;

/// It says what its row says already, and that row is well and not looked at closely.
pub fn is_one(state: &AppState, app: &mut App) -> bool {
    let in_view = state.view.app.as_ref() == Some(&app.id);
    let is_silent = |row: &Row| row.verdict.short.is_empty() && !row.verdict.is_old;
    let is_quiet = |row: &&Row| {
        is_silent(row) && row.severity == Severity::Ok && row.stale_as_of.is_none() && row.pending.is_none() && !row.from_store
    };
    let part = |at: Timestamp| at.as_second().div_euclid(JUDGED_S);
    let row = state.fleet.rows.get(&app.id).filter(|_| !in_view).filter(is_quiet);
    row.is_some_and(|row| part(row.app.observed_at) == part(state.now) && says_the_same(&row.app, app))
}

/// Takes such an app into its row.
pub fn take(state: &mut AppState, app: App) -> Vec<Effect> {
    let (id, now) = (app.id.clone(), state.now);
    if let Some(row) = state.fleet.rows.told_mut(&id) {
        row.app = app.into();
        row.well_at = if outage::is_well(&row.app) { Some(now) } else { row.well_at };
    }
    silent::again(&mut state.fleet, &id);
    record::ledger(state, &id).map(Effect::Ledger).into_iter().collect()
}

/// But for its version, and when it was compared and read.
fn says_the_same(old: &App, new: &mut App) -> bool {
    let compared = |app: &App| app.argo().and_then(|a| a.reconciled_at);
    let (Some(before), Some(at)) = (compared(old), compared(new)) else { return false };
    let (version, read) = (std::mem::replace(&mut new.resource_version, old.resource_version.clone()), new.observed_at);
    new.observed_at = old.observed_at;
    set_compared(new, before);
    let is_same = *old == *new;
    set_compared(new, at);
    (new.resource_version, new.observed_at) = (version, read);
    is_same
}

fn set_compared(app: &mut App, at: Timestamp) {
    if let crate::domain::app::EngineFields::Argo(argo) = &mut app.engine {
        argo.reconciled_at = Some(at);
    }
}
