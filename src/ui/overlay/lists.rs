//! Notices, journal, and the clusters where the screen has only the strip.

use super::{Listing, inside, pointer};
use crate::app::journal;
use crate::app::msg::Press;
use crate::app::overlay::Scrolled;
use crate::app::staged::words as staged;
use crate::domain::plan::Outcome;
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::pane::clusters;
use crate::ui::runs::{Runs, hints_in};
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

/// Where the texts of an entry start.
const TEXT: usize = 15;

/// Lines of an entry: few when it is closed, all of them when the cursor is on it and it is open.
struct Entries {
    lines: Vec<Runs>,
    cursor: (usize, usize),
}

impl Entries {
    fn add(&mut self, at: usize, lines: Vec<Runs>, here: bool) {
        if here {
            self.cursor = (self.lines.len(), self.lines.len() + lines.len().saturating_sub(1));
        }
        self.lines.extend(lines.into_iter().map(|l| l.over(here.then_some(Role::Cursor)).line(Press::Line(at))));
    }
}

/// A sentence in as many lines as it needs.
fn muted(says: &str, width: usize) -> Vec<Runs> {
    text::wrap(says, width.saturating_sub(2)).into_iter().map(|l| Runs::new().gap(1).add(Role::Muted, l)).collect()
}

pub fn notices(cx: Cx, canvas: &mut Canvas, area: Rect, view: Scrolled) {
    let list = &cx.state.notices.list;
    let mut entries = Entries { lines: Vec::new(), cursor: (0, 0) };
    for (i, notice) in list.iter().enumerate() {
        let here = i == view.cursor;
        let (role, sign) = words::level(notice.level);
        let again = if notice.count > 1 { format!(" ({}x)", notice.count) } else { String::new() };
        let width = inside(area).saturating_sub(TEXT);
        let mut parts = text::wrap(&format!("{}{again}", notice.text), width);
        parts.extend(notice.hint.iter().flat_map(|h| text::wrap(h, width)));
        if !(here && view.open) && parts.len() > 2 {
            let rest = parts.split_off(1).join(" ");
            parts.push(text::cut_end(&rest, width));
        }
        let start = |n: usize| {
            if n > 0 {
                return Runs::new().gap(TEXT - 1);
            }
            pointer(here).cell(Role::Muted, &words::time(cx, notice.at), 9).add(role, cx.theme.sign(sign)).gap(1)
        };
        entries.add(i, parts.into_iter().enumerate().map(|(n, l)| start(n).add(Role::Text, l)).collect(), here);
    }
    if list.is_empty() {
        entries.lines = muted("Nothing to tell. What goes wrong is kept here until you dismiss it.", inside(area));
    }
    let foot = vec![Runs::new().gap(1).join(hints_in(
        [("enter", "details and hint"), ("y", "copy"), ("D", "dismiss all"), ("esc", "closes")],
        inside(area).saturating_sub(1),
    ))];
    let frame = Frame::new(true, "Notices").also(Runs::of(Role::Muted, list.len().to_string())).right(Runs::of(Role::Muted, "!"));
    Listing { frame, head: Vec::new(), lines: entries.lines, foot, cursor: entries.cursor }.draw(canvas, area);
}

pub fn journal(cx: Cx, canvas: &mut Canvas, area: Rect, view: Scrolled) {
    let list = journal::rows(&cx.state.journal);
    let mut entries = Entries { lines: Vec::new(), cursor: (0, 0) };
    for (i, entry) in list.iter().enumerate() {
        let here = i == view.cursor;
        entries.add(i, journal_lines(cx, entry, here, here && view.open, inside(area)), here);
    }
    if list.is_empty() {
        entries.lines = muted("Nothing was done yet. Every request driftdeck sends, and each refused one, is kept here.", inside(area));
    }
    let foot = vec![
        Runs::of(Role::Muted, " every request we ever sent, also refused and cancelled ones").cut(inside(area)),
        Runs::new()
            .gap(1)
            .join(hints_in([("enter", "full entry"), ("c", "copy command"), ("esc", "closes")], inside(area).saturating_sub(1))),
    ];
    let frame = Frame::new(true, "Journal").also(Runs::of(Role::Muted, list.len().to_string())).right(Runs::of(Role::Muted, "@"));
    Listing { frame, head: Vec::new(), lines: entries.lines, foot, cursor: entries.cursor }.draw(canvas, area);
}

