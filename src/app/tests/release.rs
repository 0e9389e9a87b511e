//! Helm releases that helm-controller does not look after: what we make of their objects.

use super::deck::Deck;
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::domain::event::{DetailEvent, LiveNode};
use crate::domain::ids::ObjectKey;
use crate::domain::status::{Health, Severity};
use serde_json::json;

fn severity(deck: &Deck) -> Severity {
    deck.state.row().unwrap().severity
}

/// A release of two objects, as installed; `mode` is its drift detection.
fn release(mode: Option<&str>, inventory: bool) -> serde_json::Value {
    let condition = |kind: &str| {
        json!({"type": kind, "status": "True", "reason": "InstallSucceeded", "message": "Helm install succeeded",
            "observedGeneration": 1, "lastTransitionTime": "2026-11-24T03:00:00Z"})
    };
    let mut object = json!({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": "redis", "namespace": "data", "uid": "r", "resourceVersion": "1", "generation": 1},
        "spec": {"interval": "5m", "chart": {"spec": {"chart": "redis", "version": "18.x", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}},
        "status": {"observedGeneration": 1, "conditions": [condition("Ready"), condition("Released")], "lastAttemptedRevision": "18.4.1",
            "storageNamespace": "data",
            "history": [{"name": "redis", "namespace": "data", "chartName": "redis", "chartVersion": "18.4.1", "version": 7, "status": "deployed"}]}});
    if let Some(mode) = mode {
        object["spec"]["driftDetection"] = json!({ "mode": mode });
    }
    if inventory {
        object["status"]["inventory"] =
            json!({"entries": [{"id": "data_redis__Service", "v": "v1"}, {"id": "data_redis_apps_StatefulSet", "v": "v1"}]});
    }
    object
}

fn assessments(effects: &[Effect]) -> Vec<(usize, Option<String>)> {
    let of = |e: &Effect| match e {
        Effect::Assess { resources, release, .. } => {
            Some((resources.len(), release.as_ref().map(|r| format!("{}/{}.v{}", r.namespace, r.name, r.version))))
        }
        _ => None,
    };
    effects.iter().filter_map(of).collect()
}

fn answer(deck: &mut Deck, health: Result<Health, String>) {
    let app = deck.state.fleet.derive.assessing.values().next().cloned().unwrap();
    let msg = super::assessed(&deck.state, app, health, vec![], vec![]);
    deck.send(msg);
}

#[test]
fn a_release_that_helm_controller_does_not_look_after_is_looked_after_by_us() {
    let mut deck = Deck::new();
    assert_eq!(assessments(&deck.see(1, &release(None, true))), [(2, None)]);
    deck.on("redis");
    assert_eq!(severity(&deck), Severity::Ok, "as of its last action, until we have looked");
    let app = deck.state.fleet.derive.assessing.values().next().cloned().unwrap();
    let gone = LiveNode { key: ObjectKey::new("", "Service", "data", "redis"), ..LiveNode::default() };
    let msg = super::assessed(&deck.state, app, Ok(Health::Missing), vec![], vec![gone.clone(), gone]);
    deck.send(msg);
    assert_eq!(severity(&deck), Severity::Missing);
    let said = deck.state.row().unwrap().verdict.clone();
    assert_eq!(said.short, "2 objects deleted; drift check is off");
    assert!(said.sentence.starts_with("Service data/redis is gone"), "what was read shows it: {}", said.sentence);
    assert!(said.sentence.contains("helm-controller does not look"), "{}", said.sentence);
    let seen = deck.state.row().unwrap().since;
    assert!(deck.state.now.as_second() - seen.as_second() < 2, "it is as old as our look, not as the release");
    deck.wait(60_000);
    deck.see(1, &release(None, true));
    assert_eq!(severity(&deck), Severity::Missing, "an event of the object changes nothing of that");
    let row = deck.state.row().unwrap();
    assert_eq!((row.since, row.since_exact), (seen, false), "it may be older than our first look");
    deck.wait(301_000);
    deck.send(Msg::Tick);
    answer(&mut deck, Ok(Health::Healthy));
    assert_eq!(severity(&deck), Severity::Ok, "it was put back");
    deck.wait(301_000);
    deck.send(Msg::Tick);
    answer(&mut deck, Ok(Health::Degraded));
    let row = deck.state.row().unwrap();
    assert!(row.since_exact && deck.state.now.as_second() - row.since.as_second() < 2, "this time it was seen to begin");
    deck.wait(301_000);
    deck.send(Msg::Tick);
    answer(&mut deck, Ok(Health::Healthy));
    let mut next = release(None, true);
    next["status"]["history"][0]["version"] = json!(8);
    assert_eq!(assessments(&deck.see(1, &next)).len(), 1, "a new release is looked at again");
}

#[test]
fn a_release_whose_drift_is_detected_is_believed() {
    for mode in ["warn", "enabled"] {
        let mut deck = Deck::new();
        assert!(assessments(&deck.see(1, &release(Some(mode), true))).is_empty(), "{mode}");
        deck.on("redis");
        assert_eq!(severity(&deck), Severity::Ok, "{mode}");
    }
}

#[test]
fn a_release_whose_objects_cannot_be_read_or_reached_is_not_called_well() {
    let mut deck = Deck::new();
    deck.see(1, &release(None, true));
    deck.on("redis");
    answer(&mut deck, Err("services is forbidden".into()));
    assert_eq!(severity(&deck), Severity::Unassessed);
    let said = deck.state.row().unwrap().verdict.clone();
    assert!(said.sentence.contains("services is forbidden"), "{}", said.sentence);
    deck.see(1, &release(None, true));
    assert_eq!(severity(&deck), Severity::Unassessed);
    let mut deck = Deck::new();
    let mut far = release(None, true);
    far["spec"]["kubeConfig"] = json!({"secretRef": {"name": "far"}});
    deck.see(1, &far);
    deck.on("redis");
    assert_eq!(severity(&deck), Severity::Unassessed);
}

#[test]
fn a_release_without_inventory_is_read_from_what_helm_stored() {
    let mut deck = Deck::new();
    assert_eq!(assessments(&deck.see(1, &release(None, false))), [(0, Some("data/redis.v7".into()))]);
    let app = deck.state.fleet.derive.assessing.values().next().cloned().unwrap();
    let told = crate::domain::app::ManagedResource {
        key: ObjectKey::new("", "Service", "data", "redis"),
        version: "v1".into(),
        ..crate::domain::app::ManagedResource::default()
    };
    let msg = super::assessed(&deck.state, app, Ok(Health::Missing), vec![told], vec![]);
    deck.send(msg);
    deck.see(1, &release(None, false));
    deck.on("redis");
    assert_eq!((severity(&deck), deck.state.row().unwrap().app.resources.len()), (Severity::Missing, 1));
    deck.wait(301_000);
    assert_eq!(assessments(&deck.send(Msg::Tick)), [(1, None)], "its objects are known now");
}

#[test]
fn the_tree_in_view_shows_at_once_that_an_object_of_a_release_is_gone() {
    let mut deck = Deck::new();
    deck.see(1, &release(None, true));
    deck.on("redis");
    answer(&mut deck, Ok(Health::Healthy));
    let app = deck.state.view.app.clone().unwrap();
    let at = deck.state.now;
    let node =
        |kind: &str, group: &str, exists| LiveNode { key: ObjectKey::new(group, kind, "data", "redis"), exists, ..LiveNode::default() };
    let part = vec![node("Service", "", false)];
    deck.send(Msg::Detail(DetailEvent::Tree { app: app.clone(), at, nodes: Ok(part.clone()) }));
    assert_eq!(severity(&deck), Severity::Ok, "a part of the tree is no answer");
    let whole = vec![node("Service", "", false), node("StatefulSet", "apps", true)];
    deck.send(Msg::Detail(DetailEvent::Tree { app, at, nodes: Ok(whole) }));
    assert_eq!(severity(&deck), Severity::Missing);
    assert!(deck.state.row().unwrap().verdict.sentence.starts_with("Service data/redis is gone"));
}

#[test]
fn an_answer_about_a_release_before_the_present_one_is_dropped_and_asked_anew() {
    let mut deck = Deck::new();
    deck.see(1, &release(None, false));
    deck.on("redis");
    let app = deck.state.fleet.derive.assessing.values().next().cloned().unwrap();
    let late = super::assessed(&deck.state, app, Ok(Health::Missing), vec![], vec![]);
    let mut newer = release(None, false);
    newer["status"]["history"][0]["version"] = json!(8);
    newer["metadata"]["resourceVersion"] = json!("99");
    deck.see(1, &newer);
    let out = deck.send(late);
    assert_ne!(severity(&deck), Severity::Missing);
    assert_eq!(assessments(&out), [(0, Some("data/redis.v8".into()))], "{out:?}");
}

#[test]
fn a_release_that_names_no_object_is_not_called_well() {
    let mut deck = Deck::new();
    deck.see(1, &release(None, false));
    deck.on("redis");
    answer(&mut deck, crate::app::assess::worst(&[]));
    assert_eq!(severity(&deck), Severity::Unassessed);
    let said = deck.state.row().unwrap().verdict.clone();
    assert_eq!((said.short.as_str(), said.next_word.as_str()), ("its release holds no object", "fix_in_git"), "{}", said.sentence);
    assert!(said.sentence.contains("nothing of redis runs"), "{}", said.sentence);
}
