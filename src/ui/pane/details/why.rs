//! Why an app is not converging: sentence, next, soon, also, and what it rests on.

use super::peers;
use crate::app::cells::{Tone, synced_since};
use crate::app::fleet::Row;
use crate::app::{action, keymap};
use crate::domain::verdict::{Evidence, NextStep};
use crate::theme::Role;
use crate::ui::Cx;
use crate::ui::runs::Runs;
use crate::ui::{text, words};

/// Longest line of a sentence, in cells: longer ones are hard to read.
const MEASURE: usize = 100;

/// `two` = a second column shows what else is broken, so it is not said here.
/// `height` = lines there are: evidence is wrapped over those that would stay empty.
pub fn lines(cx: Cx, row: &Row, width: u16, height: usize, two: bool) -> Vec<Runs> {
    let width = usize::from(width);
    let mut out = sentence(cx, row, width);
    out.extend(next(cx, row, width));
    if let Some(soon) = &row.verdict.soon {
        out.extend(labelled("soon", text::wrap(soon, width.saturating_sub(7).min(MEASURE))));
    }
    if let Some(at) = synced_since(&row.app, cx.state.now) {
        let note = format!("A sync ended {} ago and Argo CD has not compared since: what differs was found before it.", words::age(cx, at));
        out.extend(labelled("but", text::wrap(&note, width.saturating_sub(7).min(MEASURE))));
    }
    if let Some(ack) = &row.ack {
        let end = ack.until.map(|at| format!(", or until {}", words::until(cx, at))).unwrap_or_default();
        let note = if ack.note.is_empty() { String::new() } else { format!("{}; ", ack.note) };
        let note = format!("{note}acknowledged {} ago, until it changes{end}.", words::age(cx, ack.at));
        out.extend(labelled("ack", text::wrap(&note, width.saturating_sub(7).min(MEASURE))));
    }
    if two {
        out.push(Runs::new());
    } else if let Some(also) = peers::line(cx, row, width) {
        out.push(also);
    }
    let free = height.saturating_sub(out.len());
    out.extend(evidence(cx, row, width, free));
    out
}

fn sentence(cx: Cx, row: &Row, width: usize) -> Vec<Runs> {
    let (role, sign) = words::tone(words::row_tone(row));
    let text = match (row.verdict.sentence.as_str(), row.severity) {
        ("", crate::domain::status::Severity::Ok) => {
            let rev = row.app.revision.as_deref().map_or("?", words::revision);
            let ago = words::age(cx, row.since);
            let more = if row.since_exact { "" } else { "at least " };
            format!("{} is Synced and Healthy on {}, at {rev} for {more}{ago}.", row.app.id.name, words::runs_on(cx, row))
        }
        ("", _) => row.verdict.short.clone(),
        (text, _) => text.to_owned(),
    };
    let lines = text::wrap(&text, width.saturating_sub(3).min(MEASURE));
    let first = |i: usize| if i == 0 { Runs::new().gap(1).add(role, cx.theme.sign(sign)).gap(1) } else { Runs::new().gap(3) };
    lines.into_iter().enumerate().map(|(i, l)| first(i).add(Role::Strong, l)).collect()
}

fn labelled(label: &str, lines: Vec<String>) -> Vec<Runs> {
    let start = |i: usize| if i == 0 { Runs::new().gap(1).cell(Role::Muted, label, 4).gap(2) } else { Runs::new().gap(7) };
    lines.into_iter().enumerate().map(|(i, l)| start(i).add(Role::Text, l)).collect()
}

/// The first way out has a line of its own, the others share lines; what is too long for one is wrapped.
fn next(cx: Cx, row: &Row, width: usize) -> Vec<Runs> {
    let between = if cx.state.width >= 100 || width >= 100 { 5 } else { 4 };
    let mut out = Vec::new();
    let mut line = Runs::new();
    // An advice that the program would refuse is none.
    let barred = action::read_only(cx.state, row);
    let steps: Vec<&NextStep> = row.verdict.next.iter().filter(|s| barred.is_none() || !keymap::writes(&s.key)).collect();
    let bars = barred.filter(|_| steps.len() < row.verdict.next.len()).map(|why| NextStep { key: String::new(), text: why });
    for (i, step) in steps.into_iter().chain(&bars).enumerate() {
        let mut parts = item(step, width.saturating_sub(7).min(MEASURE)).into_iter();
        let first = parts.next().unwrap_or_default();
        let rest: Vec<Runs> = parts.map(|p| Runs::new().gap(7).join(p)).collect();
        if i == 0 {
            out.push(Runs::new().gap(1).add(Role::Muted, "next").gap(2).join(first));
            out.extend(rest);
            continue;
        }
        if !line.is_empty() && (line.width() + between + first.width() > width || !rest.is_empty()) {
            out.push(std::mem::take(&mut line));
        }
        line = if line.is_empty() { Runs::new().gap(7).join(first) } else { line.gap(between).join(first) };
        if !rest.is_empty() {
            out.push(std::mem::take(&mut line));
            out.extend(rest);
        }
    }
    if !line.is_empty() {
        out.push(line);
    }
    out
}

fn item(step: &NextStep, cells: usize) -> Vec<Runs> {
    let key = if step.key.is_empty() { Runs::new() } else { Runs::of(Role::HintKey, step.key.clone()).gap(2) };
    let indent = key.width();
    let lines = text::wrap(&step.text, cells.saturating_sub(indent));
    let start = |i: usize| if i == 0 { key.clone() } else { Runs::new().gap(indent) };
    lines.into_iter().enumerate().map(|(i, l)| start(i).add(Role::Text, l)).collect()
}

