//! Everything that is known to have happened since a time, from every place it stands in.

use super::line::{Leads, Line, What};
use super::{MOST, Show, cluster_of, group, moment, states, watch};
use crate::app::state::AppState;
use crate::domain::Timestamp;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::ids::AppId;
use crate::domain::journal::{JournalEntry, TimelineEntry, TimelineKind};
use crate::domain::plan::Outcome;
use std::collections::{BTreeMap, HashMap, HashSet};

/// So soon after a cluster answers, it is not news of then that it forbids something, seconds.
const PASSES_S: u64 = 10;

/// The lines that are shown, newest first, and how many things happened that they tell of.
pub fn lines(state: &AppState) -> (Vec<Line>, usize) {
    let from = super::from(state);
    let mut found = recorded(state, from);
    found.extend(commits(state, from));
    found.extend(ours(state, from));
    found.extend(states::lines(state, from));
    let view = &state.view.timeline;
    let words: Vec<String> = view.search.to_lowercase().split_whitespace().map(str::to_owned).collect();
    found.retain(|l| is_shown(view.show, l) && l.has(&words) && (!view.only_marked || is_marked(state, l)));
    let newest_first = |l: &Line| std::cmp::Reverse(l.at);
    found.sort_by_key(newest_first);
    found.truncate(MOST);
    let count = found.len();
    found.extend(gaps(state, from));
    found.sort_by_key(newest_first);
    (group::folded(state, &found), count)
}

fn is_shown(show: Show, line: &Line) -> bool {
    let What::Happened(kind) = line.what else { return true };
    match show {
        Show::All => true,
        Show::Commits => kind == TimelineKind::Commit,
        Show::Syncs => matches!(kind, TimelineKind::Sync | TimelineKind::Operation | TimelineKind::Revision),
        Show::Health => matches!(kind, TimelineKind::Health | TimelineKind::Link),
        Show::Ours => kind == TimelineKind::Ours,
    }
}

fn is_marked(state: &AppState, line: &Line) -> bool {
    line.leads.app().is_some_and(|id| state.view.marks.contains(id))
}

/// The name of an app, with its namespace where another app reads alike.
pub(super) fn name(state: &AppState, id: &AppId) -> String {
    if state.fleet.twins.contains(id) { id.path() } else { id.name.clone() }
}

/// What was written down as it happened, in this run and in earlier ones.
fn recorded(state: &AppState, from: Timestamp) -> Vec<Line> {
    let in_logs: HashSet<&str> = state.fleet.repos.values().flat_map(|r| &r.log).map(|c| c.id.as_str()).collect();
    let is_known =
        |e: &TimelineEntry| e.kind == TimelineKind::Commit && e.revision.as_deref().is_some_and(|r| in_logs.contains(bare_revision(r)));
    let entries = state.timeline.iter().rev().take_while(|e| e.at >= from).filter(|e| !is_known(e) && e.kind != TimelineKind::Link);
    entries.take(MOST).map(|e| entry(state, e)).chain(links(state, from)).collect()
}

/// Clusters lost and back. Every start connects to all of them: that is no news, only what came of it where it is another state than the last.
fn links(state: &AppState, from: Timestamp) -> Vec<Line> {
    let mut last: HashMap<&str, &str> = HashMap::new();
    let mut out = Vec::new();
    let all: Vec<&TimelineEntry> = state.timeline.iter().filter(|e| e.kind == TimelineKind::Link).collect();
    for (i, recorded) in all.iter().enumerate() {
        // A cluster answers before it is known what may be read there.
        let next = || all.iter().skip(i + 1).find(|e| e.place == recorded.place);
        let forbids = |e: &&&TimelineEntry| e.text.contains(" to forbidden") && seconds_between(recorded.at, e.at) < PASSES_S;
        if recorded.text.ends_with(" to live") && next().filter(forbids).is_some() {
            continue;
        }
        let Some((_, now)) = recorded.text.split_once(" to ") else { continue };
        let word = now.split(':').next().unwrap_or(now);
        // A cluster without an engine answers, and is the target of others.
        let word = if word == "not installed" { "live" } else { word };
        if word == "connecting" {
            continue;
        }
        let before = last.insert(&recorded.place, word);
        if before == Some(word) || before.is_none() && word == "live" || recorded.at < from {
            continue;
        }
        let mut line = entry(state, recorded);
        line.set_text(before.map_or_else(|| now.to_owned(), |before| format!("{before} to {now}")));
        out.push(line);
    }
    out
}

