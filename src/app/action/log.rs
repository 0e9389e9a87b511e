//! `L`: the last lines of the failing container.

use super::{Action, Group, actable};
use crate::app::effect::Effect;
use crate::app::fleet::Row;
use crate::app::overlay::{LogView, Overlay};
use crate::app::state::AppState;
use crate::domain::app::App;
use crate::domain::event::LiveNode;
use crate::domain::ids::EngineKind;
use crate::domain::status::Health;
use crate::domain::verdict::{NextStep, Verdict};

pub static LOG: Action = Action {
    name: "show_log",
    title: "log",
    help: "last 200 lines of the failing pod, the previous run first; there f follows it, p and c change run and container",
    group: Group::App,
    off,
    run,
    mutates: false,
};

fn off(state: &AppState) -> Option<String> {
    let row = match actable(state) {
        Ok(row) => row,
        Err(why) => return Some(why),
    };
    if row.app.destination.cluster.is_none() {
        return Some(format!("Pods of {} are not visible: no context of yours reaches {}.", row.app.id.name, row.app.runs_on()));
    }
    match state.fleet.read_of(&row.app.id) {
        None => Some("The pods are not read yet.".into()),
        Some((_, Err(why))) => Some(format!("The pods cannot be read: {why}.")),
        Some((_, Ok(nodes))) if pod(row, nodes).is_none() => Some(format!("{} has no pod here.", row.app.id.name)),
        Some(_) => None,
    }
}

/// The pod to look at: the one that Why tells of, or one of what it tells of; else the worst one.
pub fn pod<'a>(row: &Row, nodes: &'a [LiveNode]) -> Option<&'a LiveNode> {
    let told = row.verdict.log_of.as_ref().and_then(|key| {
        let at = nodes.iter().position(|n| n.key == *key && n.exists)?;
        let (first, below) = nodes.get(at..)?.split_first()?;
        let below = below.iter().take_while(|n| n.depth > first.depth);
        worst(std::iter::once(first).chain(below))
    });
    told.or_else(|| worst(nodes.iter()))
}

/// Failing before progressing before healthy.
fn worst<'a>(nodes: impl Iterator<Item = &'a LiveNode>) -> Option<&'a LiveNode> {
    nodes.filter(|n| n.key.kind == "Pod" && n.exists).min_by_key(|n| match n.health {
        Some(Health::Degraded) => (0, -n.restarts),
        Some(Health::Progressing) => (1, -n.restarts),
        Some(Health::Healthy) => (3, 0),
        _ => (2, 0),
    })
}

/// A log is advised only where it can be read; `:map` may make that so, where the destination is the one thing that is not known.
pub fn advise(app: &App, verdict: &mut Verdict) {
    if app.destination.cluster.is_some() || !verdict.next.iter().any(|s| s.key == "L") {
        return;
    }
    verdict.next.retain(|s| s.key != "L");
    let is_mapped = verdict.next.iter().any(|s| s.key == ":map");
    if app.id.engine() == EngineKind::Argo && !is_mapped {
        let text = format!("choose the context that reaches {}: its pods and logs are not visible", app.runs_on());
        verdict.next.push(NextStep { key: ":map".into(), text });
    } else if !is_mapped {
        verdict.next.push(NextStep { key: String::new(), text: format!("logs: on {}, which no context of yours reaches", app.runs_on()) });
    }
}

fn run(state: &mut AppState) -> Vec<Effect> {
    state.overlays.push(Overlay::Log(LogView { opened_at: Some(state.now), ..LogView::default() }));
    state.fleet.detail.log = None;
    ask(state)
}

/// Asks for the log of the pod that matters most; also the reload key.
pub fn ask(state: &AppState) -> Vec<Effect> {
    let Some(row) = state.row() else { return Vec::new() };
    let Some((_, Ok(nodes))) = state.fleet.read_of(&row.app.id) else { return Vec::new() };
    let (Some(pod), Some(cluster)) = (pod(row, nodes), row.app.destination.cluster.clone()) else { return Vec::new() };
    vec![Effect::Log {
        app: row.app.id.clone(),
        cluster,
        pod: pod.key.clone(),
        container: pod.container.clone(),
        previous: pod.restarts > 0,
    }]
}
