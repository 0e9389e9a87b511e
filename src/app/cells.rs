//! The words and tones of a row's cells; shared by the screen and by `status`.

use super::fleet::Row;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::duration::seconds_between;
use crate::domain::status::{Health, HealthBy, Phase, Severity, Sync};

/// What a word means; the theme gives it a glyph and a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    Ok,
    Drift,
    Busy,
    Bad,
    Held,
    Missing,
    Unknown,
    Plain,
}

/// The SYNC column: the operation when it matters, else sync.
pub fn sync_cell(row: &Row) -> (Tone, &'static str) {
    let app = &row.app;
    // What ran then says nothing now: an old row shows what was synced.
    let phase = app.operation.as_ref().filter(|o| !o.routine && row.stale_as_of.is_none()).map(|o| o.phase);
    let (tone, word) = match (phase, app.sync) {
        // HEALTH says how bad it is; here stands that nothing will mend it.
        _ if app.suspended && matches!(app.health, Health::Degraded | Health::Missing) => (Tone::Held, "Suspended"),
        (Some(p), _) if p.is_failed() => (Tone::Bad, "Failed"),
        _ if app.suspended => (Tone::Held, "Suspended"),
        (Some(Phase::Requested | Phase::Running), _) if app.argo().is_some() || app.sync != Sync::Synced => (Tone::Busy, "Syncing"),
        (_, Sync::Synced) => (Tone::Ok, "Synced"),
        (_, Sync::OutOfSync) => (Tone::Drift, "OutOfSync"),
        (_, Sync::Unknown) => (Tone::Unknown, "Unknown"),
    };
    (if is_old(row) { Tone::Unknown } else { tone }, word)
}

/// Words that were true when they were read: of a cluster that does not answer, or an engine that does not look.
fn is_old(row: &Row) -> bool {
    row.stale_as_of.is_some() || row.verdict.is_old
}

/// A sync that ended has not been compared yet, seconds: Argo CD does so at once, and what it says until then is of before.
const COMPARES_S: u64 = 60;

/// When the sync of an app ended whose differences were found before it did.
pub fn synced_since(app: &App, now: Timestamp) -> Option<Timestamp> {
    let operation = app.operation.as_ref().filter(|o| o.phase == Phase::Succeeded && app.sync == Sync::OutOfSync)?;
    let (ended, compared) = (operation.finished_at?, app.argo()?.reconciled_at?);
    (compared < ended && seconds_between(ended, now) < COMPARES_S).then_some(ended)
}

/// The HEALTH column.
pub fn health_cell(row: &Row) -> (Tone, &'static str) {
    let app = &row.app;
    let (tone, word) = match app.health {
        Health::Healthy => (Tone::Ok, "Healthy"),
        // It will not come to its end by itself.
        Health::Progressing if row.verdict.is_stuck => (Tone::Bad, "Progressing"),
        Health::Progressing => (Tone::Busy, "Progressing"),
        Health::Suspended => (Tone::Held, "Suspended"),
        Health::Missing => (Tone::Missing, "Missing"),
        Health::Degraded => (Tone::Bad, "Degraded"),
        Health::Unknown if app.health_by == HealthBy::NotAssessed => (Tone::Plain, "Unassessed"),
        Health::Unknown => (Tone::Unknown, "Unknown"),
    };
    (if is_old(row) { Tone::Unknown } else { tone }, word)
}

/// STATE under 100 columns: the worse of the two.
pub fn state_cell(row: &Row) -> (Tone, &'static str) {
    match row.severity {
        _ if is_old(row) => health_cell(row),
        Severity::Failed if row.app.suspended && sync_cell(row).0 == Tone::Held => health_cell(row),
        Severity::Failed | Severity::OutOfSync | Severity::Suspended => sync_cell(row),
        Severity::Degraded | Severity::Missing | Severity::Unassessed | Severity::Ok => health_cell(row),
        Severity::Unknown if row.app.sync == Sync::Unknown => sync_cell(row),
        Severity::Progressing if sync_cell(row).0 == Tone::Busy => sync_cell(row),
        Severity::Unknown | Severity::Progressing => health_cell(row),
    }
}
