//! Walking to a field of a resource, through every element of lists on the way.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A field of some kinds: empty group or kind = any.
pub struct Field {
    pub group: &'static str,
    pub kind: &'static str,
    /// `/`-separated.
    pub path: &'static str,
    /// Made where it is missing.
    pub create: bool,
}

pub const fn field(group: &'static str, kind: &'static str, path: &'static str, create: bool) -> Field {
    Field { group, kind, path, create }
}

impl Field {
    pub fn applies(&self, group: &str, kind: &str) -> bool {
        (self.group.is_empty() || self.group == group) && (self.kind.is_empty() || self.kind == kind)
    }
}

/// Calls `act` on each node at `path`; with `create` missing maps are made and a missing last node is made as null.
pub fn visit(value: &mut Value, path: &str, create: bool, act: &mut dyn FnMut(&mut Value)) {
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    step(value, &segments, create, act);
}

fn step(value: &mut Value, path: &[&str], create: bool, act: &mut dyn FnMut(&mut Value)) {
    let Some((head, rest)) = path.split_first() else { return act(value) };
    if create && value.is_null() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| step(item, path, create, act)),
        Value::Object(map) => {
            if create && !map.contains_key(*head) {
                map.insert((*head).to_owned(), Value::Null);
            }
            if let Some(next) = map.get_mut(*head).filter(|next| create || !next.is_null()) {
                step(next, rest, create, act);
            }
        }
        _ => {}
    }
}

/// Adds string entries to a map node.
pub fn set_entries(node: &mut Value, entries: &BTreeMap<String, String>) {
    if node.is_null() {
        *node = Value::Object(Map::new());
    }
    if let Value::Object(map) = node {
        map.extend(entries.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))));
    }
}
