//! Two contexts of one cluster.

use super::deck::*;
use crate::app::also;
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::domain::app::Destination;
use crate::domain::cluster::{Fingerprint, Link};
use crate::domain::event::ClusterEvent;
use crate::domain::ids::ClusterId;

fn met(deck: &mut Deck, cluster: &str, uid: &str) -> Vec<Effect> {
    let fingerprint = Fingerprint { server: format!("https://{cluster}.example.com"), uid: Some(uid.into()), ..Fingerprint::default() };
    let cluster = ClusterId::new(cluster);
    deck.event(ClusterEvent::Identity { cluster, fingerprint, user: None, moved: None })
}

fn watched(deck: &Deck) -> Vec<&str> {
    deck.state.fleet.clusters.keys().map(ClusterId::as_str).collect()
}

#[test]
fn a_cluster_of_two_contexts_is_shown_once_under_the_one_chosen_first_and_names_the_other() {
    for order in [["hub", "flux"], ["flux", "hub"]] {
        let mut deck = Deck::with(vec![kust("alpha"), argo("argocd", "shop", "flux")]);
        met(&mut deck, order[0], "one");
        let out = met(&mut deck, order[1], "one");
        assert_eq!(watched(&deck), ["hub", "prod"], "whichever answered first");
        assert!(out.contains(&Effect::Connect(vec![ClusterId::new("hub"), ClusterId::new("prod")])), "the other session ends: {out:?}");
        assert_eq!(also::names(&deck.state, &ClusterId::new("hub")), ["flux"]);
        deck.wait(600);
        assert_eq!(deck.shown(), ["shop"], "no app twice");
        let shop = deck.state.fleet.rows.values().next().unwrap();
        assert_eq!(shop.app.runs_on(), "hub", "what deploys to the other name deploys there");
        assert!(deck.said().contains("are the same cluster"), "{}", deck.said());
    }
}

#[test]
fn the_other_name_of_a_cluster_still_leads_there() {
    let mut deck = Deck::live();
    met(&mut deck, "hub", "one");
    met(&mut deck, "flux", "one");
    let mut app = argo("argocd", "shop", "flux");
    app.destination = Destination { cluster: None, name: None, server: Some("https://flux.example.com".into()), namespace: None };
    deck.app(app);
    assert_eq!(deck.state.fleet.rows.values().next().unwrap().app.destination.cluster, Some(ClusterId::new("hub")));
}

#[test]
fn of_two_contexts_the_one_that_answers_is_kept() {
    let mut deck = Deck::live();
    met(&mut deck, "hub", "one");
    let link = Link::Unreachable { since: start(), cause: "connection refused".into(), next_try_at: None };
    deck.event(ClusterEvent::Link { cluster: ClusterId::new("hub"), link });
    met(&mut deck, "flux", "one");
    assert_eq!(watched(&deck), ["flux", "prod"]);
}

#[test]
fn what_was_found_out_holds_until_a_context_changes() {
    let mut deck = Deck::live();
    met(&mut deck, "hub", "one");
    met(&mut deck, "flux", "one");
    let all = || vec![context("hub", false), context("prod", true), context("flux", false)];
    deck.send(Msg::Contexts([all(), vec![context("new", false)]].concat()));
    assert_eq!(watched(&deck), ["hub", "prod"], "an unrelated change asks nothing anew");
    let mut changed = all();
    changed[2].server = "https://elsewhere.example.com".into();
    let out = deck.send(Msg::Contexts(changed));
    assert!(out.contains(&Effect::Connect(["hub", "prod", "flux"].map(ClusterId::new).into())), "{out:?}");
}

#[test]
fn what_is_protected_or_read_only_under_one_name_is_so_under_both() {
    let mut deck = Deck::live();
    deck.state.fleet.clusters.get_mut(&ClusterId::new("prod")).unwrap().read_only = true;
    met(&mut deck, "hub", "one");
    met(&mut deck, "prod", "one");
    let hub = &deck.state.fleet.clusters[&ClusterId::new("hub")];
    assert!(hub.protected && hub.read_only);
}
