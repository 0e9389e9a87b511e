//! A staged sync on its way: stage by stage, where each app stands, and what stops it.

use super::progress::outcome;
use super::{Body, boxed, inside, only_button};
use crate::app::staged::run::is_held;
use crate::app::staged::words::pace;
use crate::app::staged::{Batch, Member, Stage, Standing};
use crate::app::task::{Mark, Task};
use crate::domain::duration::{long_age, seconds_between};
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::runs::{Runs, hints};
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

const STAGE: usize = 7;
const CLUSTER: usize = 16;
const APP: usize = 18;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, task: &Task, batch: &Batch) {
    let end = task.ended.as_ref().map_or(cx.state.now, |(at, _, _)| *at);
    let took = long_age(seconds_between(task.started_at, end));
    let state = match (&task.ended, &batch.stopped) {
        (Some((_, true, _)), _) => Runs::of(Role::Ok, format!("done in {took}")),
        (Some(_), _) => Runs::of(Role::Bad, format!("stopped after {took}")),
        (None, Some(_)) => Runs::of(Role::Bad, format!("stopped, what was sent goes on {took}")),
        (None, None) => Runs::of(Role::Busy, format!("running {took}")),
    };
    let title = format!("{} ━ stage {} of {}", task.plan.title, batch.stage() + 1, batch.stages.len());
    let frame = Frame::new(true, title.replace('━', "-")).also(state).right(Runs::of(Role::Muted, format!("task {}", task.id.0)));
    let head = Runs::new().gap(1).cell(Role::Muted, "stage", STAGE).cell(Role::Muted, "CLUSTER", CLUSTER).gap(1);
    let mut lines = vec![head.cell(Role::Muted, "APP", APP).gap(1).add(Role::Muted, "STATE")];
    let mut focus = None;
    for (i, stage) in batch.stages.iter().enumerate() {
        lines.extend(rows(cx, batch, i, stage, inside(area)));
        if i == batch.stage() {
            focus = Some(lines.len() - 1);
        }
    }
    lines.push(Runs::new());
    lines.extend(rest(batch, inside(area)));
    if !task.is_running() {
        lines.extend(outcome(cx, task, inside(area).saturating_sub(4)));
    }
    lines.push(Runs::new());
    let can_stop = batch.stopped.is_none() && batch.members().any(|m| m.standing == Standing::Waits);
    let (keys, foot, label) = match (task.is_running(), can_stop) {
        (true, true) => (hints([("x", "stop here"), ("c", "copy"), ("b", "background")]), "esc leaves this running", "Background"),
        (true, false) => (hints([("c", "copy"), ("b", "background")]), "esc leaves this running", "Background"),
        (false, _) => (hints([("enter", "close"), ("c", "copy the commands")]), "each app is in the journal", "Close"),
    };
    let last = Runs::new().gap(1).join(keys).to(inside(area).saturating_sub(34)).join(only_button(label));
    let body = Body { lines, focus, ..Body::default() };
    boxed(canvas, area, frame.bottom(Runs::of(Role::Muted, foot), Runs::new()), &body, &[last]);
}

/// A line an app; number and cluster stand at the first.
fn rows(cx: Cx, batch: &Batch, at: usize, stage: &Stage, width: usize) -> Vec<Runs> {
    let mut out = Vec::new();
    for (i, member) in stage.members.iter().enumerate() {
        let start = match i {
            0 => {
                let role = if stage.protected { Role::Protected } else { Role::Text };
                Runs::new().gap(1).cell(Role::Muted, &(at + 1).to_string(), STAGE).name(role, &stage.cluster, CLUSTER).gap(1)
            }
            1 => Runs::new().gap(1 + STAGE).cell(Role::Muted, &pace(batch.at_once(stage)), CLUSTER).gap(1),
            _ => Runs::new().gap(1 + STAGE + CLUSTER + 1),
        };
        let (sign, role, says) = standing(cx, batch, at, member);
        let start = start.name(Role::Text, &member.app.name, APP).gap(1).add(role, sign).gap(1);
        let (before, parts) = (start.width(), text::wrap(&says, width.saturating_sub(start.width()).max(10)));
        let mut first = Some(start);
        out.extend(parts.into_iter().map(|part| first.take().unwrap_or_else(|| Runs::new().gap(before)).add(role, part)));
    }
    out
}

fn standing<'a>(cx: Cx<'a>, batch: &Batch, at: usize, member: &Member) -> (&'a str, Role, String) {
    match &member.standing {
        Standing::Waits if batch.stopped.is_some() => (" ", Role::Muted, "not sent".into()),
        Standing::Waits if at > batch.stage() => (" ", Role::Muted, format!("waits for stage {at}")),
        Standing::Waits if is_held(cx.state, batch) => ("?", Role::Unknown, "held: an earlier app is not read now".into()),
        Standing::Waits => (" ", Role::Muted, "next".into()),
        Standing::Healthy { how, .. } => (cx.theme.sign(Sign::Ok), Role::Ok, how.clone()),
        Standing::Failed(why) => (cx.theme.sign(Sign::Bad), Role::Bad, why.clone()),
        Standing::Refused(why) => ("!", Role::Attention, format!("not sent: {why}")),
        Standing::Sent(id) => {
            let task = cx.state.task(*id);
            let says = task.and_then(|t| t.lines.iter().rfind(|l| l.mark != Mark::Done).or(t.lines.last())).map(|l| match l.key.as_str() {
                "applied" if l.mark == Mark::Done => "applied; is compared again".to_owned(),
                _ => l.text.clone(),
            });
            let age = task.map_or(0, |t| seconds_between(t.started_at, cx.state.now));
            let sign = task.map_or(" ", |t| words::waiting(cx, t.started_at));
            (sign, Role::Busy, format!("{} {}", long_age(age), says.unwrap_or_else(|| "is being sent".into())))
        }
    }
}

/// When it stops, and who is left out.
fn rest(batch: &Batch, width: usize) -> Vec<Runs> {
    let within = long_age(batch.rules.within().unwrap_or_default());
    let stop = ("stop", format!("at the first app not Healthy within {within}; the rest is not sent"));
    let left = batch.left_out.iter().map(|l| ("left out", format!("{} {}: {}", l.app.name, l.cluster, l.short())));
    let mut before = "";
    let mut out = Vec::new();
    for (label, says) in std::iter::once(stop).chain(left) {
        for (i, part) in text::wrap(&says, width.saturating_sub(11)).into_iter().enumerate() {
            let label = if i == 0 && label != before { label } else { "" };
            out.push(Runs::new().gap(1).cell(Role::Muted, label, 9).add(Role::Text, part));
        }
        before = label;
    }
    out
}
