//! After the messages of a turn: everything derived from them, once.

use super::context;
use super::effect::Effect;
use super::fleet::Fleet;
use super::glance::Glance;
use super::state::AppState;
use super::{details, ingest, list};
use crate::domain::Timestamp;
use crate::domain::commit::bare_revision;
use crate::domain::ids::{AppId, ClusterId, EngineKind};
use crate::domain::repo::{RepoId, Standing};
use crate::domain::source::SourceType;
use crate::domain::status::Severity;
use crate::engine;
use std::collections::BTreeMap;

/// How long a sign of waiting stands before it turns, ms.
pub const FRAME_MS: i64 = 250;
/// Last known rows are written at most this often, seconds.
const SAVE_S: i64 = 30;

pub fn settle(state: &mut AppState) -> Vec<Effect> {
    let mut out = Vec::new();
    if state.fleet.derive.links_changed {
        state.fleet.derive.links_changed = false;
        state.fleet.derive.compare = true;
        let all: Vec<AppId> = state.fleet.rows.keys().cloned().collect();
        state.fleet.derive.judge.extend(all);
        state.fleet.derive.list_changed = true;
        state.fleet.derive.unmapped = true;
        // `since<5m` looks at the clock.
        state.fleet.derive.list_changed |= !state.view.filter.text.is_empty();
    }
    judge_aging(state);
    super::ages::look(state);
    judge(state);
    if state.fleet.derive.repos_changed {
        state.fleet.derive.repos_changed = false;
        out.extend(repos(state));
        standings(state);
        out.extend(ask_standings(state));
    }
    if state.fleet.derive.list_changed && state.view.hold_until.is_none_or(|until| state.now >= until) {
        state.fleet.derive.list_changed = false;
        state.view.hold_until = None;
        list::refresh(state);
    }
    out.extend(details::ask(state));
    out.extend(details::log(state));
    out.extend(super::log::end_unwanted(state));
    out.extend(super::destination::ask(state));
    out.extend(super::assess::ask(state));
    out.extend(super::causes::ask(state));
    out.extend(super::follow::advance(state));
    out.extend(save(state, false));
    out.extend(super::rollback::follow_branch(state));
    super::rollback::age(state);
    out.extend(super::rollback::end_unwanted(state));
    out.extend(super::timeline::watch::go_on(state));
    super::timeline::refresh(state);
    super::matrix::refresh(state);
    out.extend(super::matrix::behind::ask(state));
    out.extend(super::history::ask(state));
    out.extend(super::drift::end_unwanted(state));
    out.extend(super::drift::ask(state));
    super::drift::refresh(state);
    seen(state);
    hush(state);
    // What changed lately is forgotten by the clock, all else by the rows alone.
    if state.fleet.rows.take_touched() || !state.fleet.glance.changed.is_empty() {
        state.fleet.glance = Glance::of(state.fleet.rows.values(), state.now);
    }
    super::ages::drawn(state);
    out
}

/// Sentences hold ages, and Flux rows turn silent without an event: both are judged again each minute, when the clock is drawn anyway.
fn judge_aging(state: &mut AppState) {
    let minute = |at: Timestamp| at.as_second().div_euclid(60);
    let due = state.fleet.derive.judged_at.is_none_or(|at| minute(at) != minute(state.now));
    if due {
        state.fleet.derive.judged_at = Some(state.now);
        state.fleet.derive.assess = true;
        state.fleet.derive.unmapped = true;
        let ids: Vec<AppId> = state
            .fleet
            .rows
            .values()
            .filter(|r| r.severity != Severity::Ok || r.app.id.engine() == EngineKind::Flux)
            .map(|r| r.app.id.clone())
            .collect();
        state.fleet.derive.judge.extend(ids);
        super::silent::judge(state);
        super::engines::judge(state);
    }
}

fn judge(state: &mut AppState) {
    let ids: Vec<AppId> = state.fleet.derive.judge.drain().collect();
    state.fleet.derive.assess |= ids.iter().any(|id| state.fleet.rows.get(id).is_none_or(|row| super::assess::is_ours(&row.app)));
    if std::mem::take(&mut state.fleet.derive.compare) {
        state.fleet.compared = super::silent::compared(&state.fleet);
    }
    let mut has_turned = false;
    for id in &ids {
        has_turned |= judge_one(state, id);
    }
    // A row that is read again, or no longer, tells of its Argo CD what was not known when the first of them was judged.
    if has_turned {
        for id in super::silent::count_again(state) {
            judge_one(state, &id);
        }
    }
}

