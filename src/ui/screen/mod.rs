//! The whole screen: header, what fills the body, hints, overlays on top.

mod diff;
mod drift;
mod filter;
mod header;
mod hints;
mod main;
mod matrix;
mod rollback;
mod said;
mod strip;
mod timeline;

use super::Cx;
use super::canvas::{Canvas, Hits};
use super::overlay;
use crate::app::layout::{Form, form};
use crate::app::state::{AppState, Screen};
use crate::theme::{Role, Theme};
use ratatui::Frame;
use ratatui::layout::Rect;

/// Draws the state into a frame of any size; the frame's size counts, not the one the state remembers.
pub fn draw(frame: &mut Frame, state: &AppState, theme: &Theme) {
    draw_with_hits(frame, state, theme);
}

/// As `draw`, and says what a click does where.
pub fn draw_with_hits(frame: &mut Frame, state: &AppState, theme: &Theme) -> Hits {
    let area = frame.area();
    if area.is_empty() {
        return Hits::default();
    }
    let cx = Cx { state, theme };
    let mut canvas = Canvas::new(frame.buffer_mut(), theme);
    canvas.clear(area, Role::Text);
    if form(area.width, area.height) == Form::Tiny {
        header::tiny(cx, &mut canvas, area);
        return Hits::default();
    }
    let body = Rect::new(area.x, area.y + 1, area.width, area.height.saturating_sub(2));
    let header = Rect::new(area.x, area.y, area.width, 1);
    match &state.screen {
        Screen::Main => {
            main::draw(cx, &mut canvas, area);
            if state.view.filter.editing {
                filter::draw(cx, &mut canvas, body);
            }
        }
        Screen::Diff(screen) => {
            header::steps(cx, &mut canvas, header, diff::crumbs(cx, screen, area.width));
            diff::draw(cx, &mut canvas, body, screen);
        }
        Screen::Rollback(screen) => {
            header::steps(cx, &mut canvas, header, rollback::crumbs(screen, area.width));
            rollback::draw(cx, &mut canvas, body, screen);
        }
        Screen::Timeline => {
            header::steps(cx, &mut canvas, header, timeline::crumbs());
            timeline::draw(cx, &mut canvas, body);
        }
        Screen::Matrix => {
            header::steps(cx, &mut canvas, header, matrix::crumbs());
            matrix::draw(cx, &mut canvas, body);
        }
        Screen::Drift => {
            header::steps(cx, &mut canvas, header, drift::crumbs(cx));
            drift::draw(cx, &mut canvas, body);
        }
    }
    hints::draw(cx, &mut canvas, Rect::new(area.x, area.bottom() - 1, area.width, 1));
    for layer in &state.overlays {
        overlay::draw(cx, &mut canvas, body, layer);
    }
    said::draw(cx, &mut canvas, area);
    canvas.hits()
}
