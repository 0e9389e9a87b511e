//! A cluster one of whose controllers was stopped, read over real HTTP: never green, and told where an operator looks.

use crate::deck::{Deck, id};
use driftdeck::app::engines::worst;
use driftdeck::domain::controllers::Level;
use driftdeck::domain::ids::{AppKind, ClusterId};
use driftdeck::domain::status::Severity;
use driftdeck::sim::scenario::Scenario;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_apps_of_a_stopped_controller_are_marked_and_those_of_its_neighbours_are_not() {
    let mut deck = Deck::start(Scenario::Stopped, &["prod-eu", "stage-eu"]).await;
    let (prod, stage) = (ClusterId::new("prod-eu"), ClusterId::new("stage-eu"));
    let web = id("prod-eu", AppKind::Kustomization, "shop", "web");
    let redis = id("prod-eu", AppKind::HelmRelease, "data", "redis");
    let other = id("stage-eu", AppKind::Kustomization, "shop", "web");
    deck.until("both clusters say how their engines do", |s| {
        let level = |id: &ClusterId| s.fleet.clusters.get(id).and_then(worst).map(|w| w.level);
        level(&prod) == Some(Level::Down)
            && level(&stage) == Some(Level::Poor)
            && [&web, &redis, &other].iter().all(|id| s.fleet.rows.contains_key(id))
    })
    .await;
    let row = deck.row(&web);
    assert_eq!((row.severity, row.verdict.is_old), (Severity::Unknown, true), "{}", deck.picture());
    assert!(row.verdict.short.starts_with("kustomize-controller down"), "{:?}", row.verdict);
    assert!(row.verdict.sentence.contains("OOMKilled"), "{:?}", row.verdict);
    let line = row.verdict.evidence.iter().find(|e| e.what == "kustomize-controller").unwrap();
    assert!(line.value.contains("0 of 1 ready, v1.9.4") && line.source == "Deployment, Lease", "{line:?}");
    for neighbour in [&redis, &other] {
        assert!(!deck.row(neighbour).verdict.is_old, "{neighbour:?}: {:?}", deck.row(neighbour).verdict);
    }
    let slow = worst(&deck.state.fleet.clusters[&stage]).unwrap();
    assert_eq!((slow.word.as_str(), slow.rule.as_str()), ("Flux slow", "notification-down"));
    assert!(deck.state.notices.list.iter().any(|n| n.text.starts_with("prod-eu: kustomize-controller down")));
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_that_is_well_has_nothing_to_say_of_its_engines_and_its_leases_are_renewed() {
    let mut deck = Deck::start(Scenario::Quiet, &["prod-eu", "hub-eu"]).await;
    let read =
        |s: &driftdeck::app::state::AppState, name: &str| s.fleet.clusters.get(&ClusterId::new(name)).and_then(|c| c.controllers.clone());
    deck.until("both were looked at", |s| read(s, "prod-eu").is_some() && read(s, "hub-eu").is_some()).await;
    for cluster in deck.state.fleet.clusters.values() {
        assert!(worst(cluster).is_none(), "{:?}", cluster.warnings);
    }
    let flux = read(&deck.state, "prod-eu").unwrap();
    assert!(flux.unread.is_empty() && flux.list.len() == 5, "{flux:?}");
    assert!(flux.list.iter().all(|c| c.is_ready() && c.pods.as_ref().is_some_and(|p| p.count == 1)), "{flux:?}");
    assert!(flux.list.iter().all(|c| c.lease.as_ref().is_some_and(|l| l.holder.starts_with(&c.name))), "{flux:?}");
    let argo = read(&deck.state, "hub-eu").unwrap();
    assert!(argo.list.iter().any(|c| c.component == "application-controller" && c.lease.is_none()), "{argo:?}");
    let api = deck.demo.server("prod-eu").unwrap().clone();
    let renewed = || {
        let leases = api.list("coordination.k8s.io", "leases", "flux-system");
        leases.iter().map(|l| l["spec"]["renewTime"].to_string()).collect::<Vec<_>>()
    };
    let before = renewed();
    assert_eq!(before.len(), 5);
    deck.until("every Lease is renewed", |_| renewed().iter().zip(&before).all(|(now, before)| now != before)).await;
    deck.stop().await;
}
