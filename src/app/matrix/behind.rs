//! How many commits of its own paths an app is behind: git counts it for the rows in view, and each answer is kept until revision or head moves.

use crate::app::effect::Effect;
use crate::app::fleet::Row;
use crate::app::rollback::{PathClaim, claim};
use crate::app::settle;
use crate::app::state::{AppState, Screen};
use crate::domain::ids::AppId;
use crate::domain::repo::{RepoId, Standing};

/// Apps of one question: an answer must not wait for a whole fleet.
const BATCH: usize = 60;

/// One walk over the history of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub repo: RepoId,
    pub tip: String,
}

/// The count of an app at a revision, against a tip; `None` = git cannot tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    pub revision: String,
    pub tip: String,
    pub behind: Option<u32>,
}

/// `None` = not asked yet.
pub fn known(state: &AppState, row: &Row) -> Option<Option<u32>> {
    let (_, revision, tip) = settle::followed(state, &row.app.id)?;
    let count = state.fleet.own_behind.get(&row.app.id).filter(|c| c.revision == revision && c.tip == tip)?;
    Some(count.behind)
}

/// Asks for the rows in view, one repository at a time.
pub fn ask(state: &mut AppState) -> Option<Effect> {
    if !matches!(state.screen, Screen::Matrix) || state.view.matrix.asked.is_some() {
        return None;
    }
    let view = &state.view.matrix;
    let shown = view.grid.rows.iter().skip(view.top).take(usize::from(state.height));
    let mut found: Option<(Question, Vec<(PathClaim, String)>)> = None;
    for row in shown.flat_map(|r| r.cells.iter().flatten()).filter_map(|id| state.fleet.rows.get(id)) {
        if !matches!(row.standing, Some(Standing::Behind(_))) || known(state, row).is_some() {
            continue;
        }
        let Some((repo, revision, tip)) = settle::followed(state, &row.app.id) else { continue };
        let Some(claim) = claim(&row.app, &repo) else { continue };
        let question = Question { repo, tip };
        match &mut found {
            None => found = Some((question, vec![(claim, revision)])),
            Some((first, apps)) if *first == question && apps.len() < BATCH => apps.push((claim, revision)),
            Some(_) => {}
        }
    }
    let (question, apps) = found?;
    state.view.matrix.asked = Some(question.clone());
    Some(Effect::OwnBehind { repo: question.repo, tip: question.tip, apps })
}

pub fn on_answer(state: &mut AppState, repo: RepoId, tip: String, counts: Vec<(AppId, String, Option<u32>)>) {
    let asked = Question { repo, tip: tip.clone() };
    if state.view.matrix.asked.as_ref() == Some(&asked) {
        state.view.matrix.asked = None;
    }
    for (app, revision, behind) in counts {
        if state.fleet.rows.contains_key(&app) {
            state.fleet.own_behind.insert(app, Count { revision, tip: tip.clone(), behind });
        }
    }
    let rows = &state.fleet.rows;
    state.fleet.own_behind.retain(|id, _| rows.contains_key(id));
    state.dirty = true;
}
