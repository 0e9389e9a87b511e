//! What is written down as it happens: timeline entries and the ledger of good revisions.

use super::effect::Effect;
use super::fleet::Row;
use super::state::AppState;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::cluster::Link;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::history::LedgerEntry;
use crate::domain::ids::AppId;
use crate::domain::journal::{TimelineEntry, TimelineKind};
use crate::domain::repo::Repo;
use crate::domain::status::{Health, HealthBy, Phase};
use std::collections::{BTreeSet, HashMap};

/// Seconds after which a revision that is still good gets a new line in the ledger.
const LEDGER_STEP: i64 = 600;
/// How many entries of the timeline are held at least, once there are more.
pub const KEPT: usize = 2000;
/// How many stays at good revisions are kept for each app.
const KEPT_STAYS: usize = 10;

pub fn changes(old: &App, new: &App, at: Timestamp) -> Vec<TimelineEntry> {
    let mut out = Vec::new();
    let mut push = |kind, text: String| {
        out.push(TimelineEntry {
            v: 1,
            at,
            kind,
            place: new.runs_on().to_owned(),
            app: Some(new.id.clone()),
            text,
            revision: new.revision.clone(),
        });
    };
    if old.sync != new.sync {
        push(TimelineKind::Sync, format!("{} to {}", old.sync.word(), new.sync.word()));
    }
    // That nobody has assessed it yet is no change of health.
    if old.health != new.health && [old, new].iter().all(|a| a.health_by != HealthBy::NotAssessed) {
        push(TimelineKind::Health, format!("{} to {}", old.health.word(), new.health.word()));
    }
    if old.revision != new.revision {
        let short = |a: &App| a.revision.as_deref().map_or("nothing".to_owned(), |r| short_rev(bare_revision(r)).to_owned());
        push(TimelineKind::Revision, format!("{} to {}", short(old), short(new)));
    }
    let phase = |a: &App| a.operation.as_ref().filter(|o| !o.routine).map(|o| o.phase);
    // Flux runs each app at its interval: a run like that which changed nothing is none of what happened.
    let is_routine = old.operation.as_ref().is_some_and(|o| o.routine) && phase(new) == Some(Phase::Succeeded);
    let is_same = (old.sync, old.health, &old.revision) == (new.sync, new.health, &new.revision);
    if phase(old) != phase(new) && !(is_routine && is_same) {
        if let Some(operation) = new.operation.as_ref().filter(|o| !o.routine) {
            let by = operation.by.as_deref().map_or(String::new(), |b| format!(" by {b}"));
            push(TimelineKind::Operation, format!("operation {}{by}", operation.phase.word()));
        }
    }
    if old.suspended != new.suspended {
        push(TimelineKind::Sync, if new.suspended { "suspended".into() } else { "resumed".into() });
    }
    out
}

/// The part of the timeline that is shown; the file keeps the rest.
pub fn keep(timeline: &mut Vec<TimelineEntry>, entries: &[TimelineEntry]) {
    timeline.extend_from_slice(entries);
    if timeline.len() > KEPT + KEPT / 4 {
        timeline.drain(..timeline.len() - KEPT);
    }
}

/// A health that we computed ourselves, where it is another one than the last that this run knew of.
pub fn assessed(state: &AppState, id: &AppId) -> Vec<TimelineEntry> {
    let Some(row) = state.fleet.rows.get(id) else { return Vec::new() };
    let told = state.timeline.iter().rev().take_while(|e| e.at >= state.started_at);
    let told = told.filter(|e| e.kind == TimelineKind::Health).find(|e| e.app.as_ref() == Some(id));
    let word = row.app.health.word();
    let before = match told.and_then(|e| e.text.rsplit(" to ").next()) {
        Some(before) => before,
        None if row.well_at.is_some() && !state.settings.brief => Health::Healthy.word(),
        // The first that is read of an app is how it is, not what happened; a command has hardly read it twice.
        None => return Vec::new(),
    };
    if before == word {
        return Vec::new();
    }
    vec![TimelineEntry {
        v: 1,
        at: state.now,
        kind: TimelineKind::Health,
        place: row.app.runs_on().to_owned(),
        app: Some(id.clone()),
        text: format!("{before} to {word}"),
        revision: row.app.revision.clone(),
    }]
}

/// Keeps entries, and has them written.
pub fn write(state: &mut AppState, entries: Vec<TimelineEntry>) -> Option<Effect> {
    if entries.is_empty() {
        return None;
    }
    keep(&mut state.timeline, &entries);
    Some(Effect::Timeline(entries))
}

