//! The log of the failing container, over the whole body.

use crate::app::fleet::LogText;
use crate::app::log::{following, is_beside, silence};
use crate::app::overlay::LogView;
use crate::domain::cluster::Link;
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

/// "payments", "proxy (2 of 3)".
fn container(log: &LogText) -> String {
    match log.containers.iter().position(|c| *c == log.container) {
        Some(at) if log.containers.len() > 1 => format!("{} ({} of {})", log.container, at + 1, log.containers.len()),
        _ => log.container.clone(),
    }
}

/// What to say of a log that is followed: in the title, and at its right end.
fn follow(cx: Cx, log: &LogText, view: &LogView) -> Option<(Runs, Runs)> {
    let following = following(cx.state).filter(|f| f.pod == log.pod && f.container == log.container)?;
    let dropped = if following.dropped > 0 { format!(", {} lines dropped", following.dropped) } else { String::new() };
    let newest = match following.last_at {
        Some(at) => format!("last line {} ago{dropped}", words::age(cx, at)),
        None => format!("no line for {}", words::age(cx, following.since)),
    };
    if let Some(why) = &following.ended {
        return Some((Runs::of(Role::Attention, why.clone()), Runs::of(Role::Muted, newest)));
    }
    let cluster = cx.state.row().and_then(|row| cx.state.fleet.clusters.get(row.app.destination.cluster.as_ref()?));
    let is_silent = cluster.is_some_and(|c| matches!(c.link, Link::Connecting { .. } | Link::Unreachable { .. }));
    let title = match (is_silent, view.top) {
        (true, _) => Runs::of(Role::Attention, "following, but the cluster does not answer"),
        (false, Some(_)) => Runs::of(Role::Busy, "following, held where you read"),
        (false, None) => Runs::of(Role::Busy, "following"),
    };
    Some((title, Runs::of(Role::Muted, newest)))
}

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, view: &LogView) {
    canvas.clear(area, Role::Text);
    let Some(log) = &cx.state.fleet.detail.log else {
        let inner = Frame::new(true, "Log").draw(canvas, area);
        let age = view.opened_at.map_or(String::new(), |at| format!(", {}", words::age(cx, at)));
        let line = Runs::new()
            .gap(1)
            .add(Role::Busy, view.opened_at.map_or(cx.theme.sign(Sign::Busy), |at| words::waiting(cx, at)))
            .gap(1)
            .add(Role::Text, format!("Reading the log{age}. esc closes."));
        canvas.runs(inner.x, inner.y, inner.width, &line);
        return;
    };
    let run = if log.previous { "previous run" } else { "this run" };
    let mut frame = Frame::new(true, format!("Log {}", log.pod.name)).also(Runs::of(Role::Text, format!("{}, {run}", container(log))));
    if view.searching || !view.search.is_empty() {
        let end = if view.searching { "_" } else { "" };
        frame = frame.also(Runs::of(Role::HintKey, "/").add(Role::Strong, format!("{}{end}", view.search)));
    }
    let told = follow(cx, log, view);
    frame = match &told {
        Some((title, _)) => frame.also(title.clone()),
        None => frame,
    };
    frame = frame.right(told.map_or_else(|| Runs::of(Role::Muted, format!("read {} ago", words::age(cx, log.at))), |(_, right)| right));
    match &log.lines {
        Ok(lines) if lines.is_empty() => {
            let frame = frame.bottom(Runs::new(), Runs::of(Role::Muted, "f follow  r read again  esc back"));
            sentence(canvas, area, frame, Role::Text, &silence(cx.state, log));
        }
        Ok(lines) => put_lines(cx, canvas, area, (frame, view), (log, lines)),
        Err(cause) => sentence(canvas, area, frame, Role::Bad, cause),
    }
}

fn sentence(canvas: &mut Canvas, area: Rect, frame: Frame, role: Role, says: &str) {
    let inner = frame.draw(canvas, area);
    let width = inner.width.saturating_sub(2);
    for (y, line) in (inner.top()..inner.bottom()).zip(text::wrap(says, usize::from(width).max(1))) {
        canvas.put(inner.x + 1, y, width, role, &line);
    }
}

fn put_lines(cx: Cx, canvas: &mut Canvas, area: Rect, (frame, view): (Frame, &LogView), (log, lines): (&LogText, &[String])) {
    let width = usize::from(area.width.saturating_sub(4)).max(1);
    // In the title it would be the first to go where there is little room.
    let beside = u16::from(is_beside(cx.state, log));
    let height = usize::from(area.height.saturating_sub(2 + beside)).max(1);
    let last = lines.len().saturating_sub(height);
    let top = view.top.unwrap_or(last).min(lines.len().saturating_sub(1));
    let fold = |l: &String| if view.wrap { text::fold(l, width) } else { vec![text::cut_end(l, width)] };
    let shown: Vec<String> = lines.iter().skip(top).take(height).flat_map(fold).collect();
    // At the end the newest line must be seen, also when lines above it take several rows.
    let skip = if view.top.is_none() { shown.len().saturating_sub(height) } else { 0 };
    let key = if following(cx.state).is_some_and(|f| f.ended.is_none()) { "stop" } else { "follow" };
    let end = if view.top.is_none() { "at the end" } else { "G goes to the end" };
    let range = format!("{}-{} of {}", top + 1, (top + height).min(lines.len()), lines.len());
    let hints = Runs::of(Role::Muted, format!("{end}  f {key}  w wrap  / search  esc back"));
    let inner = frame.bottom(Runs::of(Role::Muted, range), hints).draw(canvas, area);
    let room = inner.width.saturating_sub(2);
    if beside > 0 {
        canvas.put(inner.x + 1, inner.y, room, Role::Attention, "! this pod is healthy: what failed left no pod here");
    }
    for (y, line) in (inner.top() + beside..inner.bottom()).zip(shown.iter().skip(skip)) {
        canvas.put(inner.x + 1, y, room, Role::Text, line);
        if !view.search.is_empty() {
            canvas.find(Rect::new(inner.x, y, inner.width, 1), &view.search, Role::Found);
        }
    }
}
