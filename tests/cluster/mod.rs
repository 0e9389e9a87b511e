//! The program against servers that misbehave: sessions, runtime and `update` together, over real HTTP.

mod engines;

use crate::deck::{Deck, id};
use crate::read::whole;
use driftdeck::app::destination::{Proof, Suggestion};
use driftdeck::app::effect::Effect;
use driftdeck::app::fleet::Cluster;
use driftdeck::app::mapping::{self, Target};
use driftdeck::app::overlay::Overlay;
use driftdeck::app::overlay::confirm::Focus;
use driftdeck::app::state::AppState;
use driftdeck::domain::cluster::{KindState, Link};
use driftdeck::domain::ids::{AppId, AppKind, ClusterId};
use driftdeck::domain::plan::Outcome;
use driftdeck::domain::status::Severity;
use driftdeck::sim::api::{Deny, Garbage, LostReply};
use driftdeck::sim::demo::OPERATOR;
use driftdeck::sim::scenario::Scenario;
use serde_json::{Value, json};

fn cluster(name: &str) -> ClusterId {
    ClusterId::new(name)
}

/// Any Kustomization of the cluster.
fn some(deck: &Deck, name: &str) -> AppId {
    deck.state
        .fleet
        .rows
        .keys()
        .filter(|id| id.cluster.as_str() == name && id.kind == AppKind::Kustomization)
        .min()
        .unwrap_or_else(|| panic!("no Kustomization on {name}\n{}", deck.picture()))
        .clone()
}

async fn watching(contexts: &[&str]) -> Deck {
    let mut deck = Deck::start(Scenario::Quiet, contexts).await;
    let names: Vec<String> = contexts.iter().map(|c| (*c).to_owned()).collect();
    deck.until("every chosen cluster is live with rows", |s| {
        names.iter().all(|n| {
            let ready = |c: &Cluster| matches!(c.link, Link::Live { .. }) && whole(c);
            s.fleet.clusters.get(&cluster(n)).is_some_and(ready)
                && s.fleet.rows.keys().any(|id| id.cluster.as_str() == n && id.kind == AppKind::Kustomization)
        })
    })
    .await;
    deck
}

/// Marks the object on the server; the row shows it once it was read again.
fn touch(deck: &Deck, id: &AppId, suspend: bool) {
    edit(deck, id, |object| object["spec"]["suspend"] = json!(suspend));
}

