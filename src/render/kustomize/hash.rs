//! The suffix of generated names: ten characters that stand for the content.

use super::item::Item;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub fn add(items: &mut [Item]) {
    for item in items.iter_mut().filter(|i| i.hashed) {
        let name = format!("{}-{}", item.name(), suffix(&item.value));
        item.remember();
        item.set_metadata("name", &name);
    }
}

/// The suffix of a ConfigMap, a Secret or any other object. The name is part of the hashed form, but kustomize always leaves it empty.
pub fn suffix(value: &Value) -> String {
    let field = |pointer: &str| value.pointer(pointer).cloned().unwrap_or_else(|| json!(""));
    let content = match value.get("kind").and_then(Value::as_str) {
        Some("ConfigMap") => {
            let mut content = json!({"kind": "ConfigMap", "name": "", "data": field("/data")});
            if let (Some(binary @ Value::Object(_)), Some(map)) = (value.get("binaryData"), content.as_object_mut()) {
                map.insert("binaryData".into(), binary.clone());
            }
            content
        }
        Some("Secret") => {
            let mut content = json!({"kind": "Secret", "name": "", "data": field("/data"), "type": field("/type")});
            if let (Some(plain @ Value::Object(_)), Some(map)) = (value.get("stringData"), content.as_object_mut()) {
                map.insert("stringData".into(), plain.clone());
            }
            content
        }
        _ => value.clone(),
    };
    let digest = Sha256::digest(go_json(&content).as_bytes());
    let hex: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    // No vowels and none of 0, 1, 3: names that read as words or are misread do not arise.
    hex.chars()
        .map(|c| match c {
            '0' => 'g',
            '1' => 'h',
            '3' => 'k',
            'a' => 'm',
            'e' => 't',
            c => c,
        })
        .collect()
}

/// JSON as Go writes it: keys sorted (our maps are), and these characters escaped.
fn go_json(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out
}
