//! The words of the plan of a rollback: what it writes, whom it reaches, what to be careful of.

use super::Rollback;
use super::check;
use crate::app::context;
use crate::app::fleet::Row;
use crate::app::landing::Landing;
use crate::app::state::AppState;
use crate::domain::app::App;
use crate::domain::commit::{FileChange, short_rev};
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::plan::PlanLine;
use crate::engine;
use std::collections::BTreeMap;

/// Apps that are named one by one; the rest is counted.
const NAMED: usize = 6;

fn line(label: &str, text: impl Into<String>) -> PlanLine {
    PlanLine { label: label.into(), text: text.into() }
}

/// As things are now: ages, and what holds the apps on the way.
pub(super) fn of(state: &AppState, screen: &Rollback, rows: &[&Row]) -> Vec<PlanLine> {
    let kept: Vec<Option<Kept>> = rows.iter().map(|row| keeps(state, row)).collect();
    let mut out = what(screen, rows, state);
    for (row, kept) in rows.iter().zip(&kept).take(NAMED) {
        let says = kept.as_ref().map_or_else(|| what_follows(&row.app), |k| k.short);
        out.push(line("then", format!("{:<10} {} {}  {says}", row.app.runs_on(), row.app.id.name, row.app.id.kind.short())));
    }
    if rows.len() > NAMED {
        out.push(line("then", format!("and {} more", rows.len() - NAMED)));
    }
    let idle = idle(rows, &kept);
    if idle.is_empty() {
        out.push(line("checks", "✓ nothing on the way is suspended, off or in a closed window"));
    }
    out.extend(trial(state, screen));
    let careful = idle.into_iter().chain(warnings(screen, rows)).chain(unpacked(state, screen, rows)).chain(read_only(state, rows));
    out.extend(careful.map(|text| line("careful", format!("! {text}"))));
    out.push(line("undo", "u afterwards reverts this revert"));
    out
}

/// What the trial push said so far.
fn trial(state: &AppState, screen: &Rollback) -> Vec<PlanLine> {
    let Some(check) = &screen.check else { return Vec::new() };
    let mut out = vec![line("checks", check.says(state.now))];
    let moved = check::moved_to(state, screen);
    if let (Some(tip), Some(list)) = (moved, &screen.list) {
        out.push(line("checks", format!("✗ {} is at {} now", list.branch, short_rev(tip))));
    }
    let next = if moved.is_some() { Some("r  plans again with the same marks".to_owned()) } else { check.next() };
    out.extend(next.map(|text| line("next", text)));
    out
}

fn what(screen: &Rollback, rows: &[&Row], state: &AppState) -> Vec<PlanLine> {
    let mut out: Vec<PlanLine> = Vec::new();
    let mut push = |label: &str, text: String| out.push(line(label, text));
    let (Some(list), Some(preview)) = (&screen.list, &screen.preview) else { return out };
    let clusters: std::collections::BTreeSet<&str> = rows.iter().map(|r| r.app.runs_on()).collect();
    push(
        "writes",
        format!(
            "{}, branch {}; it reaches {} on {}",
            screen.repo.short(),
            list.branch,
            counted(rows.len(), "app"),
            counted(clusters.len(), "cluster")
        ),
    );
    push("how", format!("push 1 commit to {}; never forced", list.branch));
    push("commit", format!("{}       e edits", screen.message.lines().first().map_or("", String::as_str)));
    if let Some(check) = &screen.check {
        push("commit", check.by());
    }
    let (added, removed) = preview.files.iter().fold((0, 0), |(a, r), f| (a + f.added, r + f.removed));
    push(
        "files",
        format!(
            "{} changed, +{added} -{removed}: {}{}",
            preview.files.len(),
            preview.files.iter().map(|f| f.path.as_str()).take(2).collect::<Vec<_>>().join(", "),
            if preview.files.len() > 2 { format!(" and {} more", preview.files.len() - 2) } else { String::new() }
        ),
    );
    push(
        "base",
        format!(
            "{}, fetched {} ago; if {} moves, we plan again",
            short_rev(&list.tip),
            short_age(seconds_between(list.fetched_at, state.now)),
            list.branch
        ),
    );
    out
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn what_follows(app: &App) -> &'static str {
    match (app.auto_sync, app.flux()) {
        (Some(true), _) => "auto-sync on: applies by itself",
        (None, Some(f)) if f.assesses_health && app.operation.as_ref().is_some_and(|o| o.phase.is_working()) => {
            "waits for the running health check first"
        }
        _ => "applies when its source is fetched",
    }
}

/// Why an app does not take the commit by itself, or not soon: beside its name, and as a sentence.
struct Kept {
    short: &'static str,
    text: String,
}

fn keeps(state: &AppState, row: &Row) -> Option<Kept> {
    let app = &row.app;
    let kept = |short, text: String| Some(Kept { short, text });
    if row.stale_as_of.is_some() {
        return kept("! does not answer: later", format!("{} does not answer; it follows when it is back", app.id.cluster));
    }
    if app.suspended {
        return kept("! suspended: not by itself", "will not take it by itself: suspended".into());
    }
    if app.auto_sync == Some(false) {
        return kept("! auto-sync off: not by itself", "will not take it by itself: auto-sync off".into());
    }
    let hold = hold(state, app)?;
    kept(if hold.is_known { "! waits for a sync window" } else { "? a sync window may keep it" }, hold.text)
}

