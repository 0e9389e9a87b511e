//! The full-screen diff: side by side from 140 columns, else unified.

use crate::app::effect::DiffMode;
use crate::app::pane::{DiffScreen, From, blame};
use crate::domain::diff::{DiffKind, DiffSet, DiffSide, ResourceDiff, SetBy};
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::widget::{hunk, who};
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

const SIDE_BY_SIDE: u16 = 140;

/// One drawn line: the index it has in the unified order (`DiffScreen::top` counts in it), and one or two sides.
struct Line {
    flat: usize,
    left: Runs,
    right: Option<Runs>,
}

pub fn crumbs(cx: Cx, screen: &DiffScreen, width: u16) -> Vec<Runs> {
    let name = match cx.state.fleet.rows.get(&screen.app) {
        Some(row) => format!("{} {} {}", row.app.id.name, words::runs_on(cx, row), row.app.id.kind.short()),
        None => screen.title.clone(),
    };
    let from = match screen.from {
        From::Main => "Apps > ",
        From::Matrix => "Apps > Matrix > ",
        From::Drift => "Apps > Drift groups > ",
    };
    let start = Runs::new().gap(1).add(Role::Muted, from).add(Role::Strong, name).add(Role::Muted, " > ").add(Role::Title, "Diff");
    let mut modes = Runs::new();
    for (mode, word) in MODES {
        if !modes.is_empty() {
            modes = modes.gap(2);
        }
        let active = mode == screen.mode;
        modes = if active { modes.add(Role::TabActive, format!("[{word}]")) } else { modes.add(Role::Tab, word) };
    }
    let room = usize::from(width).saturating_sub(modes.width() + 28);
    let current = MODES.iter().find(|(m, _)| *m == screen.mode).map_or("two apps", |(_, w)| w);
    if screen.mode == DiffMode::TwoApps {
        return vec![start.clone().gap(2).add(Role::TabActive, format!("[{current}]")), start];
    }
    vec![
        start.clone().to(room.max(start.width() + 2)).join(modes),
        start.clone().gap(2).add(Role::TabActive, format!("[{current}]")),
        start,
    ]
}

const MODES: [(DiffMode, &str); 3] = [
    (DiffMode::LiveVsDesired, "live vs desired"),
    (DiffMode::DeployedVsIncoming, "deployed vs incoming"),
    (DiffMode::LastGoodVsLive, "last good vs live"),
];

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, screen: &DiffScreen) {
    let set = match &screen.result {
        Some(Ok(set)) => set,
        other => return wait(cx, canvas, area, screen, other.as_ref().and_then(|r| r.as_ref().err())),
    };
    let side = !screen.unified.unwrap_or(area.width < SIDE_BY_SIDE) && area.width >= 80;
    let lines = lines(cx, screen, set, side, usize::from(area.width.saturating_sub(2)));
    let inside = area.width.saturating_sub(2);
    let lines = if screen.wrap { folded(lines, if side { inside / 2 - 1 } else { inside }) } else { lines };
    let start = lines.iter().position(|l| l.flat >= screen.top).unwrap_or(lines.len().saturating_sub(1));
    // No empty space at the end while there is more above.
    let heads = if side { 1 } else { heads(set, cx, usize::from(inside)) };
    let mut under = blame::under(screen);
    let foot = u16::from(blame::can_tell(screen) && area.height > heads + 5);
    let height = usize::from(area.height.saturating_sub(2 + heads + foot));
    let start = start.min(lines.len().saturating_sub(height));
    // Of a line below the screen nothing is told: what is read are folded resources.
    under.take_if(|(flat, _)| !lines.iter().skip(start).take(height).any(|l| l.flat == *flat));
    let inner = frame(screen, set, side, (start, height, lines.len())).draw(canvas, area);
    let half = if side { inner.width / 2 - 1 } else { inner.width };
    sides(cx, canvas, inner, set, side.then_some(half));
    if side {
        for y in inner.top()..inner.bottom() - foot {
            canvas.put(inner.x + half, y, 1, Role::Border, "│");
        }
    }
    if foot > 0 {
        let room = usize::from(inner.width);
        let told = under.as_ref().map_or_else(|| who::none(room), |(_, who)| who::under(cx, *who, room));
        canvas.runs(inner.x, inner.bottom() - 1, inner.width, &told);
    }
    for (y, line) in (inner.top() + heads..inner.bottom() - foot).zip(lines.iter().skip(start)) {
        canvas.runs(inner.x, y, half, &line.left.clone().cut(usize::from(half)));
        // Of a line that is broken, the first row.
        if under.take_if(|(flat, _)| *flat == line.flat).is_some() {
            canvas.put(inner.x, y, 1, Role::CursorGutter, ">");
        }
        if let Some(right) = line.right.as_ref().filter(|_| side) {
            let room = inner.width - half - 1;
            canvas.runs(inner.x + half + 1, y, room, &right.clone().cut(usize::from(room)));
        }
        if !screen.search.is_empty() {
            found(canvas, Rect::new(inner.x, y, inner.width, 1), &screen.search);
        }
    }
}

