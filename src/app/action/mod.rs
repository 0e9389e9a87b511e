//! Everything a key, the palette or a click can ask for: one file an action (or a family that shares one sentence), one line in [`TABLE`].
//!
//! To extend: write `action/<name>.rs` with its `Action`, add it to `TABLE`, bind keys in `keymap.rs`; hints, help and palette follow.

pub mod acknowledge;
pub mod clear;
pub mod confirm_prune;
pub mod copy;
pub mod diff;
pub mod drift;
pub mod go;
pub mod history;
pub mod log;
pub mod login;
pub mod map;
pub mod mark;
pub mod matrix;
pub mod plan;
pub mod quit;
pub mod refresh;
pub mod rollback;
pub mod staged;
pub mod suspend;
pub mod sync;
pub mod terminate;
pub mod timeline;
pub mod undo;
pub mod window;

use super::effect::Effect;
use super::fleet::Row;
use super::landing::Landing;
use super::pane::Pane;
use super::state::{AppState, Screen};
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::ids::AppId;

/// Where an action belongs in help and when its keys are live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// On the row under the cursor.
    App,
    /// Moving and choosing.
    Move,
    /// Screens and overlays.
    Screen,
    Diff,
    Rollback,
    Timeline,
    Matrix,
    Drift,
}

impl Group {
    pub fn title(self) -> &'static str {
        match self {
            Self::App => "APPS",
            Self::Move => "MOVING",
            Self::Screen => "SCREENS",
            Self::Diff => "DIFF",
            Self::Rollback => "ROLL BACK",
            Self::Timeline => "TIMELINE",
            Self::Matrix => "MATRIX",
            Self::Drift => "DRIFT GROUPS",
        }
    }

    /// Its heading where the keys of another screen come first: these are the ones of the main screen.
    pub fn elsewhere(self) -> &'static str {
        match self {
            Self::App => "ON THE MAIN SCREEN, APPS",
            Self::Move => "ON THE MAIN SCREEN, MOVING",
            Self::Screen => "ON THE MAIN SCREEN, SCREENS",
            Self::Diff => "IN THE DIFF",
            Self::Rollback => "IN A ROLLBACK",
            Self::Timeline => "IN THE TIMELINE",
            Self::Matrix => "IN THE MATRIX",
            Self::Drift => "IN THE DRIFT GROUPS",
        }
    }
}

/// One thing the operator can ask for.
pub struct Action {
    /// Stable name, verb and noun: `sync_app`.
    pub name: &'static str,
    /// Title in palette and help: "sync".
    pub title: &'static str,
    pub help: &'static str,
    pub group: Group,
    /// `None` = may be run now; else why not, a sentence that names the key that helps.
    pub off: fn(&AppState) -> Option<String>,
    pub run: fn(&mut AppState) -> Vec<Effect>,
    /// It writes to a cluster or to git (always behind a plan).
    pub mutates: bool,
}

/// All actions.
pub static TABLE: &[&Action] = &[
    &diff::DIFF,
    &sync::SYNC,
    &sync::SYNC_WITH_OPTIONS,
    &staged::STAGED,
    &rollback::ROLLBACK,
    &log::LOG,
    &refresh::REFRESH,
    &refresh::HARD_REFRESH,
    &suspend::SUSPEND,
    &terminate::TERMINATE,
    &clear::CLEAR,
    &confirm_prune::CONFIRM_PRUNE,
    &history::ROLL_BACK_TO,
    &undo::UNDO,
    &acknowledge::ACKNOWLEDGE,
    &acknowledge::HIDE_ACKNOWLEDGED,
    &copy::COPY,
    &mark::MARK,
    &mark::MARK_ALL,
    &map::MAP,
    &mark::MARK_RESOURCE,
    &login::LOGIN,
    &login::FORGET,
    &window::ACTIONS,
    &window::FILTER,
    &window::PALETTE,
    &window::HELP,
    &window::NOTICES,
    &window::JOURNAL,
    &timeline::OPEN,
    &matrix::OPEN,
    &drift::OPEN,
    &rollback::SHOW,
    &window::ORDER,
    &window::VIEWS,
    &window::MOUSE,
    &window::THEMES,
    &window::CLUSTERS,
    &window::ZOOM,
    &quit::QUIT,
    &go::DOWN,
    &go::UP,
    &go::FIRST,
    &go::LAST,
    &go::HALF_DOWN,
    &go::HALF_UP,
    &go::NEXT_PROBLEM,
    &go::PREVIOUS_PROBLEM,
    &go::NEXT_PANE,
    &go::PREVIOUS_PANE,
    &go::PANE_CLUSTERS,
    &go::PANE_APPS,
    &go::PANE_DETAILS,
    &go::PANE_REPOS,
    &go::NEXT_TAB,
    &go::PREVIOUS_TAB,
    &go::DEEPER,
    &go::BACK,
    &diff::COMPARE,
    &diff::UNIFIED,
    &diff::BLAME,
    &diff::IGNORED,
    &diff::WRAP,
    &diff::NEXT_HUNK,
    &diff::PREVIOUS_HUNK,
    &diff::NEXT_RESOURCE,
    &diff::PREVIOUS_RESOURCE,
    &diff::FOLD,
    &diff::SEARCH,
    &diff::EXPORT,
    &diff::COPY,
    &rollback::MARK,
    &rollback::ALL,
    &rollback::GOOD,
    &rollback::MAINLINE,
    &rollback::MESSAGE,
    &rollback::COPY_COMMAND,
    &rollback::NEXT,
    &timeline::FOLLOW,
    &timeline::LONGER,
    &timeline::SHORTER,
    &timeline::NEXT_KIND,
    &timeline::PREVIOUS_KIND,
    &timeline::OLDER_SAME,
    &timeline::NEWER_SAME,
    &timeline::MARKED,
    &timeline::SEARCH,
    &timeline::EXPORT,
    &matrix::FOLLOW,
    &matrix::DIFF,
    &matrix::SYNC,
    &matrix::RIGHT,
    &matrix::LEFT,
    &matrix::NEXT,
    &matrix::PREVIOUS,
    &matrix::FOLD,
    &matrix::MARK,
    &matrix::SEARCH,
    &drift::FOLLOW,
    &drift::DIFF,
    &drift::SYNC,
    &drift::MARK,
    &drift::AGAIN,
];

