//! `status.history`: what was deployed, and whether it came from where the app comes from today.

use super::operation;
use super::wire::{self, PastSource, SourceSpec, Spec, Status};
use crate::domain::history::{HistoryEntry, Moved};
use crate::domain::repo::RepoId;
use crate::domain::text::{sanitise, without_credentials};
use crate::domain::word::Word;
use serde_json::Value;
use std::collections::BTreeSet;

/// Characters of a field's name.
const NAME: usize = 60;

/// Newest first; the object has them the other way round.
pub fn history(spec: &Spec, status: &Status) -> Vec<HistoryEntry> {
    let entry = |h: &wire::History| HistoryEntry {
        id: h.id.int(),
        revision: operation::first(&h.revision, &h.revisions).unwrap_or_default().into(),
        revisions: if h.revisions.is_empty() {
            Box::default()
        } else {
            operation::all(&h.revision, &h.revisions).into_iter().map(Word::from).collect()
        },
        at: h.deployed_at.time().into(),
        started_at: h.deploy_started_at.time().into(),
        by: operation::by(&h.initiated_by).map(Word::from),
        result: "synced, health not recorded".into(),
        ok: true,
        health_recorded: false,
        digest: None,
        took_ms: h
            .deploy_started_at
            .time()
            .zip(h.deployed_at.time())
            .and_then(|(from, to)| to.as_millisecond().checked_sub(from.as_millisecond())?.try_into().ok()),
        runs: None,
        note: Word::default(),
        moved: moved(spec, h).map(Box::new),
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
    let fields = differing(&past, &now);
    let from = if is_same { String::new() } else { past.iter().map(from).collect::<Vec<_>>().join(" and ") };
    (!is_same || !fields.is_empty()).then_some(Moved { from, is_other_repo, fields })
}

/// Names of the fields that differ, of several sources with the place of theirs.
fn differing(past: &[&PastSource], now: &[&SourceSpec]) -> Vec<String> {
    let mut out = Vec::new();
    if past.len() != now.len() {
        out.push("sources".to_owned());
    }
    for (at, (p, n)) in past.iter().zip(now).enumerate() {
        let place = if past.len() > 1 { format!("sources[{at}].") } else { String::new() };
        let mut found = Vec::new();
        for (field, p, n) in [("ref", &p.reference, &n.reference), ("name", &p.name, &n.name)] {
            if p.raw() != n.raw() {
                found.push(field.to_owned());
            }
        }
        for (field, p, n) in [
            ("helm", &p.helm, &n.helm),
            ("kustomize", &p.kustomize, &n.kustomize),
            ("directory", &p.directory, &n.directory),
            ("plugin", &p.plugin, &n.plugin),
        ] {
            found.extend(parts(field, p.as_ref(), n.as_ref()));
        }
        out.extend(found.into_iter().map(|field| format!("{place}{field}")));
    }
    out
}

/// Which fields of a part of a source differ; the part itself where it is there on one side only and says nothing.
fn parts(part: &str, past: Option<&Value>, now: Option<&Value>) -> Vec<String> {
    let names: BTreeSet<&String> = [past, now].into_iter().flatten().filter_map(Value::as_object).flat_map(serde_json::Map::keys).collect();
    let said = |of: Option<&Value>, name: &str| of.and_then(|v| v.get(name)).filter(|v| !is_nothing(v)).cloned();
    let fields: Vec<String> = names
        .into_iter()
        .filter(|name| said(past, name) != said(now, name))
        .map(|name| format!("{part}.{}", sanitise(name, NAME)))
        .collect();
    // An empty part still chooses the tool that renders.
    if fields.is_empty() && past.is_some() != now.is_some() { vec![part.to_owned()] } else { fields }
}

/// Argo CD leaves out what it has no value for, people write it.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    fn moved_from(past: serde_json::Value) -> Option<Moved> {
        let url = "https://git.example.com/acme/fleet.git";
        let written = json!({ "source": { "repoURL": url, "path": "apps/web" } });
        let spec = Spec::deserialize(&written).unwrap();
        let recorded = json!({ "history": [{ "id": 3, "revision": "a", "source": past }] });
        let status = Status::deserialize(&recorded).unwrap();
        history(&spec, &status)[0].moved.as_deref().cloned()
    }

    #[test]
    fn an_entry_from_another_path_or_repository_says_so_and_another_spelling_of_the_same_does_not() {
        assert_eq!(moved_from(json!({ "repoURL": "git@git.example.com:acme/fleet", "path": "./apps/web/", "targetRevision": "v1" })), None);
        let path = moved_from(json!({ "repoURL": "https://git.example.com/acme/fleet", "path": "apps/old" })).unwrap();
        assert_eq!((path.from.as_str(), path.is_other_repo), ("path apps/old", false));
        let repo = moved_from(json!({ "repoURL": "https://bob:secret@git.example.com/bob/fleet", "path": "apps/web" })).unwrap();
        assert!(repo.is_other_repo && !repo.from.contains("secret"), "{}", repo.from);
    }

    #[test]
    fn what_an_entry_was_rendered_with_is_told_by_the_names_of_fields_and_never_by_their_values() {
        let past = json!({
            "repoURL": "https://git.example.com/acme/fleet", "path": "apps/web",
            "helm": { "values": "token: hunter2", "parameters": [{ "name": "image.tag", "value": "hunter2" }], "skipCrds": false },
            "directory": {},
        });
        let moved = moved_from(past).unwrap();
        assert_eq!(moved.fields, ["helm.parameters", "helm.values", "directory"]);
        assert!(moved.from.is_empty() && !moved.is_other_repo);
        assert!(!format!("{moved:?}").contains("hunter2"), "{moved:?}");
    }

    #[test]
    fn of_several_sources_the_one_that_said_something_else_is_named() {
        let source = |path: &str, images: &[&str]| json!({ "repoURL": "https://x/y", "path": path, "kustomize": { "images": images } });
        let written = json!({ "sources": [source("a", &[]), source("b", &["web:2"])] });
        let spec = Spec::deserialize(&written).unwrap();
        let past = [source("a", &[]), source("b", &["web:1"])];
        let recorded = json!({ "history": [{ "id": 3, "revisions": ["a", "b"], "sources": past }] });
        let status = Status::deserialize(&recorded).unwrap();
        assert_eq!(history(&spec, &status)[0].moved.as_ref().unwrap().fields, ["sources[1].kustomize.images"]);
    }
}
