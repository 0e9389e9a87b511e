//! `s`: Argo sync, Flux reconcile.

use super::{Action, Group, plan, writable};
use crate::engine::Verb;

pub static SYNC: Action = Action {
    name: "sync_app",
    title: "sync",
    help: "plan a sync (Argo CD) or reconcile (Flux) of this app",
    group: Group::App,
    off: |s| writable(s).err(),
    run: |s| plan::open(s, Verb::Sync),
    mutates: true,
};
