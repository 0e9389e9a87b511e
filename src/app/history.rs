//! What the engine's history does not tell of its entries: who asked, as our journal knows, and which commits of the app each brought.

use super::effect::Effect;
use super::fleet::Row;
use super::pane::{Pane, Tab};
use super::rollback::{PathClaim, claim};
use super::state::{AppState, Screen};
use super::{journal, settle};
use crate::domain::Timestamp;
use crate::domain::commit::{OwnCommits, bare_revision, is_commit_id};
use crate::domain::duration::seconds_between;
use crate::domain::history::HistoryEntry;
use crate::domain::ids::{AppId, EngineKind};
use crate::domain::plan::Outcome;
use crate::domain::repo::RepoId;

/// Who asks Argo CD through us is named with this.
const SIGNED: &str = " (driftdeck)";
/// A reconcile of ours ends within this many seconds of its request.
const ENDED_S: u64 = 600;
/// Answers that are kept of one app.
const KEPT: usize = 200;

/// Answers of git about one app.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Pairs that are being asked.
    asked: Vec<(String, String)>,
    known: Vec<Answer>,
}

#[derive(Clone, Debug)]
struct Answer {
    earlier: String,
    later: String,
    found: Option<OwnCommits>,
    /// Tip of the branch when it was asked: what git could not tell is asked again when that has moved.
    tip: String,
}

/// What an entry brought to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commits<'a> {
    /// Nothing before it is known, its revisions are no commits of one place, or several repositories brought it.
    NotApplicable,
    Reading,
    /// git cannot tell, or there is no mirror.
    Unknown,
    Known(&'a OwnCommits),
}

pub fn commits<'a>(state: &'a AppState, row: &Row, at: usize) -> Commits<'a> {
    let Some((earlier, later)) = pair(row, at) else { return Commits::NotApplicable };
    if earlier == later {
        return Commits::Known(const { &OwnCommits { subjects: Vec::new(), count: 0, others: 0, is_back: false } });
    }
    let Some(answers) = state.fleet.between.get(&row.app.id) else {
        return if wanted(state, row).is_some() { Commits::Reading } else { Commits::Unknown };
    };
    match answers.known.iter().rfind(|a| a.earlier == earlier && a.later == later) {
        Some(Answer { found: Some(found), .. }) => Commits::Known(found),
        Some(_) => Commits::Unknown,
        None if answers.asked.contains(&(earlier, later)) => Commits::Reading,
        None => Commits::Unknown,
    }
}

/// The revision before an entry and its own, in git.
fn pair(row: &Row, at: usize) -> Option<(String, String)> {
    let (later, earlier) = (row.app.history.get(at)?, row.app.history.get(at + 1)?);
    // An entry from another repository names commits that this one has not, and what changed at another path cannot be counted at this one.
    let is_elsewhere = |e: &HistoryEntry| e.moved.as_ref().is_some_and(|m| m.is_other_repo || !m.from.is_empty());
    if is_elsewhere(earlier) || is_elsewhere(later) {
        return None;
    }
    let in_git = row.app.sources.iter().enumerate().filter_map(|(i, s)| Some((i, s.repo()?)));
    let revision = |e: &HistoryEntry, source: usize| {
        let text = if e.revisions.is_empty() { &e.revision } else { e.revisions.get(source)? };
        Some(bare_revision(text).to_owned()).filter(|r| is_commit_id(r))
    };
    let mut pairs = in_git.map(|(i, repo)| Some((repo, revision(earlier, i)?, revision(later, i)?)));
    let first = pairs.next()??;
    // One answer for the whole entry: the other sources brought nothing, or came from the same commits.
    let is_with = |other: (RepoId, String, String)| other == first || other.1 == other.2 && (other.0 != first.0 || first.1 == first.2);
    let is_one = pairs.all(|other| other.is_some_and(is_with));
    is_one.then_some((first.1, first.2))
}

/// The pairs to ask about: of the newest deployments, as many as answers are kept.
fn pairs(row: &Row) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for pair in (0..row.app.history.len()).filter_map(|at| pair(row, at)).filter(|(earlier, later)| earlier != later) {
        if out.len() < KEPT && !out.contains(&pair) {
            out.push(pair);
        }
    }
    out
}

fn wanted(state: &AppState, row: &Row) -> Option<(RepoId, PathClaim, String)> {
    let (repo, _, tip) = settle::followed(state, &row.app.id)?;
    let claim = claim(&row.app, &repo)?;
    Some((repo, claim, tip))
}

