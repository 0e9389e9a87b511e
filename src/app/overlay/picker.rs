//! First start, or `:clusters`: which contexts should be watched, and what a quick look at each of them found.

use super::Overlay;
use crate::app::destination::Told;
use crate::app::state::AppState;
use crate::domain::cluster::Link;
use crate::domain::ids::{ClusterId, EngineKind};
use crate::domain::probe::{Answer, Probe, Reached, Target};
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub struct Choice {
    pub cluster: ClusterId,
    pub watch: bool,
    pub protected: bool,
    /// `None` = no answer yet, or it is watched already and its link says more.
    pub probe: Option<Probe>,
}

impl Choice {
    pub fn reached(&self) -> Option<&Reached> {
        match self.probe.as_ref().map(|p| &p.answer) {
            Some(Answer::Reached(reached)) => Some(reached),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Picker {
    pub choices: Vec<Choice>,
    pub cursor: usize,
    /// It is the first start: Esc quits instead of closing.
    pub first: bool,
    /// `l` was pressed here once: once more runs the login program.
    pub asked: Option<ClusterId>,
}

/// A context of ours that a hub deploys to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tie {
    pub hub: ClusterId,
    /// The context, or the name that no context has.
    pub to: Result<ClusterId, String>,
    /// Only the names are alike; that is no proof.
    pub by_name: bool,
}

/// The answer of a context; without a picker nobody waits for it.
pub fn on_probed(state: &mut AppState, cluster: &ClusterId, probe: Probe) {
    let pickers = state.overlays.iter_mut().filter_map(|o| if let Overlay::Picker(p) = o { Some(p) } else { None });
    for choice in pickers.flat_map(|p| &mut p.choices).filter(|c| c.cluster == *cluster) {
        choice.probe = Some(probe.clone());
        state.dirty = true;
    }
}

/// Who deploys to whom, as far as the hubs told.
pub fn ties(state: &AppState, picker: &Picker) -> BTreeSet<Tie> {
    let looked = picker.choices.iter().filter_map(|c| Some((c.cluster.clone(), c.reached()?)));
    let told = looked.flat_map(|(hub, reached)| reached.targets.iter().map(move |t| (hub.clone(), t.clone())));
    let rows = state.fleet.rows.values().map(|row| &row.app).filter(|app| app.id.engine() == EngineKind::Argo);
    let watched = rows.filter(|app| app.destination.cluster.as_ref() != Some(&app.id.cluster)).map(|app| {
        let target = Target { name: app.destination.name.clone(), server: app.destination.server.clone() };
        (app.id.cluster.clone(), target)
    });
    let all: BTreeSet<(ClusterId, Target)> = told.chain(watched).collect();
    let tied = all.into_iter().filter_map(|(hub, target)| {
        let (to, by_name) = match context_of(state, &hub, &target) {
            Some((id, by_name)) => (Ok(id), by_name),
            None => (Err(target.name.or(target.server)?), false),
        };
        Some(Tie { hub, to, by_name })
    });
    tied.collect()
}

fn context_of(state: &AppState, hub: &ClusterId, target: &Target) -> Option<(ClusterId, bool)> {
    let told = Told { hub, name: target.name.as_deref(), server: target.server.as_deref() };
    let sure = told.sure(state).map(|id| (id.clone(), false));
    sure.or_else(|| told.by_name(state).map(|info| (info.id.clone(), true)))
}

/// Worth watching: it has an engine, or a hub deploys to it.
pub fn is_used(state: &AppState, choice: &Choice, ties: &BTreeSet<Tie>) -> bool {
    let has_engine = choice.reached().is_some_and(|r| !r.engines.is_empty())
        || state.fleet.clusters.get(&choice.cluster).is_some_and(|c| !c.engines.is_empty());
    has_engine || ties.iter().any(|t| t.to.as_ref() == Ok(&choice.cluster))
}

/// The context wants a login.
pub fn wants_login(state: &AppState, choice: &Choice) -> bool {
    match &choice.probe {
        Some(probe) => matches!(probe.answer, Answer::Login { .. }),
        None => state.fleet.clusters.get(&choice.cluster).is_some_and(|c| matches!(c.link, Link::LoginNeeded { .. })),
    }
}

/// The login program of a context, as the kubeconfig names it.
pub fn login_program<'a>(state: &'a AppState, id: &ClusterId) -> Option<&'a str> {
    state.contexts.iter().find(|c| c.id == *id)?.login.as_deref()
}

/// Contexts that wait for this login program; once it has run for one of them, it is asked for all of them.
pub fn waiting_for<'a>(state: &'a AppState, picker: &'a Picker, program: &'a str) -> impl Iterator<Item = &'a ClusterId> {
    let waits = move |c: &&Choice| wants_login(state, c) && login_program(state, &c.cluster) == Some(program);
    picker.choices.iter().filter(waits).map(|c| &c.cluster)
}

/// Not watched and not answered yet.
pub fn is_open(state: &AppState, choice: &Choice) -> bool {
    choice.probe.is_none() && !state.chosen.contains(&choice.cluster)
}
