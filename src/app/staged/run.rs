//! A running batch: each turn looks at what was sent, and sends the next where everything before is healthy.

use super::{Batch, Member, Standing, draft};
use crate::app::action::plan as plans;
use crate::app::effect::Effect;
use crate::app::state::AppState;
use crate::app::task::Task;
use crate::domain::Timestamp;
use crate::domain::duration::{long_age, seconds_between};
use crate::domain::ids::TaskId;
use crate::domain::plan::Plan;
use crate::domain::status::{Health, Severity};

/// One turn. The batch ends when every app is healthy, or when it was stopped and what was sent has ended.
pub fn advance(state: &mut AppState, task: &mut Task) -> Vec<Effect> {
    let Some(mut batch) = task.batch.take() else { return Vec::new() };
    look(state, &mut batch);
    let mut out = Vec::new();
    while batch.stopped.is_none() {
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

/// What the watch shows of the apps that were sent; the first that is not well stops the batch.
fn look(state: &AppState, batch: &mut Batch) {
    let within = batch.rules.within().unwrap_or_default();
    let mut bad = None;
    for stage in &mut batch.stages {
        for member in &mut stage.members {
            let next = match &member.standing {
                Standing::Sent(task) => sent(state, member, *task, within),
                Standing::Healthy { .. } => relapse(state, member),
                Standing::Waits | Standing::Failed(_) => None,
            };
            if let Some(next) = next {
                member.standing = next;
            }
            if let (Standing::Failed(why), None) = (&member.standing, &bad) {
                bad = Some(format!("{} on {}: {why}", member.app.name, stage.cluster));
            }
        }
    }
    if batch.stopped.is_none() {
        batch.stopped = bad;
    }
}

fn sent(state: &AppState, member: &Member, task: TaskId, within: u64) -> Option<Standing> {
    let task = state.task(task)?;
    let waited = seconds_between(task.started_at, state.now);
    let row = state.fleet.rows.get(&member.app);
    let health = row.filter(|row| row.stale_as_of.is_none()).map(|row| row.app.health);
    match (&task.ended, health) {
        (Some((_, false, text)), _) => return Some(Standing::Failed(text.clone())),
        (Some((at, true, text)), Some(Health::Healthy)) => {
            let how = format!("{text} in {}", long_age(seconds_between(task.started_at, *at)));
            return Some(Standing::Healthy { at: state.now, how });
        }
        (Some(_), Some(Health::Degraded | Health::Missing)) => return Some(Standing::Failed("not Healthy after the sync".into())),
        _ => {}
    }
    (waited > within).then(|| Standing::Failed(format!("not Healthy after {}{}", long_age(within), now_is(row, health))))
}

fn now_is(row: Option<&crate::app::fleet::Row>, health: Option<Health>) -> String {
    match (row, health) {
        (None, _) => ": it is gone".into(),
        (_, None) => ": its cluster does not answer".into(),
        (_, Some(health)) => format!(": {}", health.word()),
    }
}

/// An app of an earlier stage may turn bad while a later one runs: that counts, too.
fn relapse(state: &AppState, member: &Member) -> Option<Standing> {
    let row = state.fleet.rows.get(&member.app).filter(|row| row.stale_as_of.is_none())?;
    let is_bad = row.severity.is_broken() || row.severity == Severity::Missing;
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
            Ok(None) => member.standing = Standing::Healthy { at: state.now, how: "Synced and Healthy by itself; nothing was sent".into() },
            Err(why) => {
                batch.stopped = Some(format!("{} on {}: {why}", member.app.name, stage.cluster));
                member.standing = Standing::Failed(why);
                break;
            }
        }
    }
    out
}

/// The end of the program: what stands in the journal of a batch that still runs.
pub fn left(batch: &Batch) -> String {
    let waits = batch.members().filter(|m| m.standing == Standing::Waits).count();
    format!("driftdeck was left at {}; {} not sent", batch.news(), super::words::apps(waits))
}

/// The plan that is sent: built again now, and the one that was shown. `None` = meanwhile there is nothing left to do.
fn still(state: &AppState, member: &Member) -> Result<Option<Plan>, String> {
    let is_well =
        |state: &AppState| state.fleet.rows.get(&member.app).is_some_and(|r| r.stale_as_of.is_none() && r.severity == Severity::Ok);
    let was = member.plan.targets.first().ok_or("it has no target")?;
    let planned = match plans::changed_since(state, was) {
        None => draft::planned(state, &member.app, &member.choices).map_err(|why| format!("not sent: {why}")),
        Some(why) => Err(why),
    };
    match planned {
        Ok(fresh) if plans::same_effect(&fresh, &member.plan) => Ok(Some(fresh)),
        _ if is_well(state) => Ok(None),
        Ok(_) => Err("not sent: it changed since it was shown, and what would be sent now differs".into()),
        Err(why) => Err(why),
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
    Some((now, false, format!("{}, {why}{rest}", batch.news())))
}
