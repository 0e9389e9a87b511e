//! Frozen by somebody who left a note: auto-sync is off on purpose.

use super::Rule;
use super::case::{Case, cut, differ, plural, say, step};
use crate::domain::status::{Phase, Sync};
use crate::domain::verdict::Verdict;
use crate::engine::freeze;

pub const RULES: &[Rule] = &[held];

/// The note alone proves nothing once auto-sync is on again.
fn held(case: &Case<'_>) -> Option<Verdict> {
    let works = matches!(case.phase(), Some(Phase::Requested | Phase::Running));
    let frozen = case.app.frozen.as_ref().filter(|_| case.app.is_frozen() && !works)?;
    let note = freeze::note(frozen, case.context.now);
    let left = match (case.app.sync, case.differing().len()) {
        (Sync::OutOfSync, n) if n > 0 => {
            let git = case.compared().map(|r| format!(" from {r}")).unwrap_or_default();
            format!(" {} {}{git}, and nothing applies it until then.", plural(n, "resource"), differ(n))
        }
        (Sync::OutOfSync, _) => " It differs from git, and nothing applies it until then.".to_owned(),
        (Sync::Synced, _) => " What runs matches git; a new commit would not be applied.".to_owned(),
        (Sync::Unknown, _) => String::new(),
    };
    let sentence = format!("{} turned auto-sync of {} off{}{left}", frozen.by, case.name(), note.told);
    let next = vec![case.auto_sync_on(" (shows what will be applied)"), step("d", "what differs")];
    say(cut(&note.short, 40), sentence, "resume", next)
}
