//! Drift groups and two cells of the matrix, against the simulated fleet: real objects, real manifests, real renders.

use crate::deck::{Deck, id};
use driftdeck::app::drift::Line;
use driftdeck::app::state::{AppState, Screen};
use driftdeck::domain::diff::{DiffKind, DiffSet};
use driftdeck::domain::ids::{AppId, AppKind};
use driftdeck::domain::status::Sync;
use driftdeck::sim::scenario::Scenario;
use serde_json::json;

fn app(name: &str) -> AppId {
    id("hub-eu", AppKind::Application, "argocd", name)
}

fn words(state: &AppState) -> Vec<String> {
    let view = &state.view.drift;
    let one = |line: &Line| match line {
        Line::Group(d) => format!("{} by {} x{}", d.words(), d.by().unwrap_or("-"), view.group(d).map_or(0, |g| g.apps.len())),
        Line::Failed(id) => format!("failed {}: {:?}", id.name, view.answers[id].result),
        Line::Equal(id) => format!("equal {}", id.name),
        Line::Place(id, key) => format!("{} {}", id.name, key.title()),
    };
    view.lines.iter().map(one).collect()
}

/// Git wants five of the first two, and three of the last.
const SCALED: [&str; 3] = ["ledger", "web", "orders"];

/// As a person would, and Kubernetes writes down who.
fn scale(deck: &Deck, name: &str, replicas: u64) {
    let change = |object: &mut serde_json::Value| {
        object["spec"]["replicas"] = json!(replicas);
        let entry = json!({"manager": "kubectl-scale", "operation": "Update", "apiVersion": "apps/v1", "time": "2099-01-01T00:00:00Z",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:replicas": {}}}});
        if let Some(list) = object["metadata"]["managedFields"].as_array_mut() {
            list.push(entry);
        }
    };
    let server = deck.demo.server("prod-us").unwrap();
    let namespace =
        server.list("apps", "deployments", "").into_iter().find(|d| d["metadata"]["name"] == name).unwrap()["metadata"]["namespace"]
            .as_str()
            .unwrap()
            .to_owned();
    server.edit("apps", "deployments", &namespace, name, change).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_edit_on_two_apps_is_one_group_and_its_twin_another_and_the_diff_shows_the_same() {
    let mut deck = Deck::start(Scenario::Quiet, &["hub-eu", "prod-us"]).await;
    let all = |s: &AppState, sync| SCALED.iter().all(|n| s.fleet.rows.get(&app(n)).is_some_and(|r| r.app.sync == sync));
    deck.until("the apps are in sync", |s| all(s, Sync::Synced)).await;
    SCALED.iter().for_each(|name| scale(&deck, name, 7));
    deck.until("the engine sees it", |s| all(s, Sync::OutOfSync)).await;
    deck.key("D");
    deck.until("all are compared", |s| !s.view.drift.is_busy()).await;
    let told = words(&deck.state);
    assert_eq!(told, ["Deployment replicas 5 -> 7 by kubectl-scale x2", "Deployment replicas 3 -> 7 by kubectl-scale x1"]);
    deck.key("enter");
    deck.key("d");
    deck.until("the diff is there", |s| matches!(&s.screen, Screen::Diff(d) if d.result.is_some())).await;
    let Screen::Diff(diff) = &deck.state.screen else { panic!("{}", deck.picture()) };
    let set = diff.result.clone().unwrap().unwrap();
    assert_eq!(set.differing(), 1);
    assert_eq!(set.resources[0].fields[0].live.as_deref(), Some("7"));
    deck.stop().await;
}

/// What each resource is called and how it differs.
fn differing(set: &DiffSet) -> Vec<String> {
    set.resources.iter().filter(|r| r.kind != DiffKind::Same).map(|r| format!("{:?} {}", r.kind, r.key.title())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_marked_cells_compare_what_their_apps_run_each_rendered_for_its_cluster() {
    let mut deck = Deck::start(Scenario::Quiet, &["hub-eu", "prod-us", "prod-eu"]).await;
    let other = id("prod-eu", AppKind::Kustomization, "payments", "payments");
    let is_known = |s: &AppState, id: &AppId| {
        let row = s.fleet.rows.get(id);
        row.is_some_and(|r| r.stale_as_of.is_none() && r.app.revision.is_some() && r.app.sources.iter().any(|s| s.repo().is_some()))
    };
    deck.until("both are read", |s| is_known(s, &app("payments")) && is_known(s, &other)).await;
    deck.state.view.marks = [app("payments"), other.clone()].into();
    deck.key("m");
    deck.key("d");
    deck.until("they are compared", |s| matches!(&s.screen, Screen::Diff(d) if d.result.is_some())).await;
    let Screen::Diff(diff) = &deck.state.screen else { panic!("{}", deck.picture()) };
    let set = diff.result.clone().unwrap().unwrap();
    assert!(
        set.left.label.contains(" runs git fleet ") && set.right.label.contains(" runs git fleet "),
        "{} {}",
        set.left.label,
        set.right.label
    );
    let told = differing(&set);
    assert!(!told.is_empty() && told.iter().all(|t| t.starts_with("Changed ")), "both have the same objects: {told:?}");
    assert_eq!(set.estimate, "both rendered from git");
    deck.stop().await;
}
