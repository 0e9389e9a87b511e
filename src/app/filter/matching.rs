//! Whether a row is what a filter asks for.

use super::glob::glob;
use super::{Expr, Side};
use crate::app::cells;
use crate::app::fleet::Row;
use crate::domain::Timestamp;
use crate::domain::commit::bare_revision;
use crate::domain::duration::seconds_between;
use crate::domain::repo::Standing;
use crate::domain::source::Source;
use crate::domain::status::{Health, Severity, Sync};

/// Where text is looked for. Names come first: a message that mentions `payments` is no app called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// App, cluster, namespace and revision.
    Names,
    /// These and the message.
    Messages,
}

pub fn matches(expr: &Expr, row: &Row, now: Timestamp, scope: Scope) -> bool {
    let all = |parts: &[Expr]| parts.iter().all(|p| matches(p, row, now, scope));
    match expr {
        Expr::All => true,
        Expr::Text(text) => haystack(row, scope).contains(text.as_str()),
        Expr::Pattern(pattern) => pattern.0.is_match(&haystack(row, scope)),
        Expr::Not(inner) => !matches(inner, row, now, scope),
        Expr::And(parts) => all(parts),
        Expr::Or(parts) => parts.iter().any(|p| matches(p, row, now, scope)),
        Expr::Word(word) => state_word(word, row),
        Expr::Since(side, seconds) => compare(*side, seconds_between(row.since, now), *seconds),
        Expr::Behind(side, commits) => match row.standing {
            Some(Standing::Behind(n)) => compare(*side, u64::from(n), *commits),
            Some(Standing::Even | Standing::Ahead(_)) => compare(*side, 0, *commits),
            Some(Standing::Diverged | Standing::Unknown) | None => false,
        },
        Expr::Field(field, values) => values.iter().any(|v| field_matches(field, v, row)),
    }
}

fn compare(side: Side, has: u64, limit: u64) -> bool {
    match side {
        Side::Less => has < limit,
        Side::More => has > limit,
    }
}

fn haystack(row: &Row, scope: Scope) -> String {
    let app = &row.app;
    let message = if scope == Scope::Messages { row.verdict.short.as_str() } else { "" };
    let revision = app.revision.as_deref().map_or("", bare_revision);
    format!("{} {} {} {revision} {message}", app.id.name, app.runs_on(), app.id.namespace).to_lowercase()
}

fn state_word(word: &str, row: &Row) -> bool {
    match word {
        "ok" => row.severity == Severity::Ok,
        "broken" => row.severity.is_broken(),
        "drifted" => row.app.sync == Sync::OutOfSync,
        "suspended" => row.app.suspended,
        "unknown" => row.severity == Severity::Unknown || row.stale_as_of.is_some(),
        "stale" => row.stale_as_of.is_some(),
        "acked" => row.ack.is_some(),
        "new" => row.is_new,
        "progressing" => row.severity == Severity::Progressing,
        "missing" => row.app.health == Health::Missing,
        _ => false,
    }
}

fn field_matches(field: &str, value: &str, row: &Row) -> bool {
    let app = &row.app;
    let is = |word: &str| word.to_lowercase().starts_with(value);
    let glob_in = |text: &str| glob(value, &text.to_lowercase());
    match field {
        "app" => glob_in(&app.id.name),
        "cluster" => glob_in(app.runs_on()),
        "via" => glob_in(app.id.cluster.as_str()),
        "ns" => glob_in(&app.id.namespace),
        "kind" => glob_in(app.id.kind.kind()) || app.id.kind.word() == value,
        "eng" => glob_in(app.id.kind.short()) || app.id.engine().title().to_lowercase().starts_with(value),
        "repo" => app.sources.iter().filter_map(Source::repo).any(|r| glob_in(r.short())),
        "path" => app.sources.iter().filter_map(|s| s.path.as_deref()).any(|p| glob_in(p) || p.to_lowercase().starts_with(value)),
        "rev" => app.revision.as_deref().is_some_and(|r| bare_revision(r).starts_with(value)),
        // The word of the column, and what it stands for: an app whose sync failed may be out of sync all the same.
        "sync" => {
            let column = is(cells::sync_cell(row).1);
            column || is(app.sync.word()) || app.suspended && "suspended".starts_with(value)
        }
        "health" => is(cells::health_cell(row).1) || is(app.health.word()),
        "auto" => app.auto_sync.is_some_and(|on| on == (value == "on")),
        _ => false,
    }
}
