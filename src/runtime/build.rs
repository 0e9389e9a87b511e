//! How an app is built, from what its object says.

use crate::domain::app::App;
use crate::domain::ids::EngineKind;
use crate::domain::json::Json;
use crate::domain::overrides::{IgnoredDifference, Overrides};
use crate::domain::source::Source;
use crate::domain::text::sanitise;
use crate::render::normalise::{IgnoreRule, Rules};
use crate::render::{BuildOptions, Engine};
use serde_json::{Value, json};

/// Options of the build of one source; what the object leaves to values we do not read is named in `unknown`.
pub fn options(app: &App, source: &Source) -> (BuildOptions, Vec<String>) {
    let mut unknown = Vec::new();
    let mut options = BuildOptions::new(engine(app.id.engine()));
    match app.flux() {
        Some(flux) => {
            options.namespace.clone_from(&flux.target_namespace);
            options.build = flux.build.as_ref().map(Json::value);
            if !flux.substitute.is_empty() || flux.substitute_from {
                options.substitute = Some(flux.substitute.iter().cloned().collect());
            }
            if flux.substitute_from {
                unknown.push("postBuild.substituteFrom is not read: its variables stay empty here".to_owned());
            }
            if flux.decrypts {
                unknown.push("encrypted values are not decrypted here".to_owned());
            }
        }
        None => {
            options.namespace.clone_from(&app.destination.namespace);
            options.release_name = app.id.name.clone();
            if let Some(own) = &source.overrides {
                overrides(own, &mut options, &mut unknown);
            }
        }
    }
    options.value_files.clone_from(&source.value_files);
    (options, unknown)
}

/// What the Application itself adds to the build (`spec.source.kustomize`, `helm`, `directory`).
fn overrides(own: &Overrides, options: &mut BuildOptions, unknown: &mut Vec<String>) {
    options.kustomize.clone_from(&own.kustomize);
    if let Some(directory) = &own.directory {
        let text = |name: &str| directory.get(name).and_then(Value::as_str).map(str::to_owned);
        options.recurse = directory.get("recurse").and_then(Value::as_bool).unwrap_or(false);
        (options.include, options.exclude) = (text("include"), text("exclude"));
        if directory.get("jsonnet").and_then(Value::as_object).is_some_and(|j| !j.is_empty()) {
            unknown.push("Jsonnet settings of the app are not applied here".to_owned());
        }
    }
    if let Some(helm) = &own.helm {
        if let Some(name) = helm.get("releaseName").and_then(Value::as_str).filter(|n| !n.is_empty()) {
            name.clone_into(&mut options.release_name);
        }
        options.helm_values = values(helm, unknown);
    }
    if own.plugin {
        unknown.push("a config management plugin builds this app; what is rendered here may differ".to_owned());
    }
}

/// The inline values as one YAML text: `valuesObject` (else `values`), and over them the parameters with plain names.
fn values(helm: &Value, unknown: &mut Vec<String>) -> Option<String> {
    let text = helm.get("values").and_then(Value::as_str).filter(|t| !t.trim().is_empty());
    let mut out = match (helm.get("valuesObject").filter(|v| v.is_object()), text) {
        (Some(object), _) => object.clone(),
        (None, Some(text)) => match serde_yaml::from_str::<Value>(text) {
            Ok(value) if value.is_object() => value,
            _ => {
                unknown.push("the inline Helm values of the app cannot be read, and are not applied here".to_owned());
                json!({})
            }
        },
        (None, None) => json!({}),
    };
    for parameter in helm.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or_default();
        let forced = parameter.get("forceString").and_then(Value::as_bool).unwrap_or(false);
        if !set(&mut out, part("name"), scalar(part("value"), forced)) {
            unknown.push(format!("Helm parameter {} is not applied here", sanitise(part("name"), 100)));
        }
    }
    if helm.get("fileParameters").and_then(Value::as_array).is_some_and(|l| !l.is_empty()) {
        unknown.push("Helm file parameters of the app are not applied here".to_owned());
    }
    out.as_object().filter(|map| !map.is_empty())?;
    // JSON is YAML.
    serde_json::to_string(&out).ok()
}

/// As `helm --set` reads a value: numbers, booleans and null are typed, unless a string is forced.
fn scalar(text: &str, forced: bool) -> Value {
    match text {
        _ if forced => json!(text),
        "true" => json!(true),
        "false" => json!(false),
        "null" => Value::Null,
        // A leading zero is no number to helm.
        _ if text == "0" || !text.starts_with('0') => text.parse::<i64>().map_or_else(|_| json!(text), |n| json!(n)),
        _ => json!(text),
    }
}

/// Puts a value at a dotted name; `false` where the name or the value is more than that (lists, escapes, `{a,b}`).
fn set(root: &mut Value, name: &str, value: Value) -> bool {
    let plain = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let is_list = value.as_str().is_some_and(|t| t.contains([',', '{', '\\']));
    if is_list || !name.split('.').all(plain) {
        return false;
    }
    let mut at = root;
    for part in name.split('.') {
        if !at.is_object() {
            *at = json!({});
        }
        let Some(map) = at.as_object_mut() else { return false };
        at = map.entry(part).or_insert(Value::Null);
    }
    *at = value;
    true
}

