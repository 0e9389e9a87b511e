//! One app as one line.

use super::age;
use super::columns::{Columns, ENG, HEALTH, REV, STATE, SYNC};
use crate::app::cells::{health_cell, state_cell, sync_cell, synced_since};
use crate::app::fleet::Row;
use crate::app::pane::apps::Wide;
use crate::domain::duration::seconds_between;
use crate::theme::Role;
use crate::ui::Cx;
use crate::ui::pane::repos::standing;
use crate::ui::runs::Runs;
use crate::ui::words;

/// Seconds a changed row stays bold.
const FRESH: u64 = 2;

pub fn line(cx: Cx, columns: &Columns, row: &Row, selected: bool) -> Runs {
    let app = &row.app;
    let word =
        |cell: (crate::app::cells::Tone, &'static str), cells: usize| words::sign_word(cx, words::tone(cell.0), cell.1, cells).gap(1);
    let name = if cx.state.fleet.twins.contains(&app.id) { app.id.path() } else { app.id.name.clone() };
    let mut line = gutter(cx, row, selected).name(Role::Text, &name, columns.app).gap(1);
    line = line.name(Role::Text, words::runs_on(cx, row), columns.cluster).gap(1);
    if columns.eng > 0 {
        line = line.cell(Role::Muted, app.id.kind.short(), ENG).gap(1);
    }
    line = if columns.one_state {
        line.join(word(state_cell(row), STATE))
    } else {
        line.join(word(sync_cell(row), SYNC)).join(word(health_cell(row), HEALTH))
    };
    if columns.rev > 0 {
        line = line.cell(Role::Text, app.revision.as_deref().map_or("-", words::revision), REV).gap(1);
    }
    for column in &columns.wide {
        line = wide(cx, line, *column, row).gap(1);
    }
    line = line.number(Role::Muted, &age(cx, row), super::columns::AGE);
    if columns.message > 0 {
        line = line.gap(1).join(message(cx, row, columns.message));
    }
    line.over(laid_over(cx, row, selected))
}

fn wide(cx: Cx, line: Runs, column: Wide, row: &Row) -> Runs {
    let (app, cells) = (&row.app, column.width());
    match column {
        Wide::Ns => line.name(Role::Text, &app.id.namespace, cells),
        Wide::Repo => {
            let source = app.sources.first();
            let chart = || source.and_then(|s| s.chart.clone());
            let name = source.and_then(|s| s.repo()).map(|r| r.short().to_owned()).or_else(chart);
            line.name(Role::Text, name.as_deref().unwrap_or("-"), cells)
        }
        Wide::Behind => {
            let (role, says) = row.standing.map_or((Role::Muted, "-".to_owned()), |s| standing(cx, s));
            line.cell(role, &says, cells)
        }
        Wide::Owner => line.name(Role::Muted, owner(row).unwrap_or("-"), cells),
        Wide::Auto => line.cell(Role::Muted, app.auto_sync.map_or("-", |on| if on { "on" } else { "off" }), cells),
    }
}

/// What writes the spec of this object.
fn owner(row: &Row) -> Option<&str> {
    let argo = row.app.argo().and_then(|a| a.application_set.as_deref().or(a.parent.as_deref()));
    argo.or_else(|| row.app.flux().and_then(|f| f.parent.as_ref()).map(|(_, name)| name.as_str()))
}

fn message(cx: Cx, row: &Row, cells: usize) -> Runs {
    if let Some(pending) = &row.pending {
        let age = words::age(cx, pending.at);
        return Runs::new().cell(Role::Busy, &format!("{} requested {age} ago", pending.action), cells);
    }
    if let Some(at) = synced_since(&row.app, cx.state.now) {
        return Runs::new().cell(Role::Busy, &format!("synced {} ago, not compared yet", words::age(cx, at)), cells);
    }
    match row.ack.as_ref().and_then(|ack| ack.until) {
        // Beside the sign of its gutter: how long nobody is reminded.
        Some(at) => Runs::new().cell(Role::Text, &format!("ack until {}: {}", words::until(cx, at), row.verdict.short), cells),
        None => Runs::new().cell(Role::Text, &row.verdict.short, cells),
    }
}

fn gutter(cx: Cx, row: &Row, selected: bool) -> Runs {
    let cursor = if selected { Runs::of(Role::Strong, ">") } else { Runs::new().gap(1) };
    let (role, sign) = if cx.state.view.marks.contains(&row.app.id) {
        (Role::Mark, "*")
    } else if row.is_new {
        (Role::New, "+")
    } else if row.ack.is_some() {
        (Role::Acked, "a")
    } else {
        (Role::Text, " ")
    };
    cursor.add(role, sign).gap(1)
}

fn laid_over(cx: Cx, row: &Row, selected: bool) -> Option<Role> {
    let fresh = row.changed_at.is_some_and(|at| seconds_between(at, cx.state.now) < FRESH);
    match () {
        () if selected => Some(Role::Cursor),
        () if fresh => Some(Role::Changed),
        () if row.stale_as_of.is_some() || row.from_store => Some(Role::Stale),
        () => None,
    }
}
