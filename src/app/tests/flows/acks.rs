//! Acknowledgements with an end.

use super::deck::*;
use crate::app::effect::Effect;
use crate::app::overlay::Overlay;
use crate::domain::event::{Parsed, Project, SyncWindow};
use crate::domain::ids::{AppId, AppKind, ClusterId};
use crate::domain::status::{Health, Sync};

fn beta() -> AppId {
    id("flux", AppKind::Kustomization, "flux-system", "beta")
}

/// On the note of an acknowledgement of a broken app.
fn noting() -> Deck {
    let mut sick = kust("beta");
    sick.health = Health::Degraded;
    let mut deck = Deck::with(vec![kust("alpha"), sick]);
    deck.on(&beta());
    deck.keys("a");
    deck
}

fn saved(effects: &[Effect]) -> Option<usize> {
    effects.iter().find_map(|e| if let Effect::SaveAcknowledged(list) = e { Some(list.len()) } else { None })
}

#[test]
fn an_acknowledgement_with_an_end_is_gone_after_it_and_the_deck_says_so() {
    let mut deck = noting();
    deck.types("tab is no text of it");
    deck.keys("tab");
    deck.types("1h");
    assert_eq!(saved(&deck.keys("enter")), Some(1));
    let ack = deck.row(&beta()).ack.clone().unwrap();
    assert_eq!((ack.note.as_str(), ack.until.unwrap().as_second() % 60), ("tab is no text of it", 0), "in full minutes");
    assert!(deck.said().ends_with("acknowledged until it changes, until 04:30:00 at the latest."), "{}", deck.said());
    deck.wait(3_500_000);
    assert!(deck.row(&beta()).ack.is_some());
    deck.change(&beta(), |_| {});
    assert_eq!(deck.row(&beta()).ack, Some(ack), "the same state read again takes nothing of it");
    let out = deck.wait(120_000);
    assert_eq!((deck.row(&beta()).ack.is_some(), saved(&out)), (false, Some(0)));
    assert!(deck.state.notices.list.iter().any(|n| n.text == "beta on flux: its acknowledgement ended."));
    assert!(deck.state.dirty);
    deck.change(&beta(), |_| {});
    assert!(deck.row(&beta()).ack.is_none(), "nothing brings it back");
    assert_eq!(saved(&deck.wait(60_000)), None);
}

#[test]
fn what_is_no_time_is_not_taken_and_nothing_means_until_it_changes() {
    let mut deck = noting();
    deck.keys("tab");
    deck.types("1x");
    deck.keys("enter");
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Acknowledge(dialog)) if dialog.is_unclear() && dialog.on_until));
    deck.keys("backspace backspace enter");
    assert_eq!(deck.row(&beta()).ack.as_ref().map(|ack| ack.until), Some(None));
    assert!(deck.said().ends_with("acknowledged until it changes."), "{}", deck.said());
}

#[test]
fn what_a_sync_window_holds_is_offered_to_be_acknowledged_until_it_ends() {
    let shop = id("hub", AppKind::Application, "argocd", "shop");
    let mut deck = Deck::with(vec![argo("argocd", "shop", "prod")]);
    let window = SyncWindow {
        kind: "deny".into(),
        schedule: "0 3 * * *".into(),
        duration: "3h".into(),
        applications: vec!["*".into()],
        ..SyncWindow::default()
    };
    let hub = Some(ClusterId::new("hub"));
    let project = Project { cluster: hub, namespace: "argocd".into(), name: "default".into(), windows: vec![window], ..Project::default() };
    deck.upsert("hub", vec![Parsed::Project(Box::new(project))]);
    deck.change(&shop, |app| (app.auto_sync, app.sync) = (Some(true), Sync::OutOfSync));
    deck.on(&shop);
    deck.keys("a");
    deck.keys("enter");
    let until = deck.row(&shop).ack.as_ref().and_then(|ack| ack.until);
    assert_eq!(until, Some("2026-11-24T06:00:00Z".parse().unwrap()));
}
