//! Leader election, as far as it can be seen: whoever runs renews its Lease.

use super::api::{Api, LEASE, text};
use crate::domain::clock::Clock;
use serde_json::json;
use std::time::Duration;

/// As often as Flux looks whether it still leads, give or take.
const EVERY: Duration = Duration::from_secs(10);

/// Renews the Leases of a cluster's controllers but those that do not run.
pub async fn renew(api: Api, clock: Clock, stopped: &'static [&'static str]) {
    loop {
        // One that cannot be written is tried again at the next turn, as by the real ones.
        let (leases, _) = api.list(LEASE).await.unwrap_or_default();
        for lease in leases {
            let (namespace, name) = (text(&lease["metadata"]["namespace"]), text(&lease["metadata"]["name"]));
            let Some(controller) = name.strip_suffix("-leader-election") else { continue };
            if stopped.contains(&controller) {
                continue;
            }
            let now = clock.now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
            let _ = api.merge(LEASE, namespace, name, &json!({"spec": {"renewTime": now}})).await;
        }
        tokio::time::sleep(EVERY).await;
    }
}
