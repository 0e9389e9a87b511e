//! What an object must satisfy before it is stored: its type, its namespace, its declared fields.

use super::super::failure::{Cause, Failure};
use super::super::kind::join;
use super::{Call, Validation, map_of, text};
use serde_json::{Map, Value, json};

/// Prunes and checks `object` against the declared fields and returns the warnings.
pub(in super::super) fn validate(call: &Call, object: &mut Value, patched: Option<&Value>) -> Result<Vec<String>, Failure> {
    let Some(schema) = &call.kind.schema else { return Ok(Vec::new()) };
    let whole = object.clone();
    drop_nulls(object);
    let unknown = schema.prune(object);
    if call.validation == Validation::Strict && !unknown.is_empty() {
        let fields = unknown.iter().map(|path| format!("unknown field \"{path}\"")).collect::<Vec<_>>().join(", ");
        if patched.is_some() {
            return Err(Failure::strict_patch(&whole.to_string(), &fields));
        }
        let kind = &call.kind;
        let message =
            format!("{} in version \"{}\" cannot be handled as a {}: strict decoding error: {fields}", kind.kind, call.version, kind.kind);
        return Err(Failure::bad_request(message));
    }
    let causes = schema.check(object);
    if !causes.is_empty() {
        return Err(Failure::invalid(&call.kind, &call.name, &causes));
    }
    let warned = call.validation == Validation::Warn;
    Ok(unknown.into_iter().filter(|_| warned).map(|path| format!("unknown field \"{path}\"")).collect())
}

/// A null in a field that cannot be null counts as absent.
fn drop_nulls(object: &mut Value) {
    if let Some(map) = object.as_object_mut() {
        map.retain(|_, value| !value.is_null());
        if let Some(spec) = map.get_mut("spec").and_then(Value::as_object_mut) {
            spec.retain(|_, value| !value.is_null());
        }
    }
}

pub(super) fn check_type(call: &Call, object: &mut Value) -> Result<(), Failure> {
    let kind = &call.kind;
    let sent = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (version, name) = (sent("apiVersion"), sent("kind"));
    if name.is_empty() {
        let message = format!(
            "the object provided is unrecognized (must be of type {}): Object 'Kind' is missing in '{object}' ({object})",
            kind.kind
        );
        return Err(Failure::bad_request(message));
    }
    let wanted = join(&kind.group, &call.version);
    if version != wanted {
        let message = format!("the API version in the data ({version}) does not match the expected API version ({wanted})");
        return Err(Failure::bad_request(message));
    }
    if name != kind.kind {
        let object_name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        let message = format!("Invalid value: \"{name}\": must be {}", kind.kind);
        return Err(Failure::invalid_as(&kind.group, &name, object_name, &[Cause::new("FieldValueInvalid", message, "kind")]));
    }
    map_of(object).insert("apiVersion".into(), json!(kind.api_version()));
    Ok(())
}

pub(super) fn check_namespace(metadata: &mut Map<String, Value>, call: &Call) -> Result<(), Failure> {
    if !call.kind.namespaced {
        metadata.remove("namespace");
        return Ok(());
    }
    let sent = text(metadata, "namespace");
    if !sent.is_empty() && sent != call.namespace {
        return Err(Failure::bad_request("the namespace of the provided object does not match the namespace sent on the request"));
    }
    metadata.insert("namespace".into(), json!(call.namespace));
    Ok(())
}
