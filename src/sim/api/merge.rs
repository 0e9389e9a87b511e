//! JSON patch and strategic merge.

use serde_json::{Map, Value};

use super::failure::Failure;

/// Applies a JSON patch; every failure looks the same to the caller.
pub(super) fn json_patch(mut object: Value, patch: &Value) -> Result<Value, Failure> {
    let Some(steps) = patch.as_array() else {
        return Err(Failure::bad_request(
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
        ));
    };
    for step in steps {
        if !lenient(&mut object, step) {
            let step: json_patch::Patch = serde_json::from_value(Value::Array(vec![step.clone()])).map_err(|_| Failure::json_patch())?;
            json_patch::patch(&mut object, &step).map_err(|_| Failure::json_patch())?;
        }
    }
    Ok(object)
}

/// The two steps a real server takes on an absent key: a test for null, and a replace by null.
fn lenient(object: &mut Value, step: &Value) -> bool {
    let word = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or_default();
    if !step.get("value").is_some_and(Value::is_null) || !matches!(word("op"), "test" | "replace") {
        return false;
    }
    let path = word("path");
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    object.pointer(parent).is_some_and(Value::is_object) && object.pointer(path).is_none()
}

/// The key by which items of a typed list are told apart.
pub(super) fn list_key(field: &str) -> Option<&'static [&'static str]> {
    Some(match field {
        "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "env" | "imagePullSecrets" | "secrets" => &["name"],
        "ports" => &["containerPort", "protocol"],
        "volumeMounts" => &["mountPath"],
        "conditions" => &["type"],
        "ownerReferences" => &["uid"],
        "hostAliases" => &["ip"],
        _ => return None,
    })
}

/// Strategic merge as far as typed objects need it: lists with a key are merged by it, `$patch` and `$setElementOrder` are understood.
pub(super) fn strategic(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(map) = target.as_object_mut() else { return };
    if patch.get("$patch").and_then(Value::as_str) == Some("replace") {
        map.clear();
    }
    for (key, value) in patch.iter().filter(|(key, _)| !key.starts_with('$')) {
        match value {
            Value::Null => {
                map.remove(key);
            }
            Value::Object(_) => strategic(map.entry(key.clone()).or_insert(Value::Null), value),
            Value::Array(items) if list_key(key).is_some() && items.iter().all(Value::is_object) => {
                let entry = map.entry(key.clone()).or_insert_with(|| Value::Array(Vec::new()));
                merge_list(entry, items, strategic_key(key));
            }
            Value::Array(items) if key == "finalizers" => {
                let entry = map.entry(key.clone()).or_insert_with(|| Value::Array(Vec::new()));
                if let Some(list) = entry.as_array_mut() {
                    let more: Vec<Value> = items.iter().filter(|item| !list.contains(item)).cloned().collect();
                    list.extend(more);
                }
            }
            _ => {
                map.insert(key.clone(), value.clone());
            }
        }
    }
    for (key, value) in patch.iter().filter_map(|(key, value)| Some((key.strip_prefix("$deleteFromPrimitiveList/")?, value))) {
        if let (Some(list), Some(gone)) = (map.get_mut(key).and_then(Value::as_array_mut), value.as_array()) {
            list.retain(|item| !gone.contains(item));
        }
    }
}

/// Patches name container ports by their number alone.
fn strategic_key(field: &str) -> &'static [&'static str] {
    if field == "ports" { &["containerPort"] } else { list_key(field).unwrap_or(&["name"]) }
}

fn merge_list(target: &mut Value, items: &[Value], keys: &[&str]) {
    if !target.is_array() {
        *target = Value::Array(Vec::new());
    }
    let Some(list) = target.as_array_mut() else { return };
    for item in items {
        let same = |other: &Value| keys.iter().all(|key| other.get(key) == item.get(key));
        let place = list.iter().position(same);
        if item.get("$patch").and_then(Value::as_str) == Some("delete") {
            place.map(|index| list.remove(index));
            continue;
        }
        match place.and_then(|index| list.get_mut(index)) {
            Some(old) => strategic(old, item),
            None => {
                let mut fresh = Value::Null;
                strategic(&mut fresh, item);
                list.push(fresh);
            }
        }
    }
}
