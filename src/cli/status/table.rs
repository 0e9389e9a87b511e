//! The table for people and for `grep`.

use crate::app::cells;
use crate::app::fleet::{Cluster, Row};
use crate::app::state::AppState;
use crate::domain::Timestamp;
use crate::domain::cluster::Link;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::controllers::Level;
use crate::domain::duration::{seconds_between, short_age};
use crate::ui::wrap;
use unicode_width::UnicodeWidthStr;

pub fn text(state: &AppState, rows: &[&Row], wide: bool) -> String {
    format!("{}{}", rows_of(state, rows.iter().copied(), wide), links(state))
}

/// The lines of some apps, with the names of the columns.
pub fn rows_of<'a>(state: &AppState, rows: impl Iterator<Item = &'a Row>, wide: bool) -> String {
    let mut lines = vec![header(wide)];
    lines.extend(rows.map(|r| line(state, r, wide)));
    match &state.settings.namespace {
        _ if lines.len() > 1 => columns(&lines),
        Some(namespace) => format!("No app lives in namespace {namespace}.\n"),
        None => "No apps found.\n".to_owned(),
    }
}

/// What is not as it should be with the clusters.
pub fn links(state: &AppState) -> String {
    let mut out = String::new();
    for cluster in state.fleet.clusters.values().filter(|c| !matches!(c.link, Link::Live { .. })) {
        if cluster.link == Link::NotInstalled {
            out.push_str(&format!("{} has neither Argo CD nor Flux: what deploys there lives on another cluster\n", cluster.name()));
            continue;
        }
        let reason = super::reach::reason(state, cluster).map_or(String::new(), |r| format!(": {r}"));
        out.push_str(&format!("{} is {}{reason}\n", cluster.name(), cluster.link.word()));
    }
    for cluster in state.fleet.clusters.values() {
        // What is known of a version or a setting is no news for everybody who looks: doctor tells it.
        for warning in cluster.warnings.iter().filter(|w| w.level <= Level::Poor) {
            out.push_str(&format!("{}: {}\n", cluster.name(), warning.sentence));
        }
    }
    for also in state.fleet.also.values() {
        let name = state.fleet.clusters.get(&also.shown_as).map_or(also.shown_as.as_str(), Cluster::name);
        out.push_str(&format!("{} is the same cluster as {name}\n", also.info.name()));
    }
    out
}

fn header(wide: bool) -> Vec<String> {
    let narrow = ["APP", "CLUSTER", "ENG", "SYNC", "HEALTH", "REV", "AGE", "MESSAGE"];
    let full = ["APP", "NAMESPACE", "CLUSTER", "HOME", "ENG", "SYNC", "HEALTH", "REV", "AGE", "AUTO", "REPO", "PATH", "MESSAGE"];
    let names: &[&str] = if wide { &full } else { &narrow };
    names.iter().map(|s| (*s).to_owned()).collect()
}

fn line(state: &AppState, row: &Row, wide: bool) -> Vec<String> {
    let app = &row.app;
    let revision = app.revision.as_deref().map_or("-", |r| short_rev(bare_revision(r))).to_owned();
    let age = age(row, state.now);
    let (sync, health) = (cells::sync_cell(row).1.to_owned(), cells::health_cell(row).1.to_owned());
    let runs_on = crate::app::pane::repos::runs_on(state, row);
    let (name, cluster, engine) = (app.id.name.clone(), runs_on.to_owned(), app.id.kind.short().to_owned());
    let message = row.verdict.short.clone();
    if !wide {
        return vec![name, cluster, engine, sync, health, revision, age, message];
    }
    let auto = match app.auto_sync {
        Some(true) => "on",
        Some(false) => "off",
        None => "-",
    };
    let source = app.sources.first();
    let repo = source.and_then(|s| s.repo()).map_or("-".to_owned(), |r| r.short().to_owned());
    let path = source.and_then(|s| s.path.clone().or_else(|| s.chart.clone())).unwrap_or_else(|| "-".into());
    let message = if row.verdict.sentence.is_empty() { message } else { row.verdict.sentence.clone() };
    vec![
        name,
        app.id.namespace.clone(),
        cluster,
        state.fleet.clusters.get(&app.id.cluster).map_or(app.id.cluster.as_str(), Cluster::name).to_owned(),
        engine,
        sync,
        health,
        revision,
        age,
        auto.into(),
        repo,
        path,
        message,
    ]
}

/// How long its state is what it is, or how old the data is where that is not live.
fn age(row: &Row, now: Timestamp) -> String {
    let seconds = seconds_between(row.stale_as_of.unwrap_or(row.since), now);
    if row.since_exact || row.stale_as_of.is_some() {
        return short_age(seconds);
    }
    // Seen for some seconds only: that it is older than those says nothing.
    if seconds < 60 { "?".into() } else { format!(">{}", short_age(seconds)) }
}

/// Columns as wide as their widest cell; the last one is as long as it is.
pub fn columns(lines: &[Vec<String>]) -> String {
    let count = lines.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..count).map(|i| lines.iter().filter_map(|l| l.get(i)).map(|c| c.width()).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for line in lines {
        let mut text = String::new();
        for (i, cell) in line.iter().enumerate() {
            text.push_str(cell);
            if i + 1 < count {
                let pad = widths.get(i).copied().unwrap_or(0).saturating_sub(cell.width()) + 2;
                text.push_str(&" ".repeat(pad));
            }
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

/// As [`columns`], with the cells of one column on as many lines as they need at this width.
pub fn columns_within(lines: &[Vec<String>], column: usize, width: usize) -> String {
    let mut out: Vec<Vec<String>> = Vec::new();
    for line in lines {
        let parts = line.get(column).map(|cell| wrap(cell, width)).unwrap_or_default();
        for (i, part) in parts.into_iter().enumerate() {
            let cell = |(at, cell): (usize, &String)| {
                if at == column {
                    part.clone()
                } else if i == 0 {
                    cell.clone()
                } else {
                    String::new()
                }
            };
            out.push(line.iter().enumerate().map(cell).collect());
        }
    }
    columns(&out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture::night;

    #[test]
    fn a_long_cell_takes_more_lines_and_no_column_grows_by_it() {
        let line = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let lines = [line(["WHAT", "VALUE", "AGE"]), line(["a", "one two three four", "1m"]), line(["b", "", "2m"])];
        assert_eq!(columns_within(&lines, 1, 9), "WHAT  VALUE    AGE\na     one two  1m\n      three\n      four\nb              2m\n");
    }

    #[test]
    fn an_age_that_is_not_known_is_a_question_and_one_known_in_part_is_at_least_so_much() {
        let state = night(160, 45);
        let mut row = state.fleet.rows.values().find(|r| r.stale_as_of.is_none()).unwrap().clone();
        let ago = |seconds: i64| state.now.checked_sub(jiff::Span::new().seconds(seconds)).unwrap();
        let mut told = |exact: bool, seconds: i64| {
            (row.since, row.since_exact) = (ago(seconds), exact);
            age(&row, state.now)
        };
        assert_eq!((told(true, 5), told(true, 300)), ("5s".into(), "5m".into()));
        assert_eq!((told(false, 0), told(false, 59), told(false, 300)), ("?".into(), "?".into(), ">5m".into()));
        row.stale_as_of = Some(ago(20));
        assert_eq!(age(&row, state.now), "20s", "of the data");
    }
}
