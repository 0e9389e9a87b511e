//! Objects of every kind asked for, and what is said of those that concern an app; each with one that does not.

use super::*;
use crate::domain::event::Parsed;
use crate::domain::ids::{ClusterId, EngineKind};
use crate::engine::{Engine, engine};
use serde_json::json;

fn app() -> App {
    let object = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "payments", "namespace": "shop", "uid": "u", "resourceVersion": "1"},
        "spec": {"interval": "10m", "path": "./apps/payments/overlays/eu", "prune": true,
            "sourceRef": {"kind": "GitRepository", "name": "fleet", "namespace": "flux-system"}}
    });
    let flux = engine(EngineKind::Flux);
    let kind = flux.watched().iter().find(|k| k.kind == "Kustomization").unwrap();
    match flux.parse(kind, &ClusterId::new("prod"), "v1", &object.to_string(), crate::domain::Timestamp::UNIX_EPOCH) {
        Parsed::App(app) => *app,
        other => panic!("{other:?}"),
    }
}

/// What these objects, each with its kind, are to the app.
fn said(objects: &[(&str, Value)]) -> Vec<String> {
    let app = app();
    let found: Vec<(Lookup, Vec<Value>)> = crate::engine::flux::Flux
        .lookups(&app)
        .into_iter()
        .map(|l| {
            let of_kind = objects.iter().filter(|(kind, _)| *kind == l.kind).map(|(_, o)| o.clone()).collect();
            (l, of_kind)
        })
        .collect();
    neighbours(&app, &found).into_iter().map(|n| format!("{} {} {:?} {}: {}", n.key.kind, n.key.name, n.good, n.held, n.says)).collect()
}

fn meta(namespace: &str, name: &str) -> Value {
    json!({"namespace": namespace, "name": name})
}

#[test]
fn a_receiver_concerns_the_apps_of_the_source_it_names_and_no_others() {
    let ready =
        json!({"conditions": [{"type": "Ready", "status": "False", "reason": "SecretNotFound", "message": "secret hook-token missing"}]});
    let receiver = |source: Value| json!({"metadata": meta("flux-system", "push"), "spec": {"type": "github", "resources": [source]}, "status": ready});
    let ours = receiver(json!({"kind": "GitRepository", "name": "fleet"}));
    let said_of = |r: Value| said(&[("Receiver", r)]);
    assert_eq!(
        said_of(ours),
        [
            "Receiver push Some(false) false: webhook (github): what it names is fetched as soon as a push is reported; SecretNotFound: secret hook-token missing"
        ]
    );
    assert!(said_of(receiver(json!({"kind": "GitRepository", "name": "other"}))).is_empty());
    assert!(said_of(receiver(json!({"kind": "GitRepository", "name": "fleet", "namespace": "team"}))).is_empty(), "of another namespace");
    assert!(said_of(receiver(json!({"kind": "HelmRepository", "name": "fleet"}))).is_empty(), "of another kind");
}

#[test]
fn an_alert_names_whom_it_tells_and_never_the_address() {
    let provider = json!({"metadata": meta("shop", "ops"), "spec": {"type": "slack", "channel": "oncall", "address": "https://hooks.example.com/T0/SECRET"}});
    let alert = |spec: Value| json!({"metadata": meta("shop", "all"), "spec": spec});
    let all = alert(
        json!({"providerRef": {"name": "ops"}, "eventSeverity": "error", "eventSources": [{"kind": "Kustomization", "name": "*"}], "suspend": true}),
    );
    let told = said(&[("Alert", all), ("Provider", provider)]);
    assert_eq!(told, ["Alert all None true: tells ops (slack oncall): errors only; suspended"]);
    assert!(!told.concat().contains("SECRET"));
    let gone = alert(
        json!({"providerRef": {"name": "gone"}, "eventSources": [{"kind": "Kustomization", "name": "payments", "matchLabels": {"a": "b"}}]}),
    );
    assert_eq!(said(&[("Alert", gone)]), ["Alert all None false: tells gone (not seen): every event, where the labels fit"]);
    let other = alert(json!({"providerRef": {"name": "ops"}, "eventSources": [{"kind": "Kustomization", "name": "orders"}]}));
    assert!(said(&[("Alert", other)]).is_empty());
}

#[test]
fn automation_that_writes_into_what_the_app_is_built_from_comes_with_its_policies() {
    let automation = |path: &str| {
        json!({"metadata": meta("flux-system", "tags"), "spec": {"interval": "30m", "sourceRef": {"kind": "GitRepository", "name": "fleet"},
            "update": {"path": path}, "policySelector": {"matchLabels": {"team": "pay"}}},
            "status": {"lastPushCommit": "4f2c91d8aa", "lastPushTime": "2026-11-24T03:01:10Z", "conditions": [{"type": "Ready", "status": "True"}]}})
    };
    let policy = |name: &str, team: &str, status: Value| {
        let mut meta = meta("flux-system", name);
        meta["labels"] = json!({"team": team});
        ("ImagePolicy", json!({"metadata": meta, "status": status}))
    };
    let objects = |path: &str| {
        vec![
            ("ImageUpdateAutomation", automation(path)),
            policy("payments", "pay", json!({"latestRef": {"name": "reg/payments", "tag": "2.14.1"}})),
            policy("till", "pay", json!({"latestImage": "reg/till:1.0"})),
            policy("web", "web", json!({})),
        ]
    };
    assert_eq!(
        said(&objects("./apps")),
        [
            "ImageUpdateAutomation tags Some(true) false: writes image tags into git every 30m; last push 4f2c91d at 2026-11-24T03:01:10Z",
            "ImagePolicy payments None false: newest allowed is reg/payments:2.14.1",
            "ImagePolicy till None false: newest allowed is reg/till:1.0",
        ]
    );
    assert_eq!(said(&objects("./apps/payments/base")).len(), 3, "a base beside the overlay may be part of its build");
    assert!(said(&objects("./infra")).is_empty(), "without the automation its policies concern nobody");
}

#[test]
fn what_flux_operator_made_the_app_from_is_found_by_its_inventory() {
    let set = |id: &str| json!({"metadata": meta("flux-system", "teams"), "spec": {}, "status": {"inventory": {"entries": [{"id": id, "v": "v1"}]}}});
    let ours = set("shop_payments_kustomize.toolkit.fluxcd.io_Kustomization");
    assert_eq!(said(&[("ResourceSet", ours)]), ["ResourceSet teams None false: generates this app from its inputs"]);
    assert!(said(&[("ResourceSet", set("shop_orders_kustomize.toolkit.fluxcd.io_Kustomization"))]).is_empty());
    let mut meta = meta("shop", "flux");
    meta["annotations"] = json!({"fluxcd.controlplane.io/reconcile": "disabled"});
    let instance = json!({"metadata": meta, "spec": {"distribution": {"version": "2.x"}, "sync": {"name": "payments"}}, "status": {"lastAppliedRevision": "v2.9.4@sha256:aa"}});
    assert_eq!(
        said(&[("FluxInstance", instance)]),
        ["FluxInstance flux None true: installs Flux 2.x, runs v2.9.4 and makes this app; reconciling is disabled"]
    );
}
