//! Themes: the screen behind changes as the cursor moves.

use super::{Listing, inside, pointer};
use crate::app::msg::Press;
use crate::theme::{BUILTIN, Role, Sign, Theme};
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use ratatui::layout::Rect;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, cursor: usize) {
    let names = &cx.state.settings.themes;
    let lines = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let here = i == cursor;
            let ours = BUILTIN.iter().any(|(n, _)| n == name);
            let about =
                if here { cx.theme.about.clone() } else { Theme::load(name, &[], cx.theme.depth).map(|t| t.about).unwrap_or_default() };
            let about = if ours { about } else { "yours".into() };
            pointer(here)
                .cell(Role::Text, name, 22)
                .gap(1)
                .cell(Role::Muted, &about, inside(area).saturating_sub(26))
                .over(here.then_some(Role::Cursor))
                .line(Press::Line(i))
        })
        .collect();
    let sample = |list: &[(Role, Sign, &str)]| {
        list.iter().fold(Runs::new().gap(1), |l, (role, sign, word)| l.add(*role, format!("{} {word}", cx.theme.sign(*sign))).gap(2))
    };
    let foot = vec![
        Runs::new(),
        sample(&[
            (Role::Ok, Sign::Ok, "Synced"),
            (Role::Drift, Sign::Drift, "OutOfSync"),
            (Role::Busy, Sign::Busy, "Progressing"),
            (Role::Bad, Sign::Bad, "Degraded"),
            (Role::Missing, Sign::Missing, "Missing"),
        ]),
        sample(&[(Role::Held, Sign::Held, "Suspended"), (Role::Unknown, Sign::Unknown, "Unknown")])
            .add(Role::DiffRemoved, "- removed")
            .gap(2)
            .add(Role::DiffAdded, "+ added")
            .gap(2)
            .add(Role::Protected, "PROTECTED")
            .gap(2)
            .add(Role::ButtonFocus, "[ Cancel ]"),
        Runs::of(Role::Muted, " the screen behind changes as you move; enter keeps, esc puts back"),
        Runs::of(Role::Muted, format!(" depth {}   glyphs {}", cx.theme.depth.word(), if cx.theme.ascii { "ascii" } else { "unicode" })),
    ];
    let frame = Frame::new(true, "Themes").also(Runs::of(Role::Muted, names.len().to_string())).right(Runs::of(Role::Muted, ":theme"));
    Listing { frame, head: Vec::new(), lines, foot, cursor: (cursor, cursor) }.draw(canvas, area);
}