/// Whether it is an Argo CD's row that is read again, or no longer.
fn judge_one(state: &mut AppState, id: &AppId) -> bool {
    state.fleet.derive.judged += 1;
    super::outage::over(state, id);
    let Some(row) = state.fleet.rows.get(id) else { return false };
    let stale = ingest::stale_as_of(state, row);
    let engine = engine::engine(id.engine());
    let existing = super::existing::around(&state.fleet, &row.app);
    let mut verdict = context::with(&state.fleet, &state.settings, state.now, &row.app, "", |c| {
        engine.verdict(&row.app, &engine::Context { existing: &existing, ..c.clone() })
    });
    super::action::log::advise(&row.app, &mut verdict);
    super::rollback::advise(&row.app, &mut verdict);
    super::rights::advise(&state.fleet, id, &mut verdict);
    date_evidence(&state.fleet, id, &mut verdict);
    if let Some(at) = stale {
        verdict = stale_verdict(state, row, at, verdict);
    }
    let severity = match row.app.severity() {
        _ if stale.is_some() => Severity::Unknown,
        said if verdict.is_stuck => said.min(Severity::Degraded),
        said if verdict.is_old => said.min(Severity::Unknown),
        said => said,
    };
    let has_turned = row.stale_as_of.is_none() != stale.is_none() && row.app.argo().is_some();
    let rows = &mut state.fleet.rows;
    let moved =
        rows.get(id).is_some_and(|row| row.severity != severity || row.stale_as_of != stale || row.verdict.is_old != verdict.is_old);
    let Some(row) = (if moved { rows.get_mut(id) } else { rows.told_mut(id) }) else { return false };
    state.fleet.derive.list_changed |= moved;
    state.dirty |= moved;
    // When it was read is an age: those on screen are drawn when they are next due.
    state.dirty |= !row.verdict.says(&verdict);
    verdict.evidence.shrink_to_fit();
    row.severity = severity;
    row.stale_as_of = stale;
    row.verdict = verdict;
    has_turned
}

/// Live objects, what is computed from them, and logs carry no time of their own: it is when they were read.
fn date_evidence(fleet: &Fleet, id: &AppId, verdict: &mut crate::domain::verdict::Verdict) {
    let tree = fleet.tree_of(id).map(|(at, _)| at);
    let log = fleet.log_of(id).map(|(at, _)| at);
    for evidence in verdict.evidence.iter_mut().filter(|e| e.at.is_none()) {
        if evidence.source.starts_with("live") {
            evidence.at = tree;
        } else if evidence.source.starts_with("computed") {
            evidence.at = fleet.derive.assessed_at.get(id).copied();
        } else if evidence.source == "pod log" {
            evidence.at = log;
        }
    }
}

fn stale_verdict(
    state: &AppState,
    row: &super::fleet::Row,
    at: Timestamp,
    under: crate::domain::verdict::Verdict,
) -> crate::domain::verdict::Verdict {
    use crate::domain::verdict::{NextStep, Verdict};
    let cluster = state.fleet.clusters.get(&row.app.id.cluster);
    let name = cluster.map_or_else(|| row.app.id.cluster.to_string(), |c| c.name().to_owned());
    let clock = clock_text(at, state.settings.utc_offset);
    let is_live = cluster.is_some_and(|c| c.link.is_live()) && !row.from_store;
    let (word, why) = match cluster.map(|c| &c.link) {
        Some(link) if !link.is_live() => (link.word().to_owned(), link.reason().unwrap_or_else(|| "not read yet".into())),
        Some(_) if row.from_store => ("not read yet".to_owned(), "these rows come from the last run".to_owned()),
        Some(_) => unread(state, row),
        None => ("not watched".to_owned(), "it is not watched any more".to_owned()),
    };
    Verdict {
        short: format!("as of {clock}, {name} {word}"),
        sentence: format!(
            "{}. What you see is {} old; actions are off.",
            if is_live { format!("{name}: {why}") } else { format!("{name} does not answer ({why})") },
            crate::domain::duration::short_age(crate::domain::duration::seconds_between(at, state.now))
        ),
        next: vec![
            NextStep { key: "r".into(), text: "try now".into() },
            NextStep { key: "1".into(), text: "details of the cluster".into() },
        ],
        soon: None,
        evidence: under.evidence,
        next_word: "wait".into(),
        is_old: true,
        is_stuck: false,
        log_of: None,
        look_at: Vec::new(),
        outside: None,
    }
}

