//! Which clusters are watched, and the order they are shown in.

use crate::app::also;
use crate::app::destination;
use crate::app::effect::Effect;
use crate::app::engines;
use crate::app::filter;
use crate::app::fleet::{Cluster, Row};
use crate::app::overlay::Overlay;
use crate::app::overlay::picker::{Choice, Picker};
use crate::app::state::AppState;
use crate::domain::cluster::{ContextInfo, Link};
use crate::domain::controllers::Level;
use crate::domain::ids::{ClusterId, Epoch};
use std::collections::BTreeMap;

/// The kubeconfig was read: at the start the chosen contexts are watched, or the picker opens; later, lost contexts end and changed ones reconnect.
pub fn on_contexts(state: &mut AppState, contexts: Vec<ContextInfo>) -> Vec<Effect> {
    let first = state.contexts.is_empty();
    let old = std::mem::replace(&mut state.contexts, contexts);
    state.dirty = true;
    if first && state.chosen.is_empty() {
        return open_picker(state, true);
    }
    if !first && old == state.contexts {
        return Vec::new();
    }
    let chosen: Vec<ClusterId> = state.chosen.iter().filter(|c| state.contexts.iter().any(|i| i.id == **c)).cloned().collect();
    if !first {
        for lost in state.chosen.iter().filter(|c| !chosen.contains(c)) {
            let text = format!("{lost} is no longer in the kubeconfig; it is not watched any more.");
            state.notices.push(state.now, crate::app::notice::Level::Attention, text, None);
        }
    }
    watch(state, chosen)
}

/// The config protects it: no mark takes that off.
pub fn is_kept_protected(state: &AppState, info: &ContextInfo) -> bool {
    matches(&state.settings.protected, info)
}

/// As the config says, else as it was marked, else by its name.
pub fn is_protected(state: &AppState, info: &ContextInfo) -> bool {
    is_kept_protected(state, info) || state.marked.get(&info.id).copied().unwrap_or(info.protected)
}

fn matches(globs: &[String], info: &ContextInfo) -> bool {
    filter::matches_any(globs, info.id.as_str()) || info.alias.as_ref().is_some_and(|alias| filter::matches_any(globs, alias))
}

/// Watches exactly these clusters; rows of others go.
pub fn watch(state: &mut AppState, chosen: Vec<ClusterId>) -> Vec<Effect> {
    also::keep(state, &chosen);
    state.chosen = chosen;
    let watched = also::watched(state);
    let mut clusters: BTreeMap<ClusterId, Cluster> = BTreeMap::new();
    for id in &watched {
        let Some(info) = state.contexts.iter().find(|c| c.id == *id).cloned() else { continue };
        // What holds under one name of a cluster holds under each.
        let same = state.fleet.also.values().filter(|also| also.shown_as == *id).map(|also| also.info.clone());
        let infos: Vec<ContextInfo> = same.chain([info.clone()]).collect();
        let known =
            state.fleet.clusters.remove(id).filter(|c| c.info.as_ref().is_some_and(|i| i.server == info.server && i.user == info.user));
        if known.is_none() {
            state.fleet.rights.forget(id);
        }
        let mut cluster = known.unwrap_or_else(|| Cluster {
            id: id.clone(),
            info: None,
            link: Link::Connecting { since: state.now },
            engines: Vec::new(),
            controllers: None,
            warnings: Vec::new(),
            kubernetes: None,
            user: None,
            fingerprint: None,
            kinds: BTreeMap::new(),
            heard_at: None,
            epoch: Epoch(0),
            protected: false,
            read_only: false,
        });
        cluster.protected = infos.iter().any(|info| is_protected(state, info));
        cluster.read_only = infos.iter().any(|info| info.read_only || matches(&state.settings.read_only_clusters, info));
        cluster.info = Some(info);
        clusters.insert(id.clone(), cluster);
    }
    state.fleet.clusters = clusters;
    state.fleet.rows.retain(|id, _| watched.contains(&id.cluster));
    state.fleet.sources.retain(|id, _| watched.contains(&id.cluster));
    state.fleet.projects.retain(|(c, _, _), _| watched.contains(c));
    state.fleet.others.retain(|(c, _), _| watched.contains(c));
    state.fleet.rights.keep(&watched);
    destination::map_again(state);
    state.fleet.derive.list_changed = true;
    state.fleet.derive.repos_changed = true;
    if state.view.cluster.is_none() {
        state.view.cluster = watched.first().cloned();
    }
    state.dirty = true;
    vec![Effect::Connect(watched)]
}

/// Opens at once; what the contexts answer comes in while it is open. A watched one is not asked: its session knows more.
pub fn open_picker(state: &mut AppState, first: bool) -> Vec<Effect> {
    let choices: Vec<Choice> = state
        .contexts
        .iter()
        .map(|c| Choice {
            cluster: c.id.clone(),
            watch: if first { c.is_current } else { state.chosen.contains(&c.id) },
            protected: is_protected(state, c),
            probe: None,
        })
        .collect();
    let cursor = choices.iter().position(|c| c.watch).unwrap_or(0);
    let contexts = choices.iter().map(|c| c.cluster.clone()).filter(|id| !state.chosen.contains(id)).collect();
    state.overlays.push(Overlay::Picker(Picker { choices, cursor, first, asked: None }));
    vec![Effect::Probe { contexts, may_log_in: false }]
}

/// The cluster that the verdict of an app speaks of: where it lives while that or its engine is the trouble, else where it runs.
pub fn to_look_at(state: &AppState, row: &Row) -> ClusterId {
    let home = &row.app.id.cluster;
    let is_live = state.fleet.clusters.get(home).is_some_and(|c| c.link.is_live());
    let is_home = !is_live || row.verdict.is_old || engines::works(&state.fleet, &row.app).trouble.is_some();
    let runs_on = row.app.destination.cluster.as_ref().filter(|id| !is_home && state.fleet.clusters.contains_key(id));
    runs_on.unwrap_or(home).clone()
}

/// Worst first: links that are down, then clusters with trouble, then the rest by name.
pub fn order(state: &AppState) -> Vec<ClusterId> {
    let mut ids: Vec<&Cluster> = state.fleet.clusters.values().collect();
    ids.sort_by_key(|c| {
        let link = match c.link {
            Link::Unreachable { .. } | Link::Changed { .. } | Link::Invalid { .. } => 0,
            Link::LoginNeeded { .. } => 1,
            Link::Forbidden { .. } | Link::Degraded { .. } => 2,
            _ => 3,
        };
        // Engines that do nothing say as much of their rows as a link that is down.
        let engines = match engines::worst(c).filter(|_| c.link.is_live()).map(|w| w.level) {
            Some(Level::Down) => 1,
            Some(_) => 2,
            None => 3,
        };
        let link = link.min(engines);
        // What the BAD column counts; between equals the one we cannot see whole comes first.
        let bad = state.fleet.by_cluster.get(c.id.as_str()).map_or(0, |n| n.broken + n.missing + n.out_of_sync);
        (link, usize::MAX - bad, matches!(c.link, Link::Live { .. }), c.name().to_owned())
    });
    ids.into_iter().map(|c| c.id.clone()).collect()
}
