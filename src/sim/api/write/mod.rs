//! Create, update, patch and delete: the rules an object passes before it is stored.

mod check;
mod owned;

use super::failure::{Cause, Failure};
use super::fields;
use super::kind::Kind;
use super::merge;
use super::store::{Store, Stored};
pub(super) use check::validate;
use check::{check_namespace, check_type};
use owned::{differs_in_spec, restore_owned, same_but_managers};
use serde_json::{Map, Value, json};
use std::sync::Arc;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Validation {
    Ignore,
    #[default]
    Warn,
    Strict,
}

/// One write as asked for.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub kind: Arc<Kind>,
    pub version: String,
    pub namespace: String,
    pub name: String,
    pub status: bool,
    pub manager: String,
    pub dry_run: bool,
    pub validation: Validation,
    /// RFC 3339, whole seconds.
    pub now: String,
}

/// What a write did.
#[derive(Debug)]
pub(super) struct Done {
    pub object: Arc<Stored>,
    pub created: bool,
    pub warnings: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Patch {
    Merge(Value),
    Strategic(Value),
    Json(Value),
    Apply { value: Value, force: bool },
}

pub(super) fn create(store: &mut Store, call: &Call, object: Value) -> Result<Done, Failure> {
    create_owned(store, call, object, None)
}

/// Creates; `managers` overrides the bookkeeping of field owners.
pub(super) fn create_owned(store: &mut Store, call: &Call, mut object: Value, managers: Option<Value>) -> Result<Done, Failure> {
    let kind = &call.kind;
    check_type(call, &mut object)?;
    let metadata = metadata_of(&mut object);
    if metadata.get("name").and_then(Value::as_str).unwrap_or_default().is_empty() {
        match metadata.get("generateName").and_then(Value::as_str) {
            Some(prefix) if !prefix.is_empty() => {
                let name = format!("{prefix}{}", store.next_suffix());
                metadata.insert("name".into(), json!(name));
            }
            _ => {
                let cause = Cause::new("FieldValueRequired", "Required value: name or generateName is required", "metadata.name");
                return Err(Failure::invalid(kind, "", &[cause]));
            }
        }
    }
    let name = text(metadata, "name");
    check_namespace(metadata, call)?;
    if !text(metadata, "resourceVersion").is_empty() {
        return Err(Failure::bad_request("resourceVersion should not be set on objects to be created"));
    }
    if kind.namespaced && store.get(&*namespaces(store)?, "", &call.namespace).is_none() {
        return Err(Failure::namespace_not_found(&call.namespace));
    }
    if store.get(kind, &call.namespace, &name).is_some() {
        return Err(Failure::already_exists(kind, &name));
    }
    let call = Call { name, ..call.clone() };
    let warnings = validate(&call, &mut object, None)?;
    let managers = managers.unwrap_or_else(|| fields::update(&call, None, &without_split(&call, &object)));
    let object = fresh(store, &call, object, managers);
    Ok(Done { object: keep(store, &call, object), created: true, warnings })
}

/// The object without the status that its own subresource writes.
fn without_split(call: &Call, object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut().filter(|_| call.kind.status) {
        map.remove("status");
    }
    object
}

/// Fills what the server owns into a new object.
fn fresh(store: &mut Store, call: &Call, mut object: Value, managers: Value) -> Value {
    let kind = &call.kind;
    let uid = store.next_uid();
    if kind.status {
        let keep_status = !kind.custom && kind.plural == "namespaces";
        if let Some(map) = object.as_object_mut().filter(|_| !keep_status) {
            map.remove("status");
            if let Some(status) = &kind.default_status {
                map.insert("status".into(), status.clone());
            }
        }
    }
    let metadata = metadata_of(&mut object);
    metadata.insert("uid".into(), json!(uid));
    metadata.insert("creationTimestamp".into(), json!(call.now));
    metadata.remove("deletionTimestamp");
    metadata.remove("selfLink");
    metadata.remove("generation");
    if kind.generation {
        metadata.insert("generation".into(), json!(1));
    }
    if !managers.is_null() {
        metadata.insert("managedFields".into(), managers);
    }
    seed_defaults(kind, &mut object);
    object
}

/// The defaults callers notice on builtin kinds.
pub(super) fn seed_defaults(kind: &Kind, object: &mut Value) {
    match (kind.group.as_str(), kind.plural.as_str()) {
        ("", "namespaces") => {
            let name = object.pointer("/metadata/name").cloned().unwrap_or_default();
            let labels = metadata_of(object).entry("labels").or_insert_with(|| json!({}));
            if let Some(labels) = labels.as_object_mut() {
                labels.insert("kubernetes.io/metadata.name".into(), name);
            }
            ensure(object, "status", json!({"phase": "Active"}));
            ensure(object, "spec", json!({"finalizers": ["kubernetes"]}));
        }
        ("", "secrets") => ensure(object, "type", json!("Opaque")),
        _ => {}
    }
}

fn ensure(object: &mut Value, key: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.entry(key).or_insert(value);
    }
}

