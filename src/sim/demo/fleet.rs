//! Larger fleets, for trying out scale: many apps made from a few, in a mix of states.

use crate::sim::api::ApiServer;
use crate::sim::ids;
use crate::sim::scenario::{Kind, World, app_object, app_parts, apps, cluster_parts};
use serde_json::json;

/// Spreads `total` apps over the servers: Argo CD on every other one, Flux on the rest.
pub fn fill(world: &World<'_>, servers: &[ApiServer], total: usize) {
    let list = apps(world.scenario);
    for (index, server) in servers.iter().enumerate() {
        let argo = index % 2 == 0;
        for mut object in cluster_parts(world, if argo { "hub-eu" } else { "prod-eu" }) {
            // Each is a cluster of its own: two of one kube-system would be two contexts of one cluster.
            let model = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
            object["metadata"]["uid"] = json!(ids::uid(&format!("{}/{model}", server.name())));
            server.put(object);
        }
        let usable: Vec<_> = list
            .iter()
            .filter(|app| (app.kind == Kind::Application) == argo && !matches!(app.name, "platform-root" | "flux-system"))
            .collect();
        // The copies of an app share what it deployed: a release whose objects nobody finds would be a broken one.
        for app in usable.iter().filter(|_| !argo).take(total) {
            for object in app_parts(world, app) {
                server.put(object);
            }
        }
        let share = total / servers.len() + usize::from(index < total % servers.len());
        for number in 0..share {
            let Some(app) = usable.get(number % usable.len().max(1)) else { break };
            let mut object = app_object(world, app);
            let name = format!("{}-{number:04}", app.name);
            object["metadata"]["uid"] = json!(ids::uid(&format!("{}/{name}", server.name())));
            object["metadata"]["name"] = json!(name);
            if argo {
                object["spec"]["destination"] = json!({"server": "https://kubernetes.default.svc", "namespace": app.target});
            }
            server.put(object);
        }
    }
}