/// Why a row of a cluster that answers is not read: a word and a reason.
fn unread(state: &AppState, row: &super::fleet::Row) -> (String, String) {
    use crate::domain::cluster::KindState;
    let kind = row.app.id.kind.plural();
    let found = state.fleet.clusters.get(&row.app.id.cluster).and_then(|c| c.kinds.get(kind));
    let (word, why) = match found {
        Some(KindState::Forbidden { .. }) => ("forbidden", format!("listing {kind} in {} is forbidden now", row.app.id.namespace)),
        Some(KindState::NotServed) => ("no longer served", format!("{kind} are not served there any more")),
        Some(KindState::Broken { .. }) => ("watch broken", format!("the watch of {kind} is broken")),
        _ => ("being read again", format!("{kind} are being read again")),
    };
    (word.to_owned(), why)
}

/// HH:MM:SS in the operator's zone.
pub fn clock_text(at: Timestamp, offset: i32) -> String {
    let s = (at.as_second() + i64::from(offset)).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

/// The repositories that rows follow; asked for when the set changed.
fn repos(state: &mut AppState) -> Vec<Effect> {
    let mut set: BTreeMap<RepoId, String> = BTreeMap::new();
    for row in state.fleet.rows.values() {
        for source in &row.app.sources {
            if let (Some(repo), Some(url)) = (source.repo(), &source.url) {
                let followed = is_followed(state, &repo, url);
                match set.get_mut(&repo) {
                    None => drop(set.insert(repo, url.clone())),
                    // One repository written in two ways is followed by one of them, and stays with it.
                    Some(known) if followed || *url < *known && !is_followed(state, &repo, known) => known.clone_from(url),
                    Some(_) => {}
                }
            }
        }
    }
    // A source that no app reads yet is fetched all the same; its repository is one of the operator's.
    for object in state.fleet.sources.values().filter(|s| s.source_type == SourceType::Git && s.of.is_none()) {
        if let Some(url) = &object.url {
            set.entry(RepoId::from_url(url)).or_insert_with(|| url.clone());
        }
    }
    let list: Vec<(RepoId, String)> = set.into_iter().collect();
    if list == state.fleet.derive.repos {
        return Vec::new();
    }
    state.fleet.repos.retain(|id, _| list.iter().any(|(r, _)| r == id));
    for (id, url) in &list {
        state.fleet.repos.entry(id.clone()).or_insert_with(|| crate::domain::repo::Repo::new(id.clone(), url));
    }
    state.dirty = true;
    state.fleet.derive.repos = list.clone();
    vec![Effect::Repos(list)]
}

fn is_followed(state: &AppState, repo: &RepoId, url: &str) -> bool {
    state.fleet.derive.repos.iter().any(|(r, u)| r == repo && u == url)
}

/// (repository, revision that runs, ref it follows, tip) of the first git source.
/// The repository of an app, the revision that runs, and the tip of what it follows.
pub(super) fn followed(state: &AppState, id: &AppId) -> Option<(RepoId, String, String)> {
    let row = state.fleet.rows.get(id)?;
    let source = row.app.sources.iter().find(|s| s.repo().is_some())?;
    let repo_id = source.repo()?;
    let (_, tip) = state.fleet.repos.get(&repo_id)?.resolve(&source.reference)?;
    let revision = source.revision.as_deref().or(row.app.revision.as_deref())?;
    Some((repo_id, bare_revision(revision).to_owned(), tip))
}

fn standings(state: &mut AppState) {
    let ids: Vec<AppId> = state.fleet.rows.keys().cloned().collect();
    for id in ids {
        let standing = followed(state, &id).map(|(repo, revision, tip)| {
            if revision == tip {
                Standing::Even
            } else {
                state.fleet.standings.get(&(repo, revision, tip)).copied().unwrap_or(Standing::Unknown)
            }
        });
        let is_other = state.fleet.rows.get(&id).is_some_and(|row| row.standing != standing);
        if let Some(row) = is_other.then(|| state.fleet.rows.get_mut(&id)).flatten() {
            row.standing = standing;
        }
    }
}

/// Behind and ahead need our mirror: asked for where the mirror is there, and for the row in view.
fn ask_standings(state: &mut AppState) -> Vec<Effect> {
    let mut out = Vec::new();
    let ids: Vec<AppId> = state.fleet.rows.keys().cloned().collect();
    for id in ids {
        let in_view = state.view.app.as_ref() == Some(&id);
        let Some(key) = followed(state, &id) else { continue };
        let has_mirror = state.fleet.repos.get(&key.0).is_some_and(|r| r.fetched_at.is_some());
        if key.1 == key.2 || !(has_mirror || in_view) || state.fleet.standings.contains_key(&key) || state.fleet.derive.asked.contains(&key)
        {
            continue;
        }
        state.fleet.derive.asked.insert(key.clone());
        out.push(Effect::Standing { repo: key.0, revision: key.1, tip: key.2 });
    }
    state.fleet.derive.asked.retain(|key| !state.fleet.standings.contains_key(key));
    out
}

pub(super) fn is_live(state: &AppState, id: &ClusterId) -> bool {
    state.fleet.clusters.get(id).is_some_and(|c| c.link.is_live() || matches!(c.link, crate::domain::cluster::Link::NotInstalled))
}

/// Last known rows go to the state directory; `all` at the end of the program.
pub fn save(state: &mut AppState, all: bool) -> Vec<Effect> {
    if state.settings.namespace.is_some() {
        // Only a part of each cluster is held: it must not take the place of the whole.
        state.fleet.derive.save.clear();
    }
    let due = state.fleet.derive.saved_at.is_none_or(|at| state.now.as_second() - at.as_second() >= SAVE_S);
    if state.fleet.derive.save.is_empty() || !(due || all) {
        return Vec::new();
    }
    state.fleet.derive.saved_at = Some(state.now);
    let clusters = std::mem::take(&mut state.fleet.derive.save);
    let apps = |cluster: &ClusterId| state.fleet.rows.values().filter(|r| r.app.id.cluster == *cluster).map(|r| r.app.clone()).collect();
    clusters.into_iter().map(|c| Effect::SaveRows(c.clone(), apps(&c))).collect()
}

/// What was said long enough goes; a clock that stands still keeps it.
fn hush(state: &mut AppState) {
    if state.notices.quiet_at().is_some_and(|quiet| state.now.as_millisecond() >= quiet) {
        state.notices.flash = None;
        state.dirty = true;
    }
}

/// A row under the cursor for 2 s is no longer new.
fn seen(state: &mut AppState) {
    let rested = state.view.rests_since.is_some_and(|since| state.now.as_millisecond() - since.as_millisecond() >= 2000);
    if !rested {
        return;
    }
    let (rows, Some(id)) = (&mut state.fleet.rows, &state.view.app) else { return };
    let is_new = rows.get(id).is_some_and(|row| row.is_new);
    let Some(row) = (if is_new { rows.get_mut(id) } else { rows.told_mut(id) }) else { return };
    row.seen = row.app.severity();
    row.is_new = false;
    state.dirty |= is_new;
}

/// When `update` wants to be called again though nothing happens; `None` = never.
pub fn next_wake(state: &AppState) -> Option<Timestamp> {
    let now = state.now.as_millisecond();
    let mut wake: Option<i64> = None;
    let mut at = |ms: i64| {
        if ms > now {
            wake = Some(wake.map_or(ms, |w| w.min(ms)));
        }
    };
    // The clock and the ages of rows are drawn in minutes; seconds count only while something young or running is shown.
    at((now / 60_000 + 1) * 60_000);
    let young = state.fleet.glance.is_young(state.now, 60_000);
    let running = state.tasks.iter().any(super::task::Task::is_running);
    let connecting = state.fleet.clusters.values().any(|c| matches!(c.link, crate::domain::cluster::Link::Connecting { .. }));
    let spinning = state.overlays.iter().any(|o| matches!(o, super::overlay::Overlay::Progress(_)));
    if young || running || connecting || spinning || waiting(state) {
        at((now / 1000 + 1) * 1000);
    }
    if state.moves() && (running || waiting(state)) {
        at((now / FRAME_MS + 1) * FRAME_MS);
    }
    for next in [super::rollback::ages_at(state), super::ages::next(state)].into_iter().flatten() {
        at(next);
    }
    if let Some(until) = state.view.hold_until {
        at(until.as_millisecond());
    }
    if let Some(since) = state.view.rests_since {
        at(since.as_millisecond() + 2000);
    }
    for changed in &state.fleet.glance.changed {
        at(changed.as_millisecond() + 2000);
    }
    details::due(state).into_iter().flatten().for_each(&mut at);
    if !state.fleet.derive.save.is_empty() {
        at(state.fleet.derive.saved_at.map_or(now + SAVE_S * 1000, |s| s.as_millisecond() + SAVE_S * 1000));
    }
    if let Some(quiet) = state.notices.quiet_at() {
        at(quiet);
    }
    wake.and_then(|ms| Timestamp::from_millisecond(ms).ok())
}

/// The screen waits for an answer.
pub fn waiting(state: &AppState) -> bool {
    let log = matches!(state.overlays.last(), Some(super::overlay::Overlay::Log(_))) && state.fleet.detail.log.is_none();
    match &state.screen {
        super::state::Screen::Main | super::state::Screen::Timeline | super::state::Screen::Matrix => log,
        super::state::Screen::Drift => log || state.view.drift.is_busy(),
        super::state::Screen::Diff(d) => d.waiting.is_some(),
        super::state::Screen::Rollback(r) => r.waiting.is_some(),
    }
}
