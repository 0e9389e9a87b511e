//! `status.history`: what was deployed, and whether it came from where the app comes from today.

use super::operation;
use super::wire::{self, PastSource, SourceSpec, Spec, Status};
use crate::domain::history::{HistoryEntry, Moved};
use crate::domain::repo::RepoId;
use crate::domain::text::without_credentials;

/// Newest first; the object has them the other way round.
pub fn history(spec: &Spec, status: &Status) -> Vec<HistoryEntry> {
    let entry = |h: &wire::History| HistoryEntry {
        id: h.id.int(),
        revision: operation::first(&h.revision, &h.revisions).unwrap_or_default(),
        revisions: if h.revisions.is_empty() { Vec::new() } else { operation::all(&h.revision, &h.revisions) },
        at: h.deployed_at.time(),
        started_at: h.deploy_started_at.time(),
        by: operation::by(&h.initiated_by),
        result: "synced, health not recorded".to_owned(),
        ok: true,
        health_recorded: false,
        digest: None,
        moved: moved(spec, h),
    };
    status.history.iter().rev().map(entry).collect()
}

fn moved(spec: &Spec, entry: &wire::History) -> Option<Moved> {
    let past: Vec<&PastSource> = if entry.sources.is_empty() { entry.source.iter().collect() } else { entry.sources.iter().collect() };
    let now: Vec<&SourceSpec> = if spec.sources.is_empty() { spec.source.iter().collect() } else { spec.sources.iter().collect() };
    // What the hydrator writes is not what the spec names; an entry without a source tells nothing.
    if spec.source_hydrator.is_some() || past.is_empty() {
        return None;
    }
    let repo = |url: &wire::Leaf| RepoId::from_url(url.raw());
    let is_other_repo = past.iter().any(|p| !now.iter().any(|n| repo(&n.repo_url) == repo(&p.repo_url)));
    let part = |l: &wire::Leaf| l.raw().trim_start_matches("./").trim_end_matches('/').to_owned();
    let is_same = past.len() == now.len()
        && past
            .iter()
            .zip(&now)
            .all(|(p, n)| repo(&p.repo_url) == repo(&n.repo_url) && part(&p.path) == part(&n.path) && part(&p.chart) == part(&n.chart));
    let from = |p: &&PastSource| {
        let url = is_other_repo.then(|| without_credentials(&p.repo_url.text(1000)));
        let path = p.path.name().map(|path| format!("path {path}"));
        let chart = p.chart.name().map(|chart| format!("chart {chart}"));
        [url, path, chart].into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    (!is_same).then(|| Moved { from: past.iter().map(from).collect::<Vec<_>>().join(" and "), is_other_repo })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn moved_from(past: serde_json::Value) -> Option<Moved> {
        let url = "https://git.example.com/acme/fleet.git";
        let spec: Spec = serde_json::from_value(json!({ "source": { "repoURL": url, "path": "apps/web" } })).unwrap();
        let status: Status = serde_json::from_value(json!({ "history": [{ "id": 3, "revision": "a", "source": past }] })).unwrap();
        history(&spec, &status)[0].moved.clone()
    }

    #[test]
    fn an_entry_from_another_path_or_repository_says_so_and_another_spelling_of_the_same_does_not() {
        assert_eq!(moved_from(json!({ "repoURL": "git@git.example.com:acme/fleet", "path": "./apps/web/", "targetRevision": "v1" })), None);
        let path = moved_from(json!({ "repoURL": "https://git.example.com/acme/fleet", "path": "apps/old" })).unwrap();
        assert_eq!((path.from.as_str(), path.is_other_repo), ("path apps/old", false));
        let repo = moved_from(json!({ "repoURL": "https://bob:secret@git.example.com/bob/fleet", "path": "apps/web" })).unwrap();
        assert!(repo.is_other_repo && !repo.from.contains("secret"), "{}", repo.from);
    }
}
