//! Rolling back on real repositories: from the row to healthy, and every way a push can be refused.

use crate::deck::{Deck, id};
use driftdeck::app::rollback::Stage;
use driftdeck::app::state::Screen;
use driftdeck::domain::ids::{AppId, AppKind};
use driftdeck::domain::plan::{FailClass, Outcome};
use driftdeck::domain::status::Health;
use driftdeck::sim::repos::Landing;
use driftdeck::sim::scenario::Scenario;

fn payments() -> AppId {
    id("hub-eu", AppKind::Application, "argocd", "payments")
}

fn stage(state: &driftdeck::app::state::AppState) -> Option<Stage> {
    if let Screen::Rollback(r) = &state.screen { Some(r.stage) } else { None }
}

/// Once payments was seen healthy, the bad merge landed and payments is down; R was pressed and the suspects are there.
async fn suspects(scenario: Scenario) -> Deck {
    let mut deck = Deck::start(scenario, &["hub-eu", "prod-us", "prod-eu"]).await;
    deck.until("payments was seen healthy", |s| s.fleet.stays.contains_key(&payments())).await;
    deck.demo.repos.land("fleet", &Landing::BadMerge, deck.demo.clock.now()).unwrap();
    deck.until("payments is broken by the merge", |s| s.fleet.rows.get(&payments()).is_some_and(|r| r.app.health == Health::Degraded))
        .await;
    deck.on(&payments()).await;
    deck.key("R");
    deck.until("suspects", |s| matches!(&s.screen, Screen::Rollback(r) if r.list.is_some() || r.trouble.is_some())).await;
    deck
}

/// Marks the merge and gets its preview.
async fn preview(deck: &mut Deck) {
    let Screen::Rollback(screen) = &deck.state.screen else { panic!("{}", deck.picture()) };
    let at = screen
        .rows()
        .iter()
        .position(|(c, _)| c.subject.contains("#812"))
        .unwrap_or_else(|| panic!("the merge is no suspect\n{}", deck.picture()));
    for _ in 0..at {
        deck.key("j");
    }
    deck.key("space");
    deck.key("enter");
    deck.until("preview", |s| matches!(&s.screen, Screen::Rollback(r) if r.preview.is_some() || r.trouble.is_some())).await;
}

/// Plans, and waits for what the trial push says.
async fn plan(deck: &mut Deck) {
    deck.key("enter");
    assert_eq!(stage(&deck.state), Some(Stage::Plan), "{}", deck.picture());
    let checked = |r: &driftdeck::app::rollback::Rollback| r.check.as_ref().is_some_and(|c| c.author.is_some() && c.ended.is_some());
    deck.until("the trial push", |s| matches!(&s.screen, Screen::Rollback(r) if checked(r))).await;
    deck.ready().await;
}

/// Types what the open plan wants and pushes; waits for the outcome.
async fn confirm(deck: &mut Deck) -> Outcome {
    deck.types("fleet main");
    deck.key("enter");
    deck.key("enter");
    deck.until("an outcome", |s| s.tasks.last().is_some_and(|t| t.outcome.is_some())).await;
    deck.state.tasks.last().unwrap().outcome.clone().unwrap()
}

async fn push(deck: &mut Deck) -> Outcome {
    plan(deck).await;
    confirm(deck).await
}

