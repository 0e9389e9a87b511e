//! Strategic merge: maps by key, some lists by the fields that name their elements, `$patch` directives, null deletes.

use super::merge_keys::{ListRule, rule};
use crate::render::scope::{group, text};
use serde_json::{Map, Value};

pub enum Merged {
    Value(Value),
    Deleted,
}

/// The kind of the resource and the field a value is in.
#[derive(Clone, Copy)]
struct Place<'p> {
    group: &'p str,
    kind: &'p str,
    field: &'p str,
}

/// Merges a whole resource with a patch.
pub fn strategic(base: &Value, patch: &Value) -> Merged {
    let (api, kind) = (text(base, "/apiVersion"), text(base, "/kind"));
    let place = Place { group: group(api), kind, field: "" };
    match merge(base, patch, place) {
        Some(value) => Merged::Value(value),
        None => Merged::Deleted,
    }
}

fn directive(patch: &Value) -> Option<&str> {
    patch.get("$patch").and_then(Value::as_str)
}

/// `None` = deleted.
fn merge(base: &Value, patch: &Value, place: Place<'_>) -> Option<Value> {
    match (base, patch) {
        (_, Value::Null) => None,
        (_, Value::Object(_)) if directive(patch) == Some("delete") => None,
        (_, Value::Object(map)) if directive(patch) == Some("replace") => {
            let mut map = map.clone();
            map.remove("$patch");
            Some(Value::Object(map))
        }
        (Value::Object(base), Value::Object(patch)) => Some(Value::Object(merge_maps(base, patch, place))),
        (Value::Array(base), Value::Array(patch)) => Some(Value::Array(merge_lists(base, patch, place))),
        (_, patch) => Some(added(patch)),
    }
}

fn merge_maps(base: &Map<String, Value>, patch: &Map<String, Value>, place: Place<'_>) -> Map<String, Value> {
    let mut out = base.clone();
    for (key, value) in patch {
        if key == "$patch" || key.starts_with("$setElementOrder") || key == "$retainKeys" {
            continue;
        }
        if let Some(list) = key.strip_prefix("$deleteFromPrimitiveList/") {
            if let (Some(Value::Array(have)), Value::Array(gone)) = (out.get_mut(list), value) {
                have.retain(|item| !gone.contains(item));
            }
            continue;
        }
        let merged = match (base.get(key), value) {
            (Some(Value::Array(have)), Value::Array(more)) => Some(Value::Array(lists(have, more, place, key))),
            (Some(have), more) => merge(have, more, Place { field: key, ..place }),
            (None, Value::Null) => None,
            (None, more) if directive(more) == Some("delete") => None,
            (None, more) => Some(added(more)),
        };
        match merged {
            Some(value) => out.insert(key.clone(), value),
            None => out.remove(key),
        };
    }
    out
}

/// A list without a field of its own (inside another list) is replaced.
fn merge_lists(_base: &[Value], patch: &[Value], _place: Place<'_>) -> Vec<Value> {
    patch.iter().map(added).collect()
}

fn lists(base: &[Value], patch: &[Value], place: Place<'_>, field: &str) -> Vec<Value> {
    match rule(place.group, place.kind, place.field, field) {
        ListRule::Replace => patch.iter().map(added).collect(),
        ListRule::Set => {
            let mut out = patch.to_vec();
            out.extend(base.iter().filter(|item| !patch.contains(item)).cloned());
            out
        }
        ListRule::ByKeys(keys) => by_keys(base, patch, keys, Place { field, ..place }),
    }
}

/// The patch's elements come first, merged with what they name; the rest follows as it was.
fn by_keys(base: &[Value], patch: &[Value], keys: &[&str], place: Place<'_>) -> Vec<Value> {
    if patch.iter().any(|item| directive(item) == Some("replace")) {
        return patch.iter().filter(|item| directive(item) != Some("replace")).map(added).collect();
    }
    let mut taken = vec![false; base.len()];
    let mut out = Vec::new();
    for item in patch {
        let mut existing = base.iter().enumerate().filter(|(_, have)| names_same(have, item, keys));
        let found = existing.next();
        if let Some((at, _)) = found
            && let Some(slot) = taken.get_mut(at)
        {
            *slot = true;
        }
        let merged = match found {
            Some((_, have)) => merge(have, item, place),
            None if directive(item) == Some("delete") => None,
            None => Some(added(item)),
        };
        out.extend(merged);
    }
    out.extend(base.iter().zip(&taken).filter(|(_, taken)| !**taken).map(|(item, _)| item.clone()));
    out
}

/// Equal in each key field that the patch's element has.
fn names_same(have: &Value, patch: &Value, keys: &[&str]) -> bool {
    let given: Vec<_> = keys.iter().filter(|key| patch.get(**key).is_some()).collect();
    !given.is_empty() && given.iter().all(|key| have.get(**key) == patch.get(**key))
}

/// A value that comes in whole: directives and nulls do not come with it.
fn added(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(k, v)| !k.starts_with('$') && !v.is_null() && directive(v) != Some("delete"))
                .map(|(k, v)| (k.clone(), added(v)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().filter(|i| directive(i) != Some("delete")).map(added).collect()),
        other => other.clone(),
    }
}
