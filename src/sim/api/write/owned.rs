//! What a writer cannot change, and what counts as a change.

use super::super::kind::Kind;
use super::{Call, metadata_of};
use serde_json::{Map, Value};

/// Fields that writers cannot change keep their stored values; each side of the status split keeps the other.
pub(super) fn restore_owned(call: &Call, old: &Value, new: &mut Value) {
    let empty = Map::new();
    let before = old.get("metadata").and_then(Value::as_object).unwrap_or(&empty);
    if call.status {
        let status = new.get("status").cloned();
        let managers = new.pointer("/metadata/managedFields").cloned();
        *new = old.clone();
        match (new.as_object_mut(), status) {
            (Some(map), Some(status)) => {
                map.insert("status".into(), status);
            }
            (Some(map), None) => {
                map.remove("status");
            }
            _ => {}
        }
        if let Some(managers) = managers {
            metadata_of(new).insert("managedFields".into(), managers);
        }
    } else if call.kind.status {
        if let Some(map) = new.as_object_mut() {
            match old.get("status") {
                Some(status) => map.insert("status".into(), status.clone()),
                None => map.remove("status"),
            };
        }
    }
    let metadata = metadata_of(new);
    for key in [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "resourceVersion",
        "name",
        "namespace",
    ] {
        match before.get(key) {
            Some(value) => metadata.insert(key.into(), value.clone()),
            None => metadata.remove(key),
        };
    }
    for key in ["labels", "annotations", "finalizers", "ownerReferences"] {
        let empty = |value: &Value| match value {
            Value::Object(map) => map.is_empty(),
            Value::Array(items) => items.is_empty(),
            other => other.is_null(),
        };
        if metadata.get(key).is_some_and(empty) {
            metadata.remove(key);
        }
    }
}

/// Compares everything but the owners and the version.
pub(super) fn same_but_managers(old: &Value, new: &Value) -> bool {
    let strip = |value: &Value| {
        let mut metadata = value.get("metadata").cloned().unwrap_or_default();
        if let Some(map) = metadata.as_object_mut() {
            map.remove("managedFields");
            map.remove("resourceVersion");
        }
        metadata
    };
    same_outside_metadata(old, new, &[]) && strip(old) == strip(new)
}

pub(super) fn differs_in_spec(kind: &Kind, old: &Value, new: &Value) -> bool {
    !same_outside_metadata(old, new, if kind.status { &["status"] } else { &[] })
}

fn same_outside_metadata(old: &Value, new: &Value, except: &[&str]) -> bool {
    let rest = |value: &Value| -> Vec<(String, Value)> {
        let map = value.as_object().cloned().unwrap_or_default();
        map.into_iter().filter(|(key, _)| key != "metadata" && !except.contains(&key.as_str())).collect()
    };
    rest(old) == rest(new)
}