/// Lines that take as many rows as they need.
fn folded(lines: Vec<Line>, cells: u16) -> Vec<Line> {
    let cells = usize::from(cells);
    let mut out = Vec::with_capacity(lines.len());
    for line in lines {
        let mut left = line.left.fold(cells).into_iter();
        let mut right = line.right.map(|r| r.fold(cells).into_iter());
        let mut first = true;
        loop {
            let (l, r) = (left.next(), right.as_mut().and_then(Iterator::next));
            if l.is_none() && r.is_none() && !first {
                break;
            }
            first = false;
            out.push(Line { flat: line.flat, left: l.unwrap_or_default(), right: right.is_some().then(|| r.unwrap_or_default()) });
        }
    }
    out
}

/// Lays the search colour over every hit of one line of the screen.
fn found(canvas: &mut Canvas, row: Rect, search: &str) {
    canvas.find(row, search, Role::Found);
}

fn wait(cx: Cx, canvas: &mut Canvas, area: Rect, screen: &DiffScreen, error: Option<&String>) {
    let inner = Frame::new(true, format!("Diff {}", screen.title)).draw(canvas, area);
    let lines = match error {
        Some(cause) => text::wrap(cause, usize::from(inner.width.saturating_sub(3))),
        None => {
            vec![format!("Comparing, {}: reads the live objects, fetches git and renders the manifests.", words::age(cx, screen.asked_at))]
        }
    };
    let bad = error.is_some();
    let (role, sign) = if bad { (Role::Bad, cx.theme.sign(Sign::Bad)) } else { (Role::Busy, words::waiting(cx, screen.asked_at)) };
    for (i, (y, line)) in (inner.top()..inner.bottom()).zip(lines).enumerate() {
        let sign = if i == 0 { sign } else { " " };
        canvas.runs(inner.x + 1, y, inner.width, &Runs::of(role, sign).gap(1).add(Role::Text, line));
    }
}

fn frame(screen: &DiffScreen, set: &DiffSet, side: bool, (start, height, count): (usize, usize, usize)) -> Frame {
    let (added, removed) = set.resources.iter().fold((0, 0), |(a, r), d| (a + d.added, r + d.removed));
    let mut frame = Frame::new(true, format!("Diff {}", screen.title));
    frame = frame.also(Runs::of(
        Role::Text,
        match set.differing() {
            // How many could be compared is said below.
            0 => words::count(set.resources.len(), "resource"),
            n => format!("{n} of {} resources differ", set.resources.len()),
        },
    ));
    if added + removed > 0 {
        frame = frame.also(Runs::of(Role::DiffAdded, format!("+{added}")).gap(1).add(Role::DiffRemoved, format!("-{removed}")));
    }
    if screen.searching || !screen.search.is_empty() {
        let end = if screen.searching { "_" } else { "" };
        frame = frame.also(Runs::of(Role::HintKey, "/").add(Role::Strong, format!("{}{end}", screen.search)));
    }
    let right = if side { set.estimate.clone() } else { "unified".into() };
    let at = set
        .resources
        .get(screen.resource)
        .map_or(String::new(), |r| format!("resource {} of {}: {}", screen.resource + 1, set.resources.len(), r.key.title()));
    let below = count.saturating_sub(start + height);
    let more = if below > 0 { format!("{below} more below") } else { format!("{count} rows, all shown") };
    frame.right(Runs::of(Role::Muted, right)).bottom(Runs::of(Role::Muted, at), Runs::of(Role::Muted, more))
}

