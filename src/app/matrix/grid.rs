//! Which app stands in which cell.

use super::cell;
use crate::app::fleet::Row;
use crate::app::landing::Landing;
use crate::app::pane::repos::runs_on;
use crate::app::state::AppState;
use crate::domain::ids::AppId;
use crate::domain::status::Severity;
use std::collections::{BTreeMap, BTreeSet, HashSet};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grid {
    /// Names of the clusters, as shown.
    pub columns: Vec<String>,
    pub rows: Vec<GridRow>,
    /// Apps that run on one cluster only and are not shown.
    pub folded: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridRow {
    /// The name; where one cluster runs several apps of it, with what tells them apart.
    pub label: String,
    /// Where the branch or version is that all of them follow; "2 heads" where they follow several, "?" where it is not known.
    pub head: String,
    /// One for each column.
    pub cells: Vec<Option<AppId>>,
}

/// Worst row first; protected clusters first, else by name.
pub fn build(state: &AppState) -> Grid {
    let view = &state.view.matrix;
    let words: Vec<String> = view.search.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let mut by_name: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in state.fleet.rows.values() {
        by_name.entry(&row.app.id.name).or_default().push(row);
    }
    let mut folded = 0;
    let mut lanes: Vec<(String, Vec<&Row>)> = Vec::new();
    for (name, rows) in by_name {
        for (label, rows) in told_apart(state, name, rows) {
            if !words.iter().all(|w| label.to_lowercase().contains(w.as_str())) {
                continue;
            }
            // What was searched for is shown wherever it runs.
            if rows.len() == 1 && !view.unfolded && words.is_empty() {
                folded += 1;
            } else {
                lanes.push((label, rows));
            }
        }
    }
    let columns = columns(state, lanes.iter().flat_map(|(_, rows)| rows.iter().copied()));
    lanes.sort_by_cached_key(|(label, rows)| (worst(rows), std::cmp::Reverse(rows.len()), label.clone()));
    let rows = lanes.into_iter().map(|(label, rows)| grid_row(state, &columns, label, &rows)).collect();
    Grid { columns, rows, folded }
}

fn worst(rows: &[&Row]) -> Severity {
    rows.iter().map(|r| r.severity).min().unwrap_or(Severity::Ok)
}

fn columns<'a>(state: &AppState, rows: impl Iterator<Item = &'a Row>) -> Vec<String> {
    let mut seen: BTreeMap<String, bool> = BTreeMap::new();
    for row in rows {
        let Landing { home, destination } = Landing::of(state, &row.app);
        *seen.entry(runs_on(state, row).to_owned()).or_default() |= destination.unwrap_or(home).protected;
    }
    let mut out: Vec<(String, bool)> = seen.into_iter().collect();
    out.sort_by_key(|(_, is_protected)| !is_protected);
    out.into_iter().map(|(name, _)| name).collect()
}

fn grid_row(state: &AppState, columns: &[String], label: String, rows: &[&Row]) -> GridRow {
    let at = |name: &String| rows.iter().find(|r| runs_on(state, r) == name).map(|r| r.app.id.clone());
    let mut heads: BTreeSet<String> = rows.iter().map(|r| cell::head(state, r)).collect();
    if heads.len() > 1 {
        // The cell says that its own is not known.
        heads.remove("?");
    }
    let head = match heads.len() {
        1 => heads.into_iter().next().unwrap_or_default(),
        n => format!("{n} heads"),
    };
    GridRow { label, head, cells: columns.iter().map(at).collect() }
}

/// Apps of one name in as few rows as hold them with one app a cell: by kind, by namespace, by both, at last also by where the object lives.
fn told_apart<'a>(state: &AppState, name: &str, rows: Vec<&'a Row>) -> Vec<(String, Vec<&'a Row>)> {
    let kind = |r: &Row| r.app.id.kind.short();
    let ways: [&dyn Fn(&Row) -> String; 5] = [
        &|_| name.to_owned(),
        &|r| format!("{name} {}", kind(r)),
        &|r| r.app.id.path(),
        &|r| format!("{} {}", r.app.id.path(), kind(r)),
        &|r| format!("{} {} {}", r.app.id.path(), kind(r), r.app.id.cluster),
    ];
    let mut lanes: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for way in ways {
        lanes.clear();
        for row in &rows {
            lanes.entry(way(row)).or_default().push(row);
        }
        if lanes.values().all(|lane| is_one_each(state, lane)) {
            break;
        }
    }
    lanes.into_iter().collect()
}

fn is_one_each(state: &AppState, rows: &[&Row]) -> bool {
    let mut seen = HashSet::with_capacity(rows.len());
    rows.iter().all(|r| seen.insert(runs_on(state, r)))
}
