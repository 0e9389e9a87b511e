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
        unmapped: None,
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

pub fn read(json: &str) -> App {
    let kind = &Argo.watched()[0];
    match Argo.parse(kind, &ClusterId::new("hub"), "v1alpha1", json, "2026-11-24T03:12:40Z".parse().unwrap()) {
        Parsed::App(app) => *app,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_object_that_does_not_fit_is_a_row_that_says_so() {
    let app = read(
        r#"{"metadata": {"name": "odd", "namespace": "argocd", "uid": "u1", "annotations": "none"}, "spec": {}, "status": {"operationState": {"phase": "Running"}}}"#,
    );
    assert_eq!((app.id.path().as_str(), app.uid.as_str(), app.auto_sync), ("argocd/odd", "u1", None));
    assert!(app.unreadable.is_some() && app.severity() == crate::domain::status::Severity::Unknown && !app.is_green());
    let home = hub();
    assert!(verdict::judge(&app, &bare(&home, app.observed_at)).short.starts_with("unreadable: "));
    assert!(read("not json").unreadable.is_some());
}

#[test]
fn hostile_text_and_credentials_do_not_get_in() {
    let app = read(
        r#"{"metadata": {"name": "x", "namespace": "n"}, "spec": {"source": {"repoURL": "https://bob:secret@git.example.com/a.git", "path": "./a\u001b[31m"}},
            "status": {"conditions": [{"type": "ComparisonError", "message": "GET https://bob:secret@git.example.com: \u202etxt"}]}}"#,
    );
    let all = serde_json::to_string(&app).unwrap();
    assert!(!all.contains("secret") && !all.contains('\u{202e}') && !all.contains("\\u001b"), "{all}");
    assert_eq!(app.sources[0].path.as_deref(), Some("a^[[31m"));
}

#[test]
fn sources_tell_what_they_are_and_what_they_follow() {
    use crate::domain::source::{RefKind, SourceType};
    let app = read(
        r#"{"metadata": {"name": "x", "namespace": "n"}, "spec": {"sources": [
            {"repoURL": "https://charts.example.com", "chart": "web", "targetRevision": "1.2.3", "helm": {"valueFiles": ["$values/web.yaml"]}},
            {"repoURL": "registry.example.com/charts", "chart": "web", "targetRevision": "1.x"},
            {"repoURL": "oci://registry.example.com/app", "targetRevision": "v1"},
            {"repoURL": "git@git.example.com:a.git", "ref": "values"},
            {"repoURL": "https://git.example.com/a", "targetRevision": "refs/tags/v1"},
            {"repoURL": "https://git.example.com/a", "targetRevision": "^1.2"},
            {"repoURL": "https://git.example.com/a", "targetRevision": "main"}]},
            "status": {"sync": {"status": "Synced", "revisions": ["1.2.3", "1.9.0", "sha256:1", "c0076bde6d380ded5767313b62d2caeb4925862e", "", "", ""]}}}"#,
    );
    let got: Vec<_> = app.sources.iter().map(|s| (s.source_type, s.reference.clone())).collect();
    let version = |v: &str| RefKind::Version(v.into());
    assert_eq!(
        got,
        [
            (SourceType::Helm, version("1.2.3")),
            (SourceType::Oci, version("1.x")),
            (SourceType::Oci, version("v1")),
            (SourceType::Git, RefKind::Head),
            (SourceType::Git, RefKind::Tag("v1".into())),
            (SourceType::Git, RefKind::Semver("^1.2".into())),
            (SourceType::Git, RefKind::Ambiguous("main".into())),
        ]
    );
    assert_eq!(app.sources[0].value_files, ["$values/web.yaml"]);
    assert_eq!((app.sources[3].name.as_deref(), app.sources[3].revision.as_deref().map(str::len)), (Some("values"), Some(40)));
    assert_eq!(app.sources[6].revision, None);
}

