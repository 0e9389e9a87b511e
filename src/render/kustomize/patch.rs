//! `patches`, `patchesStrategicMerge` and `patchesJson6902`.

use super::accumulate::{Place, is_remote, outside};
use super::item::{Id, Item};
use super::merge::{self, Merged};
use super::select::select;
use super::spec::{Patch, Target, impossible};
use crate::domain::tree::join;
use crate::render::files::{Files, missing};
use crate::render::options::RenderError;
use crate::render::yaml;
use serde_json::Value;

/// A patch as read: JSON operations, or objects to merge.
enum Body {
    Operations(json_patch::Patch),
    Objects(Vec<Value>),
}

/// An entry of `patches`.
pub fn apply(files: &Files<'_>, place: Place<'_>, entry: &Patch, items: &mut Vec<Item>) -> Result<(), RenderError> {
    let (file, bytes) = text(files, place, entry)?;
    let keep = Keep::of(entry);
    match (body(place, &file, &bytes)?, &entry.target) {
        (Body::Operations(operations), Some(target)) => operate(place, &operations, target, items),
        (Body::Operations(_), None) => Err(impossible(place.file, format!("{file}: a JSON patch without target"))),
        (Body::Objects(patches), Some(target)) => {
            for patch in patches {
                // From the last, because a patch may delete what it is for.
                for at in select(place, target, items)?.into_iter().rev() {
                    merge_at(items, at, &patch, keep);
                }
            }
            Ok(())
        }
        (Body::Objects(patches), None) => patches.iter().try_for_each(|patch| by_name(place, patch, keep, items)),
    }
}

/// An entry of `patchesStrategicMerge`: a path, or the patch itself.
pub fn strategic_entry(files: &Files<'_>, place: Place<'_>, entry: &str, items: &mut Vec<Item>) -> Result<(), RenderError> {
    let (file, bytes) = if entry.contains('\n') || entry.contains(": ") {
        (place.file.to_owned(), entry.as_bytes().to_vec())
    } else {
        read(files, place, entry)?
    };
    match body(place, &file, &bytes)? {
        Body::Objects(patches) => patches.iter().try_for_each(|patch| by_name(place, patch, Keep::default(), items)),
        Body::Operations(_) => Err(impossible(place.file, format!("{file}: not a strategic merge patch"))),
    }
}

/// An entry of `patchesJson6902`.
pub fn json_entry(files: &Files<'_>, place: Place<'_>, entry: &Patch, items: &mut [Item]) -> Result<(), RenderError> {
    let (file, bytes) = text(files, place, entry)?;
    match (body(place, &file, &bytes)?, &entry.target) {
        (Body::Operations(operations), Some(target)) => operate(place, &operations, target, items),
        _ => Err(impossible(place.file, format!("{file}: not a JSON patch with a target"))),
    }
}

/// Whether a patch may change what a resource is called.
#[derive(Clone, Copy, Default)]
struct Keep {
    name_changes: bool,
    kind_changes: bool,
}

impl Keep {
    fn of(entry: &Patch) -> Self {
        let on = |key: &str| entry.options.get(key).is_some_and(|v| v == &Value::Bool(true) || v.as_str() == Some("true"));
        Self { name_changes: on("allowNameChange"), kind_changes: on("allowKindChange") }
    }
}

fn text(files: &Files<'_>, place: Place<'_>, entry: &Patch) -> Result<(String, Vec<u8>), RenderError> {
    match (entry.path.as_str(), entry.patch.as_str()) {
        ("", "") => Err(impossible(place.file, "a patch with neither path nor patch".into())),
        ("", patch) => Ok((place.file.to_owned(), patch.as_bytes().to_vec())),
        (path, "") => read(files, place, path),
        _ => Err(impossible(place.file, "a patch with both path and patch".into())),
    }
}

