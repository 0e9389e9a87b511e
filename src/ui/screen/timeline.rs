//! The timeline: one line a thing that happened, newest first, and below them what cannot be known.

use crate::app::cells::Tone;
use crate::app::timeline::{self, Line, Show, Timeline, What};
use crate::app::{list, msg::Press};
use crate::domain::duration::short_age;
use crate::domain::journal::TimelineKind;
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

/// Cells of the columns; the text has the rest.
struct Widths {
    time: usize,
    place: usize,
    name: usize,
}

pub fn crumbs() -> Vec<Runs> {
    let start = Runs::new().gap(1).add(Role::Muted, "Apps > ").add(Role::Title, "Timeline");
    vec![start.clone().gap(5).add(Role::Muted, "what happened on all clusters, newest first"), start]
}

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect) {
    let view = &cx.state.view.timeline;
    let inner = frame(view).draw(canvas, area);
    if inner.is_empty() {
        return;
    }
    let width = usize::from(inner.width);
    canvas.runs(inner.x, inner.y, inner.width, &head(cx, view, width));
    let notes: Vec<Runs> = view.unknown.iter().map(|n| note(cx, n, width)).collect();
    let foot = u16::try_from(notes.len()).unwrap_or(0).min(inner.height.saturating_sub(4));
    let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1 + foot), ..inner };
    canvas.lines(Rect { y: body.bottom(), height: foot, ..inner }, &notes, 0);
    if view.lines.is_empty() {
        let lines: Vec<Runs> =
            text::wrap(&nothing(view), width.saturating_sub(2)).into_iter().map(|l| Runs::new().gap(1).add(Role::Text, l)).collect();
        return canvas.lines(body, &lines, 0);
    }
    table(cx, canvas, body, view);
}

fn table(cx: Cx, canvas: &mut Canvas, body: Rect, view: &Timeline) {
    let (rows, width) = (usize::from(body.height).max(1), usize::from(body.width));
    let shown = |top: usize| view.lines.iter().enumerate().skip(top).take(rows).collect::<Vec<(usize, &Line)>>();
    let top = list::window(view.top, view.at, rows, view.lines.len());
    let widths = widths(cx, &shown(top), width);
    // What does not fit is told whole where the cursor is.
    let start = 1 + widths.time + 3 + widths.place + 1 + widths.name + 1;
    let rest = view.lines.get(view.at).map_or_else(Vec::new, |l| whole(l, start, width));
    let top = list::window(top, view.at, rows.saturating_sub(rest.len()).max(1), view.lines.len());
    let mut lines = Vec::with_capacity(rows);
    for (i, l) in shown(top) {
        let here = i == view.at;
        lines.push(line(cx, l, &widths, here, width).line(Press::Line(i)));
        if here {
            lines.extend(rest.iter().map(|text| Runs::new().gap(start).add(Role::Text, text.clone()).over(Some(Role::Cursor))));
        }
    }
    canvas.lines(body, &lines, 0);
}

/// The rest of a text that its line has no room for, at most four lines of it.
fn whole(line: &Line, start: usize, width: usize) -> Vec<String> {
    let sign = if line.unfolded.is_some() { 2 } else { 0 };
    let room = width.saturating_sub(start + sign).max(10);
    if line.what == What::Gap || text::width(&line.text) <= room {
        return Vec::new();
    }
    // The first line ends in the mark of the cut: what it hid comes again.
    let shown = room.saturating_sub(1);
    let seen: Vec<char> = line.text.chars().take(shown).collect();
    let word = seen.iter().rposition(|c| *c == ' ').filter(|at| shown - at < 16).map_or(shown, |at| at + 1);
    let hidden: String = line.text.chars().skip(word).collect();
    text::wrap(&hidden, room).into_iter().take(4).collect()
}

fn frame(view: &Timeline) -> Frame {
    let mut frame = Frame::new(true, "Timeline").also(Runs::of(Role::Text, format!("last {}", short_age(view.seconds()))));
    if view.only_marked {
        frame = frame.also(Runs::of(Role::Mark, "only marked"));
    }
    if view.searching || !view.search.is_empty() {
        let end = if view.searching { "_" } else { "" };
        frame = frame.also(Runs::of(Role::HintKey, "/").add(Role::Strong, format!("{}{end}", view.search)));
    }
    let place = if view.lines.is_empty() { String::new() } else { format!("line {} of {}", view.at + 1, view.lines.len()) };
    frame.right(Runs::of(Role::Muted, "t")).bottom(Runs::new(), Runs::of(Role::Muted, place))
}

