//! `L`: the last lines of the failing container.

use super::{Action, Group, actable};
use crate::app::effect::Effect;
use crate::app::overlay::{LogView, Overlay};
use crate::app::state::AppState;
use crate::domain::event::LiveNode;
use crate::domain::status::Health;

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
        Some((_, Ok(nodes))) if pod(nodes).is_none() => Some(format!("{} has no pod here.", row.app.id.name)),
        Some(_) => None,
    }
}

/// The pod to look at: the worst one, failing before progressing before healthy.
pub fn pod(nodes: &[LiveNode]) -> Option<&LiveNode> {
    nodes.iter().filter(|n| n.key.kind == "Pod" && n.exists).min_by_key(|n| match n.health {
        Some(Health::Degraded) => (0, -n.restarts),
        Some(Health::Progressing) => (1, -n.restarts),
        Some(Health::Healthy) => (3, 0),
        _ => (2, 0),
    })
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
    let (Some(pod), Some(cluster)) = (pod(nodes), row.app.destination.cluster.clone()) else { return Vec::new() };
    vec![Effect::Log {
        app: row.app.id.clone(),
        cluster,
        pod: pod.key.clone(),
        container: pod.container.clone(),
        previous: pod.restarts > 0,
    }]
}