/// In one step: the controllers write the same objects.
fn edit(deck: &Deck, id: &AppId, change: impl FnOnce(&mut Value)) {
    let server = deck.demo.server(id.cluster.as_str()).unwrap();
    server.edit("kustomize.toolkit.fluxcd.io", "kustomizations", &id.namespace, &id.name, change).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_watch_and_an_expired_version_lose_no_change_and_no_row() {
    let mut deck = watching(&["prod-eu"]).await;
    let rows = deck.state.fleet.rows.len();
    let app = some(&deck, "prod-eu");
    for round in [true, false, true] {
        deck.demo.server("prod-eu").unwrap().expire_versions();
        deck.demo.server("prod-eu").unwrap().faults().drop_watches();
        touch(&deck, &app, round);
        deck.until("the change is seen", |s| s.fleet.rows.get(&app).is_some_and(|r| r.app.suspended == round)).await;
        assert_eq!(deck.state.fleet.rows.len(), rows, "no row came or went");
    }
    deck.demo.server("prod-eu").unwrap().faults().drop_connections();
    touch(&deck, &app, false);
    deck.until("the change is seen over a new connection", |s| s.fleet.rows.get(&app).is_some_and(|r| !r.app.suspended)).await;
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_object_leaves_the_list_even_when_it_went_while_nobody_watched() {
    let mut deck = watching(&["prod-eu"]).await;
    // The one that no other applies again.
    let app = id("prod-eu", AppKind::Kustomization, "flux-system", "flux-system");
    let server = deck.demo.server("prod-eu").unwrap().clone();
    server.faults().set(|f| f.refuse = true);
    deck.until("the cluster is down", |s| s.fleet.rows.values().all(|r| r.stale_as_of.is_some())).await;
    edit(&deck, &app, |object| object["metadata"]["finalizers"] = json!([]));
    server.delete("kustomize.toolkit.fluxcd.io", "kustomizations", &app.namespace, &app.name).unwrap();
    assert!(deck.state.fleet.rows.contains_key(&app), "it stays, marked as old");
    server.faults().clear();
    deck.send(driftdeck::app::msg::Msg::Tick);
    deck.runtime.run(Effect::RetryCluster(cluster("prod-eu")));
    deck.until("it is gone and the others are live", |s| {
        !s.fleet.rows.contains_key(&app) && s.fleet.rows.values().all(|r| r.stale_as_of.is_none())
    })
    .await;
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_server_shows_as_such_and_holds_no_other_up() {
    let mut deck = watching(&["prod-eu", "stage-eu"]).await;
    let is_live = |deck: &Deck| deck.state.fleet.clusters[&cluster("prod-eu")].link.is_live();
    deck.demo.server("prod-eu").unwrap().faults().set(|f| f.frozen = true);
    let other = some(&deck, "stage-eu");
    touch(&deck, &other, true);
    deck.until("the other cluster goes on", |s| s.fleet.rows.get(&other).is_some_and(|r| r.app.suspended)).await;
    assert!(is_live(&deck), "the change waited until the frozen neighbour was given up");
    deck.until("the frozen one is seen as such", |s| !s.fleet.clusters[&cluster("prod-eu")].link.is_live()).await;
    assert!(deck.state.fleet.rows.values().filter(|r| r.app.id.cluster.as_str() == "prod-eu").all(|r| r.severity == Severity::Unknown));
    assert!(deck.row(&other).stale_as_of.is_none());
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_is_no_object_becomes_a_row_that_says_so() {
    let mut deck = Deck::start(Scenario::Quiet, &["prod-eu"]).await;
    let json = json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "odd", "namespace": "shop", "uid": "odd", "resourceVersion": "1"}, "spec": 7, "status": [true]});
    let garbage = Garbage { plural: "kustomizations".into(), json: json.to_string() };
    deck.demo.server("prod-eu").unwrap().faults().set(|f| f.garbage = Some(garbage));
    deck.demo.server("prod-eu").unwrap().faults().drop_watches();
    let odd = id("prod-eu", AppKind::Kustomization, "shop", "odd");
    deck.until("the odd row and the others", |s| s.fleet.rows.len() > 5 && s.fleet.rows.contains_key(&odd)).await;
    let row = deck.row(&odd);
    assert!(row.app.unreadable.is_some(), "{:?}", row.app);
    assert_eq!(row.severity, Severity::Unknown);
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kind_that_may_not_be_listed_is_named_and_the_rest_is_live() {
    let mut deck = Deck::start(Scenario::Quiet, &["stage-eu"]).await;
    let resource = "helmreleases.helm.toolkit.fluxcd.io".to_owned();
    deck.demo.server("stage-eu").unwrap().faults().set(|f| f.forbidden.push(Deny { resource, ..Deny::default() }));
    deck.demo.server("stage-eu").unwrap().faults().drop_connections();
    deck.until("forbidden, by name", |s| {
        let Some(c) = s.fleet.clusters.get(&cluster("stage-eu")) else { return false };
        matches!(&c.link, Link::Forbidden { kinds, .. } if kinds.iter().any(|k| k.contains("helmreleases")))
            && matches!(c.kinds.get("kustomizations"), Some(KindState::Live))
    })
    .await;
    assert!(deck.state.fleet.rows.values().any(|r| r.app.id.kind == AppKind::Kustomization && r.stale_as_of.is_none()));
    deck.stop().await;
}

/// Presses tab until the focus of the dialog is where it should be.
fn tab_to(deck: &mut Deck, there: impl Fn(Focus) -> bool) {
    for _ in 0..6 {
        if matches!(deck.state.overlays.last(), Some(Overlay::Confirm(c)) if there(c.focus)) {
            return;
        }
        deck.key("tab");
    }
    panic!("tab never came there\n{}", deck.picture());
}

/// Confirms a suspend of this app with a reason.
async fn suspend(deck: &mut Deck, app: &AppId) {
    deck.on(app).await;
    deck.key("p");
    deck.ready().await;
    tab_to(deck, |focus| focus == Focus::Reason);
    deck.types("test");
    // A letter is text in a field: it confirms from a button only.
    tab_to(deck, |focus| !focus.is_text());
    deck.key("y");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_reply_is_lost_is_sent_once_and_known_after_reading_again() {
    let mut deck = watching(&["stage-eu"]).await;
    let app = some(&deck, "stage-eu");
    let server = deck.demo.server("stage-eu").unwrap().clone();
    let get = || server.get("kustomize.toolkit.fluxcd.io", "kustomizations", &app.namespace, &app.name).unwrap();
    let before = get()["metadata"]["generation"].as_i64().unwrap();
    // Of the operator's patch, not of what the controllers write all the time.
    server.faults().set(|f| f.lost_replies = vec![LostReply { user: OPERATOR.into(), verb: "patch".into() }]);
    suspend(&mut deck, &app).await;
    deck.until("an outcome", |s| s.tasks.first().is_some_and(|t| t.outcome.is_some())).await;
    assert!(server.faults().settings().lost_replies.is_empty(), "the reply to the patch got lost");
    assert_eq!(deck.state.tasks[0].outcome, Some(Outcome::Sent { commit: None }), "{}", deck.picture());
    let object = get();
    assert_eq!(object["spec"]["suspend"], true, "{}", deck.picture());
    assert_eq!(object["metadata"]["generation"].as_i64().unwrap(), before + 1, "written once");
    assert!(object["metadata"]["annotations"]["driftdeck/frozen"].as_str().unwrap().contains("test"));
    deck.until("the watch ends the task", |s| s.tasks[0].ended.as_ref().is_some_and(|(_, good, _)| *good)).await;
    assert!(deck.row(&app).app.suspended);
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forbidden_write_says_so_and_changes_nothing() {
    let mut deck = watching(&["stage-eu"]).await;
    let app = some(&deck, "stage-eu");
    deck.on(&app).await;
    deck.key("p");
    let may = |s: &AppState| {
        let Some(Overlay::Confirm(dialog)) = s.overlays.last() else { return false };
        dialog.plan.lines.iter().any(|l| l.label == "rights" && l.text.ends_with(": yes"))
    };
    deck.until("the cluster says that it may be patched", may).await;
    deck.key("esc");
    // The right is taken away while the dialog is read.
    deny_patches(&deck);
    suspend(&mut deck, &app).await;
    deck.until("an outcome", |s| s.tasks.first().is_some_and(|t| t.outcome.is_some())).await;
    assert!(
        matches!(&deck.state.tasks[0].outcome, Some(Outcome::Failed { reason, .. }) if reason.contains("forbidden")),
        "{}",
        deck.picture()
    );
    assert!(!deck.row(&app).app.suspended && deck.row(&app).pending.is_none());
    deck.stop().await;
}

fn deny_patches(deck: &Deck) {
    deck.demo.server("stage-eu").unwrap().faults().set(|f| f.forbidden.push(Deny { verb: "patch".into(), ..Deny::default() }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_cluster_does_not_allow_is_refused_before_it_is_tried() {
    let mut deck = watching(&["stage-eu"]).await;
    let app = some(&deck, "stage-eu");
    deny_patches(&deck);
    deck.on(&app).await;
    deck.key("s");
    let refused = |s: &AppState| matches!(s.overlays.last(), Some(Overlay::Confirm(c)) if c.plan.refused.as_ref().is_some_and(|r| r.headline == "Not allowed."));
    deck.until("the plan is refused", refused).await;
    deck.ready().await;
    deck.key("y");
    assert!(deck.state.tasks.is_empty(), "{}", deck.picture());
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_comes_back_by_itself_is_live_again() {
    let mut deck = watching(&["prod-eu"]).await;
    let server = deck.demo.server("prod-eu").unwrap().clone();
    server.faults().set(|f| f.refuse = true);
    deck.until("down", |s| matches!(s.fleet.clusters[&cluster("prod-eu")].link, Link::Unreachable { .. })).await;
    assert!(deck.state.notices.list.iter().any(|n| n.text.starts_with("prod-eu: ")));
    server.faults().clear();
    deck.until("live again", |s| {
        s.fleet.clusters[&cluster("prod-eu")].link.is_live() && s.fleet.rows.values().all(|r| r.stale_as_of.is_none())
    })
    .await;
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_context_chosen_for_a_destination_is_taken_when_the_objects_are_there_and_only_then() {
    let contexts = ["hub-eu", "prod-us", "prod-eu"];
    let mut deck = Deck::start(Scenario::Quiet, &contexts).await;
    // No map in the config, and the name alone was looked at in vain a moment ago.
    deck.state.settings.destinations.clear();
    let vain = Suggestion { cluster: cluster("prod-us"), state: Proof::Missing(deck.state.now), by_operator: false };
    deck.state.fleet.suggestions.insert((cluster("hub-eu"), "prod-us".into()), vain);
    let app = id("hub-eu", AppKind::Application, "argocd", "payments");
    let is_known = |s: &AppState| s.fleet.rows.get(&app).is_some_and(|r| !r.app.resources.is_empty());
    deck.until("payments is read", is_known).await;
    deck.until("the contexts are live", |s| contexts.iter().all(|c| s.fleet.clusters.get(&cluster(c)).is_some_and(|c| c.link.is_live())))
        .await;
    assert_eq!(deck.row(&app).app.destination.cluster, None);
    for (context, told) in [("prod-eu", "prod-us stays unmapped: prod-eu has objects"), ("prod-us", "is reached by context prod-us")] {
        deck.on(&app).await;
        deck.key(":");
        deck.types("map prod-us");
        deck.key("enter");
        deck.ready().await;
        let target = Target { home: cluster("hub-eu"), destination: "prod-us".into() };
        let choices = mapping::choices(&deck.state, &target);
        let at = choices.iter().position(|c| matches!(c, mapping::Choice::Context { id, .. } if id.as_str() == context)).unwrap();
        (0..at).for_each(|_| deck.key("j"));
        deck.key("enter");
        let is_told = |s: &AppState| s.notices.list.iter().any(|n| n.text.contains(told));
        deck.until("what the look found is told", is_told).await;
        let expected = (context == "prod-us").then(|| cluster("prod-us"));
        assert_eq!(deck.row(&app).app.destination.cluster, expected, "{}", deck.picture());
    }
    let kept = |s: &AppState| s.mapped.get("hub-eu/prod-us") == Some(&cluster("prod-us"));
    deck.until("the choice is kept", kept).await;
    deck.stop().await;
}
