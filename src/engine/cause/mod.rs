//! Causes that controllers and API servers tell in words, whichever engine met them: a table of rules, the first that matches wins.
//!
//! May import: `domain`. A rule claims only what the words tell. To extend: a function in the file of its family and a line in [`RULES`];
//! rules that name a closer cause stand before those that name a wider one.

mod access;
mod admission;
mod canary;
mod image;
mod kinds;
mod order;
mod probe;
mod secrets;
mod words;

#[cfg(test)]
mod tests;

use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::event::{LiveEvent, LiveNode};
use crate::domain::ids::ObjectKey;
use crate::domain::status::Health;
use crate::domain::verdict::{NextStep, Outside};
pub use image::{trouble as image_trouble, way as image_way};
pub use words::{PENDING, between, broken_yaml, cut, line_of, not_in_git, scheduler, word_after};

/// A rollout younger than this may come to its end whatever the Events of it say, seconds.
const EARLY: i64 = 120;
/// Cells of a row message.
const ROW: usize = 40;

/// What was said, of what, and whom it hindered.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub message: &'a str,
    /// Reason of the condition, container or event.
    pub reason: &'a str,
    /// `Deployment shop/web`; empty where it is not told.
    pub object: &'a str,
    /// The live object itself, where the words are its own.
    pub key: Option<&'a ObjectKey>,
    pub health: Option<Health>,
    /// `Flux`, `Argo CD`, or the controller that met it.
    pub actor: &'a str,
    /// Shown name of the cluster.
    pub place: &'a str,
    /// Whom the actor acts as; `None` where the words are those of another controller.
    pub acting: Option<&'a Acting>,
    /// The finalizers that keep it, while it is being deleted.
    pub held_by: &'a [String],
    /// The Secrets that it is there to fill, or that the stores of its app are.
    pub copies: &'a [&'a LiveNode],
}

/// The accounts that an engine acts as, and where that is set.
#[derive(Clone, Debug, Default)]
pub struct Acting {
    /// `team-a` or `shop:team-a`, and `spec.serviceAccountName of Kustomization web`.
    pub chosen: Vec<(String, String)>,
    /// Those of its own controllers.
    pub own: &'static [&'static str],
    /// Where any other comes from.
    pub other: String,
}

impl<'a> Seen<'a> {
    /// Words about an object that could not be applied.
    pub fn told(message: &'a str, object: &'a str, actor: &'a str, place: &'a str) -> Self {
        Self { message, reason: "", object, key: None, health: None, actor, place, acting: None, held_by: &[], copies: &[] }
    }

    pub fn by(self, acting: &'a Acting) -> Self {
        Self { acting: Some(acting), ..self }
    }

    /// The object is of this kind, and not well.
    fn is_ill(&self, group: &str, kinds: &[&str]) -> bool {
        let ill = matches!(self.health, Some(Health::Degraded | Health::Suspended | Health::Progressing));
        ill && self.key.is_some_and(|k| k.group == group && kinds.contains(&k.kind.as_str()))
    }

    fn name(&self) -> &'a str {
        self.key.map_or("", |k| k.name.as_str())
    }

    /// `Deployment shop/web`, or what stands for it.
    fn what(&self) -> &'a str {
        if self.object.is_empty() { "an object" } else { self.object }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Row message, at most 40 cells.
    pub short: String,
    /// One sentence that ends with a full stop.
    pub sentence: String,
    pub next: Vec<NextStep>,
    pub word: &'static str,
    /// What happens by itself.
    pub soon: Option<String>,
    pub outside: Option<Outside>,
}

impl Cause {
    fn new(short: impl AsRef<str>, sentence: impl Into<String>, word: &'static str) -> Self {
        Self { short: cut(short.as_ref(), ROW), sentence: sentence.into(), next: Vec::new(), word, soon: None, outside: None }
    }

    fn step(mut self, key: &str, text: impl Into<String>) -> Self {
        self.next.push(NextStep { key: key.into(), text: text.into() });
        self
    }

    fn outside(mut self, outside: Option<Outside>) -> Self {
        self.outside = outside;
        self
    }

    /// What git holds brought it about: going back would help.
    pub fn is_of_git(&self) -> bool {
        !matches!(self.word, "wait" | "fix_cluster")
    }

    fn done(self) -> Option<Self> {
        Some(self)
    }
}

