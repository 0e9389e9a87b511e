//! Every recorded Application against the values worked out from its JSON by hand.

use super::*;
use crate::domain::event::{OtherObject, Project};
use crate::engine::ClusterFacts;
use serde_json::Value;

pub fn fixture(file: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/fixtures/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn expected() -> serde_json::Map<String, Value> {
    let all: Value = serde_json::from_str(&fixture("expected-argo.json")).unwrap();
    all.as_object().unwrap().clone()
}

/// Shortly after the object's last write, when it was recorded.
fn read_at(json: &str) -> Timestamp {
    let object: Value = serde_json::from_str(json).unwrap();
    let times = object["metadata"]["managedFields"].as_array().into_iter().flatten().filter_map(|m| m["time"].as_str());
    let at: Timestamp = times.max().or(object["metadata"]["creationTimestamp"].as_str()).unwrap().parse().unwrap();
    at.checked_add(jiff::SignedDuration::from_secs(1)).unwrap()
}

pub fn parsed(kind: &str, file: &str) -> Parsed {
    let json = fixture(file);
    let kind = Argo.watched().iter().find(|k| k.kind == kind).unwrap();
    Argo.parse(kind, &ClusterId::new("hub"), "v1alpha1", &json, read_at(&json))
}

pub fn app(file: &str) -> App {
    match parsed("Application", &format!("argo/application-{file}.json")) {
        Parsed::App(app) => *app,
        other => panic!("{other:?}"),
    }
}

pub fn project(file: &str) -> Project {
    match parsed("AppProject", &format!("argo/appproject-{file}.json")) {
        Parsed::Project(project) => *project,
        other => panic!("{other:?}"),
    }
}

pub fn argocd_cm() -> OtherObject {
    match parsed("ConfigMap", "argo/configmap-argocd-cm.json") {
        Parsed::Other(other) => *other,
        other => panic!("{other:?}"),
    }
}

pub fn hub() -> ClusterFacts {
    ClusterFacts { name: "hub".into(), uid: "7d1c90aa".into(), ..ClusterFacts::default() }
}

/// Nothing is known beside the object.
pub fn bare<'a>(home: &'a ClusterFacts, now: Timestamp) -> Context<'a> {
    Context {
        now,
        operator: "sam",
        home,
        destination: None,
        source: None,
        chart: None,
        projects: &[],
        projects_complete: false,
        argocd_cm: None,
        related: &[],
        tree: None,
        log_line: None,
        head: None,
        last_good: None,
        request_id: "5f1c0001",
    }
}

pub fn applications() -> Vec<(String, Value, App)> {
    let all = expected().into_iter().filter(|(_, e)| e["kind"] == "Application");
    all.map(|(file, e)| {
        let Parsed::App(app) = parsed("Application", &file) else { panic!("{file}") };
        (file, e, *app)
    })
    .collect()
}

fn accepts(entry: &Value, field: &str, actual: &Value) -> bool {
    entry[field] == *actual || entry["accept"][field].as_array().is_some_and(|a| a.contains(actual))
}

#[test]
fn every_recorded_application_gets_the_row_worked_out_by_hand() {
    let mut wrong = Vec::new();
    let all = applications();
    assert_eq!(all.len(), 57);
    for (file, entry, app) in &all {
        let short = app.revision.as_ref().map(|r| r.chars().take(7).collect::<String>());
        for (field, actual) in [
            ("name", Value::from(app.id.name.clone())),
            ("sync", app.sync.word().into()),
            ("health", app.health.word().into()),
            ("operation", app.operation.as_ref().map(|o| o.phase.word()).into()),
            ("suspended", app.suspended.into()),
            ("auto_sync", app.auto_sync.into()),
            ("revision", short.into()),
            ("severity", app.severity().word().into()),
            ("green", app.is_green().into()),
        ] {
            if !accepts(entry, field, &actual) {
                wrong.push(format!("{file}: {field} is {actual}, expected {}", entry[field]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Everything a verdict says, a line each.
pub fn verdict_text(v: &Verdict) -> String {
    let next = v.next.iter().map(|n| format!("{} {}", n.key, n.text));
    let evidence = v.evidence.iter().map(|e| format!("{}: {}", e.what, e.value));
    let lines = [v.short.clone(), v.sentence.clone(), v.soon.clone().unwrap_or_default()].into_iter().chain(next).chain(evidence);
    lines.collect::<Vec<_>>().join("\n")
}
