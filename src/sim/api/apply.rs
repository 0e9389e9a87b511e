//! Server-side apply: merging by owner, conflicts, and the removal of what its manager no longer wants.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::failure::Failure;
use super::fields::{self, Owner, Path, Set};
use super::kind::Kind;
use super::store::{Store, Stored};
use super::write::{self, Call, Done};

pub(super) fn apply(store: &mut Store, call: &Call, old: Option<&Arc<Stored>>, mut value: Value, force: bool) -> Result<Done, Failure> {
    check(call, &mut value)?;
    let applied = fields::leaves(&call.kind, &value);
    let wanted: Set = applied.keys().cloned().collect();
    let Some(old) = old else {
        if call.status {
            return Err(Failure::not_found(&call.kind, &call.name));
        }
        let owner = Owner { fields: wanted, ..Owner::of(call, true) };
        return write::create_owned(store, call, value, Some(fields::to_json(&[owner])));
    };
    let live = fields::leaves(&call.kind, &old.value);
    let mut owners = fields::owners(&old.value);
    let me = Owner::of(call, true);
    let contested = conflicts(&owners, &me, &applied, &live);
    if !contested.is_empty() && !force {
        return Err(refusal(&contested));
    }
    for owner in owners.iter_mut().filter(|owner| !owner.same_as(&me)) {
        owner.fields.retain(|path| applied.get(path).is_none_or(|value| live.get(path) == Some(value)));
    }
    let mut merged = old.value.clone();
    merge(&call.kind, &mut merged, &value, &mut Vec::new(), "");
    let dropped = unwanted(&owners, &me, &wanted);
    for path in &dropped {
        remove(&call.kind, &mut merged, path);
    }
    let changed = fields::leaves(&call.kind, &merged) != live;
    match owners.iter_mut().find(|owner| owner.same_as(&me)) {
        Some(owner) => {
            if changed || owner.fields != wanted {
                owner.time.clone_from(&me.time);
                owner.fields = wanted;
            }
        }
        None => owners.push(Owner { fields: wanted, ..me }),
    }
    write::replace(store, call, old, merged, Some(fields::to_json(&owners)))
}

fn check(call: &Call, value: &mut Value) -> Result<(), Failure> {
    let metadata = write::metadata_of(value);
    if metadata.contains_key("managedFields") {
        return Err(Failure::bad_request("metadata.managedFields must be nil"));
    }
    let name = write::text(metadata, "name");
    if !name.is_empty() && name != call.name {
        let message = format!("the name of the object ({name}) does not match the name on the URL ({})", call.name);
        return Err(Failure::bad_request(message));
    }
    metadata.insert("name".into(), json!(call.name));
    let sent_namespace = write::text(metadata, "namespace");
    if call.kind.namespaced {
        metadata.insert("namespace".into(), json!(call.namespace));
    }
    if let Some(schema) = &call.kind.schema {
        let unknown = schema.prune(&mut value.clone());
        if let Some(path) = unknown.first() {
            let kind = &call.kind;
            let place = format!("{sent_namespace}/{}; {}, Kind={}", call.name, kind.api_version(), kind.kind);
            let message = format!("failed to create typed patch object ({place}): .{path}: field not declared in schema");
            return Err(Failure::internal(message));
        }
    }
    let Some(map) = value.as_object_mut() else { return Ok(()) };
    if call.status {
        map.retain(|key, _| matches!(key.as_str(), "apiVersion" | "kind" | "metadata" | "status"));
    } else if call.kind.status {
        map.remove("status");
    }
    Ok(())
}

/// Fields that somebody else owns with another value.
fn conflicts(owners: &[Owner], me: &Owner, applied: &BTreeMap<Path, Value>, live: &BTreeMap<Path, Value>) -> Vec<(Owner, Path)> {
    let mut found = Vec::new();
    for owner in owners.iter().filter(|owner| !owner.same_as(me)) {
        for path in owner.fields.iter().filter(|path| applied.get(*path).is_some_and(|value| live.get(*path) != Some(value))) {
            found.push((owner.clone(), path.clone()));
        }
    }
    found
}

