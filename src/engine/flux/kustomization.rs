//! Sync, health, operation and revision of a Kustomization, from its own object alone.
//!
//! Ready turns Unknown at the start of every run, so while a run goes the words come from what outlives it:
//! `lastAppliedRevision`, `lastAttemptedRevision`, the newest history entry and the Healthy condition.

use super::message::{Running, StepName, running};
use super::parse::{Seen, filled, source_id, text, time};
use super::source::source_type;
use super::wire::{self, Spec};
use crate::domain::Timestamp;
use crate::domain::app::{App, Condition, EngineFields, FluxFields};
use crate::domain::commit::bare_revision;
use crate::domain::duration::parse_go;
use crate::domain::history::HistoryEntry;
use crate::domain::json::Json;
use crate::domain::source::{RefKind, Source};
use crate::domain::status::{Health, HealthBy, Operation, Phase, Sync};

/// What a run that has ended says about the app.
struct Words {
    sync: Sync,
    health: Health,
    phase: Option<Phase>,
    revision: Option<String>,
    routine: bool,
    /// Revision the engine works on or gave up on.
    target: Option<String>,
}

pub fn fill(app: &mut App, mut fields: FluxFields, seen: &Seen<'_>) {
    let spec = seen.spec;
    fields.assesses_health = spec.wait || !spec.health_checks.0.is_empty();
    fields.prune = spec.prune;
    fields.force = spec.force;
    fields.substitute = spec.post_build.substitute.iter().take(100).map(|(k, v)| (text(k, 100), value_text(v))).collect();
    fields.substitute_from = !spec.post_build.substitute_from.0.is_empty();
    fields.decrypts = spec.decryption.is_some();
    fields.build = build(spec);
    app.history = seen.status.history.0.iter().map(entry).collect();
    let facts = Facts { app, fields: &fields, seen };
    let words = facts.words();
    let operation = facts.operation(&words);
    let since = facts.since();
    app.sync = words.sync;
    app.health = words.health;
    app.health_by = if words.health == Health::Unknown && words.sync == Sync::Synced && !fields.assesses_health {
        HealthBy::NotAssessed
    } else {
        HealthBy::Engine
    };
    app.operation = operation;
    app.since = since;
    app.revision = words.revision.as_deref().map(|r| text(bare_revision(r), 300));
    app.target = words.target.as_deref().map(|r| text(bare_revision(r), 300)).filter(|t| Some(t) != app.revision.as_ref());
    app.sources = vec![source(app, spec, seen)];
    if app.deleting {
        app.health = Health::Progressing;
        app.health_by = HealthBy::Engine;
        app.operation = None;
    }
    app.engine = EngineFields::Flux(Box::new(fields));
}

struct Facts<'a> {
    app: &'a App,
    fields: &'a FluxFields,
    seen: &'a Seen<'a>,
}

