//! Names inside other resources, brought along when what they name was renamed or moved.

use super::fields::visit;
use super::item::{Id, Item};
use serde_json::Value;

/// Fields that name a resource of some kind.
struct Rule {
    /// The kind that is named.
    target: &'static str,
    /// Kinds that name it (empty = any), with the paths of the fields.
    by: &'static [&'static str],
    paths: &'static [&'static str],
    /// Below the pod spec of these kinds instead of at the root.
    pod: bool,
    /// The field is a map with name and namespace.
    map: bool,
}

const fn pod(target: &'static str, paths: &'static [&'static str]) -> Rule {
    Rule { target, by: &[], paths, pod: true, map: false }
}
const fn own(target: &'static str, by: &'static [&'static str], paths: &'static [&'static str]) -> Rule {
    Rule { target, by, paths, pod: false, map: false }
}
const fn map(target: &'static str, by: &'static [&'static str], paths: &'static [&'static str]) -> Rule {
    Rule { target, by, paths, pod: false, map: true }
}

const HOOKS: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
const BINDINGS: &[&str] = &["RoleBinding", "ClusterRoleBinding"];
const ROLES: &[&str] = &["Role", "ClusterRole"];
const SCALED: &[&str] = &["HorizontalPodAutoscaler"];
const CLAIM: &[&str] = &["spec/volumeClaimTemplates/spec/storageClassName"];

static RULES: &[Rule] = &[
    pod(
        "ConfigMap",
        &[
            "volumes/configMap/name",
            "volumes/projected/sources/configMap/name",
            "containers/env/valueFrom/configMapKeyRef/name",
            "initContainers/env/valueFrom/configMapKeyRef/name",
            "containers/envFrom/configMapRef/name",
            "initContainers/envFrom/configMapRef/name",
        ],
    ),
    pod(
        "Secret",
        &[
            "volumes/secret/secretName",
            "volumes/projected/sources/secret/name",
            "containers/env/valueFrom/secretKeyRef/name",
            "initContainers/env/valueFrom/secretKeyRef/name",
            "containers/envFrom/secretRef/name",
            "initContainers/envFrom/secretRef/name",
            "imagePullSecrets/name",
            "volumes/azureFile/secretName",
            "volumes/cephfs/secretRef/name",
            "volumes/iscsi/secretRef/name",
            "volumes/rbd/secretRef/name",
            "volumes/scaleIO/secretRef/name",
            "volumes/storageos/secretRef/name",
            "volumes/flexVolume/secretRef/name",
            "volumes/csi/nodePublishSecretRef/name",
        ],
    ),
    pod("ServiceAccount", &["serviceAccountName"]),
    pod("PersistentVolumeClaim", &["volumes/persistentVolumeClaim/claimName"]),
    pod("PriorityClass", &["priorityClassName"]),
    own("ConfigMap", ROLES, &["rules/resourceNames"]),
    own("Secret", ROLES, &["rules/resourceNames"]),
    own("Secret", &["ServiceAccount"], &["secrets/name", "imagePullSecrets/name"]),
    own("Secret", &["Ingress"], &["spec/tls/secretName", "metadata/annotations/nginx.ingress.kubernetes.io~1auth-secret"]),
    own("Secret", &["StorageClass"], &["parameters/secretName", "parameters/adminSecretName", "parameters/userSecretName"]),
    own("Service", &["StatefulSet"], &["spec/serviceName"]),
    own(
        "Service",
        &["Ingress"],
        &[
            "spec/rules/http/paths/backend/serviceName",
            "spec/backend/serviceName",
            "spec/rules/http/paths/backend/service/name",
            "spec/defaultBackend/service/name",
        ],
    ),
    map("Service", &["APIService"], &["spec/service"]),
    map("Service", HOOKS, &["webhooks/clientConfig/service"]),
    map("Service", &["CustomResourceDefinition"], &["spec/conversion/webhook/clientConfig/service"]),
    map("ServiceAccount", BINDINGS, &["subjects"]),
    own("Role", &["RoleBinding"], &["roleRef/name"]),
    own("ClusterRole", BINDINGS, &["roleRef/name"]),
    own("Deployment", SCALED, &["spec/scaleTargetRef/name"]),
    own("StatefulSet", SCALED, &["spec/scaleTargetRef/name"]),
    own("ReplicaSet", SCALED, &["spec/scaleTargetRef/name"]),
    own("ReplicationController", SCALED, &["spec/scaleTargetRef/name"]),
    own("PersistentVolume", &["PersistentVolumeClaim"], &["spec/volumeName"]),
    own("StorageClass", &["PersistentVolume", "PersistentVolumeClaim"], &["spec/storageClassName"]),
    own("StorageClass", &["StatefulSet"], CLAIM),
    own("IngressClass", &["Ingress"], &["spec/ingressClassName"]),
];

/// Where a kind keeps its pod spec.
fn pod_spec(kind: &str) -> Option<&'static str> {
    match kind {
        "Pod" => Some("spec"),
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "Job" | "ReplicationController" => Some("spec/template/spec"),
        "CronJob" => Some("spec/jobTemplate/spec/template/spec"),
        _ => None,
    }
}

/// A resource that has had other names, as references see it.
struct Named {
    now: Id,
    previous: Vec<Id>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

pub fn fix(items: &mut [Item]) {
    let renamed: Vec<Named> = items
        .iter()
        .filter(|i| !i.previous.is_empty())
        .map(|i| Named { now: i.id(), previous: i.previous.clone(), prefixes: i.prefixes.clone(), suffixes: i.suffixes.clone() })
        .collect();
    if renamed.is_empty() {
        return;
    }
    for item in items {
        let kind = item.kind().to_owned();
        let referrer = Named { now: item.id(), previous: Vec::new(), prefixes: item.prefixes.clone(), suffixes: item.suffixes.clone() };
        for rule in RULES {
            if rule.pod {
                let Some(base) = pod_spec(&kind) else { continue };
                for path in rule.paths {
                    visit(&mut item.value, &format!("{base}/{path}"), false, &mut |node| follow(node, rule, &referrer, &renamed));
                }
            } else if rule.by.contains(&kind.as_str()) {
                for path in rule.paths {
                    reference(&mut item.value, path, rule, &referrer, &renamed);
                }
            }
        }
    }
}

/// A reference that says of which kind it is does not mean another kind.
fn reference(value: &mut Value, path: &str, rule: &Rule, referrer: &Named, renamed: &[Named]) {
    let beside = path.strip_suffix("/name").filter(|p| matches!(*p, "roleRef" | "spec/scaleTargetRef"));
    let says = beside.and_then(|p| value.pointer(&format!("/{p}/kind"))).and_then(Value::as_str);
    if says.is_some_and(|kind| kind != rule.target) {
        return;
    }
    visit(value, path, false, &mut |node| follow(node, rule, referrer, renamed));
}

fn follow(node: &mut Value, rule: &Rule, referrer: &Named, renamed: &[Named]) {
    match node {
        Value::String(name) => {
            if let Some(found) = find(name, rule.target, referrer, renamed, None) {
                *name = found.now.name.clone();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| follow(item, rule, referrer, renamed)),
        Value::Object(map) if rule.map => {
            let text = |key: &str| map.get(key).and_then(Value::as_str);
            let Some(name) = text("name") else { return };
            if let Some(found) = find(name, rule.target, referrer, renamed, text("namespace")) {
                map.insert("name".into(), found.now.name.clone().into());
                if !found.now.namespace.is_empty() {
                    map.insert("namespace".into(), found.now.namespace.clone().into());
                }
            }
        }
        _ => {}
    }
}

/// The one resource that was once called `name`; several that fit are told apart by the prefixes they share with the referrer.
fn find<'n>(name: &str, kind: &str, referrer: &Named, renamed: &'n [Named], namespace: Option<&str>) -> Option<&'n Named> {
    let was = |n: &&Named| n.now.kind == kind && n.previous.iter().any(|id| id.name == name);
    let mut fits: Vec<&Named> = renamed.iter().filter(was).filter(|n| reachable(n, referrer)).collect();
    if let Some(namespace) = namespace {
        let original = |n: &&&Named| n.previous.first().is_some_and(|id| id.effective_namespace() == namespace);
        let before: Vec<&Named> = fits.iter().filter(original).copied().collect();
        fits = if before.is_empty() { fits.into_iter().filter(|n| n.now.effective_namespace() == namespace).collect() } else { before };
    }
    if fits.len() > 1 {
        let near: Vec<&Named> = fits
            .iter()
            .filter(|n| same_end(&n.prefixes, &referrer.prefixes) && same_end(&n.suffixes, &referrer.suffixes))
            .copied()
            .collect();
        fits = if near.is_empty() { fits } else { near };
    }
    if fits.len() > 1 {
        let home = referrer.now.effective_namespace();
        let near: Vec<&Named> = fits.iter().filter(|n| n.now.effective_namespace() == home).copied().collect();
        fits = if near.is_empty() { fits } else { near };
    }
    let first = *fits.first()?;
    fits.iter().all(|n| n.now.name == first.now.name && n.now.namespace == first.now.namespace).then_some(first)
}

fn reachable(named: &Named, referrer: &Named) -> bool {
    let anywhere = referrer.now.is_cluster_scoped() || BINDINGS.contains(&referrer.now.kind.as_str());
    anywhere
        || named.now.is_cluster_scoped()
        || named.now.kind == "ServiceAccount"
        || named.now.effective_namespace() == referrer.now.effective_namespace()
}

/// The shorter list is the end of the longer one; an empty one only fits an empty one.
fn same_end(a: &[String], b: &[String]) -> bool {
    let shared = a.len().min(b.len());
    (shared > 0 || a.len() == b.len()) && a.iter().rev().zip(b.iter().rev()).all(|(x, y)| x == y)
}
