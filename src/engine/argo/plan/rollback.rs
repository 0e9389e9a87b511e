//! A temporary rollback: what an entry of Argo CD's history deployed is deployed again, while git stays as it is.

use super::sync::{clears_state, operation};
use super::{Draft, line, refuse, refused, short};
use crate::domain::history::HistoryEntry;
use crate::domain::plan::{PatchType, Plan, PlanChoices, PlanLine, PlanOption, Refusal};
use serde_json::{Value, json};

/// The entry, and its place in `status.history`, whose first is the oldest.
struct Chosen<'a> {
    id: i64,
    place: usize,
    entry: &'a HistoryEntry,
}

pub fn plan(draft: &Draft<'_>, choices: &PlanChoices) -> Plan {
    let chosen = chosen(draft, choices.history);
    let name = chosen.as_ref().map_or_else(String::new, |c| format!(" to #{}", c.id));
    let title = format!("Temporary rollback of {}{name} on {}", draft.name(), draft.runs_on());
    let plan = draft.empty("engine_rollback", title, "Roll back");
    let no = refuse::any_write(draft)
        .or_else(|| refuse::not_reconciled(draft))
        .or_else(|| refuse::in_progress(draft))
        .or_else(|| impossible(draft, chosen.as_ref()));
    if let Some(no) = no {
        return refused(plan, &no.headline, no.text, no.lines);
    }
    let Some(chosen) = chosen else { return plan };
    let window = match refuse::window(draft, true) {
        Ok(line) => line,
        Err(no) => return refused(plan, &no.headline, no.text, no.lines),
    };
    let steps = request(draft, choices, &chosen);
    let mut lines = plan.lines.clone();
    lines.extend(says(draft, choices, &chosen));
    lines.push(window);
    lines.push(line("auto", "auto-sync off: it stays off"));
    lines.extend(careful(draft));
    let commands = vec![argocd(draft, choices, &chosen), draft.kubectl(PatchType::Json, &locked(draft, &steps))];
    let steps = vec![draft.patch(PatchType::Json, steps, true)];
    let options = vec![
        PlanOption::switch("prune", "prune", "deletes what this entry did not have", choices.prune),
        PlanOption::switch("dry_run", "dry run", "Argo checks, nothing is written", choices.dry_run),
    ];
    draft.weigh(Plan { lines, options, commands, steps, ..plan }, choices.prune && !choices.dry_run)
}

fn chosen<'a>(draft: &Draft<'a>, id: Option<i64>) -> Option<Chosen<'a>> {
    let history = &draft.app.history;
    let (at, entry) = history.iter().enumerate().find(|(_, e)| e.id.is_some() && e.id == id)?;
    Some(Chosen { id: entry.id?, place: history.len() - 1 - at, entry })
}

fn impossible(draft: &Draft<'_>, chosen: Option<&Chosen<'_>>) -> Option<Refusal> {
    let name = draft.name();
    let next = |text: &str| vec![line("next", text)];
    let no = |headline: &str, text: String, lines| Some(Refusal { headline: headline.into(), text, lines });
    let Some(chosen) = chosen else {
        let text = format!("The history of {name} has no such entry (any more).");
        return no("Nothing to go back to.", text, next("]  the History tab has what Argo CD kept"));
    };
    if draft.argo().automated {
        let text = format!(
            "Auto-sync of {name} is on: Argo CD would put back what git says within seconds, and refuses such a rollback itself. \
             Turn auto-sync off first, or revert in git, which lasts."
        );
        return no("Not while auto-sync is on.", text, next("p  turn auto-sync off     R  revert in git, for good"));
    }
    if draft.argo().has_hydrator {
        let text = format!("What {name} syncs is written by the hydrator; an entry of the history does not say from what.");
        return no("Not with a hydrator.", text, next("R  revert in git, for good"));
    }
    if chosen.entry.revision.is_empty() {
        let text = format!("Entry #{} of {name} names no revision.", chosen.id);
        return no("Nothing to go back to.", text, next("choose another entry"));
    }
    if let Some(from) = chosen.entry.moved.as_ref().filter(|m| m.is_other_repo) {
        let text = format!(
            "Entry #{} came from {}, another repository than now. Argo CD's controller does not check whether the project allows it.",
            chosen.id, from.from
        );
        return no("From another repository.", text, next("put that source back in git"));
    }
    None
}

