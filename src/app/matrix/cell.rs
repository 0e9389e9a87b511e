//! What a cell says besides its state and revision.

use crate::app::fleet::Row;
use crate::app::state::AppState;
use crate::domain::app::App;
use crate::domain::commit::{bare_revision, is_commit_id, short_rev};
use crate::domain::repo::Standing;
use crate::domain::source::{RefKind, SourceType};
use crate::domain::status::Severity;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    None,
    /// Commits of the app's own paths that the head has and it does not.
    Behind(u32),
    /// Behind; how far is being counted, or not to be counted (a chart).
    BehindSome,
    Ahead(u32),
    Diverged,
    /// Where it stands cannot be told.
    Unknown,
    /// It runs what is wanted, and what is live differs from it.
    Drift,
    /// It runs what is wanted, and the last operation failed.
    Failed,
}

/// What runs is a version, not a commit: of a chart, wherever it lies, or an artifact.
fn is_version(app: &App) -> bool {
    match &app.revision {
        Some(revision) => !is_commit_id(bare_revision(revision)),
        None => app.sources.first().is_some_and(|s| s.chart.is_some() || s.source_type != SourceType::Git),
    }
}

/// `1.2.3` and the like; `1.2`, `1.x` and `>=1` are ranges, which another version may fulfil.
fn is_exact(version: &str) -> bool {
    let core = version.trim_start_matches('v').split(['-', '+']).next().unwrap_or_default();
    core.split('.').count() == 3 && core.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// Where what an app follows is now: a short commit, a tag or version; "?" = not known.
pub fn head(state: &AppState, row: &Row) -> String {
    let app = &row.app;
    let unknown = || "?".to_owned();
    if is_version(app) {
        return app.target.as_deref().or(app.revision.as_deref()).map_or_else(unknown, |r| short_rev(bare_revision(r)).to_owned());
    }
    let Some(source) = app.sources.iter().find(|s| s.repo().is_some()) else { return unknown() };
    match &source.reference {
        RefKind::Commit(id) => short_rev(id).to_owned(),
        RefKind::Tag(name) | RefKind::Version(name) | RefKind::Semver(name) => name.clone(),
        reference => {
            let tip = source.repo().and_then(|id| state.fleet.repos.get(&id)).and_then(|r| r.resolve(reference));
            tip.map_or_else(unknown, |(_, id)| short_rev(&id).to_owned())
        }
    }
}

pub fn note(state: &AppState, row: &Row) -> Note {
    let app = &row.app;
    if app.revision.is_none() {
        return Note::None;
    }
    if is_version(app) {
        let is_older = app.target.as_deref().is_some_and(|t| is_exact(t) && app.revision.as_deref() != Some(t));
        return if is_older { Note::BehindSome } else { settled(row) };
    }
    match row.standing {
        // A pin has no head to be behind of; of anything else it is not known what it means.
        None if is_pinned(row) => settled(row),
        None => Note::Unknown,
        Some(Standing::Even) => settled(row),
        Some(Standing::Ahead(n)) => Note::Ahead(n),
        Some(Standing::Diverged) => Note::Diverged,
        Some(Standing::Unknown) => Note::Unknown,
        // Of the repository; what counts is the app's own part of it.
        Some(Standing::Behind(_)) => match super::behind::known(state, row) {
            Some(Some(0)) => settled(row),
            Some(Some(n)) => Note::Behind(n),
            Some(None) | None => Note::BehindSome,
        },
    }
}

fn is_pinned(row: &Row) -> bool {
    let reference = row.app.sources.iter().find(|s| s.repo().is_some()).map(|s| &s.reference);
    matches!(reference, Some(RefKind::Commit(_) | RefKind::Tag(_) | RefKind::Semver(_) | RefKind::Version(_)))
}

/// It runs what is wanted.
fn settled(row: &Row) -> Note {
    match row.severity {
        Severity::Failed => Note::Failed,
        Severity::OutOfSync => Note::Drift,
        _ => Note::None,
    }
}

#[cfg(test)]
mod tests {
    use super::is_exact;

    #[test]
    fn a_range_is_no_version_that_something_could_be_behind_of() {
        assert!(["1.2.3", "v1.15.3", "61.2.0-rc.1", "1.0.0+build"].iter().all(|v| is_exact(v)));
        assert!(["1.2", "4.11.x", ">=1.2.3", "~1.2.3", "*", "", "1.2.3 - 2.0.0"].iter().all(|v| !is_exact(v)));
    }
}
