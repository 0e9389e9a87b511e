//! Terminates the running operation of an Argo app.

use super::{Action, Group, plan, writable};
use crate::engine::Verb;

pub static TERMINATE: Action = Action {
    name: "terminate_operation",
    title: "terminate operation",
    help: "stop the running sync of this Argo CD app",
    group: Group::App,
    off: |s| {
        writable(s).err().or_else(|| {
            let row = s.row()?;
            match (&row.app.operation, row.app.argo()) {
                (_, None) => Some("Flux has no operation to stop; p suspends.".into()),
                (Some(o), Some(a)) if a.operation_present && !matches!(o.phase, crate::domain::status::Phase::Succeeded) => None,
                _ => Some(format!("No operation of {} is running.", row.app.id.name)),
            }
        })
    },
    run: |s| plan::open(s, Verb::Terminate),
    mutates: true,
};
