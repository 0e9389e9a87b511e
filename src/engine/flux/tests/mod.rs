//! Recorded objects of the real controllers against the words they must get.

mod contexts;
mod never_green;
pub mod objects;
mod odd;
mod streams;
mod told;
mod verdicts;

use super::Flux;
use crate::domain::app::App;
use crate::domain::event::Parsed;
use crate::domain::ids::ClusterId;
use crate::domain::source::SourceObject;
use crate::domain::{Timestamp, text};
use crate::engine::{ClusterFacts, Context, Engine, WatchedKind};
use std::path::PathBuf;

pub fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

pub fn kind(name: &str) -> &'static WatchedKind {
    Flux.watched().iter().find(|k| k.kind == name).expect("a watched kind")
}

pub fn now() -> Timestamp {
    "2026-11-24T03:12:40Z".parse().unwrap()
}

pub fn parse_app(kind_name: &str, json: &str, at: Timestamp) -> App {
    let kind = kind(kind_name);
    match Flux.parse(kind, &ClusterId::new("prod-eu"), kind.versions[0], json, at) {
        Parsed::App(app) => *app,
        other => panic!("{other:?}"),
    }
}

pub fn parse_source(kind_name: &str, json: &str) -> SourceObject {
    match Flux.parse(kind(kind_name), &ClusterId::new("prod-eu"), "v1", json, now()) {
        Parsed::Source(source) => *source,
        other => panic!("{other:?}"),
    }
}

/// Reads a recorded object; the kind is in the object.
pub fn recorded(file: &str) -> (String, String) {
    let json = std::fs::read_to_string(fixtures().join("flux").join(file)).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    (value["kind"].as_str().unwrap().to_owned(), json)
}

pub fn recorded_app(file: &str) -> App {
    let (kind, json) = recorded(file);
    parse_app(&kind, &json, now())
}

pub fn facts(name: &str) -> ClusterFacts {
    ClusterFacts { name: name.into(), uid: "52ffa013".into(), ..ClusterFacts::default() }
}

/// A context in which only the cluster is known.
pub fn bare<'a>(home: &'a ClusterFacts, at: Timestamp) -> Context<'a> {
    Context {
        now: at,
        operator: "sam",
        home,
        destination: Some(home),
        source: None,
        chart: None,
        packed_from: None,
        projects: &[],
        projects_unread: Some("AppProjects are still being read".into()),
        argocd_cm: crate::engine::Known::Unread("it is forbidden".into()),
        compared: None,
        works: crate::engine::works::Works::default(),
        related: &[],
        sources: &[],
        existing: &[],
        application_set: None,
        tree: None,
        unseen: None,
        events: &[],
        log_line: None,
        log_pod: None,
        head: None,
        head_since: None,
        last_good: None,
        unmapped: None,
        request_id: "5f1c",
    }
}

#[test]
fn hostile_text_is_made_harmless_before_it_is_kept() {
    let json = r#"{"metadata":{"name":"a","namespace":"b"},"spec":{"interval":"1m","sourceRef":{"kind":"GitRepository","name":"x"}},
        "status":{"conditions":[{"type":"Ready","status":"False","reason":"BuildFailed","message":"\u001b[31m https://sam:pw@git.example.com/x"}]}}"#;
    let app = parse_app("Kustomization", json, now());
    assert_eq!(app.conditions[0].message, text::sanitise("\u{1b}[31m https://git.example.com/x", 100));
}
