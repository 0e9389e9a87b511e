//! The diff screen: asking, receiving, moving through it.

use super::repos::runs_on;
use super::{DiffScreen, From};
use crate::app::effect::{DiffMode, DiffRequest, Effect};
use crate::app::fleet::Row;
use crate::app::list;
use crate::app::state::{AppState, Screen};
use crate::domain::app::App;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::diff::{DiffKind, DiffSet};
use crate::domain::ids::{AppId, TaskId};
use crate::domain::status::{Health, Sync};
use std::collections::BTreeSet;

/// Opens the diff of the row under the cursor, at the comparison that has something to say.
pub fn open(state: &mut AppState) -> Vec<Effect> {
    let Some(id) = state.view.app.clone() else { return Vec::new() };
    let mode = state.fleet.rows.get(&id).map_or(DiffMode::LiveVsDesired, |row| telling(state, &row.app));
    open_for(state, &id, mode)
}

/// What is in sync and broken does not differ from git: there the question is what changed since it was well.
fn telling(state: &AppState, app: &App) -> DiffMode {
    let broken = app.severity().is_broken() || app.health == Health::Progressing;
    let from_git = app.sources.iter().any(|s| s.repo().is_some() && s.chart.is_none());
    if app.sync == Sync::Synced && broken && from_git && last_good(state, app).is_some() {
        DiffMode::LastGoodVsLive
    } else {
        DiffMode::LiveVsDesired
    }
}

/// Opens the diff of this app, wherever the cursor is.
pub fn open_for(state: &mut AppState, id: &AppId, mode: DiffMode) -> Vec<Effect> {
    let Some(row) = state.fleet.rows.get(id) else {
        state.notices.flash(state.now, format!("{} is gone; esc goes back.", id.name));
        return Vec::new();
    };
    let (app, title) = (App::clone(&row.app), format!("{}  {}", row.app.id.name, row.app.runs_on()));
    ask(state, app, title, mode, None)
}

/// What one app runs against what another of its name runs on another cluster.
pub fn open_two(state: &mut AppState, older: &AppId, newer: &AppId) -> Vec<Effect> {
    let rows = &state.fleet.rows;
    let (Some(a), Some(b)) = (rows.get(older), rows.get(newer)) else { return Vec::new() };
    let runs = |row: &Row| {
        let revision = row.app.revision.as_deref().map_or("nothing", |r| short_rev(bare_revision(r)));
        format!("{} {revision}", runs_on(state, row))
    };
    let title = format!("{}  {} and {}", a.app.id.name, runs(a), runs(b));
    let (app, against) = (App::clone(&a.app), App::clone(&b.app));
    ask(state, app, title, DiffMode::TwoApps, Some(Box::new(against)))
}

fn ask(state: &mut AppState, app: App, title: String, mode: DiffMode, against: Option<Box<App>>) -> Vec<Effect> {
    let task = state.take_task_id();
    let blame = !matches!(&state.screen, Screen::Diff(diff) if !diff.blame);
    let from = match &state.screen {
        Screen::Diff(diff) => diff.from,
        Screen::Matrix => From::Matrix,
        Screen::Drift => From::Drift,
        Screen::Main | Screen::Rollback(_) | Screen::Timeline => From::Main,
    };
    if from != From::Main {
        list::point_at(state, &app.id);
    }
    state.screen = Screen::Diff(Box::new(DiffScreen {
        app: app.id.clone(),
        title,
        from,
        mode,
        waiting: Some(task),
        asked_at: state.now,
        result: None,
        top: 0,
        resource: 0,
        folded: BTreeSet::new(),
        unified: None,
        show_ignored: false,
        blame,
        wrap: false,
        search: String::new(),
        searching: false,
    }));
    state.dirty = true;
    let cluster = app.destination.cluster.clone();
    let cluster_label = app.runs_on().to_owned();
    let last_good = last_good(state, &app);
    vec![Effect::Diff { task, request: Box::new(DiffRequest { app, cluster, mode, last_good, against, cluster_label, at: state.now }) }]
}

/// From the ledger, else the newest entry of the engine's history that ended well and is not what runs.
pub fn last_good(state: &AppState, app: &App) -> Option<String> {
    let ledger = state.fleet.last_good(app).map(|l| l.revision.clone());
    let runs = app.revision.as_deref();
    ledger
        .filter(|r| Some(r.as_str()) != runs)
        .or_else(|| app.history.iter().find(|h| h.ok && Some(h.revision.as_str()) != runs).map(|h| h.revision.clone().into()))
}

pub fn on_result(state: &mut AppState, task: TaskId, result: Result<DiffSet, String>) {
    let Screen::Diff(screen) = &mut state.screen else { return };
    if screen.waiting != Some(task) {
        return;
    }
    screen.waiting = None;
    if let Ok(set) = &result {
        // What is equal or unknown starts folded, and so does what is only live.
        screen.folded = set
            .resources
            .iter()
            .enumerate()
            .filter(|(_, r)| !matches!(r.kind, DiffKind::Changed | DiffKind::OnlyDesired))
            .map(|(i, _)| i)
            .collect();
    }
    screen.result = Some(result);
    state.dirty = true;
}

