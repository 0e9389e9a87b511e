//! Terminate a running operation, and clear one that cannot end.

use super::{Draft, line, refuse, refused};
use crate::domain::plan::{PatchType, Plan};
use crate::domain::status::Phase;
use serde_json::json;

pub fn plan(draft: &Draft<'_>) -> Plan {
    let plan = draft.empty("terminate", format!("Terminate the sync of {} on {}", draft.name(), draft.runs_on()), "Terminate");
    if let Some(no) = refuse::any_write(draft) {
        return refused(plan, &no.headline, no.text, no.lines);
    }
    if let Some((headline, text)) = impossible(draft) {
        return refused(plan, headline, text, Vec::new());
    }
    let body = json!([
        { "op": "test", "path": "/metadata/uid", "value": draft.app.uid },
        { "op": "test", "path": "/status/operationState/phase", "value": "Running" },
        { "op": "replace", "path": "/status/operationState/phase", "value": "Terminating" },
    ]);
    let mut lines = plan.lines.clone();
    if let Some(o) = &draft.app.operation {
        lines.push(line("now", format!("{} by {}: {}", o.phase.word(), o.by.as_deref().unwrap_or("?"), o.message)));
    }
    lines
        .push(line("effect", "Argo CD stops, deletes running hooks and ends as Failed; what was applied stays, and it is not tried again"));
    let commands = vec![format!("argocd app terminate-op {}", super::shell(&draft.app.id.path())), draft.kubectl(PatchType::Json, &body)];
    draft.weigh(Plan { lines, commands, steps: vec![draft.patch(PatchType::Json, body, false)], ..plan }, false)
}

fn impossible(draft: &Draft<'_>) -> Option<(&'static str, String)> {
    let name = draft.name();
    let Some(operation) = &draft.app.operation else {
        return Some(("Nothing to terminate.", format!("No operation runs on {name}.")));
    };
    match operation.phase {
        Phase::Running | Phase::Retrying => None,
        Phase::Blocked if operation.message.contains("sync window") => {
            let text = format!("The sync of {name} is queued behind a sync window; Argo CD ignores a stop request until the window opens.");
            Some(("Not possible: queued by a sync window.", text))
        }
        Phase::Blocked => None,
        Phase::Requested => Some(("Not yet: not picked up.", format!("Argo CD has not started the operation of {name} yet."))),
        Phase::Terminating => Some(("Already asked.", format!("The operation of {name} is being stopped already."))),
        Phase::Orphaned => {
            let text =
                format!("The status of {name} says running, but the operation is gone; Argo CD cannot stop it. A new sync replaces it.");
            Some(("Nothing runs.", text))
        }
        Phase::Failed | Phase::Error | Phase::Succeeded => Some(("Nothing to terminate.", format!("No operation runs on {name}."))),
    }
}

/// Drops a queued, stuck or left-over operation from the object (expert: it races with the controller and undoes nothing).
pub fn clear(draft: &Draft<'_>) -> Plan {
    let app = draft.app;
    let plan = draft.empty("clear_operation", format!("Clear the operation of {} on {}", draft.name(), draft.runs_on()), "Clear");
    if let Some(no) = refuse::any_write(draft) {
        return refused(plan, &no.headline, no.text, no.lines);
    }
    let stuck =
        app.operation.as_ref().filter(|o| matches!(o.phase, Phase::Requested | Phase::Blocked | Phase::Terminating | Phase::Orphaned));
    let Some(stuck) = stuck else {
        let text = format!("The operation of {} is neither queued nor stuck.", draft.name());
        return refused(plan, "Nothing to clear.", text, Vec::new());
    };
    let mut body = json!({ "metadata": { "resourceVersion": app.resource_version }, "operation": null });
    // What stands in the status of a request that was not picked up is the end of the one before.
    if draft.argo().status_present && stuck.phase != Phase::Requested {
        body["status"] = json!({ "operationState": null });
    }
    let mut lines = plan.lines.clone();
    lines.push(line("now", format!("{}: {}", stuck.phase.word(), stuck.message)));
    lines.push(line("effect", "the request is removed from the object; nothing that was applied is undone"));
    lines.push(line("careful", "if Argo CD works on it after all, it stops without an end and its running hooks stay"));
    let commands = vec![draft.kubectl(PatchType::Merge, &body)];
    draft.weigh(Plan { lines, commands, steps: vec![draft.patch(PatchType::Merge, body, true)], ..plan }, true)
}
