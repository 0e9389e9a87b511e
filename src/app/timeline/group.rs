//! A rollout is one line, not six for each app: what an app passes through on its way to a revision is folded into the arrival of it, and one
//! revision that reached many apps is told once. Bad news, and states that an app was left in, are never folded; of news that repeat themselves
//! the newest stands for them.

use super::line::{Key, Leads, Line, What};
use crate::app::cells::Tone;
use crate::app::state::AppState;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::ids::AppId;
use crate::domain::journal::TimelineKind;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Arrivals of one revision further apart than this are told apart, seconds.
const APART_S: i64 = 600;
/// Changes of one app further apart than this have nothing to do with each other, seconds.
const BURST_S: i64 = 120;
/// So many lines are worth folding.
const FEWEST: usize = 2;

/// What the members of a group have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Common {
    Revision(String),
    App(AppId),
}

struct Group {
    common: Common,
    /// Positions, newest first.
    members: Vec<usize>,
}

/// Lines newest first, and so is what comes out; the members of an unfolded group stand below it.
pub fn folded(state: &AppState, lines: &[Line]) -> Vec<Line> {
    let groups = groups(lines);
    let of: HashMap<usize, &Group> = groups.iter().flat_map(|g| g.members.iter().map(move |m| (*m, g))).collect();
    let mut out = Vec::with_capacity(lines.len());
    for (i, line) in lines.iter().enumerate() {
        let Some(group) = of.get(&i) else {
            out.push(line.clone());
            continue;
        };
        if group.members.first() != Some(&i) {
            continue;
        }
        let members: Vec<&Line> = group.members.iter().filter_map(|m| lines.get(*m)).collect();
        let head = head(state, &group.common, &members);
        let is_open = head.unfolded == Some(true);
        out.push(head);
        if is_open {
            out.extend(members.into_iter().map(|m| Line { nested: true, ..m.clone() }));
        }
    }
    out
}

fn groups(lines: &[Line]) -> Vec<Group> {
    let mut passed: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut out: Vec<Group> = Vec::new();
    for burst in bursts(lines) {
        let members = passing(lines, &burst);
        let arrived = members.iter().filter_map(|i| lines.get(*i)).find(|l| is(l, TimelineKind::Revision));
        match (arrived.and_then(|l| l.revision.as_deref()), burst.first().and_then(|i| lines.get(*i)).and_then(|l| l.leads.app())) {
            (Some(revision), _) => passed.entry(bare_revision(revision)).or_default().extend(members),
            (None, Some(app)) => out.push(Group { common: Common::App(app.clone()), members }),
            (None, None) => {}
        }
    }
    for (revision, mut members) in passed {
        members.sort_unstable();
        for part in split(lines, &members, APART_S) {
            out.push(Group { common: Common::Revision(revision.to_owned()), members: part });
        }
    }
    out.retain(|g| g.members.len() >= FEWEST);
    out
}

fn is(line: &Line, kind: TimelineKind) -> bool {
    line.what == What::Happened(kind)
}

/// Positions in parts with no longer pause than this inside.
fn split(lines: &[Line], positions: &[usize], pause: i64) -> Vec<Vec<usize>> {
    let at = |i: &usize| lines.get(*i).map_or(0, |l| l.at.as_second());
    positions.chunk_by(|newer, older| at(newer) - at(older) <= pause).map(<[usize]>::to_vec).collect()
}

/// Changes of one app that follow each other closely, newest first.
fn bursts(lines: &[Line]) -> Vec<Vec<usize>> {
    use TimelineKind::{Health, Operation, Revision, Sync};
    let mut by_app: BTreeMap<&AppId, Vec<usize>> = BTreeMap::new();
    for (i, line) in lines.iter().enumerate() {
        let is_state = matches!(line.what, What::Happened(Health | Operation | Revision | Sync));
        if let Some(app) = line.leads.app().filter(|_| is_state) {
            by_app.entry(app).or_default().push(i);
        }
    }
    by_app.into_values().flat_map(|positions| split(lines, &positions, BURST_S)).collect()
}

/// Those of a burst that were only passed through, and those that ended well: not what is bad, nor the last of its kind where that is not well.
fn passing(lines: &[Line], burst: &[usize]) -> Vec<usize> {
    let (mut told, mut bad) = (BTreeSet::new(), BTreeSet::new());
    let mut out = Vec::new();
    for i in burst {
        let Some(line) = lines.get(*i) else { continue };
        let What::Happened(kind) = line.what else { continue };
        let is_last = told.insert(kind as u8);
        let stays = kind != TimelineKind::Revision && is_last && !matches!(line.tone, Tone::Ok);
        let is_again = line.tone == Tone::Bad && !bad.insert(line.text.as_str());
        if line.tone != Tone::Bad && !stays || is_again {
            out.push(*i);
        }
    }
    out
}