type Rule = fn(&Seen<'_>) -> Option<Cause>;

static RULES: [(&str, Rule); 23] = [
    ("held", kinds::held),
    ("sealed_secret", secrets::sealed),
    ("secret_store", secrets::store),
    ("external_secret", secrets::external),
    ("certificate", secrets::certificate),
    ("canary_paused", canary::paused),
    ("canary_failed", canary::failed),
    ("quota", admission::quota),
    ("quota_unsaid", admission::quota_unsaid),
    ("webhook_down", admission::webhook_down),
    ("webhook_denied", admission::webhook_denied),
    ("policy_denied", admission::policy_denied),
    ("pod_security", admission::pod_security),
    ("escalation", access::escalation),
    ("forbidden", access::forbidden),
    ("immutable", kinds::immutable),
    ("crd_missing", kinds::crd_missing),
    ("namespace_terminating", kinds::namespace_terminating),
    ("namespace_missing", kinds::namespace_missing),
    ("image_pull", image::pull),
    ("key_missing", secrets::key_missing),
    ("secret_missing", secrets::secret_missing),
    ("probe", probe::failed),
];

pub fn of(seen: &Seen<'_>) -> Option<Cause> {
    RULES.iter().find_map(|(_, rule)| rule(seen))
}

/// The first object below an app whose own words name a cause.
pub fn of_tree<'t>(tree: &'t [LiveNode], actor: &str, place: &str) -> Option<(Cause, &'t LiveNode)> {
    order::ordered(tree).into_iter().find_map(|node| {
        let object = node.key.title();
        let reason = node.reason.as_deref().unwrap_or_default();
        let copies = order::copies(tree, node);
        let seen = Seen {
            reason,
            key: Some(&node.key),
            health: node.health,
            copies: &copies,
            held_by: &node.held_by,
            ..Seen::told(&node.message, &object, actor, place)
        };
        Some((of(&seen)?, node))
    })
}

/// Older events tell of what may long be mended, seconds.
const RECENT: i64 = 900;
/// A warning comes shortly before the state that it brings about, seconds.
const AHEAD: i64 = 60;

/// Which warnings may explain the state that an app is in.
#[derive(Clone, Copy, Debug)]
pub struct Present<'a> {
    pub now: Timestamp,
    /// When that state began, or what led to it.
    pub since: Option<Timestamp>,
    /// What is live, where it was read: an object that is well now needs no cause.
    pub tree: Option<&'a [LiveNode]>,
    /// Its rollout goes on, and nothing has called it failed.
    pub is_rolling: bool,
}

impl Present<'_> {
    fn may_explain(&self, event: &LiveEvent) -> bool {
        let Some(at) = event.at.filter(|_| event.warning) else { return false };
        let is_late = self.now.as_second() - at.as_second() <= RECENT;
        let is_of_now = self.since.is_none_or(|since| at.as_second() >= since.as_second() - AHEAD);
        let is_well = |n: &LiveNode| n.key == event.object && n.exists && n.health == Some(Health::Healthy);
        is_late && is_of_now && !self.tree.is_some_and(|tree| tree.iter().any(is_well))
    }
}

/// The newest warning about the present state that names a cause.
pub fn of_events<'e>(events: &'e [LiveEvent], present: Present<'_>, actor: &str, place: &str) -> Option<(Cause, &'e LiveEvent)> {
    events.iter().filter(|e| present.may_explain(e)).find_map(|event| {
        let object = event.object.title();
        let seen = Seen { reason: &event.reason, ..Seen::told(&event.message, &object, actor, place) };
        Some((probe::starting(&seen, present, event).or_else(|| of(&seen))?, event))
    })
}

/// A rollout that goes on: pods that start fail a probe, miss a Secret that is made beside them or are put off by a webhook for a moment.
/// An Event of it is no cause yet; what an object itself says at this moment is.
pub fn is_early(app: &App, now: Timestamp) -> bool {
    app.health == Health::Progressing && app.since.is_some_and(|since| now.as_second() - since.as_second() < EARLY)
}

/// When a state began: with the run that led to it, where that was shortly before; a rollout counts as one with its end.
pub fn began(since: Option<Timestamp>, started: Option<Timestamp>) -> Option<Timestamp> {
    let since = since?;
    Some(started.filter(|at| *at <= since && since.as_second() - at.as_second() <= RECENT).unwrap_or(since))
}