/// A PUT.
pub(super) fn update(store: &mut Store, call: &Call, mut object: Value) -> Result<Done, Failure> {
    let kind = call.kind.clone();
    check_type(call, &mut object)?;
    let metadata = metadata_of(&mut object);
    check_namespace(metadata, call)?;
    let name = text(metadata, "name");
    if name != call.name {
        let message = format!("the name of the object ({name}) does not match the name on the URL ({})", call.name);
        return Err(Failure::bad_request(message));
    }
    let Some(old) = store.get(&kind, &call.namespace, &call.name).cloned() else { return Err(Failure::not_found(&kind, &call.name)) };
    let (uid, old_uid) = (text(metadata, "uid"), uid_of(&old.value));
    if !uid.is_empty() && uid != old_uid {
        let place = format!("/registry/{}/{}/{}/{}", kind.group, kind.plural, call.namespace, call.name);
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: {place}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in \
             precondition: {uid}, UID in object meta: {old_uid}"
        );
        return Err(Failure::conflict(&kind, &call.name, &why));
    }
    let version = text(metadata, "resourceVersion");
    if version.is_empty() && kind.custom {
        let cause = Cause::new("FieldValueInvalid", "Invalid value: 0: must be specified for an update", "metadata.resourceVersion");
        return Err(Failure::invalid_as(&kind.group, &kind.plural, &call.name, &[cause]));
    }
    replace(store, call, &old, object, None)
}

pub(super) fn patch(store: &mut Store, call: &Call, patch: Patch) -> Result<Done, Failure> {
    let kind = call.kind.clone();
    let old = store.get(&kind, &call.namespace, &call.name).cloned();
    if let Patch::Apply { value, force } = patch {
        return super::apply::apply(store, call, old.as_ref(), value, force);
    }
    let Some(old) = old else { return Err(Failure::not_found(&kind, &call.name)) };
    let mut object = old.value.clone();
    let patched_object = match patch {
        Patch::Merge(value) => {
            json_patch::merge(&mut object, &value);
            merge_leftovers(&mut object, &value);
            object
        }
        Patch::Strategic(value) => {
            merge::strategic(&mut object, &value);
            object
        }
        Patch::Json(value) => merge::json_patch(object, &value)?,
        Patch::Apply { .. } => object,
    };
    let renamed = patched_object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    if renamed != call.name {
        let message = format!("the name of the object ({renamed}) does not match the name on the URL ({})", call.name);
        return Err(Failure::bad_request(message));
    }
    let uid = patched_object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
    if uid != uid_of(&old.value) {
        let cause = Cause::new("FieldValueInvalid", format!("Invalid value: \"{uid}\": field is immutable"), "metadata.uid");
        return Err(Failure::invalid(&kind, &call.name, &[cause.clone(), cause]));
    }
    replace(store, call, &old, patched_object, None)
}

/// A merge patch that only deletes below an absent parent leaves the parent behind, empty.
fn merge_leftovers(object: &mut Value, patch: &Value) {
    if let (Some(map), Some(patch)) = (object.as_object_mut(), patch.as_object()) {
        for (key, value) in patch.iter().filter(|(_, value)| value.is_object()) {
            merge_leftovers(map.entry(key.clone()).or_insert_with(|| json!({})), value);
        }
    }
}

