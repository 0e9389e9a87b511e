//! The panes of the main screen and the tabs of Details.

use super::effect::DiffMode;
pub mod apps;
pub mod blame;
pub mod clusters;
pub mod diff;
pub mod export;
pub mod repos;
pub mod resources;

use crate::domain::Timestamp;
use crate::domain::diff::DiffSet;
use crate::domain::ids::{AppId, ClusterId, TaskId};
use crate::domain::repo::RepoId;
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Pane {
    Clusters,
    #[default]
    Apps,
    Details,
    Repos,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Why,
    Resources,
    History,
    Events,
    Source,
}

impl Tab {
    pub const ALL: [Self; 5] = [Self::Why, Self::Resources, Self::History, Self::Events, Self::Source];
    pub fn word(self) -> &'static str {
        match self {
            Self::Why => "Why",
            Self::Resources => "Resources",
            Self::History => "History",
            Self::Events => "Events",
            Self::Source => "Source",
        }
    }
}

/// How the rows shown were found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Found {
    #[default]
    Exact,
    /// No name has the text; messages do.
    InMessages,
    /// Nothing has it; these names hold its letters in order.
    Near,
}

/// The list filter; `text` is what is applied, also while it is edited.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub text: String,
    pub editing: bool,
    /// Put back on Esc.
    pub before: String,
    /// The part that is not understood.
    pub problem: Option<crate::app::filter::Problem>,
    pub found: Found,
    /// Nothing matched: a name that is much like what was typed.
    pub suggestion: Option<String>,
    /// Filters that were kept, newest last, and how far back Up has gone.
    pub older: Vec<String>,
    pub back: usize,
}

/// What is looked at on the main screen. Cursors are identities, never positions.
#[derive(Clone, Debug, Default)]
pub struct View {
    pub focus: Pane,
    pub zoom: bool,
    pub tab: Tab,
    /// The app for which the tab was chosen.
    pub tab_of: Option<AppId>,
    pub app: Option<AppId>,
    pub cluster: Option<ClusterId>,
    pub repo: Option<RepoId>,
    /// First row shown of Apps.
    pub apps_top: usize,
    /// Where the app under the cursor was last found in the list.
    pub app_at: usize,
    pub details_scroll: usize,
    /// How far Details can scroll, as the last frame measured it: what stops a scroll at the end.
    pub details_end: std::cell::Cell<usize>,
    /// Cursor line in the Details tabs that have one.
    pub details_cursor: usize,
    pub filter: Filter,
    /// Only apps on this cluster (Enter on a cluster).
    pub only_cluster: Option<ClusterId>,
    pub only_repo: Option<RepoId>,
    pub marks: BTreeSet<AppId>,
    pub resource_marks: resources::Marks,
    pub hide_acked: bool,
    /// Details follow the focused list: a cluster or repo instead of an app.
    pub details_of: Pane,
    /// Rows do not re-sort before this.
    pub hold_until: Option<Timestamp>,
    /// Since when the cursor rests on its row (2 s make it seen).
    pub rests_since: Option<Timestamp>,
    /// A key was pressed: from then on the cursor follows its object.
    pub touched: bool,
    pub sort: apps::Sort,
    /// Columns of wide screens that were switched off.
    pub hidden: BTreeSet<apps::Wide>,
    /// What was run from the palette, newest last.
    pub ran: Vec<String>,
    pub timeline: crate::app::timeline::Timeline,
    pub matrix: crate::app::matrix::Matrix,
    pub drift: crate::app::drift::Drift,
    /// When it was asked whether really all that is shown is to be marked, and of how many.
    pub mark_all_asked: Option<(Timestamp, usize)>,
    /// Under 80 columns: how deep (0 apps, 1 details).
    pub depth: usize,
}

impl View {
    /// The list whose cursor the keys act on: from Details, the one that it follows.
    pub fn list(&self) -> Pane {
        if self.focus == Pane::Details { self.details_of } else { self.focus }
    }
}

/// Where a diff was opened, and goes back to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum From {
    #[default]
    Main,
    Matrix,
    Drift,
}

/// The full-screen diff.
#[derive(Clone, Debug)]
pub struct DiffScreen {
    pub app: AppId,
    pub title: String,
    pub from: From,
    pub mode: DiffMode,
    pub waiting: Option<TaskId>,
    pub asked_at: Timestamp,
    pub result: Option<Result<DiffSet, String>>,
    /// First line shown of the flattened text.
    pub top: usize,
    /// Resource under the cursor.
    pub resource: usize,
    /// Folded resources (index); same and unknown ones start folded.
    pub folded: BTreeSet<usize>,
    pub unified: Option<bool>,
    pub show_ignored: bool,
    /// Who set what differs is shown.
    pub blame: bool,
    /// Long lines are broken instead of cut.
    pub wrap: bool,
    pub search: String,
    pub searching: bool,
}
