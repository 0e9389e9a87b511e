//! What is known of all clusters: rows, sources, projects, repositories; and the order they are shown in.

use super::pane::repos::Followers;
use super::rows::Rows;
use crate::domain::Timestamp;
use crate::domain::app::SharedApp;
use crate::domain::cluster::{ContextInfo, EngineInfo, Fingerprint, KindState, Link};
use crate::domain::controllers::{Controllers, Warning};
use crate::domain::event::{LiveEvent, LiveNode, OtherObject, Project};
use crate::domain::history::LedgerEntry;
use crate::domain::ids::{AppId, ClusterId, Epoch, ObjectKey, SourceId};
use crate::domain::neighbour::Neighbour;
use crate::domain::repo::{Repo, RepoId, Standing};
use crate::domain::source::SourceObject;
use crate::domain::status::{Health, Severity};
use crate::domain::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// So long before a state shows the events that lead to it may come, seconds.
const EVENT_AHEAD_S: i64 = 60;

/// A cluster of ours, or a destination of a hub that no context of ours reaches (`info` is `None`, link `Unmapped`).
#[derive(Clone, Debug)]
pub struct Cluster {
    pub id: ClusterId,
    pub info: Option<ContextInfo>,
    pub link: Link,
    pub engines: Vec<EngineInfo>,
    /// The last look at their controllers, and what follows from it; `None` = not read.
    pub controllers: Option<Controllers>,
    pub warnings: Vec<Warning>,
    pub kubernetes: Option<String>,
    pub user: Option<String>,
    pub fingerprint: Option<Fingerprint>,
    pub kinds: BTreeMap<String, KindState>,
    /// When the server last answered anything.
    pub heard_at: Option<Timestamp>,
    pub epoch: Epoch,
    pub protected: bool,
    pub read_only: bool,
}

impl Cluster {
    /// Since when nothing is heard of a cluster that should answer; `None` inside = not in this run.
    pub fn silent_since(&self) -> Option<Option<Timestamp>> {
        match &self.link {
            Link::Live { .. } | Link::NotInstalled | Link::Unmapped => None,
            link if link.is_live() => None,
            Link::Unreachable { since, .. } => Some(self.heard_at.or(Some(*since))),
            _ => Some(self.heard_at),
        }
    }
    /// The name shown and typed.
    pub fn name(&self) -> &str {
        self.info.as_ref().map_or(self.id.as_str(), ContextInfo::name)
    }
}

/// Acknowledged by the operator, until the row changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    pub at: Timestamp,
    pub note: String,
    /// Severity and revision it was acknowledged at; other ones end it. `None` = whatever is read first.
    pub state: Option<(Severity, Option<String>)>,
    /// It ends then at the latest; `None` = when the row changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A request of ours that the watch has not shown yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    pub request_id: String,
    pub action: String,
    pub at: Timestamp,
}

/// One app with everything derived from it.
#[derive(Clone, Debug)]
pub struct Row {
    /// Shared with the snapshots that are written to the state directory.
    pub app: SharedApp,
    pub verdict: Verdict,
    pub severity: Severity,
    /// Set when the home cluster is not live or its kind is not read (any more): the data is as of then, and actions are off.
    pub stale_as_of: Option<Timestamp>,
    /// When this state began; `since_exact` is false when we only know that it is older than our start.
    pub since: Timestamp,
    pub since_exact: bool,
    /// Last change of a shown word while we watched; bold for 2 s.
    pub changed_at: Option<Timestamp>,
    /// Changed and not looked at for 2 s yet (`+`): its severity is another one than `seen`.
    pub is_new: bool,
    pub seen: Severity,
    pub ack: Option<Ack>,
    pub pending: Option<Pending>,
    pub standing: Option<Standing>,
    /// From the state directory, not read yet in this run.
    pub from_store: bool,
    /// When it was last seen Healthy: what was read below it before then belongs to an earlier outage.
    pub well_at: Option<Timestamp>,
}

