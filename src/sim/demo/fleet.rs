//! Larger fleets, for trying out scale: many apps made from a few, in a mix of states.

use crate::domain::clock::Clock;
use crate::sim::api::ApiServer;
use crate::sim::ids;
use crate::sim::scenario::{Kind, World, app_object, app_parts, apps, cluster_parts};
use serde_json::json;
use std::time::Duration;

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

/// Compares one app after the other, for ever, as Argo CD does each of them every two to three minutes: nothing but the time changes, and with
/// it the version and, as there is no status subresource, the generation.
pub async fn compare(servers: Vec<ApiServer>, clock: Clock, per_second: usize) {
    const GROUP: &str = "argoproj.io";
    let text = |object: &serde_json::Value, key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
    let mut apps = Vec::new();
    for server in &servers {
        // One that is not permitted is never compared.
        for object in server.list(GROUP, "applications", "").iter().filter(|it| !it["status"]["reconciledAt"].is_null()) {
            apps.push((server, text(object, "namespace"), text(object, "name")));
        }
    }
    let mut tick = tokio::time::interval(Duration::from_secs(1) / u32::try_from(per_second.max(1)).unwrap_or(u32::MAX));
    for (server, namespace, name) in apps.iter().cycle() {
        tick.tick().await;
        let now = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        server.edit(GROUP, "applications", namespace, name, |object| {
            object["status"]["reconciledAt"] = json!(now);
        });
    }
}
