//! Which fields of a live object an engine applied.

use serde_json::Value;

/// Field managers that are engines; others' fields are theirs.
const ENGINES: [&str; 6] =
    ["argocd-controller", "argocd-application-controller", "kustomize-controller", "helm-controller", "gotk-kustomize-controller", "helm"];

/// What is known of one node: the same node in the last applied object, and in the managed fields of each engine.
#[derive(Clone, Default)]
pub struct Owned<'v> {
    applied: Option<&'v Value>,
    fields: Vec<&'v Value>,
}

/// The object in the last-applied annotation.
pub fn last_applied(live: &Value) -> Option<Value> {
    let text = live.pointer("/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration")?.as_str()?;
    serde_json::from_str(text).ok()
}

impl<'v> Owned<'v> {
    pub fn of(live: &'v Value, applied: Option<&'v Value>) -> Self {
        let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten();
        let ours = |entry: &&Value| {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            ENGINES.contains(&text("manager")) && text("subresource").is_empty()
        };
        Self { applied, fields: entries.filter(ours).filter_map(|entry| entry.get("fieldsV1")).collect() }
    }

    pub fn has(&self) -> bool {
        self.applied.is_some() || !self.fields.is_empty()
    }

    pub fn field(&self, key: &str) -> Self {
        let name = format!("f:{key}");
        Self { applied: self.applied.and_then(|v| v.get(key)), fields: self.fields.iter().filter_map(|f| f.get(&name)).collect() }
    }

    /// An element of a list, told by some of its fields.
    pub fn element(&self, item: &Value, key: &str) -> Self {
        let same = |have: &&Value| have.get(key).is_some() && have.get(key) == item.get(key);
        let applied = self.applied.and_then(Value::as_array).and_then(|list| list.iter().find(same));
        let names = |map: &&'v Value| {
            let map = map.as_object()?;
            map.iter().find(|(name, _)| name.strip_prefix("k:").is_some_and(|keys| is_subset(keys, item))).map(|(_, value)| value)
        };
        Self { applied, fields: self.fields.iter().filter_map(names).collect() }
    }
}

fn is_subset(keys: &str, item: &Value) -> bool {
    let read: Option<Value> = serde_json::from_str(keys).ok();
    read.as_ref().and_then(Value::as_object).is_some_and(|map| map.iter().all(|(k, v)| item.get(k) == Some(v)))
}
