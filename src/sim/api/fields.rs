//! Field owners (`metadata.managedFields`).

use serde_json::Value;

use super::write::Call;

pub(super) fn update(_call: &Call, old: Option<&Value>, _new: &Value) -> Value {
    old.and_then(|old| old.pointer("/metadata/managedFields")).cloned().unwrap_or_default()
}
