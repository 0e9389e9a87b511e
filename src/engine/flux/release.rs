//! Sync, health, operation and revision of a HelmRelease, from its own object alone.

use super::message::helm_action;
use super::parse::{Seen, filled, source_id, text, time};
use super::source::source_type;
use super::wire::{self, Chart, ChartSpec, Spec};
use crate::domain::Timestamp;
use crate::domain::app::{App, Condition, EngineFields, FluxFields, HelmFields};
use crate::domain::history::HistoryEntry;
use crate::domain::overrides::IgnoredDifference;
use crate::domain::source::{RefKind, Source};
use crate::domain::status::{Health, Operation, Phase, Sync};

pub fn fill(app: &mut App, mut fields: FluxFields, seen: &Seen<'_>) {
    let spec = seen.spec;
    let helm = helm_fields(app, spec, seen);
    let (reference, chart) = match (&spec.chart, &spec.chart_ref) {
        (Chart::Template(chart), None) => (chart.source_ref.clone(), Some(chart.as_ref())),
        (_, reference) => (reference.clone(), None),
    };
    fields.source = reference.as_ref().map(|r| source_id(&app.id.cluster, r, &seen.meta.namespace));
    fields.assesses_health = true;
    app.history = seen.status.history.0.iter().map(entry).collect();
    let facts = Facts { app, helm: &helm, seen };
    let (sync, health, phase) = facts.words();
    let operation = phase.map(|phase| facts.operation(phase));
    let since = facts.since();
    app.sync = sync;
    app.health = health;
    app.operation = operation;
    app.since = since;
    app.revision = live(&seen.status.history.0);
    let wanted = helm.version.clone().filter(|v| v != "*" && !v.is_empty());
    app.target =
        fields.last_attempted.clone().filter(|a| Some(a) != app.revision.as_ref()).or(wanted).filter(|t| Some(t) != app.revision.as_ref());
    app.sources = reference.map(|r| source(app, &r, chart, seen)).into_iter().collect();
    if app.deleting {
        app.health = Health::Progressing;
        app.operation = None;
    }
    fields.helm = Some(helm);
    app.engine = EngineFields::Flux(Box::new(fields));
}

fn helm_fields(app: &App, spec: &Spec, seen: &Seen<'_>) -> HelmFields {
    let empty = ChartSpec::default();
    let chart = if let Chart::Template(chart) = &spec.chart { chart } else { &empty };
    let newest = seen.status.history.0.first();
    let drift_mode = spec.drift_detection.0.as_ref().map_or("", |d| d.mode.as_str());
    let drift_mode = if drift_mode.is_empty() { "disabled" } else { drift_mode };
    let is_true = |kind: &str| app.condition(kind).is_some_and(|c| c.status == Some(true));
    let default_name = match spec.target_namespace.as_str() {
        "" => app.id.name.clone(),
        namespace => format!("{}-{}", text(namespace, 63), app.id.name),
    };
    HelmFields {
        chart: text(newest.map(|h| h.chart_name.as_str()).filter(|n| !n.is_empty()).unwrap_or(&chart.chart), 200),
        version: filled(&chart.version),
        drift_mode: text(drift_mode, 20),
        // Drifted outlives a change of the mode: it counts only where the mode makes Flux look.
        drifted: drift_mode != "disabled" && is_true("Drifted"),
        ignored: spec.drift_detection.0.as_ref().map(|d| d.ignore.iter().map(ignored).collect()).unwrap_or_default(),
        // Long names are shortened: what was released is stored under the name in the history.
        release_name: newest.and_then(|h| filled(&h.name)).or_else(|| filled(&spec.release_name)).unwrap_or(default_name),
        storage_namespace: [&seen.status.storage_namespace, &spec.storage_namespace, &seen.meta.namespace]
            .into_iter()
            .find_map(|n| filled(n))
            .unwrap_or_default(),
        release_version: newest.and_then(|h| h.version),
        failures: seen.status.failures,
        install_failures: seen.status.install_failures,
        upgrade_failures: seen.status.upgrade_failures,
        helm_chart: seen.status.helm_chart.split_once('/').map(|(ns, name)| (text(ns, 63), text(name, 253))),
        stalled: is_true("Stalled"),
        handled_force: filled(&seen.status.last_handled_force_at),
        handled_reset: filled(&seen.status.last_handled_reset_at),
    }
}

