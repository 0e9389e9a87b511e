//! What the rules ask of an app and its surroundings, and the words they share.

use crate::domain::Timestamp;
use crate::domain::app::{App, Condition, FluxFields, HelmFields};
use crate::domain::commit::short_rev;
use crate::domain::duration::{long_age, seconds_between, short_age};
use crate::domain::ids::SourceId;
use crate::domain::source::SourceObject;
use crate::domain::status::{Health, HealthBy, Phase};
use crate::domain::verdict::{Evidence, NextStep, Outside, Verdict, Weight};
use crate::engine::Context;
use crate::engine::cause::Acting;
use crate::engine::flux::message::{Running, StepName, running, short};

/// Characters of a controller's message that evidence quotes.
const QUOTE: usize = 240;

pub struct Facts<'a> {
    pub app: &'a App,
    pub flux: &'a FluxFields,
    pub context: &'a Context<'a>,
    /// The table that is asked, for a rule that tells what another one would say.
    pub rules: &'a [super::Rule],
}

static NO_FLUX: std::sync::LazyLock<FluxFields> = std::sync::LazyLock::new(FluxFields::default);

impl<'a> Facts<'a> {
    pub fn new(app: &'a App, context: &'a Context<'a>, rules: &'a [super::Rule]) -> Self {
        Self { app, flux: app.flux().unwrap_or(&NO_FLUX), context, rules }
    }
    pub fn name(&self) -> &str {
        &self.app.id.name
    }
    pub fn helm(&self) -> Option<&HelmFields> {
        self.flux.helm.as_ref()
    }
    pub fn condition(&self, kind: &str) -> Option<&'a Condition> {
        self.app.condition(kind)
    }
    pub fn is(&self, kind: &str) -> bool {
        self.condition(kind).is_some_and(|c| c.status == Some(true))
    }
    /// Condition Ready while it is False.
    pub fn not_ready(&self) -> Option<&'a Condition> {
        self.condition("Ready").filter(|c| c.status == Some(false))
    }
    pub fn not_ready_for(&self, reason: &str) -> Option<&'a Condition> {
        self.not_ready().filter(|c| c.reason == reason)
    }
    pub fn phase(&self) -> Option<Phase> {
        self.app.operation.as_ref().filter(|o| !o.routine).map(|o| o.phase)
    }
    /// What runs, short.
    pub fn revision(&self) -> Option<&'a str> {
        self.app.revision.as_deref().map(short_rev)
    }
    pub fn runs(&self) -> &str {
        self.revision().unwrap_or("?")
    }
    /// What was tried or is wanted, short; what runs where they are the same.
    pub fn wanted(&self) -> Option<&'a str> {
        self.app.target.as_deref().map(short_rev).or_else(|| self.revision())
    }
    /// `lastAppliedRevision`, short: the last one whose health check passed.
    pub fn shown(&self) -> Option<&'a str> {
        self.flux.last_applied.as_deref().map(short)
    }
    pub fn place(&self) -> String {
        match (&self.app.destination.cluster, &self.app.destination.name) {
            (None, Some(secret)) => self.context.destination.map_or_else(|| format!("the cluster of {secret}"), |d| d.name.clone()),
            _ => self.context.destination.map_or_else(|| self.app.runs_on().to_owned(), |d| d.name.clone()),
        }
    }
    /// Whom Flux acts as on the objects of this app.
    pub fn acting(&self) -> Acting {
        let (kind, name) = (self.app.id.kind.kind(), self.name());
        let place = format!("spec.serviceAccountName of {kind} {name}");
        let account = self.flux.service_account.as_ref().map(|account| (format!("{}:{account}", self.app.id.namespace), place));
        let other = match &self.app.destination.name {
            Some(secret) if self.flux.remote => format!("spec.kubeConfig of {kind} {name} ({secret})"),
            _ => "flag --default-service-account of its controller".to_owned(),
        };
        Acting { chosen: account.into_iter().collect(), own: &["kustomize-controller", "helm-controller"], other }
    }
    /// The run that goes on right now.
    pub fn run(&self) -> Option<Running> {
        let going = self.condition("Ready").is_none_or(|c| c.status.is_none());
        self.condition("Reconciling").filter(|c| going && c.status == Some(true)).and_then(|c| running(&c.message))
    }
    pub fn source_id(&self) -> Option<&'a SourceId> {
        self.flux.source.as_ref()
    }
    /// `GitRepository fleet`.
    pub fn source_name(&self) -> String {
        self.source_id().map_or_else(|| "its source".to_owned(), |s| format!("{} {}", s.kind, s.name))
    }
    pub fn source(&self) -> Option<&'a SourceObject> {
        self.context.source
    }
    /// What became of the cluster when nothing new was applied.
    pub fn untouched(&self) -> String {
        match self.revision() {
            Some(revision) => format!("{revision} stays."),
            None => "Nothing was ever applied.".to_owned(),
        }
    }
    /// Where the object of the app is changed: `Kustomization offers`, and what applies it.
    pub fn own_object(&self) -> String {
        let own = format!("{} {}", self.app.id.kind.kind(), self.name());
        match &self.flux.parent {
            Some((_, parent)) => format!("{own}, in git (Kustomization {parent} applies it)"),
            None => format!("{own} (no Kustomization applies it)"),
        }
    }
    pub fn age(&self, since: Option<Timestamp>) -> Option<String> {
        since.map(|at| short_age(seconds_between(at, self.context.now)))
    }
    /// `A new commit starts after this health check` or the next retry, where the object tells when.
    pub fn soon(&self) -> Option<String> {
        if let Some(run) = self.run().filter(|r| r.step == StepName::HealthChecks) {
            let limit = run.timeout.or(self.flux.timeout)?;
            let since = self.condition("Reconciling")?.since?;
            let by = crate::engine::flux::kustomization::later(since, limit)?;
            return Some(format!("A new commit starts after this health check: by {}. Nothing else holds it.", self.moment(by)));
        }
        let next = self.app.operation.as_ref()?.next_try_at?;
        Some(if next > self.context.now {
            format!("Flux runs it again at {}.", self.moment(next))
        } else {
            "Flux runs it again any moment.".to_owned()
        })
    }
    /// `03:14:45 (2m 5s)`.
    pub fn moment(&self, at: Timestamp) -> String {
        let left = seconds_between(self.context.now, at);
        if left == 0 { clock(at) } else { format!("{} ({})", clock(at), long_age(left)) }
    }
    /// The line every verdict rests on: the object's own condition.
    pub fn own(&self, weight: Weight, condition: Option<&Condition>) -> Evidence {
        let count = self.app.operation.as_ref().map_or(0, |o| o.retry_count);
        let value = condition.map_or_else(
            || "no conditions yet".to_owned(),
            |c| {
                let times = if count > 1 && c.status == Some(false) { format!(" {count}x") } else { String::new() };
                format!("{}{times}: {}", c.reason, c.message.chars().take(QUOTE).collect::<String>().trim())
            },
        );
        Evidence {
            weight,
            what: format!("{} {}", self.app.id.kind.kind(), self.name()),
            value,
            source: "status".into(),
            at: condition.and_then(|c| c.since),
        }
    }
    /// The health that we made out ourselves: the engine's own words do not hold it.
    pub fn computed_line(&self) -> Option<Evidence> {
        let health = Some(self.app.health).filter(|_| self.app.health_by == HealthBy::Computed)?;
        let weight = match health {
            Health::Healthy => Weight::Good,
            Health::Progressing => Weight::Busy,
            Health::Suspended => Weight::Held,
            Health::Degraded | Health::Missing => Weight::Bad,
            Health::Unknown => Weight::Unknown,
        };
        let of = match self.app.resources.len() {
            1 => "1 live object".to_owned(),
            n => format!("worst of {n} live objects"),
        };
        let value = format!("{}: {of}", health.word());
        Some(Evidence { weight, what: "health".into(), value, source: format!("computed, {}", self.place()), at: None })
    }
    /// The source object as far as it is known.
    pub fn source_line(&self) -> Option<Evidence> {
        self.source().map(|s| self.line_of(s))
    }
    fn line_of(&self, source: &SourceObject) -> Evidence {
        let held = source.revision.as_deref().map_or("no artifact", short);
        let (weight, value) = match (source.suspended, source.ready) {
            (true, _) => (Weight::Held, format!("suspended at {held}")),
            (_, Some(false)) => {
                (Weight::Bad, format!("{} ({held} kept): {}", source.reason, source.message.chars().take(QUOTE).collect::<String>()))
            }
            _ if self.context.head.is_some_and(|h| short_rev(h) == held) => (Weight::Good, format!("has {held}, which is the head")),
            _ => (Weight::Plain, format!("has {held}")),
        };
        let what = format!("{} {}", source.id.kind, source.id.name);
        Evidence { weight, what, value, source: "status".into(), at: source.ready_since }
    }
    /// The chart that a HelmRelease is cut from.
    pub fn chart_line(&self) -> Option<Evidence> {
        self.context.chart.map(|c| self.line_of(c))
    }
}

