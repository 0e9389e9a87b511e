//! A revert on its way: where the commit has arrived, app by app, until each is healthy or will not move.

use super::{GIVE_UP_S, next_try, settle_rows, who};
use crate::app::effect::Effect;
use crate::app::fleet::Row;
use crate::app::notice::Level;
use crate::app::rollback::{Arrival, Follow, FollowRow, Stage, hold};
use crate::app::settle::clock_text;
use crate::app::state::{AppState, Screen};
use crate::app::task::Task;
use crate::domain::Timestamp;
use crate::domain::app::{App, Condition};
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::duration::seconds_between;
use crate::domain::ids::TaskId;
use crate::domain::plan::Step;
use crate::domain::source::SourceObject;
use crate::domain::status::{Health, HealthBy, Phase, Sync};
use crate::domain::verdict::{Evidence, Weight};

/// A stage that takes longer than this is marked late, seconds.
const LATE_S: u64 = 90;
/// An app that runs the commit and stays Degraded for this long is told as still broken, seconds: a rollout needs a moment to replace its pods.
const BROKEN_S: u64 = 180;
/// How long one more health check of Flux is waited for at most, seconds: what it takes itself where nothing else is set.
const CHECK_S: u64 = 300;

pub(super) fn begin(state: &mut AppState, id: TaskId, commit: &str) {
    let now = state.now;
    // From here the follow screen tells of the request; the rows tell again what is wrong with them.
    settle_rows(state, id);
    let Some(task) = state.tasks.iter_mut().find(|t| t.id == id) else { return };
    let Some(Step::Revert(request)) = task.plan.steps.first() else { return };
    let rows = task
        .plan
        .targets
        .iter()
        .map(|t| FollowRow {
            app: t.app.clone(),
            runs_on: t.runs_on.clone(),
            fetched: Arrival::Waits,
            applied: Arrival::Waits,
            healthy: Arrival::Waits,
            now: String::new(),
            late: false,
            tries_until: None,
        })
        .collect();
    task.follow = Some(Follow {
        repo: request.repo.clone(),
        branch: request.branch.clone(),
        commit: commit.to_owned(),
        reverts: request.commits.iter().map(|(c, _)| short_rev(c).to_owned()).collect(),
        pushed_at: now,
        rows,
        done_at: None,
        idle: Vec::new(),
        containing: Vec::new(),
        asked: vec![request.base.clone()],
    });
    let text = format!("{} pushed to {} {}.", short_rev(commit), request.repo.short(), request.branch);
    state.notices.push(now, Level::Good, text, None);
    if let Screen::Rollback(screen) = &mut state.screen {
        if screen.task == Some(id) {
            screen.stage = Stage::Follow;
        }
    }
}

pub fn on_contains(state: &mut AppState, id: TaskId, revision: String, contains: bool) -> Vec<Effect> {
    if let Some(follow) = state.tasks.iter_mut().find(|t| t.id == id).and_then(|t| t.follow.as_mut()) {
        if contains {
            follow.containing.push(revision);
        }
    }
    Vec::new()
}

/// Where the commit has arrived, app by app; git is asked whether a newer revision contains it.
pub(super) fn follow(state: &AppState, task: &mut Task) -> Vec<Effect> {
    let Some(mut follow) = task.follow.take() else { return Vec::new() };
    let mut out = Vec::new();
    let now = state.now;
    for i in 0..follow.rows.len() {
        let Some(mut row) = follow.rows.get(i).cloned() else { continue };
        arrive(state, &mut follow, &mut row, now, task.id, &mut out);
        if let Some(slot) = follow.rows.get_mut(i) {
            *slot = row;
        }
    }
    if seconds_between(follow.pushed_at, now) > GIVE_UP_S {
        for row in follow.rows.iter_mut().filter(|r| r.healthy == Arrival::Waits) {
            row.healthy = if row.applied == Arrival::Waits { Arrival::Unknown } else { Arrival::Bad };
        }
    }
    let idle: Vec<Option<String>> = follow.rows.iter().map(|r| stands_still(state, &follow, r)).collect();
    let settled = |r: &FollowRow| r.healthy != Arrival::Waits;
    let others_done = follow.rows.iter().zip(&idle).all(|(r, idle)| idle.is_some() || settled(r));
    let arrived = follow.rows.iter().any(|r| matches!(r.healthy, Arrival::At(_) | Arrival::Same));
    // A cluster that does not answer may come back and follow: alone it is waited for.
    let is_asleep = |r: &FollowRow| state.fleet.rows.get(&r.app).is_some_and(|shown| shown.stale_as_of.is_some());
    let nobody_moves = follow.rows.iter().zip(&idle).all(|(r, idle)| idle.is_some() && !is_asleep(r));
    if others_done && arrived || nobody_moves {
        for (row, why) in follow.rows.iter_mut().zip(idle) {
            let Some(why) = why else { continue };
            (row.applied, row.healthy) = (Arrival::Unknown, Arrival::Unknown);
            follow.idle.push(if nobody_moves {
                format!("{} on {} ({why})", row.app.name, row.runs_on)
            } else {
                format!("{} on {}", row.app.name, row.runs_on)
            });
        }
    }
    if follow.rows.iter().all(settled) && follow.done_at.is_none() {
        follow.done_at = Some(now);
        task.ended = Some(end(&follow, now, nobody_moves));
    }
    task.follow = Some(follow);
    out
}

