//! Where an Argo app deploys: which cluster of ours that is, or one that no context reaches.

use super::filter;
use super::fleet::Cluster;
use super::state::AppState;
use crate::domain::app::App;
use crate::domain::cluster::Link;
use crate::domain::ids::{ClusterId, EngineKind, Epoch};

/// Argo destinations: explicit map, in-cluster, the same server URL as a context; a name alone only suggests.
pub fn map(state: &mut AppState, app: &mut App) {
    if app.destination.cluster.is_none() {
        let destination = &app.destination;
        let wanted = [destination.name.as_deref(), destination.server.as_deref()];
        let explicit = state
            .settings
            .destinations
            .iter()
            .find(|(what, _)| wanted.iter().flatten().any(|w| same_server(w, what)))
            .map(|(_, c)| c.clone());
        let by_server = destination
            .server
            .as_deref()
            .and_then(|server| state.contexts.iter().find(|c| same_server(&c.server, server)).map(|c| c.id.clone()));
        app.destination.cluster = explicit.or(by_server).filter(|c| state.fleet.clusters.contains_key(c));
    }
    if app.destination.cluster.is_none() && app.id.engine() == EngineKind::Argo {
        let name = app.runs_on().to_owned();
        if !name.is_empty() {
            ensure_unmapped(state, &name);
        }
    }
}

/// Servers by meaning: scheme and host case, default port and trailing slash do not count.
pub fn same_server(a: &str, b: &str) -> bool {
    fn normal(s: &str) -> String {
        let s = s.trim().trim_end_matches('/').to_lowercase();
        s.strip_suffix(":443").filter(|_| s.starts_with("https://")).map_or(s.clone(), str::to_owned)
    }
    normal(a) == normal(b)
}

fn ensure_unmapped(state: &mut AppState, name: &str) {
    let id = ClusterId::new(name);
    if !state.fleet.clusters.contains_key(&id) {
        let protected = filter::matches_any(&state.settings.protected, name);
        let read_only = filter::matches_any(&state.settings.read_only_clusters, name);
        state.fleet.clusters.insert(
            id.clone(),
            Cluster {
                id,
                info: None,
                link: Link::Unmapped,
                engines: Vec::new(),
                kubernetes: None,
                user: None,
                fingerprint: None,
                kinds: std::collections::BTreeMap::new(),
                heard_at: None,
                epoch: Epoch(0),
                protected,
                read_only,
            },
        );
        state.dirty = true;
    }
}
