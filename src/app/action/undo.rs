//! `u`: reverts the revert of the last rollback, by the same steps.

use super::{Action, Group, writable_app};
use crate::app::effect::Effect;
use crate::app::rollback;
use crate::app::state::{AppState, Screen};
use crate::domain::ids::AppId;
use crate::domain::plan::{Outcome, Plan, Step};
use crate::domain::repo::RepoId;

pub static UNDO: Action = Action {
    name: "undo_rollback",
    title: "undo roll back",
    help: "revert the last revert, by the same steps: it brings back what that took out",
    group: Group::App,
    // It acts on the app that was rolled back, wherever the cursor is.
    off: |s| match last(s) {
        None => Some("No roll back in the journal can be undone.".to_owned()),
        Some(sent) => writable_app(s, &sent.app).err(),
    },
    run,
    mutates: true,
};

/// A rollback that arrived: whose, the commit, and the tip it was made on.
struct Sent {
    app: AppId,
    repo: RepoId,
    commit: String,
    base: String,
    took_out: Vec<String>,
}

fn sent(plan: &Plan, app: &AppId, commit: &str) -> Option<Sent> {
    let Some(Step::Revert(request)) = plan.steps.first() else { return None };
    Some(Sent {
        repo: request.repo.clone(),
        app: app.clone(),
        commit: commit.to_owned(),
        base: request.base.clone(),
        took_out: request.commits.iter().map(|(id, _)| id.clone()).collect(),
    })
}

/// The rollback on the screen, else the newest that was pushed from here, in an earlier run too.
fn last(state: &AppState) -> Option<Sent> {
    let own = match &state.screen {
        Screen::Rollback(screen) => screen.task,
        _ => None,
    };
    if let Some(task) = own.and_then(|id| state.task(id)) {
        return sent(&task.plan, &task.app, &task.follow.as_ref()?.commit);
    }
    state.journal.iter().rev().find_map(|entry| {
        let Some(Outcome::Sent { commit: Some(commit) }) = &entry.outcome else { return None };
        let app = &entry.plan.targets.first()?.app;
        sent(&entry.plan, app, commit).filter(|s| state.fleet.rows.contains_key(&s.app))
    })
}

fn run(state: &mut AppState) -> Vec<Effect> {
    let Some(Sent { app, repo, commit, base, took_out }) = last(state) else { return Vec::new() };
    state.overlays.clear();
    state.view.app = Some(app);
    state.fleet.derive.list_changed = true;
    rollback::open(state, Some(rollback::Undo { repo, commit, base, took_out }))
}
