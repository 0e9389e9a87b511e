//! What stands around the apps of a Flux cluster: its webhook, whom it tells, and on two clusters what writes image tags into git.

use super::status::ago;
use super::{Cluster, World};
use crate::sim::repos::Repos;
use serde_json::{Value, json};

/// Clusters whose Flux has the image controllers.
const IMAGES: [&str; 2] = ["prod-eu", "stage-eu"];

pub fn objects(world: &World<'_>, cluster: &Cluster) -> Vec<Value> {
    // Nothing has a source on dev-shared.
    if cluster.flux.is_none() || cluster.name == "dev-shared" {
        return Vec::new();
    }
    let mut out = notifications(world);
    if IMAGES.contains(&cluster.name) {
        out.extend(images(world, cluster.name));
    }
    out
}

fn meta(name: &str) -> Value {
    json!({"name": name, "namespace": "flux-system"})
}

fn ready(world: &World<'_>, reason: &str, message: &str) -> Value {
    json!([{"type": "Ready", "status": "True", "reason": reason, "message": message, "observedGeneration": 1, "lastTransitionTime": ago(world, 86_400)}])
}

/// The webhook's path is as good as its token, and so is the address of a provider: neither is a real one.
fn notifications(world: &World<'_>) -> Vec<Value> {
    vec![
        json!({
            "apiVersion": "notification.toolkit.fluxcd.io/v1", "kind": "Receiver", "metadata": meta("push"),
            "spec": {"type": "generic", "interval": "10m", "secretRef": {"name": "hook-token"}, "resources": [{"kind": "GitRepository", "name": "fleet"}]},
            "status": {"observedGeneration": 1, "webhookPath": "/hook/0000", "conditions": ready(world, "Succeeded", "Receiver initialized for path: /hook/0000")}
        }),
        json!({
            "apiVersion": "notification.toolkit.fluxcd.io/v1beta3", "kind": "Provider", "metadata": meta("oncall"),
            "spec": {"type": "slack", "channel": "oncall", "secretRef": {"name": "oncall-hook"}}
        }),
        json!({
            "apiVersion": "notification.toolkit.fluxcd.io/v1beta3", "kind": "Alert", "metadata": meta("trouble"),
            "spec": {"providerRef": {"name": "oncall"}, "eventSeverity": "error", "eventSources": [{"kind": "GitRepository", "name": "*"}]}
        }),
    ]
}

fn images(world: &World<'_>, cluster: &str) -> Vec<Value> {
    let policy = |name: &str, tag: &str| {
        json!({
            "apiVersion": "image.toolkit.fluxcd.io/v1", "kind": "ImagePolicy", "metadata": meta(name),
            "spec": {"imageRepositoryRef": {"name": name}, "policy": {"semver": {"range": "*"}}},
            "status": {"observedGeneration": 1, "latestRef": {"name": format!("registry.example/{name}"), "tag": tag},
                "conditions": ready(world, "Succeeded", "Latest image tag resolved")}
        })
    };
    let automation = json!({
        "apiVersion": "image.toolkit.fluxcd.io/v1", "kind": "ImageUpdateAutomation", "metadata": meta("fleet"),
        "spec": {"interval": "30m", "sourceRef": {"kind": "GitRepository", "name": "fleet"}, "suspend": cluster == "stage-eu",
            "git": {"commit": {"author": {"name": "image-bot", "email": "image-bot@acme.example"}}, "push": {"branch": "main"}},
            "update": {"strategy": "Setters", "path": "./apps"}},
        "status": {"observedGeneration": 1, "lastPushCommit": world.repos.id("c41d8f0"), "lastPushTime": ago(world, 1140),
            "conditions": ready(world, "Succeeded", &format!("repository up-to-date: {}", Repos::url("fleet")))}
    });
    vec![automation, policy("payments", "2.14.0"), policy("web", "3.8.0")]
}