/// What is compared, with its age.
fn sides(cx: Cx, canvas: &mut Canvas, inner: Rect, set: &DiffSet, half: Option<u16>) {
    let text = |side: &DiffSide| match side.at {
        Some(at) => format!("{}, {} ago", side.label, words::age(cx, at)),
        None => side.label.clone(),
    };
    match half {
        Some(half) => {
            canvas.runs(inner.x + 1, inner.y, half - 1, &Runs::of(Role::DiffRemoved, text(&set.left)).cut(usize::from(half - 1)));
            canvas.put(inner.x + half, inner.y, 1, Role::Border, "│");
            canvas.runs(inner.x + half + 2, inner.y, inner.width - half - 2, &Runs::of(Role::DiffAdded, text(&set.right)));
        }
        None => {
            let left = Runs::new().gap(1).add(Role::DiffRemoved, format!("- {}", text(&set.left)));
            let right = Runs::of(Role::DiffAdded, format!("+ {}", text(&set.right)));
            let room = usize::from(inner.width);
            let mut lines = if sides_in_one(set, cx, room) {
                vec![left.add(Role::Muted, "; ").join(right)]
            } else {
                vec![left, Runs::new().gap(1).join(right)]
            };
            if !set.estimate.is_empty() {
                lines.push(Runs::new().gap(1).add(Role::Muted, set.estimate.clone()));
            }
            for (y, line) in (inner.top()..inner.bottom()).zip(lines) {
                canvas.runs(inner.x, y, inner.width, &line.cut(room));
            }
        }
    }
}

/// Rows that say what is compared and how sure that is, in the unified form.
fn heads(set: &DiffSet, cx: Cx, room: usize) -> u16 {
    (if sides_in_one(set, cx, room) { 1 } else { 2 }) + u16::from(!set.estimate.is_empty())
}

fn sides_in_one(set: &DiffSet, cx: Cx, room: usize) -> bool {
    let width = |side: &DiffSide| text::width(&side.label) + side.at.map_or(0, |at| 6 + text::width(&words::age(cx, at)));
    width(&set.left) + width(&set.right) + 7 <= room
}

fn lines(cx: Cx, screen: &DiffScreen, set: &DiffSet, side: bool, width: usize) -> Vec<Line> {
    let mut out = Vec::new();
    let mut flat = 0;
    let room = if side { width / 2 - 1 } else { width };
    let beside = |line: Runs, set: Option<&SetBy>| match set.filter(|_| screen.blame) {
        Some(set) => who::beside(cx, line, set, room),
        None => line,
    };
    for (i, resource) in set.resources.iter().enumerate() {
        let folded = screen.folded.contains(&i);
        out.push(header(cx, screen, set, i, resource, folded, flat));
        flat += 1;
        if folded {
            continue;
        }
        let mut told = None;
        for h in &resource.hunks {
            if h.skipped > 0 {
                let left = Runs::new().gap(6).add(Role::Muted, format!("⋯ {} unchanged lines", h.skipped));
                out.push(Line { flat, left, right: side.then(|| Runs::new().gap(6).add(Role::Muted, "⋯")) });
                flat += 1;
            }
            if side {
                out.extend(hunk::pairs(h).into_iter().map(|(at, l, r)| Line {
                    flat: flat + at,
                    left: beside(hunk::side(l, true), who::new(resource, l, &mut told)),
                    right: Some(hunk::side(r, false)),
                }));
            } else {
                out.extend(h.lines.iter().enumerate().map(|(at, l)| Line {
                    flat: flat + at,
                    left: beside(hunk::unified(l), who::new(resource, Some(l), &mut told)),
                    right: None,
                }));
            }
            flat += h.lines.len();
        }
    }
    let end = |left: Runs| Line { flat: usize::MAX, left, right: side.then(Runs::new) };
    if set.differing() == 0 {
        out.insert(0, Line { flat: 0, left: Runs::new().gap(1).add(Role::Strong, nothing(cx, screen, set)), right: side.then(Runs::new) });
    }
    out.extend(ignored(screen, set).into_iter().map(end));
    out.extend(set.notes.iter().flat_map(|n| text::wrap(n, width.saturating_sub(3))).map(|n| end(Runs::new().gap(1).add(Role::Muted, n))));
    out
}

