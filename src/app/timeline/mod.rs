//! The timeline: what happened to the whole fleet, newest first, and what of it cannot be known.
//!
//! Nothing is kept here but what the operator chose; the lines are gathered anew from what is recorded, while the screen is open.

mod export;
mod gather;
mod group;
mod line;
mod notes;
mod states;
pub mod watch;

pub use export::markdown;
pub use line::{Key, Leads, Line, What, tone};
pub use watch::Watch;

use super::effect::Effect;
use super::list;
use super::pane::Pane;
use super::state::{AppState, Screen};
use crate::domain::Timestamp;
use crate::domain::ids::ClusterId;
use std::collections::BTreeSet;

/// How far back is looked, seconds.
pub const SPANS: [u64; 9] = [300, 900, 1800, 3600, 10_800, 43_200, 86_400, 259_200, 604_800];
/// "What changed in the last 30 minutes?"
const HALF_HOUR: usize = 2;
/// Lines that are gathered at most, the newest: nobody reads more, and a long night must not fill the memory.
pub const MOST: usize = 3000;
/// Rows of the screen that are not lines of the list: header, border, times and kinds, hints.
const AROUND: u16 = 5;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    #[default]
    All,
    Commits,
    Syncs,
    Health,
    Ours,
}

impl Show {
    pub const ALL: [Self; 5] = [Self::All, Self::Commits, Self::Syncs, Self::Health, Self::Ours];
    pub fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Commits => "commits",
            Self::Syncs => "syncs",
            Self::Health => "health",
            Self::Ours => "ours",
        }
    }
}

/// What was chosen on the screen, and the lines it gave; it stays when the screen is left.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// Index into [`SPANS`].
    pub span: usize,
    pub show: Show,
    pub search: String,
    pub searching: bool,
    pub only_marked: bool,
    /// Unfolded groups.
    pub open: BTreeSet<Key>,
    /// `None` = on the newest line, whatever comes.
    pub cursor: Option<Key>,
    /// Where the cursor is in `lines`, and the first line shown.
    pub at: usize,
    pub top: usize,
    pub lines: Vec<Line>,
    /// How many things happened that are shown, those inside folded groups too.
    pub count: usize,
    /// What is not known of this span, a sentence each.
    pub unknown: Vec<String>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            span: HALF_HOUR,
            show: Show::All,
            search: String::new(),
            searching: false,
            only_marked: false,
            open: BTreeSet::new(),
            cursor: None,
            at: 0,
            top: 0,
            lines: Vec::new(),
            count: 0,
            unknown: Vec::new(),
        }
    }
}

impl Timeline {
    pub fn seconds(&self) -> u64 {
        SPANS.get(self.span).copied().unwrap_or(1800)
    }
}

/// Since when is looked at.
pub fn from(state: &AppState) -> Timestamp {
    let seconds = i64::try_from(state.view.timeline.seconds()).unwrap_or(0);
    Timestamp::from_second(state.now.as_second() - seconds).unwrap_or(state.now)
}

pub fn open(state: &mut AppState) -> Vec<Effect> {
    let view = &mut state.view.timeline;
    (view.cursor, view.searching) = (None, false);
    state.screen = Screen::Timeline;
    refresh(state);
    Vec::new()
}

/// Once a turn while the screen is open.
pub fn refresh(state: &mut AppState) {
    if !matches!(state.screen, Screen::Timeline) {
        return;
    }
    let (lines, count) = gather::lines(state);
    let unknown = notes::unknown(state);
    let height = usize::from(state.height.saturating_sub(AROUND)).saturating_sub(unknown.len()).max(1);
    let view = &mut state.view.timeline;
    if view.lines != lines || view.unknown != unknown {
        state.dirty = true;
    }
    (view.lines, view.count, view.unknown) = (lines, count, unknown);
    view.at = match &view.cursor {
        None => 0,
        Some(key) => view.lines.iter().position(|l| l.key == *key).unwrap_or_else(|| {
            // What was under the cursor is filtered out or too old: the next older line takes its place.
            view.lines.iter().position(|l| l.at <= key.at()).unwrap_or(view.lines.len().saturating_sub(1))
        }),
    };
    view.cursor = if view.at == 0 { None } else { view.lines.get(view.at).map(|l| l.key.clone()) };
    view.top = list::window(view.top, view.at, height, view.lines.len());
}

