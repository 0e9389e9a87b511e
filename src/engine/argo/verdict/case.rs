//! One app being judged: the facts that rules ask for, and the evidence that every verdict carries.

use super::super::plan::{owner, short};
use super::super::windows::{self, WindowJudgement};
use crate::domain::Timestamp;
use crate::domain::app::{App, ArgoFields, ManagedResource, OperationResource};
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::event::LiveNode;
use crate::domain::ids::ObjectKey;
use crate::domain::status::{Health, Operation, Phase, Sync};
use crate::domain::verdict::{Evidence, NextStep, Verdict, Weight};
use crate::engine::cause::Cause;
pub use crate::engine::cause::cut;
use crate::engine::{Context, told, trouble};

pub struct Case<'a> {
    pub app: &'a App,
    pub argo: &'a ArgoFields,
    pub context: &'a Context<'a>,
    pub operation: Option<&'a Operation>,
}

static NO_FIELDS: std::sync::LazyLock<ArgoFields> = std::sync::LazyLock::new(ArgoFields::default);

impl<'a> Case<'a> {
    pub fn new(app: &'a App, context: &'a Context<'a>) -> Self {
        Self { app, argo: app.argo().unwrap_or(&NO_FIELDS), context, operation: app.operation.as_ref() }
    }

    pub fn name(&self) -> &str {
        &self.app.id.name
    }

    pub fn phase(&self) -> Option<Phase> {
        self.operation.map(|o| o.phase)
    }

    /// Who asked for the operation; `by` and the name, or that nobody did.
    pub fn by(&self) -> String {
        match self.operation.and_then(|o| o.by.as_deref()) {
            Some("automated") => "by auto-sync".into(),
            Some(who) => format!("asked for by {who}"),
            None => "asked for by someone".into(),
        }
    }

    /// The revision the operation works on.
    pub fn tried(&self) -> Option<String> {
        self.operation.and_then(|o| o.revision.as_deref()).map(short)
    }

    pub fn runs(&self) -> Option<String> {
        self.app.revision.as_deref().map(short)
    }

    /// The revision that Argo CD compared with.
    pub fn compared(&self) -> Option<String> {
        self.argo.compared.iter().find(|r| !r.is_empty()).map(|r| short(r))
    }

    pub fn runs_on(&self) -> &str {
        self.context.destination.map_or_else(|| self.app.runs_on(), |d| &d.name)
    }

    pub fn ago(&self, at: Timestamp) -> u64 {
        seconds_between(at, self.context.now)
    }

