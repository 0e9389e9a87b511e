//! Moving: in lists and texts, between panes and tabs, deeper and back.

use super::{Action, Group, always};
use crate::app::effect::Effect;
use crate::app::layout::{self, Form};
use crate::app::overlay::Overlay;
use crate::app::pane::{Pane, Tab, clusters, diff};
use crate::app::state::{AppState, Screen};
use crate::app::{drift, list, matrix, rollback, timeline};
use crate::domain::repo::RepoId;

const fn go(name: &'static str, title: &'static str, help: &'static str, run: fn(&mut AppState) -> Vec<Effect>) -> Action {
    Action { name, title, help, group: Group::Move, off: always, run, mutates: false }
}

pub static DOWN: Action = go("go_down", "down", "next line", |s| step(s, 1));
pub static UP: Action = go("go_up", "up", "previous line", |s| step(s, -1));
pub static FIRST: Action = go("go_first", "first", "first line", |s| step(s, i64::MIN / 2));
pub static LAST: Action = go("go_last", "last", "last line", |s| step(s, i64::MAX / 2));
pub static HALF_DOWN: Action = go("half_page_down", "half page down", "half a page down", |s| step(s, half(s)));
pub static HALF_UP: Action = go("half_page_up", "half page up", "half a page up", |s| step(s, -half(s)));
pub static NEXT_PROBLEM: Action = go("next_problem", "next problem", "next app that is not well", |s| problem(s, true));
pub static PREVIOUS_PROBLEM: Action = go("previous_problem", "previous problem", "previous app that is not well", |s| problem(s, false));
pub static NEXT_PANE: Action = go("next_pane", "next pane", "next pane", |s| pane(s, true));
pub static PREVIOUS_PANE: Action = go("previous_pane", "previous pane", "previous pane", |s| pane(s, false));
pub static PANE_CLUSTERS: Action =
    go("pane_clusters", "clusters", "to the cluster of the app under the cursor; again where they are a strip: as a list", |s| {
        // From a cluster or a repository the cursor of the list stays where it was put.
        if s.view.details_of == Pane::Apps {
            s.view.cluster = s.row().map(|row| clusters::to_look_at(s, row)).or(s.view.cluster.take());
        }
        let strip = matches!(layout::form(s.width, s.height), Form::Medium | Form::Narrow | Form::Single);
        if strip && s.view.focus == Pane::Clusters || layout::form(s.width, s.height) == Form::Single {
            let cursor = clusters::order(s).iter().position(|c| Some(c) == s.view.cluster.as_ref()).unwrap_or(0);
            s.overlays.push(Overlay::Clusters { cursor });
        }
        // One pane has no place for the strip: what is below the list keeps the focus.
        if layout::form(s.width, s.height) == Form::Single { Vec::new() } else { focus(s, Pane::Clusters) }
    });
pub static PANE_APPS: Action = go("pane_apps", "apps", "to Apps", |s| focus(s, Pane::Apps));
pub static PANE_DETAILS: Action = go("pane_details", "details", "to Details", |s| focus(s, Pane::Details));
pub static PANE_REPOS: Action = go("pane_repos", "repos", "to Repos", |s| focus(s, Pane::Repos));
pub static NEXT_TAB: Action = go("next_tab", "next tab", "next tab of Details", |s| tab(s, 1));
pub static PREVIOUS_TAB: Action = go("previous_tab", "previous tab", "previous tab of Details", |s| tab(s, -1));
pub static DEEPER: Action = go("go_deeper", "open", "deeper: details of the app, apps of the cluster or repo", deeper);
pub static BACK: Action = go("go_back", "back", "one step back: zoom, marks, filter, in this order", back);

fn half(state: &AppState) -> i64 {
    i64::from(state.height / 2).max(1)
}

fn moved(at: usize, by: i64, len: usize) -> usize {
    let to = i64::try_from(at).unwrap_or(0).saturating_add(by).max(0);
    usize::try_from(to).unwrap_or(0).min(len.saturating_sub(1))
}

