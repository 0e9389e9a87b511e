//! Comparisons for the drift groups: the same as for the diff screen, of which only what differs is told.

use super::Runtime;
use super::diff::LAST_APPLIED;
use crate::app::effect::DiffRequest;
use crate::app::msg::Msg;
use crate::domain::diff::{DiffKind, DiffSet};
use crate::domain::drift::Compared;
use crate::domain::ids::TaskId;
use std::time::Duration;

/// A repository or cluster that takes longer holds up the others.
const LIMIT: Duration = Duration::from_secs(60);

/// Errors: there is nothing to compare with.
fn of(set: &DiffSet) -> Result<Compared, String> {
    // Where git could not be rendered the notes begin with why.
    let against = set.right.label.starts_with(LAST_APPLIED).then(|| set.notes.first().cloned()).flatten();
    match against {
        Some(why) if set.resources.iter().all(|r| r.kind == DiffKind::Unknown) => {
            Err(format!("{why}; nothing live says what was last applied"))
        }
        against => Ok(Compared { against, ..Compared::of(set) }),
    }
}

impl Runtime {
    pub(super) fn compare_app(&self, task: TaskId, request: DiffRequest) {
        let runtime = self.clone();
        let handle = self.spawn(async move {
            let set = tokio::time::timeout(LIMIT, runtime.live_vs_desired(&request)).await;
            let result = match set {
                Ok(Ok(set)) => of(&set).map(Box::new),
                Ok(Err(why)) => Err(why),
                Err(_) => Err(format!("it took longer than {} s", LIMIT.as_secs())),
            };
            Some(Msg::Compared { task, result })
        });
        let mut inner = self.clusters.lock();
        inner.compares.retain(|task| !task.is_finished());
        inner.compares.push(handle);
    }

    pub(super) fn end_compare(&self) {
        for task in self.clusters.lock().compares.drain(..) {
            task.abort();
        }
    }
}
