//! What became of a plan: progress lines, the outcome, and then what the watch shows.

use super::action::plan as actions;
use super::effect::Effect;
use super::msg::TaskEvent;
use super::notice::Level;
use super::rollback::{Arrival, Follow, FollowRow, Stage};
use super::state::{AppState, Screen};
use super::task::{Line, Mark, NUDGE, Task};
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::duration::{long_age, seconds_between};
use crate::domain::ids::TaskId;
use crate::domain::plan::{Outcome, Plan, Step};
use crate::domain::status::{Health, HealthBy, Phase, Sync};

/// A stage that takes longer than this is marked late, seconds.
const LATE_S: u64 = 90;
/// How long an OutOfSync of the very second in which a sync ended is taken for the older one, seconds.
const SAME_SECOND_S: u64 = 5;
/// Not picked up after this: the controller may be down, seconds.
const PICKUP_S: u64 = 20;
/// An app that runs the commit and stays Degraded for this long is told as still broken, seconds: a rollout needs a moment to replace its pods.
const BROKEN_S: u64 = 180;
/// After this nothing is waited for any more: the task ends and says what was not seen, seconds.
const GIVE_UP_S: u64 = 1800;

pub fn on_task(state: &mut AppState, id: TaskId, event: TaskEvent) -> Vec<Effect> {
    let now = state.now;
    let Some(task) = state.tasks.iter_mut().find(|t| t.id == id) else { return Vec::new() };
    state.dirty = true;
    match event {
        TaskEvent::Step { key, mark, text } => {
            set_line(task, now, &key, mark, text);
            Vec::new()
        }
        TaskEvent::Finished(outcome) => {
            task.outcome = Some(outcome.clone());
            finished(state, id, outcome)
        }
    }
}

fn set_line(task: &mut Task, at: Timestamp, key: &str, mark: Mark, text: String) {
    match task.lines.iter_mut().find(|l| l.key == key) {
        Some(line) if line.mark == mark && line.text == text => {}
        Some(line) => {
            if line.mark != mark {
                line.at = at;
            }
            line.mark = mark;
            line.text = text;
        }
        None => task.lines.push(Line { at, key: key.to_owned(), mark, text }),
    }
}

fn finished(state: &mut AppState, id: TaskId, outcome: Outcome) -> Vec<Effect> {
    let now = state.now;
    let Some(task) = state.tasks.iter().find(|t| t.id == id) else { return Vec::new() };
    let (plan, typed, title, place) = (task.plan.clone(), task.typed.clone(), task.title.clone(), task.place.clone());
    let entry = actions::journal(state, id.0, &plan, typed, Some(outcome.clone()));
    let out = vec![Effect::Journal(Box::new(entry))];
    let bad = match &outcome {
        Outcome::Sent { commit } => {
            if let Some(commit) = commit {
                begin_follow(state, id, commit);
            }
            None
        }
        Outcome::Refused { reason } => Some(format!("not sent: {reason}")),
        Outcome::Failed { reason, .. } => Some(reason.clone()),
        Outcome::Unknown { reason } => Some(format!("outcome unknown: {reason}")),
        Outcome::Cancelled => Some("cancelled".into()),
    };
    if let Some(text) = bad {
        settle_rows(state, id);
        let level = if matches!(outcome, Outcome::Unknown { .. }) { Level::Attention } else { Level::Bad };
        state.notices.push(now, level, format!("{title} on {place}: {text}"), None);
        if let Some(task) = state.tasks.iter_mut().find(|t| t.id == id) {
            task.ended = Some((now, false, text));
        }
    }
    out
}

/// The rows of a task say again what is the matter with them, no longer that something was asked of them.
fn settle_rows(state: &mut AppState, id: TaskId) {
    let Some(task) = state.tasks.iter().find(|t| t.id == id) else { return };
    for target in &task.plan.targets {
        if let Some(row) = state.fleet.rows.get_mut(&target.app) {
            row.pending = None;
        }
    }
}