    /// Managed resources without hooks.
    pub fn resources(&self) -> impl Iterator<Item = &'a ManagedResource> {
        self.app.resources.iter().filter(|r| !r.hook)
    }

    /// Resources that a sync would change.
    pub fn differing(&self) -> Vec<&'a ManagedResource> {
        self.resources().filter(|r| r.sync == Some(Sync::OutOfSync) && !r.requires_pruning).collect()
    }

    /// Resources that are only live.
    pub fn extra(&self) -> Vec<&'a ManagedResource> {
        self.resources().filter(|r| r.requires_pruning).collect()
    }

    /// What failed in the last operation, hooks apart.
    pub fn failed(&self) -> Vec<&'a OperationResource> {
        self.argo.operation_resources.iter().filter(|r| r.status == "SyncFailed" && r.hook_type.is_empty()).collect()
    }

    pub fn window(&self, manual: bool) -> WindowJudgement {
        windows::judge(self.app, self.context, manual)
    }

    /// The next step of a roll back, with what it would go back to; none where nothing earlier is known.
    pub fn roll_back(&self) -> Option<NextStep> {
        let text = match (self.context.last_good, self.before()) {
            (Some(good), _) if self.app.revision.as_deref() == Some(good.revision.as_str()) => {
                format!("roll back: undo what came after {}, which runs and is healthy", short(&good.revision))
            }
            (Some(good), _) => format!("roll back: last seen healthy at {} ({})", short(&good.revision), time(good.last_at)),
            (None, Some(before)) => format!("roll back: {before} was deployed before"),
            (None, None) => return None,
        };
        Some(step("R", &text))
    }

    /// The switch is of no use where another object writes the spec.
    pub fn auto_sync_on(&self, note: &str) -> NextStep {
        match owner(self.argo) {
            Some(owner) => step("", &format!("turn auto-sync on in git, at {owner}, which writes the spec")),
            None => step("p", &format!("turn auto-sync on{note}")),
        }
    }

    /// Going back helps where what git holds is the cause: not a store, a quota, a login or a controller.
    pub fn roll_back_from(&self, cause: &Cause) -> Option<NextStep> {
        self.roll_back().filter(|_| cause.is_of_git())
    }

    /// The diff of an app in sync shows what the commits since then changed; of another one, what differs now.
    pub fn what_changed(&self) -> Option<NextStep> {
        crate::engine::tells_commits(self.app, self.context).then(|| step("d", crate::engine::COMMITS))
    }

    /// The pod below one of these objects that is not well and has a log.
    pub fn log(&self, of: impl Fn(&LiveNode) -> bool) -> Option<ObjectKey> {
        let mut is_meant = false;
        let below = self.context.tree.into_iter().flatten().filter(|node| {
            if node.depth == 0 {
                is_meant = of(node);
            }
            is_meant
        });
        let waits = |n: &&LiveNode| n.key.kind == "Pod" && n.exists && n.health != Some(Health::Healthy);
        below.filter(waits).find(|pod| crate::engine::has_run(pod)).map(|pod| pod.key.clone())
    }

    /// The log of such a pod; where none has one, the list of what is not well.
    pub fn log_or_list(&self, of: impl Fn(&LiveNode) -> bool) -> (NextStep, Option<ObjectKey>) {
        match self.log(of) {
            Some(pod) => (step("L", &format!("log of {}", pod.name)), Some(pod)),
            None => (step("]", crate::engine::RESOURCES), None),
        }
    }

    /// The deployment before the one in question (what was tried, else what runs), as Argo's history tells.
    pub fn before(&self) -> Option<String> {
        let tried = self.operation.filter(|o| o.phase.is_failed()).and_then(|o| o.revision.as_deref());
        let (suspect, newest) = match tried {
            Some(tried) => (Some(tried), 0),
            // The newest entry is what runs, even where its revision is an older tip with the same content.
            None => (self.app.revision.as_deref(), 1),
        };
        self.app.history.iter().skip(newest).find(|h| Some(h.revision.as_str()) != suspect).map(|h| short(&h.revision))
    }

    /// `Auto-sync is off` with what that means, or who switches it.
    pub fn nobody_syncs(&self) -> String {
        let set = self.argo.application_set.as_ref().map(|s| format!(" (the spec comes from ApplicationSet {s})")).unwrap_or_default();
        format!("Auto-sync is off{set}: nothing will change that until someone syncs.")
    }

    pub fn evidence(&self) -> Vec<Evidence> {
        let mut all = vec![self.state_evidence()];
        all.extend(self.operation_evidence());
        all.extend(told(&super::super::progress::steps(self.app, self.context.tree)));
        all.extend(self.app.conditions.iter().map(|c| evidence(Weight::Bad, &c.kind, &c.message, "status", c.since)));
        let changed = self.differing();
        all.extend(changed.iter().take(5).map(|r| evidence(Weight::Drift, &kind_name(r), "OutOfSync", "status", self.argo.reconciled_at)));
        let auto = if self.argo.automated { "on" } else { "off" };
        all.push(evidence(Weight::Plain, "auto-sync", &format!("auto-sync {auto}"), "spec", None));
        if let Some(frozen) = &self.app.frozen {
            let told = format!("frozen by {}: {}", frozen.by, frozen.reason);
            all.push(evidence(Weight::Held, "freeze note", &told, "annotation", frozen.since));
        }
        all.extend(self.parent_evidence());
        all.extend(self.set_evidence());
        if let Some(last) = self.app.history.first() {
            let by = last.by.as_deref().map(|b| format!(", {b}")).unwrap_or_default();
            all.push(evidence(
                Weight::Plain,
                "last deployment",
                &format!("{}{by}", short(&last.revision)),
                "status.history",
                last.at.get(),
            ));
        }
        all
    }

    /// The nearest app above it that applies nothing: what git says of this object does not arrive.
    fn parent_evidence(&self) -> Option<Evidence> {
        let above = |app: &App| {
            let (namespace, name) = app.parent_application()?;
            let is_it = |a: &&App| a.argo().is_some() && a.id.cluster == app.id.cluster && a.id.namespace == namespace && a.id.name == name;
            self.context.related.iter().copied().find(is_it).filter(|a| a.id != self.app.id)
        };
        let mut child = self.app;
        for _ in 0..5 {
            let parent = above(child)?;
            if let Some((weight, state)) = trouble(parent, child) {
                let told = format!("{state}: a change of this object in git does not arrive");
                return Some(evidence(weight, &format!("parent {}", parent.id.name), &told, "status", parent.since));
            }
            child = parent;
        }
        None
    }

    /// An ApplicationSet that cannot generate leaves its apps as they are.
    fn set_evidence(&self) -> Option<Evidence> {
        let set = self.context.application_set?;
        let text = |c: &serde_json::Value, field: &str| c.get(field).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let conditions = set.value.get("conditions").and_then(serde_json::Value::as_array)?;
        let bad = conditions.iter().find(|c| text(c, "type") == "ErrorOccurred" && text(c, "status") == "True")?;
        let told = format!("generates nothing new: {}", text(bad, "message"));
        Some(evidence(Weight::Bad, &format!("ApplicationSet {}", set.key.name), &told, "status", Some(set.observed_at)))
    }

    fn state_evidence(&self) -> Evidence {
        let weight = match (self.app.health, self.app.sync) {
            (Health::Degraded | Health::Missing, _) => Weight::Bad,
            (_, Sync::OutOfSync) => Weight::Drift,
            (Health::Unknown, _) | (_, Sync::Unknown) => Weight::Unknown,
            (Health::Progressing, _) => Weight::Busy,
            (Health::Suspended, _) => Weight::Held,
            (Health::Healthy, Sync::Synced) => Weight::Good,
        };
        let value = format!("{}, {}", self.app.sync.word(), self.app.health.word());
        evidence(weight, &format!("Application {}", self.name()), &value, "status", self.argo.reconciled_at)
    }

    fn operation_evidence(&self) -> Option<Evidence> {
        let o = self.operation?;
        let weight = match o.phase {
            p if p.is_failed() => Weight::Bad,
            Phase::Succeeded => Weight::Good,
            Phase::Blocked => Weight::Held,
            Phase::Orphaned => Weight::Unknown,
            _ => Weight::Busy,
        };
        let kind = match (self.argo.operation_is_dry_run, self.argo.operation_is_partial) {
            (true, _) => ", dry run: nothing was written",
            (false, true) => ", of some resources only",
            (false, false) => "",
        };
        let message = if o.message.is_empty() { String::new() } else { format!(": {}", o.message) };
        Some(evidence(
            weight,
            "operation",
            &format!("{} {}{kind}{message}", o.phase.word(), self.by()),
            "status",
            o.finished_at.or(o.started_at),
        ))
    }
}

