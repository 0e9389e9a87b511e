//! Pane 3: the object under the cursor of the focused list, in full width.

mod cluster;
mod engines;
mod events;
mod history;
mod peers;
mod repo;
mod resources;
mod source;
mod why;

use crate::app::fleet::Row;
use crate::app::layout::Form;
use crate::app::msg::Press;
use crate::app::pane::{Pane, Tab};
use crate::theme::{Role, Sign};
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::{text, words};
use ratatui::layout::Rect;

/// From this inner width on, Why has a second column.
const TWO_COLUMNS: u16 = 138;
/// Width of that second column.
const SECOND: u16 = 53;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect, form: Form) {
    match cx.state.view.details_of {
        Pane::Clusters if form != Form::Single => cluster::draw(cx, canvas, area),
        Pane::Repos if form != Form::Single => repo::draw(cx, canvas, area),
        _ => app(cx, canvas, area, form),
    }
}

fn app(cx: Cx, canvas: &mut Canvas, area: Rect, form: Form) {
    let focus = cx.state.view.focus == Pane::Details || form == Form::Single;
    let Some(row) = cx.state.row() else {
        let inner = Frame::new(focus, "3 Details").draw(canvas, area);
        canvas.put(inner.x + 1, inner.y, inner.width, Role::Muted, "Nothing is selected: move to an app, a cluster or a repository.");
        return;
    };
    let width = area.width.saturating_sub(2);
    let height = usize::from(area.height.saturating_sub(2));
    let second = width >= TWO_COLUMNS && cx.state.view.tab == Tab::Why;
    let lines = match cx.state.view.tab {
        Tab::Resources | Tab::Source if row.app.unreadable.is_some() => unreadable(cx, row, usize::from(width)),
        Tab::Why => why::lines(cx, row, if second { width - SECOND - 1 } else { width }, height, second),
        Tab::Resources => resources::lines(cx, row, width),
        Tab::History => history::lines(cx, row, width),
        Tab::Events => events::lines(cx, row, width),
        Tab::Source => source::lines(cx, row, width),
    };
    cx.state.view.details_end.set(lines.len().saturating_sub(height));
    let top = scroll(cx, &lines, height);
    let below = lines.len().saturating_sub(top + height);
    let inner = frame(cx, row, form, focus, below).draw(canvas, area);
    if second {
        let left = Rect { width: inner.width - SECOND - 1, ..inner };
        canvas.lines(left, &lines, top);
        for y in inner.top()..inner.bottom() {
            canvas.put(left.right(), y, 1, Role::Border, "│");
        }
        let right = Rect { x: left.right() + 1, width: SECOND, ..inner };
        canvas.lines(right, &peers::column(cx, row, usize::from(SECOND), height), 0);
    } else {
        canvas.lines(inner, &lines, top);
    }
}

/// What an object that cannot be read manages, and where it comes from, is not known; half of it would pass for all.
fn unreadable(cx: Cx, row: &Row, width: usize) -> Vec<Runs> {
    let why = row.app.unreadable.as_deref().unwrap_or_default();
    let what = if cx.state.view.tab == Tab::Source { "where it comes from and how it is applied" } else { "what it manages" };
    let says = format!("{} {} cannot be read ({why}): {what} is not known.", row.app.id.kind.kind(), row.app.id.path());
    let sign = Runs::new().gap(1).add(Role::Unknown, cx.theme.sign(Sign::Unknown)).gap(1);
    let mut first = Some(sign);
    let mut start = || first.take().unwrap_or_else(|| Runs::new().gap(3));
    text::wrap(&says, width.saturating_sub(4)).into_iter().map(|l| start().add(Role::Text, l)).collect()
}

/// First line shown: the tabs with a cursor keep it in view, the others scroll.
fn scroll(cx: Cx, lines: &[Runs], height: usize) -> usize {
    let (view, count) = (&cx.state.view, lines.len());
    match view.tab {
        Tab::Resources | Tab::History | Tab::Events => {
            // The heading is line 0; what is under the cursor may have several.
            let end = lines.iter().rposition(|l| l.over == Some(Role::Cursor)).unwrap_or(view.details_cursor + 1);
            crate::ui::widget::list::top_for(end, view.details_scroll, height, count)
        }
        Tab::Why | Tab::Source => view.details_scroll.min(count.saturating_sub(height)),
    }
}

fn frame(cx: Cx, row: &Row, form: Form, focus: bool, below: usize) -> Frame {
    let mut frame = match form {
        Form::Single => Frame { focus, ..Frame::default() },
        Form::Narrow | Form::Medium => Frame::new(focus, format!("3 {}  {}", row.app.id.name, words::runs_on(cx, row))),
        _ => Frame::new(focus, format!("3 {}  {}  {}", row.app.id.name, words::runs_on(cx, row), row.app.id.kind.short())),
    };
    let short = matches!(form, Form::Single | Form::Narrow);
    let tabs = Tab::ALL.map(|tab| tab_title(cx, row, tab, short));
    if form == Form::Single {
        let line = tabs.into_iter().fold(Runs::new(), |l, t| if l.is_empty() { t } else { l.gap(1).join(t) });
        return Frame { left: vec![line], right: Runs::of(Role::Muted, "esc apps"), bottom_right: more(below), ..frame };
    }
    frame.left.extend(tabs);
    let read = row.stale_as_of.or(cx.state.fleet.clusters.get(&row.app.id.cluster).and_then(|c| c.heard_at)).unwrap_or(row.app.observed_at);
    let age = words::age(cx, read);
    let title = if short { age } else { format!("read {age} ago") };
    let role = if row.stale_as_of.is_some() { Role::Attention } else { Role::Muted };
    let keys = if form == Form::Wide { Runs::of(Role::Muted, "[ ] tabs  3 focus  z zoom") } else { Runs::new() };
    frame.right(Runs::of(role, title)).bottom(Runs::new(), if below > 0 { more(below) } else { keys })
}

fn more(below: usize) -> Runs {
    if below > 0 { Runs::of(Role::Muted, format!("{below} more below")) } else { Runs::new() }
}

fn tab_title(cx: Cx, row: &Row, tab: Tab, short: bool) -> Runs {
    let word = match (tab, short) {
        (Tab::Resources, true) => "Res",
        (Tab::History, true) => "Hist",
        (Tab::Source, true) => "Src",
        _ => tab.word(),
    };
    let detail = &cx.state.fleet.detail;
    let of_row = detail.app.as_ref() == Some(&row.app.id);
    let count = match tab {
        Tab::Resources => Some(row.app.resources.len()).filter(|n| *n > 0),
        Tab::Events => detail.events.as_ref().filter(|_| of_row).and_then(|(_, e)| e.as_ref().ok()).map(Vec::len).filter(|_| !short),
        _ => None,
    };
    let text = count.map_or_else(|| word.to_owned(), |n| format!("{word} {n}"));
    let at = Tab::ALL.iter().position(|t| *t == tab).map(Press::Tab);
    let line = if cx.state.view.tab == tab { Runs::of(Role::TabActive, format!("[{text}]")) } else { Runs::of(Role::Tab, text) };
    line.presses(at)
}

/// A table line under the cursor of a tab.
fn selected(cx: Cx, line: Runs, at: usize) -> Runs {
    line.over(is_here(cx, at).then_some(Role::Cursor))
}

/// The cursor is on this entry of a tab.
fn is_here(cx: Cx, at: usize) -> bool {
    cx.state.view.focus == Pane::Details && cx.state.view.details_cursor == at
}
