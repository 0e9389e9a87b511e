//! The rows of options: what each would do here, and why it is off.

use super::super::{Draft, short};
use super::wants::{OUT_OF_SYNC_ONLY, REPLACE, SERVER_SIDE, Wants};
use super::words;
use crate::domain::plan::{PlanChoices, PlanOption};
use crate::domain::status::Sync;

pub fn rows(draft: &Draft<'_>, choices: &PlanChoices, wants: &Wants) -> Vec<PlanOption> {
    let mut rows = vec![
        PlanOption::switch("prune", "prune", prune(draft, wants), wants.prune),
        PlanOption::switch("dry_run", "dry run", "Argo checks, nothing is written", wants.dry_run),
        PlanOption::switch("force", "force", "deletes and creates what cannot be changed", wants.force).off(wants.force_off.clone()),
        PlanOption::switch("apply_only", "apply only", hooks(draft), wants.apply_only || wants.is_partial()),
    ];
    if wants.is_partial() {
        // Hooks are left out by Argo CD itself.
        if let Some(row) = rows.last_mut() {
            row.text = "no hooks: a sync of some resources runs none".into();
        }
    }
    if choices.more || !choices.resources.is_empty() {
        rows.push(resources(draft, choices));
    }
    if !choices.more {
        let text = "only what differs, server-side, replace, revision, retry, some resources";
        rows.push(PlanOption::switch("more", "more", text, false));
        return rows;
    }
    rows.extend(rare(draft, choices, wants));
    rows
}

/// Hooks are told by the comparison where it lists them, and by what the last sync ran; an app that never synced may have some all the same.
fn hooks(draft: &Draft<'_>) -> String {
    let listed = draft.app.resources.iter().filter(|r| r.hook).map(|r| &r.key);
    let ran = draft.argo().operation_resources.iter().filter(|r| !r.hook_type.is_empty()).map(|r| &r.key);
    let mut names: Vec<String> = listed.chain(ran).map(|key| key.name.to_string()).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [] => "skips hooks; the last sync tells of none".to_owned(),
        [one] => format!("skips hook {one}"),
        [a, b] => format!("skips hooks {a} and {b}"),
        [a, b, more @ ..] => format!("skips hooks {a}, {b} and {} more", more.len()),
    }
}

fn rare(draft: &Draft<'_>, choices: &PlanChoices, wants: &Wants) -> [PlanOption; 5] {
    let differ = draft.app.resources.iter().filter(|r| r.sync == Some(Sync::OutOfSync) && !r.hook).count();
    let all = draft.app.resources.iter().filter(|r| !r.hook).count();
    let own = |name: &str| if draft.argo().sync_options.iter().any(|o| *o == format!("{name}=true")) { "; the app has it on" } else { "" };
    let option = |name: &str, label: &str, text: String, option: &str| {
        PlanOption::switch(name, label, format!("{text}{}", own(option)), wants.is(option))
    };
    let replace = match wants.force {
        true => "deletes and creates everything anew: what runs goes down",
        false => "writes whole objects: what others set (replicas, sidecars) is lost",
    };
    let follows = draft.app.sources.first().map_or("what the app follows", |s| s.reference.text());
    let own_retry = words::retry_limit(draft.argo().retry.as_ref().map(crate::domain::json::Json::value).as_ref());
    let mut revision =
        PlanOption::field("revision", "revision", format!("commit, branch or tag; empty: {follows}"), choices.revision.trim());
    revision.invalid.clone_from(&wants.revision_invalid);
    let mut retry = PlanOption::field("retry", "retry", format!("tries after a failure; empty: {own_retry}"), choices.retry.trim());
    retry.invalid.clone_from(&wants.retry_invalid);
    [
        option("out_of_sync_only", "differing", format!("applies only what differs, {differ} of {all}"), OUT_OF_SYNC_ONLY),
        option("server_side", "server-side", "the API server merges; conflicts are taken over".into(), SERVER_SIDE),
        option("replace", "replace", replace.into(), REPLACE),
        revision.off(wants.revision_off.clone()),
        retry,
    ]
}

fn prune(draft: &Draft<'_>, wants: &Wants) -> String {
    if let Some(revision) = wants.revision.as_deref().filter(|_| wants.is_elsewhere(draft)) {
        return format!("deletes what {} does not have; Argo CD has not compared, so what is not known", short(revision));
    }
    let is_reached = |key| wants.resources.is_empty() || wants.resources.contains(key);
    let extra = draft.app.resources.iter().filter(|r| r.requires_pruning && !r.hook && is_reached(&r.key));
    let extra: Vec<String> = extra.map(|r| format!("{} {}", r.key.kind, r.key.name)).collect();
    if extra.is_empty() { "nothing to delete as far as Argo compared".into() } else { format!("would delete {}", extra.join(", ")) }
}

fn resources(draft: &Draft<'_>, choices: &PlanChoices) -> PlanOption {
    let all = draft.app.resources.iter().filter(|r| !r.hook).count();
    if choices.resources.is_empty() {
        let none = Some(format!("all {all}: space in the Resources tab marks some"));
        return PlanOption::switch("resources", "only marked", "", false).off(none);
    }
    let names: Vec<String> = choices.resources.iter().map(|k| format!("{} {}", k.kind, k.name)).collect();
    let text = format!("{} of {all}: {}", choices.resources.len(), names.join(", "));
    PlanOption::switch("resources", "only marked", text, choices.only_resources)
}
