//! The one hint row: what works now, whole hints only; at the right end what runs.

use crate::app::hints::{self, Hint};
use crate::app::rollback::refused;
use crate::app::task::Task;
use crate::domain::plan::Outcome;
use crate::theme::{Role, Sign};
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::runs::{Runs, hint};
use crate::ui::words;
use ratatui::layout::Rect;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect) {
    let room = usize::from(area.width);
    let list = hints::now(cx.state);
    let (list, end) = match task(cx) {
        Some(end) => (list, end),
        None if area.width < 100 => split_help(list),
        None => (list, Runs::of(Role::Muted, "no task")),
    };
    // Keys that a step or a dialog needs are all shown; on the main screen a task gets two fifths at most.
    let kept = if hints::are_needed(cx.state) { room } else { room.saturating_sub(end.width() + 2).max(room * 3 / 5) };
    let mut left = Runs::new().gap(1);
    for h in keep(&list, kept) {
        if left.width() > 1 {
            left = left.gap(2);
        }
        left = left.join(hint(&h.key, &h.label));
    }
    let rest = room.saturating_sub(left.width() + 2);
    canvas.runs(area.x, area.y, area.width, &left);
    if end.width() <= rest || rest >= 12 {
        canvas.right(area, area.y, &end.cut(rest));
    }
}

/// Help moves to the right end where nothing else is to be said.
fn split_help(mut list: Vec<Hint>) -> (Vec<Hint>, Runs) {
    match list.iter().position(|h| h.key == "?") {
        Some(at) => {
            let help = list.remove(at);
            (list, hint(&help.key, &help.label))
        }
        None => (list, Runs::new()),
    }
}

/// The most useful hints that fit; the way to all others (`:` and `?`) goes last.
fn keep(list: &[Hint], room: usize) -> Vec<&Hint> {
    let cells = |h: &Hint| crate::ui::text::width(&h.key) + crate::ui::text::width(&h.label) + 3;
    let always = |h: &Hint| matches!(h.key.as_str(), ":" | "?" | "esc");
    let mut used = 1 + list.iter().filter(|h| always(h)).map(&cells).sum::<usize>();
    if used > room {
        used = 1;
        return list
            .iter()
            .take_while(|h| {
                used += cells(h);
                used <= room + 2
            })
            .collect();
    }
    let mut full = false;
    list.iter()
        .filter(|h| {
            if always(h) {
                return true;
            }
            full = full || used + cells(h) > room + 2;
            if !full {
                used += cells(h);
            }
            !full
        })
        .collect()
}

/// The newest task that still runs, how many more there are, or the one that ended last within a minute.
fn task(cx: Cx) -> Option<Runs> {
    let all = || cx.state.tasks.iter().filter(|t| t.part_of.is_none());
    let running: Vec<&Task> = all().filter(|t| t.is_running()).collect();
    let recent = |t: &&Task| t.ended.as_ref().is_some_and(|(at, _, _)| crate::domain::duration::seconds_between(*at, cx.state.now) < 60);
    let shown = running.last().copied().or_else(|| all().rev().find(recent))?;
    let mut out = task_line(cx, shown);
    if running.len() > 1 {
        out = out.add(Role::Muted, format!("  +{} more", running.len() - 1));
    }
    Some(out)
}

/// `↻ 7 roll back payments 0 of 3 healthy`.
pub fn task_line(cx: Cx, task: &Task) -> Runs {
    let (role, sign) = match (&task.ended, &task.outcome) {
        (Some((_, true, _)), _) => (Role::Ok, Sign::Ok),
        (Some((_, false, _)), _) | (None, Some(Outcome::Failed { .. } | Outcome::Refused { .. })) => (Role::Bad, Sign::Bad),
        (None, Some(Outcome::Unknown { .. })) => (Role::Unknown, Sign::Unknown),
        (None, _) => (Role::Busy, Sign::Busy),
    };
    let news = match (&task.ended, &task.follow) {
        // Its own screen says why.
        _ if refused::task(cx.state).is_some_and(|t| t.id == task.id) => refused::word(task).to_owned(),
        (Some((_, _, text)), _) => text.clone(),
        (None, _) if let Some(batch) = &task.batch => batch.news(),
        (None, Some(follow)) => {
            let healthy = follow
                .rows
                .iter()
                .filter(|r| matches!(r.healthy, crate::app::rollback::Arrival::At(_) | crate::app::rollback::Arrival::Same));
            format!("{} of {} healthy", healthy.count(), follow.rows.len())
        }
        (None, None) => task.lines.last().map_or_else(|| task.place.clone(), |l| l.text.clone()),
    };
    let sign = if sign == Sign::Busy { words::waiting(cx, task.started_at) } else { cx.theme.sign(sign) };
    Runs::of(role, sign).gap(1).add(Role::Text, format!("{} {} {news}", task.id.0, task.title))
}