fn step(state: &mut AppState, by: i64) -> Vec<Effect> {
    match &mut state.screen {
        Screen::Diff(_) => diff::scroll(state, by),
        Screen::Rollback(screen) => rollback::scroll(screen, by),
        Screen::Timeline => timeline::step(state, by),
        Screen::Matrix => matrix::step(state, by),
        Screen::Drift => drift::step(state, by),
        Screen::Main => match state.view.focus {
            Pane::Apps => {
                let to = moved(list::position(state), by, state.fleet.shown.len());
                list::go_to(state, to);
            }
            Pane::Clusters => {
                state.view.details_scroll = 0;
                let order = clusters::order(state);
                let at = order.iter().position(|c| Some(c) == state.view.cluster.as_ref()).unwrap_or(0);
                state.view.cluster = order.get(moved(at, by, order.len())).cloned();
            }
            Pane::Repos => {
                state.view.details_scroll = 0;
                let order: Vec<RepoId> = crate::app::pane::repos::order(state);
                let at = order.iter().position(|r| Some(r) == state.view.repo.as_ref());
                let to = at.map_or(0, |at| moved(at, by, order.len()));
                state.view.repo = order.get(to).cloned();
            }
            Pane::Details => {
                let is_text = matches!(state.view.tab, Tab::Why | Tab::Source) || state.view.details_of != Pane::Apps;
                if is_text {
                    let end = state.view.details_end.get();
                    state.view.details_scroll = moved(state.view.details_scroll.min(end), by, end + 1);
                } else {
                    let lines = detail_lines(state);
                    state.view.details_cursor = moved(state.view.details_cursor, by, lines);
                }
            }
        },
    }
    Vec::new()
}

/// Lines of the current Details tab that a cursor can be on.
fn detail_lines(state: &AppState) -> usize {
    let Some(row) = state.row() else { return 0 };
    match state.view.tab {
        Tab::Why => 0,
        Tab::Resources => crate::app::pane::resources::keys(state, row).len(),
        Tab::History => row.app.history.len(),
        Tab::Events => match &state.fleet.detail.events {
            Some((_, Ok(events))) => events.len(),
            _ => 0,
        },
        Tab::Source => 0,
    }
}

fn problem(state: &mut AppState, forward: bool) -> Vec<Effect> {
    let at = list::position(state);
    let is_bad = |i: &usize| {
        state
            .fleet
            .shown
            .get(*i)
            .and_then(|id| state.fleet.rows.get(id))
            .is_some_and(|r| r.severity != crate::domain::status::Severity::Ok && r.ack.is_none())
    };
    let len = state.fleet.shown.len();
    let found = if forward {
        (at + 1..len).find(is_bad).or_else(|| (0..len).find(is_bad))
    } else {
        (0..at).rev().find(is_bad).or_else(|| (0..len).rev().find(is_bad))
    };
    match found {
        Some(to) => list::go_to(state, to),
        None => state.notices.flash(state.now, "Every app shown is well."),
    }
    Vec::new()
}

pub fn focus(state: &mut AppState, pane: Pane) -> Vec<Effect> {
    let is_opened = pane == Pane::Details && state.view.focus != Pane::Details;
    if is_opened && state.view.details_of == Pane::Apps && state.view.tab_of != state.view.app {
        // The tab was chosen for another app: of this one the reader first asks why.
        turn_to(state, Tab::Why);
    }
    state.view.focus = pane;
    if pane != Pane::Details {
        if state.view.details_of != pane {
            state.view.details_scroll = 0;
        }
        state.view.details_of = pane;
    }
    if pane == Pane::Repos && state.view.repo.is_none() {
        state.view.repo = crate::app::pane::repos::order(state).into_iter().next();
    }
    if layout::form(state.width, state.height) == Form::Single {
        state.view.depth = usize::from(pane == Pane::Details);
        if pane == Pane::Details {
            // The only Details there are on such a screen are those of an app.
            state.view.details_of = Pane::Apps;
        }
    }
    Vec::new()
}

fn pane(state: &mut AppState, forward: bool) -> Vec<Effect> {
    // Nothing is shown: Tab takes the name that was meant, as the pane says.
    if forward && state.view.focus == Pane::Apps && state.fleet.shown.is_empty() {
        if let Some(meant) = state.view.filter.suggestion.take() {
            state.view.filter.text = meant;
            state.fleet.derive.list_changed = true;
            state.view.hold_until = None;
            return Vec::new();
        }
    }
    let all = [Pane::Clusters, Pane::Apps, Pane::Details, Pane::Repos];
    let order = if layout::form(state.width, state.height) == Form::Single { &all[1..] } else { &all[..] };
    let at = order.iter().position(|p| *p == state.view.focus).unwrap_or(0);
    let next = if forward { at + 1 } else { at + order.len() - 1 } % order.len();
    let pane = order.get(next).copied().unwrap_or_default();
    focus(state, pane)
}

