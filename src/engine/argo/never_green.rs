//! Green is a claim: no missing field, unknown word or contradiction may lead to it; and no recorded object goes unjudged.

use super::tests::{applications, bare, fixture, hub};
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn app(object: &Value) -> App {
    let json = object.to_string();
    match Argo.parse(&Argo.watched()[0], &ClusterId::new("hub"), "v1alpha1", &json, "2026-11-24T03:12:40Z".parse().unwrap()) {
        Parsed::App(app) => *app,
        other => panic!("{other:?}"),
    }
}

/// A name and what is done to a good object.
type Case<'a> = (&'a str, &'a dyn Fn(&mut Value));

fn well() -> Value {
    let object = serde_json::from_str(&fixture("argo/application-synced-healthy-auto.json")).unwrap();
    assert!(app(&object).is_green());
    object
}

#[test]
fn a_contradiction_or_the_status_of_an_older_spec_is_never_green() {
    let condition = |kind: &'static str| {
        move |o: &mut Value| {
            o["status"]["conditions"] = json!([{"type": kind, "message": "no", "lastTransitionTime": "2026-11-24T03:00:00Z"}])
        }
    };
    let cases: [Case<'_>; 10] = [
        ("cannot compare", &condition("ComparisonError")),
        ("invalid", &condition("InvalidSpecError")),
        ("another path since", &|o| o["spec"]["source"]["path"] = json!("elsewhere")),
        ("another revision since", &|o| o["spec"]["source"]["targetRevision"] = json!("v9")),
        ("several sources since", &|o| {
            o["spec"]["sources"] = json!([o["spec"]["source"]]);
            o["status"]["sync"]["comparedTo"]["sources"] = json!([{"repoURL": "https://git.example.com/other.git"}]);
        }),
        ("no status", &|o| drop(o.as_object_mut().unwrap().remove("status"))),
        ("no health", &|o| drop(o["status"].as_object_mut().unwrap().remove("health"))),
        ("no sync", &|o| drop(o["status"].as_object_mut().unwrap().remove("sync"))),
        ("deleting", &|o| o["metadata"]["deletionTimestamp"] = json!("2026-11-24T03:00:00Z")),
        ("an operation is asked for", &|o| o["operation"] = json!({"sync": {}})),
    ];
    for (name, change) in cases {
        let mut changed = well();
        change(&mut changed);
        let app = app(&changed);
        assert!(!app.is_green() && app.severity() != crate::domain::status::Severity::Ok, "{name}");
    }
}

#[test]
fn a_warning_beside_a_good_comparison_stays_green() {
    let mut object = well();
    object["status"]["conditions"] = json!([{"type": "OrphanedResourceWarning", "message": "1 orphan"}]);
    assert!(app(&object).is_green());
}

/// Expected words are `pairs` of near twins: what tells them apart in the object must tell them apart on the row.
#[test]
fn near_twins_get_different_rows() {
    let all: serde_json::Map<String, Value> = serde_json::from_str(&fixture("near-twins.json")).unwrap();
    let pairs = all["pairs"].as_array().unwrap();
    let home = hub();
    let rows: std::collections::BTreeMap<String, String> = applications()
        .iter()
        .map(|(file, _, app)| {
            let v = verdict::judge(app, &bare(&home, app.observed_at));
            (file.clone(), format!("{:?} {} {} {}", app.severity(), app.is_green(), v.next_word, v.sentence))
        })
        .collect();
    let mut compared = 0;
    for pair in pairs {
        let row = |i: usize| rows.get(pair[i].as_str().unwrap());
        let (Some(a), Some(b)) = (row(0), row(1)) else { continue };
        assert_ne!(a, b, "{pair}");
        compared += 1;
    }
    assert!(compared >= 20, "{compared}");
}

#[test]
fn every_recorded_object_is_judged_or_named_as_context() {
    let expected: serde_json::Map<String, Value> = serde_json::from_str(&fixture("expected-argo.json")).unwrap();
    let context = ["argo/configmap-argocd-cm.json"];
    let folder = format!("{}/tests/fixtures/argo", env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = format!("argo/{}", entry.unwrap().file_name().to_string_lossy());
        assert!(expected.contains_key(&file) || context.contains(&file.as_str()), "{file} has no expectation");
        seen += 1;
    }
    assert_eq!(seen, expected.keys().filter(|k| !k.starts_with('_')).count() + context.len(), "an expectation without its object");
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("Synced")),
        Just(json!("Healthy")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("sync|health|status|conditions|operationState|phase|history|[a-z]{1,4}", inner, 0..4)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_word_that_argo_does_not_know_is_unknown_and_an_unknown_phase_is_never_an_end(word in "[A-Za-z]{0,9}") {
        prop_assume!(!matches!(word.as_str(), "Synced" | "OutOfSync" | "Healthy" | "Progressing" | "Suspended" | "Missing" | "Degraded"));
        prop_assume!(!matches!(word.as_str(), "Succeeded" | "Failed" | "Error" | "Running" | "Terminating"));
        let mut object = well();
        object["status"]["sync"]["status"] = json!(word);
        prop_assert_eq!(app(&object).sync.word(), "Unknown");
        let mut object = well();
        object["status"]["health"]["status"] = json!(word);
        prop_assert_eq!(app(&object).health.word(), "Unknown");
        prop_assert!(!app(&object).is_green());
        let mut object = well();
        object["status"]["operationState"]["phase"] = json!(word);
        prop_assert!(!app(&object).is_green());
    }

    #[test]
    fn no_input_stops_us_and_none_without_both_good_words_is_green(
        spec in anything(), status in anything(), operation in anything(), key in any::<prop::sample::Index>(), odd in anything()
    ) {
        let home = hub();
        let invented = json!({"metadata": {"name": "a", "namespace": "b"}, "spec": spec, "status": status, "operation": operation});
        let row = app(&invented);
        let says = |path: &str, word: &str| invented.pointer(path).and_then(Value::as_str) == Some(word);
        prop_assert!(!row.is_green() || says("/status/sync/status", "Synced") && says("/status/health/status", "Healthy"), "{}", invented);
        let _ = verdict::judge(&row, &bare(&home, row.observed_at));
        let mut object = well();
        let status = object["status"].as_object_mut().unwrap();
        let keys: Vec<String> = status.keys().cloned().collect();
        status.insert(key.get(&keys).clone(), odd.clone());
        let row = app(&object);
        let _ = verdict::judge(&row, &bare(&home, row.observed_at));
    }
}
