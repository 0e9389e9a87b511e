//! The order of the repositories: most followed first.

use crate::app::state::AppState;
use crate::domain::repo::RepoId;
use std::cmp::Reverse;
use std::collections::HashMap;

/// As the pane lists them and the cursor walks them.
pub fn order(state: &AppState) -> Vec<RepoId> {
    let mut known: HashMap<&str, RepoId> = HashMap::new();
    let mut apps: HashMap<RepoId, usize> = HashMap::new();
    for source in state.fleet.rows.values().flat_map(|r| &r.app.sources) {
        if source.source_type != crate::domain::source::SourceType::Git {
            continue;
        }
        let Some(url) = source.url.as_deref() else { continue };
        let id = known.entry(url).or_insert_with(|| RepoId::from_url(url));
        match apps.get_mut(id) {
            Some(count) => *count += 1,
            None => {
                apps.insert(id.clone(), 1);
            }
        }
    }
    let mut ids: Vec<RepoId> = state.fleet.repos.keys().cloned().collect();
    ids.sort_by_key(|id| (Reverse(apps.get(id).copied().unwrap_or(0)), id.clone()));
    ids
}
