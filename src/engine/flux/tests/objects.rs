use super::*;
use crate::domain::commit::short_rev;
use crate::domain::source::RefKind;
use crate::domain::status::{HealthBy, Phase};
use serde_json::Value;

pub fn expected() -> Vec<(String, Value)> {
    let text = std::fs::read_to_string(fixtures().join("expected-flux.json")).unwrap();
    let map: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    map.into_iter().collect()
}

fn word(value: Option<&str>) -> Value {
    value.map_or(Value::Null, |v| Value::String(v.to_owned()))
}

fn actual(app: &App) -> Vec<(&'static str, Value)> {
    vec![
        ("sync", word(Some(app.sync.word()))),
        ("health", word(Some(app.health.word()))),
        ("operation", word(app.operation.as_ref().map(|o| o.phase.word()))),
        ("suspended", app.suspended.into()),
        ("revision", word(app.revision.as_deref().map(short_rev))),
        ("severity", word(Some(app.severity().word()))),
        ("green", app.is_green().into()),
        ("name", word(Some(&app.id.name))),
    ]
}

#[test]
fn every_recorded_app_gets_the_words_worked_out_for_it() {
    let mut wrong = Vec::new();
    let mut judged = 0;
    for (file, want) in expected() {
        let (kind, json) = recorded(&file);
        if !matches!(kind.as_str(), "Kustomization" | "HelmRelease") {
            continue;
        }
        judged += 1;
        let app = parse_app(&kind, &json, want["read_at"].as_str().unwrap().parse().unwrap());
        for (field, got) in actual(&app) {
            let also = want["accept"][field].as_array().cloned().unwrap_or_default();
            if got != want[field] && !also.contains(&got) {
                wrong.push(format!("{file}: {field} is {got}, must be {} or {also:?}", want[field]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {judged}:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(judged, 50);
}

#[test]
fn every_recorded_source_says_whether_it_works_and_what_it_holds() {
    let mut judged = 0;
    for (file, want) in expected() {
        let (kind, json) = recorded(&file);
        let Some(state) = want["state"].as_str() else { continue };
        if matches!(kind.as_str(), "Kustomization" | "HelmRelease") {
            continue;
        }
        judged += 1;
        let source = parse_source(&kind, &json);
        assert_eq!(source.id.name, want["name"].as_str().unwrap(), "{file}");
        assert_eq!(source.revision.as_deref(), want["artifact"].as_str(), "{file}");
        let ready = match state {
            "ready" => Some(true),
            "failing" | "stalled" => Some(false),
            "suspended" => {
                assert!(source.suspended, "{file}");
                source.ready
            }
            _ => None,
        };
        assert_eq!(source.ready, ready, "{file}: {state}");
        assert_eq!(source.interval, Some(if file.contains("old-artifact") { 30 } else { 60 }), "{file}");
    }
    assert_eq!(judged, 27);
}

#[test]
fn a_source_follows_what_its_spec_names_first() {
    let reference = |file: &str| {
        let (kind, json) = recorded(file);
        parse_source(&kind, &json).reference
    };
    assert_eq!(reference("gitrepository-ready.json"), RefKind::Branch("main".into()));
    assert_eq!(reference("gitrepository-ready-tag.json"), RefKind::Tag("v1.0.0".into()));
    assert_eq!(reference("gitrepository-ready-semver.json"), RefKind::Semver(">=1.0.0".into()));
    assert_eq!(reference("gitrepository-ready-ref-name.json"), RefKind::Name("refs/heads/main".into()));
    assert_eq!(reference("ocirepository-unreachable.json"), RefKind::Tag("latest".into()));
    assert_eq!(reference("helmchart-version-missing.json"), RefKind::Version("9.x".into()));
}

#[test]
fn a_failing_source_is_as_old_as_its_first_failure_and_keeps_its_artifact() {
    let (kind, json) = recorded("gitrepository-auth-failed.json");
    let never = parse_source(&kind, &json);
    assert_eq!(never.ready_since, "2026-11-24T00:31:41Z".parse().ok());
    assert!(never.message.contains("authentication required"));
    let (kind, json) = recorded("helmchart-ready-git.json");
    let chart = parse_source(&kind, &json);
    assert_eq!(chart.of.map(|o| (o.kind, o.name)), Some(("GitRepository".into(), "charts".into())));
    assert_eq!(chart.chart.as_deref(), Some("./web"));
}

#[test]
fn an_interval_of_days_makes_an_unreadable_row_that_keeps_its_name() {
    let json = r#"{"metadata":{"name":"web","namespace":"shop","uid":"u1"},"spec":{"interval":"1d","sourceRef":{"kind":"GitRepository","name":"x"}}}"#;
    let app = parse_app("Kustomization", json, now());
    assert_eq!(app.unreadable.as_deref(), Some("interval \"1d\" is no duration"));
    assert_eq!((app.id.path().as_str(), app.uid.as_str()), ("shop/web", "u1"));
}

#[test]
fn broken_objects_become_rows_and_odd_fields_cost_only_themselves() {
    for json in ["", "[", "null", "3", r#"{"metadata":3}"#, r#"{"spec":[]}"#, r#"{"status":"x"}"#, r#"{"status":{"conditions":{}}}"#] {
        for kind in ["Kustomization", "HelmRelease"] {
            let app = parse_app(kind, json, now());
            assert!(app.unreadable.is_some() || json == "null", "{json}");
        }
        parse_source("GitRepository", json);
    }
    let json = r#"{"metadata":{"name":"a","namespace":"b","generation":"x","labels":3,"annotations":{"driftdeck/frozen":7}},
        "spec":{"interval":"5m","path":7,"dependsOn":[3,{"name":"c"}],"sourceRef":null,"chart":9},
        "status":{"history":null,"inventory":{"entries":[{"id":"a_b__Service"},4]},"lastAppliedRevision":{}}}"#;
    let app = parse_app("Kustomization", json, now());
    assert_eq!(app.unreadable, None);
    assert_eq!(app.flux().unwrap().depends_on, [("b".to_owned(), "c".to_owned())]);
    assert_eq!(app.resources.len(), 1);
    assert_eq!(parse_app("HelmRelease", json, now()).unreadable, None);
    let held = r#"{"metadata":{"name":"a","namespace":"b"},"spec":{"interval":"5m","suspend":"yes"}}"#;
    let why = parse_app("Kustomization", held, now()).unreadable;
    assert_eq!(why.as_deref(), Some("suspend \"yes\" is neither true nor false"), "whether it is held decides everything else");
}

#[test]
fn facts_beside_the_state_are_read() {
    let app = recorded_app("kustomization-child-with-owner-labels.json");
    assert_eq!(app.flux().unwrap().parent, Some(("flux-system".into(), "tree".into())));
    assert_eq!(app.health_by, HealthBy::NotAssessed);
    assert_eq!(app.sources[0].path.as_deref(), Some("apps/leaf1"));
    assert_eq!(app.sources[0].object.as_ref().map(|o| o.name.as_str()), Some("fleet"));
    let remote = recorded_app("kustomization-remote-cluster-kubeconfig.json");
    assert_eq!((remote.destination.cluster, remote.destination.name.as_deref()), (None, Some("kc-c2")));
    let helm = recorded_app("helmrelease-ready-from-helmrepository.json");
    let fields = helm.flux().unwrap().helm.clone().unwrap();
    assert_eq!((fields.chart.as_str(), fields.version.as_deref(), fields.release_name.as_str()), ("web", Some("1.x"), "helm-ok-repo"));
    assert_eq!(fields.helm_chart, Some(("flux-system".into(), "flux-system-ok-repo".into())));
    let vars = recorded_app("kustomization-substitute-ok.json");
    assert_eq!(vars.flux().unwrap().substitute, [("ENVIRONMENT".to_owned(), "production".to_owned())]);
}

#[test]
fn a_failing_state_is_as_old_as_its_history_says_not_as_its_last_retry() {
    let app = recorded_app("kustomization-health-check-failed-crashloop.json");
    assert_eq!(app.since, "2026-11-24T00:32:36Z".parse().ok());
    let operation = app.operation.unwrap();
    assert_eq!(operation.retry_count, 62);
    assert_eq!(operation.next_try_at, "2026-11-24T01:30:11Z".parse().ok());
    let stalled = recorded_app("kustomization-stalled-access-denied.json");
    assert_eq!(stalled.operation.unwrap().next_try_at, None);
}

#[test]
fn a_request_that_flux_has_not_acknowledged_is_shown_as_requested() {
    let (kind, json) = recorded("kustomization-healthy-wait.json");
    let mut value: Value = serde_json::from_str(&json).unwrap();
    value["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"] = "2026-11-24T03:12:00Z".into();
    let app = parse_app(&kind, &value.to_string(), now());
    assert_eq!(app.operation.as_ref().map(|o| o.phase), Some(Phase::Requested));
    assert!(!app.is_green());
    value["status"]["lastHandledReconcileAt"] = "2026-11-24T03:12:00Z".into();
    assert!(parse_app(&kind, &value.to_string(), now()).is_green());
}

#[test]
fn the_freeze_note_is_read_from_its_annotation() {
    let json = r#"{"metadata":{"name":"a","namespace":"b","annotations":{"driftdeck/frozen":"{\"v\":1,\"by\":\"mia\",\"reason\":\"database move\",\"since\":\"2026-11-21T03:00:00Z\",\"until\":\"2026-11-27T09:00:00Z\"}"}},"spec":{"interval":"1m","suspend":true}}"#;
    let frozen = parse_app("Kustomization", json, now()).frozen.unwrap();
    assert_eq!((frozen.by.as_str(), frozen.reason.as_str()), ("mia", "database move"));
    assert_eq!(frozen.until, "2026-11-27T09:00:00Z".parse().ok());
}

#[test]
fn a_helm_chart_says_from_which_revision_it_was_packed_and_when_it_is_packed_anew() {
    let (kind, json) = recorded("helmchart-path-missing.json");
    let chart = parse_source(&kind, &json);
    assert_eq!(chart.packed_from.as_deref(), Some("main@sha1:720c986a1e85ca2ed0ec4df5e5d70937fa7084a4"));
    assert!(!chart.by_revision);
    assert!(parse_source(&kind, &json.replace("\"ChartVersion\"", "\"Revision\"")).by_revision);
}
