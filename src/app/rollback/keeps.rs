//! What keeps an app from taking the commit by itself, or soon; and in which order they take it.

use crate::app::context;
use crate::app::fleet::Row;
use crate::app::state::AppState;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::ids::AppId;
use crate::domain::status::Phase;
use crate::engine;
use std::collections::{BTreeMap, HashMap};

/// Why an app does not take the commit by itself, or not soon: beside its name, and as a sentence.
pub(super) struct Kept {
    pub short: String,
    pub text: String,
    turn: Turn,
}

/// When an app has its turn: the earlier ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    AtOnce,
    /// After what its engine does now.
    Next,
    At(Timestamp),
    /// Nobody can say when.
    Later,
    /// Somebody has to do something first.
    ByHand,
}

pub(super) fn keeps(state: &AppState, row: &Row) -> Option<Kept> {
    let app = &row.app;
    let kept = |turn, short: &str, text: String| Some(Kept { short: short.to_owned(), text, turn });
    if let Some(at) = row.stale_as_of {
        let age = short_age(seconds_between(at, state.now));
        let text = format!("not read, as of {age} ago: {} does not answer; it follows when it is back", app.id.cluster);
        return kept(Turn::Later, &format!("? not read, as of {age} ago: later"), text);
    }
    if app.suspended {
        return kept(Turn::ByHand, "! suspended: not by itself", "will not take it by itself: suspended".into());
    }
    if app.auto_sync == Some(false) {
        return kept(Turn::ByHand, "! auto-sync off: not by itself", "will not take it by itself: auto-sync off".into());
    }
    let hold = hold(state, app);
    let is_known = hold.as_ref().is_some_and(|h| h.is_known);
    if let Some(text) = operation(app).filter(|_| !is_known) {
        return kept(Turn::Next, "! a sync runs: after it", text);
    }
    let hold = hold?;
    let turn = match hold.until {
        Some(at) => Turn::At(at),
        None if hold.is_known && !hold.ends_alone => Turn::ByHand,
        None if hold.is_known => Turn::Later,
        None => Turn::AtOnce,
    };
    kept(turn, &format!("{} {}", if hold.is_known { '!' } else { '?' }, hold.short), hold.text)
}

/// What its engine says keeps a commit from being applied now.
pub fn hold(state: &AppState, app: &App) -> Option<engine::Hold> {
    let engine = engine::engine(app.id.engine());
    context::with(&state.fleet, &state.settings, state.now, app, "", |c| engine.hold(app, c))
}

/// Argo CD syncs an app once at a time: what runs, or fails and is tried again, goes first.
pub(super) fn operation(app: &App) -> Option<String> {
    app.argo()?;
    let operation = app.operation.as_ref()?;
    let of = operation.revision.as_deref().map_or(String::new(), |r| format!(" of {}", short_rev(bare_revision(r))));
    let (what, end) = match operation.phase {
        Phase::Retrying => ("fails and is tried again", "terminate it first (x)"),
        Phase::Running | Phase::Blocked | Phase::Requested => ("goes first", "it takes the commit after that, or terminate it (x)"),
        Phase::Terminating => ("is being terminated", "it takes the commit after that"),
        Phase::Orphaned | Phase::Failed | Phase::Error | Phase::Succeeded => return None,
    };
    Some(format!("a sync{of} {what}: {end}"))
}

/// The rows in the order in which they take the commit, each with what keeps it.
pub(super) fn in_turn<'a>(state: &AppState, rows: &[&'a Row]) -> Vec<(&'a Row, Option<Kept>)> {
    let mut out: Vec<(&Row, Option<Kept>)> = rows.iter().map(|row| (*row, keeps(state, row))).collect();
    let depth = depths(rows);
    out.sort_by_key(|(row, kept)| {
        let turn = match kept {
            Some(kept) => kept.turn,
            None if waits_for_check(&row.app) => Turn::Next,
            None => Turn::AtOnce,
        };
        (turn, depth.get(&row.app.id).copied().unwrap_or_default())
    });
    out
}

/// Flux looks at a new commit when the health check that runs is over.
pub(super) fn waits_for_check(app: &App) -> bool {
    app.flux().is_some_and(|f| f.assesses_health) && app.operation.as_ref().is_some_and(|o| o.phase.is_working())
}

/// How many of the others an app waits for, one after the other (`dependsOn`).
fn depths(rows: &[&Row]) -> HashMap<AppId, usize> {
    let mut depth: HashMap<AppId, usize> = rows.iter().map(|r| (r.app.id.clone(), 0)).collect();
    // A chain is no longer than there are rows; a ring would grow for ever.
    for _ in 0..rows.len() {
        let mut is_same = true;
        for row in rows {
            let before = row.app.flux().into_iter().flat_map(|f| &f.depends_on).filter_map(|(ns, name)| {
                let namespace = if ns.is_empty() { row.app.id.namespace.clone() } else { ns.clone() };
                depth.get(&AppId { namespace, name: name.clone(), ..row.app.id.clone() })
            });
            let after = before.max().map_or(0, |d| d + 1).min(rows.len());
            is_same &= depth.insert(row.app.id.clone(), after) == Some(after);
        }
        if is_same {
            break;
        }
    }
    depth
}

/// Apps of one place that the same thing keeps, in one sentence.
pub(super) fn idle(rows: &[(&Row, Option<Kept>)]) -> Vec<String> {
    let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (row, why) in rows {
        if let Some(why) = why {
            groups.entry((row.app.runs_on(), why.text.as_str())).or_default().push(&row.app.id.name);
        }
    }
    let names = |all: &[&str]| match all.len() {
        0..=4 => all.join(", "),
        n => format!("{} and {} more", all.iter().take(3).copied().collect::<Vec<_>>().join(", "), n - 3),
    };
    groups.into_iter().map(|((place, why), all)| format!("{} on {place}: {why}", names(&all))).collect()
}
