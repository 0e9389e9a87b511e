//! `S`: the marked apps in stages, cluster after cluster.

use super::{Action, Group};
use crate::app::effect::Effect;
use crate::app::staged::{Rules, dialog, words};
use crate::app::state::AppState;
use crate::domain::ids::AppId;
use crate::domain::plan::PlanChoices;

pub static STAGED: Action = Action {
    name: "staged_sync",
    title: "staged sync",
    help: "plan a sync of the marked apps, cluster after cluster, stopped at the first that is not Healthy",
    group: Group::App,
    off,
    run: open,
    mutates: true,
};

fn off(state: &AppState) -> Option<String> {
    if state.view.marks.len() < 2 {
        return Some(words::TOO_FEW.into());
    }
    state.settings.read_only.then(|| super::READ_ONLY.into())
}

fn open(state: &mut AppState) -> Vec<Effect> {
    let marked: Vec<AppId> = state.view.marks.iter().cloned().collect();
    dialog::open(state, &marked, &Rules::default(), PlanChoices::default())
}