/// How it ended: when, whether well, and the sentence.
fn end(follow: &Follow, now: Timestamp, nobody_moves: bool) -> (Timestamp, bool, String) {
    let good = follow.rows.iter().filter(|r| matches!(r.healthy, Arrival::At(_) | Arrival::Same)).count();
    let bad: Vec<&str> = follow.rows.iter().filter(|r| r.healthy == Arrival::Bad).map(|r| r.runs_on.as_str()).collect();
    let unseen = follow.rows.iter().any(|r| r.applied == Arrival::Waits);
    let text = if nobody_moves {
        format!("pushed, but nothing takes it by itself: {}", follow.idle.join(", "))
    } else if !bad.is_empty() {
        format!("still broken on {}", bad.join(", "))
    } else if unseen {
        format!("Healthy on {good} of {}; the rest did not take it while we looked", follow.rows.len())
    } else if !follow.idle.is_empty() {
        let rest = follow.rows.len().saturating_sub(follow.idle.len());
        format!("Healthy on {good} of {rest} that follow; not by itself: {}", follow.idle.join(", "))
    } else {
        format!("Healthy on {good} of {}", follow.rows.len())
    };
    (now, bad.is_empty() && !unseen && !nobody_moves, text)
}

/// Why it does not take the commit by itself, or not while we look: the others are not kept waiting for it.
fn stands_still(state: &AppState, follow: &Follow, row: &FollowRow) -> Option<String> {
    if row.healthy != Arrival::Waits || row.applied != Arrival::Waits {
        return None;
    }
    let shown = state.fleet.rows.get(&row.app)?;
    let app = &shown.app;
    if shown.stale_as_of.is_some() {
        return Some("does not answer".into());
    }
    if app.suspended {
        return Some("suspended".into());
    }
    let opens_late = |until: Option<Timestamp>| until.is_none_or(|at| seconds_between(follow.pushed_at, at) > GIVE_UP_S);
    let held = || hold(state, app).filter(|h| h.is_known && !h.ends_alone && opens_late(h.until)).map(|h| h.text);
    // What holds a Flux app holds the fetch; Argo CD fetches whatever it may apply.
    if app.flux().is_some() || row.fetched == Arrival::Waits {
        return if app.flux().is_some() && row.fetched == Arrival::Waits { held() } else { None };
    }
    let refuses = |c: &Condition| c.kind == "SyncError" && c.message.contains("wipe out all resources");
    if app.conditions.iter().any(|c| refuses(c) && c.since.is_some_and(|at| at.as_second() >= follow.pushed_at.as_second())) {
        return Some("it renders nothing now, and auto-sync deletes everything only with allowEmpty".into());
    }
    if app.auto_sync == Some(false) {
        // Somebody syncs it by hand: then it moves.
        return (!app.operation.as_ref().is_some_and(|o| o.phase.is_working())).then(|| "auto-sync off".to_owned());
    }
    held()
}

fn holds(follow: &mut Follow, revision: Option<&str>, task: TaskId, out: &mut Vec<Effect>) -> bool {
    let Some(revision) = revision.map(bare_revision) else { return false };
    if revision == follow.commit || follow.containing.iter().any(|c| c == revision) {
        return true;
    }
    if revision.len() == 40 && !follow.asked.iter().any(|a| a == revision) {
        follow.asked.push(revision.to_owned());
        out.push(Effect::IsAncestor { task, repo: follow.repo.clone(), commit: follow.commit.clone(), revision: revision.to_owned() });
    }
    false
}