pub fn always(_: &AppState) -> Option<String> {
    None
}

pub fn nothing(_: &mut AppState) -> Vec<Effect> {
    Vec::new()
}

/// The row under the cursor, if it may be acted on; else the sentence that says why not.
pub fn actable(state: &AppState) -> Result<&Row, String> {
    row_actable(state, row_in_focus(state)?)
}

/// The app under the cursor, where the cursor is on an app: on a cluster or repository its keys are off.
pub fn row_in_focus(state: &AppState) -> Result<&Row, String> {
    match state.screen {
        Screen::Timeline => return Err("The timeline tells what happened; enter goes to the app.".to_owned()),
        Screen::Matrix => return Err("The matrix compares; enter goes to the app.".to_owned()),
        Screen::Drift => return Err("The drift groups compare; enter leads to the app.".to_owned()),
        Screen::Main | Screen::Diff(_) | Screen::Rollback(_) => {}
    }
    let elsewhere = match state.view.list() {
        _ if !matches!(state.screen, Screen::Main) => None,
        Pane::Clusters => Some("cluster"),
        Pane::Repos => Some("repository"),
        Pane::Apps | Pane::Details => None,
    };
    match elsewhere {
        Some(what) => Err(format!("The cursor is on a {what}; 2 goes to the apps.")),
        None => state.row().ok_or_else(|| "No app is under the cursor.".to_owned()),
    }
}

/// As `actable`, for a named app.
pub fn actable_app<'a>(state: &'a AppState, id: &AppId) -> Result<&'a Row, String> {
    row_actable(state, state.fleet.rows.get(id).ok_or_else(|| format!("{} is gone.", id.name))?)
}

fn row_actable<'a>(state: &AppState, row: &'a Row) -> Result<&'a Row, String> {
    if let Some(at) = row.stale_as_of {
        let cluster = &row.app.id.cluster;
        let age = short_age(seconds_between(at, state.now));
        return Err(format!("{cluster} was last read {age} ago; r reads it again."));
    }
    if let Some(why) = &row.app.unreadable {
        return Err(format!("{} cannot be read: {why}.", row.app.id.name));
    }
    Ok(row)
}

/// As `actable`, for what writes: read-only runs and clusters say so.
pub fn writable(state: &AppState) -> Result<&Row, String> {
    if state.settings.read_only {
        return Err(READ_ONLY.into());
    }
    row_writable(state, actable(state)?)
}

/// Why nothing may be sent for this app, in this run or on its clusters.
pub fn read_only(state: &AppState, row: &Row) -> Option<String> {
    if state.settings.read_only {
        return Some(READ_ONLY.into());
    }
    row_writable(state, row).err()
}

const READ_ONLY: &str = "driftdeck runs read-only (--read-only).";

/// As `writable`, for a named app.
pub fn writable_app<'a>(state: &'a AppState, id: &AppId) -> Result<&'a Row, String> {
    if state.settings.read_only {
        return Err(READ_ONLY.into());
    }
    row_writable(state, actable_app(state, id)?)
}

fn row_writable<'a>(state: &AppState, row: &'a Row) -> Result<&'a Row, String> {
    match Landing::of(state, &row.app).read_only() {
        Some(place) => Err(format!("{} is read-only (config).", place.name)),
        None => Ok(row),
    }
}
