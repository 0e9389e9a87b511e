//! Takes out of a live object what no sync would change: the server's own fields, defaults, other writers' fields, other ways to write a value.
//!
//! The rule is the three-way one: a live field counts if the desired object has it, or if the engine applied it before (last-applied annotation,
//! managed fields of the engine). Everything taken out is named. To extend: one more rule below, with the words for it.

mod owned;
mod quantity;
mod shape;

pub use quantity::same_quantity;
pub(super) use shape::{is_same_item, key_of};

use crate::domain::ids::ObjectKey;
use owned::Owned;
use serde_json::Value;
use std::collections::BTreeSet;

/// What the app itself says is no difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Argo `ignoreDifferences` with JSON pointers, Flux `driftDetection.ignore`.
    pub ignore: Vec<IgnoreRule>,
    /// Objects whose replicas an autoscaler sets.
    pub scaled: BTreeSet<ObjectKey>,
}

/// Empty fields match anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoreRule {
    pub group: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
    pub pointers: Vec<String>,
    /// Where it is written, for the words: "app ignoreDifferences".
    pub source: String,
}

impl IgnoreRule {
    fn applies(&self, key: &ObjectKey) -> bool {
        let fits = |rule: &str, value: &str| rule.is_empty() || rule == "*" || rule == value;
        fits(&self.group, &key.group) && fits(&self.kind, &key.kind) && fits(&self.namespace, &key.namespace) && fits(&self.name, &key.name)
    }
}

/// Fields of metadata that only the server writes.
const SERVER: [&str; 8] = [
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "selfLink",
    "managedFields",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

/// Annotations and labels that engines and controllers put on what they manage; they go unless the desired object has them too.
const MARKS: [&str; 15] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kubectl.kubernetes.io/restartedAt",
    "argocd.argoproj.io/tracking-id",
    "argocd.argoproj.io/installation-id",
    "argocd.argoproj.io/refresh",
    "app.kubernetes.io/instance",
    "kustomize.toolkit.fluxcd.io/",
    "helm.toolkit.fluxcd.io/",
    "meta.helm.sh/",
    "deployment.kubernetes.io/revision",
    "deprecated.daemonset.template.generation",
    "pv.kubernetes.io/",
    "volume.kubernetes.io/",
    "volume.beta.kubernetes.io/",
    "autoscaling.alpha.kubernetes.io/",
];

/// Normalises a live object against its desired one and names what was left out, in words.
pub fn normalise(live: &mut Value, desired: Option<&Value>, rules: &Rules) -> Vec<String> {
    let applied = owned::last_applied(live);
    normalise_as(live, desired, rules, applied.as_ref())
}

/// As `normalise`, for a rendered object in the place of a live one: every field of it was wanted.
pub fn normalise_rendered(rendered: &mut Value, desired: &Value, rules: &Rules) -> Vec<String> {
    let applied = rendered.clone();
    normalise_as(rendered, Some(desired), rules, Some(&applied))
}

fn normalise_as(live: &mut Value, desired: Option<&Value>, rules: &Rules, applied: Option<&Value>) -> Vec<String> {
    let mut ignored = Vec::new();
    let copy = live.clone();
    let owned = Owned::of(&copy, applied);
    server_fields(live, &mut ignored);
    marks(live, desired, &mut ignored);
    let Some(desired) = desired else { return ignored };
    let key = crate::render::compare::key(desired);
    defaults(live, desired, &mut ignored);
    app_rules(live, desired, &key, rules, &mut ignored);
    let mut foreign = Vec::new();
    shape::follow(live, desired, &owned, "", &mut foreign);
    if let Some(words) = listed(&foreign) {
        ignored.push(words);
    }
    ignored
}

/// Drops from a desired object what no server would take from it.
pub fn strip_desired(desired: &mut Value) {
    server_fields(desired, &mut Vec::new());
}

fn server_fields(live: &mut Value, ignored: &mut Vec<String>) {
    let Some(object) = live.as_object_mut() else { return };
    if object.remove("status").is_some() {
        ignored.push("/status (always)".into());
    }
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let before = metadata.len();
    metadata.retain(|key, _| !SERVER.contains(&key.as_str()));
    if metadata.len() < before {
        ignored.push("metadata set by the server".into());
    }
}