/// Details read on demand for the row in view.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    pub app: Option<AppId>,
    pub tree: Option<(Timestamp, Result<Vec<LiveNode>, String>)>,
    pub events: Option<(Timestamp, Result<Vec<LiveEvent>, String>)>,
    /// What the overlay shows.
    pub log: Option<LogText>,
    /// The newest text that was read of the failing container, whatever the overlay shows since: its last line is evidence.
    pub evidence: Option<LogText>,
    /// Objects of other kinds that concern it; read while its Source tab is open.
    pub around: Option<(Timestamp, Vec<Neighbour>)>,
    pub around_asked_at: Option<Timestamp>,
    /// When it was last asked for, so that it is asked again only when something changed or it got old.
    pub tree_asked_at: Option<Timestamp>,
    pub events_asked_at: Option<Timestamp>,
    /// Questions for Events that nobody has answered yet.
    pub events_open: u8,
    /// Pods whose own Events were asked for with the last question.
    pub events_of: Vec<ObjectKey>,
    /// It was looked whether the first tree holds pods whose Events nobody asked for.
    pub pods_seen: bool,
    pub asked_version: String,
    /// How often in a row it was asked for again since something of it was new, or a key was pressed.
    pub unchanged: u8,
    /// The failing pod, and at how many restarts, whose log was last asked for without being told to.
    pub log_asked: Option<(ObjectKey, i64)>,
}

#[derive(Clone, Debug)]
pub struct LogText {
    pub pod: ObjectKey,
    pub container: String,
    pub previous: bool,
    pub at: Timestamp,
    pub lines: Result<Vec<String>, String>,
    /// All containers of the pod, the failing one first.
    pub containers: Vec<String>,
}

/// Header counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub broken: usize,
    pub acked: usize,
    pub missing: usize,
    pub out_of_sync: usize,
    pub unknown: usize,
    pub suspended: usize,
    pub progressing: usize,
    pub unassessed: usize,
    pub ok: usize,
    /// Of all these, rows whose state is the last known one and not that of now.
    pub old: usize,
}

impl Counts {
    pub fn add(&mut self, row: &Row) {
        self.old += usize::from(row.stale_as_of.is_some() || row.verdict.is_old);
        let slot = match row.severity {
            Severity::Failed | Severity::Degraded => &mut self.broken,
            Severity::Missing => &mut self.missing,
            Severity::OutOfSync => &mut self.out_of_sync,
            Severity::Unknown => &mut self.unknown,
            Severity::Suspended => &mut self.suspended,
            Severity::Progressing => &mut self.progressing,
            Severity::Unassessed => &mut self.unassessed,
            Severity::Ok => &mut self.ok,
        };
        *slot += 1;
        if row.ack.is_some() && row.severity.is_broken() {
            self.acked += 1;
        }
    }
    /// These less those of a part.
    pub fn without(&self, part: &Self) -> Self {
        Self {
            broken: self.broken.saturating_sub(part.broken),
            acked: self.acked.saturating_sub(part.acked),
            missing: self.missing.saturating_sub(part.missing),
            out_of_sync: self.out_of_sync.saturating_sub(part.out_of_sync),
            unknown: self.unknown.saturating_sub(part.unknown),
            suspended: self.suspended.saturating_sub(part.suspended),
            progressing: self.progressing.saturating_sub(part.progressing),
            unassessed: self.unassessed.saturating_sub(part.unassessed),
            ok: self.ok.saturating_sub(part.ok),
            old: self.old.saturating_sub(part.old),
        }
    }
    pub fn total(&self) -> usize {
        self.broken + self.missing + self.out_of_sync + self.unknown + self.suspended + self.progressing + self.unassessed + self.ok
    }
    /// Rows that are not well.
    pub fn bad(&self) -> usize {
        self.total() - self.ok - self.unassessed - self.progressing
    }
}

impl Row {
    /// Whether what was read at that time may be told as the present trouble.
    pub fn is_present(&self, at: Timestamp) -> bool {
        self.app.health == Health::Healthy || self.well_at.is_none_or(|well| at >= well)
    }
}

