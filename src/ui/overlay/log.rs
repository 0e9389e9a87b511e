//! The log of the failing container, over the whole body.

use crate::app::overlay::LogView;
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

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
    let width = usize::from(area.width.saturating_sub(4)).max(1);
    let height = usize::from(area.height.saturating_sub(2)).max(1);
    let run = if log.previous { "previous run" } else { "this run" };
    let mut frame = Frame::new(true, format!("Log {}", log.pod.name)).also(Runs::of(Role::Text, format!("{}, {run}", log.container)));
    if view.searching || !view.search.is_empty() {
        let end = if view.searching { "_" } else { "" };
        frame = frame.also(Runs::of(Role::HintKey, "/").add(Role::Strong, format!("{}{end}", view.search)));
    }
    frame = frame.right(Runs::of(Role::Muted, format!("read {} ago", words::age(cx, log.at))));
    match &log.lines {
        Ok(lines) => {
            let last = lines.len().saturating_sub(height);
            let top = view.top.unwrap_or(last).min(lines.len().saturating_sub(1));
            let shown: Vec<String> = lines
                .iter()
                .skip(top)
                .take(height)
                .flat_map(|l| if view.wrap { text::fold(l, width) } else { vec![text::cut_end(l, width)] })
                .collect();
            // At the end the newest line must be seen, also when lines above it take several rows.
            let skip = if view.top.is_none() { shown.len().saturating_sub(height) } else { 0 };
            let follow = if view.top.is_none() { "at the end" } else { "G goes to the end" };
            let range = format!("{}-{} of {}", top + 1, (top + height).min(lines.len()), lines.len());
            let inner = frame
                .bottom(Runs::of(Role::Muted, range), Runs::of(Role::Muted, format!("{follow}  w wrap  / search  esc back")))
                .draw(canvas, area);
            for (y, line) in (inner.top()..inner.bottom()).zip(shown.iter().skip(skip)) {
                canvas.put(inner.x + 1, y, inner.width.saturating_sub(2), Role::Text, line);
                if !view.search.is_empty() {
                    canvas.find(Rect::new(inner.x, y, inner.width, 1), &view.search, Role::Found);
                }
            }
        }
        Err(cause) => {
            let inner = frame.draw(canvas, area);
            for (y, line) in (inner.top()..inner.bottom()).zip(text::wrap(cause, width)) {
                canvas.put(inner.x + 1, y, inner.width.saturating_sub(2), Role::Bad, &line);
            }
        }
    }
}
