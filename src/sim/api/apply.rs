//! Server-side apply.

use std::sync::Arc;

use serde_json::Value;

use super::failure::Failure;
use super::store::{Store, Stored};
use super::write::{Call, Done, create, replace};

pub(super) fn apply(store: &mut Store, call: &Call, old: Option<&Arc<Stored>>, value: Value, _force: bool) -> Result<Done, Failure> {
    let Some(old) = old else { return create(store, call, value) };
    let mut object = old.value.clone();
    json_patch::merge(&mut object, &value);
    replace(store, call, old, object, None)
}
