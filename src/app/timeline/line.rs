//! One line of the timeline.

use crate::app::cells::Tone;
use crate::domain::Timestamp;
use crate::domain::ids::{AppId, ClusterId};
use crate::domain::journal::TimelineKind;
use crate::domain::repo::RepoId;

/// What stays the same about a line while others come and go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Line {
        at: Timestamp,
        place: String,
        name: String,
        text: String,
    },
    /// What belongs together, a revision or an app, from its first moment on.
    Group {
        what: String,
        first_at: Timestamp,
    },
}

impl Key {
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Line { at, .. } => *at,
            Self::Group { first_at, .. } => *first_at,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Happened(TimelineKind),
    /// Nothing is known of a time.
    Gap,
}

/// Where Enter goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    App(AppId),
    Cluster(ClusterId),
    Repo(RepoId),
    Unfold,
    Nowhere,
}

impl Leads {
    pub fn app(&self) -> Option<&AppId> {
        if let Self::App(id) = self { Some(id) } else { None }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub key: Key,
    pub at: Timestamp,
    pub what: What,
    pub tone: Tone,
    /// Cluster, or repository.
    pub place: String,
    /// App, or short commit.
    pub name: String,
    pub text: String,
    pub leads: Leads,
    /// The whole revision that an app went to, or a branch.
    pub revision: Option<String>,
    /// Part of the unfolded group above.
    pub nested: bool,
    /// A group: whether it is unfolded.
    pub unfolded: Option<bool>,
}

impl Line {
    pub fn new(at: Timestamp, what: What, place: String, name: String, text: String, leads: Leads) -> Self {
        let tone = match what {
            What::Happened(kind) => tone(&text, kind),
            What::Gap => Tone::Unknown,
        };
        let key = Key::Line { at, place: place.clone(), name: name.clone(), text: text.clone() };
        Self { key, at, what, tone, place, name, text, leads, revision: None, nested: false, unfolded: None }
    }

    /// Other words for the same thing.
    pub fn set_text(&mut self, text: String) {
        if let What::Happened(kind) = self.what {
            self.tone = tone(&text, kind);
        }
        self.key = Key::Line { at: self.at, place: self.place.clone(), name: self.name.clone(), text: text.clone() };
        self.text = text;
    }

    /// What it is about, in words.
    pub fn subject(&self) -> &str {
        if self.leads.app().is_some() { &self.name } else { &self.place }
    }

    /// Every word occurs, in any column.
    pub fn has(&self, words: &[String]) -> bool {
        let text = format!("{} {} {}", self.place, self.name, self.text).to_lowercase();
        words.iter().all(|w| text.contains(w.as_str()))
    }
}

/// Good or bad news, by the word an entry ends in: `Healthy to Degraded` is bad.
pub fn tone(text: &str, kind: TimelineKind) -> Tone {
    if kind == TimelineKind::Commit {
        return Tone::Plain;
    }
    let end = text.rsplit(" to ").next().unwrap_or(text).to_lowercase();
    let has = |list: &[&str]| list.iter().any(|w| end.contains(w));
    match () {
        () if kind == TimelineKind::Link && has(&["forbidden", "login needed", "changed", "invalid"]) => Tone::Unknown,
        () if has(&["fail", "degraded", "error", "unreachable", "missing"]) => Tone::Bad,
        () if has(&["outofsync"]) => Tone::Drift,
        () if has(&["healthy", "synced", "live", "succeeded"]) => Tone::Ok,
        () if has(&["unknown"]) => Tone::Unknown,
        () if has(&["suspend"]) => Tone::Held,
        () if kind == TimelineKind::Ours => Tone::Plain,
        () => Tone::Busy,
    }
}