fn begin_follow(state: &mut AppState, id: TaskId, commit: &str) {
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

pub fn on_contains(state: &mut AppState, id: TaskId, revision: String, contains: bool) {
    if let Some(follow) = state.tasks.iter_mut().find(|t| t.id == id).and_then(|t| t.follow.as_mut()) {
        if contains {
            follow.containing.push(revision);
        }
    }
}

/// After each turn: what the watch shows of the running tasks.
pub fn advance(state: &mut AppState) -> Vec<Effect> {
    let running: Vec<TaskId> =
        state.tasks.iter().filter(|t| t.is_running() && matches!(t.outcome, Some(Outcome::Sent { .. }))).map(|t| t.id).collect();
    running.into_iter().flat_map(|id| advance_one(state, id)).collect()
}

fn advance_one(state: &mut AppState, id: TaskId) -> Vec<Effect> {
    let Some(at) = state.tasks.iter().position(|t| t.id == id) else { return Vec::new() };
    let Some(mut task) = state.tasks.get(at).cloned() else { return Vec::new() };
    let before = task.clone();
    let effects = if task.follow.is_some() { follow(state, &mut task) } else { watch_plan(state, &mut task) };
    let mut out = effects;
    if state.settings.frozen && task.ended.is_none() && has_landed(state, &task) {
        task.ended = Some((state.now, false, "written; this clock stands still, and so does every controller".into()));
    }
    if task != before {
        state.dirty = true;
    }
    if task.lines.iter().any(|l| l.key == "picked" || l.key == "slow") && !before.lines.iter().any(|l| l.key == "picked" || l.key == "slow")
    {
        settle_rows(state, id);
    }
    if let (None, Some((when, good, text))) = (&before.ended, &task.ended) {
        let mut note = format!("{text} ({})", long_age(seconds_between(task.started_at, *when)));
        for line in task.lines.iter().filter(|l| l.key.starts_with(NUDGE) && l.mark == Mark::Bad) {
            note.push_str("; ");
            note.push_str(&line.text);
        }
        let level = if *good { Level::Good } else { Level::Bad };
        state.notices.push(*when, level, format!("{} on {}: {note}", task.title, task.place), None);
        settle_rows(state, id);
        let mut entry = actions::journal(state, id.0, &task.plan, task.typed.clone(), task.outcome.clone());
        entry.note = Some(note);
        if let Some(last) = state.journal.last_mut() {
            last.note.clone_from(&entry.note);
        }
        out.push(Effect::Journal(Box::new(entry)));
    }
    if let Some(slot) = state.tasks.get_mut(at) {
        *slot = task;
    }
    out
}

/// The watch shows what was written, as far as it will: nothing else happens to it where time stands still.
fn has_landed(state: &AppState, task: &Task) -> bool {
    let on_app = |s: &Step| matches!(s, Step::Patch(r) | Step::Nudge(r) if r.name == task.app.name && r.plural == task.app.kind.plural());
    let version = |t: &crate::domain::plan::Target| state.fleet.rows.get(&t.app).map(|r| r.app.resource_version.clone());
    !task.plan.steps.iter().any(on_app) || task.plan.targets.iter().any(|t| version(t).is_none_or(|v| v != t.resource_version))
}

/// Tokens our patches wrote into `requestedAt`.
fn tokens(plan: &Plan) -> Vec<&str> {
    plan.steps
        .iter()
        .filter_map(|s| match s {
            Step::Patch(r) | Step::Nudge(r) => {
                r.body.pointer("/metadata/annotations/reconcile.fluxcd.io~1requestedAt").and_then(|v| v.as_str())
            }
            Step::Revert(_) => None,
        })
        .collect()
}

/// Sync, reconcile, refresh, suspend …: requested, picked up, done as the object itself shows.
fn watch_plan(state: &AppState, task: &mut Task) -> Vec<Effect> {
    let now = state.now;
    let waited = seconds_between(task.started_at, now);
    let Some(row) = state.fleet.rows.get(&task.app) else {
        task.ended = Some((now, false, "the object is gone; what became of the request is not known".into()));
        return Vec::new();
    };
    let app = &row.app;
    set_line(
        task,
        now,
        "requested",
        Mark::Done,
        format!("request {} written to {} on {}, once", task.plan.request_id, app.id.name, app.id.cluster),
    );
    let action = task.plan.action.clone();
    let end = match action.as_str() {
        "suspend" => app.suspended.then(|| (true, "suspended".to_owned())),
        "resume" => (!app.suspended).then(|| (true, "resumed".to_owned())),
        "auto_sync_off" => (app.auto_sync == Some(false)).then(|| (true, "auto-sync is off".to_owned())),
        "auto_sync_on" => (app.auto_sync == Some(true)).then(|| (true, "auto-sync is on".to_owned())),
        "terminate" => app
            .operation
            .as_ref()
            .is_none_or(|o| !matches!(o.phase, Phase::Running | Phase::Terminating | Phase::Retrying | Phase::Blocked))
            .then(|| (true, "the operation ended".to_owned())),
        "clear_operation" => app
            .operation
            .as_ref()
            .is_none_or(|o| !matches!(o.phase, Phase::Requested | Phase::Blocked | Phase::Terminating | Phase::Orphaned))
            .then(|| (true, "the operation is off the object".to_owned())),
        "refresh" | "hard_refresh" => refreshed(state, task, app),
        _ => synced(task, app, now),
    };
    let end = end.or_else(|| (waited > GIVE_UP_S).then(|| (false, format!("sent, but no end was seen within {}", long_age(GIVE_UP_S)))));
    if let Some((good, text)) = end {
        set_line(task, now, "end", if good { Mark::Done } else { Mark::Bad }, text.clone());
        task.ended = Some((now, good, text));
    } else if waited > PICKUP_S && !task.lines.iter().any(|l| l.key == "picked" || l.key == "slow") {
        let text = format!("not picked up after {PICKUP_S}s: the controller may be down");
        set_line(task, now, "slow", Mark::Unknown, text);
    }
    Vec::new()
}

fn refreshed(state: &AppState, task: &Task, app: &App) -> Option<(bool, String)> {
    match (app.argo(), app.flux()) {
        (Some(argo), _) => {
            let compared = argo.refresh.is_none() && argo.reconciled_at.is_some_and(|at| at.as_second() >= task.started_at.as_second());
            compared.then(|| (true, "compared again".to_owned()))
        }
        (None, Some(flux)) => {
            let handled = |text: &Option<String>| text.as_deref().is_some_and(|h| tokens(&task.plan).contains(&h));
            let source = flux.source.as_ref().and_then(|s| state.fleet.sources.get(s));
            (handled(&flux.handled) || source.is_some_and(|s| handled(&s.handled))).then(|| (true, "looked again".to_owned()))
        }
        _ => None,
    }
}

fn synced(task: &mut Task, app: &App, now: Timestamp) -> Option<(bool, String)> {
    let operation = app.operation.as_ref();
    if let Some(argo) = app.argo() {
        let ours = operation.filter(|o| o.request_id.as_deref() == Some(task.plan.request_id.as_str()))?;
        if ours.phase != Phase::Requested {
            set_line(task, now, "picked", Mark::Done, "picked up by Argo CD".into());
        }
        let message = ours.message.clone();
        return match ours.phase {
            Phase::Failed | Phase::Error => Some((false, format!("failed: {message}"))),
            Phase::Succeeded if argo.operation_is_dry_run => Some((true, "dry run: Argo CD would apply it".into())),
            Phase::Succeeded => {
                set_line(task, now, "applied", Mark::Done, format!("applied: {message}"));
                if compared_since(task, app, now) { settled(task, app, now) } else { None }
            }
            Phase::Requested => None,
            phase => {
                set_line(task, now, "applied", Mark::Busy, format!("{}: {message}", phase.word()));
                None
            }
        };
    }
    let handled = app.flux().and_then(|f| f.handled.as_deref()).is_some_and(|h| tokens(&task.plan).contains(&h));
    if !handled {
        return None;
    }
    set_line(task, now, "picked", Mark::Done, "acknowledged by Flux".into());
    match operation {
        Some(o) if o.phase.is_failed() => Some((false, o.message.clone())),
        Some(o) if o.phase == Phase::Blocked => {
            set_line(task, now, "applied", Mark::Waiting, o.message.clone());
            None
        }
        _ => settled(task, app, now),
    }
}

/// Was the app compared after its operation ended? Both times are whole seconds: in the same second OutOfSync may be older than the sync, and
/// counts only after a while.
fn compared_since(task: &Task, app: &App, now: Timestamp) -> bool {
    let ended = app.operation.as_ref().and_then(|o| o.finished_at);
    let Some((compared, ended)) = app.argo().and_then(|a| a.reconciled_at).zip(ended) else { return false };
    let seen = task.lines.iter().find(|l| l.key == "applied" && l.mark == Mark::Done).map_or(now, |l| l.at);
    compared > ended || compared == ended && (app.sync == Sync::Synced || seconds_between(seen, now) >= SAME_SECOND_S)
}

/// Applied; now the words of the row decide.
fn settled(task: &mut Task, app: &App, now: Timestamp) -> Option<(bool, String)> {
    match (app.sync, app.health) {
        (Sync::OutOfSync, _) if app.argo().is_some_and(|a| a.operation_is_partial) => {
            Some((true, "the chosen resources are applied".into()))
        }
        (_, Health::Degraded) => Some((false, "applied, but Degraded".into())),
        (_, Health::Progressing) => {
            set_line(task, now, "healthy", Mark::Busy, "waiting until healthy".into());
            None
        }
        (Sync::Synced, Health::Healthy) => Some((true, "Healthy".into())),
        (Sync::Synced, Health::Unknown) if app.health_by == HealthBy::NotAssessed => Some((true, "applied; health is not assessed".into())),
        (Sync::OutOfSync, _) => Some((true, "applied; still OutOfSync".into())),
        _ => None,
    }
}

/// Where the commit has arrived, app by app; git is asked whether a newer revision contains it.
fn follow(state: &AppState, task: &mut Task) -> Vec<Effect> {
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
    let settled = |a: Arrival| !matches!(a, Arrival::Waits);
    let idle: Vec<bool> = follow.rows.iter().map(|r| stands_still(state, r)).collect();
    let others_done = follow.rows.iter().zip(&idle).all(|(r, idle)| *idle || settled(r.healthy));
    if others_done && follow.rows.iter().zip(&idle).any(|(r, idle)| !idle && matches!(r.healthy, Arrival::At(_) | Arrival::Same)) {
        for (row, _) in follow.rows.iter_mut().zip(&idle).filter(|(_, idle)| **idle) {
            (row.applied, row.healthy) = (Arrival::Unknown, Arrival::Unknown);
            follow.idle.push(format!("{} on {}", row.app.name, row.runs_on));
        }
    }
    let all = follow.rows.iter().all(|r| settled(r.healthy));
    if all && follow.done_at.is_none() {
        follow.done_at = Some(now);
        let good = follow.rows.iter().filter(|r| matches!(r.healthy, Arrival::At(_) | Arrival::Same)).count();
        let bad: Vec<&str> = follow.rows.iter().filter(|r| r.healthy == Arrival::Bad).map(|r| r.runs_on.as_str()).collect();
        let unseen = follow.rows.iter().any(|r| r.applied == Arrival::Waits);
        let text = if bad.is_empty() && !unseen && !follow.idle.is_empty() {
            let rest = follow.rows.len().saturating_sub(follow.idle.len());
            format!("Healthy on {good} of {rest} that follow; not by itself: {}", follow.idle.join(", "))
        } else if bad.is_empty() && unseen {
            format!("Healthy on {good} of {}; the rest did not take it while we looked", follow.rows.len())
        } else if bad.is_empty() {
            format!("Healthy on {good} of {}", follow.rows.len())
        } else {
            format!("still broken on {}", bad.join(", "))
        };
        task.ended = Some((now, bad.is_empty() && !unseen, text));
    }
    task.follow = Some(follow);
    out
}

/// It does not take the commit by itself, or not before its cluster answers: the others are not kept waiting for it.
fn stands_still(state: &AppState, row: &FollowRow) -> bool {
    let waits = row.healthy == Arrival::Waits && row.applied == Arrival::Waits;
    let off = |app: &App| app.suspended || app.auto_sync == Some(false) && row.fetched != Arrival::Waits;
    waits && state.fleet.rows.get(&row.app).is_some_and(|shown| shown.stale_as_of.is_some() || off(&shown.app))
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
        (None, Some(flux)) => {
            let source = flux.source.as_ref().and_then(|s| state.fleet.sources.get(s));
            holds(follow, source.and_then(|s| s.revision.as_deref()), task, out)
        }
        _ => false,
    };
    if fetched && row.fetched == Arrival::Waits {
        row.fetched = Arrival::At(now);
    }
    let applied = fetched && app.sync == Sync::Synced && runs(follow, app, task, out);
    if applied && row.applied == Arrival::Waits {
        row.applied = Arrival::At(now);
    }
    let failed = app.operation.as_ref().is_some_and(|o| !o.routine && o.phase.is_failed());
    if applied && matches!(row.healthy, Arrival::Waits | Arrival::Bad) {
        row.healthy = match app.health {
            Health::Healthy if !failed => Arrival::At(now),
            Health::Unknown if app.health_by == HealthBy::NotAssessed => Arrival::Unknown,
            Health::Suspended => Arrival::Unknown,
            Health::Degraded | Health::Missing if stays_broken(row.applied, now) => Arrival::Bad,
            _ => Arrival::Waits,
        };
    }
    if fetched && failed && row.healthy == Arrival::Waits && tried(follow, app, task, out) {
        row.healthy = Arrival::Bad;
    }
    let waited = seconds_between(follow.pushed_at, now);
    row.late = row.healthy == Arrival::Waits && waited > LATE_S;
    row.now = words(shown, row, app);
}

