//! `replicas`.

use super::accumulate::Place;
use super::fields::visit;
use super::item::Item;
use super::spec::{Replica, impossible};
use crate::render::options::RenderError;
use serde_json::Value;

const KINDS: [&str; 4] = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"];

pub fn set(place: Place<'_>, replica: &Replica, items: &mut [Item]) -> Result<(), RenderError> {
    let mut found = false;
    for item in items {
        if item.any_id(&|id| id.name == replica.name && KINDS.contains(&id.kind.as_str())) {
            found = true;
            visit(&mut item.value, "spec/replicas", true, &mut |node| *node = Value::from(replica.count));
        }
    }
    if found { Ok(()) } else { Err(impossible(place.file, format!("replicas: nothing is called {}", replica.name))) }
}
