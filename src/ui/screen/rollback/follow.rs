//! Step 5: where the commit has arrived, app by app; then how it ended.

use crate::app::rollback::{Arrival, Follow, FollowRow, Rollback};
use crate::app::task::Task;
use crate::domain::Timestamp;
use crate::domain::duration::{long_age, seconds_between};
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::runs::{Runs, hints};
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, screen: &Rollback) {
    let task = screen.task.and_then(|id| cx.state.task(id));
    let Some((task, follow)) = task.and_then(|t| t.follow.as_ref().map(|f| (t, f))) else {
        return super::wait(cx, canvas, area, "Follow", "Waiting for the push", screen);
    };
    let width = usize::from(area.width.saturating_sub(2));
    let mut lines = vec![head(width)];
    lines.extend(follow.rows.iter().flat_map(|r| row(cx, follow, r, width)));
    lines.push(Runs::new());
    lines.extend(legend(width).map(|l| Runs::new().gap(1).add(Role::Muted, l).cut(width)));
    lines.extend(end(cx, task, follow).into_iter().map(|l| l.cut(width)));
    let healthy = follow.rows.iter().filter(|r| matches!(r.healthy, Arrival::At(_) | Arrival::Same)).count();
    let since = long_age(seconds_between(follow.pushed_at, follow.done_at.unwrap_or(cx.state.now)));
    let state = format!("{healthy} of {} healthy, {since} since the push", follow.rows.len());
    let frame = Frame::new(true, format!("Follow {}", words::revision(&follow.commit)));
    let what = format!("revert of {}, {} {}", follow.reverts.join(" "), follow.repo.short(), follow.branch);
    let (frame, state) = (frame.also(Runs::of(Role::Muted, what)), Runs::of(Role::Text, state));
    let frame = if width >= WIDE { frame.right(state) } else { frame.bottom(Runs::new(), state) };
    let inner = frame.draw(canvas, area);
    canvas.lines(inner, &lines, usize::from(screen.scroll));
}

/// From here on each stage has a column; below, one STAGE column says the furthest.
const WIDE: usize = 110;

fn head(width: usize) -> Runs {
    let line = Runs::new().gap(1).cell(Role::Header, "CLUSTER", 12).cell(Role::Header, "APP", 14).cell(Role::Header, "ENG", 6);
    if width >= WIDE {
        let line = line.cell(Role::Header, "PUSHED", 13).cell(Role::Header, "FETCHED", 13).cell(Role::Header, "APPLIED", 13);
        return line.cell(Role::Header, "HEALTHY", 13).add(Role::Header, "NOW");
    }
    line.cell(Role::Header, "STAGE", 18).add(Role::Header, "NOW")
}

/// How the columns are to be read: the times are those of the commit, the words those of the app.
fn legend(width: usize) -> [&'static str; 2] {
    let stages = if width >= WIDE {
        "FETCHED, APPLIED, HEALTHY: how long after the push this commit got there"
    } else {
        "STAGE: how far this commit got, and how long after the push"
    };
    [stages, "NOW: what the app says at this moment"]
}

/// One app, what it says now in as many lines as that takes.
fn row(cx: Cx, follow: &Follow, row: &FollowRow, width: usize) -> Vec<Runs> {
    let role = if row.late { Role::Attention } else { Role::Text };
    let says = if row.late { format!("! {}", row.now) } else { row.now.clone() };
    let start = stages(cx, follow, row, width);
    let before = start.width();
    let mut first = Some(start);
    let mut start = || first.take().unwrap_or_else(|| Runs::new().gap(before));
    text::wrap(&says, width.saturating_sub(before + 1)).into_iter().map(|l| start().add(role, l).cut(width)).collect()
}

fn stages(cx: Cx, follow: &Follow, row: &FollowRow, width: usize) -> Runs {
    let line = Runs::new().gap(1).name(Role::Text, &row.runs_on, 11).gap(1).name(Role::Text, &row.app.name, 13).gap(1);
    let line = line.cell(Role::Muted, row.app.kind.short(), 6);
    if width >= WIDE {
        let pushed = words::sign_word(cx, (Role::Ok, Sign::Ok), &words::time(cx, follow.pushed_at), 13);
        let stages = [&row.fetched, &row.applied, &row.healthy];
        let line = line.join(pushed);
        // Only the first stage that has not been reached is being worked on.
        let first = stages.iter().position(|a| matches!(a, Arrival::Waits));
        return stages.iter().enumerate().fold(line, |l, (i, a)| l.join(arrival(cx, follow.pushed_at, a, first == Some(i), 13)));
    }
    let (word, arrived) = match (&row.healthy, &row.applied) {
        (h, _) if !matches!(h, Arrival::Waits) => ("healthy", h),
        (_, a) if !matches!(a, Arrival::Waits) => ("applied", a),
        _ => ("fetched", &row.fetched),
    };
    let busy = matches!(arrived, Arrival::Waits);
    line.join(Runs::new().add(Role::Muted, word).gap(1).join(arrival(cx, follow.pushed_at, arrived, busy, 10))).to(51)
}

fn arrival(cx: Cx, pushed: Timestamp, arrival: &Arrival, working: bool, cells: usize) -> Runs {
    match arrival {
        Arrival::At(at) => words::sign_word(cx, (Role::Ok, Sign::Ok), &format!("+{}", long_age(seconds_between(pushed, *at))), cells),
        Arrival::Same => words::sign_word(cx, (Role::Ok, Sign::Ok), "same", cells),
        Arrival::Bad => words::sign_word(cx, (Role::Bad, Sign::Bad), "failed", cells),
        Arrival::Unknown => words::sign_word(cx, (Role::Unknown, Sign::Unknown), "-", cells),
        Arrival::Waits if working => words::sign_word(cx, (Role::Busy, Sign::Busy), &words::age(cx, pushed), cells),
        Arrival::Waits => Runs::new().cell(Role::Muted, "-", cells),
    }
}

fn end(cx: Cx, task: &Task, follow: &Follow) -> Vec<Runs> {
    let Some((at, good, text)) = &task.ended else {
        let keys = hints([("b", "background (b on its task comes back)"), ("L", "log"), ("d", "live diff")]);
        return vec![Runs::new().gap(1).cell(Role::Muted, "next", 6).gap(1).join(keys)];
    };
    let (role, sign) = if *good { (Role::Ok, Sign::Ok) } else { (Role::Bad, Sign::Bad) };
    let took = long_age(seconds_between(follow.pushed_at, *at));
    vec![
        Runs::new()
            .gap(1)
            .add(role, cx.theme.sign(sign))
            .gap(1)
            .add(Role::Strong, text.clone())
            .gap(3)
            .add(Role::Muted, words::time(cx, *at)),
        Runs::new()
            .gap(1)
            .cell(Role::Muted, "time", 6)
            .gap(1)
            .add(Role::Text, format!("pushed {}, ended {} ({took})", words::time(cx, follow.pushed_at), words::time(cx, *at))),
        Runs::new()
            .gap(1)
            .cell(Role::Muted, "next", 6)
            .gap(1)
            .join(hints([("u", "revert this revert (same steps)"), ("esc", "back to the apps")])),
    ]
}
