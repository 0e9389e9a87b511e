//! Lists made from the action table: help, palette, the actions of this row. The entry under the cursor is shown whole.

use super::{Listing, inside, pointer};
use crate::app::keymap::{self, HelpLine};
use crate::app::msg::Press;
use crate::app::overlay::help::Help;
use crate::app::overlay::palette::Palette;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::runs::{Runs, hints_in};
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

/// Cells of the gutter, and the gap between columns.
const GUTTER: usize = 3;
/// Of the longest name of an action.
const TITLE: usize = 21;

fn subject(cx: Cx) -> String {
    cx.state.row().map_or(String::new(), |r| format!("{} {}", r.app.id.name, words::runs_on(cx, r)))
}

/// Which column comes first, and how wide the two before the text are.
struct Table {
    keys_first: bool,
    /// Every entry is shown whole, not only the one under the cursor: the list is there to be read.
    is_whole: bool,
    keys: usize,
    title: usize,
    width: usize,
}

impl Table {
    /// One line, or as many as the whole text of the entry under the cursor needs.
    fn entry(&self, line: &HelpLine, here: bool) -> Vec<Runs> {
        let (role, says) = match &line.off {
            Some(why) => (Role::ButtonOff, format!("off: {why}")),
            None => (Role::Text, line.help.clone()),
        };
        let rest = self.width.saturating_sub(GUTTER + self.keys + self.title + 2 + 1).max(12);
        let title_role = if line.off.is_some() { Role::ButtonOff } else { Role::Text };
        let columns = if self.keys_first {
            [(Role::HintKey, line.keys.as_str(), self.keys), (title_role, line.title.as_str(), self.title)]
        } else {
            [(title_role, line.title.as_str(), self.title), (Role::HintKey, line.keys.as_str(), self.keys)]
        };
        let whole = here || self.is_whole;
        let parts = columns.map(|(_, says, cells)| if whole { text::wrap(says, cells) } else { vec![text::cut_end(says, cells)] });
        let says = if whole { text::wrap(&says, rest) } else { vec![text::cut_words(&says, rest)] };
        let count = parts.iter().map(Vec::len).max().unwrap_or(1).max(says.len());
        let at = |list: &[String], n: usize| list.get(n).cloned().unwrap_or_default();
        (0..count)
            .map(|n| {
                let mut runs = if n == 0 { pointer(here) } else { Runs::new().gap(GUTTER) };
                for ((role, _, cells), part) in columns.iter().zip(&parts) {
                    runs = runs.cell(*role, &at(part, n), *cells).gap(1);
                }
                runs.add(role, at(&says, n)).over(here.then_some(Role::Cursor))
            })
            .collect()
    }

    /// All lines with the place of the one under the cursor; `heads` puts the name of each group before its first line.
    fn lines(&self, all: &[HelpLine], cursor: usize, heads: bool) -> (Vec<Runs>, (usize, usize)) {
        let (mut lines, mut group, mut place) = (Vec::new(), "", (0, 0));
        for (i, line) in all.iter().enumerate() {
            let first = lines.len();
            if heads && line.group != group {
                group = line.group;
                lines.push(Runs::new().gap(1).add(Role::Header, group.to_uppercase()));
            }
            lines.extend(self.entry(line, i == cursor).into_iter().map(|l| l.line(Press::Line(i))));
            if i == cursor {
                place = (first, lines.len().saturating_sub(1));
            }
        }
        (lines, place)
    }
}

pub fn help(cx: Cx, canvas: &mut Canvas, area: Rect, help: &Help) {
    let all = crate::app::help::lines(cx.state, &help.search);
    let width = inside(area);
    let table =
        Table { keys_first: true, is_whole: true, keys: if width < 70 { 8 } else { 12 }, title: if width < 70 { 14 } else { 18 }, width };
    let (mut lines, cursor) = table.lines(&all, help.cursor, true);
    if lines.is_empty() {
        lines.push(Runs::of(Role::Muted, " Nothing has all of these words."));
    }
    let end = if help.searching { "_" } else { "" };
    let mut search = Runs::new().gap(1).add(Role::HintKey, "/ ").add(Role::Strong, format!("{}{end}", help.search));
    if help.search.is_empty() && !help.searching {
        search = search.add(Role::Muted, "search help");
    }
    let foot = Runs::new()
        .gap(1)
        .join(hints_in([("enter", "runs the line"), ("/", "search"), ("tab", "next group")], inside(area).saturating_sub(1)));
    let frame = Frame::new(true, "Help").also(Runs::of(Role::Muted, "every key and action")).right(Runs::of(Role::Muted, "?"));
    Listing { frame, head: vec![search], lines, foot: vec![foot], cursor }.draw(canvas, area);
}

pub fn palette(cx: Cx, canvas: &mut Canvas, area: Rect, palette: &Palette) {
    let all = keymap::palette_lines(cx.state, &palette.input);
    let width = inside(area);
    let table = Table { keys_first: false, is_whole: false, keys: if width < 70 { 5 } else { 7 }, title: TITLE, width };
    let (mut lines, cursor) = table.lines(&all, palette.cursor, false);
    if lines.is_empty() {
        lines.push(Runs::of(Role::Muted, " No action is called that."));
    }
    let head = vec![Runs::new().gap(1).add(Role::HintKey, ": ").add(Role::Strong, format!("{}_", palette.input))];
    let keys = [("enter", "runs or opens its plan"), ("tab", "completes"), ("up", "what you ran before")];
    let foot = vec![Runs::new().gap(1).join(hints_in(keys, inside(area).saturating_sub(1)))];
    let frame = Frame::new(true, "Command palette").also(Runs::of(Role::Muted, subject(cx))).right(Runs::of(Role::Muted, ":"));
    Listing { frame, head, lines, foot, cursor }.draw(canvas, area);
}

/// What can be done to the app under the cursor, and why the rest cannot.
pub fn actions(cx: Cx, canvas: &mut Canvas, area: Rect, cursor: usize) {
    let all = keymap::action_lines(cx.state);
    let table = Table { keys_first: true, is_whole: true, keys: 5, title: TITLE, width: inside(area) };
    let (lines, cursor) = table.lines(&all, cursor, false);
    let foot =
        vec![Runs::new().gap(1).join(hints_in([("enter", "runs or opens its plan"), ("esc", "closes")], inside(area).saturating_sub(1)))];
    let frame = Frame::new(true, format!("Actions on {}", subject(cx))).right(Runs::of(Role::Muted, "x"));
    Listing { frame, head: Vec::new(), lines, foot, cursor }.draw(canvas, area);
}
