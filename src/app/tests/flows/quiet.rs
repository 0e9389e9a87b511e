use super::deck::*;
use crate::app::msg::Msg;
use crate::app::settle::next_wake;
use crate::domain::event::ClusterEvent;
use crate::domain::ids::{AppKind, ClusterId};
use crate::domain::status::Health;

/// A quiet fleet, all details read, nobody pressing anything.
fn quiet() -> Deck {
    let mut deck = Deck::with(vec![kust("alpha"), argo("argocd", "shop", "prod")]);
    deck.wait(60_000);
    deck.wait(60_000);
    deck.state.dirty = false;
    deck
}

fn ms_to_wake(deck: &Deck) -> i64 {
    next_wake(&deck.state).unwrap().as_millisecond() - deck.now.as_millisecond()
}

#[test]
fn a_quiet_fleet_is_woken_at_the_full_minute_only() {
    let mut deck = quiet();
    for _ in 0..3 {
        let wait = ms_to_wake(&deck);
        let to_minute = 60_000 - deck.now.as_millisecond() % 60_000;
        assert_eq!(wait, to_minute);
        deck.wait(wait);
    }
}

#[test]
fn nothing_is_drawn_within_a_minute_when_nothing_changes() {
    let mut deck = quiet();
    deck.now = crate::domain::Timestamp::from_millisecond((deck.now.as_millisecond() / 60_000 + 1) * 60_000).unwrap();
    deck.send(Msg::Tick);
    assert!(deck.state.dirty, "the clock and the ages show minutes");
    deck.state.dirty = false;
    for _ in 0..50 {
        deck.wait(1_000);
        deck.event(ClusterEvent::Heard { cluster: ClusterId::new("flux"), at: deck.now });
        assert!(!deck.state.dirty);
    }
}

#[test]
fn the_same_object_again_is_not_drawn() {
    let mut deck = quiet();
    let app = crate::domain::app::App::clone(&deck.row(&id("flux", AppKind::Kustomization, "flux-system", "alpha")).app);
    deck.app(app.clone());
    assert!(!deck.state.dirty);
    let mut next = app;
    next.resource_version = "101".into();
    deck.app(next);
    assert!(!deck.state.dirty, "a status tick changes no word of the row");
    deck.tip('a');
    assert!(!deck.state.dirty, "a poll that found nothing new");
    deck.send(Msg::Contexts(deck.state.contexts.clone()));
    assert!(
        deck.effects.iter().all(|e| !matches!(e, crate::app::effect::Effect::Connect(_))),
        "an unchanged kubeconfig reconnects nothing"
    );
}

#[test]
fn a_change_is_drawn_bold_for_two_seconds() {
    let mut deck = quiet();
    let alpha = id("flux", AppKind::Kustomization, "flux-system", "alpha");
    deck.change(&alpha, |a| a.health = Health::Degraded);
    assert!(deck.state.dirty);
    assert_eq!(deck.row(&alpha).changed_at, Some(deck.now));
    deck.state.dirty = false;
    deck.wait(2_000);
    assert!(deck.state.dirty, "bold ends");
}

#[test]
fn a_frozen_or_repeated_time_never_runs_backwards() {
    let mut deck = quiet();
    let now = deck.state.now;
    deck.now = start();
    deck.send(Msg::Tick);
    assert_eq!(deck.state.now, now);
}

#[test]
fn details_are_read_when_the_cursor_rests_and_not_while_it_runs() {
    use crate::app::effect::Effect;
    let mut deck = Deck::with((0..20).map(|i| kust(&format!("app-{i:02}"))).collect());
    let reads = |out: &[Effect]| out.iter().filter(|e| matches!(e, Effect::Events { .. })).count();
    let mut all = 0;
    for _ in 0..10 {
        deck.now = crate::domain::Timestamp::from_millisecond(deck.now.as_millisecond() + 30).unwrap();
        all += reads(&deck.key("j"));
    }
    assert_eq!(all, 0);
    assert!(ms_to_wake(&deck) <= 120);
    assert_eq!(reads(&deck.wait(120)), 1);
    assert_eq!(reads(&deck.wait(120)), 0);
}

#[test]
fn what_is_still_read_of_a_row_is_ended_when_another_one_is_read() {
    use crate::app::effect::Effect;
    let mut deck = Deck::with(vec![kust("alpha"), kust("beta")]);
    deck.wait(120);
    let ends = |out: &[Effect]| out.iter().position(|e| matches!(e, Effect::EndDetails));
    let reads = |out: &[Effect]| out.iter().position(|e| matches!(e, Effect::Events { .. }));
    assert_eq!(ends(&deck.key("j")), None, "the cursor may come back before the next row is read");
    let out = deck.wait(120);
    assert!(ends(&out).is_some() && ends(&out) < reads(&out), "{out:?}");
    assert_eq!(ends(&deck.wait(120)), None);
}