fn head(state: &AppState, common: &Common, members: &[&Line]) -> Line {
    let at = members.first().map_or(state.now, |l| l.at);
    let first_at = members.last().map_or(at, |l| l.at);
    let mut line = match common {
        Common::Revision(revision) => arrival(state, revision, members, at),
        Common::App(_) => passage(members, at),
    };
    let what = match common {
        Common::Revision(revision) => revision.clone(),
        Common::App(app) => format!("{} {} {}", app.cluster, app.kind.short(), app.path()),
    };
    line.key = Key::Group { what, first_at };
    line.unfolded = Some(state.view.timeline.open.contains(&line.key));
    line
}

/// "payments +16  db1e00e applied on 6 clusters, 3 broken now".
fn arrival(state: &AppState, revision: &str, members: &[&Line], at: crate::domain::Timestamp) -> Line {
    let arrivals: Vec<&&Line> = members.iter().filter(|l| is(l, TimelineKind::Revision)).collect();
    let clusters: BTreeSet<&str> = arrivals.iter().map(|l| l.place.as_str()).collect();
    let apps: BTreeSet<&AppId> = arrivals.iter().filter_map(|l| l.leads.app()).collect();
    let rows = || apps.iter().filter_map(|id| state.fleet.rows.get(id));
    let runs = |r: &&crate::app::fleet::Row| r.app.revision.as_deref().map(bare_revision) == Some(revision);
    // What was broken before is not its doing.
    let first = members.last().map_or(at, |l| l.at);
    let broken = rows().filter(runs).filter(|r| r.severity.is_broken() && r.since >= first).count();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    arrivals.iter().for_each(|l| *names.entry(&l.name).or_default() += 1);
    // The name on most clusters stands for them all; of several the first.
    let name = names.iter().rev().max_by_key(|(_, n)| **n).map_or("", |(name, _)| *name);
    let now = match broken {
        0 => String::new(),
        1 if apps.len() == 1 => ", broken now".to_owned(),
        n => format!(", {n} broken now"),
    };
    let (place, name, text) = if let [one] = arrivals.as_slice() {
        (one.place.clone(), one.name.clone(), format!("{} applied{now}", short_rev(revision)))
    } else {
        let on = if clusters.len() == 1 { "1 cluster".to_owned() } else { format!("{} clusters", clusters.len()) };
        let repo = rows().find_map(|r| r.app.sources.iter().find_map(|s| s.repo()));
        let more = if apps.len() > 1 { format!("{name} +{}", apps.len() - 1) } else { name.to_owned() };
        (repo.map_or_else(|| on.clone(), |r| r.short().to_owned()), more, format!("{} applied on {on}{now}", short_rev(revision)))
    };
    let mut line = Line::new(at, What::Happened(TimelineKind::Revision), place, name, text, Leads::Unfold);
    line.tone = if broken > 0 { Tone::Bad } else { Tone::Busy };
    line.revision = Some(revision.to_owned());
    line
}

/// So many states are told one by one.
const TOLD: usize = 4;

/// One app that passed through states and came back: "OutOfSync, Progressing, Synced, Healthy"; by turns and again: "Degraded, Healthy: 12
/// changes".
fn passage(members: &[&Line], at: crate::domain::Timestamp) -> Line {
    let mut states: Vec<&str> = Vec::new();
    for member in members.iter().rev() {
        let state = member.text.rsplit(" to ").next().unwrap_or(&member.text);
        if states.last() != Some(&state) {
            states.push(state);
        }
    }
    let text = if states.len() > TOLD {
        let mut seen = BTreeSet::new();
        let each: Vec<&str> = states.iter().copied().filter(|s| seen.insert(*s)).take(TOLD).collect();
        format!("{}: {} changes", each.join(", "), members.len())
    } else {
        states.join(", ")
    };
    let (place, name) = members.first().map_or_else(Default::default, |l| (l.place.clone(), l.name.clone()));
    let kind = if let Some(What::Happened(kind)) = members.first().map(|l| l.what) { kind } else { TimelineKind::Health };
    let mut line = Line::new(at, What::Happened(kind), place, name, text, Leads::Unfold);
    line.tone = members.first().map_or(Tone::Plain, |l| l.tone);
    line
}