/// Lines of the unified view: resource headers and hunk lines, so that paging and search agree with what is drawn.
pub fn lines(set: &DiffSet, folded: &BTreeSet<usize>) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for (i, resource) in set.resources.iter().enumerate() {
        out.push((i, resource.key.title()));
        if folded.contains(&i) {
            continue;
        }
        for hunk in &resource.hunks {
            if hunk.skipped > 0 {
                out.push((i, String::new()));
            }
            out.extend(hunk.lines.iter().map(|l| (i, l.text())));
        }
    }
    out
}

fn set(screen: &DiffScreen) -> Option<&DiffSet> {
    screen.result.as_ref().and_then(|r| r.as_ref().ok())
}

pub fn scroll(state: &mut AppState, by: i64) {
    let Screen::Diff(screen) = &mut state.screen else { return };
    let len = set(screen).map_or(0, |s| lines(s, &screen.folded).len());
    let top = i64::try_from(screen.top).unwrap_or(0).saturating_add(by).max(0);
    screen.top = usize::try_from(top).unwrap_or(0).min(len.saturating_sub(1));
    sync_resource(screen);
}

fn sync_resource(screen: &mut DiffScreen) {
    if let Some((i, _)) = set(screen).and_then(|s| lines(s, &screen.folded).into_iter().nth(screen.top)) {
        screen.resource = i;
    }
}

/// To the next or previous resource header.
pub fn resource(state: &mut AppState, forward: bool) {
    let Screen::Diff(screen) = &mut state.screen else { return };
    let Some(count) = set(screen).map(|s| s.resources.len()) else { return };
    let next = if forward { (screen.resource + 1).min(count.saturating_sub(1)) } else { screen.resource.saturating_sub(1) };
    screen.resource = next;
    let top = set(screen).and_then(|s| lines(s, &screen.folded).iter().position(|(i, _)| *i == next));
    screen.top = top.unwrap_or(0);
}

/// To the next or previous hunk of an open resource.
pub fn hunk(state: &mut AppState, forward: bool) {
    let Screen::Diff(screen) = &mut state.screen else { return };
    let Some(diff) = set(screen) else { return };
    let mut starts = Vec::new();
    let mut at = 0;
    for (i, resource) in diff.resources.iter().enumerate() {
        at += 1;
        if screen.folded.contains(&i) {
            continue;
        }
        for hunk in &resource.hunks {
            starts.push(at);
            at += hunk.lines.len() + usize::from(hunk.skipped > 0);
        }
    }
    let top = screen.top;
    let next = if forward { starts.iter().find(|s| **s > top) } else { starts.iter().rev().find(|s| **s < top) };
    if let Some(next) = next {
        screen.top = *next;
    }
    sync_resource(screen);
}

pub fn fold(state: &mut AppState) {
    let Screen::Diff(screen) = &mut state.screen else { return };
    let at = screen.resource;
    if !screen.folded.remove(&at) {
        screen.folded.insert(at);
    }
    let top = set(screen).and_then(|s| lines(s, &screen.folded).iter().position(|(i, _)| *i == at));
    screen.top = top.unwrap_or(0);
}

/// After a search text changed: to its first hit at or below the top, else from the start.
pub fn search_moved(screen: &mut DiffScreen) {
    find(screen, 0, true);
}

pub fn search_next(state: &mut AppState, forward: bool) {
    if let Screen::Diff(screen) = &mut state.screen {
        find(screen, 1, forward);
    }
}

fn find(screen: &mut DiffScreen, skip: usize, forward: bool) {
    let wanted = screen.search.to_lowercase();
    if wanted.is_empty() {
        return;
    }
    let Some(diff) = set(screen) else { return };
    let all = lines(diff, &screen.folded);
    let hit = |i: &usize| all.get(*i).is_some_and(|(_, t)| t.to_lowercase().contains(&wanted));
    let found = if forward {
        (screen.top + skip..all.len()).find(hit).or_else(|| (0..all.len()).find(hit))
    } else {
        (0..screen.top).rev().find(hit)
    };
    if let Some(top) = found {
        screen.top = top;
        sync_resource(screen);
    }
}

/// The text of the hunk or resource under the cursor, for the clipboard.
pub fn copy_text(screen: &DiffScreen) -> Option<String> {
    let resource = set(screen)?.resources.get(screen.resource)?;
    let mut out = format!("# {}\n", resource.key.title());
    for hunk in &resource.hunks {
        for line in &hunk.lines {
            out.push_str(match line.tag {
                crate::domain::diff::LineTag::Same => "  ",
                crate::domain::diff::LineTag::Removed => "- ",
                crate::domain::diff::LineTag::Added => "+ ",
            });
            out.push_str(&line.text());
            out.push('\n');
        }
    }
    Some(out)
}

/// Back to where it was opened; in the list the cursor is on the app the diff was of.
pub fn close(state: &mut AppState) {
    if let Screen::Diff(screen) = &state.screen {
        let (id, from) = (screen.app.clone(), screen.from);
        state.screen = match from {
            From::Main => Screen::Main,
            From::Matrix => Screen::Matrix,
            From::Drift => Screen::Drift,
        };
        if let Some(at) = list::position_of(state, &id) {
            list::go_to(state, at);
        }
    }
    state.dirty = true;
}