pub fn evidence(weight: Weight, what: &str, value: &str, source: &str, at: Option<Timestamp>) -> Evidence {
    Evidence { weight, what: what.into(), value: value.into(), source: source.into(), at }
}

pub fn step(key: &str, text: &str) -> NextStep {
    NextStep { key: key.into(), text: text.into() }
}

/// A verdict whose `short` fits the row.
pub fn say(short: impl Into<String>, sentence: impl Into<String>, next_word: &str, next: Vec<NextStep>) -> Option<Verdict> {
    Some(Verdict { short: short.into(), sentence: sentence.into(), next, next_word: next_word.into(), ..Verdict::default() })
}

/// `Deployment web`.
pub fn kind_name(resource: &ManagedResource) -> String {
    format!("{} {}", resource.key.kind, resource.key.name)
}

/// `Deployment web, Service web and 3 more`.
pub fn names(resources: &[&ManagedResource]) -> String {
    let first: Vec<String> = resources.iter().take(3).map(|r| kind_name(r)).collect();
    let more = resources.len().saturating_sub(3);
    if more > 0 { format!("{} and {more} more", first.join(", ")) } else { first.join(", ") }
}

/// The time of day in UTC, as the status has it.
pub fn time(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

pub fn age(seconds: u64) -> String {
    short_age(seconds)
}

/// `differs` or `differ`.
pub fn differ(count: usize) -> &'static str {
    if count == 1 { "differs" } else { "differ" }
}

/// The steps that are known.
pub fn steps(all: impl IntoIterator<Item = Option<NextStep>>) -> Vec<NextStep> {
    all.into_iter().flatten().collect()
}

pub fn plural(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}
