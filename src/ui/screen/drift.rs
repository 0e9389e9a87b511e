//! Drift groups: one line for each difference, the one of the most apps first; below them the apps that none tells of.

use crate::app::drift::{self, Answer, Drift, Line};
use crate::app::fleet::Row;
use crate::app::{list, msg::Press};
use crate::domain::drift::{Difference, Group};
use crate::domain::ids::AppId;
use crate::theme::{Role, Sign};
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::{Cx, text, words};
use ratatui::layout::Rect;
use std::collections::BTreeSet;

/// Lines below the list: what is under the cursor, whole.
const FOOT: u16 = 2;

/// Cells of the columns; the difference or resource has the rest.
struct Widths {
    by: usize,
    age: usize,
    name: usize,
    place: usize,
    width: usize,
}

impl Widths {
    fn of(cx: Cx, view: &Drift, width: usize) -> Self {
        let wide = width >= 98;
        let apps = || view.lines.iter().filter_map(Line::app);
        let longest = |of: &dyn Fn(&AppId) -> usize, most: usize| apps().map(of).max().unwrap_or(0).clamp(8, most);
        Self {
            by: if wide { 17 } else { 0 },
            age: 5,
            name: longest(&|id| text::width(&id.name), if wide { 30 } else { 17 }),
            place: longest(&|id| text::width(&place(cx, id)), if wide { 16 } else { 12 }),
            width,
        }
    }

    /// Where the age begins.
    fn last(&self) -> usize {
        self.width.saturating_sub(self.age + 1)
    }
    /// Where the columns of a group begin that follow its difference.
    fn end(&self) -> usize {
        self.last().saturating_sub(self.by)
    }
}

pub fn crumbs(cx: Cx) -> Vec<Runs> {
    let start = Runs::new().gap(1).add(Role::Muted, "Apps > ");
    let start = match &cx.state.view.drift.open {
        None => start.add(Role::Title, "Drift groups"),
        Some(open) => start.add(Role::Muted, "Drift groups > ").add(Role::Title, text::cut_end(&open.words(), 60)),
    };
    vec![start.clone().gap(5).add(Role::Muted, "what the apps out of sync differ in"), start]
}

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect) {
    let view = &cx.state.view.drift;
    let inner = frame(cx, view).draw(canvas, area);
    if inner.is_empty() {
        return;
    }
    let width = usize::from(inner.width);
    if view.lines.is_empty() {
        let lines: Vec<Runs> =
            text::wrap(&nothing(view), width.saturating_sub(2)).into_iter().map(|l| Runs::new().gap(1).add(Role::Text, l)).collect();
        return canvas.lines(inner, &lines, 0);
    }
    let widths = Widths::of(cx, view, width);
    let foot = if inner.height > FOOT + 3 { FOOT } else { 0 };
    canvas.runs(inner.x, inner.y, inner.width, &names(view, &widths).cut(width));
    let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1 + foot), ..inner };
    let rows = usize::from(body.height).max(1);
    let top = list::window(view.top, view.at, rows, view.lines.len());
    let shown = view.lines.iter().enumerate().skip(top).take(rows);
    let lines: Vec<Runs> = shown.map(|(i, l)| line(cx, view, l, &widths, i == view.at).line(Press::Line(i))).collect();
    canvas.lines(body, &lines, 0);
    let below = Rect { y: body.bottom(), height: foot, ..inner };
    let said: Vec<Runs> =
        text::wrap(&in_words(cx, view), width.saturating_sub(2)).into_iter().map(|l| Runs::new().gap(1).add(Role::Muted, l)).collect();
    canvas.lines(below, &said, 0);
}

