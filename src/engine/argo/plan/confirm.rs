//! The word that Argo CD waits for before it deletes what is marked `Prune=confirm`.

use super::{Draft, line, refuse, refused};
use crate::domain::plan::{PatchType, Plan};
use crate::domain::status::Phase;
use serde_json::json;

const APPROVED: &str = "argocd.argoproj.io/deletion-approved";

pub fn plan(draft: &Draft<'_>) -> Plan {
    let title = format!("Confirm the deletion that {} waits for on {}", draft.name(), draft.runs_on());
    let plan = draft.empty("confirm_prune", title, "Delete");
    let no = refuse::any_write(draft).or_else(|| refuse::not_reconciled(draft));
    if let Some(no) = no {
        return refused(plan, &no.headline, no.text, no.lines);
    }
    let waits = draft.app.operation.as_ref().filter(|o| o.phase == Phase::Blocked);
    let Some((operation, waits_for)) = waits.and_then(|o| Some((o, o.message.split_once("confirmation of ")?.1))) else {
        let text = format!("No sync of {} waits for a deletion to be confirmed.", draft.name());
        return refused(plan, "Nothing to confirm.", text, Vec::new());
    };
    let Some(at) = operation.started_at else {
        let text = format!(
            "Argo CD does not say when the sync of {} started. An approval by the clock here could hold for later syncs too.",
            draft.name()
        );
        return refused(plan, "Not possible: no start time.", text, vec![line("next", "x  terminate it, then sync anew")]);
    };
    let window = match refuse::window(draft, operation.by.as_deref() != Some("automated")) {
        Ok(line) => line,
        Err(no) => return refused(plan, &no.headline, no.text, no.lines),
    };
    // The oldest time that Argo CD takes for this sync: by a clock that is ahead, syncs to come would be approved with it.
    let body = json!({ "metadata": {
        "resourceVersion": draft.app.resource_version,
        "annotations": { APPROVED: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() },
    }});
    let mut lines = plan.lines.clone();
    let by = operation.by.as_deref().unwrap_or("someone");
    lines.push(line("now", format!("a sync by {by} waits since {}: {}", started(draft), operation.message)));
    // Argo CD's message names the first only.
    let extra: Vec<String> = draft.app.resources.iter().filter(|r| r.requires_pruning).map(|r| r.key.title()).collect();
    let what = if extra.is_empty() { waits_for.to_owned() } else { format!("what left git: {}", extra.join(", ")) };
    lines.push(line("effect", format!("DELETES {what}; then the sync goes on")));
    lines.push(window);
    lines.push(line("careful", "! the data in what is deleted is gone; terminating the sync (x) leaves it alone"));
    let commands =
        vec![format!("argocd app confirm-deletion {}", super::shell(&draft.app.id.path())), draft.kubectl(PatchType::Merge, &body)];
    draft.weigh(Plan { lines, commands, steps: vec![draft.patch(PatchType::Merge, body, true)], ..plan }, true)
}

fn started(draft: &Draft<'_>) -> String {
    let at = draft.app.operation.as_ref().and_then(|o| o.started_at);
    at.map_or_else(|| "an unknown time".into(), |at| at.strftime("%H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests;