fn arrive(state: &AppState, follow: &mut Follow, row: &mut FollowRow, now: Timestamp, task: TaskId, out: &mut Vec<Effect>) {
    let Some(shown) = state.fleet.rows.get(&row.app) else {
        row.now = "the object is gone".into();
        row.healthy = Arrival::Unknown;
        return;
    };
    let app = &shown.app;
    if shown.stale_as_of.is_some() {
        row.now = format!("{} does not answer; it follows when it is back", app.id.cluster);
        return;
    }
    let fetched = match (app.argo(), app.flux()) {
        (Some(argo), _) => argo.compared.iter().any(|r| holds(follow, Some(r), task, out)),
        (None, Some(_)) => holds(follow, git_of(state, app).and_then(|s| s.revision.as_deref()), task, out),
        _ => false,
    };
    if fetched && row.fetched == Arrival::Waits {
        row.fetched = Arrival::At(now);
    }
    let applied = fetched && app.sync == Sync::Synced && runs(state, follow, app, task, out);
    if applied && row.applied == Arrival::Waits {
        let packed = chart_of(state, app).and_then(|c| c.artifact_at);
        let is_same = packed.is_some_and(|at| at.as_second() < follow.pushed_at.as_second());
        row.applied = if is_same { Arrival::Same } else { Arrival::At(now) };
    }
    let failed = app.operation.as_ref().is_some_and(|o| !o.routine && o.phase.is_failed());
    let attempted = app.operation.as_ref().and_then(|o| o.revision.clone());
    let is_ours = applied || fetched && holds(follow, attempted.as_deref(), task, out);
    let is_retrying = is_ours && tries_again(row, app, now);
    let is_told = tells_cause(shown, row.applied);
    if applied && matches!(row.healthy, Arrival::Waits | Arrival::Bad) {
        row.healthy = match app.health {
            // Argo CD calls it Progressing for as long as its deadline is not over.
            Health::Progressing if is_told && !is_retrying && stays_broken(follow, row.applied, now) => Arrival::Bad,
            Health::Healthy if !failed => Arrival::At(now),
            Health::Unknown if app.health_by == HealthBy::NotAssessed => Arrival::Unknown,
            Health::Suspended => Arrival::Unknown,
            Health::Degraded | Health::Missing if !is_retrying && stays_broken(follow, row.applied, now) => Arrival::Bad,
            // Until it is well: between two checks nothing is better than before.
            Health::Degraded | Health::Missing if row.healthy == Arrival::Bad => Arrival::Bad,
            _ => Arrival::Waits,
        };
    }
    if fetched && failed && !is_retrying && row.healthy == Arrival::Waits && tried(follow, app, task, out) {
        row.healthy = Arrival::Bad;
    }
    let waited = seconds_between(follow.pushed_at, now);
    row.late = row.healthy == Arrival::Waits && (waited > LATE_S || is_told);
    let other = operation_of_others(follow, app, task, out);
    row.now = match other {
        Some(other) if row.applied == Arrival::Waits && row.healthy == Arrival::Waits => other,
        _ => words(state, shown, row, is_retrying),
    };
}

/// The live objects, read since the commit runs, show what keeps it from being well: a crash loop, an image that cannot be pulled.
fn tells_cause(shown: &Row, applied: Arrival) -> bool {
    let Arrival::At(applied) = applied else { return false };
    let is_live = |e: &Evidence| e.weight == Weight::Bad && e.source.starts_with("live") && e.at.is_some_and(|read| read >= applied);
    shown.app.health != Health::Healthy && shown.verdict.evidence.iter().any(is_live)
}

fn stays_broken(follow: &Follow, applied: Arrival, now: Timestamp) -> bool {
    match applied {
        Arrival::At(at) => seconds_between(at, now) > BROKEN_S,
        Arrival::Same => seconds_between(follow.pushed_at, now) > BROKEN_S,
        _ => false,
    }
}

/// Flux applied the commit and its health check did not pass: it runs again by itself.
fn fails_its_check(app: &App) -> bool {
    let is_kustomization = app.flux().is_some_and(|f| f.helm.is_none());
    is_kustomization && !app.suspended && app.sync == Sync::Synced && app.operation.as_ref().is_some_and(|o| o.phase == Phase::Failed)
}

/// The engine has not given up on what failed: Argo CD between two attempts, Flux until the try after the first failed check is over.
fn tries_again(row: &mut FollowRow, app: &App, now: Timestamp) -> bool {
    if app.operation.as_ref().is_some_and(|o| o.phase == Phase::Retrying) {
        return true;
    }
    if !fails_its_check(app) {
        return false;
    }
    if let (None, Some(at)) = (row.tries_until, next_try(app, now)) {
        let wait = app.flux().and_then(|f| f.timeout).unwrap_or(CHECK_S).min(CHECK_S);
        row.tries_until = at.checked_add(jiff::SignedDuration::from_secs(i64::try_from(wait).unwrap_or(0))).ok();
    }
    row.tries_until.is_some_and(|until| now < until)
}

