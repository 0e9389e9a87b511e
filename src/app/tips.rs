//! When the tip of a ref was first seen: a source that is behind it for longer than it may be is stuck.

use super::fleet::Fleet;
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::repo::Repo;

/// A poll came in: refs that moved, and all of them at the first poll, are as of now.
pub fn see(fleet: &mut Fleet, repo: &Repo, now: Timestamp) {
    let old = fleet.repos.get(&repo.id).filter(|old| old.polled_at.is_some());
    let tips = fleet.tips.entry(repo.id.clone()).or_default();
    let moved = repo.refs.iter().filter(|(name, id)| old.is_none_or(|old| old.refs.get(*name) != Some(*id)));
    for (name, _) in moved {
        tips.insert(name.clone(), now);
    }
    if tips.len() > repo.refs.len() {
        tips.retain(|name, _| repo.refs.contains_key(name));
    }
}

/// When the tip of what the app's first git source follows was first seen.
pub fn since(fleet: &Fleet, app: &App) -> Option<Timestamp> {
    let source = app.sources.iter().find(|s| s.repo().is_some())?;
    let repo = fleet.repos.get(&source.repo()?)?;
    let (name, _) = repo.resolve(&source.reference)?;
    fleet.tips.get(&repo.id)?.get(&name).copied()
}
