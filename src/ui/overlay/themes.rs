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
    let sign = |role, sign: Sign, word: &str| Runs::of(role, format!("{} {word}", cx.theme.sign(sign)));
    let samples = [
        sign(Role::Ok, Sign::Ok, "Synced"),
        sign(Role::Drift, Sign::Drift, "OutOfSync"),
        sign(Role::Busy, Sign::Busy, "Progressing"),
        sign(Role::Bad, Sign::Bad, "Degraded"),
        sign(Role::Missing, Sign::Missing, "Missing"),
        sign(Role::Held, Sign::Held, "Suspended"),
        sign(Role::Unknown, Sign::Unknown, "Unknown"),
        Runs::of(Role::DiffRemoved, "- removed"),
        Runs::of(Role::DiffAdded, "+ added"),
        Runs::of(Role::Protected, "PROTECTED"),
        Runs::of(Role::Strong, "> cursor"),
        Runs::of(Role::ButtonFocus, "[ Cancel ]"),
    ];
    let mut foot = vec![Runs::new()];
    foot.extend(packed(samples, inside(area).saturating_sub(1)));
    foot.push(Runs::of(Role::Muted, " the screen behind changes as you move; enter keeps, esc puts back").cut(inside(area)));
    let (glyphs, motion) = (if cx.theme.ascii { "ascii" } else { "unicode" }, if cx.state.settings.motion { "on" } else { "off" });
    foot.push(Runs::of(Role::Muted, format!(" depth {}   glyphs {glyphs}   motion {motion}", cx.theme.depth.word())).cut(inside(area)));
    let frame = Frame::new(true, "Themes").also(Runs::of(Role::Muted, names.len().to_string())).right(Runs::of(Role::Muted, ":theme"));
    Listing { frame, head: Vec::new(), lines, foot, cursor: (cursor, cursor) }.draw(canvas, area);
}

/// Samples beside each other, as many lines as they need.
fn packed(samples: impl IntoIterator<Item = Runs>, cells: usize) -> Vec<Runs> {
    let mut lines = vec![Runs::new().gap(1)];
    for sample in samples {
        if let Some(last) = lines.last_mut().filter(|l| l.width() + 2 + sample.width() <= cells) {
            let gap = if last.width() > 1 { 2 } else { 0 };
            *last = std::mem::take(last).gap(gap).join(sample);
        } else {
            lines.push(Runs::new().gap(1).join(sample));
        }
    }
    lines
}