pub fn go_to(state: &mut AppState, at: usize) {
    let view = &mut state.view.timeline;
    let at = at.min(view.lines.len().saturating_sub(1));
    view.cursor = if at == 0 { None } else { view.lines.get(at).map(|l| l.key.clone()) };
    refresh(state);
}

pub fn step(state: &mut AppState, by: i64) {
    let at = i64::try_from(state.view.timeline.at).unwrap_or(0).saturating_add(by).max(0);
    go_to(state, usize::try_from(at).unwrap_or(0));
}

/// To the next (older) or previous line about the same app or, of a commit, the same repository.
pub fn same(state: &mut AppState, forward: bool) {
    let view = &state.view.timeline;
    let Some(here) = view.lines.get(view.at).filter(|l| l.what != What::Gap) else { return };
    let is_same = |l: &&Line| if here.leads.app().is_some() { l.name == here.name } else { l.leads == here.leads };
    let mut lines = view.lines.iter().enumerate();
    let found = if forward { lines.skip(view.at + 1).find(|(_, l)| is_same(l)) } else { lines.rfind(|(i, l)| *i < view.at && is_same(l)) };
    match found.map(|(i, _)| i) {
        Some(at) => go_to(state, at),
        None => {
            let text = format!("Nothing {} of {} is shown.", if forward { "older" } else { "newer" }, here.subject());
            state.notices.flash(state.now, text);
        }
    }
}

/// Longer or shorter.
pub fn span(state: &mut AppState, longer: bool) {
    let view = &mut state.view.timeline;
    view.span = if longer { (view.span + 1).min(SPANS.len() - 1) } else { view.span.saturating_sub(1) };
    refresh(state);
}

pub fn kind(state: &mut AppState, forward: bool) {
    let view = &mut state.view.timeline;
    let at = Show::ALL.iter().position(|s| *s == view.show).unwrap_or(0);
    let next = if forward { at + 1 } else { at + Show::ALL.len() - 1 } % Show::ALL.len();
    view.show = Show::ALL.get(next).copied().unwrap_or_default();
    refresh(state);
}

/// To what the line under the cursor is about; a group unfolds.
pub fn follow(state: &mut AppState) -> Vec<Effect> {
    let view = &mut state.view.timeline;
    let Some(line) = view.lines.get(view.at) else { return Vec::new() };
    match line.leads.clone() {
        Leads::App(id) => list::reveal(state, id),
        Leads::Cluster(id) => {
            state.screen = Screen::Main;
            state.view.cluster = Some(id);
            (state.view.focus, state.view.details_of, state.view.depth) = (Pane::Clusters, Pane::Clusters, 0);
        }
        Leads::Repo(id) => {
            state.screen = Screen::Main;
            state.view.repo = Some(id);
            (state.view.focus, state.view.details_of, state.view.depth) = (Pane::Repos, Pane::Repos, 0);
        }
        Leads::Unfold => {
            let key = line.key.clone();
            if !view.open.remove(&key) {
                view.open.insert(key);
            }
            refresh(state);
        }
        Leads::Nowhere => {
            let text = if line.what == What::Gap { "Nothing is known of this time." } else { "This is about no single app." };
            state.notices.flash(state.now, text);
        }
    }
    Vec::new()
}

/// One step back: the search, then the screen.
pub fn back(state: &mut AppState) {
    let view = &mut state.view.timeline;
    if view.search.is_empty() {
        state.screen = Screen::Main;
    } else {
        view.search.clear();
        refresh(state);
    }
    state.dirty = true;
}

/// The cluster of ours behind a place name.
fn cluster_of(state: &AppState, place: &str) -> Option<ClusterId> {
    let id = ClusterId::new(place);
    if state.fleet.clusters.contains_key(&id) {
        return Some(id);
    }
    state.fleet.clusters.values().find(|c| c.name() == place).map(|c| c.id.clone())
}

/// `02:36`, with the day where it is another one.
pub fn moment(state: &AppState, at: Timestamp) -> String {
    let shifted = |t: Timestamp| Timestamp::from_second(t.as_second() + i64::from(state.settings.utc_offset)).unwrap_or(t);
    let (then, now) = (shifted(at), shifted(state.now));
    let is_today = then.as_second().div_euclid(86_400) == now.as_second().div_euclid(86_400);
    then.strftime(if is_today { "%H:%M" } else { "%a %d %b %H:%M" }).to_string()
}
