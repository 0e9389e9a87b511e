//! What a cluster must have shown before a test acts on it.

use driftdeck::app::fleet::Cluster;
use driftdeck::domain::cluster::KindState;

/// Every kind was asked for once: a kind is in the map only from its first word on, so that an all of the map says nothing.
pub fn whole(cluster: &Cluster) -> bool {
    let loading = cluster.kinds.values().any(|kind| matches!(kind, KindState::Loading { .. }));
    cluster.kinds.len() >= driftdeck::engine::watched().count() && !loading
}
