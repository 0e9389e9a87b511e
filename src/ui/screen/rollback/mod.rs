//! The five steps of a rollback under one breadcrumb.

mod follow;
mod preview;
mod suspects;

use crate::app::rollback::{Rollback, Stage};
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::overlay;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::widget::list::centred;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

pub fn crumbs(screen: &Rollback, width: u16) -> Vec<Runs> {
    let app = &screen.target.app;
    let name = format!("{} {} {}", app.name, screen.target.runs_on, app.kind.short());
    let start =
        Runs::new().gap(1).add(Role::Muted, "Apps > ").add(Role::Strong, name).add(Role::Muted, " > ").add(Role::Title, "Roll back");
    let mut steps = Runs::new();
    for (i, stage) in Stage::ALL.into_iter().enumerate() {
        let text = format!("{} {}", i + 1, stage.word());
        steps = if steps.is_empty() { steps } else { steps.gap(2) };
        steps = if stage == screen.stage { steps.add(Role::TabActive, format!("[{text}]")) } else { steps.add(Role::Tab, text) };
    }
    let at = Stage::ALL.iter().position(|s| *s == screen.stage).unwrap_or(0) + 1;
    let short = start.clone().gap(2).add(Role::TabActive, format!("[step {at}/5: {}]", screen.stage.word()));
    let wide = start.clone().gap(if width >= 140 { 5 } else { 2 }).join(steps);
    vec![wide, short, start]
}

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, screen: &Rollback) {
    if let Some(trouble) = &screen.trouble {
        return draw_trouble(cx, canvas, area, screen, trouble);
    }
    match screen.stage {
        Stage::Suspects => suspects::draw(cx, canvas, area, screen),
        Stage::Preview => preview::draw(cx, canvas, area, screen),
        Stage::Plan => match &screen.plan {
            Some(confirm) => overlay::confirm::draw(cx, canvas, area, confirm, Some("3 plan")),
            None => wait(cx, canvas, area, "Roll back", "Making the plan", screen),
        },
        Stage::Push => match screen.task.and_then(|id| cx.state.task(id)) {
            Some(task) => overlay::progress::draw_titled(cx, canvas, area, task, &format!("Roll back {} ━ 4 push", screen.target.app.name)),
            None => wait(cx, canvas, area, "Roll back", "Starting the push", screen),
        },
        Stage::Follow => follow::draw(cx, canvas, area, screen),
    }
    if screen.editing {
        edit_message(cx, canvas, area, screen);
    }
}

/// A pane that waits for an answer says what for, and since when.
fn wait(cx: Cx, canvas: &mut Canvas, area: Rect, title: &str, what: &str, screen: &Rollback) {
    let inner = Frame::new(true, title).draw(canvas, area);
    let line = Runs::new().gap(1).add(Role::Busy, words::waiting(cx, screen.opened_at)).gap(1);
    let line = line.add(Role::Text, format!("{what}, {}. Nothing is written yet; esc goes back.", words::age(cx, screen.opened_at)));
    canvas.runs(inner.x, inner.y, inner.width, &line);
}

fn draw_trouble(cx: Cx, canvas: &mut Canvas, area: Rect, screen: &Rollback, trouble: &crate::app::msg::RollbackTrouble) {
    let body: Vec<Runs> = text::wrap(&trouble.text, 74).into_iter().map(|l| Runs::new().gap(1).add(Role::Text, l)).collect();
    let height = u16::try_from(body.len() + trouble.next.len() + 5).unwrap_or(u16::MAX);
    let frame = Frame::new(true, format!("Roll back {}", screen.target.app.name)).also(Runs::of(Role::Bad, "stopped"));
    let inner = frame.bottom(Runs::of(Role::Muted, "nothing was written"), Runs::new()).draw(canvas, centred(area, 78, height));
    let mut lines = vec![Runs::new().gap(1).add(Role::Bad, cx.theme.sign(Sign::Bad)).gap(1).add(Role::Strong, trouble.headline.clone())];
    lines.extend(body);
    lines.push(Runs::new());
    for (key, what) in &trouble.next {
        lines.push(Runs::new().gap(1).cell(Role::HintKey, key, 7).gap(1).add(Role::Text, what.clone()));
    }
    canvas.lines(inner, &lines, 0);
}

fn edit_message(_cx: Cx, canvas: &mut Canvas, area: Rect, screen: &Rollback) {
    let lines = screen.message.lines();
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).clamp(8, 20);
    let place = centred(area, 78, height);
    canvas.clear(place, Role::Text);
    let frame = Frame::new(true, "Commit message").bottom(Runs::of(Role::Muted, "esc keeps it"), Runs::new());
    let inner = frame.draw(canvas, place);
    let cursor = screen.message.cursor();
    let (row, column) = (cursor.0, cursor.1);
    let top = row.saturating_sub(usize::from(inner.height.saturating_sub(1)));
    for (i, (y, line)) in (inner.top()..inner.bottom()).zip(lines.iter().skip(top)).enumerate() {
        canvas.put(inner.x + 1, y, inner.width.saturating_sub(2), Role::Text, line);
        if i + top == row {
            let before: String = line.chars().take(column).collect();
            let x = inner.x.saturating_add(1).saturating_add(u16::try_from(text::width(&before)).unwrap_or(0));
            canvas.lay(Rect::new(x, y, 1, 1), Role::ButtonFocus);
        }
    }
}
