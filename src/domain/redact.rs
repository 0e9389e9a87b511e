//! Secret values are replaced where they enter: what stays tells whether two values are equal, nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

const MARK: &str = "(hidden sha256:";

/// Replaces every value of a Secret, and sensitive annotations and SOPS values of any object, by `(hidden sha256:<16 hex>)`.
///
/// The digest is salted, so that it cannot be looked up; `data` is decoded first and `stringData` folded into it, so that both sides of a diff
/// agree. Values that are masked already stay as they are.
pub fn mask_secret(value: &mut Value, salt: &[u8]) {
    let is_secret = value.get("kind").and_then(Value::as_str) == Some("Secret");
    let is_core = value.get("apiVersion").and_then(Value::as_str).is_none_or(|v| v == "v1");
    if is_secret && is_core {
        mask_data(value, salt);
    }
    mask_annotations(value, salt);
    mask_encrypted(value, salt, 0);
}

/// Whether a text is one of our masks.
pub fn is_masked(text: &str) -> bool {
    text.strip_prefix(MARK)
        .and_then(|rest| rest.strip_suffix(')'))
        .is_some_and(|hex| hex.len() == 16 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn mask(bytes: &[u8], salt: &[u8]) -> Value {
    let digest = Sha256::new().chain_update(salt).chain_update(bytes).finalize();
    let hex: String = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
    Value::from(format!("{MARK}{hex})"))
}

fn masked(value: &Value, encoded: bool, salt: &[u8]) -> Value {
    match value {
        Value::String(text) if is_masked(text) => value.clone(),
        Value::String(text) if encoded => {
            let bare: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            mask(&STANDARD.decode(bare).unwrap_or_else(|_| text.as_bytes().to_vec()), salt)
        }
        Value::String(text) => mask(text.as_bytes(), salt),
        other => mask(other.to_string().as_bytes(), salt),
    }
}

fn mask_data(value: &mut Value, salt: &[u8]) {
    let Some(object) = value.as_object_mut() else { return };
    let mut out = Map::new();
    for (field, encoded) in [("data", true), ("stringData", false)] {
        match object.remove(field) {
            Some(Value::Object(map)) => out.extend(map.into_iter().map(|(key, v)| (key, masked(&v, encoded, salt)))),
            // Not a map: no key can be told, and nothing of it may pass.
            Some(Value::Null) | None => {}
            Some(other) => {
                out.insert(field.to_owned(), masked(&other, false, salt));
            }
        }
    }
    if !out.is_empty() {
        object.insert("data".into(), Value::Object(out));
    }
}

const SENSITIVE: [&str; 10] = [
    "password",
    "passwd",
    "secret-value",
    "token",
    "apikey",
    "api-key",
    "private-key",
    "privatekey",
    "credential",
    "last-applied-configuration",
];

fn mask_annotations(value: &mut Value, salt: &[u8]) {
    let is_secret = value.get("kind").and_then(Value::as_str) == Some("Secret");
    let Some(Value::Object(annotations)) = value.pointer_mut("/metadata/annotations") else { return };
    for (key, value) in annotations.iter_mut() {
        let key = key.to_ascii_lowercase();
        // The last applied object repeats what it holds; only a Secret's holds secrets.
        let sensitive = SENSITIVE.iter().any(|word| key.contains(word)) && (is_secret || !key.contains("last-applied"));
        if sensitive {
            *value = masked(value, false, salt);
        }
    }
}

/// SOPS writes `ENC[...]`; even the encrypted form is not shown.
fn mask_encrypted(value: &mut Value, salt: &[u8], depth: usize) {
    match value {
        Value::String(text) if text.starts_with("ENC[") => *value = mask(text.as_bytes(), salt),
        Value::Object(map) if depth < 200 => map.values_mut().for_each(|v| mask_encrypted(v, salt, depth + 1)),
        Value::Array(items) if depth < 200 => items.iter_mut().for_each(|v| mask_encrypted(v, salt, depth + 1)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_ways_to_write_a_value_mask_alike_and_nothing_of_it_stays() {
        let mut a = json!({"apiVersion": "v1", "kind": "Secret", "data": {"p": "aHVu\ndGVyMg==", "n": 5},
            "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "hunter2", "x/token": "hunter2", "plain": "ok"}}});
        let mut b = json!({"apiVersion": "v1", "kind": "Secret", "data": {"p": "old"}, "stringData": {"p": "hunter2"}});
        mask_secret(&mut a, b"salt");
        mask_secret(&mut b, b"salt");
        assert_eq!(a["data"]["p"], b["data"]["p"]);
        assert!(is_masked(a["data"]["p"].as_str().unwrap()));
        assert!(!a.to_string().contains("hunter2") && !a.to_string().contains("aHVu"), "{a}");
        assert_eq!(a["metadata"]["annotations"]["plain"], "ok");
        let once = a.clone();
        mask_secret(&mut a, b"other");
        assert_eq!(a, once, "masking twice changes nothing");
    }

    #[test]
    fn encrypted_values_of_any_object_are_hidden() {
        let mut map = json!({"kind": "ConfigMap", "data": {"a": "ENC[AES256_GCM,data:abc]", "b": "plain"}});
        mask_secret(&mut map, b"s");
        assert!(is_masked(map["data"]["a"].as_str().unwrap()));
        assert_eq!(map["data"]["b"], "plain");
    }
}
