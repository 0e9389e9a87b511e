//! Pane 2: the apps. Only the rows in view are built.

mod columns;
mod empty;
pub use empty::sentence;
mod row;

use crate::app::fleet::{Counts, Row};
use crate::app::list;
use crate::app::msg::Press;
use crate::app::pane::apps::Sort;
use crate::app::pane::{Found, Pane};
use crate::app::state::AppState;
use crate::domain::cluster::Link;
use crate::domain::duration::seconds_between;
use crate::domain::ids::AppId;
use crate::theme::Role;
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::widget::list::top_for;
use crate::ui::widget::query::coloured;
use crate::ui::words;
use columns::Columns;
use ratatui::layout::Rect;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect) {
    let state = cx.state;
    let count = state.fleet.shown.len();
    let rows = usize::from(area.height.saturating_sub(3));
    let cursor = state.view.app.as_ref().and_then(|id| list::position_of(state, id));
    let top = top_for(cursor.unwrap_or(0), state.view.apps_top, rows, count);
    let frame = frame(cx, area, top, rows);
    let inner = frame.draw(canvas, area);
    if count == 0 {
        let lines = empty::lines(cx, usize::from(inner.width));
        canvas.lines(inner, &lines, 0);
        return;
    }
    let columns = Columns::new(cx, area.width);
    canvas.runs(inner.x, inner.y, inner.width, &columns.header());
    for (i, id) in state.fleet.shown.iter().enumerate().skip(top).take(rows) {
        let Some(row) = state.fleet.rows.get(id) else { continue };
        let y = inner.y + 1 + u16::try_from(i - top).unwrap_or(0);
        let selected = cursor == Some(i);
        canvas.runs(inner.x, y, inner.width, &row::line(cx, &columns, row, selected).line(Press::Row(Pane::Apps, i)));
        if selected && frame.focus {
            canvas.lay(Rect::new(inner.x, y, 1, 1), Role::CursorGutter);
        }
    }
}

fn frame(cx: Cx, area: Rect, top: usize, rows: usize) -> Frame {
    let state = cx.state;
    let (shown, all) = (state.fleet.shown.len(), state.fleet.rows.len());
    let view = &state.view;
    let filtered = !view.filter.text.is_empty() || view.filter.editing;
    let narrowed = filtered || view.only_cluster.is_some() || view.only_repo.is_some() || shown != all;
    let loading =
        state.fleet.clusters.values().any(|c| c.kinds.values().any(|k| matches!(k, crate::domain::cluster::KindState::Loading { .. })));
    let counts = if narrowed { format!("{shown}/{all}") } else { all.to_string() } + if loading { "+" } else { "" };
    let focus = view.focus == Pane::Apps;
    let mut frame = Frame::new(focus, format!("2 Apps {counts}"));
    if filtered {
        frame.left = vec![Runs::of(Frame::title_role(focus), format!("2 Apps {counts}  ")).join(filter_text(cx))];
    }
    if let Some(cluster) = &view.only_cluster {
        frame = frame.also(Runs::of(Role::Strong, format!("on {cluster}")));
    }
    if let Some(repo) = &view.only_repo {
        frame = frame.also(Runs::of(Role::Strong, format!("from {}", repo.short())));
    }
    match view.filter.found {
        Found::Exact => {}
        Found::InMessages => frame = frame.also(Runs::of(Role::Attention, "in messages only")),
        Found::Near => frame = frame.also(Runs::of(Role::Attention, "nothing alike, near matches")),
    }
    if (!filtered && area.width >= 90) || view.sort != Sort::Worst {
        frame = frame.also(Runs::of(Role::Muted, view.sort.word()));
    }
    if !view.marks.is_empty() {
        frame = frame.also(Runs::of(Role::Mark, format!("{} marked", view.marks.len())));
    }
    let new = state.fleet.glance.new;
    if new > 0 {
        frame = frame.right(Runs::of(Role::New, format!("{new} new")));
    }
    let (left, right) = bottom(cx, area, top, rows);
    frame.bottom(left, right)
}

/// `/text` in the colours of its parts.
fn filter_text(cx: Cx) -> Runs {
    let filter = &cx.state.view.filter;
    let line = Runs::of(Role::HintKey, "/").join(coloured(&filter.text));
    if filter.editing { line.add(Role::Strong, "_") } else { line }
}

/// `1-24 of 41`, and what is below the window.
fn bottom(cx: Cx, area: Rect, top: usize, rows: usize) -> (Runs, Runs) {
    let state = cx.state;
    if let Some(problem) = &state.view.filter.problem {
        return (Runs::of(Role::FieldError, format!("{}: {}", problem.part, problem.says)), Runs::new());
    }
    let count = state.fleet.shown.len();
    if count == 0 {
        return (Runs::new(), Runs::new());
    }
    let end = (top + rows).min(count);
    let left = Runs::of(Role::Muted, format!("{}-{end} of {count}", top + 1));
    if let Some(text) = loading(state) {
        return (left, Runs::of(Role::Busy, text));
    }
    let below = count - end;
    if below == 0 || area.width < 100 {
        return (left, Runs::new());
    }
    (left, Runs::of(Role::Muted, format!("{below} more below{}", what_is_below(state, end))))
}

fn loading(state: &AppState) -> Option<String> {
    use crate::domain::cluster::KindState;
    let of = |c: &crate::app::fleet::Cluster| -> usize {
        c.kinds.values().map(|k| if let KindState::Loading { so_far } = k { *so_far } else { 0 }).sum()
    };
    let cluster = state.fleet.clusters.values().filter(|c| c.link != Link::Unmapped).find(|c| of(c) > 0)?;
    Some(format!("loading {}: {} so far", cluster.name(), of(cluster)))
}

/// `, all ok` or the two worst classes with their counts.
fn what_is_below(state: &AppState, from: usize) -> String {
    let count = |ids: &[AppId]| {
        let mut out = Counts::default();
        ids.iter().filter_map(|id| state.fleet.rows.get(id)).for_each(|row| out.add(row));
        out
    };
    let (above, below) = state.fleet.shown.split_at(from.min(state.fleet.shown.len()));
    // The shorter side is counted; what is shown in all was counted when the list was made.
    let below = if above.len() < below.len() { state.fleet.shown_counts.without(&count(above)) } else { count(below) };
    let classes = [
        (below.broken, "broken"),
        (below.missing, "missing"),
        (below.out_of_sync, "out of sync"),
        (below.unknown, "unknown"),
        (below.suspended, "suspended"),
    ];
    let words: Vec<String> = classes.iter().filter(|(n, _)| *n > 0).take(2).map(|(n, word)| format!("{n} {word}")).collect();
    if words.is_empty() { ", all ok".into() } else { format!(": {}", words.join(" ")) }
}

/// The age a row shows: of its state, or of the data where that is not live.
fn age(cx: Cx, row: &Row) -> String {
    let age = words::age(cx, row.stale_as_of.unwrap_or(row.since));
    let is_open = !row.since_exact && row.stale_as_of.is_none();
    // Seen for some seconds only: that it is older than those says nothing.
    if is_open && seconds_between(row.since, cx.state.now) < 60 {
        return "?".into();
    }
    let marked = format!(">{age}");
    if !is_open || marked.len() > 4 { age } else { marked }
}
