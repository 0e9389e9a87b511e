//! What the rules about neighbours share: fields of foreign objects, read with care.

use crate::domain::ids::ObjectKey;
use crate::domain::neighbour::{Lookup, Neighbour};
use crate::domain::text::{sanitise, without_credentials};
use serde_json::Value;

/// Cells of a message of a condition.
const MESSAGE: usize = 300;
/// Cells of a name.
const NAME: usize = 253;

/// A message may quote an address with the password in it.
fn clean(value: &Value, max: usize) -> String {
    without_credentials(&sanitise(value.as_str().unwrap_or_default(), max))
}

/// The text of a field, cleaned; empty where there is none.
pub fn text(value: &Value) -> String {
    clean(value, NAME)
}

pub fn name(object: &Value) -> String {
    text(&object["metadata"]["name"])
}

pub fn namespace(object: &Value) -> String {
    text(&object["metadata"]["namespace"])
}

/// `Ready`, or another condition, with its words where it is not true.
pub fn condition(object: &Value, kind: &str) -> (Option<bool>, String) {
    let list = object["status"]["conditions"].as_array();
    let Some(found) = list.into_iter().flatten().find(|c| c["type"] == kind) else { return (None, String::new()) };
    match found["status"].as_str() {
        Some("True") => (Some(true), String::new()),
        Some("False") => (Some(false), format!("{}: {}", text(&found["reason"]), clean(&found["message"], MESSAGE))),
        _ => (None, String::new()),
    }
}

/// One neighbour: what it does, and its trouble after that.
pub fn neighbour(lookup: &Lookup, object: &Value, does: String) -> Neighbour {
    let (good, trouble) = condition(object, "Ready");
    let held = object["spec"]["suspend"] == true;
    let mut says = vec![does];
    says.extend(held.then(|| "suspended".to_owned()));
    says.extend((!trouble.is_empty()).then_some(trouble));
    let key = ObjectKey::new(lookup.group, lookup.kind, &namespace(object), &name(object));
    Neighbour { key, good, held, says: says.join("; ") }
}
