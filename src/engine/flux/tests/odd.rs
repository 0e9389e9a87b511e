//! Objects nobody should send: whatever stands in a field, we answer with a row, a verdict and a plan.

use super::*;
use crate::domain::event::Parsed;
use crate::domain::plan::PlanChoices;
use crate::engine::Verb;
use serde_json::{Value, json};

fn paths(value: &Value, at: &str, out: &mut Vec<String>) {
    let child = |key: &str| format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| paths(v, &child(k), out)),
        Value::Array(list) => list.iter().enumerate().for_each(|(i, v)| paths(v, &child(&i.to_string()), out)),
        _ => {}
    }
    out.push(at.to_owned());
}

#[test]
fn no_single_odd_field_stops_us() {
    let home = facts("prod-eu");
    let context = bare(&home, now());
    let odd = [Value::Null, json!(-3), json!("\u{1b}[2J\u{202e}'[/"), json!([]), json!([[{}]]), json!({"a": 1}), json!(1e300)];
    let mut tried = 0;
    for file in [
        "kustomization-dependency-not-ready-after-failure.json",
        "kustomization-stalled-access-denied.json",
        "kustomization-substitute-from-missing.json",
        "helmrelease-upgrade-failed-rolled-back.json",
        "helmrelease-drift-warn.json",
        "gitrepository-failing-with-old-artifact.json",
    ] {
        let (kind_name, json) = recorded(file);
        let original: Value = serde_json::from_str(&json).unwrap();
        let mut all = Vec::new();
        paths(&original, "", &mut all);
        for path in all {
            for value in &odd {
                let mut changed = original.clone();
                *changed.pointer_mut(&path).unwrap() = value.clone();
                tried += 1;
                let Parsed::App(app) = Flux.parse(kind(&kind_name), &ClusterId::new("c"), "v1", &changed.to_string(), now()) else {
                    continue;
                };
                let verdict = Flux.verdict(&app, &context);
                let shown = format!("{}{}{:?}", verdict.short, verdict.sentence, verdict.evidence);
                assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{file} {path}: control characters got through");
                for verb in [Verb::Sync, Verb::Refresh, Verb::Suspend, Verb::Resume] {
                    Flux.plan(verb, &app, &PlanChoices::default(), &context);
                }
            }
        }
    }
    assert!(tried > 2000, "{tried}");
}
