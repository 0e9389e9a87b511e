//! A running batch: each turn looks at what was sent, and sends the next where everything before is healthy.

use super::{Batch, Member, Standing, draft};
use crate::app::action::plan as plans;
use crate::app::effect::Effect;
use crate::app::fleet::Row;
use crate::app::state::AppState;
use crate::app::task::Task;
use crate::domain::Timestamp;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::duration::{long_age, seconds_between};
use crate::domain::ids::{AppId, TaskId};
use crate::domain::plan::Plan;
use crate::domain::status::{Health, HealthBy, Severity};

/// One turn. The batch ends when every app is healthy, or when it was stopped and what was sent has ended.
pub fn advance(state: &mut AppState, task: &mut Task) -> Vec<Effect> {
    let Some(mut batch) = task.batch.take() else { return Vec::new() };
    let old = look(state, &mut batch);
    for id in old {
        // What was computed before the sync says nothing of what came of it.
        state.fleet.derive.assessed_at.remove(&id);
        state.fleet.derive.assess = true;
    }
    let mut out = Vec::new();
    while batch.stopped.is_none() && !is_held(state, &batch) {
        let at = batch.stage();
        out.extend(send(state, &mut batch, task));
        // A stage that needs nothing any more is passed over.
        if batch.stage() == at {
            break;
        }
    }
    task.ended = end(&batch, state.now);
    if task.ended.is_some() {
        // What was not sent can be planned again by one key.
        state.view.marks.extend(batch.unsent().map(|m| m.app.clone()));
    }
    task.batch = Some(batch);
    out
}

/// A healthy app whose cluster is not read now may be well or not: nothing is sent until that is known.
pub fn is_held(state: &AppState, batch: &Batch) -> bool {
    let is_stale = |m: &&Member| state.fleet.rows.get(&m.app).is_some_and(|row| row.stale_as_of.is_some());
    batch.members().filter(|m| matches!(m.standing, Standing::Healthy { .. })).any(|m| is_stale(&m))
}

/// What the watch shows of the apps that were sent; the first that is not well stops the batch. Gives those whose health we compute and
/// have to look at again.
fn look(state: &AppState, batch: &mut Batch) -> Vec<AppId> {
    let within = batch.rules.within().unwrap_or_default();
    let (mut bad, mut old) = (None, Vec::new());
    for stage in &mut batch.stages {
        for member in &mut stage.members {
            let next = match &member.standing {
                Standing::Sent(task) => sent(state, member, *task, within, &mut old),
                Standing::Healthy { .. } => relapse(state, member),
                Standing::Waits | Standing::Failed(_) | Standing::Refused(_) => None,
            };
            if let Some(next) = next {
                member.standing = next;
            }
            if let (Standing::Failed(why), None) = (&member.standing, &bad) {
                bad = Some(format!("{} on {}: {}", member.app.name, stage.cluster, why.trim_end_matches('.')));
            }
        }
    }
    if batch.stopped.is_none() {
        batch.stopped = bad;
    }
    old
}

fn sent(state: &AppState, member: &Member, task: TaskId, within: u64, old: &mut Vec<AppId>) -> Option<Standing> {
    let task = state.task(task)?;
    let waited = seconds_between(task.started_at, state.now);
    let row = state.fleet.rows.get(&member.app);
    let fresh = row.filter(|row| row.stale_as_of.is_none());
    match (&task.ended, fresh) {
        (Some((_, false, text)), _) => return Some(Standing::Failed(text.clone())),
        (Some((at, true, _)), Some(row)) if is_computed_before(state, row, *at) => {
            if !state.fleet.derive.assessing.values().any(|id| *id == member.app) {
                old.push(member.app.clone());
            }
        }
        (Some((at, true, _)), Some(row)) if row.app.health == Health::Healthy => {
            let how = format!("Healthy in {}", long_age(seconds_between(task.started_at, *at)));
            return Some(Standing::Healthy { at: state.now, how });
        }
        (Some(_), Some(row)) if matches!(row.app.health, Health::Degraded | Health::Missing) => {
            return Some(Standing::Failed(format!("{} after the sync", row.app.health.word())));
        }
        _ => {}
    }
    let health = fresh.map(|row| row.app.health);
    (waited > within).then(|| Standing::Failed(format!("not Healthy after {}{}", long_age(within), now_is(row, health))))
}

/// We assess it ourselves, and the last look was before the end of the sync, or is still under way.
fn is_computed_before(state: &AppState, row: &Row, end: Timestamp) -> bool {
    let derive = &state.fleet.derive;
    let is_ours = matches!(row.app.health_by, HealthBy::Computed);
    let busy = derive.assessing.values().any(|id| *id == row.app.id);
    is_ours && (busy || derive.assessed_at.get(&row.app.id).is_none_or(|at| *at < end))
}

fn now_is(row: Option<&Row>, health: Option<Health>) -> String {
    match (row, health) {
        (None, _) => ": it is gone".into(),
        (_, None) => ": its cluster does not answer".into(),
        (_, Some(health)) => format!(": {}", health.word()),
    }
}

