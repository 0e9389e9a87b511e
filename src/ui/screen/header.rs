//! The one header row: counts, oldest data, mode, clock; or a breadcrumb.

use crate::app::cells::{Tone, state_cell};
use crate::app::fleet::{Counts, Row};
use crate::app::layout::Form;
use crate::app::pane::Pane;
use crate::domain::duration::{seconds_between, short_age};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;

/// How much the counts say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Name, acknowledged, every word.
    Whole,
    /// Suspended and progressing by number alone.
    Less,
    /// No name, only what is wrong and what is well.
    Short,
    /// Signs and numbers.
    Signs,
}

pub fn main(cx: Cx, canvas: &mut Canvas, area: Rect, form: Form) {
    if form == Form::Single {
        let crumbs = single_crumbs(cx);
        return row(canvas, area, &[crumbs], &[single_right(cx)]);
    }
    let left: Vec<Runs> = [Depth::Whole, Depth::Less, Depth::Short, Depth::Signs].map(|d| counts(cx, d)).into();
    let wide = area.width >= 100;
    let left = if wide { left } else { left.into_iter().skip(2).collect() };
    let mut right = vec![mode(cx, wide)];
    if area.width >= 140 {
        right.insert(0, oldest(cx).join(mode(cx, true)));
    }
    row(canvas, area, &left, &right);
}

/// The header of the other screens: breadcrumb and steps left, mode and clock right.
pub fn steps(cx: Cx, canvas: &mut Canvas, area: Rect, left: Vec<Runs>) {
    row(canvas, area, &left, &[mode(cx, area.width >= 100)]);
}

/// The first left text that fits beside the first right one; the left one gives way before the right one does.
fn row(canvas: &mut Canvas, area: Rect, left: &[Runs], right: &[Runs]) {
    let room = usize::from(area.width);
    let pairs = left.iter().flat_map(|l| right.iter().map(move |r| (l, r)));
    let fitting = pairs.clone().find(|(l, r)| l.width() + 2 + r.width() <= room).or_else(|| pairs.clone().last());
    let Some((start, end)) = fitting else { return };
    canvas.runs(area.x, area.y, area.width, &start.clone().cut(room.saturating_sub(end.width() + 2)));
    canvas.right(area, area.y, end);
}

fn parts(counts: &Counts) -> [(Tone, usize, &'static str, &'static str); 8] {
    [
        (Tone::Bad, counts.broken, "broken", "broken"),
        (Tone::Missing, counts.missing, "missing", "missing"),
        (Tone::Drift, counts.out_of_sync, "out of sync", "drift"),
        (Tone::Unknown, counts.unknown, "unknown", "unknown"),
        (Tone::Held, counts.suspended, "suspended", ""),
        (Tone::Busy, counts.progressing, "progressing", ""),
        (Tone::Plain, counts.unassessed, "unassessed", ""),
        (Tone::Ok, counts.ok, "ok", "ok"),
    ]
}

fn counts(cx: Cx, depth: Depth) -> Runs {
    let all = &cx.state.fleet.counts;
    let mut out = Runs::new().gap(1);
    if matches!(depth, Depth::Whole | Depth::Less) {
        out = out.add(Role::Strong, "driftdeck");
    }
    for (tone, n, long, short) in parts(all) {
        let (role, sign) = words::tone(tone);
        let sign = cx.theme.sign(sign);
        let is_ok = tone == Tone::Ok;
        if (n == 0 && !is_ok) || (short.is_empty() && !matches!(depth, Depth::Whole | Depth::Less)) {
            continue;
        }
        let mut text = match (depth, short) {
            (Depth::Whole, _) => format!("{sign} {n} {long}"),
            (Depth::Less, "") => format!("{sign} {n}"),
            (Depth::Less, _) => format!("{sign} {n} {long}"),
            (Depth::Short, _) => format!("{sign} {n} {short}"),
            (Depth::Signs, _) => format!("{sign}{n}"),
        };
        if tone == Tone::Plain {
            text = text.trim_start().to_owned();
        }
        let gap = if out.width() <= 1 {
            0
        } else if depth == Depth::Signs {
            1
        } else {
            2
        };
        out = out.gap(gap).add(role, text);
        if tone == Tone::Bad && all.acked > 0 && matches!(depth, Depth::Whole | Depth::Less) {
            out = out.add(Role::Muted, format!(", {} ack", all.acked));
        }
    }
    out
}

/// "oldest data 6m": the cluster whose last answer is longest ago, in this run or in the one its rows come from.
fn oldest(cx: Cx) -> Runs {
    let fleet = &cx.state.fleet;
    let heard = fleet.clusters.values().filter_map(|c| c.heard_at).chain(fleet.glance.oldest).min();
    let seconds = heard.map_or(0, |at| seconds_between(at, cx.state.now));
    if seconds < 60 {
        return Runs::new();
    }
    let role = if seconds < 300 { Role::Muted } else { Role::Attention };
    Runs::of(role, format!("oldest data {}", short_age(seconds))).gap(3)
}