fn refusal(contested: &[(Owner, Path)]) -> Failure {
    let causes: Vec<Value> = contested
        .iter()
        .map(|(owner, path)| {
            json!({"reason": "FieldManagerConflict", "message": format!("conflict with {}", title(owner)), "field": fields::display(path)})
        })
        .collect();
    let mut by_owner: Vec<(String, Vec<String>)> = Vec::new();
    for (owner, path) in contested {
        let title = title(owner);
        match by_owner.iter_mut().find(|(known, _)| *known == title) {
            Some((_, paths)) => paths.push(fields::display(path)),
            None => by_owner.push((title, vec![fields::display(path)])),
        }
    }
    let lines: Vec<String> = by_owner
        .iter()
        .map(|(owner, paths)| match paths.as_slice() {
            [one] => format!("conflict with {owner}: {one}"),
            many => format!("conflicts with {owner}:\n- {}", many.join("\n- ")),
        })
        .collect();
    let count = contested.len();
    let message = format!("Apply failed with {count} conflict{}: {}", if count == 1 { "" } else { "s" }, lines.join("\n"));
    Failure::status(409, "Conflict", message, Some(json!({"causes": causes})))
}

fn title(owner: &Owner) -> String {
    let sub = if owner.subresource.is_empty() { String::new() } else { format!(" with subresource \"{}\"", owner.subresource) };
    format!("\"{}\"{sub} using {}", owner.manager, owner.api_version)
}

/// What this manager applied before, wants no more and nobody else owns.
fn unwanted(owners: &[Owner], me: &Owner, wanted: &Set) -> Vec<Path> {
    let before = owners.iter().find(|owner| owner.same_as(me)).map(|owner| &owner.fields);
    let others: Vec<&Owner> = owners.iter().filter(|owner| !owner.same_as(me)).collect();
    let held = |path: &Path| {
        let below = |set: &Set| set.range(path.clone()..).next().is_some_and(|next| next.starts_with(path));
        below(wanted) || others.iter().any(|owner| below(&owner.fields))
    };
    before.into_iter().flatten().filter(|path| !held(path)).cloned().collect()
}

fn merge(kind: &Kind, live: &mut Value, applied: &Value, path: &mut Path, field: &str) {
    match applied {
        Value::Object(map) if !map.is_empty() => {
            if !live.is_object() {
                *live = json!({});
            }
            let Some(target) = live.as_object_mut() else { return };
            for (name, value) in map {
                path.push(format!("f:{name}"));
                merge(kind, target.entry(name.clone()).or_insert(Value::Null), value, path, name);
                path.pop();
            }
        }
        Value::Object(_) if live.is_object() => {}
        Value::Array(items) if field == "finalizers" && path.first().is_some_and(|p| p == "f:metadata") => {
            let mut all = live.as_array().cloned().unwrap_or_default();
            all.extend(items.iter().filter(|item| !live.as_array().is_some_and(|l| l.contains(item))).cloned());
            *live = Value::Array(all);
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(|item| fields::item_key(kind, path, field, item).is_some()) => {
            if !live.is_array() {
                *live = json!([]);
            }
            let Some(target) = live.as_array_mut() else { return };
            for item in items {
                let key = fields::item_key(kind, path, field, item);
                let place = target.iter().position(|other| fields::item_key(kind, path, field, other) == key);
                path.push(key.unwrap_or_default());
                match place.and_then(|index| target.get_mut(index)) {
                    Some(old) => merge(kind, old, item, path, ""),
                    None => target.push(item.clone()),
                }
                path.pop();
            }
        }
        _ => *live = applied.clone(),
    }
}

/// Removes the field at `path` and the maps it leaves empty.
fn remove(kind: &Kind, object: &mut Value, path: &[String]) {
    take(kind, object, path, &mut Vec::new(), "");
}

fn take(kind: &Kind, node: &mut Value, rest: &[String], path: &mut Path, field: &str) {
    let Some((element, deeper)) = rest.split_first() else { return };
    if let Some(name) = element.strip_prefix("f:") {
        let Some(map) = node.as_object_mut() else { return };
        if deeper.is_empty() {
            map.remove(name);
            return;
        }
        path.push(element.clone());
        if let Some(child) = map.get_mut(name) {
            take(kind, child, deeper, path, name);
            if child.as_object().is_some_and(serde_json::Map::is_empty) || child.as_array().is_some_and(Vec::is_empty) {
                map.remove(name);
            }
        }
        path.pop();
        return;
    }
    let Some(items) = node.as_array_mut() else { return };
    let named = |item: &Value| match element.strip_prefix("v:") {
        Some(text) => serde_json::to_string(item).is_ok_and(|item| item == text),
        None => fields::item_key(kind, path, field, item).as_ref() == Some(element),
    };
    let Some(index) = items.iter().position(named) else { return };
    if deeper.is_empty() {
        items.remove(index);
    } else if let Some(item) = items.get_mut(index) {
        path.push(element.clone());
        take(kind, item, deeper, path, "");
        path.pop();
    }
}
