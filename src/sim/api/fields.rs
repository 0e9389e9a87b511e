//! Field owners (`metadata.managedFields`): who last set which field.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::kind::Kind;
use super::merge::list_key;
use super::write::Call;

/// A field's place: elements as in `fieldsV1` (`f:name`, `k:{…}`, `v:…`).
pub(super) type Path = Vec<String>;
pub(super) type Set = BTreeSet<Path>;

/// One entry of `managedFields`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Owner {
    pub manager: String,
    pub apply: bool,
    pub subresource: String,
    pub api_version: String,
    pub time: String,
    pub fields: Set,
}

impl Owner {
    pub fn of(call: &Call, apply: bool) -> Self {
        Self {
            manager: call.manager.clone(),
            apply,
            subresource: if call.status { "status".into() } else { String::new() },
            api_version: call.kind.api_version(),
            time: call.now.clone(),
            fields: Set::new(),
        }
    }

    pub fn same_as(&self, other: &Self) -> bool {
        self.manager == other.manager && self.apply == other.apply && self.subresource == other.subresource
    }

    fn json(&self) -> Value {
        let mut entry = json!({
            "manager": self.manager, "operation": if self.apply { "Apply" } else { "Update" }, "apiVersion": self.api_version,
            "time": self.time, "fieldsType": "FieldsV1", "fieldsV1": tree(&self.fields),
        });
        if !self.subresource.is_empty() {
            entry["subresource"] = json!(self.subresource);
        }
        entry
    }
}

pub(super) fn owners(object: &Value) -> Vec<Owner> {
    let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    entries
        .into_iter()
        .flatten()
        .map(|entry| {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let mut fields = Set::new();
            if let Some(Value::Object(map)) = entry.get("fieldsV1") {
                read(map, &mut Vec::new(), &mut fields);
            }
            Owner {
                manager: text("manager"),
                apply: text("operation") == "Apply",
                subresource: text("subresource"),
                api_version: text("apiVersion"),
                time: text("time"),
                fields,
            }
        })
        .collect()
}

pub(super) fn to_json(owners: &[Owner]) -> Value {
    Value::Array(owners.iter().filter(|owner| !owner.fields.is_empty()).map(Owner::json).collect())
}

fn read(map: &Map<String, Value>, path: &mut Path, fields: &mut Set) {
    for (key, value) in map {
        if key == "." {
            fields.insert(path.clone());
            continue;
        }
        path.push(key.clone());
        match value.as_object() {
            Some(inner) if !inner.is_empty() => read(inner, path, fields),
            _ => {
                fields.insert(path.clone());
            }
        }
        path.pop();
    }
}

fn tree(fields: &Set) -> Value {
    let mut root = Map::new();
    for path in fields {
        let mut node = &mut root;
        // Paths come in order, so that a parent is seen before what lies below it.
        for (depth, element) in path.iter().enumerate() {
            let parent = path.get(..=depth).unwrap_or_default();
            let below = depth + 1 < path.len();
            let entry = node.entry(element.clone()).or_insert_with(|| json!({}));
            if !entry.is_object() {
                *entry = json!({});
            }
            let Some(inner) = entry.as_object_mut() else { break };
            if below && fields.contains(parent) {
                inner.insert(".".into(), json!({}));
            }
            node = inner;
        }
    }
    Value::Object(root)
}

/// The fields of an object that have owners, with their values; list items stand for themselves with `null`.
pub(super) fn leaves(kind: &Kind, object: &Value) -> BTreeMap<Path, Value> {
    let mut found = BTreeMap::new();
    for (key, value) in object.as_object().into_iter().flatten() {
        match key.as_str() {
            "apiVersion" | "kind" => {}
            "metadata" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    if matches!(name.as_str(), "labels" | "annotations" | "finalizers" | "ownerReferences" | "generateName") {
                        walk(kind, name, value, &mut vec!["f:metadata".into(), format!("f:{name}")], &mut found);
                    }
                }
            }
            _ => walk(kind, key, value, &mut vec![format!("f:{key}")], &mut found),
        }
    }
    found
}

