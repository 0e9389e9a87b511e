//! Sync: one merge patch that asks for the operation and clears the state of the last one.

use super::{Draft, line, refuse, refused, short};
use crate::domain::app::ManagedResource;
use crate::domain::plan::{PatchType, Plan, PlanChoices, PlanLine, PlanOption};
use crate::domain::source::SourceType;
use crate::domain::status::{Phase, Sync};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub fn plan(draft: &Draft<'_>, choices: &PlanChoices) -> Plan {
    let plan = draft.empty("sync", format!("Sync {} on {}", draft.name(), draft.runs_on()), "Sync");
    let no = refuse::any_write(draft).or_else(|| refuse::not_reconciled(draft)).or_else(|| refuse::in_progress(draft));
    if let Some(no) = no {
        return refused(plan, &no.headline, no.text, no.lines);
    }
    let window = match refuse::window(draft, true) {
        Ok(line) => line,
        Err(no) => return refused(plan, &no.headline, no.text, no.lines),
    };
    let revision = revision(draft);
    let body = body(draft, choices, revision.as_deref());
    let commands = vec![argocd(draft, choices, revision.as_deref()), draft.kubectl(PatchType::Merge, &body)];
    let mut lines = plan.lines.clone();
    lines.extend([commit_line(draft, revision.as_deref()), line("effect", effect(draft, choices.prune)), window, auto_line(draft)]);
    lines.extend(careful(draft));
    lines.push(line("kept", kept(draft)));
    let steps = vec![draft.patch(PatchType::Merge, body, true)];
    let plan = Plan { lines, options: options(draft, choices), steps, commands, ..plan };
    draft.weigh(plan, (choices.prune || choices.force) && !choices.dry_run)
}

/// The whole commit to be synced, where we know it ourselves: the tip that one git source follows.
fn revision(draft: &Draft<'_>) -> Option<String> {
    let argo = draft.argo();
    let one_git = matches!(&draft.app.sources[..], [s] if s.source_type == SourceType::Git);
    let head = draft.context.head.filter(|h| super::super::parse::is_commit(h))?;
    (one_git && !argo.multi_source && !argo.has_hydrator).then(|| head.to_owned())
}

fn body(draft: &Draft<'_>, choices: &PlanChoices, revision: Option<&str>) -> Value {
    let argo = draft.argo();
    let force = if choices.force { json!({ "force": true }) } else { json!({}) };
    // Never empty: an operation without a strategy inherits that of the last one.
    let strategy = if choices.apply_only { json!({ "apply": force }) } else { json!({ "hook": force }) };
    let mut sync = json!({ "syncStrategy": strategy });
    if let Some(revision) = revision {
        sync["revision"] = json!(revision);
    }
    if choices.prune {
        sync["prune"] = json!(true);
    }
    if choices.dry_run {
        sync["dryRun"] = json!(true);
    }
    // Argo's controller does not look into the spec for these.
    if !argo.sync_options.is_empty() {
        sync["syncOptions"] = json!(argo.sync_options);
    }
    let reason = if choices.reason.is_empty() { "manual sync" } else { &choices.reason };
    let mut operation = json!({
        "initiatedBy": { "username": format!("{} (driftdeck)", draft.context.operator) },
        "info": [{ "name": "driftdeck/request-id", "value": draft.context.request_id }, { "name": "Reason", "value": reason }],
        "sync": sync,
    });
    if let Some(retry) = argo.retry.as_ref().filter(|r| !r.is_null()) {
        operation["retry"] = retry.value();
    }
    let mut body = json!({ "metadata": { "resourceVersion": draft.app.resource_version }, "operation": operation });
    if argo.status_present {
        // Else the controller merges the fields of the last operation into this one.
        body["status"] = json!({ "operationState": null });
    }
    body
}

