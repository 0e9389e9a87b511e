//! The request as Argo CD's controller reads it.

use super::super::Draft;
use super::wants::Wants;
use crate::domain::ids::ObjectKey;
use crate::domain::plan::PlanChoices;
use serde_json::{Value, json};

pub fn patch(draft: &Draft<'_>, choices: &PlanChoices, wants: &Wants) -> Value {
    let mut operation = operation(draft, reason(choices), sync(wants));
    if let Some(retry) = &wants.retry {
        operation["retry"] = retry.clone();
    }
    let mut body = json!({ "metadata": { "resourceVersion": draft.app.resource_version }, "operation": operation });
    if clears_state(draft) {
        body["status"] = json!({ "operationState": null });
    }
    body
}

fn reason(choices: &PlanChoices) -> &str {
    if choices.reason.is_empty() { "manual sync" } else { &choices.reason }
}

/// A request that names who asks, under our id.
pub fn operation(draft: &Draft<'_>, reason: &str, sync: Value) -> Value {
    json!({
        "initiatedBy": { "username": format!("{} (driftdeck)", draft.context.operator) },
        "info": [{ "name": "driftdeck/request-id", "value": draft.context.request_id }, { "name": "Reason", "value": reason }],
        "sync": sync,
    })
}

/// Else the controller merges the fields of the last operation into this one.
pub fn clears_state(draft: &Draft<'_>) -> bool {
    draft.argo().status_present
}

fn sync(wants: &Wants) -> Value {
    let force = if wants.force { json!({ "force": true }) } else { json!({}) };
    // Never empty: an operation without a strategy inherits that of the last one.
    let strategy = if wants.apply_only { json!({ "apply": force }) } else { json!({ "hook": force }) };
    let mut sync = json!({ "syncStrategy": strategy });
    if let Some(revision) = &wants.revision {
        sync["revision"] = json!(revision);
    }
    if wants.prune {
        sync["prune"] = json!(true);
    }
    if wants.dry_run {
        sync["dryRun"] = json!(true);
    }
    if !wants.options.is_empty() {
        sync["syncOptions"] = json!(wants.options);
    }
    if wants.is_partial() {
        sync["resources"] = wants.resources.iter().map(resource).collect();
    }
    sync
}

fn resource(key: &ObjectKey) -> Value {
    let mut out = json!({ "kind": key.kind, "name": key.name });
    for (field, text) in [("group", &key.group), ("namespace", &key.namespace)] {
        if !text.is_empty() {
            out[field] = json!(text);
        }
    }
    out
}
