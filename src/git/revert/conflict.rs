//! Conflicts of a revert, with the three texts and the commits that came between.

use super::super::files::{shown, text};
use super::super::log::line;
use super::super::oid;
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
        commit: bad.to_string(),
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

/// Commits after `bad` that touched the paths, newest first. Only the paths' own entries are compared, not whole trees:
/// a conflict with an old commit looks at many.
fn later<'a>(
    repo: &gix::Repository,
    bad: ObjectId,
    tip: ObjectId,
    paths: impl Iterator<Item = &'a String>,
) -> BTreeMap<String, Vec<Commit>> {
    let mut out: BTreeMap<String, Vec<Commit>> = paths.map(|p| (p.clone(), Vec::new())).collect();
    let mut newer: Option<(ObjectId, Vec<Option<ObjectId>>)> = None;
    for id in line(repo, tip).take(LOOK_BACK) {
        let Some(entries) = id.ok().and_then(|id| Some((id, entries(repo, id, out.keys())?))) else { break };
        if let Some((touched_by, before)) = newer.take() {
            let changed = out.values_mut().zip(before.iter().zip(&entries.1)).filter(|(_, (new, old))| new != old);
            for (list, _) in changed.filter(|(list, _)| list.len() < MAX_LATER) {
                list.extend(oid::commit(repo, touched_by).ok().map(|c| oid::to_domain(&c)));
            }
        }
        if entries.0 == bad || out.values().all(|list| list.len() >= MAX_LATER) {
            break;
        }
        newer = Some(entries);
    }
    out
}

/// What each path is in a commit.
fn entries<'a>(repo: &gix::Repository, id: ObjectId, paths: impl Iterator<Item = &'a String>) -> Option<Vec<Option<ObjectId>>> {
    let tree = oid::commit(repo, id).ok()?.tree().ok()?;
    paths.map(|path| Some(tree.lookup_entry_by_path(path).ok()?.map(|e| e.object_id()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_conflicting_places_of_a_file_are_kept_apart_by_side() {
        let mark = |c: &str| c.repeat(usize::from(MARKER));
        let (a, b, c, d) = (mark("<"), mark("|"), mark("="), mark(">"));
        let text = format!("keep\n{a} x\nnow\n{b}\nwas\n{c}\nwithout\n{d}\nkeep\n{a}\nnow 2\n{b}\n{c}\n======= no marker\n{d}\n");
        let sides = between_markers(&text);
        let want = Sides { ours: "now\nnow 2\n".into(), base: "was\n".into(), theirs: "without\n======= no marker\n".into() };
        assert_eq!(sides, want);
    }
}