impl Fleet {
    /// The newest stay at a good revision; while the app is in trouble, at one that does not run.
    pub fn last_good(&self, app: &crate::domain::app::App) -> Option<&LedgerEntry> {
        let running = super::rollback::running(app);
        let doubt = super::record::in_doubt(app);
        self.stays.get(&app.id)?.iter().find(|l| !doubt || running != Some(l.revision.as_str()))
    }

    /// What was read below the row in view, if that is this app; `None` = not read yet.
    pub fn read_of(&self, id: &AppId) -> Option<&(Timestamp, Result<Vec<LiveNode>, String>)> {
        self.detail.tree.as_ref().filter(|_| self.detail.app.as_ref() == Some(id))
    }

    /// Live objects below an app and when they were read; nothing from before it was last well.
    pub fn tree_of(&self, id: &AppId) -> Option<(Timestamp, &[LiveNode])> {
        let found = match self.read_of(id) {
            Some((at, nodes)) => nodes.as_deref().ok().map(|nodes| (*at, nodes)),
            None => self.causes.of(id),
        };
        let row = self.rows.get(id);
        found.filter(|(at, _)| row.is_none_or(|r| r.is_present(*at)))
    }

    /// What was read of an app: it is in view, or a command looked at it.
    fn detail_of(&self, id: &AppId) -> Option<&Detail> {
        if self.detail.app.as_ref() == Some(id) { Some(&self.detail) } else { self.causes.looked(id) }
    }

    /// Events about an app and its objects, newest first; only those of the row in view are read. None from long before it was last well:
    /// those belong to an earlier outage, while what made it ill came shortly before that was seen.
    pub fn events_of(&self, id: &AppId) -> &[LiveEvent] {
        let read = self.detail_of(id).and_then(|d| d.events.as_ref());
        let all = read.and_then(|(_, events)| events.as_deref().ok()).unwrap_or_default();
        let well = self.rows.get(id).filter(|r| r.app.health != Health::Healthy).and_then(|r| r.well_at);
        let Some(well) = well else { return all };
        let is_present = |e: &LiveEvent| e.at.is_some_and(|at| at.as_second() >= well.as_second() - EVENT_AHEAD_S);
        all.get(..all.iter().take_while(|e| is_present(e)).count()).unwrap_or_default()
    }

    /// Whose log was read.
    pub fn log_pod_of(&self, id: &AppId) -> Option<&str> {
        self.detail_of(id).and_then(|d| d.evidence.as_ref()).map(|log| log.pod.name.as_str())
    }

    /// Last line of the failing container's log and when it was written: as it says, else at the end of its run, else when it was read.
    /// Nothing of a pod that is gone, or from before the app was last well.
    pub fn log_of(&self, id: &AppId) -> Option<(Timestamp, &str)> {
        let log = self.detail_of(id).and_then(|d| d.evidence.as_ref())?;
        let line = log.lines.as_ref().ok()?.iter().rev().find(|l| !l.trim().is_empty())?;
        let pod = match self.tree_of(id) {
            Some((_, nodes)) => Some(nodes.iter().find(|n| n.key == log.pod && n.exists)?),
            None => None,
        };
        let ended = pod.and_then(|p| p.ended_at).filter(|_| log.previous);
        // A time at the head of the line is the line's own.
        let (own, text) = match line.split_once(' ').map(|(head, rest)| (head.parse::<Timestamp>(), rest)) {
            Some((Ok(at), rest)) => (Some(at), rest.trim_start()),
            _ => (None, line.as_str()),
        };
        let at = own.or(ended).map_or(log.at, |e| e.min(log.at));
        let row = self.rows.get(id);
        row.is_none_or(|r| r.is_present(log.at)).then_some((at, text))
    }
}

