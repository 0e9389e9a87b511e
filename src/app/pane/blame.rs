//! Who set what the diff's cursor stands at. The cursor is the first line shown that differs.

use super::DiffScreen;
use crate::domain::diff::{Hunk, LineTag, ResourceDiff, SetBy};

/// What is known of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame<'d> {
    Set(&'d SetBy),
    /// It is wanted and not live.
    OnlyDesired,
}

/// Something is live that differs, and blame is on.
pub fn can_tell(screen: &DiffScreen) -> bool {
    matches!(screen.result.as_ref().filter(|_| screen.blame), Some(Ok(set)) if set.resources.iter().any(|r| !r.set_by.is_empty()))
}

/// The line under the cursor, as its place among the lines of the unified view, and who set it.
/// `None` where nothing is live, where nothing that differs is unfolded, and while blame is off.
pub fn under(screen: &DiffScreen) -> Option<(usize, Blame<'_>)> {
    let Some(Ok(set)) = screen.result.as_ref().filter(|_| can_tell(screen)) else { return None };
    let mut last = None;
    let mut at = 0;
    for (i, resource) in set.resources.iter().enumerate() {
        at += 1;
        if screen.folded.contains(&i) {
            continue;
        }
        for hunk in &resource.hunks {
            at += usize::from(hunk.skipped > 0);
            for (start, end) in runs(hunk) {
                last = of_run(resource, hunk, (start, end), screen.top.saturating_sub(at)).map(|(line, blame)| (at + line, blame)).or(last);
                if at + end > screen.top {
                    return last;
                }
            }
            at += hunk.lines.len();
        }
    }
    last
}

/// Neighbouring lines that differ, as (first, one after the last).
fn runs(hunk: &Hunk) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (i, _) in hunk.lines.iter().enumerate().filter(|(_, line)| line.tag != LineTag::Same) {
        match out.last_mut().filter(|(_, end)| *end == i) {
            Some(run) => run.1 = i + 1,
            None => out.push((i, i + 1)),
        }
    }
    out
}

/// The first live line of a run from `from` on, else the last one before it.
fn of_run<'d>(resource: &'d ResourceDiff, hunk: &Hunk, (start, end): (usize, usize), from: usize) -> Option<(usize, Blame<'d>)> {
    let live = |i: &usize| {
        let line = hunk.lines.get(*i).filter(|l| l.tag == LineTag::Removed)?.left?;
        Some((*i, Blame::Set(resource.set_by(line)?)))
    };
    let first = (start.max(from)..end).find_map(|i| live(&i));
    let found = first.or_else(|| (start..end).rev().find_map(|i| live(&i)));
    found.or_else(|| hunk.lines.get(start).filter(|l| l.tag == LineTag::Added).map(|_| (start, Blame::OnlyDesired)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::effect::DiffMode;
    use crate::app::pane::From;
    use crate::domain::Timestamp;
    use crate::domain::diff::{DiffKind, DiffSet, DiffSide};
    use crate::domain::hunks::hunks;
    use crate::domain::ids::{AppId, AppKind, ClusterId, ObjectKey};

    fn screen(live: &str, desired: &str, set_by: Vec<SetBy>) -> DiffScreen {
        let (hunks, added, removed) = hunks(live, desired, 1);
        let key = ObjectKey::new("", "ConfigMap", "shop", "env");
        let one = ResourceDiff {
            key,
            kind: DiffKind::Changed,
            hunks,
            added,
            removed,
            ignored: Vec::new(),
            note: None,
            fields: Vec::new(),
            set_by,
        };
        let side = DiffSide { label: String::new(), at: None };
        let set = DiffSet { left: side.clone(), right: side, resources: vec![one], estimate: String::new(), notes: Vec::new() };
        DiffScreen {
            app: AppId { cluster: ClusterId::new("c"), kind: AppKind::Application, namespace: "argocd".into(), name: "a".into() },
            title: String::new(),
            from: From::Main,
            mode: DiffMode::LiveVsDesired,
            waiting: None,
            asked_at: Timestamp::UNIX_EPOCH,
            result: Some(Ok(set)),
            top: 0,
            resource: 0,
            folded: std::collections::BTreeSet::new(),
            unified: None,
            show_ignored: false,
            blame: true,
            wrap: false,
            search: String::new(),
            searching: false,
        }
    }

    fn set(line: u32, path: &str) -> SetBy {
        SetBy { line, path: path.into(), by: None, at: None }
    }

    #[test]
    fn the_line_under_the_cursor_is_the_first_that_differs_from_the_top_on_and_a_replacement_is_of_what_it_replaces() {
        // 0 header, 1 a, 2 -b, 3 +B, 4 c, 5 skipped, 6 e, 7 +new, 8 f, 9 -g
        let mut screen = screen("a\nb\nc\nd\ne\nf\ng\n", "a\nB\nc\nd\ne\nnew\nf\n", vec![set(2, "b"), set(7, "g")]);
        let at = |screen: &DiffScreen| {
            under(screen).map(|(flat, blame)| match blame {
                Blame::Set(set) => (flat, set.path.clone()),
                Blame::OnlyDesired => (flat, "new".to_owned()),
            })
        };
        let found: Vec<_> = [0, 2, 3, 4, 7, 8, 9, 99]
            .map(|top| {
                screen.top = top;
                at(&screen).unwrap()
            })
            .into();
        let want = [(2, "b"), (2, "b"), (2, "b"), (7, "new"), (7, "new"), (9, "g"), (9, "g"), (9, "g")];
        assert_eq!(found, want.map(|(flat, path)| (flat, path.to_owned())));
        screen.blame = false;
        assert_eq!(under(&screen), None);
    }

    #[test]
    fn where_nothing_is_live_or_all_is_folded_nobody_is_named() {
        let mut two = screen("a\n", "b\n", Vec::new());
        assert_eq!(under(&two), None);
        two = screen("a\n", "b\n", vec![set(1, "a")]);
        assert!(under(&two).is_some());
        two.folded.insert(0);
        assert_eq!(under(&two), None);
    }
}
