//! Comparisons for the drift groups: the same as for the diff screen, of which only what differs is told.

use super::Runtime;
use super::diff::LAST_APPLIED;
use crate::app::effect::DiffRequest;
use crate::app::msg::Msg;
use crate::domain::app::App;
use crate::domain::diff::{DiffKind, DiffSet};
use crate::domain::drift::Compared;
use crate::domain::ids::TaskId;
use crate::domain::source::Source;
use std::time::Duration;

/// A repository or cluster that takes longer holds up the others.
const LIMIT: Duration = Duration::from_secs(60);

/// Errors: there is nothing to compare with.
fn of(set: &DiffSet) -> Result<Compared, String> {
    // Where nothing better could be had the notes begin with why.
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
            let work = async {
                // What Helm stored needs no repository.
                if crate::app::assess::stored(&request.app).is_none() {
                    runtime.have_mirrors(&request.app).await;
                }
                runtime.live_vs_desired(&request).await
            };
            let set = tokio::time::timeout(LIMIT, work).await;
            let result = match set {
                Ok(Ok(set)) => of(&set).map(Box::new),
                Ok(Err(why)) => Err(why),
                Err(_) => Err(format!("no answer within {} s", LIMIT.as_secs())),
            };
            Some(Msg::Compared { task, result })
        });
        let mut inner = self.clusters.lock();
        inner.compares.retain(|task| !task.is_finished());
        inner.compares.push(handle);
    }

    /// A first clone takes what it takes: it goes on for whoever asks next, also when this comparison is ended. What fails is told by the render.
    async fn have_mirrors(&self, app: &App) {
        for repo in app.sources.iter().filter(|s| s.chart.is_none()).filter_map(Source::repo) {
            let runtime = self.clone();
            let _ = tokio::spawn(async move { runtime.mirror_of(&repo).await.is_ok() }).await;
        }
    }

    pub(super) fn end_compare(&self) {
        for task in self.clusters.lock().compares.drain(..) {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::diff::{DiffSide, ResourceDiff};
    use crate::domain::ids::ObjectKey;

    fn set(label: &str, kinds: &[DiffKind]) -> DiffSet {
        let side = |label: &str| DiffSide { label: label.into(), at: None };
        let resource = |kind: &DiffKind| ResourceDiff {
            key: ObjectKey::new("", "ConfigMap", "shop", "env"),
            kind: *kind,
            hunks: Vec::new(),
            added: 0,
            removed: 0,
            ignored: Vec::new(),
            note: None,
            fields: Vec::new(),
            set_by: Vec::new(),
        };
        let notes = vec!["git could not be rendered: redis is not rendered from git".to_owned()];
        let resources = kinds.iter().map(resource).collect();
        DiffSet { left: side("LIVE"), right: side(label), resources, estimate: String::new(), notes }
    }

    #[test]
    fn what_was_compared_with_what_was_last_applied_says_so_and_nothing_at_all_is_no_comparison() {
        let from_git = of(&set("DESIRED rendered from git", &[DiffKind::OnlyLive, DiffKind::Unknown])).unwrap();
        assert!(from_git.against.is_none() && from_git.unread.is_some() && from_git.found.len() == 1);
        let applied = of(&set("LAST APPLIED, as the live objects say", &[DiffKind::Same, DiffKind::Unknown])).unwrap();
        assert!(applied.against.unwrap().contains("redis is not rendered"));
        let nothing = of(&set("LAST APPLIED, as the live objects say", &[DiffKind::Unknown, DiffKind::Unknown])).unwrap_err();
        assert!(nothing.contains("redis is not rendered from git; nothing live says"), "{nothing}");
    }
}