fn stays_broken(applied: Arrival, now: Timestamp) -> bool {
    matches!(applied, Arrival::At(at) if seconds_between(at, now) > BROKEN_S)
}

/// The engine tried our commit, or one that contains it, and says that this failed.
fn tried(follow: &mut Follow, app: &App, task: TaskId, out: &mut Vec<Effect>) -> bool {
    let attempted = app.operation.as_ref().filter(|o| o.phase != Phase::Retrying).and_then(|o| o.revision.clone());
    holds(follow, attempted.as_deref(), task, out)
}

/// What runs is our commit or one that contains it; an Argo app that is Synced runs what it was compared with.
fn runs(follow: &mut Follow, app: &App, task: TaskId, out: &mut Vec<Effect>) -> bool {
    match app.argo() {
        Some(argo) => argo.compared.iter().any(|r| holds(follow, Some(r), task, out)),
        None => holds(follow, app.revision.as_deref(), task, out),
    }
}

fn words(shown: &super::fleet::Row, row: &FollowRow, app: &App) -> String {
    match (row.fetched, row.applied, row.healthy) {
        (_, _, Arrival::At(_)) => "Healthy".into(),
        (_, Arrival::Waits, Arrival::Unknown) => "it did not take the commit while we looked".into(),
        (_, _, Arrival::Bad) if shown.verdict.short.is_empty() => "still broken".into(),
        (_, _, Arrival::Bad) => format!("still broken: {}", shown.verdict.short),
        (_, _, Arrival::Unknown) => "applied; health is not assessed".into(),
        (Arrival::Waits, _, _) if app.suspended => "suspended: it does not follow; resume it (p)".into(),
        (Arrival::Waits, _, _) => "waits for the engine to fetch".into(),
        (_, Arrival::Waits, _) if app.auto_sync == Some(false) => "auto-sync is off: sync it (s)".into(),
        (_, Arrival::Waits, _) => shown
            .verdict
            .soon
            .clone()
            .unwrap_or_else(|| if shown.verdict.short.is_empty() { "being applied".into() } else { shown.verdict.short.clone() }),
        _ if shown.verdict.short.is_empty() => app.health.word().to_owned(),
        _ => shown.verdict.short.clone(),
    }
}
