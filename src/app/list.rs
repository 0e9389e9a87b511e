//! Which rows are shown, in which order, and where the cursor stays.

use super::filter::{self, Scope};
use super::fleet::{Counts, Row};
use super::pane::apps::Sort;
use super::pane::{Found, Pane};
use super::state::{AppState, Screen};
use crate::domain::ids::AppId;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Severity a row sorts under: what is old counts as unknown, whoever does not look; inside Unknown the last known one counts.
fn rank(row: &Row) -> (crate::domain::status::Severity, crate::domain::status::Severity) {
    (row.severity, row.app.severity())
}

/// Brings order, counts and cursor up to date.
pub fn refresh(state: &mut AppState) {
    state.dirty = true;
    count(state);
    let ids = visible(state);
    let old = std::mem::replace(&mut state.fleet.shown, ids);
    keep_cursor(state, &old);
}

fn count(state: &mut AppState) {
    let mut counts = Counts::default();
    let mut by_cluster: BTreeMap<&str, Counts> = BTreeMap::new();
    for row in state.fleet.rows.values() {
        counts.add(row);
        by_cluster.entry(row.app.runs_on()).or_default().add(row);
    }
    let by_cluster: BTreeMap<String, Counts> = by_cluster.into_iter().map(|(name, counts)| (name.to_owned(), counts)).collect();
    state.fleet.twins = twins(state);
    for cluster in state.fleet.clusters.values_mut() {
        let has_apps = by_cluster.contains_key(cluster.id.as_str());
        if has_apps && cluster.link == crate::domain::cluster::Link::NotInstalled {
            cluster.link = crate::domain::cluster::Link::Live { since: state.now };
        }
    }
    state.fleet.counts = counts;
    state.fleet.by_cluster = by_cluster;
}

/// Apps whose name another app carries on the same cluster.
pub fn twins(state: &AppState) -> HashSet<AppId> {
    let mut first: HashMap<(&str, &str), &AppId> = HashMap::with_capacity(state.fleet.rows.len());
    let mut out = HashSet::new();
    for row in state.fleet.rows.values() {
        let id = &row.app.id;
        if let Some(other) = first.insert((id.name.as_str(), row.app.runs_on()), id) {
            out.extend([other.clone(), id.clone()]);
        }
    }
    out
}

fn visible(state: &mut AppState) -> Vec<AppId> {
    let parsed = filter::parse(&state.view.filter.text);
    let found = found(state, &parsed.expr);
    let suggestion = match &parsed.expr {
        filter::Expr::Text(text) if found.1.is_empty() && !state.fleet.rows.is_empty() => filter::nearest(state, text),
        _ => None,
    };
    let (how, mut rows) = found;
    sort(&mut rows, state.view.sort);
    let mut counts = Counts::default();
    rows.iter().for_each(|r| counts.add(r));
    let ids = rows.into_iter().map(|r| r.app.id.clone()).collect();
    state.fleet.shown_counts = counts;
    let view = &mut state.view.filter;
    (view.problem, view.found, view.suggestion) = (parsed.problem, how, suggestion);
    ids
}

/// By names; where no name fits by messages; where nothing fits by the letters of one text in order.
fn found<'a>(state: &'a AppState, expr: &filter::Expr) -> (Found, Vec<&'a Row>) {
    let keep = |row: &&Row| {
        let cluster = state.view.only_cluster.as_ref().is_none_or(|c| row.app.runs_on() == c.as_str());
        let repo = state.view.only_repo.as_ref().is_none_or(|r| row.app.sources.iter().any(|s| s.repo().as_ref() == Some(r)));
        cluster && repo && !(state.view.hide_acked && row.ack.is_some())
    };
    let by = |scope| state.fleet.rows.values().filter(keep).filter(|r| filter::matches(expr, r, state.now, scope)).collect::<Vec<_>>();
    let rows = by(Scope::Names);
    if !rows.is_empty() || !expr.has_text() {
        return (Found::Exact, rows);
    }
    let rows = by(Scope::Messages);
    if !rows.is_empty() {
        return (Found::InMessages, rows);
    }
    let filter::Expr::Text(text) = expr else { return (Found::Exact, rows) };
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = nucleo_matcher::Matcher::new(nucleo_matcher::Config::DEFAULT);
    let mut is_near = |r: &&Row| {
        let name = format!("{} {}", r.app.id.name, r.app.runs_on());
        pattern.score(nucleo_matcher::Utf32Str::new(&name, &mut Vec::new()), &mut matcher).is_some()
    };
    let rows: Vec<&Row> = state.fleet.rows.values().filter(keep).filter(|r| is_near(r)).collect();
    (if rows.is_empty() { Found::Exact } else { Found::Near }, rows)
}

