//! Ages and countdowns in Details: when the next one of them changes, and whether one has since it was drawn. Rows that are well, and the
//! lists, wait for the full minute: a silent fleet is drawn at most once in it.

use super::fleet::Row;
use super::log;
use super::overlay::Overlay;
use super::pane::{Pane, Tab, clusters, repos};
use super::state::{AppState, Screen};
use crate::domain::Timestamp;
use crate::domain::duration::{seconds_between, short_age, until_age_change};
use crate::domain::status::Severity;

/// An age alone is drawn anew this often, seconds: what was read lately is always some seconds old, and a frame for each of them would be
/// most of what a quiet deck does. What counts down, and a log that is followed, is drawn each second.
const STEP_S: i64 = 15;

/// The row in view, where its ages are worth a frame: something is wrong with it.
fn troubled(state: &AppState) -> Option<&Row> {
    let on_screen = matches!(state.screen, Screen::Main) && state.view.details_of == Pane::Apps;
    state.row().filter(|row| on_screen && !matches!(row.severity, Severity::Ok | Severity::Suspended | Severity::Unassessed))
}

/// Times whose age is drawn.
fn shown(state: &AppState) -> Vec<Timestamp> {
    if let Some(Overlay::Log(_)) = state.overlays.last() {
        return of_log(state);
    }
    match (&state.screen, state.view.details_of) {
        (Screen::Diff(diff), _) => {
            let set = diff.result.as_ref().and_then(|r| r.as_ref().ok());
            set.into_iter().flat_map(|set| [set.left.at, set.right.at]).flatten().collect()
        }
        (Screen::Main, Pane::Clusters) => of_cluster(state),
        (Screen::Main, Pane::Repos) => of_repo(state),
        _ => troubled(state).map(|row| of_row(state, row)).unwrap_or_default(),
    }
}

/// It covers what is below.
fn of_log(state: &AppState) -> Vec<Timestamp> {
    match (log::following(state), &state.fleet.detail.log) {
        (Some(followed), Some(_)) => vec![followed.last_at.unwrap_or(followed.since)],
        (None, Some(text)) => vec![text.at],
        (_, None) => Vec::new(),
    }
}

fn of_cluster(state: &AppState) -> Vec<Timestamp> {
    let id = state.view.cluster.clone().or_else(|| clusters::order(state).into_iter().next());
    id.and_then(|id| state.fleet.clusters.get(&id)?.heard_at).into_iter().collect()
}

fn of_repo(state: &AppState) -> Vec<Timestamp> {
    let id = state.view.repo.clone().or_else(|| repos::order(state).into_iter().next());
    let repo = id.and_then(|id| state.fleet.repos.get(&id));
    repo.into_iter().flat_map(|r| [r.polled_at, r.fetched_at]).flatten().collect()
}

fn of_row(state: &AppState, row: &Row) -> Vec<Timestamp> {
    let heard = state.fleet.clusters.get(&row.app.id.cluster).and_then(|c| c.heard_at);
    let mut out: Vec<Timestamp> = row.stale_as_of.or(heard).into_iter().chain([row.since]).collect();
    out.extend(row.ack.as_ref().map(|ack| ack.at));
    match state.view.tab {
        Tab::Why => out.extend(row.verdict.evidence.iter().filter_map(|e| e.at)),
        Tab::Resources => {
            let nodes = state.fleet.tree_of(&row.app.id).map(|(_, nodes)| nodes).unwrap_or_default();
            out.extend(nodes.iter().filter_map(|n| n.created_at));
        }
        Tab::History | Tab::Events | Tab::Source => {}
    }
    out
}

/// Its words count seconds themselves: a countdown, or the age of something young.
fn counts(state: &AppState) -> Option<&Row> {
    let soon = |row: &Row| row.verdict.soon.as_deref().is_some_and(counts_down);
    troubled(state).filter(|row| soon(row) || seconds_between(row.since, state.now) <= 60)
}

/// `by 03:14:45 (2m 5s)` reads otherwise with each second; `any moment` does not, and `(1h 3m)` waits for the full minute.
fn counts_down(soon: &str) -> bool {
    let span = soon.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    span.is_some_and(|(span, _)| span.starts_with(|c: char| c.is_ascii_digit()) && span.ends_with(['s', 'm']) && !span.contains('h'))
}

fn step(state: &AppState) -> i64 {
    let is_log = matches!(state.overlays.last(), Some(Overlay::Log(_)));
    let follows = is_log && log::following(state).is_some_and(|f| f.ended.is_none());
    if counts(state).is_some() || follows { 1 } else { STEP_S }
}

/// When an age changes next, ms; `None` = none is shown that does not wait for the full minute.
pub fn next(state: &AppState) -> Option<i64> {
    let second = state.now.as_second();
    let until = |at: &Timestamp| i64::try_from(until_age_change(seconds_between(*at, state.now))).unwrap_or(1);
    let last = state.fleet.derive.aged_at.map_or(second, Timestamp::as_second);
    let aged = shown(state).iter().map(until).min().map(|wait| wait.max(last + step(state) - second));
    let counted = counts(state).map(|_| 1);
    aged.into_iter().chain(counted).min().map(|wait| (second + wait) * 1000)
}

/// Marks what has aged since the last look: words that count are built again, ages are drawn again.
pub fn look(state: &mut AppState) {
    let now = state.now;
    let before = state.fleet.derive.aged_at.unwrap_or(now);
    if state.fleet.derive.aged_at.is_some() && now.as_second() - before.as_second() < step(state) {
        return;
    }
    state.fleet.derive.aged_at = Some(now);
    if let Some(id) = counts(state).map(|row| row.app.id.clone()) {
        state.fleet.derive.judge.insert(id);
    }
    state.dirty |= texts(state) != state.fleet.derive.aged;
}

fn texts(state: &AppState) -> Vec<String> {
    shown(state).iter().map(|from| short_age(seconds_between(*from, state.now))).collect()
}

/// A frame is due: later looks compare with what it shows. What was read anew meanwhile is younger than it was, and may read the same.
pub fn drawn(state: &mut AppState) {
    if state.dirty {
        state.fleet.derive.aged = texts(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_read_otherwise_with_each_second_count_it() {
        for soon in ["Flux runs it again at 03:14:45 (2m 5s).", "It ends by 03:14:45 (40s).", "by 03:14:00 (2m). Nothing else holds it."] {
            assert!(counts_down(soon), "{soon}");
        }
        for soon in
            ["Flux runs it again any moment.", "Flux runs it again at 05:00:00 (1h 3m).", "Flux looks at the dependency again every 30s."]
        {
            assert!(!counts_down(soon), "{soon}");
        }
        assert!(!counts_down("Nothing, until this is mended: helm-controller down (of 2)."));
    }
}
