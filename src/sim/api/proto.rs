//! The few protobuf bodies that kubectl sends: access reviews, namespaces and other objects that are metadata alone.

use serde_json::{Map, Value, json};

/// Reads the envelope and the object inside; `None` = not one of the kinds known here.
pub(super) fn object(body: &[u8]) -> Option<Value> {
    let envelope = fields(body.strip_prefix(b"k8s\0")?)?;
    let type_meta = fields(bytes(&envelope, 1)?)?;
    let (api_version, kind) = (text(&type_meta, 1), text(&type_meta, 2));
    let raw = fields(bytes(&envelope, 2).unwrap_or_default())?;
    let mut object = json!({"apiVersion": api_version, "kind": kind});
    match kind.as_str() {
        "SelfSubjectAccessReview" => {
            let spec = fields(bytes(&raw, 2)?)?;
            let names = ["namespace", "verb", "group", "version", "resource", "subresource", "name"];
            if let Some(attributes) = bytes(&spec, 1) {
                object["spec"] = json!({"resourceAttributes": named(&fields(attributes)?, &names)});
            } else if let Some(attributes) = bytes(&spec, 2) {
                object["spec"] = json!({"nonResourceAttributes": named(&fields(attributes)?, &["path", "verb"])});
            }
        }
        "SelfSubjectRulesReview" => object["spec"] = named(&fields(bytes(&raw, 2)?)?, &["namespace"]),
        "SelfSubjectReview" => {}
        "Namespace" | "ServiceAccount" => object["metadata"] = metadata(&fields(bytes(&raw, 1)?)?)?,
        _ => return None,
    }
    Some(object)
}

fn metadata(meta: &[(u64, &[u8])]) -> Option<Value> {
    let mut map = named(meta, &["name", "generateName", "namespace"]);
    for (number, key) in [(11, "labels"), (12, "annotations")] {
        let mut pairs = Map::new();
        for (_, entry) in meta.iter().filter(|(found, _)| *found == number) {
            let entry = fields(entry)?;
            pairs.insert(text(&entry, 1), json!(text(&entry, 2)));
        }
        if !pairs.is_empty() {
            map[key] = Value::Object(pairs);
        }
    }
    Some(map)
}

/// The text fields numbered from 1, under these names; empty ones are left out.
fn named(found: &[(u64, &[u8])], names: &[&str]) -> Value {
    let mut map = Map::new();
    for (number, name) in (1_u64..).zip(names) {
        let value = text(found, number);
        if !value.is_empty() {
            map.insert((*name).to_owned(), json!(value));
        }
    }
    Value::Object(map)
}

fn bytes<'a>(fields: &[(u64, &'a [u8])], number: u64) -> Option<&'a [u8]> {
    fields.iter().find(|(found, _)| *found == number).map(|(_, value)| *value)
}

fn text(fields: &[(u64, &[u8])], number: u64) -> String {
    bytes(fields, number).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

/// The length-delimited fields of a message; numbers are skipped.
fn fields(mut rest: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let mut found = Vec::new();
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        match key & 7 {
            0 => {
                varint(&mut rest)?;
            }
            1 => rest = rest.get(8..)?,
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                found.push((key >> 3, rest.get(..length)?));
                rest = rest.get(length..)?;
            }
            5 => rest = rest.get(4..)?,
            _ => return None,
        }
    }
    Some(found)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
