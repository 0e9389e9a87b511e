//! Servers that die, freeze and come back, and the ways not to get in.

use crate::deck::{Deck, LONG, app_id, link};
use crate::lab::files::{Entry, entry, kubeconfig};
use crate::lab::{Server, objects, pki, story, story_of_lone};
use driftdeck::domain::cluster::Link;
use driftdeck::domain::ids::AppKind;
use serde_json::{Value, json};
use std::time::Instant;

async fn suspended(server: &Server, name: &str) -> Value {
    let mut object = objects::kustomization("default", name, "none");
    object["spec"]["suspend"] = json!(true);
    server.create(&object).await;
    object
}

#[test]
fn a_killed_server_shows_leaves_the_other_alone_and_is_read_again_when_it_is_back() {
    story_of_lone(|lab, lone| async move {
        let lone = lone.lock().await;
        let object = suspended(&lone, "killed").await;
        let beside = suspended(&lab.edge, "beside").await;
        let dir = tempfile::tempdir().expect("a directory");
        let mut deck = Deck::open(lab, &kubeconfig(dir.path(), &[entry("lone", &lone, "admin"), entry("edge", &lab.edge, "admin")]));
        let (mine, other) =
            (app_id("lone", AppKind::Kustomization, "default", "killed"), app_id("edge", AppKind::Kustomization, "default", "beside"));
        deck.wait("both rows are there", LONG, |s| s.fleet.rows.contains_key(&mine) && s.fleet.rows.contains_key(&other)).await;
        lone.kill_api();
        let begin = Instant::now();
        deck.wait("the dead server is unreachable", LONG, |s| matches!(link(s, "lone"), Some(Link::Unreachable { .. }))).await;
        println!("a killed server shows after {:.1?}", begin.elapsed());
        assert!(deck.state.fleet.rows[&mine].stale_as_of.is_some(), "its rows are kept and marked");
        lab.edge.merge(&beside, &json!({"spec": {"suspend": false}})).await;
        deck.wait("the other cluster goes on", LONG, |s| {
            s.fleet.rows.get(&other).is_some_and(|r| !r.app.suspended && r.stale_as_of.is_none())
        })
        .await;
        assert!(deck.link("edge").is_live());
        lone.start_api();
        lone.ready().await;
        lone.merge(&object, &json!({"spec": {"suspend": false}})).await;
        deck.wait("it is live again and read again", LONG, |s| {
            matches!(link(s, "lone"), Some(Link::Live { .. }))
                && s.fleet.rows.get(&mine).is_some_and(|r| !r.app.suspended && r.stale_as_of.is_none())
        })
        .await;
    });
}

#[test]
fn a_frozen_server_shows_and_is_live_again_once_it_answers() {
    story_of_lone(|lab, lone| async move {
        let lone = lone.lock().await;
        suspended(&lone, "frozen").await;
        let dir = tempfile::tempdir().expect("a directory");
        let mut deck = Deck::open(lab, &kubeconfig(dir.path(), &[entry("lone", &lone, "admin")]));
        let id = app_id("lone", AppKind::Kustomization, "default", "frozen");
        deck.wait("the row is there", LONG, |s| s.fleet.rows.contains_key(&id) && matches!(link(s, "lone"), Some(Link::Live { .. }))).await;
        lone.freeze(true);
        let begin = Instant::now();
        deck.wait("the frozen server is unreachable", LONG, |s| matches!(link(s, "lone"), Some(Link::Unreachable { .. }))).await;
        println!("a frozen server shows after {:.1?}", begin.elapsed());
        lone.freeze(false);
        lone.ready().await;
        deck.wait("it is live again", LONG, |s| matches!(link(s, "lone"), Some(Link::Live { .. }))).await;
    });
}

#[test]
fn a_wrong_authority_and_a_wrong_token_are_told_apart() {
    story(|lab| async move {
        let dir = tempfile::tempdir().expect("a directory");
        let entries = [
            Entry { ca: Some(pki::stranger()), ..entry("wrong-ca", &lab.edge, "admin") },
            entry("wrong-token", &lab.edge, "no-such-token"),
        ];
        let mut deck = Deck::open(lab, &kubeconfig(dir.path(), &entries));
        deck.wait("the certificate is refused in words", LONG, |s| {
            matches!(link(s, "wrong-ca"), Some(Link::Unreachable { cause, .. } | Link::Invalid { cause }) if cause.contains("certificate"))
        })
        .await;
        deck.wait("the token is refused", LONG, |s| matches!(link(s, "wrong-token"), Some(Link::LoginNeeded { .. }))).await;
        assert!(deck.state.fleet.rows.is_empty());
    });
}
