//! What lies on top of the screen, one file each; 78 wide where there is room.

mod choose;
pub mod confirm;
mod lists;
mod log;
mod map;
mod message;
mod picker;
pub mod progress;
mod search;
mod staged;
mod themes;
mod views;

use super::Cx;
use super::canvas::Canvas;
use super::runs::Runs;
use super::widget::frame::Frame;
use super::widget::list::{centred, top_for};
use crate::app::key::{Key, KeyCode};
use crate::app::msg::Press;
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
        Overlay::Order { cursor } => choose::order(cx, canvas, area, *cursor),
        Overlay::Views { cursor, naming } => views::views(cx, canvas, area, *cursor, naming.as_deref()),
        Overlay::Map { target, cursor } => map::map(cx, canvas, area, target, *cursor),
        Overlay::Copy { cursor } => choose::copy(cx, canvas, area, *cursor),
        Overlay::Repositories { app, cursor } => choose::repositories(cx, canvas, area, app, *cursor),
        Overlay::Notices(view) => lists::notices(cx, canvas, area, *view),
        Overlay::Journal(view) => lists::journal(cx, canvas, area, *view),
        Overlay::Clusters { cursor } => lists::clusters(cx, canvas, area, *cursor),
        Overlay::Themes { cursor, .. } => themes::draw(cx, canvas, area, *cursor),
        Overlay::Picker(picker) => picker::draw(cx, canvas, area, picker),
        Overlay::Log(view) => log::draw(cx, canvas, area, view),
        Overlay::Message { title, lines } => message::message(cx, canvas, area, title, lines),
        Overlay::Acknowledge(dialog) => message::acknowledge(cx, canvas, area, dialog),
    }
}

/// Cells inside a box on this screen.
fn inside(area: Rect) -> usize {
    usize::from(area.width.min(WIDTH)).saturating_sub(2)
}

/// A list in a box: the lines between a head and a foot scroll with the cursor.
struct Listing {
    frame: Frame,
    head: Vec<Runs>,
    lines: Vec<Runs>,
    foot: Vec<Runs>,
    /// Lines of the entry under the cursor, first and last.
    cursor: (usize, usize),
}

impl Listing {
    fn draw(self, canvas: &mut Canvas, area: Rect) {
        let fixed = self.head.len() + self.foot.len() + 2;
        let wanted = u16::try_from(self.lines.len().max(1) + fixed).unwrap_or(u16::MAX);
        let place = centred(area, WIDTH, wanted.min(area.height));
        canvas.clear(place, Role::Text);
        let room = usize::from(place.height).saturating_sub(fixed).max(1);
        let top = top_for(self.cursor.1, 0, room, self.lines.len()).min(self.cursor.0);
        let mut frame = self.frame;
        frame.bottom_right = beyond(top, self.lines.len().saturating_sub(top + room));
        let inner = frame.draw(canvas, place);
        let mut all = self.head;
        all.extend(self.lines.into_iter().skip(top).take(room));
        all.extend(self.foot);
        canvas.lines(inner, &all, 0);
    }
}

/// `3 above, 47 more below`.
fn beyond(above: usize, below: usize) -> Runs {
    Runs::of(
        Role::Muted,
        match (above, below) {
            (0, 0) => String::new(),
            (0, below) => format!("{below} more below"),
            (above, 0) => format!("{above} more above"),
            (above, below) => format!("{above} above, {below} more below"),
        },
    )
}

/// Lines of a box that is as high as it needs to be; where the screen is lower they scroll, and the line with the focus stays in view.
#[derive(Default)]
struct Body {
    lines: Vec<Runs>,
    focus: Option<usize>,
    /// Where the text with the focus begins: of one higher than the box its beginning is shown.
    begins: Option<usize>,
    scroll: usize,
}

impl Body {
    fn of(lines: Vec<Runs>) -> Self {
        Self { lines, ..Self::default() }
    }

    fn add(&mut self, lines: Vec<Runs>, here: bool) {
        if here {
            self.begins = Some(self.lines.len());
        }
        self.lines.extend(lines);
        if here {
            self.focus = self.lines.len().checked_sub(1);
        }
    }
}

/// A box that always shows its last lines: buttons, and what enables them, must not fall off a low screen.
fn boxed(canvas: &mut Canvas, area: Rect, mut frame: Frame, body: &Body, last: &[Runs]) {
    let pinned = u16::try_from(last.len()).unwrap_or(u16::MAX);
    let wanted = u16::try_from(body.lines.len() + last.len() + 2).unwrap_or(u16::MAX);
    let place = centred(area, WIDTH, wanted);
    canvas.clear(place, Role::Text);
    let room = usize::from(place.height.saturating_sub(pinned + 2));
    let last_top = body.lines.len().saturating_sub(room);
    let top = match body.focus {
        Some(focus) => top_for(focus, body.scroll, room, body.lines.len()).min(body.begins.unwrap_or(focus)),
        None => body.scroll.min(last_top),
    };
    if last_top > 0 {
        let key = if top == 0 { "pgdn" } else { "pgup pgdn" };
        frame.bottom_right = Runs::of(Role::HintKey, key).gap(2).join(beyond(top, last_top - top));
    }
    let inner = frame.draw(canvas, place);
    canvas.lines(Rect { height: inner.height.saturating_sub(pinned), ..inner }, &body.lines, top);
    // On a screen lower than they are, the buttons win.
    for (y, line) in (inner.top()..inner.bottom()).rev().zip(last.iter().rev()) {
        canvas.runs(inner.x, y, inner.width, line);
    }
}

/// The only button of a box: Enter, or a click.
fn only_button(label: &str) -> Runs {
    let enter = Press::Key(Key::plain(KeyCode::Enter));
    Runs::of(Role::Strong, "> ").add(Role::ButtonFocus, format!("[ {label} ]")).presses(Some(enter))
}

/// The gutter of a list line.
fn pointer(here: bool) -> Runs {
    let sign = if here { Runs::of(Role::CursorGutter, ">") } else { Runs::new().gap(1) };
    Runs::new().gap(1).join(sign).gap(1)
}
