//! Who set a field of a live object, as its managedFields tell.

use super::fields::Step;
use crate::domain::Timestamp;
use crate::domain::text::sanitise;
use serde_json::Value;

/// The entries of one live object, taken before it is normalised.
#[derive(Clone, Debug, Default)]
pub struct Managers {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    manager: String,
    at: Option<Timestamp>,
    fields: Value,
}

impl Managers {
    /// What Kubernetes wrote to the status is no one's wish.
    pub fn read(live: &Value) -> Self {
        let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten();
        let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let entry = |entry: &Value| Entry {
            manager: sanitise(&text(entry, "manager"), 60),
            at: text(entry, "time").parse().ok(),
            fields: entry.get("fieldsV1").cloned().unwrap_or_default(),
        };
        Self { entries: entries.filter(|e| text(e, "subresource") != "status" && !text(e, "manager").is_empty()).map(entry).collect() }
    }

    /// The newest that holds the field, and when it wrote.
    pub fn of(&self, steps: &[Step]) -> Option<(String, Option<Timestamp>)> {
        let holder = self.entries.iter().filter(|e| holds(&e.fields, steps)).max_by_key(|e| e.at)?;
        Some((holder.manager.clone(), holder.at))
    }
}

/// Leaves only the entries of appliers: of what was merely written, an entry also names the defaults that the server filled in.
pub fn only_appliers(live: &mut Value) {
    if let Some(entries) = live.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut) {
        entries.retain(|e| e.get("operation").and_then(Value::as_str) == Some("Apply"));
    }
}

/// The path leads to a field that is held, or to one that is held as a whole.
fn holds(fields: &Value, steps: &[Step]) -> bool {
    let Some((first, rest)) = steps.split_first() else { return true };
    let Some(map) = fields.as_object() else { return false };
    let inner = match first {
        Step::Field(name) => map.get(&format!("f:{name}")),
        Step::Item(key, name) => map.iter().find(|(k, _)| is_item(k, key, name)).map(|(_, v)| v),
        Step::At(_) => None,
    };
    match inner {
        Some(inner) => holds(inner, rest),
        // Lists that are written whole have no items of their own.
        None => map.is_empty() && !matches!(first, Step::Field(_)),
    }
}

/// `k:{"name":"web"}` is the item whose name is web.
fn is_item(text: &str, key: &str, name: &Value) -> bool {
    let keys: Option<Value> = text.strip_prefix("k:").and_then(|json| serde_json::from_str(json).ok());
    keys.is_some_and(|keys| keys.get(key) == Some(name))
}