fn mode(cx: Cx, long: bool) -> Runs {
    let settings = &cx.state.settings;
    let mut out = Runs::new();
    if settings.demo.is_some() {
        out = out.add(Role::Demo, "DEMO").gap(if long { 2 } else { 1 });
    }
    let (role, word) = match (settings.read_only, long) {
        (true, true) => (Role::ReadOnly, "READ-ONLY"),
        (true, false) => (Role::ReadOnly, "RO"),
        (false, true) => (Role::Writes, "READ-WRITE"),
        (false, false) => (Role::Writes, "RW"),
    };
    out.add(role, word).gap(if long { 5 } else { 1 }).add(Role::Text, words::clock(cx, cx.state.now))
}

fn single_crumbs(cx: Cx) -> Runs {
    if cx.state.view.focus == Pane::Repos {
        return Runs::new().gap(1).add(Role::Title, "Repos");
    }
    let mut out = Runs::new().gap(1).add(Role::Title, "Apps");
    let deep = cx.state.view.depth > 0 || cx.state.view.focus == Pane::Details;
    if let Some(row) = cx.state.row().filter(|_| deep) {
        out = out.add(Role::Muted, " > ").add(Role::Strong, format!("{} {}", row.app.id.name, words::runs_on(cx, row)));
        out = out.add(Role::Muted, " > ").add(Role::Title, cx.state.view.tab.word());
    }
    out
}

fn single_right(cx: Cx) -> Runs {
    let c = &cx.state.fleet.counts;
    let mut out = Runs::new();
    for (tone, n) in [(Tone::Bad, c.broken), (Tone::Drift, c.out_of_sync), (Tone::Unknown, c.unknown)] {
        if n > 0 {
            let (role, sign) = words::tone(tone);
            out = out.add(role, format!("{}{n}", cx.theme.sign(sign))).gap(1);
        }
    }
    out.gap(1).join(mode(cx, false))
}

/// Under 40x10: counts, the app under the cursor and where it runs, in as many lines as there are; what a key cannot do here is said in it.
pub fn tiny(cx: Cx, canvas: &mut Canvas, area: Rect) {
    if !cx.state.overlays.is_empty() {
        canvas.runs(area.x, area.y, area.width, &Runs::of(Role::Attention, " window too small; esc closes"));
        return;
    }
    let said = cx.state.notices.flash.as_ref().map(|(_, _, text)| text.as_str());
    let width = usize::from(area.width);
    let lines = match cx.state.row() {
        Some(row) if area.height > 2 => tiny_lines(cx, row, said, (width, usize::from(area.height))),
        row => vec![tiny_line(cx, row, said, width)],
    };
    for (y, line) in (area.top()..area.bottom()).zip(&lines) {
        canvas.runs(area.x, y, area.width, &line.clone().cut(width));
    }
}

/// Everything in one line: the lesser counts give way to the name of the app and its cluster, the age to both.
fn tiny_line(cx: Cx, row: Option<&Row>, said: Option<&str>, width: usize) -> Runs {
    let mut counts = counts(cx, Depth::Signs);
    let name = match (said, row) {
        (Some(said), _) => Runs::new().gap(1).add(Role::Text, said),
        (None, Some(row)) => {
            let (role, _) = words::tone(state_cell(row).0);
            Runs::new().gap(1).add(role, row.app.id.name.clone()).gap(1).add(Role::Text, words::runs_on(cx, row))
        }
        (None, None) => return counts,
    };
    while counts.width() + name.width() > width && counts.list.len() > 2 {
        counts.list.truncate(counts.list.len() - 2);
    }
    let line = counts.join(name);
    let age = row.filter(|_| said.is_none()).map_or_else(Runs::new, |r| Runs::new().gap(1).add(Role::Muted, words::age(cx, r.since)));
    if line.width() + age.width() <= width { line.join(age) } else { line }
}

fn tiny_lines(cx: Cx, row: &Row, said: Option<&str>, (width, height): (usize, usize)) -> Vec<Runs> {
    let (tone, word) = state_cell(row);
    let (role, sign) = words::tone(tone);
    let cells = width.saturating_sub(2);
    let name = text::cut_middle(&row.app.id.name, cells);
    let state = format!("{} {word} {}", cx.theme.sign(sign), words::age(cx, row.since));
    let mut lines = vec![
        counts(cx, Depth::Signs),
        Runs::new().gap(1).add(Role::Strong, name),
        Runs::new().gap(1).add(Role::Text, text::cut_middle(words::runs_on(cx, row), cells)),
        Runs::new().gap(1).add(role, state),
    ];
    lines.extend(text::wrap(&row.verdict.short, cells).into_iter().map(|l| Runs::new().gap(1).add(Role::Text, l)));
    let last = said.unwrap_or("j k step, q quits");
    let last = text::wrap(last, cells).into_iter().map(|l| Runs::new().gap(1).add(Role::Muted, l)).collect::<Vec<_>>();
    // What was said is the answer to a key and must not be missed; the keys are told where there is room.
    let keep = if said.is_some() { last.len().min(height - 1) } else { usize::from(height > 5) };
    lines.truncate(height - keep);
    lines.extend(last.into_iter().take(keep));
    lines
}