fn marks(live: &mut Value, desired: Option<&Value>, ignored: &mut Vec<String>) {
    for map in ["annotations", "labels"] {
        let wanted = desired.and_then(|d| d.pointer(&format!("/metadata/{map}")));
        let Some(metadata) = live.get_mut("metadata").and_then(Value::as_object_mut) else { return };
        let Some(Value::Object(entries)) = metadata.get_mut(map) else { continue };
        entries.retain(|key, value| {
            let helm = key == "app.kubernetes.io/managed-by" && value == "Helm";
            let mark = helm || MARKS.iter().any(|m| if m.ends_with('/') { key.starts_with(m) } else { key == m });
            let goes = mark && wanted.and_then(|w| w.get(key)).is_none();
            if goes {
                ignored.push(format!("{} {key}", map.trim_end_matches('s')));
            }
            !goes
        });
        if entries.is_empty() && wanted.is_none() {
            metadata.remove(map);
        }
    }
}

/// Fields the server fills in, which an engine may nevertheless own because it applied the filled-in form.
fn defaults(live: &mut Value, desired: &Value, ignored: &mut Vec<String>) {
    let kind = live.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    let fields: &[&str] = match kind.as_str() {
        "Service" => &["/spec/clusterIP", "/spec/clusterIPs", "/spec/ipFamilies", "/spec/ipFamilyPolicy", "/spec/healthCheckNodePort"],
        "ServiceAccount" => &["/secrets"],
        "PersistentVolumeClaim" => &["/spec/volumeName"],
        "Job" => &["/spec/selector"],
        _ => &[],
    };
    for pointer in fields {
        if desired.pointer(pointer).is_none() && remove(live, pointer) {
            ignored.push(format!("{pointer} (set by the server)"));
        }
    }
}

fn app_rules(live: &mut Value, desired: &Value, key: &ObjectKey, rules: &Rules, ignored: &mut Vec<String>) {
    if rules.scaled.contains(key) && adopt(live, desired, "/spec/replicas") {
        ignored.push("HPA replicas".into());
    }
    for rule in rules.ignore.iter().filter(|r| r.applies(key)) {
        for pointer in &rule.pointers {
            if adopt(live, desired, pointer) {
                let source = if rule.source.is_empty() { "app ignoreDifferences" } else { &rule.source };
                ignored.push(format!("{} ({source})", crate::domain::text::sanitise(pointer, 200)));
            }
        }
    }
}

/// Gives the live object the desired object's value at a pointer; true where that changed something.
fn adopt(live: &mut Value, desired: &Value, pointer: &str) -> bool {
    match desired.pointer(pointer) {
        Some(wanted) => match live.pointer_mut(pointer) {
            Some(slot) if slot != wanted => {
                *slot = wanted.clone();
                true
            }
            Some(_) => false,
            None => insert(live, pointer, wanted.clone()),
        },
        None => remove(live, pointer),
    }
}

fn parent<'v, 'p>(value: &'v mut Value, pointer: &'p str) -> Option<(&'v mut Value, String)> {
    let (head, last): (&'p str, &'p str) = pointer.rsplit_once('/')?;
    let last = last.replace("~1", "/").replace("~0", "~");
    Some((value.pointer_mut(head)?, last))
}

fn remove(value: &mut Value, pointer: &str) -> bool {
    match parent(value, pointer) {
        Some((Value::Object(map), last)) => map.remove(&last).is_some(),
        Some((Value::Array(items), last)) => match last.parse::<usize>() {
            Ok(at) if at < items.len() => {
                items.remove(at);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

fn insert(value: &mut Value, pointer: &str, new: Value) -> bool {
    match parent(value, pointer) {
        Some((Value::Object(map), last)) => map.insert(last, new).is_none(),
        _ => false,
    }
}

/// "12 fields that are not in git: /spec/a, /spec/b, …".
fn listed(paths: &[String]) -> Option<String> {
    let shown = paths.iter().take(6).map(|p| crate::domain::text::sanitise(p, 120)).collect::<Vec<_>>().join(", ");
    match paths.len() {
        0 => None,
        1 => Some(format!("1 field not in git: {shown}")),
        n if n > 6 => Some(format!("{n} fields not in git: {shown}, …")),
        n => Some(format!("{n} fields not in git: {shown}")),
    }
}

#[cfg(test)]
mod tests;