impl Facts<'_> {
    fn words(&self) -> Words {
        let ready = self.app.condition("Ready").filter(|_| self.seen.is_told("Ready"));
        match ready.map(|r| (r.status, r)) {
            Some((Some(true), ready)) if !self.is_stalled() => self.settled_well(ready),
            Some((Some(false), ready)) => self.settled_badly(ready),
            Some((None, _)) if self.reconciling().is_some() => self.in_a_run(),
            // No word on it, or words that contradict each other.
            _ => Words {
                sync: Sync::Unknown,
                health: Health::Unknown,
                phase: self.reconciling().map(|_| Phase::Running),
                revision: self.applied(),
                routine: false,
                target: None,
            },
        }
    }

    fn settled_well(&self, ready: &Condition) -> Words {
        // The message is one patch ahead of lastAppliedRevision.
        let told = ready.message.strip_prefix("Applied revision: ").map(str::trim).filter(|r| !r.is_empty()).map(str::to_owned);
        let revision = told.or_else(|| self.fields.last_applied.clone()).or_else(|| self.fields.last_attempted.clone());
        let asked = self.seen.is_requested() || (!self.seen.has_seen_spec("Ready") && !self.app.suspended);
        Words {
            sync: Sync::Synced,
            // Ready beside a health check that says otherwise is no proof of health.
            health: match self.app.condition("Healthy").map(|c| c.status) {
                Some(Some(false)) => Health::Degraded,
                Some(None) => Health::Progressing,
                Some(Some(true)) | None => self.good_health(),
            },
            phase: Some(if asked { Phase::Requested } else { Phase::Succeeded }),
            revision,
            routine: false,
            target: None,
        }
    }

    fn settled_badly(&self, ready: &Condition) -> Words {
        // A path that is not there fails before lastAttemptedRevision is written; the step of the run still names it.
        let target = self.told_revision().or_else(|| self.fields.last_attempted.clone());
        let (sync, health, phase, revision) = match ready.reason.as_str() {
            "DependencyNotReady" => {
                let unhealthy = self.is_unhealthy();
                let health = if unhealthy { Health::Degraded } else { Health::Progressing };
                (Sync::OutOfSync, health, Phase::Blocked, if unhealthy { self.live() } else { self.applied() })
            }
            "HealthCheckFailed" | "HealthCheckCanceled" => {
                (Sync::Synced, Health::Degraded, Phase::Failed, self.fields.last_attempted.clone().or_else(|| self.applied()))
            }
            // No source or no artifact of it: there is nothing to compare with.
            "ArtifactFailed" if !ready.message.contains("path not found") => {
                (Sync::Unknown, Health::Degraded, Phase::Failed, self.applied())
            }
            _ => (Sync::OutOfSync, Health::Degraded, Phase::Failed, self.applied()),
        };
        Words { sync, health, phase: Some(phase), revision, routine: false, target }
    }

    fn in_a_run(&self) -> Words {
        let run = self.reconciling().and_then(|c| running(&c.message));
        let wanted = run.as_ref().and_then(|r| r.revision.clone()).or_else(|| self.fields.last_attempted.clone());
        let is = |revision: Option<&str>| wanted.as_deref().is_some_and(|w| revision == Some(w));
        let newest = self.seen.status.history.0.first();
        let failed_before = newest.filter(|h| h.last_reconciled_status != "ReconciliationSucceeded" && is(revision_of(h)));
        if let Some(failed) = failed_before {
            return self.failing_again(failed, wanted);
        }
        let unchanged =
            is(self.fields.last_applied.as_deref()) && newest.is_none_or(|h| h.last_reconciled_status == "ReconciliationSucceeded");
        if unchanged {
            return Words {
                sync: Sync::Synced,
                health: self.good_health(),
                phase: Some(Phase::Running),
                revision: wanted,
                routine: self.seen.has_seen_spec("Ready") && !self.seen.is_requested() && self.is_observed(),
                target: None,
            };
        }
        self.new_revision(run.as_ref(), wanted)
    }

    /// A retry of a revision that failed before: the words of that failure stay until it succeeds.
    fn failing_again(&self, failed: &wire::History, wanted: Option<String>) -> Words {
        let by_health = failed.last_reconciled_status.starts_with("HealthCheck");
        Words {
            sync: if by_health { Sync::Synced } else { Sync::OutOfSync },
            health: Health::Degraded,
            phase: Some(Phase::Failed),
            revision: if by_health { wanted.clone() } else { self.applied() },
            routine: false,
            target: wanted,
        }
    }

    fn new_revision(&self, run: Option<&Running>, wanted: Option<String>) -> Words {
        let checking = run.is_some_and(|r| r.step == StepName::HealthChecks);
        let healthy = self.app.condition("Healthy");
        let health = match healthy.map(|c| c.status) {
            Some(Some(true)) => Health::Healthy,
            Some(Some(false)) => Health::Degraded,
            Some(None) => Health::Progressing,
            None if self.fields.assesses_health || self.applied().is_none() => Health::Progressing,
            None => Health::Unknown,
        };
        Words {
            sync: if checking { Sync::Synced } else { Sync::OutOfSync },
            health,
            phase: Some(Phase::Running),
            revision: if checking { wanted.clone() } else { self.live() },
            routine: false,
            target: wanted,
        }
    }

    /// The status has caught up with the spec (`-1` = nothing done yet counts as caught up: there is no older spec).
    fn is_observed(&self) -> bool {
        self.app.deleting || self.fields.observed_generation.is_none_or(|g| g < 0 || g >= self.app.generation)
    }

    fn good_health(&self) -> Health {
        if !self.fields.assesses_health && self.app.condition("Healthy").is_none() {
            return Health::Unknown;
        }
        Health::Healthy
    }

    fn is_unhealthy(&self) -> bool {
        self.app.condition("Healthy").is_some_and(|c| c.status == Some(false))
    }

    fn reconciling(&self) -> Option<&Condition> {
        self.app.condition("Reconciling").filter(|c| c.status == Some(true))
    }

    fn applied(&self) -> Option<String> {
        self.fields.last_applied.clone()
    }

    fn told_revision(&self) -> Option<String> {
        self.reconciling().and_then(|c| running(&c.message)).and_then(|r| r.revision)
    }

    /// What is in the cluster: a revision whose health check failed is, although `lastAppliedRevision` never says so.
    fn live(&self) -> Option<String> {
        let newest = self.seen.status.history.0.first().filter(|h| h.last_reconciled_status.starts_with("HealthCheck"));
        newest.and_then(revision_of).map(str::to_owned).or_else(|| self.applied())
    }

    fn operation(&self, words: &Words) -> Option<Operation> {
        let phase = words.phase?;
        let ready = self.app.condition("Ready");
        let run = self.reconciling();
        let newest = self.seen.status.history.0.first();
        let failed = phase.is_failed();
        let message = match phase {
            Phase::Running => run.or(ready),
            Phase::Failed if ready.is_some_and(|r| r.status.is_none()) => {
                self.app.condition("Healthy").filter(|h| h.status == Some(false)).or(run)
            }
            _ => ready,
        };
        let settled = ready.is_some_and(|r| r.status.is_some());
        let retry = self.fields.retry_interval.or(self.fields.interval).filter(|_| failed && settled && !self.is_stalled());
        Some(Operation {
            phase,
            message: message.map(|c| c.message.clone()).unwrap_or_default(),
            started_at: run.filter(|_| !settled).and_then(|c| c.since),
            finished_at: ready.filter(|_| settled).and_then(|c| c.since),
            retry_count: newest
                .filter(|h| failed && h.last_reconciled_status != "ReconciliationSucceeded")
                .map_or(0, |h| h.total_reconciliations),
            next_try_at: ready.and_then(|c| c.since).zip(retry).and_then(|(at, wait)| later(at, wait)),
            by: None,
            revision: words.target.clone().or_else(|| words.revision.clone()).map(|r| text(bare_revision(&r), 300)),
            request_id: None,
            routine: words.routine,
        })
    }

    fn is_stalled(&self) -> bool {
        self.app.condition("Stalled").is_some_and(|c| c.status == Some(true))
    }

    /// Transition times restart at every run; the history tells how long the present outcome has lasted.
    fn since(&self) -> Option<Timestamp> {
        let history = &self.seen.status.history.0;
        let ready = self.app.condition("Ready");
        if let (Some(ready), Some(newest)) = (ready, history.first()) {
            let outcome_lasts = match ready.status {
                Some(true) => {
                    newest.last_reconciled_status == "ReconciliationSucceeded" && self.applied().is_some_and(|a| ready.message.contains(&a))
                }
                Some(false) => newest.last_reconciled_status == ready.reason,
                None => self.reconciling().and_then(|c| running(&c.message)).and_then(|r| r.revision).as_deref() == revision_of(newest),
            };
            if outcome_lasts {
                let before = history.get(1).and_then(|h| time(&h.last_reconciled));
                return time(&newest.first_reconciled).max(before);
            }
        }
        match ready.map(|r| r.status) {
            Some(None) => self.reconciling().or(ready).and_then(|c| c.since),
            Some(Some(_)) => ready.and_then(|c| c.since),
            None => self.app.created_at,
        }
    }
}

