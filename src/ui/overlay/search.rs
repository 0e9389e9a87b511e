//! Lists made from the action table: help, palette, the actions of this row.

use super::{Listing, pointer};
use crate::app::keymap::{self, HelpLine};
use crate::app::overlay::help::Help;
use crate::app::overlay::palette::Palette;
use crate::theme::Role;
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::runs::{Runs, hints};
use crate::ui::widget::frame::Frame;
use crate::ui::words;
use ratatui::layout::Rect;

fn subject(cx: Cx) -> String {
    cx.state.row().map_or(String::new(), |r| format!("{} {}", r.app.id.name, words::runs_on(cx, r)))
}

fn off_or(line: &HelpLine, otherwise: &str) -> (Role, String) {
    match &line.off {
        Some(why) => (Role::ButtonOff, format!("off: {why}")),
        None => (Role::Text, otherwise.to_owned()),
    }
}

pub fn help(cx: Cx, canvas: &mut Canvas, area: Rect, help: &Help) {
    let all = keymap::help_lines(cx.state, &help.search);
    let (mut lines, mut group, mut cursor) = (Vec::new(), "", 0);
    for (i, line) in all.iter().enumerate() {
        if line.group != group {
            group = line.group;
            lines.push(Runs::new().gap(1).add(Role::Header, group.to_uppercase()));
        }
        let here = i == help.cursor;
        if here {
            cursor = lines.len();
        }
        let (role, says) = off_or(line, &line.help);
        let text = pointer(here).cell(Role::HintKey, &line.keys, 10).gap(1).cell(role, &line.title, 18).gap(1).cell(role, &says, 44);
        lines.push(text.over(here.then_some(Role::Cursor)));
    }
    if lines.is_empty() {
        lines.push(Runs::of(Role::Muted, " Nothing has all of these words."));
    }
    let end = if help.searching { "_" } else { "" };
    let search = Runs::new().gap(1).add(Role::HintKey, "/ ").add(Role::Strong, format!("{}{end}", help.search));
    let foot = vec![
        Runs::new()
            .gap(1)
            .join(hints([("enter", "runs the line"), ("/", "search"), ("tab", "next group")]))
            .gap(3)
            .add(Role::Muted, "made from the action table"),
    ];
    let frame = Frame::new(true, "Help").also(Runs::of(Role::Muted, "every key and action")).right(Runs::of(Role::Muted, "?"));
    Listing { frame, head: vec![search], lines, foot, cursor }.draw(canvas, area);
}

pub fn palette(cx: Cx, canvas: &mut Canvas, area: Rect, palette: &Palette) {
    let all = keymap::palette_lines(cx.state, &palette.input);
    let mut lines: Vec<Runs> = all
        .iter()
        .enumerate()
        .map(|(i, line)| {
            let here = i == palette.cursor;
            let (role, says) = off_or(line, &line.help);
            let text = pointer(here).cell(if line.off.is_some() { Role::ButtonOff } else { Role::Text }, &line.title, 32).gap(1);
            text.cell(Role::HintKey, &line.keys, 9).gap(1).cell(role, &says, 29).over(here.then_some(Role::Cursor))
        })
        .collect();
    if lines.is_empty() {
        lines.push(Runs::of(Role::Muted, " No action is called that."));
    }
    let head = vec![Runs::new().gap(1).add(Role::HintKey, ": ").add(Role::Strong, format!("{}_", palette.input))];
    let foot = vec![Runs::new().gap(1).join(hints([("enter", "runs or opens its plan"), ("tab", "completes"), ("esc", "closes")]))];
    let frame = Frame::new(true, "Command palette").also(Runs::of(Role::Muted, subject(cx))).right(Runs::of(Role::Muted, ":"));
    Listing { frame, head, lines, foot, cursor: palette.cursor }.draw(canvas, area);
}

/// The same lines as the palette shows for an empty input.
pub fn actions(cx: Cx, canvas: &mut Canvas, area: Rect, cursor: usize) {
    let all = keymap::palette_lines(cx.state, "");
    let lines = all
        .iter()
        .enumerate()
        .map(|(i, line)| {
            let (role, says) = off_or(line, &line.help);
            let text =
                pointer(i == cursor).cell(Role::HintKey, &line.keys, 8).gap(1).cell(role, &line.title, 22).gap(1).cell(role, &says, 42);
            text.over((i == cursor).then_some(Role::Cursor))
        })
        .collect();
    let foot = vec![Runs::new().gap(1).join(hints([("enter", "runs or opens its plan"), ("esc", "closes")]))];
    let frame = Frame::new(true, format!("Actions on {}", subject(cx))).right(Runs::of(Role::Muted, "x"));
    Listing { frame, head: Vec::new(), lines, foot, cursor }.draw(canvas, area);
}
