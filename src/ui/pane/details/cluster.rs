//! Details of the cluster under the cursor.

use super::engines;
use crate::app::fleet::Cluster;
use crate::app::pane::Pane;
use crate::domain::cluster::KindState;
use crate::theme::{Role, Sign};
use crate::ui::Cx;
use crate::ui::canvas::Canvas;
use crate::ui::pane::clusters::order;
use crate::ui::runs::Runs;
use crate::ui::widget::frame::Frame;
use crate::ui::{text, words};
use ratatui::layout::Rect;

pub fn draw(cx: Cx, canvas: &mut Canvas, area: Rect) {
    let focus = cx.state.view.focus == Pane::Details;
    let id = cx.state.view.cluster.clone().or_else(|| order(cx.state).into_iter().next());
    let Some(cluster) = id.and_then(|id| cx.state.fleet.clusters.get(&id)) else {
        let inner = Frame::new(focus, "3 Details").draw(canvas, area);
        canvas.put(inner.x + 1, inner.y, inner.width, Role::Muted, "No cluster is watched.");
        return;
    };
    let lines = lines(cx, cluster, usize::from(area.width.saturating_sub(2)));
    let heard = cluster.heard_at.map_or("never heard".into(), |at| format!("{} ago", words::age(cx, at)));
    let frame = Frame::new(focus, format!("3 {}  cluster", cluster.name())).also(Runs::of(Role::TabActive, "[State]"));
    let height = usize::from(area.height.saturating_sub(2));
    cx.state.view.details_end.set(lines.len().saturating_sub(height));
    let top = cx.state.view.details_scroll.min(lines.len().saturating_sub(height));
    let below = lines.len().saturating_sub(top + height);
    let more = if below > 0 { Runs::of(Role::Muted, format!("{below} more below")) } else { Runs::new() };
    let inner = frame.right(Runs::of(Role::Muted, heard)).bottom(Runs::new(), more).draw(canvas, area);
    canvas.lines(inner, &lines, top);
}

pub(super) fn labelled(role: Role, sign: &str, label: &str, says: String) -> Runs {
    Runs::new().gap(1).add(role, sign).gap(1).cell(role, label, 12).gap(1).add(Role::Text, says)
}

fn lines(cx: Cx, cluster: &Cluster, width: usize) -> Vec<Runs> {
    let (role, sign) = words::link(&cluster.link);
    let mut out = Vec::new();
    for (i, part) in text::wrap(&identity(cluster), width.saturating_sub(17)).into_iter().enumerate() {
        out.push(if i == 0 {
            labelled(role, cx.theme.sign(sign), &words::link_text(cx, cluster), part).cut(width)
        } else {
            Runs::new().gap(16).add(Role::Text, part)
        });
    }
    if !cluster.link.is_live() || cluster.link.reason().is_some() {
        let says = crate::ui::pane::apps::sentence(cx, cluster);
        out.extend(text::wrap(&says, width.saturating_sub(4)).into_iter().map(|l| Runs::new().gap(3).add(Role::Strong, l)));
    }
    out.extend(engines::lines(cx, cluster, width));
    let also = crate::app::also::names(cx.state, &cluster.id);
    if !also.is_empty() {
        out.push(labelled(Role::Muted, " ", "also as", also.join(", ")).cut(width));
    }
    out.extend(kinds(cx, cluster).into_iter().map(|l| l.cut(width)));
    if cluster.protected {
        out.push(Runs::new().gap(3).add(Role::Protected, "PROTECTED").gap(4).add(Role::Text, guardrails(cx, cluster)).cut(width));
    }
    if cluster.read_only {
        out.push(labelled(Role::ReadOnly, " ", "read-only", "no action is offered here".into()));
    }
    out.push(apps(cx, cluster).cut(width));
    out.extend(engines::table(cx, cluster).into_iter().map(|l| l.cut(width)));
    out.extend(engines::notes(cx, cluster, width));
    out
}