fn says(draft: &Draft<'_>, choices: &PlanChoices, chosen: &Chosen<'_>) -> Vec<PlanLine> {
    let entry = chosen.entry;
    let all: Vec<String> =
        if entry.revisions.is_empty() { vec![short(&entry.revision)] } else { entry.revisions.iter().map(|r| short(r)).collect() };
    let runs = draft.app.revision.as_deref().map_or_else(|| "nothing".into(), short);
    let when =
        entry.at.get().or(entry.started_at.get()).map(|at| at.strftime(", deployed %a %-d %b %H:%M UTC").to_string()).unwrap_or_default();
    let by = entry.by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
    let gone = if choices.prune { "; what it did not have is DELETED" } else { "" };
    let mut out = vec![
        line("commit", format!("{} (#{}{when}{by}); {runs} runs", all.join(" and "), chosen.id)),
        line("effect", format!("{} is rendered again from git and applied, without hooks{gone}", all.join(" and "))),
    ];
    out.push(line("effect", format!("with the source of that time: {}", source(entry))));
    out
}

/// Beside the revision, which is told already. Fields by name only: a value may be a secret.
fn source(entry: &HistoryEntry) -> String {
    let Some(moved) = &entry.moved else { return "nothing in it but the revision is known to differ from now".into() };
    let fields = (!moved.fields.is_empty()).then(|| format!("{} not as now", moved.fields.join(", ")));
    let from = Some(moved.from.clone()).filter(|from| !from.is_empty());
    [from, fields].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn careful(draft: &Draft<'_>) -> Vec<PlanLine> {
    let follows = draft.app.sources.first().map_or_else(|| "what it follows".into(), |s| s.reference.text().to_owned());
    vec![
        line(
            "careful",
            format!("! temporary: git still says {follows}. The app is OutOfSync until git says the same, and any sync undoes this"),
        ),
        line("careful", "! health was not recorded with the entry: that it was deployed is no proof that it was well"),
    ]
}

/// Source and revision are those of the entry: the server copies the source itself, so that no value in it passes through here.
fn request(draft: &Draft<'_>, choices: &PlanChoices, chosen: &Chosen<'_>) -> Value {
    let (place, entry) = (chosen.place, chosen.entry);
    let mut sync = json!({ "syncStrategy": { "apply": {} } });
    for (field, on) in [("prune", choices.prune), ("dryRun", choices.dry_run)] {
        if on {
            sync[field] = json!(true);
        }
    }
    if !draft.argo().sync_options.is_empty() {
        sync["syncOptions"] = json!(draft.argo().sync_options);
    }
    let (revision, said, source) = match entry.revisions.is_empty() {
        true => ("revision", json!(entry.revision), "source"),
        false => ("revisions", json!(entry.revisions), "sources"),
    };
    sync[revision] = said.clone();
    let reason = format!("temporary rollback to history entry {}", chosen.id);
    let mut steps = vec![
        json!({ "op": "test", "path": format!("/status/history/{place}/id"), "value": chosen.id }),
        json!({ "op": "test", "path": format!("/status/history/{place}/{revision}"), "value": said }),
        json!({ "op": "add", "path": "/operation", "value": operation(draft, &reason, sync) }),
        json!({ "op": "copy", "from": format!("/status/history/{place}/{source}"), "path": format!("/operation/sync/{source}") }),
    ];
    if clears_state(draft) && draft.argo().operation_state_present {
        steps.push(json!({ "op": "remove", "path": "/status/operationState" }));
    }
    Value::Array(steps)
}

/// The copied command holds what the request is sent with.
fn locked(draft: &Draft<'_>, steps: &Value) -> Value {
    let tests = [("uid", &draft.app.uid), ("resourceVersion", &draft.app.resource_version)];
    let tests = tests.map(|(field, value)| json!({ "op": "test", "path": format!("/metadata/{field}"), "value": value }));
    tests.into_iter().chain(steps.as_array().into_iter().flatten().cloned()).collect()
}

fn argocd(draft: &Draft<'_>, choices: &PlanChoices, chosen: &Chosen<'_>) -> String {
    let mut command = format!("argocd app rollback {} {}", super::shell(&draft.app.id.path()), chosen.id);
    // Its program has a dry run of its own that asks nothing of the controller; only prune is the same.
    if choices.prune {
        command.push_str(" --prune");
    }
    command
}

#[cfg(test)]
mod tests;
