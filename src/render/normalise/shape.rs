//! Brings a live value into the shape of the desired one, so that only real differences remain.

use super::owned::Owned;
use super::quantity::same_quantity;
use serde_json::Value;

/// Fields by which elements of a list of maps are told apart, the first that fits all.
const KEYS: [&str; 11] = ["name", "containerPort", "port", "mountPath", "devicePath", "ip", "topologyKey", "type", "key", "host", "path"];
/// Fields whose values, or whose map's values, are amounts.
const AMOUNTS: [&str; 10] = ["limits", "requests", "capacity", "hard", "used", "sizeLimit", "averageValue", "divisor", "storage", "max"];

/// Removes from `live` what only the server or others put there (its path goes to `foreign`), and writes equal values as `desired` does.
pub fn follow(live: &mut Value, desired: &Value, owned: &Owned<'_>, path: &str, foreign: &mut Vec<String>) {
    match (&mut *live, desired) {
        (Value::Object(have), Value::Object(want)) => {
            let mut gone = Vec::new();
            for (key, value) in have.iter_mut() {
                let inner = format!("{path}/{key}");
                match want.get(key) {
                    Some(wanted) => follow(value, wanted, &owned.field(key), &inner, foreign),
                    None if is_empty(value) => gone.push(key.clone()),
                    None if !owned.field(key).has() || is_default(key, value) => {
                        foreign.push(inner);
                        gone.push(key.clone());
                    }
                    None => {}
                }
            }
            have.retain(|key, _| !gone.contains(key));
            for (key, value) in want.iter().filter(|(_, value)| is_empty(value)) {
                have.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        (Value::Array(have), Value::Array(want)) => lists(have, want, owned, path, foreign),
        (have, want) if is_empty(have) && is_empty(want) => *have = want.clone(),
        (have, want) => {
            if *have != *want && is_amount(path) && same_quantity(have, want) {
                *have = want.clone();
            }
        }
    }
}

fn lists(have: &mut Vec<Value>, want: &[Value], owned: &Owned<'_>, path: &str, foreign: &mut Vec<String>) {
    let Some(key) = key_of(want).filter(|_| have.iter().all(Value::is_object)) else {
        if have.len() == want.len() {
            have.iter_mut()
                .zip(want)
                .enumerate()
                .for_each(|(at, (h, w))| follow(h, w, &Owned::default(), &format!("{path}/{at}"), foreign));
        }
        return;
    };
    let mut rest: Vec<Value> = std::mem::take(have);
    for wanted in want {
        if let Some(at) = rest.iter().position(|item| is_same_item(item, wanted, key)) {
            let mut item = rest.remove(at);
            let inner = format!("{path}[{}]", wanted.get(key).map(short).unwrap_or_default());
            follow(&mut item, wanted, &owned.element(wanted, key), &inner, foreign);
            have.push(item);
        }
    }
    for item in rest {
        if owned.element(&item, key).has() {
            have.push(item);
        } else {
            foreign.push(format!("{path}[{}]", item.get(key).map(short).unwrap_or_default()));
        }
    }
}

fn short(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn protocol(item: &Value) -> &str {
    item.get("protocol").and_then(Value::as_str).unwrap_or("TCP")
}

/// Port numbers repeat with another protocol.
pub fn is_same_item(a: &Value, b: &Value, key: &str) -> bool {
    a.get(key) == b.get(key) && protocol(a) == protocol(b)
}

/// The field that tells the items of a list apart, if one does.
pub fn key_of(items: &[Value]) -> Option<&'static str> {
    let fits = |key: &&&str| {
        let values: Vec<_> = items.iter().map(|i| (i.get(**key), protocol(i))).collect();
        values
            .iter()
            .enumerate()
            .all(|(at, value)| value.0.is_some_and(|v| !v.is_object() && !v.is_array()) && !values.iter().take(at).any(|v| v == value))
    };
    KEYS.iter().find(fits).copied().filter(|_| !items.is_empty())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(s) => s.is_empty(),
        Value::Array(a) => a.is_empty(),
        Value::Object(o) => o.is_empty() || o.values().all(Value::is_null),
        _ => false,
    }
}

/// Server defaults that an engine owns because it sends them itself.
fn is_default(key: &str, value: &Value) -> bool {
    key == "protocol" && value == "TCP"
}

fn is_amount(path: &str) -> bool {
    path.rsplit('/').take(2).any(|part| AMOUNTS.contains(&part))
}
