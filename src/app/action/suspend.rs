//! `p`: pause and resume: Flux suspend, Argo auto-sync.

use super::{Action, Group, plan, writable};
use crate::app::effect::Effect;
use crate::app::state::AppState;
use crate::engine::Verb;

pub static SUSPEND: Action = Action {
    name: "suspend_app",
    title: "suspend",
    help: "suspend (Flux) or turn auto-sync off (Argo CD); again to resume",
    group: Group::App,
    off: |s| writable(s).err(),
    run,
    mutates: true,
};

fn run(state: &mut AppState) -> Vec<Effect> {
    let Some(row) = state.row() else { return Vec::new() };
    // An Argo app whose auto-sync is off by habit (never frozen by anyone) is offered to be turned on as well.
    let held = row.app.suspended && row.app.argo().is_none() || row.app.auto_sync == Some(false);
    plan::open(state, if held { Verb::Resume } else { Verb::Suspend })
}
