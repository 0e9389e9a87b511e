//! Who set a field of a live object, as its managedFields tell.

use super::fields::Step;
use crate::domain::Timestamp;
use crate::domain::text::sanitise;
use serde_json::{Value, json};

/// The entries of one live object, taken before it is normalised; by default of no live object.
#[derive(Clone, Debug, Default)]
pub struct Managers {
    entries: Vec<Entry>,
    is_live: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    /// With the subresource it wrote through, where there is one.
    manager: String,
    at: Option<Timestamp>,
    fields: Value,
}

impl Managers {
    pub fn read(live: &Value) -> Self {
        let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten();
        Self { entries: entries.filter_map(entry).collect(), is_live: true }
    }

    pub fn is_live(&self) -> bool {
        self.is_live
    }

    /// The newest of those that hold the field itself, else of those that hold what it is in as a whole; and when it wrote.
    /// `live` is the object that the steps lead through.
    pub fn of(&self, live: &Value, steps: &[Step]) -> Option<(String, Option<Timestamp>)> {
        let held = self.entries.iter().filter_map(|e| Some((depth(&e.fields, Some(live), steps, true)?, e.at, e)));
        let (.., holder) = held.max_by_key(|(depth, at, _)| (*depth, *at))?;
        Some((holder.manager.clone(), holder.at))
    }
}

fn entry(entry: &Value) -> Option<Entry> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut fields = entry.get("fieldsV1").cloned().unwrap_or_default();
    let manager = match (text("manager"), text("subresource")) {
        ("", _) => return None,
        (name, "") => sanitise(name, 60),
        (name, subresource) => sanitise(&format!("{} ({})", name.chars().take(40).collect::<String>(), subresource), 60),
    };
    if text("subresource") == "status" {
        // What Kubernetes wrote to the status is no one's wish; on the way it sets annotations too.
        fields = json!({ "f:metadata": fields.get("f:metadata").cloned().unwrap_or_default() });
    }
    Some(Entry { manager, at: text("time").parse().ok(), fields })
}

/// Leaves only the entries of appliers: of what was merely written, an entry also names the defaults that the server filled in.
pub fn only_appliers(live: &mut Value) {
    if let Some(entries) = live.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut) {
        entries.retain(|e| e.get("operation").and_then(Value::as_str) == Some("Apply"));
    }
}

/// How many of the steps lead to what is held: all of them, or fewer where a map or list is held as a whole.
fn depth(fields: &Value, value: Option<&Value>, steps: &[Step], is_root: bool) -> Option<usize> {
    let Some((first, rest)) = steps.split_first() else { return Some(0) };
    let map = fields.as_object()?;
    let inside = value.and_then(|value| inside(value, first));
    let inner = match first {
        Step::Field(name) => map.get(&format!("f:{name}")),
        Step::Item(..) | Step::At(_) => map.iter().find(|(text, _)| is_item(text, first, inside)).map(|(_, inner)| inner),
    };
    match inner {
        Some(inner) => depth(inner, inside, rest, false).map(|depth| depth + 1),
        None => (map.is_empty() && !is_root).then_some(0),
    }
}

fn inside<'v>(value: &'v Value, step: &Step) -> Option<&'v Value> {
    match step {
        Step::Field(name) => value.get(name),
        Step::Item(key, name) => value.as_array()?.iter().find(|item| item.get(key) == Some(name)),
        Step::At(at) => value.get(at),
    }
}

/// `k:{"containerPort":80,"protocol":"TCP"}` is the item that has these, as far as it still has them; `v:"x"` the item that is x.
fn is_item(text: &str, step: &Step, item: Option<&Value>) -> bool {
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    if let Some(value) = text.strip_prefix("v:").and_then(json) {
        return item == Some(&value);
    }
    if let Some(index) = text.strip_prefix("i:") {
        return matches!(step, Step::At(at) if index.parse() == Ok(*at));
    }
    let Some(Value::Object(keys)) = text.strip_prefix("k:").and_then(json) else { return false };
    let has = |key: &String| match (item, step) {
        (Some(item), _) => item.get(key),
        (None, Step::Item(own, name)) if own == key => Some(name),
        _ => None,
    };
    keys.iter().any(|(key, value)| has(key) == Some(value)) && keys.iter().all(|(key, value)| has(key).is_none_or(|own| own == value))
}
