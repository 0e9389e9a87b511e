//! The words of the plan of a rollback: what it writes, whom it reaches, what to be careful of.

use super::keeps::{self, Kept};
use super::{Rollback, again, check, refused};
use crate::app::fleet::Row;
use crate::app::landing::Landing;
use crate::app::state::AppState;
use crate::app::{context, engines};
use crate::domain::app::App;
use crate::domain::commit::{FileChange, short_rev};
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::ids::SourceId;
use crate::domain::plan::PlanLine;
use crate::domain::status::Phase;
use crate::domain::text::shell;
use std::collections::BTreeSet;

/// Apps that are named one by one; the rest is counted.
const NAMED: usize = 6;

fn line(label: &str, text: impl Into<String>) -> PlanLine {
    PlanLine { label: label.into(), text: text.into() }
}

/// As things are now: ages, and what holds the apps on the way.
pub(super) fn of(state: &AppState, screen: &Rollback, rows: &[&Row]) -> Vec<PlanLine> {
    let mut in_turn = keeps::in_turn(state, rows);
    // The app that is rolled back is always named, and first.
    if let Some(own) = in_turn.iter().position(|(row, _)| row.app.id == screen.target.app) {
        in_turn[..=own].rotate_right(1);
    }
    let mut out = what(screen, rows, state);
    for (row, kept) in in_turn.iter().take(NAMED) {
        let says = kept.as_ref().map_or_else(|| what_follows(&row.app), |k| k.short.as_str());
        out.push(line("then", format!("{:<10} {} {}  {says}", row.app.runs_on(), row.app.id.name, row.app.id.kind.short())));
    }
    if rows.len() > NAMED {
        out.push(line("then", format!("and {} more", rows.len() - NAMED)));
    }
    let idle = keeps::idle(&in_turn);
    if idle.is_empty() {
        out.push(line("checks", "✓ nothing on the way is suspended, off, busy or in a closed window"));
    }
    out.extend(trial(state, screen));
    let mut down: Vec<String> = rows.iter().filter_map(|row| engines::idle(state, &row.app)).collect();
    down.extend(rows.iter().filter_map(|row| engines::unfed(state, &row.app)).map(|text| format!("{text}; the revert, too, must pass it")));
    down.sort_unstable();
    down.dedup();
    let careful = down.into_iter().chain(idle).chain(unread(state)).chain(warnings(screen, &in_turn));
    let careful = careful.chain(signed_only(state, screen, rows)).chain(unpacked(state, screen, rows)).chain(read_only(state, rows));
    out.extend(careful.map(|text| line("careful", format!("! {text}"))));
    out.push(line("undo", "u afterwards reverts this revert"));
    out
}

/// What the trial push said so far.
fn trial(state: &AppState, screen: &Rollback) -> Vec<PlanLine> {
    let refused = again::before(state, screen);
    let mut out: Vec<PlanLine> = refused.and_then(refused::before).into_iter().map(|text| line("checks", text)).collect();
    let Some(check) = &screen.check else { return out };
    out.push(line("checks", check.says(state.now, refused.is_some_and(refused::outweighs_trial))));
    let moved = check::moved_to(state, screen);
    if let (Some(tip), Some(list)) = (moved, &screen.list) {
        out.push(line("checks", format!("✗ {} is at {} now", list.branch, short_rev(tip))));
    }
    let next = if moved.is_some() { Some(check::PLANS_AGAIN.to_owned()) } else { check.next() };
    out.extend(next.map(|text| line("next", text)));
    out
}

fn what(screen: &Rollback, rows: &[&Row], state: &AppState) -> Vec<PlanLine> {
    let mut out: Vec<PlanLine> = Vec::new();
    let mut push = |label: &str, text: String| out.push(line(label, text));
    let (Some(list), Some(preview)) = (&screen.list, &screen.preview) else { return out };
    let clusters: BTreeSet<&str> = rows.iter().map(|r| r.app.runs_on()).collect();
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
    match app.auto_sync {
        Some(true) => "auto-sync on: applies by itself",
        _ if keeps::waits_for_check(app) => "waits for the running health check first",
        _ => "applies when its source is fetched",
    }
}

