//! What a row advises can be done: the key of each next step is pressed on its row, and does what the step says.

use crate::deck::Deck;
use driftdeck::app::action::{self, Action};
use driftdeck::app::keymap;
use driftdeck::app::overlay::Overlay;
use driftdeck::app::overlay::confirm::Confirm;
use driftdeck::app::state::AppState;
use driftdeck::domain::ids::AppId;
use driftdeck::domain::verdict::NextStep;
use driftdeck::sim::scenario::Scenario;
use std::time::{Duration, Instant};

/// Entries of `x` that a step may begin with, as its words name them.
const ENTRIES: [(&str, &Action); 3] = [
    ("terminate", &action::terminate::TERMINATE),
    ("clear the stuck operation", &action::clear::CLEAR),
    ("confirm the deletion", &action::confirm_prune::CONFIRM_PRUNE),
];

/// Options of a plan that a step may name.
const OPTIONS: [&str; 5] = ["prune", "force", "reset", "replace", "source"];

fn action_of(step: &NextStep) -> Option<&'static Action> {
    match step.key.as_str() {
        "x" => ENTRIES.iter().find(|(words, _)| step.text.starts_with(words)).map(|(_, action)| *action),
        ":map" => Some(&action::map::MAP),
        key => keymap::BINDINGS.iter().find(|b| b.layer == keymap::Layer::Main && b.keys.contains(&key)).map(|b| b.action),
    }
}

fn plan(state: &AppState) -> Option<&Confirm> {
    match state.overlays.last() {
        Some(Overlay::Confirm(dialog)) => Some(dialog),
        _ => None,
    }
}

/// Why a step that names `s` or `p` cannot be done: what its plan says once the cluster was asked.
async fn refused_plan(deck: &mut Deck, step: &NextStep) -> Option<String> {
    deck.key(&step.key);
    let started = Instant::now();
    let asks = |s: &AppState| plan(s).is_some_and(|d| d.plan.lines.iter().any(|l| l.text.ends_with(": asking")));
    while asks(&deck.state) && started.elapsed() < Duration::from_secs(5) {
        deck.step().await;
    }
    let found = match plan(&deck.state) {
        None => Some("no plan opens".to_owned()),
        // It is opened for what the refusal tells.
        Some(dialog) if dialog.plan.is_refused() && step.text.contains("nothing is sent") => None,
        Some(dialog) if dialog.plan.is_refused() => dialog.plan.refused.as_ref().map(|r| r.text.clone()),
        Some(dialog) => OPTIONS.iter().filter(|o| step.text.starts_with(&format!("with {o}"))).find_map(|o| {
            let option = dialog.plan.options.iter().find(|p| p.name == *o || p.name.starts_with(o));
            match option {
                None => Some(format!("its plan has no option {o}")),
                Some(option) => option.off_because.clone().map(|why| format!("{o}: {why}")),
            }
        }),
    };
    deck.state.overlays.clear();
    found
}

/// Why a step cannot be done as it stands; `None` = it can.
async fn refused(deck: &mut Deck, id: &AppId, step: &NextStep) -> Option<String> {
    let row = deck.row(id);
    match step.key.as_str() {
        "" if step.text.split_whitespace().any(|w| w == "enter") => Some("says enter, and names no key".into()),
        "" => None,
        // It opens Why, where the reader already is.
        "enter" => Some("shows nothing but Why".into()),
        "3 enter" if row.verdict.look_at.is_empty() => Some("there is no app to go to".into()),
        "3 enter" => {
            row.verdict.look_at.iter().find(|to| *to == id || !deck.state.fleet.rows.contains_key(to)).map(|to| format!("no row {to:?}"))
        }
        key => {
            let Some(action) = action_of(step) else { return Some(format!("nothing is bound to {key} {}", step.text)) };
            if let Some(why) = (action.off)(&deck.state) {
                return Some(why);
            }
            if matches!(key, "s" | "p") { refused_plan(deck, step).await } else { None }
        }
    }
}

/// A row has this long to be read, and what it advises then must hold on for that long.
const READ: Duration = Duration::from_secs(3);
const HOLDS: Duration = Duration::from_millis(400);