pub fn later(at: Timestamp, seconds: u64) -> Option<Timestamp> {
    at.checked_add(jiff::SignedDuration::from_secs(i64::try_from(seconds).ok()?)).ok()
}

fn revision_of(entry: &wire::History) -> Option<&str> {
    entry.metadata.get("revision").map(String::as_str)
}

fn entry(h: &wire::History) -> HistoryEntry {
    HistoryEntry {
        revisions: Box::default(),
        id: None,
        revision: text(bare_revision(revision_of(h).unwrap_or_default()), 300).into(),
        at: time(&h.last_reconciled).into(),
        started_at: time(&h.first_reconciled).into(),
        by: None,
        result: text(&h.last_reconciled_status, 120).into(),
        ok: h.last_reconciled_status == "ReconciliationSucceeded",
        health_recorded: h.last_reconciled_status.starts_with("HealthCheck"),
        digest: filled(&h.digest).map(Into::into),
        took_ms: parse_go(&h.last_reconciled_duration).and_then(|ms| ms.try_into().ok()),
        runs: Some(h.total_reconciliations).filter(|n| *n > 0),
        note: Default::default(),
        moved: None,
    }
}

fn value_text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(s) => text(s, 1000),
        other => text(&other.to_string(), 1000),
    }
}

fn build(spec: &Spec) -> Option<Json> {
    let mut out = serde_json::Map::new();
    let mut put = |name: &str, value: Option<serde_json::Value>| {
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    };
    put("images", spec.images.clone());
    put("patches", spec.patches.clone());
    put("commonMetadata", spec.common_metadata.clone());
    put("components", (!spec.components.0.is_empty()).then(|| spec.components.0.clone().into()));
    put("namePrefix", (!spec.name_prefix.is_empty()).then(|| spec.name_prefix.clone().into()));
    put("nameSuffix", (!spec.name_suffix.is_empty()).then(|| spec.name_suffix.clone().into()));
    (!out.is_empty()).then(|| serde_json::Value::Object(out).into())
}

fn source(app: &App, spec: &Spec, seen: &Seen<'_>) -> Source {
    let reference = spec.source_ref.clone().unwrap_or_default();
    let path = spec.path.trim_start_matches("./").trim_matches('/');
    // The artifact revision names what it was cut from: a branch, a tag or a full ref.
    let written = [&seen.status.last_attempted_revision, &seen.status.last_applied_revision].into_iter().find_map(|r| r.rsplit_once('@'));
    Source {
        source_type: source_type(&reference.kind),
        url: None,
        path: Some(text(path, 300)),
        chart: None,
        reference: written.map_or(RefKind::Head, |(name, _)| RefKind::Ambiguous(text(name, 200))),
        revision: app.revision.clone(),
        name: None,
        value_files: spec.components.0.iter().map(|c| text(c, 300)).collect(),
        object: spec.source_ref.as_ref().map(|r| source_id(&app.id.cluster, r, &seen.meta.namespace)),
        overrides: None,
    }
}