fn frame(cx: Cx, view: &Drift) -> Frame {
    let apps: BTreeSet<&AppId> = view.groups.iter().flat_map(|g| &g.apps).collect();
    let mut frame = Frame::new(true, "Drift groups")
        .also(Runs::of(Role::Text, format!("{} in {}", words::count(view.groups.len(), "difference"), words::count(apps.len(), "app"))));
    if let Some(group) = view.open.as_ref().and_then(|d| view.group(d)) {
        frame = Frame::new(true, "Drift group").also(Runs::of(Role::Text, words::count(group.apps.len(), "app")));
    }
    let changed = drift::changed(cx.state);
    if changed > 0 {
        frame = frame.also(Runs::of(Role::Attention, format!("{} changed since, r compares again", words::count(changed, "app"))));
    }
    let right = match (view.is_busy(), view.as_of(), view.begun) {
        (true, _, Some(begun)) => {
            let (done, all) = view.progress();
            Runs::of(Role::Busy, words::waiting(cx, begun)).gap(1).add(Role::Text, format!("comparing {} of {all}", (done + 1).min(all)))
        }
        (_, Some(at), _) => Runs::of(Role::Muted, format!("as of {}", words::time(cx, at))),
        _ => Runs::new(),
    };
    let more = view.lines.len().saturating_sub(view.at + 1);
    frame
        .right(right)
        .bottom(Runs::of(Role::Muted, "what is wanted -> what is live"), Runs::of(Role::Muted, format!("{more} below the cursor")))
}

fn names(view: &Drift, widths: &Widths) -> Runs {
    if view.open.is_some() {
        let out = Runs::new().gap(3).cell(Role::Muted, "APP", widths.name).gap(1).cell(Role::Muted, "CLUSTER", widths.place).gap(1);
        return out.add(Role::Muted, "RESOURCE").to(widths.last()).number(Role::Muted, "AGE", widths.age);
    }
    let out = Runs::new().gap(4).add(Role::Muted, "APPS CLUSTERS  DIFFERENCE");
    let out = out.to(widths.end());
    let out = if widths.by > 0 { out.cell(Role::Muted, "SET BY", widths.by) } else { out };
    out.number(Role::Muted, "AGE", widths.age)
}

fn line(cx: Cx, view: &Drift, line: &Line, widths: &Widths, here: bool) -> Runs {
    let gutter = if here { Runs::of(Role::CursorGutter, ">") } else { Runs::new().gap(1) };
    let out = match line {
        Line::Group(difference) => match view.group(difference) {
            Some(group) => of_group(cx, group, widths, gutter),
            None => gutter,
        },
        Line::Place(id, resource) => {
            let found = view.open.as_ref().and_then(|d| view.group(d));
            let at = found.and_then(|g| g.places.iter().find(|p| p.app == *id && p.resource == *resource)).and_then(|p| p.at);
            let out = of_app(cx, id, widths, mark(cx, gutter, [id]));
            let room = widths.width.saturating_sub(out.width() + widths.age + 2);
            let out = out.name(Role::Text, &resource.title(), room);
            out.to(widths.last()).number(Role::Muted, &age(cx, at), widths.age)
        }
        Line::Failed(id) => {
            let sign = mark(cx, gutter, [id]).add(Role::Unknown, cx.theme.sign(Sign::Unknown)).gap(1);
            of_app(cx, id, widths, sign).add(Role::Unknown, view.answers.get(id).map_or_else(String::new, trouble))
        }
        Line::Equal(id) => {
            let sign = mark(cx, gutter, [id]).add(Role::Ok, cx.theme.sign(Sign::Ok)).gap(1);
            of_app(cx, id, widths, sign).add(Role::Muted, equal(cx, id))
        }
    };
    out.cut(widths.width).over(here.then_some(Role::Cursor))
}

fn mark<'a>(cx: Cx, gutter: Runs, apps: impl IntoIterator<Item = &'a AppId>) -> Runs {
    let marked = apps.into_iter().all(|id| cx.state.view.marks.contains(id));
    if marked { gutter.add(Role::Mark, "*") } else { gutter.gap(1) }
}

