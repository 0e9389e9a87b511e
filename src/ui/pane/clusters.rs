//! Pane 1: the clusters, worst first, how much of each is wrong, and whether we hear from it.

use crate::app::cells::Tone;
use crate::app::fleet::{Cluster, Counts};
use crate::app::msg::Press;
use crate::app::pane::Pane;
pub use crate::app::pane::clusters::order;
use crate::app::state::AppState;
use crate::domain::cluster::Link;
use crate::domain::ids::EngineKind;
use crate::domain::status::Sync;
use crate::theme::{Role, Sign};
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::widget::list::top_for;
use crate::ui::words;
use ratatui::layout::Rect;

/// Of the apps that run there.
fn counts(state: &AppState, cluster: &Cluster) -> Counts {
    state.fleet.by_cluster.get(cluster.id.as_str()).copied().unwrap_or_default()
}

/// `5/8`: failed, degraded, missing or out of sync, of all. `-/4` where the state of none is known now, `5+/8` where that of some is not: more
/// of them may be bad.
pub fn bad_of(state: &AppState, cluster: &Cluster) -> String {
    let c = counts(state, cluster);
    let (bad, all) = (c.broken + c.missing + c.out_of_sync, c.total());
    match cluster.link {
        Link::Unreachable { .. } | Link::LoginNeeded { .. } | Link::Changed { .. } | Link::Invalid { .. } => format!("-/{all}"),
        Link::NotInstalled => String::new(),
        _ if c.old > 0 && c.old == all && bad == 0 => format!("-/{all}"),
        _ if c.old > 0 => format!("{bad}+/{all}"),
        _ => format!("{bad}/{all}"),
    }
}

/// How the cluster does; where that is well, the worst of what runs there: a sign beside many bad apps must not say that all is well.
pub fn sign(cx: Cx, cluster: &Cluster) -> (Role, Sign) {
    let (standing, _) = words::standing(cx, cluster);
    let c = counts(cx.state, cluster);
    match standing {
        (_, Sign::Ok) if c.broken > 0 => (Role::Bad, Sign::Bad),
        (_, Sign::Ok) if c.missing > 0 => words::tone(Tone::Missing),
        (_, Sign::Ok) if c.out_of_sync > 0 => words::tone(words::sync_tone(Sync::OutOfSync)),
        _ => standing,
    }
}

/// What runs there: as found, else (not answering) as the known rows tell; a cluster that only takes apps is a destination of Argo CD.
fn engines(cx: Cx, cluster: &Cluster) -> &'static str {
    let rows = cx.state.fleet.rows.keys().filter(|id| cluster.engines.is_empty() && id.cluster == cluster.id);
    let known: Vec<EngineKind> = cluster.engines.iter().map(|e| e.name).chain(rows.map(|id| id.engine())).collect();
    match (known.contains(&EngineKind::Argo), known.contains(&EngineKind::Flux)) {
        (true, true) => "AF",
        (true, false) => "A",
        (false, true) => "F",
        (false, false) if counts(cx.state, cluster).total() > 0 => "A",
        (false, false) => "-",
    }
}

pub fn header(width: usize) -> Runs {
    let name = 10 + width.saturating_sub(40).min(6);
    Runs::new().gap(4).cell(Role::Header, "CLUSTER", name).gap(3).add(Role::Header, "ENG  BAD LINK")
}

/// One line of the list, 40 cells and more.
pub fn line(cx: Cx, cluster: &Cluster, selected: bool, width: usize) -> Runs {
    let ((role, _), standing) = words::standing(cx, cluster);
    let (worst, sign) = sign(cx, cluster);
    let name = 10 + width.saturating_sub(40).min(6);
    let flag = match (cluster.protected, cluster.read_only) {
        (true, _) => (Role::Protected, "P"),
        (false, true) => (Role::ReadOnly, "r"),
        _ => (Role::Text, " "),
    };
    let engine = engines(cx, cluster);
    let gutter = if selected { Runs::of(Role::CursorGutter, ">").gap(1) } else { Runs::new().gap(2) };
    let line = gutter
        .add(worst, format!("{} ", cx.theme.sign(sign)))
        .name(Role::Text, cluster.name(), name)
        .gap(1)
        .add(flag.0, flag.1)
        .gap(1)
        .cell(Role::Muted, engine, 3)
        .number(Role::Text, &bad_of(cx.state, cluster), 5)
        .gap(1)
        .cell(role, &standing, width.saturating_sub(name + 15).min(20));
    line.over(selected.then_some(Role::Cursor))
}

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect) {
    let state = cx.state;
    let focus = state.view.focus == Pane::Clusters;
    let ids = order(state);
    let frame = Frame::new(focus, format!("1 Clusters {}", ids.len())).right(Runs::of(Role::Muted, "worst first"));
    let cursor = state.view.cluster.as_ref().and_then(|c| ids.iter().position(|i| i == c));
    let rows = usize::from(area.height.saturating_sub(3));
    let top = top_for(cursor.unwrap_or(0), 0, rows, ids.len());
    let below = ids.len().saturating_sub(top + rows);
    let more = if below > 0 { Runs::of(Role::Muted, format!("{below} more below")) } else { Runs::new() };
    let inner = frame.bottom(Runs::new(), more).draw(canvas, area);
    let width = usize::from(inner.width);
    canvas.runs(inner.x, inner.y, inner.width, &header(width));
    for (i, id) in ids.iter().enumerate().skip(top).take(rows) {
        let Some(cluster) = state.fleet.clusters.get(id) else { continue };
        let y = inner.y + 1 + u16::try_from(i - top).unwrap_or(0);
        canvas.runs(inner.x, y, inner.width, &line(cx, cluster, focus && cursor == Some(i), width).line(Press::Row(Pane::Clusters, i)));
    }
    if ids.is_empty() {
        canvas.put(inner.x + 1, inner.y, inner.width, Role::Muted, "none; :clusters picks some");
    }
}