/// Asks git about the entries of the row in view, once its History is looked at.
pub fn ask(state: &mut AppState) -> Option<Effect> {
    let view = &state.view;
    if !matches!(state.screen, Screen::Main) || view.tab != Tab::History || view.details_of != Pane::Apps {
        return None;
    }
    // What is asked ends when the row is left: first it must be the one whose details are read.
    let row = state.row().filter(|r| state.fleet.detail.app.as_ref() == Some(&r.app.id))?;
    let (repo, claim, tip) = wanted(state, row)?;
    let answers = state.fleet.between.get(&row.app.id);
    let is_open = |(earlier, later): &(String, String)| {
        let Some(answers) = answers else { return true };
        let known = answers.known.iter().rfind(|a| a.earlier == *earlier && a.later == *later);
        let is_settled = known.is_some_and(|a| a.found.is_some() || a.tip == tip);
        !is_settled && !answers.asked.iter().any(|(e, l)| e == earlier && l == later)
    };
    let mut pairs: Vec<_> = pairs(row).into_iter().filter(is_open).collect();
    pairs.sort_unstable();
    if pairs.is_empty() {
        return None;
    }
    let id = row.app.id.clone();
    state.fleet.between.entry(id).or_default().asked.extend(pairs.iter().cloned());
    Some(Effect::Between { repo, claim, tip, pairs })
}

/// The row was left: what was still being asked of it is ended, and asked again when it comes back.
pub fn left(state: &mut AppState) {
    for answers in state.fleet.between.values_mut() {
        answers.asked.clear();
    }
}

pub fn on_answer(state: &mut AppState, app: AppId, tip: &str, found: Vec<(String, String, Option<OwnCommits>)>) {
    if let Some(row) = state.fleet.rows.get(&app) {
        let wanted = pairs(row);
        let answers = state.fleet.between.entry(app).or_default();
        for (earlier, later, found) in found {
            answers.asked.retain(|(e, l)| *e != earlier || *l != later);
            answers.known.retain(|a| a.earlier != earlier || a.later != later);
            answers.known.push(Answer { earlier, later, found, tip: tip.to_owned() });
        }
        // One that is dropped though it is wanted would be asked for without end.
        answers.known.retain(|a| wanted.iter().any(|(e, l)| *e == a.earlier && *l == a.later));
    }
    let rows = &state.fleet.rows;
    state.fleet.between.retain(|id, _| rows.contains_key(id));
    state.dirty = true;
}

/// Who brought an entry about: the engine's own word, with `dd` where that names a request of ours; where it names nobody, what our journal
/// tells of it, else what the entries themselves show.
pub fn by(state: &AppState, row: &Row, at: usize) -> Option<String> {
    let entry = row.app.history.get(at)?;
    let named = entry.by.as_deref();
    if let Some(operator) = named.and_then(|by| by.strip_suffix(SIGNED)) {
        return Some(format!("{operator}, dd"));
    }
    match named {
        None | Some("automated") => {
            if let Some(operator) = ours(state, row, at) {
                return Some(format!("{operator}, dd"));
            }
        }
        Some(by) => return Some(by.to_owned()),
    }
    if named.is_some() {
        return Some("auto-sync".into());
    }
    // A Kustomization tells nobody; of its entries a new revision came from its source.
    let before = row.app.history.get(at + 1).filter(|_| row.app.id.engine() == EngineKind::Flux)?;
    let is_same = bare_revision(&before.revision) == bare_revision(&entry.revision);
    Some(if is_same { "retry" } else { "source" }.to_owned())
}

/// The operator of a request of ours that this entry, of which the engine names nobody, came from.
fn ours<'a>(state: &'a AppState, row: &Row, at: usize) -> Option<&'a str> {
    let (entry, older) = (row.app.history.get(at)?, row.app.history.get(at + 1..).unwrap_or_default());
    let is_flux = row.app.id.engine() == EngineKind::Flux;
    let is_of = |target: &crate::domain::plan::Target| target.app == row.app.id;
    let is_cause = |request: &journal::Row| {
        let plan = &request.last.plan;
        match (&request.last.outcome, plan.action.as_str()) {
            // Once it runs, whatever deploys it again is no work of ours.
            (Some(Outcome::Sent { commit: Some(commit) }), _) => {
                let is_it = |e: &HistoryEntry| bare_revision(&e.revision) == commit;
                is_it(entry) && !older.iter().any(is_it)
            }
            (Some(Outcome::Sent { .. }), "sync" | "reconcile") if is_flux => {
                let asked = request.asked_at;
                is_after(entry, asked, Some(ENDED_S)) && !older.iter().any(|e| is_after(e, asked, None))
            }
            _ => false,
        }
    };
    let mut rows = journal::rows(&state.journal).into_iter();
    rows.find(|r| r.last.plan.targets.iter().any(is_of) && is_cause(r)).map(|r| r.last.operator.as_str())
}

/// It began after that, within so many seconds; a Kustomization tells only when the content was applied first, and last.
fn is_after(entry: &HistoryEntry, asked: Timestamp, within: Option<u64>) -> bool {
    let at = entry.started_at.get().or(entry.at.get());
    at.is_some_and(|at| at.as_second() >= asked.as_second() && within.is_none_or(|within| seconds_between(asked, at) <= within))
}
