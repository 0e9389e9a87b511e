//! Clears an operation of an Argo app that is queued, stuck or left over: for experts, it races with the controller.

use super::{Action, Group, plan, writable};
use crate::domain::status::Phase;
use crate::engine::Verb;

pub static CLEAR: Action = Action {
    name: "clear_operation",
    title: "clear stuck operation",
    help: "remove an Argo CD operation that is queued or cannot end from the object (expert)",
    group: Group::App,
    off: |s| {
        writable(s).err().or_else(|| {
            let row = s.row()?;
            match (row.app.argo(), row.app.operation.as_ref().map(|o| o.phase)) {
                (None, _) => Some("Flux keeps no operation on the object.".into()),
                (_, Some(Phase::Requested | Phase::Blocked | Phase::Terminating | Phase::Orphaned)) => None,
                (_, Some(Phase::Running | Phase::Retrying)) => Some("It runs; terminate stops it.".into()),
                _ => Some(format!("No operation of {} is queued or stuck.", row.app.id.name)),
            }
        })
    },
    run: |s| plan::open(s, Verb::ClearOperation),
    mutates: true,
};
