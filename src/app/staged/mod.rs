//! Several apps synced in stages: one cluster after the other, stopped at the first app that does not become Healthy.
//!
//! [`draft`] plans what is marked and puts it in order, [`words`] says it for the dialog, [`dialog`] carries it from there to a task, [`run`]
//! sends the plans of a stage once the one before is healthy. Each app keeps a plan and a task of its own: it is checked, sent once, journalled
//! and followed like any other.

pub mod dialog;
pub mod draft;
pub mod run;
pub mod words;

use crate::domain::Timestamp;
use crate::domain::duration::parse_span;
use crate::domain::ids::{AppId, TaskId};
use crate::domain::plan::{Plan, PlanChoices};

/// More are no batch that anyone reads before it is sent.
pub const MOST: usize = 100;
/// How long an app has to become Healthy, unless it is said, seconds.
const WITHIN_S: u64 = 300;

/// How a batch goes on, as typed; empty = the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Clusters that go first, by the names shown.
    pub order: String,
    /// Apps of one cluster that are under way at the same time.
    pub at_once: String,
    /// How long an app has to become Healthy.
    pub within: String,
}

impl Rules {
    /// The names of [`Self::order`].
    pub fn first(&self) -> Vec<&str> {
        self.order.split([',', ' ']).filter(|n| !n.is_empty()).collect()
    }

    /// Errors: what a number looks like.
    pub fn at_once(&self) -> Result<usize, String> {
        match self.at_once.trim() {
            "" => Ok(1),
            text => text.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(|| format!("a number from 1 to {MOST}")),
        }
    }

    /// Seconds. Errors: what a time looks like.
    pub fn within(&self) -> Result<u64, String> {
        match self.within.trim() {
            "" => Ok(WITHIN_S),
            text => parse_span(text).filter(|s| *s > 0).ok_or_else(|| "a time looks like 90s, 5m or 1h".into()),
        }
    }
}

/// Where one app of a batch stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not sent yet.
    Waits,
    /// Its plan is a task of its own.
    Sent(TaskId),
    /// Seen Healthy; the words say how it came to that.
    Healthy { at: Timestamp, how: String },
    /// Sent, and not Healthy: nothing is sent after it.
    Failed(String),
    /// It was its turn, but it is not what was shown any more: nothing is sent of it and after it.
    Refused(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub app: AppId,
    /// As it was shown; built again and compared before it is sent.
    pub plan: Plan,
    pub choices: PlanChoices,
    /// Tip of what it follows, as polled when it was planned: what a sync was to bring.
    pub wants: Option<String>,
    pub standing: Standing,
}

/// The apps that land on one cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// As in the CLUSTER column; where two are called the same, with the home of each.
    pub cluster: String,
    /// Which cluster it is: two may be called the same.
    pub place: String,
    pub protected: bool,
    pub members: Vec<Member>,
}

/// A marked app that nothing is sent for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub app: AppId,
    /// As in the CLUSTER column.
    pub cluster: String,
    pub why: String,
}

impl LeftOut {
    /// The reason's first sentence.
    pub fn short(&self) -> &str {
        self.why.find(". ").and_then(|end| self.why.get(..=end)).unwrap_or(&self.why)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// What was marked, in the order of the list then.
    pub marked: Vec<AppId>,
    /// When it was planned.
    pub at: Timestamp,
    pub rules: Rules,
    pub stages: Vec<Stage>,
    pub left_out: Vec<LeftOut>,
    /// Why what comes later is not sent any more.
    pub stopped: Option<String>,
}

impl Batch {
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.stages.iter().flat_map(|s| &s.members)
    }

    /// How many apps of this stage are under way at once: on a protected cluster never more than one.
    pub fn at_once(&self, stage: &Stage) -> usize {
        if stage.protected { 1 } else { self.rules.at_once().unwrap_or(1) }
    }

    /// The first stage that is not through, counted from 0; that of the end is the last one.
    pub fn stage(&self) -> usize {
        let is_open = |s: &Stage| s.members.iter().any(|m| !matches!(m.standing, Standing::Healthy { .. }));
        self.stages.iter().position(is_open).unwrap_or_else(|| self.stages.len().saturating_sub(1))
    }

    /// `3 of 5 healthy`.
    pub fn news(&self) -> String {
        let healthy = self.members().filter(|m| matches!(m.standing, Standing::Healthy { .. })).count();
        format!("{healthy} of {} healthy", self.members().count())
    }

    /// Apps that nothing was sent for and nothing will be.
    pub fn unsent(&self) -> impl Iterator<Item = &Member> {
        self.members().filter(|m| self.stopped.is_some() && matches!(m.standing, Standing::Waits | Standing::Refused(_)))
    }
}