/// Names are patterns, which we do not evaluate, like selectors; the plain ones mean themselves.
fn ignored(rule: &wire::DriftIgnore) -> IgnoredDifference {
    let none = wire::DriftTarget::default();
    let target = rule.target.as_ref().unwrap_or(&none);
    let parts = [&target.group, &target.kind, &target.namespace, &target.name];
    let is_plain = |part: &&String| part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/'));
    let has_more = !parts.iter().all(is_plain) || !target.label_selector.is_empty() || !target.annotation_selector.is_empty();
    IgnoredDifference {
        group: text(&target.group, 253),
        kind: text(&target.kind, 100),
        namespace: text(&target.namespace, 253),
        name: text(&target.name, 253),
        // Of a rule for some objects only, none: it would hide what Flux tells of the others.
        pointers: if has_more { Vec::new() } else { rule.paths.iter().map(|p| text(p, 300)).collect() },
        has_more,
    }
}

struct Facts<'a> {
    app: &'a App,
    helm: &'a HelmFields,
    seen: &'a Seen<'a>,
}

impl Facts<'_> {
    fn words(&self) -> (Sync, Health, Option<Phase>) {
        let ready = self.app.condition("Ready").filter(|_| self.seen.is_told("Ready"));
        let Some(ready) = ready.filter(|r| !(r.status == Some(true) && (self.helm.stalled || self.is("Released", false)))) else {
            return (Sync::Unknown, Health::Unknown, self.reconciling().map(|_| Phase::Running));
        };
        match ready.status {
            Some(true) => {
                let sync = if self.helm.drifted { Sync::OutOfSync } else { Sync::Synced };
                let asked = self.seen.is_requested() || (!self.seen.has_seen_spec("Ready") && !self.app.suspended);
                let phase = match (self.reconciling(), asked) {
                    (Some(_), _) => Phase::Running,
                    (None, true) => Phase::Requested,
                    (None, false) => Phase::Succeeded,
                };
                (sync, Health::Healthy, Some(phase))
            }
            Some(false) => self.settled_badly(ready),
            None => self.in_an_action(ready),
        }
    }

    fn settled_badly(&self, ready: &Condition) -> (Sync, Health, Option<Phase>) {
        match ready.reason.as_str() {
            "DependencyNotReady" => {
                let health = if self.has_failed_before() { Health::Degraded } else { Health::Progressing };
                (Sync::OutOfSync, health, Some(Phase::Blocked))
            }
            // The release is in; only its tests say no.
            "TestFailed" if self.is("Released", true) => (Sync::Synced, Health::Degraded, Some(Phase::Failed)),
            _ => (Sync::OutOfSync, Health::Degraded, Some(Phase::Failed)),
        }
    }

    fn in_an_action(&self, ready: &Condition) -> (Sync, Health, Option<Phase>) {
        let action = self.action().or_else(|| helm_action(&ready.message).map(|(a, _)| a));
        if self.helm.drifted && action.is_none() {
            return (Sync::OutOfSync, Health::Healthy, Some(Phase::Running));
        }
        if action == Some("test") && self.is("Released", true) {
            return (Sync::Synced, Health::Progressing, Some(Phase::Running));
        }
        let health = if self.has_failed_before() { Health::Degraded } else { Health::Progressing };
        (Sync::OutOfSync, health, Some(Phase::Running))
    }

    fn has_failed_before(&self) -> bool {
        self.is("Released", false) || self.is("Remediated", true) || self.is("TestSuccess", false)
    }

    fn is(&self, kind: &str, status: bool) -> bool {
        self.app.condition(kind).is_some_and(|c| c.status == Some(status))
    }

    fn reconciling(&self) -> Option<&Condition> {
        self.app.condition("Reconciling").filter(|c| c.status == Some(true))
    }

    fn action(&self) -> Option<&str> {
        self.reconciling().and_then(|c| helm_action(&c.message)).map(|(action, _)| action)
    }

    fn operation(&self, phase: Phase) -> Operation {
        let ready = self.app.condition("Ready");
        let run = self.reconciling();
        // Preparing at an unchanged, observed generation is the run of every interval; nothing changes by it.
        let routine = phase == Phase::Running
            && ready.is_some_and(|r| r.status == Some(true))
            && self.action().is_none()
            && self.seen.has_seen_spec("Ready")
            && !self.seen.is_requested();
        let message = if phase == Phase::Running { run.or(ready) } else { ready };
        let working = phase == Phase::Running;
        Operation {
            phase,
            message: message.map(|c| c.message.clone()).unwrap_or_default(),
            started_at: run.filter(|_| working).and_then(|c| c.since),
            finished_at: ready.filter(|_| !working).and_then(|c| c.since),
            retry_count: u32::try_from(self.helm.failures.max(0)).unwrap_or(u32::MAX),
            // Failures are retried with growing gaps up to 15 minutes that the object does not tell.
            next_try_at: None,
            by: None,
            revision: filled(&self.seen.status.last_attempted_revision),
            request_id: None,
            routine,
        }
    }

    fn since(&self) -> Option<Timestamp> {
        let at = |kind: &str, status: bool| self.app.condition(kind).filter(|c| c.status == Some(status)).and_then(|c| c.since);
        let ready = self.app.condition("Ready");
        if self.helm.drifted {
            return at("Drifted", true);
        }
        match ready.map(|r| r.status) {
            None => self.app.created_at,
            Some(Some(true)) => ready.and_then(|c| c.since),
            Some(Some(false)) => {
                // A failure is as old as its oldest sign that still stands.
                let ready = ready.and_then(|c| c.since);
                [at("Released", false), at("TestSuccess", false), ready].into_iter().flatten().min()
            }
            Some(None) => self.reconciling().or(ready).and_then(|c| c.since),
        }
    }
}

