//! `labels` and `commonLabels`.

use super::fields::{Field, field, set_entries, visit};
use super::item::Item;
use super::spec::Kustomization;

/// Labels of pods, of what makes them and of their claims.
const TEMPLATES: [Field; 9] = [
    field("", "ReplicationController", "spec/template/metadata/labels", true),
    field("", "Deployment", "spec/template/metadata/labels", true),
    field("", "ReplicaSet", "spec/template/metadata/labels", true),
    field("", "DaemonSet", "spec/template/metadata/labels", true),
    field("apps", "StatefulSet", "spec/template/metadata/labels", true),
    field("apps", "StatefulSet", "spec/volumeClaimTemplates/metadata/labels", true),
    field("batch", "Job", "spec/template/metadata/labels", true),
    field("batch", "CronJob", "spec/jobTemplate/metadata/labels", true),
    field("batch", "CronJob", "spec/jobTemplate/spec/template/metadata/labels", true),
];

const SELECTORS: [Field; 12] = [
    field("", "Service", "spec/selector", true),
    field("", "ReplicationController", "spec/selector", true),
    field("", "Deployment", "spec/selector/matchLabels", true),
    field("", "ReplicaSet", "spec/selector/matchLabels", true),
    field("", "DaemonSet", "spec/selector/matchLabels", true),
    field("apps", "StatefulSet", "spec/selector/matchLabels", true),
    field("batch", "Job", "spec/selector/matchLabels", false),
    field("batch", "CronJob", "spec/jobTemplate/spec/selector/matchLabels", false),
    field("policy", "PodDisruptionBudget", "spec/selector/matchLabels", false),
    field("networking.k8s.io", "NetworkPolicy", "spec/podSelector/matchLabels", false),
    field("networking.k8s.io", "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels", false),
    field("networking.k8s.io", "NetworkPolicy", "spec/egress/to/podSelector/matchLabels", false),
];

/// Selectors of other pods inside the pod's own placement rules.
const PLACEMENT: [&str; 5] = [
    "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
    "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
    "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels",
];

pub fn add(spec: &Kustomization, items: &mut [Item]) {
    for set in &spec.labels {
        one(&set.pairs, set.include_selectors, set.include_templates, items);
    }
    one(&spec.common_labels, true, true, items);
}

fn one(pairs: &std::collections::BTreeMap<String, String>, selectors: bool, templates: bool, items: &mut [Item]) {
    if pairs.is_empty() {
        return;
    }
    for item in items {
        let (group, kind) = (item.group().to_owned(), item.kind().to_owned());
        let mut at = |path: &str, create: bool| visit(&mut item.value, path, create, &mut |node| set_entries(node, pairs));
        at("metadata/labels", true);
        for field in TEMPLATES.iter().filter(|f| (templates || selectors) && f.applies(&group, &kind)) {
            at(field.path, field.create);
        }
        if selectors {
            SELECTORS.iter().filter(|f| f.applies(&group, &kind)).for_each(|f| at(f.path, f.create));
            if group == "apps" && (kind == "Deployment" || kind == "StatefulSet") {
                PLACEMENT.iter().for_each(|path| at(path, false));
            }
        }
    }
}
