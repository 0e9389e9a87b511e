//! Which kinds belong to no namespace.

use serde_json::Value;
use std::collections::BTreeSet;

/// Kinds that every Kubernetes server knows, as kustomize's own table has them.
const BUILTIN: &[(&str, &[&str])] = &[
    ("", &["ComponentStatus", "Namespace", "Node", "PersistentVolume"]),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
        ],
    ),
    ("apiextensions.k8s.io", &["CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    ("authentication.k8s.io", &["TokenReview", "SelfSubjectReview"]),
    ("authorization.k8s.io", &["SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"]),
    ("certificates.k8s.io", &["CertificateSigningRequest", "ClusterTrustBundle"]),
    ("flowcontrol.apiserver.k8s.io", &["FlowSchema", "PriorityLevelConfiguration"]),
    ("internal.apiserver.k8s.io", &["StorageVersion"]),
    ("networking.k8s.io", &["IngressClass", "IPAddress", "ServiceCIDR", "ClusterCIDR"]),
    ("node.k8s.io", &["RuntimeClass"]),
    ("policy", &["PodSecurityPolicy"]),
    ("rbac.authorization.k8s.io", &["ClusterRole", "ClusterRoleBinding"]),
    ("resource.k8s.io", &["ResourceSlice", "DeviceClass"]),
    ("scheduling.k8s.io", &["PriorityClass"]),
    ("storage.k8s.io", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"]),
];

/// Known from the servers' own API only; custom kinds count as namespaced.
pub fn is_cluster_scoped(group: &str, kind: &str) -> bool {
    BUILTIN.iter().any(|(g, kinds)| *g == group && kinds.contains(&kind))
}

/// The group of an `apiVersion`.
pub fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

pub fn text<'v>(object: &'v Value, pointer: &str) -> &'v str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Gives each namespaced object without a namespace this one. Custom kinds are cluster-scoped where `known` or a definition among the objects says so.
pub fn default_namespace(objects: &mut [Value], namespace: &str, known: &BTreeSet<(String, String)>) {
    let defined: BTreeSet<(String, String)> = objects
        .iter()
        .filter(|o| text(o, "/kind") == "CustomResourceDefinition" && text(o, "/spec/scope") == "Cluster")
        .map(|o| (text(o, "/spec/group").to_owned(), text(o, "/spec/names/kind").to_owned()))
        .collect();
    for object in objects {
        let key = (group(text(object, "/apiVersion")).to_owned(), text(object, "/kind").to_owned());
        let cluster = is_cluster_scoped(&key.0, &key.1) || known.contains(&key) || defined.contains(&key);
        if cluster || !text(object, "/metadata/namespace").is_empty() {
            continue;
        }
        if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
            metadata.insert("namespace".into(), namespace.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_destination_namespace_reaches_only_namespaced_objects_without_one() {
        let make = |version: &str, kind: &str| json!({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}});
        let mut objects = vec![
            make("v1", "Service"),
            make("v1", "Namespace"),
            make("a.io/v1", "Zone"),
            make("b.io/v1", "Realm"),
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "y", "namespace": "own"}}),
            json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "zones.a.io"},
                "spec": {"group": "a.io", "scope": "Cluster", "names": {"kind": "Zone"}}}),
        ];
        default_namespace(&mut objects, "shop", &[("b.io".to_owned(), "Realm".to_owned())].into());
        let given: Vec<_> = objects.iter().map(|o| text(o, "/metadata/namespace")).collect();
        assert_eq!(given, ["shop", "", "", "", "own", ""]);
    }
}