/// Puts `new` in the place of `old`; `managers` overrides the bookkeeping of field owners.
pub(super) fn replace(store: &mut Store, call: &Call, old: &Arc<Stored>, mut new: Value, managers: Option<Value>) -> Result<Done, Failure> {
    let kind = call.kind.clone();
    let version = new.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
    if !version.is_empty() && version != old.version.to_string() {
        return Err(Failure::modified(&kind, &call.name));
    }
    restore_owned(call, &old.value, &mut new);
    let warnings = validate(call, &mut new, Some(&old.value))?;
    if !call.status
        && same_but_managers(&old.value, &new)
        && managers.as_ref().is_none_or(|m| Some(m) == old.value.pointer("/metadata/managedFields"))
    {
        return Ok(Done { object: old.clone(), created: false, warnings });
    }
    if call.status && same_but_managers(&old.value, &new) {
        return Ok(Done { object: old.clone(), created: false, warnings });
    }
    let managers = managers.unwrap_or_else(|| fields::update(call, Some(&old.value), &new));
    raise_generation(&kind, &old.value, &mut new);
    let metadata = metadata_of(&mut new);
    if !managers.is_null() {
        metadata.insert("managedFields".into(), managers);
    }
    let finished =
        metadata.contains_key("deletionTimestamp") && metadata.get("finalizers").and_then(Value::as_array).is_none_or(Vec::is_empty);
    if finished && !call.dry_run {
        let object = Stored::new(&kind, new.clone());
        store.insert(&kind, new);
        super::erase(store, &kind, &old.key);
        return Ok(Done { object, created: false, warnings });
    }
    Ok(Done { object: keep(store, call, new), created: false, warnings })
}

/// Counts a change of what is wanted, in the kinds that count.
pub(super) fn raise_generation(kind: &Kind, old: &Value, new: &mut Value) {
    if kind.generation && differs_in_spec(kind, old, new) {
        let metadata = metadata_of(new);
        let generation = metadata.get("generation").and_then(Value::as_i64).unwrap_or(0);
        metadata.insert("generation".into(), json!(generation + 1));
    }
}

/// Stores the object, or only shapes it when the run is dry.
fn keep(store: &mut Store, call: &Call, object: Value) -> Arc<Stored> {
    if call.dry_run {
        return Stored::new(&call.kind, object);
    }
    store.insert(&call.kind, object)
}

fn namespaces(store: &Store) -> Result<Arc<Kind>, Failure> {
    store.served("", "v1", "namespaces").ok_or_else(Failure::no_such_path)
}

/// The `metadata` of an object, made when absent.
pub(super) fn metadata_of(object: &mut Value) -> &mut Map<String, Value> {
    map_of(map_of(object).entry("metadata").or_insert(Value::Null))
}

fn map_of(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("made a map above"),
    }
}

pub(super) fn text(map: &Map<String, Value>, key: &str) -> String {
    map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn uid_of(object: &Value) -> String {
    object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Preconditions of a deletion; empty = none.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions {
    pub uid: String,
    pub version: String,
}

/// What a deletion left: the object that now waits for its finalizers, or the one that is gone.
#[derive(Debug)]
pub(super) enum Deleted {
    Waiting(Arc<Stored>),
    Gone(Arc<Stored>),
}

pub(super) fn delete(store: &mut Store, call: &Call, conditions: &Conditions) -> Result<Deleted, Failure> {
    let kind = call.kind.clone();
    let Some(old) = store.get(&kind, &call.namespace, &call.name).cloned() else { return Err(Failure::not_found(&kind, &call.name)) };
    let uid = uid_of(&old.value);
    if !conditions.uid.is_empty() && conditions.uid != uid {
        let why = format!(
            "the UID in the precondition ({}) does not match the UID in record ({uid}). The object might have been deleted and then recreated",
            conditions.uid
        );
        return Err(Failure::precondition(&kind, &call.name, &why));
    }
    if !conditions.version.is_empty() && conditions.version != old.version.to_string() {
        let why = format!(
            "the ResourceVersion in the precondition ({}) does not match the ResourceVersion in record ({}). The object might have been modified",
            conditions.version, old.version
        );
        return Err(Failure::precondition(&kind, &call.name, &why));
    }
    let held = old.value.pointer("/metadata/finalizers").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if held {
        let mut value = old.value.clone();
        let metadata = metadata_of(&mut value);
        if metadata.contains_key("deletionTimestamp") {
            return Ok(Deleted::Waiting(old));
        }
        metadata.insert("deletionTimestamp".into(), json!(call.now));
        metadata.insert("deletionGracePeriodSeconds".into(), json!(0));
        if let Some(generation) = metadata.get("generation").and_then(Value::as_i64) {
            metadata.insert("generation".into(), json!(generation + 1));
        }
        return Ok(Deleted::Waiting(keep(store, call, value)));
    }
    if !call.dry_run {
        super::erase(store, &kind, &old.key);
    }
    Ok(Deleted::Gone(old))
}
