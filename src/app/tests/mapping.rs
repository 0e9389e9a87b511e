//! Which context reaches a destination: chosen on screen, believed when an object is found there, taken back.

use super::deck::*;
use crate::app::destination::Found;
use crate::app::effect::Effect;
use crate::app::key::KeyCode;
use crate::app::mapping::{Choice, Target, choices};
use crate::app::msg::Msg;
use crate::app::overlay::Overlay;
use crate::domain::cluster::Link;
use crate::domain::ids::ClusterId;
use serde_json::{Value, json};

/// `web` of prod deploys to `far-away`; the contexts `asia-1` and `other` are watched, `later` is not.
fn deck() -> Deck {
    let mut deck = Deck::new();
    deck.argo();
    let contexts = ["prod", "asia-1", "other", "later"].map(context);
    deck.state.chosen = contexts.iter().map(|c| c.id.clone()).filter(|c| c.as_str() != "later").collect();
    deck.send(Msg::Contexts(contexts.to_vec()));
    deck.link("asia-1", Link::NotInstalled);
    deck.link("other", Link::Live { since: deck.state.now });
    deck.see(1, &sent("web"));
    deck
}

fn sent(name: &str) -> Value {
    let mut object = application(name, OLD);
    object["spec"]["destination"] = json!({"name": "far-away", "namespace": name});
    object["status"]["resources"] =
        json!([{"group": "apps", "version": "v1", "kind": "Deployment", "namespace": name, "name": name, "status": "Synced"}]);
    object
}

fn said(deck: &Deck) -> String {
    deck.state.notices.flash.as_ref().map(|(_, _, text)| text.clone()).unwrap_or_default()
}

fn asked(out: &[Effect]) -> Option<&ClusterId> {
    out.iter().find_map(|e| match e {
        Effect::FindTracked { cluster, .. } => Some(cluster),
        _ => None,
    })
}

fn saved(out: &[Effect]) -> Option<(&str, Option<&str>)> {
    out.iter().find_map(|e| match e {
        Effect::SaveMapping { destination, to } => Some((destination.as_str(), to.as_ref().map(ClusterId::as_str))),
        _ => None,
    })
}

fn mapped(deck: &Deck, name: &str) -> Option<String> {
    let row = deck.state.fleet.rows.values().find(|r| r.app.id.name == name).unwrap();
    row.app.destination.cluster.as_ref().map(ToString::to_string)
}

fn answer(deck: &mut Deck, cluster: &str, found: Result<Found, String>) -> Vec<Effect> {
    let (home, destination) = (ClusterId::new("prod"), "far-away".to_owned());
    deck.send(Msg::Tracked { home, destination, cluster: ClusterId::new(cluster), found })
}

/// The list of contexts is open, its cursor on this one.
fn open_on(deck: &mut Deck, cluster: &str) {
    deck.wait(1000);
    deck.char(':');
    deck.keys("map");
    deck.press(KeyCode::Enter);
    deck.wait(1000);
    let target = Target { home: ClusterId::new("prod"), destination: "far-away".into() };
    let at = choices(&deck.state, &target).iter().position(|c| matches!(c, Choice::Context { id, .. } if id.as_str() == cluster));
    match deck.state.overlays.last_mut() {
        Some(Overlay::Map { cursor, .. }) => *cursor = at.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_chosen_context_is_taken_once_an_object_is_found_there_and_kept_for_this_argo_alone() {
    let mut deck = deck();
    assert_eq!(mapped(&deck, "web"), None);
    open_on(&mut deck, "asia-1");
    assert_eq!(asked(&deck.press(KeyCode::Enter)).map(ClusterId::as_str), Some("asia-1"));
    assert_eq!(mapped(&deck, "web"), None, "not before the answer");
    let out = answer(&mut deck, "asia-1", Ok(Found::Marked));
    assert_eq!(saved(&out), Some(("prod/far-away", Some("asia-1"))));
    assert_eq!(mapped(&deck, "web").as_deref(), Some("asia-1"));
    assert!(!deck.state.fleet.clusters.contains_key(&ClusterId::new("far-away")));
    deck.see(1, &sent("api"));
    assert_eq!(mapped(&deck, "api").as_deref(), Some("asia-1"), "later apps, too");
}

#[test]
fn a_context_without_the_objects_stays_unmapped_and_the_config_is_named() {
    let mut deck = deck();
    open_on(&mut deck, "other");
    deck.press(KeyCode::Enter);
    assert_eq!(answer(&mut deck, "asia-1", Ok(Found::Marked)).len(), 0, "an answer about another cluster counts for nothing");
    assert_eq!(saved(&answer(&mut deck, "other", Ok(Found::Nothing))), None);
    assert_eq!(mapped(&deck, "web"), None);
    let notice = &deck.state.notices.list[0];
    assert!(notice.text.contains("far-away stays unmapped") && notice.text.contains("other"), "{notice:?}");
    assert!(notice.hint.as_ref().unwrap().contains("destinations: {\"far-away\": other}"), "{notice:?}");
}

#[test]
fn a_context_that_is_not_watched_is_shown_and_says_why_it_cannot_be_looked_at() {
    let mut deck = deck();
    open_on(&mut deck, "later");
    assert_eq!(asked(&deck.press(KeyCode::Enter)), None);
    assert!(said(&deck).contains("later is not watched"), "{}", said(&deck));
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Map { .. })), "the list stays open");
}