fn tab(state: &mut AppState, by: i64) -> Vec<Effect> {
    let at = Tab::ALL.iter().position(|t| *t == state.view.tab).unwrap_or(0);
    let len = Tab::ALL.len();
    let next = (i64::try_from(at).unwrap_or(0) + by).rem_euclid(i64::try_from(len).unwrap_or(1));
    turn_to(state, usize::try_from(next).ok().and_then(|i| Tab::ALL.get(i)).copied().unwrap_or_default());
    state.view.details_of = Pane::Apps;
    Vec::new()
}

/// A tab of the app in view, from its first line.
pub fn turn_to(state: &mut AppState, tab: Tab) {
    let view = &mut state.view;
    (view.tab, view.details_scroll, view.details_cursor) = (tab, 0, 0);
    view.tab_of.clone_from(&view.app);
}

fn deeper(state: &mut AppState) -> Vec<Effect> {
    if let Screen::Rollback(_) = state.screen {
        return rollback::next(state);
    }
    match state.view.list() {
        Pane::Apps if state.view.focus == Pane::Details => to_cause(state),
        Pane::Apps => focus(state, Pane::Details),
        Pane::Clusters => {
            let name = state.view.cluster.as_ref().map(ToString::to_string);
            state.view.only_cluster = name.map(|n| crate::domain::ids::ClusterId::new(&n));
            state.fleet.derive.list_changed = true;
            state.view.hold_until = None;
            focus(state, Pane::Apps)
        }
        Pane::Repos => {
            state.view.only_repo.clone_from(&state.view.repo);
            state.fleet.derive.list_changed = true;
            state.view.hold_until = None;
            focus(state, Pane::Apps)
        }
        Pane::Details => Vec::new(),
    }
}

/// From Why to the apps that it names: to the one, or to a list of them.
fn to_cause(state: &mut AppState) -> Vec<Effect> {
    let named = state.row().map(|row| row.verdict.look_at.clone()).unwrap_or_default();
    match (state.view.tab, named.as_slice()) {
        (Tab::Why, [one]) => {
            list::reveal(state, one.clone());
            focus(state, Pane::Details)
        }
        (Tab::Why, [first, ..]) => {
            let names: Vec<&str> = named.iter().map(|id| id.name.as_str()).collect();
            // Each of them must be seen; the filter that hides the first goes with it, so that of the names comes after.
            (state.view.only_cluster, state.view.only_repo, state.view.hide_acked) = (None, None, false);
            list::reveal(state, first.clone());
            state.view.filter.text = format!("app:{}", names.join(","));
            state.fleet.derive.list_changed = true;
            focus(state, Pane::Apps)
        }
        _ => Vec::new(),
    }
}

fn back(state: &mut AppState) -> Vec<Effect> {
    match &state.screen {
        Screen::Diff(_) => {
            diff::close(state);
            return Vec::new();
        }
        Screen::Rollback(_) => {
            return rollback::back(state);
        }
        Screen::Timeline => {
            timeline::back(state);
            return Vec::new();
        }
        Screen::Matrix => {
            matrix::back(state);
            return Vec::new();
        }
        Screen::Drift => {
            drift::back(state);
            return Vec::new();
        }
        Screen::Main => {}
    }
    let marks_resources = super::super::pane::resources::is_open(state) && !state.view.resource_marks.is_empty();
    let view = &mut state.view;
    if marks_resources {
        view.resource_marks.clear();
    } else if view.zoom {
        view.zoom = false;
    } else if view.depth > 0 {
        view.depth = 0;
        view.focus = Pane::Apps;
    } else if view.focus != Pane::Apps {
        view.focus = Pane::Apps;
        view.details_of = Pane::Apps;
    } else if !view.marks.is_empty() {
        view.marks.clear();
    } else if !view.filter.text.is_empty() || view.only_cluster.is_some() || view.only_repo.is_some() {
        view.filter.text.clear();
        view.only_cluster = None;
        view.only_repo = None;
        state.fleet.derive.list_changed = true;
        view.hold_until = None;
    } else {
        state.notices.flash(state.now, "q quits.");
    }
    Vec::new()
}
