//! What is written down as it happens: timeline entries and the ledger of good revisions.

use super::fleet::Row;
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::cluster::Link;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::history::LedgerEntry;
use crate::domain::ids::AppId;
use crate::domain::journal::{TimelineEntry, TimelineKind};

/// Seconds after which a revision that is still good gets a new line in the ledger.
const LEDGER_STEP: i64 = 600;

pub fn changes(old: &App, new: &App, at: Timestamp) -> Vec<TimelineEntry> {
    let mut out = Vec::new();
    let mut push = |kind, text: String| {
        out.push(TimelineEntry {
            v: 1,
            at,
            kind,
            place: new.runs_on().to_owned(),
            app: Some(new.id.clone()),
            text,
            revision: new.revision.clone(),
        });
    };
    if old.sync != new.sync {
        push(TimelineKind::Sync, format!("{} to {}", old.sync.word(), new.sync.word()));
    }
    if old.health != new.health {
        push(TimelineKind::Health, format!("{} to {}", old.health.word(), new.health.word()));
    }
    if old.revision != new.revision {
        let short = |a: &App| a.revision.as_deref().map_or("nothing".to_owned(), |r| short_rev(bare_revision(r)).to_owned());
        push(TimelineKind::Revision, format!("{} to {}", short(old), short(new)));
    }
    let phase = |a: &App| a.operation.as_ref().filter(|o| !o.routine).map(|o| o.phase);
    if phase(old) != phase(new) {
        if let Some(operation) = new.operation.as_ref().filter(|o| !o.routine) {
            let by = operation.by.as_deref().map_or(String::new(), |b| format!(" by {b}"));
            push(TimelineKind::Operation, format!("operation {}{by}", operation.phase.word()));
        }
    }
    if old.suspended != new.suspended {
        push(TimelineKind::Sync, if new.suspended { "suspended".into() } else { "resumed".into() });
    }
    out
}

/// The part of the timeline that Details shows; the file keeps the rest.
pub fn keep(timeline: &mut Vec<TimelineEntry>, entries: &[TimelineEntry]) {
    const MOST: usize = 2000;
    timeline.extend_from_slice(entries);
    if timeline.len() > MOST + MOST / 4 {
        timeline.drain(..timeline.len() - MOST);
    }
}

pub fn link(state: &AppState, name: &str, was: &str, link: &Link) -> TimelineEntry {
    let text = match link.reason() {
        Some(reason) => format!("{was} to {}: {reason}", link.word()),
        None => format!("{was} to {}", link.word()),
    };
    TimelineEntry { v: 1, at: state.now, kind: TimelineKind::Link, place: name.to_owned(), app: None, text, revision: None }
}

/// A green row that was read in this run is remembered as good; one line per revision, again each ten minutes.
pub fn ledger(state: &mut AppState, id: &AppId) -> Option<LedgerEntry> {
    let now = state.now;
    let row: &Row = state.fleet.rows.get(id)?;
    if row.from_store || !row.app.is_green() {
        return None;
    }
    let revision = row.app.revision.clone()?;
    let last = state.fleet.last_good.get(id).filter(|l| l.revision == revision);
    if last.is_some_and(|l| now.as_second() - l.last_at.as_second() < LEDGER_STEP) {
        return None;
    }
    let first_at = last.map_or_else(|| if row.since_exact { row.since.min(now) } else { now }, |l| l.first_at);
    let entry = LedgerEntry { app: id.clone(), revision, first_at, last_at: now };
    state.fleet.last_good.insert(id.clone(), entry.clone());
    Some(entry)
}
