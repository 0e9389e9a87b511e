//! Refresh: an annotation that Argo CD removes after it compared again. Not a read: with auto-sync it may start a sync.

use super::{Draft, line, refuse, refused, short};
use crate::domain::plan::{PatchType, Plan, Risk};
use serde_json::json;

/// From this version on a timestamp beside the annotation keeps a second request from being lost during a compare.
const TIMESTAMP_SINCE: (u32, u32) = (3, 6);

pub fn plan(draft: &Draft<'_>, hard: bool) -> Plan {
    let (value, word) = if hard { ("hard", "Hard refresh") } else { ("normal", "Refresh") };
    let plan = draft.empty(if hard { "hard_refresh" } else { "refresh" }, format!("{word} {} on {}", draft.name(), draft.runs_on()), word);
    let skipped = || refuse::not_reconciled(draft).filter(|_| draft.argo().skip_reconcile);
    if let Some(no) = refuse::any_write(draft).or_else(skipped) {
        return refused(plan, &no.headline, no.text, no.lines);
    }
    let mut annotations = json!({ "argocd.argoproj.io/refresh": value });
    if draft.argo().has_hydrator {
        annotations["argocd.argoproj.io/hydrate"] = json!(value);
    }
    if draft.version().is_some_and(|v| v >= TIMESTAMP_SINCE) {
        annotations["argocd.argoproj.io/refresh-timestamp"] = json!(draft.context.now.to_string());
    }
    let body = json!({ "metadata": { "annotations": annotations } });
    let flag = if hard { " --hard-refresh" } else { " --refresh" };
    let commands = vec![format!("argocd app get {}{flag}", super::shell(&draft.app.id.path())), draft.kubectl(PatchType::Merge, &body)];
    let mut lines = plan.lines.clone();
    let (risk, effect) = match deploys(draft) {
        Some(effect) => (Risk::Reversible, effect),
        None => (Risk::Safe, "Argo CD compares again; nothing is deployed by it".to_owned()),
    };
    lines.push(line("effect", effect));
    Plan { risk, lines, commands, steps: vec![draft.patch(PatchType::Merge, body, false)], ..plan }
}

fn deploys(draft: &Draft<'_>) -> Option<String> {
    let head = draft.context.head?;
    let new = draft.argo().automated && draft.app.revision.as_deref() != Some(head);
    new.then(|| format!("Refresh deploys up to {} on {} (auto-sync is on)", short(head), draft.runs_on()))
}
