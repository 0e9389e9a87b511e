use super::deck::*;
use crate::app::pane::Found;
use crate::domain::repo::{RepoId, Standing};
use crate::domain::status::Severity;

fn with_messages() -> Deck {
    let mut deck = Deck::with(vec![kust("orders"), kust("payments"), argo("argocd", "shop", "prod")]);
    for row in deck.state.fleet.rows.values_mut() {
        if row.app.id.name == "orders" {
            row.verdict.short = "waits for payments (dependsOn)".into();
        }
    }
    deck
}

#[test]
fn a_name_wins_over_a_message_that_mentions_it() {
    let mut deck = with_messages();
    deck.keys("/");
    deck.types("paym");
    assert_eq!((deck.shown(), deck.state.view.filter.found), (vec!["payments"], Found::Exact));
    deck.keys("esc /");
    deck.types("dependson");
    assert_eq!((deck.shown(), deck.state.view.filter.found), (vec!["orders"], Found::InMessages));
    deck.keys("esc /");
    deck.types("pmnts");
    assert_eq!((deck.shown(), deck.state.view.filter.found), (vec!["payments"], Found::Near));
}

#[test]
fn a_misspelt_name_finds_nothing_and_tab_takes_the_one_that_was_meant() {
    let mut deck = with_messages();
    deck.keys("/");
    deck.types("paymnets");
    assert!(deck.shown().is_empty());
    assert_eq!(deck.state.view.filter.suggestion.as_deref(), Some("payments"));
    deck.keys("tab");
    assert_eq!(deck.shown(), ["payments"]);
    deck.keys("esc /");
    deck.types("paymnets");
    deck.keys("enter");
    deck.wait(600);
    deck.keys("tab");
    assert_eq!((deck.state.view.filter.text.as_str(), deck.shown()), ("payments", vec!["payments"]), "also once it is kept");
}

#[test]
fn tab_completes_fields_and_their_values_of_this_fleet() {
    let mut deck = with_messages();
    deck.keys("/");
    deck.types("not cl");
    deck.keys("tab");
    assert_eq!(deck.state.view.filter.text, "not cluster:");
    deck.types("pr");
    deck.keys("tab");
    assert_eq!(deck.state.view.filter.text, "not cluster:prod ");
    assert_eq!(deck.shown(), ["orders", "payments"]);
    deck.types("health:h");
    deck.keys("tab");
    assert_eq!(deck.state.view.filter.text, "not cluster:prod health:healthy ");
}

#[test]
fn up_brings_older_filters_back_and_down_the_newer_ones() {
    let mut deck = with_messages();
    for text in ["orders", "shop"] {
        deck.keys("/");
        deck.types(text);
        deck.keys("enter esc");
        deck.wait(600);
    }
    deck.keys("/ up");
    assert_eq!(deck.state.view.filter.text, "shop");
    deck.keys("up up");
    assert_eq!((deck.state.view.filter.text.as_str(), deck.shown()), ("orders", vec!["orders"]));
    deck.keys("down");
    assert_eq!(deck.state.view.filter.text, "shop");
    deck.keys("down");
    assert_eq!(deck.state.view.filter.text, "");
}

#[test]
fn a_part_that_is_not_understood_leaves_the_rest_in_force() {
    let mut deck = with_messages();
    deck.keys("/");
    deck.types("app:orders since<1dd");
    assert_eq!(deck.shown(), ["orders"]);
    let problem = deck.state.view.filter.problem.clone().unwrap();
    assert_eq!((problem.part.as_str(), problem.says.as_str()), ("since<1dd", "a time looks like 30s, 5m, 2h or 3d"));
}

#[test]
fn time_lag_and_switches_are_looked_at() {
    let mut deck = with_messages();
    // `orders` runs what is four commits behind the tip; the others run the tip.
    deck.tip('b');
    let key = (RepoId::from_url(URL), commit('a'), commit('b'));
    deck.state.fleet.standings.insert(key, Standing::Behind(4));
    for name in ["payments", "shop"] {
        let id = deck.state.fleet.rows.keys().find(|id| id.name == name).unwrap().clone();
        deck.change(&id, |app| {
            app.revision = Some(commit('b'));
            app.sources[0].revision = Some(commit('b'));
        });
    }
    let now = deck.now;
    for row in deck.state.fleet.rows.values_mut() {
        let old = row.app.id.name == "orders";
        row.since = crate::domain::Timestamp::from_second(now.as_second() - if old { 7300 } else { 60 }).unwrap();
        if row.app.id.name == "shop" {
            row.app = crate::domain::app::App { auto_sync: Some(true), ..crate::domain::app::App::clone(&row.app) }.into();
        }
        assert_ne!(row.severity, Severity::Failed);
    }
    for (text, want) in [
        ("since>2h", "orders"),
        ("behind>3", "orders"),
        ("auto:on", "shop"),
        ("/^pay.*s/", "payments"),
        ("not (orders or payments)", "shop"),
    ] {
        deck.keys("/");
        deck.types(text);
        assert_eq!(deck.shown(), [want], "{text}");
        deck.keys("esc");
    }
}

#[test]
fn a_sync_word_is_the_one_of_the_column_and_completes() {
    use crate::domain::status::Phase;
    let mut deck = with_messages();
    let shop = id("hub", crate::domain::ids::AppKind::Application, "argocd", "shop");
    deck.change(&shop, |a| {
        a.sync = crate::domain::status::Sync::OutOfSync;
        a.operation = Some(super::outage::operation(Phase::Failed));
    });
    deck.keys("/");
    deck.types("sync:fa");
    deck.keys("tab");
    assert_eq!(deck.state.view.filter.text, "sync:failed ");
    assert_eq!((deck.shown(), deck.state.view.filter.problem.clone()), (vec!["shop"], None));
    deck.change(&shop, |a| a.operation = Some(super::outage::operation(Phase::Running)));
    deck.wait(600);
    assert!(deck.shown().is_empty(), "it fails no more");
    deck.keys("esc /");
    deck.types("sync:syncing");
    assert_eq!(deck.shown(), ["shop"]);
    deck.keys("esc /");
    deck.types("sync:out");
    assert_eq!(deck.shown(), ["shop"], "what the column stands for counts, too");
}