fn sort(rows: &mut [&Row], by: Sort) {
    rows.sort_by(|a, b| {
        by.compare(a, b)
            .then_with(|| rank(a).cmp(&rank(b)))
            .then_with(|| a.ack.is_some().cmp(&b.ack.is_some()))
            .then_with(|| b.since.cmp(&a.since))
            .then_with(|| a.app.id.name.cmp(&b.app.id.name))
            .then_with(|| a.app.runs_on().cmp(b.app.runs_on()))
            .then_with(|| a.app.id.cmp(&b.app.id))
    });
}

/// The cursor follows its app; when that is gone it goes to the row that took its place.
fn keep_cursor(state: &mut AppState, old: &[AppId]) {
    let shown = &state.fleet.shown;
    // Until the first key the cursor stays on the worst row while the fleet arrives.
    let still = state.view.touched && state.view.app.as_ref().is_some_and(|id| position_of(state, id).is_some());
    if !still {
        // A new filter starts at its first row; otherwise the cursor goes to what took the place of its app.
        let from_top = state.view.filter.editing || !state.view.touched;
        let position = state.view.app.as_ref().filter(|_| !from_top).and_then(|id| old.iter().position(|o| o == id)).unwrap_or(0);
        let old = if from_top { shown.as_slice() } else { old };
        let next =
            old.iter().skip(position).find(|id| shown.contains(id)).or_else(|| shown.get(position.min(shown.len().saturating_sub(1))));
        let next = next.cloned();
        if next != state.view.app {
            state.view.app = next;
            state.view.rests_since = Some(state.now);
            state.view.details_scroll = 0;
            state.view.details_cursor = 0;
        }
    }
    state.view.marks.retain(|id| state.fleet.rows.contains_key(id));
    scroll_to_cursor(state);
}

/// Rows of the Apps list that fit.
pub fn page(state: &AppState) -> usize {
    usize::from(super::layout::main(state).apps.height.saturating_sub(3)).max(1)
}

pub fn position(state: &AppState) -> usize {
    state.view.app.as_ref().and_then(|id| position_of(state, id)).unwrap_or(0)
}

/// Where an app stands in the list; mostly where the cursor was last.
pub fn position_of(state: &AppState, id: &AppId) -> Option<usize> {
    let shown = &state.fleet.shown;
    if shown.get(state.view.app_at) == Some(id) { Some(state.view.app_at) } else { shown.iter().position(|s| s == id) }
}

pub fn scroll_to_cursor(state: &mut AppState) {
    let (at, page, len) = (position(state), page(state), state.fleet.shown.len());
    state.view.app_at = at;
    state.view.apps_top = window(state.view.apps_top, at, page, len);
}

/// First line of a window of `height` lines over `len`, moved no further than the cursor needs, without empty space at the end.
pub fn window(top: usize, cursor: usize, height: usize, len: usize) -> usize {
    let top = if cursor < top {
        cursor
    } else if cursor >= top + height {
        cursor + 1 - height
    } else {
        top
    };
    top.min(len.saturating_sub(height))
}

/// The main screen with the cursor on an app; a filter that hides it is taken off.
pub fn reveal(state: &mut AppState, id: AppId) {
    if !state.fleet.rows.contains_key(&id) {
        state.notices.flash(state.now, format!("{} is not there any more.", id.name));
        return;
    }
    state.screen = Screen::Main;
    let view = &mut state.view;
    (view.focus, view.details_of, view.depth) = (Pane::Apps, Pane::Apps, 0);
    if !state.fleet.shown.contains(&id) {
        view.filter.text.clear();
        (view.only_cluster, view.only_repo, view.hide_acked) = (None, None, false);
        state.notices.flash(state.now, format!("The filter hid {} and was taken off.", id.name));
    }
    if view.app.as_ref() != Some(&id) {
        view.app = Some(id);
        (view.rests_since, view.details_scroll, view.details_cursor) = (Some(state.now), 0, 0);
    }
    view.hold_until = None;
    state.fleet.derive.list_changed = true;
    state.dirty = true;
}

/// Puts the cursor on an app without leaving the screen that is open.
pub fn point_at(state: &mut AppState, id: &AppId) {
    let view = &mut state.view;
    if view.app.as_ref() != Some(id) {
        view.app = Some(id.clone());
        (view.rests_since, view.details_scroll, view.details_cursor) = (Some(state.now), 0, 0);
    }
    view.touched = true;
    scroll_to_cursor(state);
}

/// Moves the cursor to a position of the list.
pub fn go_to(state: &mut AppState, position: usize) {
    let last = state.fleet.shown.len().saturating_sub(1);
    if let Some(id) = state.fleet.shown.get(position.min(last)).cloned() {
        if state.view.app.as_ref() != Some(&id) {
            state.view.app = Some(id);
            state.view.app_at = position.min(last);
            state.view.rests_since = Some(state.now);
            state.view.details_scroll = 0;
            state.view.details_cursor = 0;
        }
    }
    scroll_to_cursor(state);
    state.dirty = true;
}