fn head(deck: &Deck) -> String {
    deck.demo.repos.resolve(&driftdeck::sim::repos::Repos::url("fleet"), "main").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_merge_is_reverted_from_the_row_and_followed_until_every_cluster_is_healthy() {
    let mut deck = suspects(Scenario::Merge).await;
    let before = head(&deck);
    preview(&mut deck).await;
    let Screen::Rollback(screen) = &deck.state.screen else { panic!() };
    let preview = screen.preview.clone().unwrap();
    assert!(preview.files.iter().any(|f| f.path == "apps/payments/base/config.yaml"), "{:?}", preview.files);
    assert_eq!(preview.base, before);
    let Outcome::Sent { commit: Some(commit) } = push(&mut deck).await else { panic!("{}", deck.picture()) };
    assert_eq!(head(&deck), commit, "one commit, on top");
    let text = deck.demo.repos.tree(&driftdeck::sim::repos::Repos::url("fleet"), &commit);
    assert!(text.is_ok());
    deck.until("healthy everywhere", |s| s.tasks.last().is_some_and(|t| t.ended.is_some())).await;
    let (_, good, words) = deck.state.tasks.last().unwrap().ended.clone().unwrap();
    assert!(good && words.starts_with("Healthy on "), "{words}\n{}", deck.picture());
    assert_eq!(deck.row(&payments()).app.health, Health::Healthy);
    assert_eq!(deck.row(&payments()).app.revision.as_deref(), Some(commit.as_str()));
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remote_that_moved_refuses_and_keeps_what_was_marked() {
    let mut deck = suspects(Scenario::Merge).await;
    preview(&mut deck).await;
    plan(&mut deck).await;
    let bump = deck.demo.repos.land("fleet", &Landing::WebBump(2), deck.demo.clock.now()).unwrap();
    let outcome = confirm(&mut deck).await;
    assert!(matches!(&outcome, Outcome::Failed { class: FailClass::Moved, .. } | Outcome::Refused { .. }), "{outcome:?}");
    assert_eq!(head(&deck), bump, "nothing of ours was written");
    deck.key("esc");
    let Screen::Rollback(screen) = &deck.state.screen else { panic!("{}", deck.picture()) };
    assert_eq!((screen.stage, screen.marked.len()), (Stage::Suspects, 1));
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_protected_branch_refuses_in_its_own_words_and_nothing_is_written() {
    let mut deck = suspects(Scenario::Refused).await;
    preview(&mut deck).await;
    let before = head(&deck);
    let outcome = push(&mut deck).await;
    let Outcome::Failed { reason, class } = &outcome else { panic!("{outcome:?}") };
    assert!(matches!(class, FailClass::Protected | FailClass::Hook), "{outcome:?}");
    assert!(reason.contains("pull request"), "{reason}");
    assert_eq!(head(&deck), before);
    assert!(deck.state.notices.list.iter().any(|n| n.text.contains("pull request")));
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_commit_with_a_later_one_on_its_lines_conflicts_and_space_marks_the_later_one_as_well() {
    let mut deck = Deck::start(Scenario::Conflict, &["hub-eu", "prod-us", "prod-eu"]).await;
    deck.until("payments was seen healthy", |s| s.fleet.stays.contains_key(&payments())).await;
    // R fetches by itself: only the remote must hold the commits, whenever the fleet was polled.
    for landing in [Landing::BumpAndBadMerge, Landing::PaymentsBump(2)] {
        deck.demo.repos.land("fleet", &landing, deck.demo.clock.now()).unwrap();
    }
    deck.on(&payments()).await;
    deck.key("R");
    deck.until("suspects", |s| matches!(&s.screen, Screen::Rollback(r) if r.list.is_some() || r.trouble.is_some())).await;
    let Screen::Rollback(screen) = &deck.state.screen else { panic!("{}", deck.picture()) };
    let old = screen.rows().iter().position(|(c, _)| c.subject.ends_with("to 2.14.1")).unwrap_or_else(|| panic!("{}", deck.picture()));
    for _ in 0..old {
        deck.key("j");
    }
    deck.key("space");
    deck.key("enter");
    deck.until("preview", |s| matches!(&s.screen, Screen::Rollback(r) if r.preview.is_some() || r.trouble.is_some())).await;
    let Screen::Rollback(screen) = &deck.state.screen else { panic!() };
    let preview = screen.preview.clone().unwrap_or_else(|| panic!("{}", deck.picture()));
    assert_eq!(preview.conflicts.iter().map(|c| c.path.as_str()).collect::<Vec<_>>(), ["apps/payments/base/kustomization.yaml"]);
    assert!(preview.conflicts[0].later.iter().any(|c| c.subject.ends_with("to 2.14.2")), "{:?}", preview.conflicts[0].later);
    deck.key("space");
    deck.until("preview of both", |s| matches!(&s.screen, Screen::Rollback(r) if r.waiting.is_none() && r.marked.len() == 2)).await;
    let Screen::Rollback(screen) = &deck.state.screen else { panic!() };
    let both = screen.preview.clone().unwrap_or_else(|| panic!("{}", deck.picture()));
    assert!(both.conflicts.is_empty() && screen.stage == Stage::Preview, "{:?}", screen.marked);
    deck.stop().await;
}