/// Chart version of the newest release; its objects are in the cluster even when it failed.
fn live(history: &[wire::History]) -> Option<String> {
    let newest = history.first()?;
    (!newest.status.starts_with("uninstall")).then(|| filled(&newest.chart_version)).flatten()
}

fn entry(h: &wire::History) -> HistoryEntry {
    HistoryEntry {
        revisions: Box::default(),
        id: h.version,
        revision: text(&h.chart_version, 100).into(),
        at: time(&h.last_deployed).into(),
        started_at: time(&h.first_deployed).into(),
        by: filled(&h.action).map(Into::into),
        result: text(&h.status, 60).into(),
        ok: matches!(h.status.as_str(), "deployed" | "superseded"),
        health_recorded: true,
        digest: filled(&h.config_digest).map(Into::into),
        took_ms: None,
        runs: None,
        note: note(h).into(),
        moved: None,
    }
}

/// What was released, as far as the version in the list does not say it, and how its tests ended.
fn note(h: &wire::History) -> String {
    let app = filled(&h.app_version).map(|version| format!("app {}", text(&version, 60)));
    let count = |phase: &str| h.test_hooks.0.iter().filter(|(_, test)| test.phase == phase).count();
    let tests = match (h.test_hooks.0.len(), count("Failed"), count("Succeeded")) {
        (0, ..) => None,
        (all, 0, good) => Some(format!("{good} of {all} tests passed")),
        (all, bad, _) => {
            let first = h.test_hooks.0.iter().find(|(_, test)| test.phase == "Failed").map_or("", |(name, _)| name.as_str());
            Some(format!("{bad} of {all} tests failed: {}", text(first, 100)))
        }
    };
    app.into_iter().chain(tests).collect::<Vec<_>>().join(", ")
}

fn source(app: &App, reference: &wire::Reference, chart: Option<&ChartSpec>, seen: &Seen<'_>) -> Source {
    let from_files = matches!(reference.kind.as_str(), "GitRepository" | "Bucket");
    let name = chart.map(|c| text(c.chart.trim_start_matches("./").trim_matches('/'), 300));
    let version = chart.map(|c| text(&c.version, 100)).filter(|v| !v.is_empty()).unwrap_or_else(|| "*".into());
    Source {
        source_type: source_type(&reference.kind),
        url: None,
        path: name.clone().filter(|_| from_files),
        chart: name,
        reference: RefKind::Version(version),
        revision: app.revision.clone(),
        name: None,
        value_files: chart.map(|c| c.values_files.0.iter().map(|f| text(f, 300)).collect()).unwrap_or_default(),
        object: Some(source_id(&app.id.cluster, reference, &seen.meta.namespace)),
        overrides: None,
    }
}