/// What the app's object says is no difference, as rules of the comparison; what cannot be evaluated is named.
pub fn rules(app: &App) -> (Rules, Vec<String>) {
    let (mut rules, mut unknown) = (Rules::default(), Vec::new());
    for ignored in app.argo().map(|a| a.ignored.as_slice()).unwrap_or_default() {
        if ignored.has_more {
            unknown.push(format!("ignoreDifferences of {}: jq paths and field managers are not evaluated here", ignored.kind));
        }
        if !ignored.pointers.is_empty() {
            rules.ignore.push(rule(ignored));
        }
    }
    let helm = app.flux().and_then(|f| f.helm.as_ref());
    for ignored in helm.map(|h| h.ignored.as_slice()).unwrap_or_default() {
        if ignored.has_more {
            unknown.push("driftDetection.ignore: patterns and selectors are not evaluated here".to_owned());
        } else if !ignored.pointers.is_empty() {
            rules.ignore.push(IgnoreRule { source: "driftDetection.ignore".into(), ..rule(ignored) });
        }
    }
    unknown.dedup();
    (rules, unknown)
}

fn rule(ignored: &IgnoredDifference) -> IgnoreRule {
    IgnoreRule {
        group: ignored.group.clone(),
        kind: ignored.kind.clone(),
        namespace: ignored.namespace.clone(),
        name: ignored.name.clone(),
        pointers: ignored.pointers.clone(),
        source: "app ignoreDifferences".into(),
    }
}

pub fn engine(kind: EngineKind) -> Engine {
    match kind {
        EngineKind::Argo => Engine::Argo,
        EngineKind::Flux => Engine::Flux,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options_of(helm: Value) -> (BuildOptions, Vec<String>) {
        let (mut options, mut unknown) = (BuildOptions::new(Engine::Argo), Vec::new());
        let own = Overrides {
            kustomize: Some(json!({"images": ["web:2"]})),
            helm: Some(helm),
            directory: Some(json!({"recurse": true, "exclude": "test/*"})),
            plugin: false,
        };
        overrides(&own, &mut options, &mut unknown);
        (options, unknown)
    }

    #[test]
    fn what_the_application_adds_to_its_source_is_part_of_the_build() {
        let helm = json!({"releaseName": "shop", "valuesObject": {"image": {"tag": "1"}, "size": 2},
            "parameters": [{"name": "image.tag", "value": "2.0"}, {"name": "on", "value": "true"}, {"name": "n", "value": "7", "forceString": true}]});
        let (options, unknown) = options_of(helm);
        assert!(unknown.is_empty(), "{unknown:?}");
        assert!(options.recurse && options.exclude.as_deref() == Some("test/*") && options.kustomize.is_some());
        assert_eq!(options.release_name, "shop");
        let values: Value = serde_json::from_str(&options.helm_values.unwrap()).unwrap();
        assert_eq!(values, json!({"image": {"tag": "2.0"}, "size": 2, "on": true, "n": "7"}));
    }

    #[test]
    fn values_as_text_are_read_and_what_cannot_be_applied_is_named() {
        let helm = json!({"values": "a:\n  b: 1\n", "parameters": [{"name": "hosts[0]", "value": "x"}, {"name": "list", "value": "{a,b}"}],
            "fileParameters": [{"name": "f", "path": "x"}]});
        let (options, unknown) = options_of(helm);
        assert_eq!(options.helm_values.as_deref(), Some(r#"{"a":{"b":1}}"#));
        assert_eq!(unknown.len(), 3, "{unknown:?}");
        assert_eq!(options_of(json!({"values": "- no\n- map"})).1.len(), 1);
    }

    #[test]
    fn ignored_differences_of_the_application_become_rules() {
        use crate::domain::event::Parsed;
        use crate::domain::ids::ClusterId;
        let object = json!({"metadata": {"name": "a", "namespace": "argocd"}, "spec": {"source": {"repoURL": "https://git.example.com/r", "path": "p"},
            "ignoreDifferences": [{"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}, {"kind": "Secret", "jqPathExpressions": [".data"]}]}});
        let (engine, kind) = crate::engine::watched().find(|(_, k)| k.kind == "Application").unwrap();
        let now = crate::domain::Timestamp::UNIX_EPOCH;
        let Parsed::App(app) = engine.parse(kind, &ClusterId::new("c"), "v1alpha1", &object.to_string(), now) else { panic!() };
        let (rules, unknown) = rules(&app);
        assert_eq!((rules.ignore.len(), unknown.len()), (1, 1));
        assert_eq!(rules.ignore[0].pointers, ["/spec/replicas"]);
    }

    #[test]
    fn what_flux_ignores_of_a_release_becomes_rules_and_a_pattern_is_named_and_hides_nothing() {
        use crate::domain::event::Parsed;
        use crate::domain::ids::ClusterId;
        let object = json!({"metadata": {"name": "a", "namespace": "n"}, "spec": {"driftDetection": {"mode": "warn", "ignore": [
            {"paths": ["/spec/replicas"], "target": {"kind": "Deployment"}}, {"paths": ["/spec/x"], "target": {"name": "web-.*"}},
            {"paths": ["/spec/y"], "target": {"labelSelector": "a=b"}}]}}});
        let (engine, kind) = crate::engine::watched().find(|(_, k)| k.kind == "HelmRelease").unwrap();
        let now = crate::domain::Timestamp::UNIX_EPOCH;
        let Parsed::App(app) = engine.parse(kind, &ClusterId::new("c"), "v2", &object.to_string(), now) else { panic!() };
        let (rules, unknown) = rules(&app);
        assert_eq!(unknown, ["driftDetection.ignore: patterns and selectors are not evaluated here"]);
        let [rule] = rules.ignore.as_slice() else { panic!("{rules:?}") };
        assert_eq!((rule.kind.as_str(), rule.source.as_str()), ("Deployment", "driftDetection.ignore"));
        assert_eq!(rule.pointers, ["/spec/replicas"]);
    }
}