fn of_group(cx: Cx, group: &Group, widths: &Widths, gutter: Runs) -> Runs {
    let many = group.apps.len() > 1;
    let out = mark(cx, gutter, &group.apps).add(Role::Drift, cx.theme.sign(Sign::Drift)).gap(1);
    let number = if many { Role::Strong } else { Role::Muted };
    let out = out.number(number, &group.apps.len().to_string(), 4).gap(1).number(number, &clusters(cx, group).to_string(), 8).gap(2);
    let end = widths.end();
    let room = end.saturating_sub(out.width() + 1);
    let out = out.join(difference(&group.difference, room)).to(end);
    let out =
        if widths.by > 0 { out.name(Role::Text, group.difference.by().unwrap_or("-"), widths.by.saturating_sub(1)).gap(1) } else { out };
    out.number(Role::Muted, &age(cx, group.newest()), widths.age)
}

/// Kind, field, change; the field gives way first.
fn difference(of: &Difference, room: usize) -> Runs {
    let out = Runs::of(Role::Muted, of.kind.clone()).gap(1);
    let change = text::cut_end(&of.change(), room.saturating_sub(out.width() + 9).max(8));
    if of.field().is_empty() {
        return out.add(Role::Text, change).cut(room);
    }
    let left = room.saturating_sub(out.width() + text::width(&change) + 1).max(8);
    out.add(Role::Text, text::cut_middle(of.field(), left)).gap(1).add(Role::Strong, change).cut(room)
}

fn clusters(cx: Cx, group: &Group) -> usize {
    group.apps.iter().map(|id| place(cx, id)).collect::<BTreeSet<_>>().len()
}

fn of_app(cx: Cx, id: &AppId, widths: &Widths, start: Runs) -> Runs {
    let start = if start.width() < 3 { start.gap(1) } else { start };
    start.name(Role::Text, &id.name, widths.name).gap(1).name(Role::Muted, &place(cx, id), widths.place).gap(1)
}

fn row<'a>(cx: Cx<'a>, id: &AppId) -> Option<&'a Row> {
    cx.state.fleet.rows.get(id)
}

/// Where an app deploys; of one that is gone, where its object was.
fn place(cx: Cx, id: &AppId) -> String {
    row(cx, id).map_or_else(|| id.cluster.to_string(), |r| words::runs_on(cx, r).to_owned())
}

fn age(cx: Cx, at: Option<crate::domain::Timestamp>) -> String {
    at.map_or_else(|| "-".into(), |at| words::age(cx, at))
}

fn trouble(answer: &Answer) -> String {
    match &answer.result {
        Err(why) => format!("not compared: {}", why.trim_end_matches('.')),
        Ok(compared) => format!("not compared whole: {}", compared.not_whole().unwrap_or_default()),
    }
}

fn equal(cx: Cx, id: &AppId) -> String {
    format!("{} says it differs; no difference was found", row(cx, id).map_or("its engine", |r| r.app.id.engine().title()))
}

/// The line under the cursor at length.
fn in_words(cx: Cx, view: &Drift) -> String {
    let of_group = |difference: &Difference| {
        let apps = view.group(difference).map(|g| g.apps.iter()).into_iter().flatten();
        let names: Vec<String> = apps.map(|id| format!("{} {}", id.name, place(cx, id))).collect();
        let by = difference.by().map(|by| format!(", set by {by}")).unwrap_or_default();
        format!("{}{by}: {}", difference.words(), names.join(", "))
    };
    match view.line() {
        Some(Line::Group(difference)) => of_group(difference),
        Some(Line::Place(id, resource)) => {
            let against = view.answers.get(id).and_then(|a| a.result.as_ref().ok()).and_then(|c| c.against.as_deref());
            let end = against.map(|why| format!("; compared with what was last applied: {why}")).unwrap_or_default();
            format!("{} {}: {}{end}", id.name, place(cx, id), resource.title())
        }
        Some(Line::Failed(id)) => format!("{} {}: {}", id.name, place(cx, id), view.answers.get(id).map_or_else(String::new, trouble)),
        Some(Line::Equal(id)) => format!("{} {}: {}", id.name, place(cx, id), equal(cx, id)),
        None => String::new(),
    }
}

fn nothing(view: &Drift) -> String {
    if view.is_busy() {
        return "Reads the live objects, fetches git and renders the manifests of every app that is out of sync.".into();
    }
    "No app is out of sync, as far as the engines tell.".into()
}