/// For what the next run meets just as the last one did.
pub fn fails_again(soon: Option<String>) -> Option<String> {
    soon.map(|soon| format!("{soon} It fails the same until that is corrected."))
}

pub fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// A verdict in the making.
pub struct Say(Verdict);

impl Say {
    pub fn new(short: impl Into<String>, sentence: impl Into<String>, next_word: &str) -> Self {
        Self(Verdict { short: short.into(), sentence: sentence.into(), next_word: next_word.into(), ..Verdict::default() })
    }
    pub fn step(mut self, key: &str, text: impl Into<String>) -> Self {
        self.0.next.push(NextStep { key: key.into(), text: text.into() });
        self
    }
    pub fn has(&self, key: &str) -> bool {
        self.0.next.iter().any(|s| s.key == key)
    }
    /// A step for a key that has none yet.
    pub fn step_once(self, key: &str, text: impl Into<String>) -> Self {
        if self.has(key) { self } else { self.step(key, text) }
    }
    /// Where the diff shows them, what the commits since it was well changed.
    pub fn commits(self, facts: &Facts<'_>) -> Self {
        if crate::engine::tells_commits(facts.app, facts.context) { self.step_once("d", crate::engine::COMMITS) } else { self }
    }
    pub fn outside(mut self, outside: Option<Outside>) -> Self {
        self.0.outside = outside;
        self
    }
    pub fn of_source(self, source: Option<&SourceId>) -> Self {
        self.outside(source.cloned().map(Outside::Source))
    }
    pub fn soon(mut self, soon: Option<String>) -> Self {
        self.0.soon = soon;
        self
    }
    pub fn proof(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.0.evidence.extend(evidence);
        self
    }
    /// Enter in Details goes to these.
    pub fn look_at<'a>(mut self, apps: impl IntoIterator<Item = &'a App>) -> Self {
        self.0.look_at = apps.into_iter().map(|a| a.id.clone()).collect();
        self
    }
    pub fn stuck(mut self, is_stuck: bool) -> Self {
        self.0.is_stuck = is_stuck;
        self
    }
    /// What the row shows was so, and is not known now.
    pub fn old(mut self) -> Self {
        self.0.is_old = true;
        self
    }
    pub fn into_inner(self) -> Verdict {
        self.0
    }
    pub fn done(self) -> Option<Verdict> {
        Some(self.0)
    }
}

/// A failed run told by its Ready condition, with the source beside it.
pub fn failure(facts: &Facts<'_>, condition: &Condition, short: String, sentence: String, next_word: &str) -> Say {
    Say::new(short, sentence, next_word)
        .soon(facts.soon())
        .proof([facts.own(Weight::Bad, Some(condition))])
        .proof(facts.chart_line())
        .proof(facts.source_line())
}
