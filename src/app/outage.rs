//! How long a row has been as it is, and what counts as evidence of its present trouble.

use super::fleet::Row;
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::ids::AppId;
use crate::domain::journal::{TimelineEntry, TimelineKind};
use crate::domain::status::{Health, Severity};
use std::collections::HashMap;

pub fn is_well(app: &App) -> bool {
    app.health == Health::Healthy
}

/// A retry, another failing commit or a suspension starts no new outage: the row before, seen without a gap, was broken in the same way.
pub fn is_same(old: &Row, app: &App, severity: Severity) -> bool {
    let same_health = old.app.health == app.health && matches!(app.health, Health::Degraded | Health::Missing);
    let broken = |s: Severity| s.is_broken() || s == Severity::Missing;
    old.stale_as_of.is_none()
        && old.app.uid == app.uid
        && broken(old.severity)
        && broken(severity)
        && (same_health || old.severity == severity)
}

/// The last change of state that an earlier run wrote down, and whether it led to what is seen now.
pub fn recorded_since(state: &AppState, app: &App) -> Option<(Timestamp, bool)> {
    let entry = state.timeline.iter().rev().find(|e| e.app.as_ref() == Some(&app.id) && is_state(e))?;
    Some(led_to(entry, app))
}

/// The newest change of state of each app.
pub fn last_states(timeline: &[TimelineEntry]) -> HashMap<&AppId, &TimelineEntry> {
    timeline.iter().filter(|e| is_state(e)).filter_map(|e| Some((e.app.as_ref()?, e))).collect()
}

/// When a change was, and whether it led to what is seen now.
pub fn led_to(entry: &TimelineEntry, app: &App) -> (Timestamp, bool) {
    (entry.at, [app.sync.word(), app.health.word()].iter().any(|w| entry.text.ends_with(w)))
}

fn is_state(entry: &TimelineEntry) -> bool {
    matches!(entry.kind, TimelineKind::Sync | TimelineKind::Health | TimelineKind::Operation)
}

/// What was read of an outage that is over is evidence of no other one.
pub fn over(state: &mut AppState, id: &AppId) {
    let now = state.now;
    let Some(row) = state.fleet.rows.told_mut(id).filter(|r| r.app.health == Health::Healthy) else { return };
    row.well_at = Some(now);
    let (is_wanted, is_ok) = (super::causes::is_wanted(&row.app), row.severity == Severity::Ok);
    // One that a command looked at is not well for another reason than its health.
    if !is_wanted && (is_ok || state.fleet.causes.looked(id).is_none()) {
        state.fleet.causes.forget(id);
    }
}
