//! A kubeconfig for simulated servers.

use serde_json::{Value, json};

/// A kubeconfig (JSON, which is YAML) with one context for each `(context, url, token, namespace)`; the first one is current.
pub fn kubeconfig(entries: &[(&str, &str, &str, &str)]) -> String {
    let clusters: Vec<Value> = entries.iter().map(|(name, url, _, _)| json!({"name": name, "cluster": {"server": url}})).collect();
    let users: Vec<Value> = entries.iter().map(|(name, _, token, _)| json!({"name": name, "user": {"token": token}})).collect();
    let contexts: Vec<Value> = entries
        .iter()
        .map(|(name, _, _, namespace)| json!({"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}))
        .collect();
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "preferences": {}, "clusters": clusters, "users": users, "contexts": contexts,
        "current-context": entries.first().map_or("", |entry| entry.0),
    });
    serde_json::to_string_pretty(&config).unwrap_or_default() + "\n"
}