/// Lines of one piece of evidence at most.
const WRAPPED: usize = 6;

/// Each value in as many lines as there are free ones for it, the first in the table first.
fn wrapped<'a>(list: &'a [Evidence], cells: usize, mut spare: usize) -> Vec<(&'a Evidence, Vec<String>)> {
    let one = |e: &'a Evidence| {
        let mut lines = text::wrap(&e.value, cells);
        let room = (1 + spare).min(WRAPPED);
        if lines.len() > room {
            let rest = lines.split_off(room - 1).join(" ");
            lines.push(text::cut_end(&rest, cells));
        }
        spare -= lines.len().saturating_sub(1);
        (e, lines)
    };
    list.iter().map(one).collect()
}

/// The further lines of a value, below its first.
fn below(lines: &[String], indent: usize) -> impl Iterator<Item = Runs> {
    lines.iter().skip(1).map(move |l| Runs::new().gap(indent).add(Role::Text, l.clone()))
}

fn evidence(cx: Cx, row: &Row, width: usize, free: usize) -> Vec<Runs> {
    let list = &row.verdict.evidence;
    if list.is_empty() {
        return Vec::new();
    }
    if width < 60 {
        return std::iter::once(Runs::new()).chain(list.iter().map(|e| narrow(cx, e, width))).collect();
    }
    if width < 100 {
        let cells = list.iter().map(|e| middling_value(cx, e, width)).min().unwrap_or(width);
        let told = wrapped(list, cells, free.saturating_sub(list.len()));
        return told.iter().flat_map(|(e, lines)| std::iter::once(middling(cx, e, lines, width)).chain(below(lines, 26))).collect();
    }
    let value = width.saturating_sub(56).clamp(20, 52);
    let head = Runs::new().gap(3).cell(Role::Header, "EVIDENCE", 26).cell(Role::Header, "VALUE", value);
    let mut out = vec![head.cell(Role::Header, "SOURCE", 20).number(Role::Header, "AGE", 4)];
    for (e, lines) in wrapped(list, value - 1, free.saturating_sub(list.len() + 1)) {
        let first = start(cx, e)
            .name(Role::Text, &e.what, 25)
            .gap(1)
            .cell(Role::Text, lines.first().map_or("", String::as_str), value - 1)
            .gap(1)
            .cell(Role::Muted, &e.source, 19)
            .gap(1)
            .number(Role::Muted, &age(cx, e), 4);
        out.push(first);
        out.extend(below(&lines, 29));
    }
    out
}

fn start(cx: Cx, evidence: &Evidence) -> Runs {
    let tone = words::weight_tone(evidence.weight);
    let (role, sign) = words::tone(tone);
    let role = if tone == Tone::Plain { Role::Muted } else { role };
    Runs::new().gap(1).add(role, cx.theme.sign(sign)).gap(1)
}

fn age(cx: Cx, evidence: &Evidence) -> String {
    evidence.at.map_or("-".into(), |at| words::age(cx, at))
}

/// Cells of source and age.
fn middling_end(cx: Cx, e: &Evidence) -> usize {
    text::width(&format!("{} {}", text::cut_end(&e.source, 13), age(cx, e))).max(16)
}

fn middling_value(cx: Cx, e: &Evidence, width: usize) -> usize {
    width.saturating_sub(27 + middling_end(cx, e))
}

/// 60 to 99 cells: no heading, source and age at the end.
fn middling(cx: Cx, e: &Evidence, lines: &[String], width: usize) -> Runs {
    let end = middling_end(cx, e);
    let age = age(cx, e);
    let source = end.saturating_sub(text::width(&age) + 1);
    start(cx, e)
        .name(Role::Text, &e.what, 22)
        .gap(1)
        .cell(Role::Text, lines.first().map_or("", String::as_str), middling_value(cx, e, width))
        .gap(1)
        .cell(Role::Muted, &e.source, source)
        .number(Role::Muted, &age, text::width(&age) + 1)
}

/// Under 60 cells: only the kind of source.
fn narrow(cx: Cx, e: &Evidence, width: usize) -> Runs {
    let source = e.source.split(',').next().unwrap_or_default().split_whitespace().last().unwrap_or_default();
    start(cx, e).name(Role::Text, &e.what, 23).gap(1).cell(Role::Text, &e.value, width.saturating_sub(35)).gap(1).number(
        Role::Muted,
        source,
        6,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::verdict::Weight;

    fn told(value: &str) -> Evidence {
        Evidence { weight: Weight::Bad, what: "Pod web".into(), value: value.into(), source: "live".into(), at: None }
    }

    #[test]
    fn evidence_takes_the_lines_that_are_free_and_is_cut_only_where_none_is_left() {
        let list = [told("one two three four five six"), told("seven eight nine")];
        let lines = |spare| wrapped(&list, 10, spare).into_iter().map(|(_, lines)| lines).collect::<Vec<_>>();
        assert_eq!(lines(0), [vec!["one two t⋯"], vec!["seven eig⋯"]]);
        assert_eq!(lines(1), [vec!["one two", "three fou⋯"], vec!["seven eig⋯"]]);
        assert_eq!(lines(9), [vec!["one two", "three four", "five six"], vec!["seven", "eight nine"]]);
    }
}
