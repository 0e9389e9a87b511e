//! One revision that reached many apps is one line.

use super::line::{Key, Leads, Line, What};
use crate::app::cells::Tone;
use crate::app::state::AppState;
use crate::domain::commit::{bare_revision, short_rev};
use crate::domain::ids::AppId;
use crate::domain::journal::TimelineKind;
use std::collections::{BTreeSet, HashMap};

/// Arrivals further apart than this are told apart, seconds.
const APART_S: i64 = 600;
/// So many arrivals are one line.
const FEWEST: usize = 3;

/// Lines newest first, and so is what comes out; the members of an unfolded group stand below it.
pub fn folded(state: &AppState, lines: Vec<Line>) -> Vec<Line> {
    let groups = groups(&lines);
    let of: HashMap<usize, usize> = groups.iter().enumerate().flat_map(|(g, members)| members.iter().map(move |m| (*m, g))).collect();
    let mut out = Vec::with_capacity(lines.len());
    for (i, line) in lines.iter().enumerate() {
        let Some(members) = of.get(&i).and_then(|g| groups.get(*g)) else {
            out.push(line.clone());
            continue;
        };
        if members.first() != Some(&i) {
            continue;
        }
        let members: Vec<&Line> = members.iter().filter_map(|m| lines.get(*m)).collect();
        let head = head(state, &members);
        let is_open = head.unfolded == Some(true);
        out.push(head);
        if is_open {
            out.extend(members.into_iter().map(|m| Line { nested: true, ..m.clone() }));
        }
    }
    out
}

/// Positions that belong together, each list newest first.
fn groups(lines: &[Line]) -> Vec<Vec<usize>> {
    let mut by_revision: HashMap<&str, Vec<Vec<usize>>> = HashMap::new();
    for (i, line) in lines.iter().enumerate() {
        let (What::Happened(TimelineKind::Revision), Some(revision)) = (line.what, &line.revision) else { continue };
        let found = by_revision.entry(bare_revision(revision)).or_default();
        let near = |other: &usize| lines.get(*other).is_some_and(|o| o.at.as_second() - line.at.as_second() <= APART_S);
        match found.last_mut().filter(|g| g.last().is_some_and(near)) {
            Some(group) => group.push(i),
            None => found.push(vec![i]),
        }
    }
    by_revision.into_values().flatten().filter(|g| g.len() >= FEWEST).collect()
}

fn head(state: &AppState, members: &[&Line]) -> Line {
    let (newest, oldest) = (members.first(), members.last());
    let revision = newest.and_then(|l| l.revision.as_deref()).map(bare_revision).unwrap_or_default().to_owned();
    let clusters: BTreeSet<&str> = members.iter().map(|l| l.place.as_str()).collect();
    let apps: BTreeSet<&AppId> = members.iter().filter_map(|l| l.leads.app()).collect();
    let repo = |l: &&&Line| l.leads.app().and_then(|id| state.fleet.rows.get(id)).and_then(|r| r.app.sources.iter().find_map(|s| s.repo()));
    let count = if clusters.len() == 1 { "1 cluster".to_owned() } else { format!("{} clusters", clusters.len()) };
    let place = members.iter().find_map(|l| repo(&l)).map_or_else(|| count.clone(), |r| r.short().to_owned());
    let name = oldest.map_or(String::new(), |l| l.name.clone());
    let name = if apps.len() > 1 { format!("{name} +{}", apps.len() - 1) } else { name };
    let text = format!("{} applied on {count}", short_rev(&revision));
    let at = newest.map_or(state.now, |l| l.at);
    let mut line = Line::new(at, What::Happened(TimelineKind::Revision), place, name, text, Leads::Unfold);
    line.key = Key::Group { revision: revision.clone(), first_at: oldest.map_or(at, |l| l.at) };
    line.unfolded = Some(state.view.timeline.open.contains(&line.key));
    (line.tone, line.revision) = (Tone::Busy, Some(revision));
    line
}