fn commit_line(draft: &Draft<'_>, revision: Option<&str>) -> PlanLine {
    let app = draft.app;
    let runs = app.revision.as_deref();
    let text = match (revision, &app.sources[..]) {
        (Some(new), _) if runs == Some(new) => format!("{}, runs already; head, as polled", short(new)),
        (Some(new), _) => format!("{}, head, as polled; {} runs", short(new), runs.map_or_else(|| "nothing".into(), short)),
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
fn effect(draft: &Draft<'_>, prune: bool) -> String {
    if draft.app.sync == Sync::Unknown {
        return "not known: Argo CD cannot compare this app".into();
    }
    let differing: Vec<&ManagedResource> = draft.app.resources.iter().filter(|r| r.sync == Some(Sync::OutOfSync) && !r.hook).collect();
    let (extra, changed): (Vec<_>, Vec<_>) = differing.into_iter().partition(|r| r.requires_pruning);
    let mut parts = Vec::new();
    if !changed.is_empty() {
        parts.push(format!("{} {}", kinds(&changed), if changed.len() == 1 { "changes" } else { "change" }));
    }
    if !extra.is_empty() {
        parts.push(format!("{} only live: {}", kinds(&extra), if prune { "DELETED" } else { "not touched" }));
    }
    if parts.is_empty() { "nothing differs; everything is applied again".into() } else { parts.join("; ") }
}

fn kinds(resources: &[&ManagedResource]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for r in resources {
        *counts.entry(r.key.kind.as_str()).or_default() += 1;
    }
    counts.iter().map(|(kind, n)| format!("{n} {kind}")).collect::<Vec<_>>().join(" and ")
}

fn auto_line(draft: &Draft<'_>) -> PlanLine {
    let on = |b: bool| if b { "on" } else { "off" };
    let argo = draft.argo();
    let text = match argo.automated {
        true => format!("auto-sync on, prune {}, self-heal {}: they stay as they are", on(argo.prune), on(argo.self_heal)),
        false => "auto-sync off: it stays off".to_owned(),
    };
    line("auto", text)
}

fn careful(draft: &Draft<'_>) -> Vec<PlanLine> {
    let mut lines = Vec::new();
    if draft.app.operation.as_ref().is_some_and(|o| o.phase == Phase::Orphaned) {
        lines.push(line("careful", "an operation was left behind without an end; this one replaces it"));
    }
    if let Some(c) = draft.app.conditions.iter().find(|c| matches!(c.kind.as_str(), "ComparisonError" | "InvalidSpecError")) {
        lines.push(line("careful", format!("will most likely end in {}: {}", c.kind, c.message)));
    }
    lines
}

fn kept(draft: &Draft<'_>) -> String {
    let argo = draft.argo();
    let mut parts = argo.sync_options.clone();
    if let Some(retry) = argo.retry.as_ref().filter(|r| !r.is_null()) {
        let limit = retry.value().get("limit").and_then(Value::as_i64);
        parts.push(limit.map_or_else(|| "retry".to_owned(), |n| format!("retry {n}")));
    }
    if parts.is_empty() { "no options of the app".into() } else { format!("{} (from the app; we send them along)", parts.join(", ")) }
}

fn options(draft: &Draft<'_>, choices: &PlanChoices) -> Vec<PlanOption> {
    let extra: Vec<String> =
        draft.app.resources.iter().filter(|r| r.requires_pruning && !r.hook).map(|r| format!("{} {}", r.key.kind, r.key.name)).collect();
    let prune =
        if extra.is_empty() { "nothing to delete as far as Argo compared".into() } else { format!("would delete {}", extra.join(", ")) };
    let hooks = draft.app.resources.iter().filter(|r| r.hook).count();
    let option = |name: &str, label: &str, text: String, on: bool| PlanOption {
        name: name.into(),
        label: label.into(),
        text,
        on,
        off_because: None,
    };
    vec![
        option("prune", "prune", prune, choices.prune),
        option("dry_run", "dry run", "Argo checks, nothing is written".into(), choices.dry_run),
        option("force", "force", "deletes and creates what cannot be changed".into(), choices.force),
        option("apply_only", "apply only", format!("skips hooks ({hooks} known)"), choices.apply_only),
    ]
}

fn argocd(draft: &Draft<'_>, choices: &PlanChoices, revision: Option<&str>) -> String {
    let mut command = format!("argocd app sync {}", super::shell(&draft.app.id.path()));
    if let Some(revision) = revision {
        command.push_str(&format!(" --revision {}", super::shell(revision)));
    }
    let flags = [
        (choices.prune, " --prune"),
        (choices.dry_run, " --dry-run"),
        (choices.force, " --force"),
        (choices.apply_only, " --strategy apply"),
    ];
    flags.iter().filter(|(on, _)| *on).for_each(|(_, flag)| command.push_str(flag));
    command
}
