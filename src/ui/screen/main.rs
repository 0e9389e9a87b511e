//! The main screen: header, strip or lists, apps, details.

use super::{header, strip};
use crate::app::layout;
use crate::ui::canvas::Canvas;
use crate::ui::{Cx, pane};
use ratatui::layout::Rect;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect) {
    let plan = layout::main_in(cx.state, area.width, area.height);
    header::main(cx, canvas, plan.header, plan.form);
    if plan.strip.height > 0 {
        strip::draw(cx, canvas, plan.strip);
    }
    if !plan.clusters.is_empty() {
        pane::clusters::draw(cx, canvas, plan.clusters);
    }
    if !plan.apps.is_empty() && plan.repos != plan.apps {
        pane::apps::draw(cx, canvas, plan.apps);
    }
    if !plan.repos.is_empty() {
        pane::repos::draw(cx, canvas, plan.repos);
    }
    if !plan.details.is_empty() {
        pane::details::draw(cx, canvas, plan.details, plan.form);
    }
}
