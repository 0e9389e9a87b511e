//! Secret values leave no room: they are replaced by salted digests, so that two of them can be compared and none can be read.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Random for each process, so that a digest on a screenshot cannot be looked up.
pub fn process_salt() -> Vec<u8> {
    static SALT: OnceLock<[u64; 4]> = OnceLock::new();
    let salt = SALT.get_or_init(|| std::array::from_fn(|_| RandomState::new().build_hasher().finish()));
    salt.iter().flat_map(|part| part.to_le_bytes()).collect()
}

/// Hides the values of a Secret (any other object is left alone): `data` and `stringData` come out as one `data` map of
/// `(hidden sha256:…)` marks that are equal when the values are, and copies of the values in annotations are dropped.
pub fn mask_secret(value: &mut Value, salt: &[u8]) {
    let Some(object) = value.as_object_mut() else { return };
    if object.get("kind").and_then(Value::as_str) == Some("List") {
        object.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten().for_each(|item| mask_secret(item, salt));
        return;
    }
    let is_core = object.get("apiVersion").and_then(Value::as_str).is_none_or(|v| v == "v1");
    if object.get("kind").and_then(Value::as_str) != Some("Secret") || !is_core {
        return;
    }
    let data = object.remove("data");
    let plain = object.remove("stringData");
    if data.is_some() || plain.is_some() {
        let mut hidden = Map::new();
        collect(&mut hidden, data, salt, |text| decode_base64(text).unwrap_or_else(|| text.as_bytes().to_vec()));
        // As the API server has it: stringData wins over data.
        collect(&mut hidden, plain, salt, |text| text.as_bytes().to_vec());
        object.insert("data".into(), Value::Object(hidden));
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove(LAST_APPLIED);
        }
    }
}

fn collect(into: &mut Map<String, Value>, from: Option<Value>, salt: &[u8], bytes: impl Fn(&str) -> Vec<u8>) {
    match from {
        Some(Value::Object(values)) => {
            for (key, value) in values {
                let raw = match &value {
                    Value::String(text) => bytes(text),
                    Value::Null => Vec::new(),
                    other => other.to_string().into_bytes(),
                };
                into.insert(key, Value::String(mark(&raw, salt)));
            }
        }
        // Not a map: the whole is one value, for it may be a secret in the wrong place.
        Some(Value::Null) | None => {}
        Some(other) => {
            into.insert("(not a map)".into(), Value::String(mark(other.to_string().as_bytes(), salt)));
        }
    }
}

fn mark(value: &[u8], salt: &[u8]) -> String {
    let digest = Sha256::new().chain_update(salt).chain_update(value).finalize();
    let hex: String = digest.iter().take(6).map(|b| format!("{b:02x}")).collect();
    format!("(hidden sha256:{hex})")
}

/// Standard alphabet, padding optional, white space ignored; `None` when it is no base64.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0u32, 0u32);
    let digits = text.bytes().filter(|b| !b.is_ascii_whitespace());
    for byte in digits.take_while(|b| *b != b'=') {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(digit)) & 0x00ff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn data_and_string_data_of_one_value_come_out_equal_and_unreadable() {
        let mut live = json!({"apiVersion": "v1", "kind": "Secret", "data": {"password": "aHVudGVyMg=="}});
        let mut desired = json!({"apiVersion": "v1", "kind": "Secret", "stringData": {"password": "hunter2"}});
        mask_secret(&mut live, b"salt");
        mask_secret(&mut desired, b"salt");
        assert_eq!(live, desired);
        let text = live.to_string();
        assert!(text.contains("(hidden sha256:") && !text.contains("hunter2") && !text.contains("aHVudGVyMg"), "{text}");
    }

    #[test]
    fn another_value_and_another_salt_give_other_marks() {
        let marked = |value: &str, salt: &[u8]| {
            let mut secret = json!({"kind": "Secret", "stringData": {"k": value}});
            mask_secret(&mut secret, salt);
            secret.to_string()
        };
        assert_ne!(marked("a", b"1"), marked("b", b"1"));
        assert_ne!(marked("a", b"1"), marked("a", b"2"));
    }

    #[test]
    fn the_copy_in_the_annotation_goes_and_other_annotations_stay() {
        let mut secret =
            json!({"kind": "Secret", "metadata": {"annotations": {LAST_APPLIED: "{\"data\":{\"k\":\"c2VjcmV0\"}}", "team": "web"}}});
        mask_secret(&mut secret, b"s");
        assert_eq!(secret.pointer("/metadata/annotations"), Some(&json!({"team": "web"})));
    }

    #[test]
    fn a_secret_in_the_wrong_shape_is_hidden_too_and_other_kinds_are_left_alone() {
        let mut odd = json!({"kind": "Secret", "data": "hunter2", "stringData": {"n": 1234567}});
        mask_secret(&mut odd, b"s");
        assert!(!odd.to_string().contains("hunter2") && !odd.to_string().contains("1234567"));
        let mut map = json!({"kind": "ConfigMap", "data": {"k": "v"}});
        mask_secret(&mut map, b"s");
        assert_eq!(map, json!({"kind": "ConfigMap", "data": {"k": "v"}}));
    }

    #[test]
    fn base64_is_read_with_and_without_padding() {
        assert_eq!(decode_base64("aHVu\ndGVyMg==").unwrap(), b"hunter2");
        assert_eq!(decode_base64("aHVudGVyMg").unwrap(), b"hunter2");
        assert_eq!(decode_base64("not base64!"), None);
        assert_eq!(decode_base64("/+8A").unwrap(), vec![0xff, 0xef, 0x00]);
    }
}
