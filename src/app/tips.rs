//! When the tip of what apps follow was first seen: a source that is behind it for longer than it may be is stuck.

use super::fleet::Fleet;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::repo::{Repo, RepoId};
use std::collections::BTreeSet;

/// A poll came in: refs that are followed and moved, or are seen for the first time, are as of now.
pub fn see(fleet: &mut Fleet, repo: &Repo, now: Timestamp) {
    let followed: BTreeSet<String> = fleet.rows.values().filter_map(|r| followed(&r.app, repo)).collect();
    let old = fleet.repos.get(&repo.id);
    let moved = |name: &String| old.is_none_or(|old| old.refs.get(name) != repo.refs.get(name));
    fleet.tips.retain(|(id, name), _| *id != repo.id || followed.contains(name));
    for name in followed {
        let moved = moved(&name);
        let first = fleet.tips.entry((repo.id.clone(), name)).or_insert(now);
        if moved {
            *first = now;
        }
    }
}

pub fn since(fleet: &Fleet, app: &App) -> Option<Timestamp> {
    let repo = fleet.repos.get(&repo_of(app)?)?;
    fleet.tips.get(&(repo.id.clone(), followed(app, repo)?)).copied()
}

fn repo_of(app: &App) -> Option<RepoId> {
    app.sources.iter().find_map(crate::domain::source::Source::repo)
}

/// Full name of the ref that the app's first git source follows there.
fn followed(app: &App, repo: &Repo) -> Option<String> {
    let source = app.sources.iter().find(|s| s.repo().is_some()).filter(|s| s.repo().as_ref() == Some(&repo.id))?;
    repo.resolve(&source.reference).map(|(name, _)| name)
}
