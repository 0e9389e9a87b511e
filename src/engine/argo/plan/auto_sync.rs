//! Auto-sync off and on: the switch beside the policy, with the policy kept on the object for the way back.

use super::{Draft, line, refuse, refused, short};
use crate::domain::app::Frozen;
use crate::domain::json::Json;
use crate::domain::plan::{PatchType, Plan, PlanChoices};
use crate::domain::status::Sync;
use crate::engine::freeze;
use serde_json::{Value, json};

/// `automated.enabled` exists from this version on; before, the field is dropped and auto-sync stays on.
const SWITCH_SINCE: (u32, u32) = (3, 1);

pub fn off(draft: &Draft<'_>, choices: &PlanChoices) -> Plan {
    let plan = draft.empty("auto_sync_off", format!("Auto-sync off: {} on {}", draft.name(), draft.runs_on()), "Turn off");
    if let Some(no) = refuse::any_write(draft).or_else(|| refuse::not_reconciled(draft)).or_else(|| refuse::owned(draft)) {
        return refused(plan, &no.headline, no.text, no.lines);
    }
    if !draft.argo().automated {
        let text = format!("Auto-sync of {} is off already; nothing syncs by itself.", draft.name());
        return refused(plan, "Nothing to do: auto-sync is off.", text, Vec::new());
    }
    if let Some((major, minor)) = draft.version().filter(|v| *v < SWITCH_SINCE) {
        let text =
            format!("Argo CD {major}.{minor} has no switch beside the policy (from 3.1 on). Remove syncPolicy.automated in git instead.");
        return refused(plan, "Not with this Argo CD.", text, Vec::new());
    }
    let owner = choices.owner.as_deref().unwrap_or(draft.context.operator);
    let note = Frozen {
        v: 1,
        by: owner.to_owned(),
        reason: choices.reason.clone(),
        since: Some(draft.context.now),
        until: choices.until,
        policy: draft.argo().automated_policy.clone(),
    };
    let note = serde_json::to_string(&note).unwrap_or_default();
    let body = json!({
        "metadata": { "resourceVersion": draft.app.resource_version, "annotations": { "driftdeck/frozen": note } },
        "spec": { "syncPolicy": { "automated": { "enabled": false } } },
    });
    let mut lines = plan.lines.clone();
    lines.push(line("effect", "Argo CD no longer syncs by itself; it still compares, and what runs stays as it is"));
    lines.push(line("auto", "prune and self-heal stay written for the way back"));
    lines.push(line("reason", choices.reason.clone()));
    lines.push(line("owner", owner));
    if let Some(until) = choices.until {
        lines.push(line("until", format!("{until}, a reminder: nothing resumes alone")));
    }
    if draft.app.operation.as_ref().is_some_and(|o| o.phase.is_working()) {
        lines.push(line("careful", "a sync runs now and goes on to its end"));
    }
    let commands = vec![draft.kubectl(PatchType::Merge, &body)];
    draft.weigh(Plan { lines, commands, steps: vec![draft.patch(PatchType::Merge, body, true)], ..plan }, false)
}

pub fn on(draft: &Draft<'_>) -> Plan {
    let plan = draft.empty("auto_sync_on", format!("Auto-sync on: {} on {}", draft.name(), draft.runs_on()), "Turn on");
    if let Some(no) = refuse::any_write(draft).or_else(|| refuse::not_reconciled(draft)).or_else(|| refuse::owned(draft)) {
        return refused(plan, &no.headline, no.text, no.lines);
    }
    if draft.argo().automated {
        let text = format!("Auto-sync of {} is on already.", draft.name());
        return refused(plan, "Nothing to do: auto-sync is on.", text, Vec::new());
    }
    let policy = draft.app.frozen.as_ref().and_then(|f| f.policy.as_ref()).map(Json::value);
    let mut metadata = json!({ "resourceVersion": draft.app.resource_version });
    if draft.app.frozen.is_some() {
        metadata["annotations"] = json!({ "driftdeck/frozen": null });
    }
    let present = draft.argo().automated_policy.as_ref().map(Json::value);
    let automated = restored(policy.as_ref(), present.as_ref());
    let body = json!({ "metadata": metadata, "spec": { "syncPolicy": { "automated": automated } } });
    let mut lines = plan.lines.clone();
    lines.push(line("effect", effect(draft)));
    lines.push(match refuse::window(draft, false) {
        Ok(window) => window,
        Err(no) => line("window", no.text),
    });
    let written = policy.as_ref().or(present.as_ref());
    lines.push(line("auto", format!("policy afterwards: {}", policy_words(written))));
    if let Some(frozen) = &draft.app.frozen {
        lines.extend(freeze::lines("was off", &format!("by {}: {}", frozen.by, frozen.reason), frozen, draft.context.now));
    }
    let commands = vec![draft.kubectl(PatchType::Merge, &body)];
    draft.weigh(Plan { lines, commands, steps: vec![draft.patch(PatchType::Merge, body, true)], ..plan }, false)
}

/// A merge patch that leaves exactly the earlier policy: what it did not have is removed. Without a note only the switch goes.
fn restored(policy: Option<&Value>, present: Option<&Value>) -> Value {
    let mut automated = policy.filter(|p| p.is_object()).cloned().unwrap_or_else(|| json!({}));
    if let Some(fields) = automated.as_object_mut() {
        if policy.is_none() {
            fields.insert("enabled".into(), Value::Null);
        }
        let extra = present.and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key).filter(|_| policy.is_some());
        for key in extra {
            fields.entry(key.clone()).or_insert(Value::Null);
        }
    }
    automated
}

fn policy_words(policy: Option<&Value>) -> String {
    let on = |name: &str| if policy.and_then(|p| p.get(name)).and_then(Value::as_bool) == Some(true) { "on" } else { "off" };
    format!("auto-sync on, prune {}, self-heal {}", on("prune"), on("selfHeal"))
}

fn effect(draft: &Draft<'_>) -> String {
    let on = draft.runs_on();
    let to = draft.context.head.or(draft.app.target.as_deref());
    match (draft.app.sync, to) {
        (Sync::Synced, None) => format!("nothing waits now; the next commit is applied to {on} by itself"),
        (Sync::Synced, Some(head)) if draft.app.revision.as_deref() == Some(head) => {
            format!("nothing waits now; the next commit is applied to {on} by itself")
        }
        (_, Some(head)) => format!("Resuming applies {} to {on}: {} differ now", short(head), differing(draft)),
        (_, None) => format!("Resuming applies what git holds to {on}: {} differ now", differing(draft)),
    }
}

fn differing(draft: &Draft<'_>) -> String {
    match draft.app.resources.iter().filter(|r| r.sync == Some(Sync::OutOfSync) && !r.hook).count() {
        1 => "1 resource".into(),
        n => format!("{n} resources"),
    }
}
