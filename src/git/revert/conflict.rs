//! Conflicts of a revert, with the three texts and the commits that came between.

use super::super::files::{shown, text};
use super::super::log::line;
use super::super::{files, oid};
use super::MARKER;
use crate::domain::commit::Commit;
use crate::domain::diff::Conflict;
use crate::domain::text::sanitise;
use gix::ObjectId;
use gix::merge::tree::{Conflict as Found, TreatAsUnresolved};
use std::collections::BTreeMap;

const MAX_LINES: usize = 40;
/// How far back later commits are looked for, and how many are named.
const LOOK_BACK: usize = 2000;
const MAX_LATER: usize = 5;

/// The sides of a conflict, each the conflicting lines only.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sides {
    ours: String,
    base: String,
    theirs: String,
}

pub(super) fn read(repo: &gix::Repository, found: &[Found], merged: ObjectId, bad: ObjectId, tip: ObjectId) -> Vec<Conflict> {
    let mut by_path: BTreeMap<String, Sides> = BTreeMap::new();
    for conflict in found.iter().filter(|c| c.is_unresolved(TreatAsUnresolved::git())) {
        let path = conflict.ours.location().to_string();
        let sides = marked(repo, merged, &path).unwrap_or_else(|| whole(repo, conflict));
        by_path.entry(path).or_insert(sides);
    }
    let mut later = later(repo, bad, tip, by_path.keys());
    let one = |(path, sides): (String, Sides)| Conflict {
        later: later.remove(&path).unwrap_or_default(),
        path: sanitise(&path, 1000),
        ours: cut(&sides.ours),
        theirs: cut(&sides.theirs),
        base: cut(&sides.base),
    };
    by_path.into_iter().map(one).collect()
}

/// The lines between the markers of the merged file.
fn marked(repo: &gix::Repository, merged: ObjectId, path: &str) -> Option<Sides> {
    let entry = repo.find_tree(merged).ok()?.lookup_entry_by_path(path).ok()??;
    let sides = between_markers(&text(repo, Some(entry.object_id()))?);
    (sides != Sides::default()).then_some(sides)
}

fn between_markers(text: &str) -> Sides {
    let mut sides = Sides::default();
    let mut at = None;
    for line in text.lines() {
        let mark = ['<', '|', '=', '>'].into_iter().find(|c| line.starts_with(&c.to_string().repeat(usize::from(MARKER))));
        if let Some(mark) = mark {
            at = Some(mark).filter(|m| *m != '>');
            continue;
        }
        let side = match at {
            Some('<') => &mut sides.ours,
            Some('|') => &mut sides.base,
            Some('=') => &mut sides.theirs,
            _ => continue,
        };
        side.push_str(line);
        side.push('\n');
    }
    sides
}

/// No text to merge (one side deleted or renamed the file, or it is binary): the files themselves.
fn whole(repo: &gix::Repository, conflict: &Found) -> Sides {
    let [base, ours, theirs] = conflict.entries().map(|e| e.and_then(|e| text(repo, Some(e.id))).unwrap_or_default());
    Sides { ours, base, theirs }
}

fn cut(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().take(MAX_LINES).collect();
    if text.lines().count() > MAX_LINES {
        lines.push("⋯");
    }
    shown(&lines.join("\n"))
}

/// Commits after `bad` that touched the paths, newest first.
fn later<'a>(
    repo: &gix::Repository,
    bad: ObjectId,
    tip: ObjectId,
    paths: impl Iterator<Item = &'a String>,
) -> BTreeMap<String, Vec<Commit>> {
    let mut out: BTreeMap<String, Vec<Commit>> = paths.map(|p| (p.clone(), Vec::new())).collect();
    for id in line(repo, tip).take(LOOK_BACK) {
        let Ok(id) = id else { break };
        if id == bad {
            break;
        }
        let Ok(commit) = oid::commit(repo, id) else { break };
        let Ok(deltas) = files::commit_deltas(repo, &commit, None) else { break };
        for delta in deltas {
            if let Some(list) = out.get_mut(&delta.path).filter(|l| l.len() < MAX_LATER) {
                list.push(oid::to_domain(&commit));
            }
        }
    }
    out
}