async fn misses(scenario: Scenario, mut deck: Deck) -> Vec<String> {
    let mut out = Vec::new();
    let ids: Vec<AppId> = deck.state.fleet.rows.keys().cloned().collect();
    for id in ids {
        put_on(&mut deck, &id);
        deck.until("the row is read", |s| s.fleet.detail.app.as_ref() == Some(&id)).await;
        out.extend(misses_that_stay(&mut deck, &id).await.into_iter().map(|miss| format!("{scenario:?} {miss}")));
    }
    deck.stop().await;
    out
}

/// What is missed once what is live, its log and what one may do are read: a row that is clean for an instant only is not.
async fn misses_that_stay(deck: &mut Deck, id: &AppId) -> Vec<String> {
    let started = Instant::now();
    let mut found = misses_of(deck, id).await;
    while started.elapsed() < READ && (!found.is_empty() || is_read_later(deck, id)) {
        deck.step().await;
        found = misses_of(deck, id).await;
    }
    let clean = Instant::now();
    while found.is_empty() && clean.elapsed() < HOLDS {
        deck.step().await;
        found = misses_of(deck, id).await;
    }
    found
}

fn is_read_later(deck: &Deck, id: &AppId) -> bool {
    deck.state.fleet.detail.events.is_none() && deck.row(id).stale_as_of.is_none()
}

async fn misses_of(deck: &mut Deck, id: &AppId) -> Vec<String> {
    let verdict = deck.row(id).verdict.clone();
    let told = format!("{} on {} ({})", id.name, id.cluster, verdict.short);
    let mut out = Vec::new();
    for step in &verdict.next {
        if let Some(why) = refused(deck, id, step).await {
            out.push(format!("{told}: {} {}: {why}", step.key, step.text));
        }
    }
    // No commit takes back what a store, a quota, a login or a controller does.
    if matches!(verdict.next_word.as_str(), "fix_cluster" | "wait") && verdict.next.iter().any(|s| s.text.starts_with("roll back")) {
        out.push(format!("{told}: R, although git is not the cause"));
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_that_a_row_advises_can_be_done_when_its_key_is_pressed() {
    let mut deck = Deck::open(Scenario::States).await;
    deck.until("all rows", |s| s.fleet.rows.len() == 50).await;
    deck.until("edge-syd is given up", |s| s.fleet.rows.values().any(|r| r.verdict.short.ends_with("edge-syd unreachable"))).await;
    let misses = misses(Scenario::States, deck).await;
    assert!(misses.is_empty(), "{} steps:\n{}", misses.len(), misses.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_night_every_step_can_be_done_too() {
    let mut deck = Deck::open(Scenario::Night).await;
    deck.until("all rows", |s| s.fleet.rows.len() == 41).await;
    let misses = misses(Scenario::Night, deck).await;
    assert!(misses.is_empty(), "{} steps:\n{}", misses.len(), misses.join("\n"));
}

fn put_on(deck: &mut Deck, id: &AppId) {
    deck.state.view.touched = true;
    deck.state.view.app = Some(id.clone());
}

/// The cursor goes from an app to the one that holds it up, and from an app of apps to those that are broken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enter_in_details_goes_to_the_app_that_why_names() {
    let mut deck = Deck::open(Scenario::States).await;
    deck.until("all rows", |s| s.fleet.rows.len() == 50).await;
    let named = |deck: &Deck, name: &str| deck.state.fleet.rows.keys().find(|id| id.name == name).cloned().unwrap();
    let (waits, parent) = (named(&deck, "waits-for-other"), named(&deck, "children-broken"));
    deck.until("both are told", |s| [&waits, &parent].iter().all(|id| !s.fleet.rows[*id].verdict.look_at.is_empty())).await;
    put_on(&mut deck, &waits);
    deck.key("3");
    deck.key("enter");
    assert_eq!(deck.state.view.app.as_ref().map(|id| id.name.as_str()), Some("health-failed"));
    put_on(&mut deck, &parent);
    deck.key("3");
    deck.key("enter");
    deck.until("the list is narrowed", |s| s.fleet.shown.len() == 2).await;
    let mut shown: Vec<&str> = deck.state.fleet.shown.iter().map(|id| id.name.as_str()).collect();
    shown.sort_unstable();
    assert_eq!(shown, ["crash-loop", "image-not-found"]);
    deck.stop().await;
}
