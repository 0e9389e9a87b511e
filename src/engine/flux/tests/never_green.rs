//! Green is a claim: no missing field, unknown word or contradiction may lead to it.

use super::objects::expected;
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Recorded apps with what they must be.
fn apps() -> Vec<(String, String, Value, bool)> {
    let app = |(file, want): (String, Value)| {
        let (kind, json) = recorded(&file);
        let is_app = matches!(kind.as_str(), "Kustomization" | "HelmRelease");
        is_app.then(|| (file, kind, serde_json::from_str(&json).unwrap(), want["green"] == true))
    };
    expected().into_iter().filter_map(app).collect()
}

fn paths(value: &Value, at: &str, out: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.replace('~', "~0").replace('/', "~1"), v)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        let path = format!("{at}/{key}");
        paths(child, &path, out);
        out.push(path);
    }
}

fn is_green(kind: &str, object: &Value) -> bool {
    parse_app(kind, &object.to_string(), now()).is_green()
}

#[test]
fn no_odd_field_makes_an_app_look_well_that_is_not() {
    let (mut tried, mut wrong) = (0, Vec::new());
    for (file, kind, object, green) in apps() {
        if green || is_green(&kind, &object) {
            continue;
        }
        let mut all = Vec::new();
        paths(&object, "", &mut all);
        // Without the only sign of trouble an app is well.
        let is_sign = |p: &String| file == "helmrelease-drift-warn.json" && p.starts_with("/status/conditions/1");
        for path in all.into_iter().filter(|p| p != "/spec" && !is_sign(p) && !p.starts_with("/spec/driftDetection")) {
            for odd in [json!(7), json!("odd"), json!({"a": 1}), json!([1])] {
                let mut changed = object.clone();
                *changed.pointer_mut(&path).unwrap() = odd.clone();
                tried += 1;
                if is_green(&kind, &changed) {
                    wrong.push(format!("{file} {path} = {odd}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(tried > 3000, "{tried}");
}

/// A name and what is done to a good object.
type Case<'a> = (&'a str, &'a dyn Fn(&mut Value));

/// A green Kustomization and a green HelmRelease.
fn well() -> Vec<(String, Value)> {
    ["kustomization-healthy-wait.json", "helmrelease-ready.json"]
        .into_iter()
        .map(|file| {
            let (kind, json) = recorded(file);
            let object: Value = serde_json::from_str(&json).unwrap();
            assert!(is_green(&kind, &object), "{file}");
            (kind, object)
        })
        .collect()
}

fn condition<'a>(object: &'a mut Value, kind: &str) -> &'a mut Value {
    let list = object["status"]["conditions"].as_array_mut().unwrap();
    if let Some(at) = list.iter().position(|c| c["type"] == kind) {
        return &mut list[at];
    }
    list.push(json!({"type": kind, "lastTransitionTime": "2026-11-24T03:00:00Z", "reason": "X", "message": ""}));
    list.last_mut().unwrap()
}

#[test]
fn a_contradiction_is_never_green() {
    for (kind, object) in well() {
        let cases: [Case<'_>; 8] = [
            ("stalled", &|o| condition(o, "Stalled")["status"] = json!("True")),
            ("no conditions", &|o| o["status"]["conditions"] = json!([])),
            ("no status", &|o| drop(o.as_object_mut().unwrap().remove("status"))),
            ("an older generation", &|o| o["metadata"]["generation"] = json!(99)),
            ("no generation told", &|o| {
                o["metadata"]["generation"] = json!(2);
                drop(o["status"].as_object_mut().unwrap().remove("observedGeneration"));
                let list = o["status"]["conditions"].as_array_mut().unwrap();
                list.iter_mut().for_each(|c| drop(c.as_object_mut().unwrap().remove("observedGeneration")));
            }),
            ("ready twice", &|o| {
                let mut other = condition(o, "Ready").clone();
                other["status"] = json!("False");
                o["status"]["conditions"].as_array_mut().unwrap().push(other);
            }),
            ("deleting", &|o| o["metadata"]["deletionTimestamp"] = json!("2026-11-24T03:00:00Z")),
            ("unknown, and no run goes", &|o| {
                condition(o, "Ready")["status"] = json!("Unknown");
                o["status"]["conditions"].as_array_mut().unwrap().retain(|c| c["type"] != "Reconciling");
            }),
        ];
        for (name, change) in cases {
            let mut changed = object.clone();
            change(&mut changed);
            assert!(!is_green(&kind, &changed), "{kind}: {name}");
        }
        let sign = if kind == "Kustomization" { "Healthy" } else { "Released" };
        let mut changed = object.clone();
        condition(&mut changed, sign)["status"] = json!("False");
        assert!(!is_green(&kind, &changed), "{kind}: {sign} is False");
    }
}

/// What tells near twins apart in the object must tell them apart on the row.
#[test]
fn near_twins_get_different_rows() {
    let text = std::fs::read_to_string(fixtures().join("near-twins.json")).unwrap();
    let pairs: Value = serde_json::from_str(&text).unwrap();
    let home = facts("prod-eu");
    let rows: std::collections::BTreeMap<String, String> = apps()
        .into_iter()
        .map(|(file, kind, object, _)| {
            let app = parse_app(&kind, &object.to_string(), now());
            let v = Flux.verdict(&app, &bare(&home, now()));
            (format!("flux/{file}"), format!("{:?} {} {} {}", app.severity(), app.is_green(), v.next_word, v.sentence))
        })
        .collect();
    // Reconciling for a moment is to change no word of the row.
    let same = ["flux/helmrelease-ready.json", "flux/helmrelease-reconciling-quiet.json"];
    let mut compared = 0;
    for pair in pairs["pairs"].as_array().unwrap() {
        let row = |i: usize| rows.get(pair[i].as_str().unwrap());
        let (Some(a), Some(b)) = (row(0), row(1)) else { continue };
        if pair[0] != same[0] || pair[1] != same[1] {
            assert_ne!(a, b, "{pair}");
        }
        compared += 1;
    }
    assert!(compared >= 18, "{compared}");
}

#[test]
fn every_recorded_object_has_an_expectation() {
    let expected: std::collections::BTreeSet<String> = expected().into_iter().map(|(file, _)| file).collect();
    let found: std::collections::BTreeSet<String> = std::fs::read_dir(fixtures().join("flux"))
        .unwrap()
        .map(|e| e.unwrap())
        .filter(|e| e.path().is_file())
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".json") && !name.starts_with("live-"))
        .collect();
    assert_eq!(found, expected);
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("True")),
        Just(json!("Ready")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("type|status|reason|message|conditions|history|[a-z]{1,4}", inner, 0..4)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_word_that_the_api_does_not_know_is_unknown(word in "[A-Za-z]{0,9}") {
        prop_assume!(!matches!(word.as_str(), "True" | "False" | "Unknown"));
        for (kind, mut object) in well() {
            condition(&mut object, "Ready")["status"] = json!(word);
            let app = parse_app(&kind, &object.to_string(), now());
            prop_assert!(!app.is_green());
            prop_assert_eq!((app.sync.word(), app.health.word()), ("Unknown", "Unknown"));
        }
    }

    #[test]
    fn no_input_stops_us_and_none_without_a_good_status_is_green(
        spec in anything(), status in anything(), at in any::<prop::sample::Index>(), odd in anything()
    ) {
        let home = facts("prod-eu");
        for (kind, mut object) in well() {
            let invented = json!({"metadata": {"name": "a", "namespace": "b", "generation": 2}, "spec": spec, "status": status});
            let app = parse_app(&kind, &invented.to_string(), now());
            prop_assert!(!app.is_green(), "{}", invented);
            let _ = Flux.verdict(&app, &bare(&home, now()));
            let mut all = Vec::new();
            paths(&object, "", &mut all);
            let path = at.get(&all);
            if let Some(place) = object.pointer_mut(path) {
                *place = odd.clone();
            }
            let app = parse_app(&kind, &object.to_string(), now());
            let _ = Flux.verdict(&app, &bare(&home, now()));
        }
    }
}
