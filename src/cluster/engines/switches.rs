//! Settings of engines that change what is to be read out of their objects, where they differ from the defaults.
//! To extend: a line in [`ARGO`] or [`FLUX`]; what it means stands with the rules of `engine::health`.

use super::wire::{Settings, Workload};
use crate::domain::controllers::Switch;
use crate::domain::ids::EngineKind;
use crate::domain::text::sanitise;

/// (ConfigMap, entry, value that changes nothing).
const ARGO: [(&str, &str, &str); 13] = [
    ("argocd-cm", "application.resourceTrackingMethod", "annotation"),
    ("argocd-cm", "application.instanceLabelKey", "app.kubernetes.io/instance"),
    ("argocd-cm", "timeout.reconciliation", "120s"),
    ("argocd-cm", "timeout.reconciliation.jitter", "60s"),
    ("argocd-cm", "cluster.inClusterEnabled", "true"),
    ("argocd-cm", "application.sync.impersonation.enabled", "false"),
    ("argocd-cm", "installationID", ""),
    ("argocd-cmd-params-cm", "application.namespaces", ""),
    ("argocd-cmd-params-cm", "controller.diff.server.side", "false"),
    ("argocd-cmd-params-cm", "controller.resource.health.persist", "false"),
    ("argocd-cmd-params-cm", "controller.repo.error.grace.period.seconds", "180"),
    ("argocd-cmd-params-cm", "controller.sync.timeout.seconds", "0"),
    ("argocd-cmd-params-cm", "applicationsetcontroller.enable.progressive.syncs", "false"),
];

pub(super) const MAPS: [&str; 2] = ["argocd-cm", "argocd-cmd-params-cm"];

/// (Flag of a controller, value that changes nothing).
const FLUX: [(&str, &str); 8] = [
    ("feature-gates", ""),
    ("watch-label-selector", ""),
    ("watch-all-namespaces", "true"),
    ("no-cross-namespace-refs", "false"),
    ("no-remote-bases", "false"),
    ("default-service-account", ""),
    ("override-manager", ""),
    ("requeue-dependency", "30s"),
];

/// The longest value that is shown.
const LONGEST: usize = 120;

pub(super) fn is_asked(entry: &str) -> bool {
    ARGO.iter().any(|(_, name, _)| *name == entry)
}

/// What one ConfigMap of an Argo CD changes.
pub(super) fn of_map(namespace: &str, map: &str, settings: &Settings) -> Vec<Switch> {
    let set = |(place, name, default): &(&str, &str, &str)| {
        let value = settings.data.get(*name).filter(|_| *place == map)?.trim();
        (!value.is_empty() && value != *default).then(|| Switch {
            engine: EngineKind::Argo,
            namespace: sanitise(namespace, 253),
            place: format!("ConfigMap {map}"),
            name: (*name).to_owned(),
            value: sanitise(value, LONGEST),
        })
    };
    ARGO.iter().filter_map(set).collect()
}

/// What the flags of a Flux controller change; each feature gate counts for itself.
pub(super) fn of_flags(workload: &Workload) -> Vec<Switch> {
    let meta = &workload.metadata;
    let switch = |name: &str, value: &str| Switch {
        engine: EngineKind::Flux,
        namespace: sanitise(&meta.namespace, 253),
        place: format!("Deployment {}", sanitise(&meta.name, 253)),
        name: sanitise(name, 80),
        value: sanitise(value, LONGEST),
    };
    let mut out = Vec::new();
    for arg in workload.spec.template.spec.containers.iter().flat_map(|c| &c.args) {
        let Some(flag) = arg.trim().strip_prefix("--") else { continue };
        let (name, value) = flag.split_once('=').unwrap_or((flag, "true"));
        let Some((_, default)) = FLUX.iter().find(|(known, _)| *known == name) else { continue };
        let value = value.trim();
        if name == "feature-gates" {
            let gates = value.split(',').filter_map(|gate| gate.split_once('='));
            out.extend(gates.map(|(gate, value)| switch(gate.trim(), value.trim())));
        } else if value != *default {
            out.push(switch(name, value));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_settings_that_differ_are_kept_and_a_credential_beside_them_never_is() {
        let data = json!({"data": {"application.resourceTrackingMethod": "label", "timeout.reconciliation": "120s", "dex.config": "clientSecret: hunter2"}});
        let settings: Settings = serde_json::from_value(data).unwrap();
        assert!(!settings.data.contains_key("dex.config"));
        let found = of_map("argocd", "argocd-cm", &settings);
        let words: Vec<_> = found.iter().map(|s| (s.name.as_str(), s.value.as_str())).collect();
        assert_eq!(words, [("application.resourceTrackingMethod", "label")]);
        assert!(
            of_map("argocd", "argocd-cmd-params-cm", &settings).is_empty(),
            "an entry counts only in the map that Argo CD reads it from"
        );
    }

    #[test]
    fn each_feature_gate_is_a_switch_and_an_unknown_flag_is_not_kept() {
        let args = json!([
            "--feature-gates=CancelHealthCheckOnNewRevision=true,CacheSecretsAndConfigMaps=false",
            "--watch-all-namespaces=true",
            "--no-cross-namespace-refs",
            "--token=hunter2"
        ]);
        let workload: Workload =
            serde_json::from_value(json!({"metadata": {"name": "kustomize-controller", "namespace": "flux-system"}, "spec": {"template": {"spec": {"containers": [{"args": args}]}}}}))
                .unwrap();
        let found: Vec<_> = of_flags(&workload).into_iter().map(|s| format!("{}={}", s.name, s.value)).collect();
        assert_eq!(found, ["CancelHealthCheckOnNewRevision=true", "CacheSecretsAndConfigMaps=false", "no-cross-namespace-refs=true"]);
    }
}
