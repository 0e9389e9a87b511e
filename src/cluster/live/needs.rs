//! The Secrets that a pod cannot start without, by name.

use crate::domain::text::sanitise;
use serde_json::Value;
use std::collections::BTreeSet;

/// Names of one pod that are kept.
const MOST: usize = 50;

/// Of volumes, of variables and to pull images; those marked optional are not needed.
pub fn secrets(pod: &Value) -> Vec<String> {
    let list = |of: &'_ Value, pointer: &str| of.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut refs: Vec<(Value, &str)> = Vec::new();
    for volume in list(pod, "/spec/volumes") {
        refs.push((volume["secret"].clone(), "secretName"));
        refs.extend(list(&volume, "/projected/sources").into_iter().map(|s| (s["secret"].clone(), "name")));
    }
    for container in list(pod, "/spec/containers").into_iter().chain(list(pod, "/spec/initContainers")) {
        refs.extend(list(&container, "/env").into_iter().map(|e| (e["valueFrom"]["secretKeyRef"].clone(), "name")));
        refs.extend(list(&container, "/envFrom").into_iter().map(|e| (e["secretRef"].clone(), "name")));
    }
    refs.extend(list(pod, "/spec/imagePullSecrets").into_iter().map(|s| (s, "name")));
    let needed = refs.iter().filter(|(of, _)| of["optional"] != true).filter_map(|(of, field)| of[*field].as_str());
    let names: BTreeSet<String> = needed.filter(|n| !n.is_empty()).map(|n| sanitise(n, 253)).collect();
    names.into_iter().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pod_needs_the_secrets_that_it_mounts_reads_or_pulls_with_and_no_optional_ones() {
        let pod = json!({"spec": {
            "volumes": [{"name": "a", "secret": {"secretName": "tls"}}, {"name": "b", "secret": {"secretName": "maybe", "optional": true}},
                {"name": "c", "projected": {"sources": [{"secret": {"name": "projected"}}, {"configMap": {"name": "env"}}]}}],
            "initContainers": [{"name": "i", "envFrom": [{"secretRef": {"name": "init"}}]}],
            "containers": [{"name": "m", "env": [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "p"}}},
                {"name": "Q", "value": "plain"}, {"name": "R", "valueFrom": {"secretKeyRef": {"name": "db", "key": "q"}}}]}],
            "imagePullSecrets": [{"name": "pull"}]}});
        assert_eq!(secrets(&pod), ["db", "init", "projected", "pull", "tls"]);
        assert_eq!(secrets(&json!({"spec": {"containers": [{"name": "m"}]}})), Vec::<String>::new());
    }
}