fn read(files: &Files<'_>, place: Place<'_>, path: &str) -> Result<(String, Vec<u8>), RenderError> {
    if is_remote(path) {
        return Err(RenderError::Unsupported { feature: "a patch from a URL".into(), file: place.file.to_owned() });
    }
    let full = join(place.dir, path).ok_or_else(|| missing(path, place.file))?;
    outside(files, place, &full);
    let bytes = files.read(&full, place.file)?;
    Ok((full, bytes))
}

fn body(place: Place<'_>, file: &str, bytes: &[u8]) -> Result<Body, RenderError> {
    let documents = yaml::documents(file, bytes)?;
    if let [Value::Array(_)] = documents.as_slice() {
        let operations = documents.into_iter().next().unwrap_or_default();
        let read = serde_json::from_value(operations).map_err(|e| impossible(place.file, format!("{file}: {e}")))?;
        return Ok(Body::Operations(read));
    }
    if documents.iter().all(Value::is_object) {
        return Ok(Body::Objects(documents));
    }
    Err(impossible(place.file, format!("{file}: neither a JSON patch nor an object")))
}

/// JSON operations may rename what they are for, whatever the options say.
fn operate(place: Place<'_>, operations: &json_patch::Patch, target: &Target, items: &mut [Item]) -> Result<(), RenderError> {
    for at in select(place, target, items)? {
        if let Some(item) = items.get_mut(at) {
            let before = item.id();
            let mut value = item.value.clone();
            json_patch::patch(&mut value, operations).map_err(|e| impossible(place.file, format!("patch of {}: {e}", before.title())))?;
            restore(item, value, before, Keep { name_changes: true, kind_changes: true });
        }
    }
    Ok(())
}

/// The resource that has, or had, the patch's own apiVersion, kind, namespace and name.
fn by_name(place: Place<'_>, patch: &Value, keep: Keep, items: &mut Vec<Item>) -> Result<(), RenderError> {
    let id = Id::of(patch);
    if id.kind.is_empty() || id.name.is_empty() {
        return Err(impossible(place.file, "a patch without kind or name, and without target".into()));
    }
    let now: Vec<usize> = positions(items, &|item| item.id().same(&id));
    let found = if now.is_empty() { positions(items, &|item| item.any_id(&|old| old.same(&id))) } else { now };
    match found.as_slice() {
        [at] => {
            merge_at(items, *at, patch, keep);
            Ok(())
        }
        [] => Err(impossible(place.file, format!("a patch is for {}, which is not there", id.title()))),
        _ => Err(impossible(place.file, format!("a patch is for {}, which several resources are or were called", id.title()))),
    }
}

fn positions(items: &[Item], wanted: &dyn Fn(&Item) -> bool) -> Vec<usize> {
    items.iter().enumerate().filter(|(_, item)| wanted(item)).map(|(at, _)| at).collect()
}

fn merge_at(items: &mut Vec<Item>, at: usize, patch: &Value, keep: Keep) {
    let Some(item) = items.get_mut(at) else { return };
    let before = item.id();
    match merge::strategic(&item.value, patch) {
        Merged::Value(value) => restore(item, value, before, keep),
        Merged::Deleted => {
            items.remove(at);
        }
    }
}

/// Takes the patched value; what the resource is called changes only where the patch says it may.
fn restore(item: &mut Item, value: Value, before: Id, keep: Keep) {
    let old = item.value.clone();
    item.value = value;
    if !keep.kind_changes {
        for key in ["apiVersion", "kind"] {
            if let (Some(map), Some(was)) = (item.value.as_object_mut(), old.get(key)) {
                map.insert(key.to_owned(), was.clone());
            }
        }
    }
    if !keep.name_changes {
        for key in ["name", "namespace"] {
            let was = old.get("metadata").and_then(|m| m.get(key)).cloned();
            if let Some(metadata) = item.value.get_mut("metadata").and_then(Value::as_object_mut) {
                match was {
                    Some(was) => metadata.insert(key.to_owned(), was),
                    None => metadata.remove(key),
                };
            }
        }
    }
    if item.id() != before && item.previous.last() != Some(&before) {
        item.previous.push(before);
    }
}
