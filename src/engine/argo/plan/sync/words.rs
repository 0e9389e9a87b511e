//! The lines of the dialog: which commit, what it changes, what auto-sync does, what to be careful about.

use super::super::{Draft, line, short};
use super::wants::{OUT_OF_SYNC_ONLY, REPLACE, Wants};
use crate::domain::app::ManagedResource;
use crate::domain::plan::PlanLine;
use crate::domain::status::{Phase, Sync};
use serde_json::Value;
use std::collections::BTreeMap;

pub fn commit(draft: &Draft<'_>, wants: &Wants) -> PlanLine {
    let app = draft.app;
    let runs = app.revision.as_deref();
    let running = || runs.map_or_else(|| "nothing".into(), short);
    let text = match (wants.revision.as_deref(), &app.sources[..]) {
        (Some(new), _) if wants.is_pinned && runs == Some(new) => format!("{}, chosen; runs already", short(new)),
        (Some(new), _) if wants.is_pinned => format!("{}, chosen; {} runs", short(new), running()),
        (Some(new), _) if runs == Some(new) => format!("{}, runs already; head, as polled", short(new)),
        (Some(new), _) => format!("{}, head, as polled; {} runs", short(new), running()),
        (None, [s]) if s.chart.is_some() => format!("chart {} {}", s.chart.as_deref().unwrap_or_default(), s.reference.text()),
        (None, [s]) => {
            let seen = app.target.as_deref().or(runs).map(|r| format!(", last compared {}", short(r))).unwrap_or_default();
            format!("whatever {} is when Argo starts{seen}", s.reference.text())
        }
        (None, many) => format!("the newest of {} sources when Argo starts", many.len()),
    };
    line("commit", text)
}

/// What differs, by kind: `1 Deployment and 1 Secret change; 1 ConfigMap only live stays`.
pub fn effect(draft: &Draft<'_>, wants: &Wants) -> String {
    if let Some(revision) = wants.revision.as_deref().filter(|_| wants.is_elsewhere(draft)) {
        let gone = if wants.prune { ", what it does not have is DELETED" } else { "" };
        return format!("what {} says is applied{gone}{}; Argo CD has not compared with it", short(revision), among(wants));
    }
    if draft.app.sync == Sync::Unknown {
        return "not known: Argo CD cannot compare this app".into();
    }
    let is_reached = |r: &&ManagedResource| wants.resources.is_empty() || wants.resources.contains(&r.key);
    let differing = draft.app.resources.iter().filter(|r| r.sync == Some(Sync::OutOfSync) && !r.hook).filter(is_reached);
    let (extra, changed): (Vec<_>, Vec<_>) = differing.partition(|r| r.requires_pruning);
    let mut parts = Vec::new();
    if !changed.is_empty() {
        parts.push(format!("{} {}", kinds(&changed), if changed.len() == 1 { "changes" } else { "change" }));
    }
    if !extra.is_empty() {
        parts.push(format!("{} only live: {}", kinds(&extra), if wants.prune { "DELETED" } else { "not touched" }));
    }
    match (parts.is_empty(), wants.is_partial()) {
        (true, _) if wants.is(OUT_OF_SYNC_ONLY) => "nothing differs, and only what differs is applied".into(),
        (true, false) => "nothing differs; everything is applied again".into(),
        (true, true) => format!("nothing of it differs; {} applied again", count(wants.resources.len(), "resource is", "resources are")),
        (false, _) => format!("{}{}", parts.join("; "), among(wants)),
    }
}

fn among(wants: &Wants) -> &'static str {
    if wants.is_partial() { ", of what is marked" } else { "" }
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn kinds(resources: &[&ManagedResource]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for r in resources {
        *counts.entry(r.key.kind.as_str()).or_default() += 1;
    }
    let told: Vec<String> = counts.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    match told.as_slice() {
        [first @ .., a, b] if !first.is_empty() => format!("{}, {a} and {b}", first.join(", ")),
        _ => told.join(" and "),
    }
}

pub fn auto(draft: &Draft<'_>) -> PlanLine {
    let on = |b: bool| if b { "on" } else { "off" };
    let argo = draft.argo();
    let text = match argo.automated {
        true => format!("auto-sync on, prune {}, self-heal {}: they stay as they are", on(argo.prune), on(argo.self_heal)),
        false => "auto-sync off: it stays off".to_owned(),
    };
    line("auto", text)
}

pub fn careful(draft: &Draft<'_>, wants: &Wants) -> Vec<PlanLine> {
    let mut says = Vec::new();
    if draft.app.operation.as_ref().is_some_and(|o| o.phase == Phase::Orphaned) {
        says.push("an operation was left behind without an end; this one replaces it".to_owned());
    }
    if let Some(c) = draft.app.conditions.iter().find(|c| matches!(c.kind.as_str(), "ComparisonError" | "InvalidSpecError")) {
        says.push(format!("will most likely end in {}: {}", c.kind, c.message));
    }
    if wants.is_pinned {
        let follows = draft.app.sources.first().map_or("what it follows", |s| s.reference.text());
        says.push(format!("! git still says {follows}: the app is OutOfSync afterwards, and the next sync goes back to {follows}"));
    }
    if wants.is(REPLACE) && wants.force {
        says.push("! replace with force deletes every object and creates it anew".to_owned());
    }
    if wants.is_partial() {
        says.push("! some resources only: no hooks run, and Argo CD writes no history entry".to_owned());
    }
    if wants.is_retry_chosen && wants.retry.is_some() {
        says.push("! while Argo CD tries this commit again, a newer one waits".to_owned());
    }
    says.into_iter().map(|text| line("careful", text)).collect()
}

pub fn retry_limit(retry: Option<&Value>) -> String {
    match retry.filter(|r| !r.is_null()) {
        None => "not tried again".into(),
        Some(retry) => retry.get("limit").and_then(Value::as_i64).map_or_else(|| "retry".to_owned(), |n| format!("retry {n}")),
    }
}

pub fn kept(draft: &Draft<'_>, wants: &Wants) -> String {
    let argo = draft.argo();
    let mut parts: Vec<String> = argo.sync_options.iter().filter(|o| wants.options.contains(o)).cloned().collect();
    let own = argo.retry.as_ref().filter(|r| !r.is_null() && !wants.is_retry_chosen).map(crate::domain::json::Json::value);
    parts.extend(own.as_ref().map(|r| retry_limit(Some(r))));
    if parts.is_empty() { "no options of the app".into() } else { format!("{} (from the app; we send them along)", parts.join(", ")) }
}
