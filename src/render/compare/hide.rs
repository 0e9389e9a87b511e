//! What may never be shown: only whether it differs is.

use crate::domain::redact::mask_secret;
use crate::render::scope::text;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Replaces a Secret's values by digests, unless that was done where it entered.
pub fn mask(object: &mut Value, salt: &[u8]) {
    let hidden = |value: &Value| value.as_str().is_some_and(|s| s.starts_with("(hidden sha256:") && s.ends_with(')'));
    let done = object.get("stringData").is_none()
        && object.get("data").and_then(Value::as_object).is_some_and(|data| !data.is_empty() && data.values().all(hidden));
    if !done {
        mask_secret(object, salt);
    }
}

/// Words an annotation's name has when its value is nobody's business.
const SENSITIVE: [&str; 8] = ["password", "passwd", "secret", "token", "apikey", "api-key", "credential", "private-key"];

/// Writes hidden values as they are shown: `(hidden, same)`, `(hidden, old)`, `(hidden, changed)`, `(hidden, new)`.
pub fn for_display(mut live: Option<&mut Value>, mut desired: Option<&mut Value>) {
    let object = live.as_deref().or(desired.as_deref());
    if object.is_some_and(|o| text(o, "/kind") == "Secret") {
        pair(live.as_deref_mut(), desired.as_deref_mut(), &["data"], &|_, _| true);
    }
    pair(live.as_deref_mut(), desired.as_deref_mut(), &["metadata", "annotations"], &|key, _| {
        let key = key.to_ascii_lowercase();
        SENSITIVE.iter().any(|word| key.contains(word))
    });
    encrypted(live, desired, 0);
}

fn map<'v>(object: Option<&'v mut Value>, path: &[&str]) -> Option<&'v mut Map<String, Value>> {
    path.iter().try_fold(object?, |v, key| v.get_mut(*key))?.as_object_mut()
}

/// Hides the chosen entries of one map on both sides.
fn pair(live: Option<&mut Value>, desired: Option<&mut Value>, path: &[&str], chosen: &dyn Fn(&str, &Value) -> bool) {
    let (mut left, mut right) = (map(live, path), map(desired, path));
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for side in [left.as_deref(), right.as_deref()].into_iter().flatten() {
        keys.extend(side.iter().filter(|(key, value)| chosen(key, value)).map(|(key, _)| key.clone()));
    }
    for key in keys {
        let a = left.as_deref_mut().and_then(|m| m.get_mut(&key));
        let b = right.as_deref_mut().and_then(|m| m.get_mut(&key));
        hide(a, b);
    }
}

fn hide(left: Option<&mut Value>, right: Option<&mut Value>) {
    match (left, right) {
        (Some(a), Some(b)) if a == b => {
            *a = "(hidden, same)".into();
            *b = "(hidden, same)".into();
        }
        (Some(a), Some(b)) => {
            *a = "(hidden, old)".into();
            *b = "(hidden, changed)".into();
        }
        (Some(a), None) => *a = "(hidden, old)".into(),
        (None, Some(b)) => *b = "(hidden, new)".into(),
        (None, None) => {}
    }
}

fn is_encrypted(value: &Value) -> bool {
    value.as_str().is_some_and(|s| s.trim_start().starts_with("ENC["))
}

/// Values that SOPS encrypted, at any depth; not even the encrypted form is shown.
fn encrypted(live: Option<&mut Value>, desired: Option<&mut Value>, depth: usize) {
    if depth > 200 {
        return;
    }
    match (live, desired) {
        (Some(a), Some(b)) if is_encrypted(a) || is_encrypted(b) => hide(Some(a), Some(b)),
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let keys: BTreeSet<String> = a.keys().chain(b.keys()).cloned().collect();
            keys.iter().for_each(|key| encrypted(a.get_mut(key), b.get_mut(key), depth + 1));
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for at in 0..a.len().max(b.len()) {
                encrypted(a.get_mut(at), b.get_mut(at), depth + 1);
            }
        }
        (Some(a), Some(b)) => {
            encrypted(Some(a), None, depth + 1);
            encrypted(None, Some(b), depth + 1);
        }
        (Some(one), None) => alone(one, true, depth),
        (None, Some(one)) => alone(one, false, depth),
        (None, None) => {}
    }
}

fn alone(value: &mut Value, is_live: bool, depth: usize) {
    let side = |inner: &mut Value| if is_live { encrypted(Some(inner), None, depth + 1) } else { encrypted(None, Some(inner), depth + 1) };
    match value {
        value if is_encrypted(value) => *value = if is_live { "(hidden, old)" } else { "(hidden, new)" }.into(),
        Value::Object(map) => map.values_mut().for_each(side),
        Value::Array(items) => items.iter_mut().for_each(side),
        _ => {}
    }
}
