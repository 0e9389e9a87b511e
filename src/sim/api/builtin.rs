//! The kinds every server knows.

use super::kind::{Column, Kind};

/// Core, workload, policy and access kinds.
pub(super) fn kinds() -> Vec<Kind> {
    let core = |plural: &str, kind: &str| Kind::builtin("", "v1", plural, kind);
    let apps = |plural: &str, kind: &str| Kind::builtin("apps", "v1", plural, kind).with_status().with_generation();
    let rbac = |plural: &str, kind: &str| Kind::builtin("rbac.authorization.k8s.io", "v1", plural, kind);
    let mut kinds = vec![
        core("namespaces", "Namespace").short(&["ns"]).cluster_wide().with_status(),
        core("pods", "Pod").short(&["po"]).in_categories(&["all"]).with_status().with_generation().with_columns(pod_columns()),
        core("services", "Service").short(&["svc"]).in_categories(&["all"]).with_status(),
        core("configmaps", "ConfigMap").short(&["cm"]),
        core("secrets", "Secret"),
        core("events", "Event").short(&["ev"]).with_columns(event_columns()),
        core("serviceaccounts", "ServiceAccount").short(&["sa"]),
        core("persistentvolumeclaims", "PersistentVolumeClaim").short(&["pvc"]).with_status(),
        core("nodes", "Node").short(&["no"]).cluster_wide().with_status(),
        apps("deployments", "Deployment").short(&["deploy"]).in_categories(&["all"]).with_columns(deployment_columns()),
        apps("statefulsets", "StatefulSet").short(&["sts"]).in_categories(&["all"]),
        apps("daemonsets", "DaemonSet").short(&["ds"]).in_categories(&["all"]),
        apps("replicasets", "ReplicaSet").short(&["rs"]).in_categories(&["all"]),
        Kind::builtin("batch", "v1", "jobs", "Job").in_categories(&["all"]).with_status().with_generation(),
        Kind::builtin("batch", "v1", "cronjobs", "CronJob").short(&["cj"]).in_categories(&["all"]).with_status().with_generation(),
        Kind::builtin("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler")
            .short(&["hpa"])
            .in_categories(&["all"])
            .with_status(),
        Kind::builtin("networking.k8s.io", "v1", "ingresses", "Ingress").short(&["ing"]).with_status().with_generation(),
        Kind::builtin("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy").short(&["netpol"]).with_generation(),
        Kind::builtin("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget").short(&["pdb"]).with_status().with_generation(),
        rbac("roles", "Role"),
        rbac("rolebindings", "RoleBinding"),
        rbac("clusterroles", "ClusterRole").cluster_wide(),
        rbac("clusterrolebindings", "ClusterRoleBinding").cluster_wide(),
        Kind::builtin("coordination.k8s.io", "v1", "leases", "Lease"),
        Kind::builtin("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition")
            .short(&["crd", "crds"])
            .cluster_wide()
            .with_status()
            .with_generation(),
    ];
    for (group, plural, kind) in [
        ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
        ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
    ] {
        kinds.push(Kind { review: true, ..Kind::builtin(group, "v1", plural, kind).cluster_wide() });
    }
    kinds
}

/// Cells of typed kinds are computed; the path names the rule in `table`.
fn computed(name: &str, rule: &str, priority: i64) -> Column {
    Column::new(name, "string", rule, priority)
}

fn deployment_columns() -> Vec<Column> {
    vec![
        computed("Ready", "deployment/ready", 0),
        computed("Up-to-date", ".status.updatedReplicas", 0),
        computed("Available", ".status.availableReplicas", 0),
        computed("Age", "age", 0),
        computed("Containers", ".spec.template.spec.containers[*].name", 1),
        computed("Images", ".spec.template.spec.containers[*].image", 1),
        computed("Selector", "deployment/selector", 1),
    ]
}

fn pod_columns() -> Vec<Column> {
    vec![
        computed("Ready", "pod/ready", 0),
        computed("Status", "pod/status", 0),
        computed("Restarts", "pod/restarts", 0),
        computed("Age", "age", 0),
        computed("IP", ".status.podIP", 1),
        computed("Node", ".spec.nodeName", 1),
        computed("Nominated Node", ".status.nominatedNodeName", 1),
        computed("Readiness Gates", ".spec.readinessGates[*].conditionType", 1),
    ]
}

fn event_columns() -> Vec<Column> {
    vec![
        computed("Last Seen", "event/last", 0),
        computed("Type", ".type", 0),
        computed("Reason", ".reason", 0),
        computed("Object", "event/object", 0),
        computed("Subobject", ".involvedObject.fieldPath", 1),
        computed("Source", ".source.component", 1),
        computed("Message", ".message", 0),
        computed("First Seen", "event/first", 1),
        computed("Count", ".count", 1),
        computed("Name", ".metadata.name", 1),
    ]
}
