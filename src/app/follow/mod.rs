//! What became of a plan: progress lines, the outcome, and then what the watch shows.

mod asked;
mod commit;
mod progress;

use super::action::plan as actions;
use super::effect::Effect;
use super::msg::TaskEvent;
use super::notice::Level;
use super::rollback::refused;
use super::settle::clock_text;
use super::staged::run as staged;
use super::state::{AppState, Screen};
use super::task::{Line, Mark, NUDGE, REMOTE, Task};
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::duration::{long_age, seconds_between};
use crate::domain::ids::TaskId;
use crate::domain::plan::{FailClass, Outcome, Plan, Step};
use crate::domain::status::{Health, HealthBy, Operation, Phase, Sync};

/// How long an OutOfSync of the very second in which a sync ended is taken for the older one, seconds.
const SAME_SECOND_S: u64 = 5;
/// Not picked up after this: the controller may be down, seconds.
const PICKUP_S: u64 = 20;
/// After this nothing is waited for any more: the task ends and says what was not seen, seconds.
const GIVE_UP_S: u64 = 1800;

pub use commit::on_contains;

pub fn on_task(state: &mut AppState, id: TaskId, event: TaskEvent) -> Vec<Effect> {
    let now = state.now;
    let Some(task) = state.tasks.iter_mut().find(|t| t.id == id) else { return Vec::new() };
    state.dirty = true;
    match event {
        TaskEvent::Step { key, mark, text } => {
            set_line(task, now, &key, mark, text);
            Vec::new()
        }
        TaskEvent::Stored(stored) => {
            task.stored = Some(stored);
            Vec::new()
        }
        TaskEvent::Finished(outcome) => {
            close_push(task, now, &outcome);
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

/// The line of the push ends with its answer; what the server said stands in the reason, once.
fn close_push(task: &mut Task, now: Timestamp, outcome: &Outcome) {
    let Some(Step::Revert(request)) = task.plan.steps.first() else { return };
    let (mark, end) = match outcome {
        Outcome::Failed { class: FailClass::Unreachable, .. } => (Mark::Bad, "did not arrive"),
        Outcome::Failed { .. } | Outcome::Refused { .. } => (Mark::Bad, "refused"),
        Outcome::Unknown { .. } => (Mark::Unknown, "not known whether it arrived"),
        Outcome::Sent { .. } | Outcome::Cancelled => return,
    };
    let text = format!("push to {}: {end}", request.branch);
    if task.lines.iter().any(|l| l.key == "push") {
        set_line(task, now, "push", mark, text);
    }
    task.lines.retain(|l| !l.key.starts_with(REMOTE));
}

fn finished(state: &mut AppState, id: TaskId, outcome: Outcome) -> Vec<Effect> {
    let now = state.now;
    let Some(task) = state.tasks.iter().find(|t| t.id == id) else { return Vec::new() };
    let (plan, typed, title, place) = (task.plan.clone(), task.typed.clone(), task.title.clone(), task.place.clone());
    let kept = refused::kept(task);
    let mut entry = actions::journal(state, id.0, &plan, typed, Some(outcome.clone()));
    entry.note.clone_from(&kept);
    if let Some(last) = state.journal.last_mut() {
        last.note.clone_from(&kept);
    }
    let out = vec![Effect::Journal(Box::new(entry))];
    let bad = match &outcome {
        Outcome::Sent { commit } => {
            if let Some(commit) = commit {
                commit::begin(state, id, commit);
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
        // The screen of the push itself says it already.
        let is_part = task_is_part(state, id);
        let is_shown = is_part || matches!(&state.screen, Screen::Rollback(screen) if screen.task == Some(id));
        let note = format!("{title} on {place}: {text}");
        if is_shown {
            state.notices.keep(now, level, note, kept);
        } else {
            state.notices.push(now, level, note, kept);
        }
        if let Some(task) = state.tasks.iter_mut().find(|t| t.id == id) {
            task.ended = Some((now, false, text));
        }
    }
    out
}

/// A staged sync shows it.
fn task_is_part(state: &AppState, id: TaskId) -> bool {
    state.task(id).is_some_and(|t| t.part_of.is_some())
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

/// After each turn: what the watch shows of the running tasks.
pub fn advance(state: &mut AppState) -> Vec<Effect> {
    let is_sent = |t: &&Task| t.is_running() && matches!(t.outcome, Some(Outcome::Sent { .. }));
    // A batch sees in the same turn how what it sent ended.
    let (batches, single): (Vec<&Task>, Vec<&Task>) = state.tasks.iter().filter(is_sent).partition(|t| t.batch.is_some());
    let running: Vec<TaskId> = single.into_iter().chain(batches).map(|t| t.id).collect();
    running.into_iter().flat_map(|id| advance_one(state, id)).collect()
}

fn advance_one(state: &mut AppState, id: TaskId) -> Vec<Effect> {
    let Some(at) = state.tasks.iter().position(|t| t.id == id) else { return Vec::new() };
    let Some(mut task) = state.tasks.get(at).cloned() else { return Vec::new() };
    let before = task.clone();
    let mut out = if task.batch.is_some() {
        staged::advance(state, &mut task)
    } else if task.follow.is_some() {
        commit::follow(state, &mut task)
    } else {
        watch_plan(state, &mut task)
    };
    if task != before {
        state.dirty = true;
    }
    if task.lines.iter().any(|l| l.key == "picked" || l.key == "slow") && !before.lines.iter().any(|l| l.key == "picked" || l.key == "slow")
    {
        settle_rows(state, id);
    }
    if asked::is_alarm(&task) && !asked::is_alarm(&before) {
        state.notices.push(state.now, Level::Bad, asked::alarm(&task), Some(asked::HELP.into()));
    }
    if let (None, Some((when, good, text))) = (&before.ended, &task.ended) {
        let mut note = format!("{text} ({})", long_age(seconds_between(task.started_at, *when)));
        for line in task.lines.iter().filter(|l| l.key.starts_with(NUDGE) && l.mark == Mark::Bad) {
            note.push_str("; ");
            note.push_str(&line.text);
        }
        let level = if *good { Level::Good } else { Level::Bad };
        tell(state, &task, level, &note);
        settle_rows(state, id);
        let mut entry = actions::journal(state, id.0, &task.plan, task.typed.clone(), task.outcome.clone());
        (entry.note, entry.ended_well) = (Some(note), Some(*good));
        if let Some(last) = state.journal.last_mut() {
            last.note.clone_from(&entry.note);
            last.ended_well = entry.ended_well;
        }
        out.push(Effect::Journal(Box::new(entry)));
    }
    if let Some(slot) = state.tasks.get_mut(at) {
        *slot = task;
    }
    out
}

/// Says how a task ended; of a staged sync that is its own to say.
fn tell(state: &mut AppState, task: &Task, level: Level, note: &str) {
    let text = format!("{} on {}: {note}", task.title, task.place);
    if task.part_of.is_some() {
        state.notices.keep(state.now, level, text, None);
    } else {
        state.notices.push(state.now, level, text, None);
    }
}

/// Tokens our patches wrote into `requestedAt`.
pub(super) fn tokens(plan: &Plan) -> Vec<&str> {
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
        "confirm_prune" => asked::confirmed(task, app, now),
        _ => synced(state, task, app),
    };
    let end = end.or_else(|| (waited > GIVE_UP_S).then(|| (false, format!("sent, but no end was seen within {}", long_age(GIVE_UP_S)))));
    if let Some((good, text)) = end {
        // Applied and left as it is: what was waited for has come, or is not waited for any more.
        task.lines.retain(|l| l.key != "healthy" || l.mark != Mark::Busy);
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

/// An operation of somebody else that began after ours was sent stands where ours would be: ours is over or was put aside.
fn taken_over(task: &Task, operation: &Operation) -> Option<String> {
    let is_ours = operation.request_id.as_deref() == Some(task.plan.request_id.as_str());
    let is_later = operation.started_at.is_some_and(|at| at.as_second() >= task.started_at.as_second());
    let is_the_same = |before: &Operation| {
        (&before.request_id, before.started_at, &before.by) == (&operation.request_id, operation.started_at, &operation.by)
    };
    let is_later = is_later && !task.stood.as_ref().is_some_and(is_the_same);
    (!is_ours && is_later).then(|| format!("taken over by {}", who(operation)))
}

/// "51be7aa (auto-sync)", "a sync of 51be7aa by mia".
fn who(operation: &Operation) -> String {
    let revision = operation.revision.as_deref().map_or("another revision", |r| short_rev(bare_revision(r)));
    match operation.by.as_deref() {
        Some("automated") => format!("{revision} (auto-sync)"),
        Some(by) => format!("{revision} (by {by})"),
        None => format!("{revision} (by someone else)"),
    }
}

/// When the engine tries again what failed, as it says; `None` = it does not say, or it does not try.
fn next_try(app: &App, now: Timestamp) -> Option<Timestamp> {
    app.operation.as_ref().filter(|o| !o.routine && o.phase.is_failed())?.next_try_at.filter(|at| *at > now)
}

fn synced(state: &AppState, task: &mut Task, app: &App) -> Option<(bool, String)> {
    let now = state.now;
    let next_try = |app: &App, now| next_try(app, now).map(|at| clock_text(at, state.settings.utc_offset));
    let operation = app.operation.as_ref();
    if let Some(argo) = app.argo() {
        if let Some(text) = operation.and_then(|o| taken_over(task, o)) {
            return Some((false, text));
        }
        let ours = operation.filter(|o| o.request_id.as_deref() == Some(task.plan.request_id.as_str()))?;
        if ours.phase != Phase::Requested {
            let (mark, text) = asked::picked_up(&task.plan, argo);
            set_line(task, now, "picked", mark, text);
        }
        let message = ours.message.clone();
        let has_steps = progress::show(state, task, app);
        return match ours.phase {
            Phase::Failed | Phase::Error => Some((false, format!("failed: {message}"))),
            Phase::Succeeded if !asked::is_as_asked(&task.plan, argo) => Some((false, format!("{}: {message}", asked::OTHERWISE))),
            Phase::Succeeded if argo.operation_is_dry_run => Some((true, "dry run: Argo CD would apply it".into())),
            Phase::Succeeded => {
                progress::close(task, now, true);
                set_line(task, now, "applied", Mark::Done, format!("applied: {message}"));
                if compared_since(task, app, now) { settled(task, app, now) } else { None }
            }
            Phase::Requested => None,
            // The steps say it, each in its line.
            Phase::Running if has_steps => None,
            phase => {
                let again = next_try(app, now).map(|at| format!("; tries again at {at}")).unwrap_or_default();
                set_line(task, now, "applied", Mark::Busy, format!("{}: {message}{again}", phase.word()));
                None
            }
        };
    }
    let handled = app.flux().and_then(|f| f.handled.as_deref()).is_some_and(|h| tokens(&task.plan).contains(&h));
    if !handled {
        progress::show_run(state, task, app);
        return None;
    }
    progress::close(task, now, !operation.is_some_and(|o| o.phase.is_failed()));
    let (mark, text) = asked::acknowledged(&task.plan, app);
    set_line(task, now, "picked", mark, text);
    match operation {
        Some(o) if o.phase.is_failed() => {
            let again = next_try(app, now).map(|at| format!("; Flux tries again at {at}")).unwrap_or_default();
            Some((false, format!("{}{again}", o.message)))
        }
        Some(o) if o.phase == Phase::Blocked => {
            set_line(task, now, "applied", Mark::Waiting, o.message.clone());
            None
        }
        _ if let Some(what) = asked::still_waits(state, task, app) => {
            set_line(task, now, "applied", Mark::Waiting, what);
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
        (Sync::OutOfSync, _) if task.plan.action == "engine_rollback" => {
            Some((true, "rolled back for now; OutOfSync until git says the same".into()))
        }
        (Sync::OutOfSync, _) => Some((true, "applied; still OutOfSync".into())),
        _ => None,
    }
}
