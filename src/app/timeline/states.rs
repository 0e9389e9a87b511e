//! Bad states that rows are in and whose beginning nobody recorded: their objects tell since when, also of the time before driftdeck ran.

use super::gather::name;
use super::line::{Leads, Line, What};
use crate::app::cells::state_cell;
use crate::app::fleet::Row;
use crate::app::state::AppState;
use crate::domain::Timestamp;
use crate::domain::ids::AppId;
use crate::domain::journal::TimelineKind;
use crate::domain::status::Severity;
use std::collections::HashMap;

/// What led to a state may have been recorded so long before its object says that it began, seconds.
const AHEAD_S: i64 = 60;

pub fn lines(state: &AppState, from: Timestamp) -> Vec<Line> {
    let mut newest: HashMap<&AppId, Timestamp> = HashMap::new();
    for entry in state.timeline.iter().filter(|e| !matches!(e.kind, TimelineKind::Commit | TimelineKind::Link)) {
        newest.extend(entry.app.as_ref().map(|app| (app, entry.at)));
    }
    let is_told = |row: &Row| newest.get(&row.app.id).is_some_and(|at| at.as_second() >= row.since.as_second() - AHEAD_S);
    let is_known = |row: &&Row| row.since_exact && row.since >= from && row.stale_as_of.is_none() && !row.from_store;
    let rows = state.fleet.rows.values().filter(is_known).filter(|row| !is_told(row));
    rows.filter_map(|row| line(state, row)).collect()
}

fn line(state: &AppState, row: &Row) -> Option<Line> {
    let kind = match row.severity {
        Severity::Failed => TimelineKind::Operation,
        Severity::Degraded | Severity::Missing => TimelineKind::Health,
        Severity::OutOfSync => TimelineKind::Sync,
        Severity::Unknown | Severity::Suspended | Severity::Progressing | Severity::Unassessed | Severity::Ok => return None,
    };
    let runs_on = row.app.runs_on();
    let place = super::cluster_of(state, runs_on).and_then(|id| state.fleet.clusters.get(&id)).map_or(runs_on, |c| c.name());
    let (tone, word) = state_cell(row);
    let short = row.verdict.short.as_str();
    let is_said = short.to_lowercase().starts_with(&word.to_lowercase());
    let text = match short {
        "" => word.to_owned(),
        short if is_said => short.to_owned(),
        short => format!("{word}: {short}"),
    };
    let leads = Leads::App(row.app.id.clone());
    Some(Line { tone, ..Line::new(row.since, What::Happened(kind), place.to_owned(), name(state, &row.app.id), text, leads) })
}