#[derive(Clone, Debug, Default)]
pub struct Fleet {
    pub clusters: BTreeMap<ClusterId, Cluster>,
    /// Contexts that are not watched because their cluster is, under another one.
    pub also: BTreeMap<ClusterId, super::also::Also>,
    /// When the present connection of a cluster began, and when the one before it was last heard: until a kind was read again,
    /// its older rows are as of then.
    pub connected: BTreeMap<ClusterId, (Timestamp, Option<Timestamp>)>,
    pub rows: Rows,
    /// What the operator may patch, as far as it was asked.
    pub rights: super::rights::Rights,
    pub sources: BTreeMap<SourceId, SourceObject>,
    /// By (cluster, namespace, name).
    pub projects: BTreeMap<(ClusterId, String, String), Project>,
    pub others: BTreeMap<(ClusterId, ObjectKey), OtherObject>,
    pub repos: BTreeMap<RepoId, Repo>,
    /// When a poll first saw the present tip of each ref.
    pub tips: BTreeMap<RepoId, BTreeMap<String, Timestamp>>,
    /// (repository, revision, tip of what is followed) to where it stands.
    pub standings: HashMap<(RepoId, String, String), Standing>,
    /// Commits behind on an app's own paths, as far as they were asked for.
    pub own_behind: HashMap<AppId, super::matrix::behind::Count>,
    /// What git told of the pairs of deployments of an app.
    pub between: HashMap<AppId, super::history::Answers>,
    /// By home cluster and namespace of an Argo CD: its newest comparison, and how many apps it has.
    pub compared: BTreeMap<(ClusterId, String), (Timestamp, usize)>,
    /// Stays at good revisions per app, newest first.
    pub stays: HashMap<AppId, Vec<LedgerEntry>>,
    /// What a context whose name an Argo destination carries turned out to be, by home and destination name.
    pub suggestions: BTreeMap<(ClusterId, String), super::destination::Suggestion>,
    /// Why the live objects of an app that we assess could not be read.
    pub unseen: HashMap<AppId, String>,
    /// What was read below troubled rows that are not in view.
    pub causes: super::causes::Causes,
    pub detail: Detail,
    /// Filtered and in the order shown.
    pub shown: Vec<AppId>,
    pub counts: Counts,
    /// As `counts`, of the rows that are shown.
    pub shown_counts: Counts,
    /// Apps that share their name with another one on the cluster they run on: their rows show the namespace too.
    pub twins: HashSet<AppId>,
    pub glance: super::glance::Glance,
    /// Apps (all, unfiltered) by the name in the CLUSTER column.
    pub by_cluster: BTreeMap<String, Counts>,
    /// Acknowledgements, also of apps that are not read yet.
    pub acks: HashMap<AppId, Ack>,
    /// Followers of each repository; emptied by `update` when what they are worked out from changed.
    pub followers: OnceCell<BTreeMap<RepoId, Followers>>,
    /// What changed since the derived parts were last brought up to date.
    pub derive: Derive,
}

/// Work left for `settle`.
#[derive(Clone, Debug, Default)]
pub struct Derive {
    /// Rows whose verdict must be built again.
    pub judge: HashSet<AppId>,
    /// Verdicts built in this run.
    pub judged: u64,
    /// The order, the filter result or the counts may differ.
    pub list_changed: bool,
    pub links_changed: bool,
    /// Apps came, went or were compared: how lately each Argo CD compared any may differ.
    pub compare: bool,
    /// Sources, revisions or tips changed: polling set and standings.
    pub repos_changed: bool,
    /// Clusters whose rows differ from what the state directory holds, and when they were last written.
    pub save: BTreeSet<ClusterId>,
    pub saved_at: Option<Timestamp>,
    /// The set of repositories last asked for.
    pub repos: Vec<(RepoId, String)>,
    /// Standings asked for and not answered.
    pub asked: HashSet<(RepoId, String, String)>,
    /// Some Argo app deploys to a destination that is not mapped: look for the context that reaches it.
    pub unmapped: bool,
    /// Some row may be due for an assessment.
    pub assess: bool,
    /// The app of each cluster being assessed now, and when each was last asked about.
    pub assessing: BTreeMap<ClusterId, AppId>,
    pub assessed_at: HashMap<AppId, Timestamp>,
    /// When verdicts with ages in them were last built for all troubled rows.
    pub judged_at: Option<Timestamp>,
    /// When the ages on screen were last looked at, and how they read then.
    pub aged_at: Option<Timestamp>,
    pub aged: Vec<String>,
}