/// An operation on a revision without our commit stands in the way: whose it is.
fn operation_of_others(follow: &mut Follow, app: &App, task: TaskId, out: &mut Vec<Effect>) -> Option<String> {
    app.argo()?;
    let operation = app.operation.as_ref().filter(|o| matches!(o.phase, Phase::Running | Phase::Retrying | Phase::Terminating))?;
    if holds(follow, operation.revision.as_deref(), task, out) || operation.revision.is_none() {
        return None;
    }
    let again = if operation.phase == Phase::Retrying { ", which failed and tries again" } else { "" };
    if operation.started_at.is_some_and(|at| at.as_second() >= follow.pushed_at.as_second()) {
        return Some(format!("taken over by {}{again}", who(operation)));
    }
    Some(format!("waits for the sync of {}{again}", who(operation)))
}

/// The repository that Flux fetches for an app; of a chart that is cut from one, that one.
fn git_of<'a>(state: &'a AppState, app: &App) -> Option<&'a SourceObject> {
    let source = state.fleet.sources.get(app.flux()?.source.as_ref()?)?;
    match &source.of {
        Some(of) => state.fleet.sources.get(of),
        None => Some(source),
    }
}

/// The HelmChart of a HelmRelease, where it is cut from a repository.
fn chart_of<'a>(state: &'a AppState, app: &App) -> Option<&'a SourceObject> {
    let chart = crate::app::context::chart(&state.fleet, app)?;
    let from = state.fleet.sources.get(chart.of.as_ref()?)?;
    (from.id.kind == "GitRepository").then_some(chart)
}

/// The engine tried our commit, or one that contains it, and says that this failed.
fn tried(follow: &mut Follow, app: &App, task: TaskId, out: &mut Vec<Effect>) -> bool {
    let attempted = app.operation.as_ref().filter(|o| o.phase != Phase::Retrying).and_then(|o| o.revision.clone());
    holds(follow, attempted.as_deref(), task, out)
}

/// What runs is our commit or one that contains it; an Argo app that is Synced runs what it was compared with.
/// A chart has a version of its own: the release runs the one that was packed from our commit.
fn runs(state: &AppState, follow: &mut Follow, app: &App, task: TaskId, out: &mut Vec<Effect>) -> bool {
    if let Some(argo) = app.argo() {
        return argo.compared.iter().any(|r| holds(follow, Some(r), task, out));
    }
    match chart_of(state, app) {
        Some(chart) => chart.revision.is_some() && chart.revision == app.revision && holds(follow, chart.packed_from.as_deref(), task, out),
        None => holds(follow, app.revision.as_deref(), task, out),
    }
}

fn words(state: &AppState, shown: &Row, row: &FollowRow, is_retrying: bool) -> String {
    let app = &shown.app;
    let again = next_try(app, state.now).map(|at| format!("tries again at {}", clock_text(at, state.settings.utc_offset)));
    let short = |empty: &str| if shown.verdict.short.is_empty() { empty.to_owned() } else { shown.verdict.short.clone() };
    match (row.fetched, row.applied, row.healthy) {
        (_, _, Arrival::At(_)) => "Healthy".into(),
        (_, Arrival::Waits, Arrival::Unknown) => "it did not take the commit while we looked".into(),
        (_, _, Arrival::Bad) => {
            let why = if shown.verdict.short.is_empty() { String::new() } else { format!(": {}", shown.verdict.short) };
            format!("still broken{}{why}", again.map(|a| format!(", {a}")).unwrap_or_default())
        }
        (_, _, Arrival::Unknown) => "applied; health is not assessed".into(),
        (Arrival::Waits, _, _) if app.suspended => "suspended: it does not follow; resume it (p)".into(),
        (Arrival::Waits, _, _) => {
            let held = app.flux().and_then(|_| hold(state, app));
            held.map_or_else(|| "waits for the engine to fetch".into(), |h| h.text)
        }
        _ if is_retrying => {
            format!("failed, {}: {}", again.unwrap_or_else(|| "tries again now".into()), short("no reason given"))
        }
        (_, Arrival::Waits, _) if app.auto_sync == Some(false) => "auto-sync is off: sync it (s)".into(),
        (_, Arrival::Waits, _) => {
            let held = app.argo().and_then(|_| hold(state, app));
            held.map(|h| h.text).or_else(|| shown.verdict.soon.clone()).unwrap_or_else(|| short("being applied"))
        }
        (_, Arrival::Same, _) => format!("same chart version: Flux packs nothing new; {}", short(app.health.word())),
        _ => short(app.health.word()),
    }
}