fn identity(cluster: &Cluster) -> String {
    let mut parts: Vec<String> = cluster
        .engines
        .iter()
        .map(|e| format!("{} {}", e.name.title(), e.version.as_deref().unwrap_or("(version not readable)")))
        .collect();
    parts.extend(cluster.kubernetes.as_ref().map(|v| format!("Kubernetes {v}")));
    let cut = |text: &str| text.chars().take(8).collect::<String>();
    if let Some(print) = &cluster.fingerprint {
        parts.extend(print.uid.as_ref().map(|u| format!("id {}", cut(u))));
        parts.push(if print.ca.is_empty() {
            "system CA".into()
        } else {
            format!("CA {}", cut(&print.ca).chars().take(4).collect::<String>())
        });
        parts.push(print.server.clone());
    }
    parts.extend(cluster.user.clone());
    parts.join(", ")
}

fn kinds(cx: Cx, cluster: &Cluster) -> Vec<Runs> {
    let live = cluster.kinds.values().filter(|k| matches!(k, KindState::Live)).count();
    let served = cluster.kinds.values().filter(|k| !matches!(k, KindState::NotServed)).count();
    let mut out = Vec::new();
    if served > 0 {
        let (role, sign) = if live == served { (Role::Ok, Sign::Ok) } else { (Role::Attention, Sign::Attention) };
        out.push(labelled(role, cx.theme.sign(sign), "watches", format!("{live} of {served} live")));
    }
    for (kind, state) in &cluster.kinds {
        match state {
            KindState::Live | KindState::NotServed => {}
            KindState::Loading { so_far } => {
                out.push(labelled(Role::Busy, cx.theme.sign(Sign::Busy), "loading", format!("{kind}: {so_far} so far")))
            }
            KindState::Broken { since, cause, .. } => {
                let says = format!("{kind}: {cause}, {} ago", words::age(cx, *since));
                out.push(labelled(Role::Attention, cx.theme.sign(Sign::Attention), "broken", says));
            }
            KindState::Forbidden { namespaces } if namespaces.is_empty() => {
                let user = cluster.user.as_deref().map_or(String::new(), |u| format!(" for {u}"));
                out.push(labelled(Role::Attention, cx.theme.sign(Sign::Attention), "forbidden", format!("list {kind}{user}")));
            }
            KindState::Forbidden { namespaces } => {
                let says = format!("list {kind} everywhere; it works in {}", namespaces.join(", "));
                out.push(labelled(Role::Attention, cx.theme.sign(Sign::Attention), "in part", says));
            }
        }
    }
    out
}

fn guardrails(cx: Cx, cluster: &Cluster) -> String {
    // Which globs match is decided where plans are made; here only exact names and the trailing star are followed.
    let matches = |glob: &str| glob == cluster.name() || glob.strip_suffix('*').is_some_and(|start| cluster.name().starts_with(start));
    let words: Vec<String> = cx.state.settings.guardrails.iter().filter(|(g, _)| matches(g)).flat_map(|(_, w)| w.clone()).collect();
    if words.is_empty() { "its name is typed before anything is changed".into() } else { format!("guardrails {}", words.join(", ")) }
}

fn apps(cx: Cx, cluster: &Cluster) -> Runs {
    use crate::app::cells::Tone;
    let c = cx.state.fleet.by_cluster.get(cluster.id.as_str()).copied().unwrap_or_default();
    let mut line = Runs::new().gap(3).cell(Role::Text, &words::count(c.total(), "app"), 12);
    let all = [
        (Tone::Bad, c.broken, "broken"),
        (Tone::Missing, c.missing, "missing"),
        (Tone::Drift, c.out_of_sync, "out of sync"),
        (Tone::Unknown, c.unknown, "unknown"),
        (Tone::Held, c.suspended, "suspended"),
        (Tone::Busy, c.progressing, "progressing"),
        (Tone::Ok, c.ok, "ok"),
    ];
    for (tone, n, word) in all.into_iter().filter(|(_, n, _)| *n > 0) {
        let (role, sign) = words::tone(tone);
        line = line.gap(1).add(role, format!("{} {n} {word}", cx.theme.sign(sign))).gap(1);
    }
    line
}
