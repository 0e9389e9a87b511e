//! Ages and countdowns go on while nothing comes.

use super::deck::*;
use crate::app::msg::Msg;
use crate::app::settle::next_wake;
use crate::domain::Timestamp;
use crate::domain::duration::{seconds_between, short_age};
use crate::domain::event::{DetailEvent, LiveNode};
use crate::domain::ids::{AppId, AppKind, ObjectKey};
use crate::domain::status::Health;

fn shop() -> AppId {
    id("hub", AppKind::Application, "argocd", "shop")
}

/// Shop is degraded since then, with the cursor on it; alpha is well.
fn degraded(seconds: i64) -> Deck {
    let mut deck = Deck::with(vec![kust("alpha"), argo("argocd", "shop", "prod")]);
    let since = Timestamp::from_second(deck.now.as_second() - seconds).unwrap();
    deck.change(&shop(), |a| (a.health, a.since) = (Health::Degraded, Some(since)));
    deck.on(&shop());
    deck
}

/// Wakes the deck as it asked for, once.
fn wake(deck: &mut Deck) -> i64 {
    let wait = next_wake(&deck.state).unwrap().as_millisecond() - deck.now.as_millisecond();
    deck.state.dirty = false;
    deck.wait(wait);
    wait
}

#[test]
fn the_evidence_of_a_row_in_trouble_ages_on_screen() {
    let mut deck = degraded(600);
    let pod = LiveNode {
        key: ObjectKey::new("", "Pod", "shop", "shop-1"),
        exists: true,
        health: Some(Health::Degraded),
        reason: Some("CrashLoopBackOff".into()),
        restarts: 7,
        exit_code: Some(1),
        ..LiveNode::default()
    };
    let at = deck.now;
    deck.send(Msg::Detail(DetailEvent::Tree { app: shop(), at, nodes: Ok(vec![pod]) }));
    assert!(deck.row(&shop()).verdict.evidence.iter().any(|e| e.at == Some(at)), "{:?}", deck.row(&shop()).verdict);
    let (mut passed, mut drawn) = (0, 0);
    while passed < 60_000 {
        let wait = wake(&mut deck);
        assert!(wait <= 15_000, "{wait}");
        passed += wait;
        drawn += i32::from(deck.state.dirty);
    }
    assert!((3..=6).contains(&drawn), "an age is drawn about every fifteen seconds, not each: {drawn}");
    deck.state.screen = crate::app::state::Screen::Timeline;
    assert_eq!(crate::app::ages::next(&deck.state), None, "what is not on screen does not tick");
}

#[test]
fn the_words_about_something_young_count_its_seconds() {
    let mut deck = degraded(5);
    let said = |deck: &Deck| deck.row(&shop()).verdict.sentence.clone();
    for _ in 0..5 {
        wake(&mut deck);
        let age = seconds_between(deck.row(&shop()).app.since.unwrap(), deck.now);
        assert!(said(&deck).contains(&format!("({})", short_age(age))), "{age}: {}", said(&deck));
    }
}

#[test]
fn the_words_about_a_row_out_of_view_are_right_at_each_full_minute() {
    let mut deck = degraded(630);
    let alpha = id("flux", AppKind::Kustomization, "flux-system", "alpha");
    deck.on(&alpha);
    let end = deck.now.as_second() + 300;
    let mut minutes = 0;
    while deck.now.as_second() < end {
        wake(&mut deck);
        if deck.now.as_second() % 60 == 0 {
            minutes += 1;
            let age = seconds_between(deck.row(&shop()).app.since.unwrap(), deck.now);
            let said = &deck.row(&shop()).verdict.sentence;
            assert!(said.contains(&format!("({})", short_age(age))), "{age}: {said}");
        }
    }
    assert!(minutes >= 4, "{minutes}");
}

#[test]
fn an_age_that_was_drawn_in_between_is_drawn_anew_when_it_reads_otherwise() {
    use crate::domain::event::ClusterEvent;
    let mut deck = degraded(600);
    let heard_after = |deck: &mut Deck, ms: i64| {
        deck.now = Timestamp::from_millisecond(deck.now.as_millisecond() + ms).unwrap();
        deck.event(ClusterEvent::Heard { cluster: crate::domain::ids::ClusterId::new("hub"), at: deck.now });
    };
    let to_minute = 60_000 - deck.now.as_millisecond() % 60_000;
    heard_after(&mut deck, to_minute);
    deck.wait(5_000);
    // A frame for another reason shows that it was heard five seconds ago.
    deck.send(Msg::Resize { width: 160, height: 45 });
    assert!(deck.state.dirty);
    deck.state.dirty = false;
    heard_after(&mut deck, 10_000);
    assert!(deck.state.dirty, "heard just now, and five seconds ago on screen");
}
