//! What lies on top of the screen, one file each; 78 wide where there is room.

pub mod confirm;
mod lists;
mod log;
mod message;
mod picker;
pub mod progress;
mod search;
mod themes;

use super::Cx;
use super::canvas::Canvas;
use super::runs::Runs;
use super::widget::frame::Frame;
use super::widget::list::{centred, top_for};
use crate::app::overlay::Overlay;
use crate::theme::Role;
use ratatui::layout::Rect;

/// The width of a dialog: the same at 80 columns and at 160.
pub const WIDTH: u16 = 78;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, overlay: &Overlay) {
    match overlay {
        Overlay::Confirm(dialog) => confirm::draw(cx, canvas, area, dialog, None),
        Overlay::Progress(id) => progress::draw(cx, canvas, area, *id),
        Overlay::Help(help) => search::help(cx, canvas, area, help),
        Overlay::Palette(palette) => search::palette(cx, canvas, area, palette),
        Overlay::Actions { cursor } => search::actions(cx, canvas, area, *cursor),
        Overlay::Notices(view) => lists::notices(cx, canvas, area, *view),
        Overlay::Journal(view) => lists::journal(cx, canvas, area, *view),
        Overlay::Clusters { cursor } => lists::clusters(cx, canvas, area, *cursor),
        Overlay::Themes { cursor, .. } => themes::draw(cx, canvas, area, *cursor),
        Overlay::Picker(picker) => picker::draw(cx, canvas, area, picker),
        Overlay::Log(view) => log::draw(cx, canvas, area, view),
        Overlay::Message { title, lines } => message::message(cx, canvas, area, title, lines),
        Overlay::Acknowledge { app, input } => message::acknowledge(cx, canvas, area, app, input),
    }
}

/// A list in a box: the lines between a head and a foot scroll with the cursor.
struct Listing {
    frame: Frame,
    head: Vec<Runs>,
    lines: Vec<Runs>,
    foot: Vec<Runs>,
    /// Line under the cursor.
    cursor: usize,
}

impl Listing {
    fn draw(self, canvas: &mut Canvas, area: Rect) {
        let fixed = self.head.len() + self.foot.len() + 2;
        let wanted = u16::try_from(self.lines.len().max(1) + fixed).unwrap_or(u16::MAX);
        let place = centred(area, WIDTH, wanted.min(area.height));
        canvas.clear(place, Role::Text);
        let room = usize::from(place.height).saturating_sub(fixed).max(1);
        let top = top_for(self.cursor, 0, room, self.lines.len());
        let below = self.lines.len().saturating_sub(top + room);
        let mut frame = self.frame;
        if below > 0 {
            frame.bottom_right = Runs::of(Role::Muted, format!("{below} more below"));
        }
        let inner = frame.draw(canvas, place);
        let mut all = self.head;
        all.extend(self.lines.into_iter().skip(top).take(room));
        all.extend(self.foot);
        canvas.lines(inner, &all, 0);
    }
}

/// A box with lines that always shows its last line: buttons must not fall off a low screen.
fn boxed(canvas: &mut Canvas, area: Rect, frame: Frame, mut body: Vec<Runs>, last: Runs) {
    let wanted = u16::try_from(body.len() + 3).unwrap_or(u16::MAX);
    let place = centred(area, WIDTH, wanted);
    canvas.clear(place, Role::Text);
    let inner = frame.draw(canvas, place);
    let room = usize::from(inner.height.saturating_sub(1));
    if body.len() > room {
        body.truncate(room.saturating_sub(1));
        body.push(Runs::of(Role::Attention, "   more does not fit: make the window higher to read all of it"));
    }
    canvas.lines(Rect { height: inner.height.saturating_sub(1), ..inner }, &body, 0);
    if inner.height > 0 {
        canvas.runs(inner.x, inner.bottom() - 1, inner.width, &last);
    }
}

/// The gutter of a list line.
fn pointer(here: bool) -> Runs {
    let sign = if here { Runs::of(Role::CursorGutter, ">") } else { Runs::new().gap(1) };
    Runs::new().gap(1).join(sign).gap(1)
}
