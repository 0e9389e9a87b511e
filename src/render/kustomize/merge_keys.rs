//! By which fields the elements of a list are told apart in a strategic merge.

/// How two lists become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListRule {
    /// The patch's list replaces the other.
    Replace,
    /// Elements with the same values of these fields are one.
    ByKeys(&'static [&'static str]),
    /// A set of plain values.
    Set,
}

/// Groups whose kinds every Kubernetes server knows; lists of custom resources are replaced.
fn is_builtin(group: &str) -> bool {
    !group.contains('.') || group.ends_with(".k8s.io")
}

/// The rule of list `field` inside field `parent` of a resource of `group` and `kind`.
pub fn rule(group: &str, kind: &str, parent: &str, field: &str) -> ListRule {
    use ListRule::{ByKeys, Replace, Set};
    match (parent, field) {
        ("metadata", "finalizers") => return if is_builtin(group) { Set } else { Replace },
        ("metadata", "ownerReferences") => return if is_builtin(group) { ByKeys(&["uid"]) } else { Replace },
        _ if !is_builtin(group) || kind == "CustomResourceDefinition" => return Replace,
        _ => {}
    }
    match (parent, field) {
        (
            "spec",
            "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "imagePullSecrets" | "resourceClaims" | "schedulingGates",
        ) => ByKeys(&["name"]),
        ("spec", "hostAliases") => ByKeys(&["ip"]),
        ("spec", "topologySpreadConstraints") => ByKeys(&["topologyKey", "whenUnsatisfiable"]),
        ("spec", "ports") if kind == "Service" => ByKeys(&["port", "protocol"]),
        ("containers" | "initContainers" | "ephemeralContainers", "env") => ByKeys(&["name"]),
        ("containers" | "initContainers" | "ephemeralContainers", "ports") => ByKeys(&["containerPort", "protocol"]),
        ("containers" | "initContainers" | "ephemeralContainers", "volumeMounts") => ByKeys(&["mountPath"]),
        ("containers" | "initContainers" | "ephemeralContainers", "volumeDevices") => ByKeys(&["devicePath"]),
        ("resources", "claims") => ByKeys(&["name"]),
        ("", "secrets" | "imagePullSecrets") if kind == "ServiceAccount" && field == "secrets" => ByKeys(&["name"]),
        ("", "imagePullSecrets") if kind == "ServiceAccount" => Replace,
        ("", "webhooks") => ByKeys(&["name"]),
        ("webhooks", "matchConditions") | ("spec", "matchConditions") => ByKeys(&["name"]),
        ("spec", "drivers") if kind == "CSINode" => ByKeys(&["name"]),
        ("status", "conditions") => ByKeys(&["type"]),
        _ => Replace,
    }
}