fn nothing(cx: Cx, screen: &DiffScreen, set: &DiffSet) -> String {
    let unknown = set.resources.iter().filter(|r| r.kind == DiffKind::Unknown).count();
    if unknown > 0 {
        // What was not compared may differ.
        return match set.resources.len() - unknown {
            0 => "Nothing could be compared.".into(),
            n => format!("No difference in {n} of {} resources; the others could not be compared.", set.resources.len()),
        };
    }
    let none = match set.ignored() {
        0 => "No differences.".into(),
        n => format!("No differences. {} differ, i shows them.", words::count(n, "ignored field")),
    };
    let row = cx.state.fleet.rows.get(&screen.app);
    let well = row.is_none_or(|row| row.app.is_green());
    let from_git = row.is_some_and(|row| row.app.sources.iter().any(|s| s.repo().is_some() && s.chart.is_none()));
    match screen.mode {
        DiffMode::LiveVsDesired if !well && from_git => format!("{none} tab shows what changed since the last good revision."),
        DiffMode::LastGoodVsLive => format!("{none} What git says of this app is as it was when it was well."),
        _ => none,
    }
}

fn header(cx: Cx, screen: &DiffScreen, set: &DiffSet, i: usize, resource: &ResourceDiff, folded: bool, flat: usize) -> Line {
    let fold = cx.theme.sign(if folded { Sign::Closed } else { Sign::Open });
    let (role, sign) = match resource.kind {
        DiffKind::Same => (Role::Ok, Sign::Ok),
        DiffKind::Unknown => (Role::Unknown, Sign::Unknown),
        _ => (Role::Drift, Sign::Drift),
    };
    let what = match resource.kind {
        DiffKind::Changed => format!("+{} -{}", resource.added, resource.removed),
        DiffKind::OnlyLive => format!("only live, -{}", resource.removed),
        DiffKind::OnlyDesired => format!("only desired, +{}", resource.added),
        DiffKind::Same => "no difference".into(),
        DiffKind::Unknown => "not known".into(),
    };
    let gutter = if screen.resource == i { Runs::of(Role::CursorGutter, ">") } else { Runs::new().gap(1) };
    let title = gutter.add(Role::Muted, fold).gap(1).add(role, cx.theme.sign(sign)).gap(1);
    let count = Runs::of(Role::Muted, format!("{} of {}  ", i + 1, set.resources.len()));
    let left = title.join(count).add(Role::Strong, resource.key.title()).gap(2).add(Role::Muted, what);
    let note = match (&resource.note, resource.kind) {
        (Some(note), _) => note.clone(),
        (None, DiffKind::OnlyLive) => "not in git: only a sync with prune would delete it".into(),
        (None, DiffKind::OnlyDesired) => "not in the cluster: a sync creates it".into(),
        _ => String::new(),
    };
    let over = (screen.resource == i).then_some(Role::Cursor);
    let side = usize::from(cx.state.width) >= usize::from(SIDE_BY_SIDE);
    let left = if side || note.is_empty() { left } else { left.gap(2).add(Role::Muted, note.clone()) };
    Line { flat, left: left.over(over), right: Some(Runs::new().gap(1).add(Role::Muted, note)) }
}

fn ignored(screen: &DiffScreen, set: &DiffSet) -> Vec<Runs> {
    let with: Vec<&ResourceDiff> = set.resources.iter().filter(|r| !r.ignored.is_empty()).collect();
    if with.is_empty() {
        return Vec::new();
    }
    let keys = if screen.show_ignored { "" } else { ", i shows them" };
    let head = format!("ignored: {} in {}{keys}", words::count(set.ignored(), "field"), words::count(with.len(), "resource"));
    let mut out = vec![Runs::new().gap(1).add(Role::Muted, head)];
    if screen.show_ignored {
        out.extend(
            with.into_iter().map(|r| Runs::new().gap(3).add(Role::Text, r.key.title()).gap(2).add(Role::Muted, r.ignored.join(", "))),
        );
    }
    out
}
