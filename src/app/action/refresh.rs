//! `r`: asks the engine to look again; on a cluster or repository that is down it tries again now.

use super::{Action, Group, plan, writable};
use crate::app::causes;
use crate::app::effect::Effect;
use crate::app::pane::Pane;
use crate::app::state::AppState;
use crate::engine::Verb;

pub static REFRESH: Action = Action {
    name: "refresh_app",
    title: "refresh",
    help: "ask the engine to look again; asks first if that would deploy. On a cluster or repo: try now",
    group: Group::App,
    off,
    run,
    mutates: false,
};

pub static HARD_REFRESH: Action = Action {
    name: "hard_refresh_app",
    title: "hard refresh",
    help: "as refresh, and Argo CD drops its manifest cache first",
    group: Group::App,
    off: |s| {
        writable(s).err().or_else(|| {
            let flux = s.row().is_some_and(|r| r.app.argo().is_none());
            flux.then(|| "Only Argo CD keeps a manifest cache; r refreshes.".to_owned())
        })
    },
    run: |s| plan::open(s, Verb::HardRefresh),
    mutates: true,
};

fn off(state: &AppState) -> Option<String> {
    match state.view.list() {
        Pane::Clusters | Pane::Repos => None,
        Pane::Apps | Pane::Details if state.row().is_some_and(|r| r.stale_as_of.is_some()) => None,
        Pane::Apps | Pane::Details => writable(state).err(),
    }
}

/// A refresh of ours is open and young: another one would only be another write.
fn asked_just_now(state: &AppState) -> bool {
    let pending = state.row().and_then(|r| r.pending.as_ref());
    pending.is_some_and(|p| p.action == "refresh" && state.now.as_second() - p.at.as_second() < 10)
}

fn run(state: &mut AppState) -> Vec<Effect> {
    let retry = match state.view.list() {
        Pane::Clusters => state.view.cluster.clone().map(Effect::RetryCluster),
        Pane::Repos => state.view.repo.clone().map(Effect::RetryRepo),
        Pane::Apps | Pane::Details => {
            state.row().filter(|r| r.stale_as_of.is_some()).map(|r| Effect::RetryCluster(r.app.id.cluster.clone()))
        }
    };
    if let Some(id) = state.view.app.clone().filter(|_| matches!(state.view.list(), Pane::Apps | Pane::Details)) {
        state.fleet.causes.doubt(|asked| *asked == id);
    }
    match retry {
        Some(effect) => {
            if let Effect::RetryCluster(cluster) = &effect {
                causes::doubt(state, cluster);
            }
            let what = match &effect {
                Effect::RetryCluster(c) => c.to_string(),
                Effect::RetryRepo(r) => r.short().to_owned(),
                _ => String::new(),
            };
            state.notices.flash(state.now, format!("Trying {what} again now."));
            vec![effect]
        }
        None if asked_just_now(state) => {
            state.notices.flash(state.now, "Asked already; the row turns when the engine has looked.");
            Vec::new()
        }
        None => plan::open(state, Verb::Refresh),
    }
}