#[test]
fn a_retry_knows_its_next_attempt_from_the_back_off() {
    let app = app("operation-running-retry-backoff");
    let next = app.operation.unwrap().next_try_at.unwrap();
    assert_eq!(next.to_string(), "2026-11-24T01:22:09Z");
    let state = |retry: &str, count: u32| {
        let json = format!(
            r#"{{"metadata": {{"name": "x"}}, "operation": {{}}, "status": {{"operationState": {{"phase": "Running", "finishedAt": "2026-01-01T00:00:00Z",
                "retryCount": {count}, "operation": {{"retry": {retry}}}}}}}}}"#
        );
        read(&json).operation.unwrap().next_try_at.map(|t| t.to_string())
    };
    assert_eq!(state("{}", 1).as_deref(), Some("2026-01-01T00:00:05Z"));
    assert_eq!(state("{}", 4).as_deref(), Some("2026-01-01T00:00:40Z"));
    assert_eq!(state("{}", 20).as_deref(), Some("2026-01-01T00:03:00Z"));
    assert_eq!(state(r#"{"backoff": {"duration": "soon"}}"#, 1), None);
}

#[test]
fn a_new_request_beside_a_finished_one_counts() {
    let app = read(r#"{"metadata": {"name": "x"}, "operation": {"sync": {}}, "status": {"operationState": {"phase": "Succeeded"}}}"#);
    assert_eq!(app.operation.unwrap().phase, crate::domain::status::Phase::Requested);
}

#[test]
fn destinations_in_the_own_cluster_are_home_and_others_are_not_guessed() {
    for (destination, own) in [
        (r#"{"server": "https://kubernetes.default.svc"}"#, true),
        (r#"{"server": "https://kubernetes.default.svc/"}"#, true),
        (r#"{"name": "in-cluster"}"#, true),
        (r#"{"name": "hub"}"#, false),
        (r#"{"server": "https://10.0.0.1"}"#, false),
    ] {
        let app = read(&format!(r#"{{"metadata": {{"name": "x"}}, "spec": {{"destination": {destination}}}}}"#));
        assert_eq!(app.destination.cluster.is_some(), own, "{destination}");
    }
}

#[test]
fn a_freeze_note_is_read_and_a_broken_one_still_shows() {
    let with = |note: &str| {
        read(&serde_json::json!({ "metadata": { "name": "x", "annotations": { "driftdeck/frozen": note } } }).to_string()).frozen
    };
    let note = with(r#"{"v":1,"by":"mia","reason":"move","since":"2026-11-21T09:00:00Z","until":null,"policy":{"prune":true}}"#).unwrap();
    assert_eq!((note.by.as_str(), note.policy), ("mia", Some(serde_json::json!({ "prune": true }).into())));
    assert_eq!(with("{").unwrap().reason, "(note cannot be read)");
    assert_eq!(with(""), None);
}

#[test]
fn projects_keep_windows_and_argocd_cm_only_global_projects() {
    assert_eq!(project("frozen").windows[0].description, "change freeze");
    assert!(project("frozen-manual").windows[0].manual_sync);
    let object = |kind: &str, json: &str| {
        let kind = Argo.watched().iter().find(|k| k.kind == kind).unwrap();
        Argo.parse(kind, &ClusterId::new("hub"), "v1", json, Timestamp::UNIX_EPOCH)
    };
    match object("AppProject", r#"{"metadata": {"name": "p", "namespace": "argocd"}, "spec": {"syncWindows": "none"}}"#) {
        Parsed::Project(p) => assert!(p.unreadable.is_some() && p.name == "p"),
        other => panic!("{other:?}"),
    }
    let cm = |yaml: &str| {
        let json = serde_json::json!({ "metadata": { "name": "argocd-cm" }, "data": { "globalProjects": yaml, "dex.config": "clientSecret: s3" } });
        match object("ConfigMap", &json.to_string()) {
            Parsed::Other(o) => o.value,
            other => panic!("{other:?}"),
        }
    };
    let value = cm("- projectName: freeze\n  labelSelector:\n    matchExpressions:\n    - {key: env, operator: In, values: [prod]}\n");
    assert_eq!(value["globalProjects"][0]["projectName"], "freeze");
    assert_eq!(value["globalProjects"][0]["labelSelector"]["matchExpressions"][0]["values"][0], "prod");
    assert!(cm("freeze: 1")["unreadable"].is_string() && cm("- [")["unreadable"].is_string());
    assert_eq!(argocd_cm().value, serde_json::json!({ "globalProjects": [], "interval": null, "jitter": null }));
    match parsed("ApplicationSet", "argo/applicationset-rolling-in-progress.json") {
        Parsed::Other(set) => {
            assert_eq!((set.value["name"].as_str(), set.value["applications"].as_array().map(Vec::len)), (Some("rolling"), Some(3)))
        }
        other => panic!("{other:?}"),
    }
}

/// Every path of an object, apart from what nobody reads.
fn paths(value: &Value, at: &str, out: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.replace('~', "~0").replace('/', "~1"), v)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children.into_iter().filter(|(k, _)| k != "managedFields") {
        let path = format!("{at}/{key}");
        paths(child, &path, out);
        out.push(path);
    }
}

#[test]
fn a_field_of_the_wrong_type_never_loses_the_row_and_never_makes_it_look_well() {
    let home = hub();
    let mut tried = 0;
    for (file, _, original) in applications().into_iter().filter(|(_, _, a)| !a.is_green()) {
        let object: Value = serde_json::from_str(&fixture(&file)).unwrap();
        let mut all = Vec::new();
        paths(&object, "", &mut all);
        for path in all.iter().filter(|p| !p.starts_with("/metadata/name") && *p != "/metadata") {
            let mut changed = object.clone();
            *changed.pointer_mut(path).unwrap() = Value::from(7);
            let app = read(&changed.to_string());
            assert_eq!(app.id, original.id, "{file} {path}");
            // Without its end, a partial sync cannot be told from one that was compared since.
            assert!(!app.is_green() || path.ends_with("/finishedAt"), "{file} {path}");
            let _ = verdict::judge(&app, &bare(&home, app.observed_at));
            tried += 1;
        }
    }
    assert!(tried > 1000, "{tried}");
}