fn walk(kind: &Kind, field: &str, value: &Value, path: &mut Path, found: &mut BTreeMap<Path, Value>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (name, child) in map {
                path.push(format!("f:{name}"));
                walk(kind, name, child, path, found);
                path.pop();
            }
        }
        Value::Array(items) if field == "finalizers" && path.first().is_some_and(|p| p == "f:metadata") => {
            for item in items {
                path.push(format!("v:{item}"));
                found.insert(path.clone(), item.clone());
                path.pop();
            }
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(|item| item_key(kind, path, field, item).is_some()) => {
            for item in items {
                let Some(key) = item_key(kind, path, field, item) else { continue };
                path.push(key);
                found.insert(path.clone(), Value::Null);
                for (name, child) in item.as_object().into_iter().flatten() {
                    path.push(format!("f:{name}"));
                    walk(kind, name, child, path, found);
                    path.pop();
                }
                path.pop();
            }
        }
        _ => {
            found.insert(path.clone(), value.clone());
        }
    }
}

/// How an item of a keyed list is named; `None` = the list is one value.
pub(super) fn item_key(kind: &Kind, path: &[String], field: &str, item: &Value) -> Option<String> {
    let in_metadata = path.first().is_some_and(|first| first == "f:metadata");
    if kind.custom && !in_metadata {
        return None;
    }
    let names = match field {
        "ports" if item.get("containerPort").is_none() => &["port", "protocol"],
        _ => list_key(field)?,
    };
    let mut key = Map::new();
    for name in names {
        let value = item.get(*name).cloned().or_else(|| (*name == "protocol").then(|| json!("TCP")))?;
        key.insert((*name).to_owned(), value);
    }
    Some(format!("k:{}", Value::Object(key)))
}

/// The owners after somebody wrote `new` over `old` without apply.
pub(super) fn update(call: &Call, old: Option<&Value>, new: &Value) -> Value {
    let before = old.map(|old| leaves(&call.kind, old)).unwrap_or_default();
    let after = leaves(&call.kind, new);
    let mut changed: Set = after.iter().filter(|(path, value)| before.get(*path) != Some(*value)).map(|(path, _)| path.clone()).collect();
    let removed: Vec<&Path> = before.keys().filter(|path| !after.contains_key(*path)).collect();
    let mut all = old.map(owners).unwrap_or_default();
    for owner in &mut all {
        owner.fields.retain(|path| !changed.contains(path) && !removed.iter().any(|gone| path.starts_with(gone)));
    }
    add_parents(&call.kind, &before, &mut changed);
    let mut own = Owner::of(call, false);
    if changed.is_empty() {
        return to_json(&all);
    }
    match all.iter_mut().find(|owner| owner.same_as(&own)) {
        Some(owner) => {
            owner.fields.append(&mut changed);
            owner.time.clone_from(&own.time);
        }
        None => {
            own.fields = changed;
            all.push(own);
        }
    }
    to_json(&all)
}

/// Maps that came into being with a field belong to whoever made it.
fn add_parents(kind: &Kind, before: &BTreeMap<Path, Value>, changed: &mut Set) {
    let known = |path: &[String]| before.keys().any(|old| old.starts_with(path));
    let mut parents = Set::new();
    for path in changed.iter() {
        for depth in 1..path.len() {
            let parent = path.get(..depth).unwrap_or_default();
            let last = parent.last().map(String::as_str).unwrap_or_default();
            let in_metadata = parent.first().is_some_and(|first| first == "f:metadata");
            let is_map = if in_metadata {
                depth == 2
            } else {
                kind.custom
                    || matches!(last, "f:data" | "f:stringData" | "f:binaryData" | "f:conditions" | "f:matchLabels" | "f:nodeSelector")
            };
            if is_map && !known(parent) {
                parents.insert(parent.to_vec());
            }
        }
    }
    changed.append(&mut parents);
}

/// A path as conflicts name it: `.spec.containers[name="c"].image`.
pub(super) fn display(path: &Path) -> String {
    let mut out = String::new();
    for element in path {
        if let Some(name) = element.strip_prefix("f:") {
            let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.'));
            out.push_str(&if plain { format!(".{name}") } else { format!(".[{name:?}]") });
        } else if let Some(key) = element.strip_prefix("k:") {
            let key: Map<String, Value> = serde_json::from_str(key).unwrap_or_default();
            let pairs: Vec<String> = key.iter().map(|(name, value)| format!("{name}={value}")).collect();
            out.push_str(&format!("[{}]", pairs.join(",")));
        } else if let Some(value) = element.strip_prefix("v:") {
            out.push_str(&format!("[={value}]"));
        }
    }
    out
}