#[test]
fn a_choice_is_taken_back_from_the_same_list_and_only_what_was_chosen_there_can_be() {
    let mut deck = deck();
    open_on(&mut deck, "asia-1");
    deck.press(KeyCode::Enter);
    answer(&mut deck, "asia-1", Ok(Found::Marked));
    open_on(&mut deck, "asia-1");
    deck.char('G');
    assert_eq!(saved(&deck.press(KeyCode::Enter)), Some(("prod/far-away", None)));
    assert_eq!(mapped(&deck, "web"), None);
    assert!(deck.state.fleet.clusters.get(&ClusterId::new("far-away")).is_some_and(|c| c.link == Link::Unmapped), "it is listed again");
    deck.state.settings.destinations = vec![("far-away".into(), ClusterId::new("other"))];
    deck.see(1, &sent("web2"));
    let id = deck.state.fleet.rows.keys().find(|id| id.name == "web2").unwrap().clone();
    deck.state.view.app = Some(id);
    let off = (crate::app::action::map::MAP.off)(&deck.state);
    assert!(off.as_ref().is_some_and(|why| why.contains("config maps far-away to other")), "{off:?}");
}

#[test]
fn a_cluster_that_could_not_be_read_is_not_said_to_lack_the_objects() {
    let mut deck = deck();
    open_on(&mut deck, "other");
    deck.press(KeyCode::Enter);
    answer(&mut deck, "other", Err("forbidden".into()));
    let text = &deck.state.notices.list[0].text;
    assert!(text.contains("other could not be looked at: forbidden") && text.contains("stays unmapped"), "{text}");
    open_on(&mut deck, "other");
    deck.press(KeyCode::Enter);
    answer(&mut deck, "other", Ok(Found::Unmarked));
    assert!(deck.state.notices.list[0].text.contains("none with the mark"), "{:?}", deck.state.notices.list[0]);
}

#[test]
fn a_choice_of_an_earlier_run_is_looked_at_again_and_given_up_where_nothing_of_it_is_there() {
    let mut deck = Deck::new();
    deck.argo();
    let contexts = ["prod", "asia-1"].map(context);
    deck.state.chosen = contexts.iter().map(|c| c.id.clone()).collect();
    deck.state.mapped.insert("prod/far-away".into(), ClusterId::new("asia-1"));
    deck.send(Msg::Contexts(contexts.to_vec()));
    deck.see(1, &sent("web"));
    assert_eq!(mapped(&deck, "web").as_deref(), Some("asia-1"));
    deck.link("asia-1", Link::NotInstalled);
    deck.wait(61_000);
    deck.send(Msg::Tick);
    assert!(deck.state.fleet.suggestions.len() == 1, "it is asked");
    answer(&mut deck, "asia-1", Ok(Found::Nothing));
    assert_eq!(mapped(&deck, "web"), None);
    assert!(deck.state.notices.list[0].text.contains("counts as unmapped"), "{:?}", deck.state.notices.list[0]);
}

#[test]
fn a_context_that_reaches_a_destination_and_is_not_watched_is_known_by_the_config_and_by_the_choice() {
    let mut deck = deck();
    let unread = |deck: &Deck| crate::app::destination::unread_context(&deck.state, "far-away").map(ToString::to_string);
    assert_eq!(unread(&deck), None);
    deck.state.mapped.insert("prod/far-away".into(), ClusterId::new("later"));
    assert_eq!(unread(&deck).as_deref(), Some("later"));
    deck.state.mapped.clear();
    deck.state.settings.destinations = vec![("far-away".into(), ClusterId::new("later"))];
    assert_eq!(unread(&deck).as_deref(), Some("later"));
    deck.state.settings.destinations = vec![("far-away".into(), ClusterId::new("other"))];
    assert_eq!(unread(&deck), None, "that one is watched");
}