/// Nothing is sent to a read-only cluster, but it pulls the branch like the others.
fn read_only(state: &AppState, rows: &[&Row]) -> Option<String> {
    let is = |r: &&&Row| Landing::of(state, &r.app).read_only().is_some();
    let places: BTreeSet<&str> = rows.iter().filter(is).map(|r| r.app.runs_on()).collect();
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

/// Flux writes the newest image of a policy wherever a marker names it: `namespace:name` or `namespace:name:tag`.
fn automation(id: &str, policy: &str) -> String {
    let mut parts = policy.split(':');
    let (namespace, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let short = short_rev(id);
    format!(
        "Flux writes a line of {short} by ImagePolicy {namespace}/{name}, and will write it again. Suspend its ImageUpdateAutomation \
         first: flux suspend image update NAME -n {namespace} (flux get image update -A has its name)",
        namespace = shell(namespace),
    )
}

/// The app for which the image updater of Argo CD writes this file; empty = whatever app is built from its directory.
fn updated(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let rest = name.strip_prefix(".argocd-source")?.strip_suffix(".yaml")?;
    Some(rest.strip_prefix('-').unwrap_or(rest))
}

fn updater(rows: &[(&Row, Option<Kept>)], id: &str, app: &str) -> String {
    let is_it = |row: &&Row| row.app.argo().is_some() && (app.is_empty() || row.app.id.name == app);
    let names: Vec<String> =
        rows.iter().map(|(row, _)| *row).filter(is_it).map(|r| format!("{}/{}", r.app.id.namespace, r.app.id.name)).collect();
    let of = if names.is_empty() { app.to_owned() } else { names.join(", ") };
    let short = short_rev(id);
    format!(
        "argocd-image-updater wrote {short} for Application {of}, and will write the image again: take the annotation \
         argocd-image-updater.argoproj.io/image-list off it first"
    )
}

/// Sources that take signed commits only: what this commit would be there, as far as its signature is known.
fn signed_only(state: &AppState, screen: &Rollback, rows: &[&Row]) -> Vec<String> {
    let all = rows.iter().flat_map(|row| &row.app.sources).filter(|s| s.repo().as_ref() == Some(&screen.repo));
    let sources: BTreeSet<&SourceId> = all.filter_map(|s| s.object.as_ref()).collect();
    let verify = sources.into_iter().filter(|id| state.fleet.sources.get(*id).is_some_and(|s| s.verifies));
    let this = match screen.check.as_ref().and_then(|c| c.author.as_ref()) {
        None => "an unsigned revert would be refused there".to_owned(),
        Some((_, None)) => "this commit is not signed and would be refused there, with all that comes after it".to_owned(),
        Some((_, Some(how))) => format!("this commit is signed ({how}); it is refused all the same if the source does not know that key"),
    };
    verify.map(|id| format!("{} {} on {} takes signed commits only: {this}", id.kind, id.name, id.cluster)).collect()
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

/// Clusters of which nothing is known, not even from an earlier run: what follows the branch there cannot be named.
fn unread(state: &AppState) -> Option<String> {
    let silent = state.fleet.clusters.values().filter(|c| c.silent_since().is_some());
    let names: Vec<&str> = silent.filter(|c| !state.fleet.rows.values().any(|r| r.app.id.cluster == c.id)).map(|c| c.name()).collect();
    (!names.is_empty()).then(|| format!("{} never read: what follows the branch there is not known", names.join(", ")))
}

fn warnings(screen: &Rollback, rows: &[(&Row, Option<Kept>)]) -> Vec<String> {
    let mut out: Vec<String> = screen.marked.iter().filter_map(|id| brings_back(screen, id)).collect();
    for id in &screen.marked {
        if let Some(policy) = screen.suspect(id).and_then(|s| s.image_policy.as_ref()) {
            out.push(automation(id, policy));
        } else if let Some(app) = screen.suspect(id).and_then(|s| s.files.iter().find_map(|f| updated(&f.path))) {
            out.push(updater(rows, id, app));
        } else if screen.suspect(id).is_some_and(|s| s.is_bot) {
            out.push(format!("an automation wrote {}: it may write the same again. Stop it first where it runs.", short_rev(id)));
        }
    }
    let deletes = screen.preview.as_ref().is_some_and(|p| p.files.iter().any(|f| f.change == FileChange::Deleted));
    let prunes = |app: &App| app.argo().is_some_and(|a| a.prune) || app.flux().is_some_and(|f| f.prune);
    let names: Vec<&str> = rows.iter().filter(|(r, _)| deletes && prunes(&r.app)).map(|(r, _)| r.app.id.name.as_str()).collect();
    if !names.is_empty() {
        out.push(format!("the revert deletes files and {} prunes: what they made is deleted from the cluster too", names.join(", ")));
    }
    for (row, kept) in rows {
        // A window is told in its place; behind it the sync stands in the way all the same, as one that is tried again does of a sync by hand.
        let told = kept.as_ref().map(|k| k.text.as_str());
        let retries = row.app.operation.as_ref().is_some_and(|o| o.phase == Phase::Retrying);
        let stands = row.stale_as_of.is_none() && (retries || row.app.auto_sync == Some(true));
        if let Some(text) = keeps::operation(&row.app).filter(|text| stands && told != Some(text)) {
            out.push(format!("{} on {}: {text}", row.app.id.name, row.app.runs_on()));
        }
    }
    out
}
