//! Named filters: chosen by a key, saved, removed, and shown at the start.

use super::deck::*;
use crate::app::effect::Effect;
use crate::app::overlay::Overlay;
use crate::app::state::Screen;
use crate::app::views;
use crate::domain::ids::AppKind;
use crate::domain::view::SavedView;

fn shown(deck: &Deck) -> Vec<&str> {
    deck.state.fleet.shown.iter().map(|id| id.name.as_str()).collect()
}

fn saved(out: &[Effect]) -> Option<(Vec<SavedView>, Option<String>)> {
    out.iter().find_map(|e| match e {
        Effect::SaveViews { own, start } => Some((own.clone(), start.clone())),
        _ => None,
    })
}

fn two() -> Deck {
    let mut deck = Deck::with(vec![kust("alpha"), kust("beta")]);
    let id = id("flux", AppKind::Kustomization, "flux-system", "beta");
    deck.change(&id, |app| app.suspended = true);
    deck
}

#[test]
fn a_digit_shows_a_view_and_its_count_is_what_the_list_then_shows() {
    let mut deck = two();
    deck.keys("v");
    let all = views::all(&deck.state);
    for (i, view) in all.iter().enumerate().filter(|(_, v)| !v.is_drift()) {
        deck.state.overlays = vec![Overlay::Views { cursor: 0, naming: None }];
        deck.wait(1000);
        let count = views::count(&deck.state, view);
        deck.keys(&(i + 1).to_string());
        assert!(deck.state.overlays.is_empty());
        assert_eq!((shown(&deck).len(), deck.state.view.filter.text.as_str()), (count, view.filter.as_str()), "{}", view.name);
    }
    deck.keys("v");
    deck.wait(1000);
    deck.keys("4");
    assert_eq!(shown(&deck), ["beta"], "what is frozen");
}

#[test]
fn the_view_of_drift_groups_opens_them_and_no_run_starts_with_it() {
    let mut deck = two();
    let drift = views::all(&deck.state).iter().position(views::View::is_drift).unwrap() + 1;
    deck.keys("v");
    deck.keys(&"j ".repeat(drift - 1));
    assert!(saved(&deck.keys("*")).is_none());
    assert!(deck.said().contains("D opens the drift groups"), "{}", deck.said());
    deck.keys(&drift.to_string());
    assert!(matches!(deck.state.screen, Screen::Drift) && deck.state.overlays.is_empty());
    assert!(deck.state.view.filter.text.is_empty(), "the list stays as it was");
}

#[test]
fn the_filter_is_saved_under_a_name_shown_at_the_start_and_removed() {
    let mut deck = two();
    deck.keys("/");
    deck.types("app:alp*");
    deck.keys("enter v");
    deck.keys("+");
    deck.types("Mine");
    let (own, start) = saved(&deck.keys("enter")).expect("saved");
    let mine = SavedView { name: "Mine".into(), filter: "app:alp*".into() };
    assert_eq!((own.as_slice(), start), ([mine.clone()].as_slice(), None));
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Views { naming: None, .. })), "the list stays open");
    deck.keys("G");
    assert_eq!(saved(&deck.keys("*")).expect("kept").1.as_deref(), Some("app:alp*"));
    assert!(views::all(&deck.state).last().unwrap().is_start);
    let (own, start) = saved(&deck.keys("-")).expect("removed");
    assert!(own.is_empty() && start.is_none(), "what is gone is no start");
    deck.keys("g -");
    assert!(deck.said().contains("All is always there"), "{}", deck.said());
}

#[test]
fn a_name_that_is_taken_or_empty_and_an_empty_filter_save_nothing() {
    let mut deck = two();
    deck.keys("v +");
    deck.types("Mine");
    assert!(saved(&deck.keys("enter")).is_none());
    assert!(deck.said().contains("no filter to save"), "{}", deck.said());
    deck.keys("esc esc /");
    deck.types("alpha");
    deck.keys("enter v +");
    assert!(saved(&deck.keys("enter")).is_none());
    deck.types("prod");
    assert!(saved(&deck.keys("enter")).is_none());
    assert!(deck.said().contains("one of the given views"), "{}", deck.said());
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Views { naming: Some(n), .. }) if n == "prod"), "what was typed stays");
}