/// What its engine says keeps a commit from being applied now.
pub fn hold(state: &AppState, app: &App) -> Option<engine::Hold> {
    let engine = engine::engine(app.id.engine());
    context::with(&state.fleet, &state.settings, state.now, app, "", |c| engine.hold(app, c))
}

/// Apps of one place that the same thing keeps, in one sentence.
fn idle(rows: &[&Row], kept: &[Option<Kept>]) -> Vec<String> {
    let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (row, why) in rows.iter().zip(kept) {
        if let Some(why) = why {
            groups.entry((row.app.runs_on(), why.text.as_str())).or_default().push(&row.app.id.name);
        }
    }
    let names = |all: &[&str]| match all.len() {
        0..=4 => all.join(", "),
        n => format!("{} and {} more", all.iter().take(3).copied().collect::<Vec<_>>().join(", "), n - 3),
    };
    groups.into_iter().map(|((place, why), all)| format!("{} on {place}: {why}", names(&all))).collect()
}

/// Nothing is sent to a read-only cluster, but it pulls the branch like the others.
fn read_only(state: &AppState, rows: &[&Row]) -> Option<String> {
    let is = |r: &&&Row| Landing::of(state, &r.app).read_only().is_some();
    let places: std::collections::BTreeSet<&str> = rows.iter().filter(is).map(|r| r.app.runs_on()).collect();
    let names = places.into_iter().collect::<Vec<_>>().join(", ");
    (!names.is_empty()).then(|| format!("{names}: read-only here, yet the branch is pulled there; driftdeck asks nothing of it"))
}

/// Undoing a revert deploys again what somebody once took out.
fn brings_back(screen: &Rollback, id: &str) -> Option<String> {
    let subject = &screen.commit(id)?.subject;
    let what = match subject.strip_prefix("Revert \"") {
        Some(what) => what.strip_suffix('"').unwrap_or(what),
        None if screen.undo.as_ref().is_some_and(|u| u.commit == id) => subject,
        None => return None,
    };
    Some(format!("{} is a revert: undoing it brings back what was rolled back, \"{what}\"", short_rev(id)))
}

/// Where the image updater of Argo CD writes its choices.
fn is_updater_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_prefix(".argocd-source").is_some_and(|rest| rest.ends_with(".yaml"))
}

/// Charts in a repository that Flux packs anew only for a new version: a revert of their templates alone changes nothing there.
fn unpacked(state: &AppState, screen: &Rollback, rows: &[&Row]) -> Vec<String> {
    let Some(preview) = &screen.preview else { return Vec::new() };
    let stays = |row: &&&Row| {
        let chart = context::chart(&state.fleet, &row.app).filter(|c| !c.by_revision);
        let of_git = chart.and_then(|c| c.of.as_ref()).is_some_and(|of| of.kind == "GitRepository");
        let dir = row.app.sources.first().and_then(|s| s.path.as_deref()).unwrap_or_default();
        let file = format!("{}/Chart.yaml", dir.trim_matches('/'));
        of_git && !preview.files.iter().any(|f| f.path == file.trim_start_matches('/'))
    };
    let says = |row: &&Row| {
        let (name, place) = (&row.app.id.name, row.app.runs_on());
        format!("{name} on {place}: Flux packs its chart anew only for a new version in Chart.yaml, which this revert does not bring")
    };
    rows.iter().filter(stays).map(says).collect()
}

fn warnings(screen: &Rollback, rows: &[&Row]) -> Vec<String> {
    let mut out: Vec<String> = screen.marked.iter().filter_map(|id| brings_back(screen, id)).collect();
    for id in &screen.marked {
        if let Some(policy) = screen.suspect(id).and_then(|s| s.image_policy.as_ref()) {
            out.push(format!(
                "image automation writes a line of {} (policy {policy}): it will write it again. Suspend its ImageUpdateAutomation first.",
                short_rev(id)
            ));
        } else if screen.suspect(id).is_some_and(|s| s.is_bot || s.files.iter().any(|f| is_updater_file(&f.path))) {
            out.push(format!("an automation wrote {}: it may write the same again. Stop it first where it runs.", short_rev(id)));
        }
    }
    let deletes = screen.preview.as_ref().is_some_and(|p| p.files.iter().any(|f| f.change == FileChange::Deleted));
    let prunes = |app: &App| app.argo().is_some_and(|a| a.prune) || app.flux().is_some_and(|f| f.prune);
    let names: Vec<&str> = rows.iter().filter(|r| deletes && prunes(&r.app)).map(|r| r.app.id.name.as_str()).collect();
    if !names.is_empty() {
        out.push(format!("the revert deletes files and {} prunes: what they made is deleted from the cluster too", names.join(", ")));
    }
    for row in rows {
        let retrying = row.app.operation.as_ref().is_some_and(|o| o.phase == crate::domain::status::Phase::Retrying);
        if retrying && row.app.argo().is_some() {
            out.push(format!("an Argo sync of {} on {} still retries: terminate it first (x)", row.app.id.name, row.app.runs_on()));
        }
    }
    out
}