fn entry(state: &AppState, entry: &TimelineEntry) -> Line {
    let cluster = cluster_of(state, &entry.place);
    let place = cluster.as_ref().and_then(|id| state.fleet.clusters.get(id)).map_or(entry.place.as_str(), |c| c.name()).to_owned();
    let short = || entry.revision.as_deref().map_or(String::new(), |r| short_rev(bare_revision(r)).to_owned());
    let repo = || state.fleet.repos.keys().find(|id| id.short() == entry.place).cloned();
    let (name, leads) = match (entry.kind, &entry.app) {
        (TimelineKind::Commit, _) => (short(), repo().map_or(Leads::Nowhere, Leads::Repo)),
        (_, Some(app)) => (name(state, app), Leads::App(app.clone())),
        (_, None) => (String::new(), cluster.map_or(Leads::Nowhere, Leads::Cluster)),
    };
    let mut line = Line::new(entry.at, What::Happened(entry.kind), place, name, entry.text.clone(), leads);
    line.revision.clone_from(&entry.revision);
    line
}

/// The newest commits of each repository that has a mirror.
fn commits(state: &AppState, from: Timestamp) -> Vec<Line> {
    let mut out = Vec::new();
    for repo in state.fleet.repos.values() {
        for commit in repo.log.iter().filter(|c| c.at >= from && c.at <= state.now) {
            let text = format!("{}  {}", commit.author, commit.subject);
            let leads = Leads::Repo(repo.id.clone());
            let mut line = Line::new(
                commit.at,
                What::Happened(TimelineKind::Commit),
                repo.id.short().to_owned(),
                commit.short().to_owned(),
                text,
                leads,
            );
            line.revision = Some(commit.id.clone());
            out.push(line);
        }
    }
    out
}

/// Our own requests, each once, as what became of it says; those that were never sent changed nothing.
fn ours(state: &AppState, from: Timestamp) -> Vec<Line> {
    let mut newest: BTreeMap<&str, (Timestamp, &JournalEntry)> = BTreeMap::new();
    for entry in &state.journal {
        let slot = newest.entry(&entry.plan.request_id).or_insert((entry.at, entry));
        slot.1 = entry;
    }
    let is_sent = |e: &JournalEntry| !matches!(e.outcome, Some(Outcome::Cancelled | Outcome::Refused { .. })) && e.plan.refused.is_none();
    newest.into_values().filter(|(at, e)| *at >= from && is_sent(e)).map(|(at, e)| own(state, at, e)).collect()
}

fn own(state: &AppState, at: Timestamp, entry: &JournalEntry) -> Line {
    let plan = &entry.plan;
    let first = plan.targets.first();
    let clusters: HashSet<&str> = plan.targets.iter().map(|t| t.runs_on.as_str()).collect();
    let place = match first {
        Some(_) if clusters.len() > 1 => format!("{} clusters", clusters.len()),
        Some(target) => cluster_of(state, &target.runs_on)
            .and_then(|id| state.fleet.clusters.get(&id))
            .map_or_else(|| target.runs_on.clone(), |c| c.name().to_owned()),
        None => String::new(),
    };
    let more = if plan.targets.len() > 1 { format!(" +{}", plan.targets.len() - 1) } else { String::new() };
    let name = first.map_or(String::new(), |t| format!("{}{more}", name(state, &t.app)));
    let end = match &entry.outcome {
        Some(Outcome::Sent { commit: Some(commit) }) => format!("{} pushed", short_rev(commit)),
        Some(Outcome::Sent { commit: None }) => "sent".into(),
        Some(Outcome::Failed { reason, .. }) => format!("failed: {reason}"),
        Some(Outcome::Unknown { reason }) => format!("outcome unknown: {reason}"),
        Some(Outcome::Refused { reason }) => format!("refused: {reason}"),
        Some(Outcome::Cancelled) => "cancelled".into(),
        None => "being sent".into(),
    };
    let end = entry.note.as_ref().map_or(end.clone(), |note| format!("{end}, {note}"));
    let by = if entry.operator == state.settings.operator { String::new() } else { format!(" by {}", entry.operator) };
    let text = format!("{}{by}: {end}", plan.action.replace('_', " "));
    let leads = first.map_or(Leads::Nowhere, |t| Leads::App(t.app.clone()));
    Line::new(at, What::Happened(TimelineKind::Ours), place, name, text, leads)
}

/// Times of which nothing is known.
fn gaps(state: &AppState, from: Timestamp) -> Vec<Line> {
    let (gaps, since) = watch::gaps(state, from);
    let line = |at, text| Line::new(at, What::Gap, String::new(), String::new(), text, Leads::Nowhere);
    let mut out: Vec<Line> = gaps
        .into_iter()
        .map(|(start, end)| {
            let long = short_age(seconds_between(start, end));
            line(end, format!("not recorded {}-{} ({long}): driftdeck was not running", moment(state, start), moment(state, end)))
        })
        .collect();
    if state.watch.is_read && since > from {
        out.push(line(since, format!("before {} it is not on record whether driftdeck ran", moment(state, since))));
    }
    out
}