/// From when to when, of what; and the kinds.
fn head(cx: Cx, view: &Timeline, width: usize) -> Runs {
    let mut kinds = Runs::new();
    for show in Show::ALL {
        kinds = if kinds.is_empty() { kinds } else { kinds.gap(1) };
        kinds =
            if show == view.show { kinds.add(Role::TabActive, format!("[{}]", show.word())) } else { kinds.add(Role::Tab, show.word()) };
    }
    let clusters = cx.state.fleet.clusters.len();
    let span = format!("{}-{}", timeline::moment(cx.state, timeline::from(cx.state)), words::clock(cx, cx.state.now));
    let entries = match view.count {
        1 => "1 entry".to_owned(),
        n => format!("{n} entries"),
    };
    let long = Runs::new().gap(1).add(Role::Muted, format!("{span}, {}, {entries}", words::count(clusters, "cluster")));
    let short = Runs::new().gap(1).add(Role::Muted, format!("{span}, {entries}"));
    let room = width.saturating_sub(kinds.width() + 3);
    let left = if long.width() <= room { long } else { short.cut(room) };
    left.to(room + 2).join(kinds)
}

fn note(cx: Cx, text: &str, width: usize) -> Runs {
    Runs::new().gap(1).add(Role::Unknown, cx.theme.sign(Sign::Unknown)).gap(1).add(Role::Muted, text.to_owned()).cut(width)
}

fn nothing(view: &Timeline) -> String {
    let what = match view.show {
        Show::All => "Nothing".to_owned(),
        Show::Commits => "No commit".to_owned(),
        Show::Syncs => "No sync".to_owned(),
        Show::Health => "No change of health".to_owned(),
        Show::Ours => "No action of ours".to_owned(),
    };
    let among = if !view.search.is_empty() || view.only_marked { " fits" } else { " is known" };
    let last = short_age(view.seconds());
    let longer = if view.span + 1 < timeline::SPANS.len() { "; + looks further back" } else { "" };
    format!("{what}{among} of the last {last}{longer}.")
}

fn widths(cx: Cx, shown: &[(usize, &Line)], width: usize) -> Widths {
    let widest = |of: &dyn Fn(&Line) -> usize| shown.iter().filter(|(_, l)| l.what != What::Gap).map(|(_, l)| of(l)).max().unwrap_or(0);
    let (place, name) = if width < 78 {
        (10, 12)
    } else if width < 118 {
        (12, 17)
    } else {
        (16, 30)
    };
    Widths {
        time: shown.iter().map(|(_, l)| text::width(&words::time(cx, l.at))).max().unwrap_or(8),
        place: widest(&|l| text::width(&l.place)).clamp(6, place),
        name: widest(&|l| text::width(&l.name) + if l.nested { 2 } else { 0 }).clamp(7, name),
    }
}

fn line(cx: Cx, line: &Line, widths: &Widths, here: bool, width: usize) -> Runs {
    let (role, sign) = words::tone(line.tone);
    let gutter = if here { Runs::of(Role::CursorGutter, ">") } else { Runs::new().gap(1) };
    let out = gutter.cell(Role::Muted, &words::time(cx, line.at), widths.time).gap(1).add(role, cx.theme.sign(sign)).gap(1);
    let over = here.then_some(Role::Cursor);
    if line.what == What::Gap {
        return out.add(Role::Unknown, line.text.clone()).cut(width).over(over);
    }
    let is_commit = line.what == What::Happened(TimelineKind::Commit);
    let out = out.name(Role::Muted, &line.place, widths.place).gap(1);
    let out = if line.nested {
        out.gap(2).name(Role::Text, &line.name, widths.name.saturating_sub(2))
    } else {
        out.name(if is_commit { Role::DiffHunk } else { Role::Text }, &line.name, widths.name)
    };
    let out = match line.unfolded {
        Some(open) => out.gap(1).add(Role::Muted, cx.theme.sign(if open { Sign::Open } else { Sign::Closed })).gap(1),
        None => out.gap(1),
    };
    let own = line.what == What::Happened(TimelineKind::Ours);
    let says = match line.tone {
        Tone::Bad => role,
        _ if own => Role::Strong,
        _ => Role::Text,
    };
    out.add(says, line.text.clone()).cut(width).over(over)
}
