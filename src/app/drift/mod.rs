//! Drift groups: every app that differs from what is wanted is compared, and equal differences stand in one row. Twelve apps, one cause or twelve?
//!
//! What was found is kept by app when the screen is left; what still runs then is ended.

mod ask;
mod lines;

pub use ask::{Asked, Stamp, ask, changed, end_unwanted, on_answer};
pub use lines::Line;

use super::effect::{DiffMode, Effect};
use super::list;
use super::pane::diff;
use super::state::{AppState, Screen};
use crate::domain::Timestamp;
use crate::domain::drift::{Compared, Difference, Group, groups};
use crate::domain::ids::{AppId, TaskId};
use std::collections::{BTreeMap, BTreeSet};

/// Rows of the screen that are not lines of the list: header, border, names of the columns, the line in words, hints.
const AROUND: u16 = 7;

/// What came of comparing one app.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What the app was when it was compared.
    pub of: Stamp,
    pub at: Timestamp,
    /// Errors: why it could not be compared.
    pub result: Result<Compared, String>,
}

/// What was found so far, and where the cursor is.
#[derive(Clone, Debug, Default)]
pub struct Drift {
    /// Still to be asked for, worst first.
    pub waiting: Vec<AppId>,
    pub asked: BTreeMap<TaskId, Asked>,
    pub answers: BTreeMap<AppId, Answer>,
    /// Since when it compares.
    pub begun: Option<Timestamp>,
    pub groups: Vec<Group>,
    /// The group whose apps are listed.
    pub open: Option<Difference>,
    /// What is under the cursor; `None` = the first line, whatever comes.
    pub cursor: Option<Line>,
    /// Where the cursor is in `lines`, and the first line shown.
    pub at: usize,
    pub top: usize,
    pub lines: Vec<Line>,
    /// An answer came that `groups` does not hold yet.
    pub is_new: bool,
}

impl Drift {
    pub fn line(&self) -> Option<&Line> {
        self.lines.get(self.at)
    }
    pub fn group(&self, difference: &Difference) -> Option<&Group> {
        self.groups.iter().find(|g| g.difference == *difference)
    }
    /// Answered, and all there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.answers.len(), self.answers.len() + self.asked.len() + self.waiting.len())
    }
    pub fn is_busy(&self) -> bool {
        !self.asked.is_empty() || !self.waiting.is_empty()
    }
    /// When the oldest of what is shown was found.
    pub fn as_of(&self) -> Option<Timestamp> {
        self.answers.values().map(|a| a.at).min()
    }
}

pub fn open(state: &mut AppState) -> Vec<Effect> {
    state.screen = Screen::Drift;
    (state.view.drift.open, state.view.drift.cursor) = (None, None);
    ask::begin(state, false);
    refresh(state);
    Vec::new()
}

/// Compares every app anew.
pub fn again(state: &mut AppState) -> Vec<Effect> {
    let out = ask::end(state);
    ask::begin(state, true);
    refresh(state);
    out
}

/// Once a turn while the screen is open.
pub fn refresh(state: &mut AppState) {
    if !matches!(state.screen, Screen::Drift) {
        return;
    }
    let height = usize::from(state.height.saturating_sub(AROUND)).max(1);
    let view = &mut state.view.drift;
    if std::mem::take(&mut view.is_new) {
        view.groups = groups(view.answers.iter().filter_map(|(id, a)| Some((id, a.result.as_ref().ok()?))));
        state.dirty = true;
    }
    let lines = lines::build(view);
    if view.open.is_some() && lines.is_empty() {
        // The group went with the comparison that found it.
        (view.open, view.cursor) = (None, None);
        view.lines = lines::build(view);
    } else {
        view.lines = lines;
    }
    let last = view.lines.len().saturating_sub(1);
    view.at = view.cursor.as_ref().map_or(0, |c| view.lines.iter().position(|l| l == c).unwrap_or(view.at.min(last)));
    view.cursor = if view.at == 0 { None } else { view.lines.get(view.at).cloned() };
    view.top = list::window(view.top, view.at, height, view.lines.len());
}

pub fn go_to(state: &mut AppState, at: usize) {
    let view = &mut state.view.drift;
    let at = at.min(view.lines.len().saturating_sub(1));
    view.cursor = if at == 0 { None } else { view.lines.get(at).cloned() };
    refresh(state);
}

pub fn step(state: &mut AppState, by: i64) {
    let at = i64::try_from(state.view.drift.at).unwrap_or(0).saturating_add(by).max(0);
    go_to(state, usize::try_from(at).unwrap_or(0));
}

/// A group lists its apps; an app is gone to on the main screen.
pub fn follow(state: &mut AppState) {
    match state.view.drift.line().cloned() {
        Some(Line::Group(difference)) => {
            let view = &mut state.view.drift;
            (view.open, view.cursor, view.top) = (Some(difference), None, 0);
            refresh(state);
        }
        Some(Line::Failed(id) | Line::Equal(id) | Line::Place(id, _)) => list::reveal(state, id),
        None => state.notices.flash(state.now, "No app is shown."),
    }
}

/// The app that is under the cursor alone. Errors: why there is not one.
pub fn app(state: &AppState) -> Result<AppId, String> {
    let view = &state.view.drift;
    match view.line() {
        Some(Line::Failed(id) | Line::Equal(id) | Line::Place(id, _)) => Ok(id.clone()),
        Some(Line::Group(difference)) => {
            let mut apps = view.group(difference).map(|g| g.apps.iter()).into_iter().flatten();
            match (apps.next(), apps.next()) {
                (Some(one), None) => Ok(one.clone()),
                _ => Err("Several apps differ so; enter lists them.".into()),
            }
        }
        None => Err("No app is shown.".into()),
    }
}

/// What the app under the cursor differs in, whole.
pub fn diff(state: &mut AppState) -> Vec<Effect> {
    match app(state) {
        Ok(id) => diff::open_for(state, &id, DiffMode::LiveVsDesired),
        Err(_) => Vec::new(),
    }
}

/// The apps of the line under the cursor, as far as they are rows.
pub fn apps(state: &AppState) -> Vec<AppId> {
    let view = &state.view.drift;
    let apps: BTreeSet<AppId> = match view.line() {
        Some(Line::Group(difference)) => view.group(difference).map(|g| g.apps.clone()).unwrap_or_default(),
        Some(Line::Failed(id) | Line::Equal(id) | Line::Place(id, _)) => [id.clone()].into(),
        None => BTreeSet::new(),
    };
    apps.into_iter().filter(|id| state.fleet.rows.contains_key(id)).collect()
}

/// The apps of the line under the cursor: all marked, or all unmarked where they were.
pub fn mark(state: &mut AppState) {
    let apps = apps(state);
    let marks = &mut state.view.marks;
    if apps.iter().all(|id| marks.contains(id)) {
        marks.retain(|id| !apps.contains(id));
    } else {
        marks.extend(apps);
    }
    let text = match marks.len() {
        0 => "No app is marked.".to_owned(),
        1 => "1 app is marked; s on the main screen plans one.".to_owned(),
        n => format!("{n} apps are marked; S on the main screen plans them."),
    };
    state.notices.flash(state.now, text);
}

/// One step back: from the apps of a group to the groups, then to the main screen.
pub fn back(state: &mut AppState) {
    let view = &mut state.view.drift;
    match view.open.take() {
        Some(difference) => {
            view.cursor = Some(Line::Group(difference));
            refresh(state);
        }
        None => state.screen = Screen::Main,
    }
    state.dirty = true;
}