fn journal_lines(cx: Cx, row: &journal::Row, here: bool, open: bool, width: usize) -> Vec<Runs> {
    let entry = row.last;
    let (role, sign, end) = match &entry.outcome {
        Some(Outcome::Sent { .. }) if entry.ended_well == Some(false) => {
            (Role::Bad, cx.theme.sign(Sign::Bad), "sent, and did not end well".into())
        }
        Some(Outcome::Sent { commit }) => {
            let commit = commit.as_deref().map_or(String::new(), |c| format!("  {}", words::revision(c)));
            (Role::Ok, cx.theme.sign(Sign::Ok), format!("sent{commit}"))
        }
        Some(Outcome::Refused { reason }) => (Role::Attention, "!", format!("refused: {reason}")),
        Some(Outcome::Failed { reason, .. }) => (Role::Bad, cx.theme.sign(Sign::Bad), format!("failed: {reason}")),
        Some(Outcome::Unknown { reason }) => (Role::Unknown, "?", reason.clone()),
        Some(Outcome::Cancelled) => (Role::Muted, "-", "cancelled in the dialog".into()),
        None if entry.plan.action == staged::ACTION => (Role::Busy, cx.theme.sign(Sign::Busy), "under way".into()),
        None => (Role::Busy, cx.theme.sign(Sign::Busy), "being sent".into()),
    };
    let target = match entry.plan.targets.as_slice() {
        many @ [first, _, ..] if entry.plan.action == staged::ACTION => format!("{} +{}", first.app.name, many.len() - 1),
        targets => targets.first().map_or(String::new(), |t| format!("{} {}", t.app.name, t.runs_on)),
    };
    let start = pointer(here).cell(Role::Muted, &words::time(cx, row.asked_at), 9).add(role, sign).gap(1);
    // What failed is told before what to do about it.
    let is_sent = matches!(entry.outcome, Some(Outcome::Sent { .. }));
    let news = entry.note.as_deref().filter(|_| is_sent).unwrap_or(&end);
    let head = format!("{} {}  {target}  {news}", entry.task, entry.plan.action.replace('_', " "));
    let mut out = vec![start.add(Role::Text, head).cut(width)];
    if !open {
        return out;
    }
    let mut say = |says: String| {
        out.extend(text::wrap(&says, width.saturating_sub(TEXT)).into_iter().map(|l| Runs::new().gap(TEXT - 1).add(Role::Text, l)))
    };
    say(entry.plan.title.clone());
    say(end);
    if let Some(note) = &entry.note {
        say(note.clone());
    }
    if entry.at != row.asked_at {
        say(format!("last news {}", words::time(cx, entry.at)));
    }
    if let Some(typed) = &entry.typed {
        say(format!("typed \"{typed}\""));
    }
    entry.plan.commands.iter().for_each(|c| say(c.clone()));
    say(format!("by {} on {}", entry.operator, entry.host));
    out
}

pub fn clusters(cx: Cx, canvas: &mut Canvas, area: Rect, cursor: usize) {
    let ids = clusters::order(cx.state);
    let line = |(i, id): (usize, &crate::domain::ids::ClusterId)| {
        let cluster = cx.state.fleet.clusters.get(id)?;
        Some(clusters::line(cx, cluster, i == cursor, inside(area)).line(Press::Line(i)))
    };
    let lines = ids.iter().enumerate().filter_map(line).collect();
    let foot = vec![Runs::new().gap(1).join(hints_in(
        [("enter", "only its apps"), ("r", "try again"), ("l", "login"), ("esc", "closes")],
        inside(area).saturating_sub(1),
    ))];
    let frame = Frame::new(true, format!("1 Clusters {}", ids.len())).right(Runs::of(Role::Muted, "worst first"));
    let head = vec![clusters::header(inside(area))];
    Listing { frame, head, lines, foot, cursor: (cursor, cursor) }.draw(canvas, area);
}
