//! The one state of the program: a tree owned by one task, written only by `update`.

use super::fleet::{Fleet, Row};
use super::notice::Notices;
use super::overlay::Overlay;
use super::pane::{DiffScreen, View};
use super::rollback::Rollback;
use super::task::Task;
use crate::domain::Timestamp;
use crate::domain::cluster::ContextInfo;
use crate::domain::ids::{ClusterId, TaskId};
use crate::domain::journal::{JournalEntry, TimelineEntry};
use std::collections::BTreeMap;

/// What the command line and the config decided; fixed for a run except the theme.
#[derive(Clone, Debug)]
pub struct Settings {
    pub demo: Option<String>,
    pub read_only: bool,
    pub operator: String,
    pub host: String,
    pub theme: String,
    /// All theme names, in the order shown.
    pub themes: Vec<String>,
    pub ascii: bool,
    pub motion: bool,
    pub mouse: bool,
    /// Restricts rows to this namespace (`-n`).
    pub namespace: Option<String>,
    /// Globs of clusters that are protected, read-only or carry guardrails, from the config.
    pub protected: Vec<String>,
    pub read_only_clusters: Vec<String>,
    /// (cluster glob, guardrail words).
    pub guardrails: Vec<(String, Vec<String>)>,
    /// Argo destination (name or normalised server) to cluster.
    pub destinations: Vec<(String, ClusterId)>,
    pub log_path: String,
    pub state_path: String,
    /// Seconds a UTC time is shifted by on screen (the operator's zone at the start).
    pub utc_offset: i32,
    /// Minimum time a dialog must have been open before Enter counts, ms.
    pub dead_ms: i64,
    /// The clock stands still (screenshots): nothing may wait for it.
    pub frozen: bool,
    /// A command that reads and ends: nobody's cursor rests on a row, and how its own connections come and go is nothing that happened.
    pub brief: bool,
    /// The arguments of this run that another command needs to find the same, as they were given: ` --kubeconfig FILE`; empty = none.
    pub given: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            demo: None,
            read_only: false,
            operator: "operator".into(),
            host: "localhost".into(),
            theme: "terminal".into(),
            themes: vec!["terminal".into()],
            ascii: false,
            motion: true,
            mouse: true,
            namespace: None,
            protected: Vec::new(),
            read_only_clusters: Vec::new(),
            guardrails: Vec::new(),
            destinations: Vec::new(),
            log_path: String::new(),
            state_path: String::new(),
            utc_offset: 0,
            dead_ms: 300,
            frozen: false,
            brief: false,
            given: String::new(),
        }
    }
}

/// What fills the screen below overlays.
#[derive(Clone, Debug, Default)]
pub enum Screen {
    #[default]
    Main,
    Diff(Box<DiffScreen>),
    Rollback(Box<Rollback>),
    /// What it shows is in `View::timeline`, and stays when the screen is left.
    Timeline,
    /// As above, `View::matrix`.
    Matrix,
    /// As above, `View::drift`.
    Drift,
}

#[derive(Clone, Debug)]
pub struct AppState {
    pub now: Timestamp,
    pub started_at: Timestamp,
    pub settings: Settings,
    pub width: u16,
    pub height: u16,
    pub fleet: Fleet,
    pub view: View,
    pub screen: Screen,
    /// Topmost last.
    pub overlays: Vec<Overlay>,
    /// Newest last; ended ones stay for the journal of this run.
    pub tasks: Vec<Task>,
    pub next_task: u64,
    pub notices: Notices,
    /// Newest last, from the state directory and this run.
    pub journal: Vec<JournalEntry>,
    /// What happened while we watched, newest last: the end of `timeline.jsonl` and this run.
    pub timeline: Vec<TimelineEntry>,
    pub watch: super::timeline::Watch,
    /// Rollbacks that were sent and whose screen was left, newest last.
    pub left: Vec<Box<Rollback>>,
    /// The trial push that runs for the plan of a rollback.
    pub trial: Option<TaskId>,
    /// The log that is followed, and how many were so far.
    pub following: Option<super::log::Following>,
    pub follows: u64,
    /// All contexts of the kubeconfig, chosen or not.
    pub contexts: Vec<ContextInfo>,
    pub chosen: Vec<ClusterId>,
    /// Protected or not, as marked in the picker: wins over the rule by name, not over the config.
    pub marked: BTreeMap<ClusterId, bool>,
    /// Argo destination (`HOME/NAME`) to the context that reaches it, as chosen on screen.
    pub mapped: BTreeMap<String, ClusterId>,
    /// Named filters of the operator.
    pub views: super::views::Views,
    /// An overlay closed just now: `q` and Enter do nothing before this.
    pub dead_until: Option<Timestamp>,
    /// Set by `update` when something visible changed; cleared by the loop after drawing.
    pub dirty: bool,
}

impl AppState {
    pub fn new(now: Timestamp, settings: Settings) -> Self {
        Self {
            now,
            started_at: now,
            settings,
            width: 0,
            height: 0,
            fleet: Fleet::default(),
            view: View::default(),
            screen: Screen::Main,
            overlays: Vec::new(),
            tasks: Vec::new(),
            next_task: 1,
            notices: Notices::default(),
            journal: Vec::new(),
            timeline: Vec::new(),
            watch: super::timeline::Watch::default(),
            left: Vec::new(),
            trial: None,
            following: None,
            follows: 0,
            contexts: Vec::new(),
            chosen: Vec::new(),
            marked: BTreeMap::new(),
            mapped: BTreeMap::new(),
            views: super::views::Views::default(),
            dead_until: None,
            dirty: true,
        }
    }

    /// The row under the cursor.
    pub fn row(&self) -> Option<&Row> {
        self.view.app.as_ref().and_then(|id| self.fleet.rows.get(id))
    }

    /// Signs of waiting turn; a clock that stands still turns nothing.
    pub fn moves(&self) -> bool {
        self.settings.motion && !self.settings.frozen
    }

    pub fn task(&self, id: TaskId) -> Option<&Task> {
        self.tasks.iter().find(|t| t.id == id)
    }

    pub fn take_task_id(&mut self) -> TaskId {
        let id = TaskId(self.next_task);
        self.next_task += 1;
        id
    }
}
