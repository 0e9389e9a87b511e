//! `:map`: says which context reaches the destination under the cursor.

use super::{Action, Group};
use crate::app::mapping;
use crate::app::overlay::Overlay;

pub static MAP: Action = Action {
    name: "map_destination",
    title: "map",
    help: "choose the context that reaches this Argo CD destination; it counts once an object of an app is found there",
    group: Group::App,
    off: |s| mapping::target(s).err(),
    run: |s| {
        if let Ok(target) = mapping::target(s) {
            s.overlays.push(Overlay::Map { target, cursor: 0 });
        }
        Vec::new()
    },
    mutates: false,
};