/// An app of an earlier stage may turn bad while a later one runs: that counts, too.
fn relapse(state: &AppState, member: &Member) -> Option<Standing> {
    let Some(row) = state.fleet.rows.get(&member.app) else { return Some(Standing::Failed("was Healthy, then it was gone".into())) };
    let is_bad = row.stale_as_of.is_none() && (row.severity.is_broken() || row.severity == Severity::Missing);
    is_bad.then(|| Standing::Failed(format!("was Healthy, then {}", row.app.health.word())))
}

/// Sends what the rules allow now.
fn send(state: &mut AppState, batch: &mut Batch, task: &Task) -> Vec<Effect> {
    let at = batch.stage();
    let Some(stage) = batch.stages.get(at) else { return Vec::new() };
    let mut free = batch.at_once(stage).saturating_sub(stage.members.iter().filter(|m| matches!(m.standing, Standing::Sent(_))).count());
    let mut out = Vec::new();
    let Some(stage) = batch.stages.get_mut(at) else { return out };
    for member in &mut stage.members {
        if free == 0 || member.standing != Standing::Waits {
            continue;
        }
        match still(state, member) {
            Ok(Some(fresh)) => {
                free -= 1;
                let (child, effects) = plans::start_part(state, fresh, task.typed.clone(), task.id);
                member.standing = Standing::Sent(child);
                out.extend(effects);
            }
            Ok(None) => member.standing = Standing::Healthy { at: state.now, how: "as wanted by itself; nothing was sent".into() },
            Err(why) => {
                batch.stopped = Some(format!("{} on {} was not sent: {}", member.app.name, stage.cluster, why.trim_end_matches('.')));
                member.standing = Standing::Refused(why);
                break;
            }
        }
    }
    out
}

/// The end of the program: how far a batch came that still runs.
pub fn left(batch: &Batch) -> String {
    let waits = batch.members().filter(|m| m.standing == Standing::Waits).count();
    format!("driftdeck was left at {}; {} not sent", batch.news(), super::words::apps(waits))
}

/// And the journal says so of each of them.
pub fn leave(state: &mut AppState) -> Vec<Effect> {
    let told = |t: &Task| Some((t.clone(), left(t.batch.as_deref()?)));
    let batches: Vec<_> = state.tasks.iter().filter(|t| t.is_running()).filter_map(told).collect();
    let line = |(task, note): (Task, String)| {
        let mut entry = plans::journal(state, task.id.0, &task.plan, task.typed, task.outcome);
        entry.note = Some(note);
        Effect::Journal(Box::new(entry))
    };
    batches.into_iter().map(line).collect()
}

/// The plan that is sent: built again now, and the one that was shown, or one that brings the very commit that was shown after an earlier
/// app had its source fetched. `None` = meanwhile it runs that commit, and well.
fn still(state: &AppState, member: &Member) -> Result<Option<Plan>, String> {
    let was = member.plan.targets.first().ok_or("it has no target")?;
    let row = state.fleet.rows.get(&member.app).ok_or("it is gone")?;
    if row.stale_as_of.is_some() {
        return Err("its cluster does not answer".into());
    }
    if row.app.uid != was.uid {
        return Err("it was deleted and made again".into());
    }
    let wants_it = |revision: &Option<String>| match (&member.wants, revision) {
        (Some(wants), Some(runs)) => bare_revision(runs) == wants,
        _ => false,
    };
    let is_there = wants_it(&row.app.revision) && !wants_it(&was.revision);
    if is_there && row.severity == Severity::Ok {
        return Ok(None);
    }
    let fresh = draft::planned_in(state, &member.app, &member.choices)?;
    let brings_it = member.wants.is_some() && draft::wants(state, &member.app) == member.wants;
    if row.app.revision == was.revision && plans::same_effect(&fresh, &member.plan) {
        return Ok(Some(fresh));
    }
    if brings_it && (row.app.revision == was.revision || is_there) && plans::is_confirmed_alike(&fresh, &member.plan) {
        return Ok(Some(fresh));
    }
    match (&row.app.revision, &was.revision) {
        (Some(now), Some(then)) if now != then => {
            Err(format!("it runs {} by now, {} when it was shown", short_rev(bare_revision(now)), short_rev(bare_revision(then))))
        }
        _ => Err("what would be sent now is not what was shown".into()),
    }
}

fn end(batch: &Batch, now: Timestamp) -> Option<(Timestamp, bool, String)> {
    let count = batch.members().count();
    if batch.members().all(|m| matches!(m.standing, Standing::Healthy { .. })) {
        return Some((now, true, format!("{} Healthy", super::words::apps(count))));
    }
    let why = batch.stopped.as_ref()?;
    if batch.members().any(|m| matches!(m.standing, Standing::Sent(_))) {
        return None;
    }
    let unsent = batch.unsent().count();
    let rest = if unsent == 0 { String::new() } else { format!("; {} not sent, marked again", super::words::apps(unsent)) };
    Some((now, false, format!("{}, {}{rest}", batch.news(), why.trim_end_matches('.'))))
}