/// Branches and tags that apps follow and that stand elsewhere than at the poll before.
pub fn tips(state: &AppState, repo: &Repo) -> Vec<TimelineEntry> {
    let Some(old) = state.fleet.repos.get(&repo.id).filter(|old| old.refs != repo.refs) else { return Vec::new() };
    let followed = |row: &Row| {
        let of_repo = row.app.sources.iter().filter(|s| s.repo().as_ref() == Some(&repo.id));
        of_repo.filter_map(|s| repo.resolve(&s.reference)).map(|(name, _)| name).collect::<Vec<_>>()
    };
    let names: BTreeSet<String> = state.fleet.rows.values().flat_map(followed).collect();
    let moved = names.into_iter().filter_map(|name| {
        let (was, is) = (old.refs.get(&name)?, repo.refs.get(&name)?);
        let short = name.split_once('/').map_or(name.as_str(), |(_, short)| short);
        (was != is).then(|| (format!("{short} moved from {} to {}", short_rev(was), short_rev(is)), is.clone()))
    });
    let place = repo.id.short();
    moved
        .map(|(text, tip)| TimelineEntry {
            v: 1,
            at: state.now,
            kind: TimelineKind::Commit,
            place: place.to_owned(),
            app: None,
            text,
            revision: Some(tip),
        })
        .collect()
}

pub fn link(state: &AppState, name: &str, was: &str, link: &Link) -> TimelineEntry {
    let text = match link.reason() {
        Some(reason) => format!("{was} to {}: {reason}", link.word()),
        None => format!("{was} to {}", link.word()),
    };
    TimelineEntry { v: 1, at: state.now, kind: TimelineKind::Link, place: name.to_owned(), app: None, text, revision: None }
}

/// What runs is part of the trouble: a moment of green does not make it a good revision. Where something else is wanted, that may be at fault.
pub fn in_doubt(app: &App) -> bool {
    !app.is_green() && app.health != Health::Healthy && (app.argo().is_some() || app.target.is_none())
}

/// Argo CD moves the revision when a sync ends, and compares afterwards: until then its words are those of the revision before. Times are whole
/// seconds: the same one may be either.
fn is_of_before(app: &App) -> bool {
    let ended = app.argo().and(app.operation.as_ref()).and_then(|o| o.finished_at);
    ended.is_some_and(|ended| app.argo().and_then(|a| a.reconciled_at).is_none_or(|compared| compared <= ended))
}

/// A green row that was read in this run is remembered as good; one line per revision, again each ten minutes. The stay begins when the
/// revision itself was seen so: its state may be as old as the revision before.
pub fn ledger(state: &mut AppState, id: &AppId) -> Option<LedgerEntry> {
    let now = state.now;
    let row: &Row = state.fleet.rows.get(id)?;
    if row.from_store || !row.app.is_good() || is_of_before(&row.app) {
        return None;
    }
    let revision = super::rollback::running(&row.app)?.to_owned();
    let stays = state.fleet.stays.entry(id.clone()).or_default();
    match stays.first_mut().filter(|l| l.revision == revision) {
        Some(last) if now.as_second() - last.last_at.as_second() < LEDGER_STEP => None,
        Some(last) => {
            last.last_at = now;
            Some(last.clone())
        }
        None => {
            let entry = LedgerEntry { app: id.clone(), revision, first_at: now, last_at: now };
            // Most apps have one stay for long: room for one, not for four.
            stays.reserve_exact(1);
            stays.insert(0, entry.clone());
            stays.truncate(KEPT_STAYS);
            Some(entry)
        }
    }
}

/// The stays at good revisions from the lines of a ledger in any order, newest first; lines of one stay are joined.
pub fn stays(mut lines: Vec<LedgerEntry>) -> HashMap<AppId, Vec<LedgerEntry>> {
    lines.sort_by_key(|l| (l.first_at, l.last_at));
    let mut out: HashMap<AppId, Vec<LedgerEntry>> = HashMap::new();
    for line in lines {
        let kept = out.entry(line.app.clone()).or_default();
        match kept.first_mut() {
            Some(last) if last.revision == line.revision => last.last_at = last.last_at.max(line.last_at),
            _ => kept.insert(0, line),
        }
        kept.truncate(KEPT_STAYS);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{AppKind, ClusterId};

    #[test]
    fn the_lines_of_one_stay_are_joined_and_each_stay_is_kept() {
        let app = AppId { cluster: ClusterId::new("prod"), kind: AppKind::Application, namespace: "argocd".into(), name: "web".into() };
        let at = |s: i64| Timestamp::from_second(1_780_000_000 + s).unwrap();
        let line = |r: &str, from, to| LedgerEntry { app: app.clone(), revision: r.into(), first_at: at(from), last_at: at(to) };
        let found = stays(vec![line("b", 200, 300), line("a", 0, 0), line("a", 0, 100), line("a", 400, 400), line("b", 200, 200)]);
        assert_eq!(found[&app], [line("a", 400, 400), line("b", 200, 300), line("a", 0, 100)]);
    }
}
