//! Objects that say what they said: what is taken from them, and what of them is judged nevertheless.

use super::deck::{Deck, NEW, application};
use serde_json::{Value, json};

fn well(name: &str) -> Value {
    let mut app = application(name, NEW);
    app["status"]["sync"]["status"] = "Synced".into();
    app["status"]["sync"]["comparedTo"] = json!({"source": app["spec"]["source"], "destination": app["spec"]["destination"]});
    let object = json!({"group": "apps", "version": "v1", "kind": "Deployment", "namespace": name, "name": name, "status": "Synced"});
    app["status"]["resources"] = json!([object]);
    app
}

/// Compared again a minute later, with a further change; how many verdicts that took.
fn again(deck: &mut Deck, app: &mut Value, at: &str, change: impl FnOnce(&mut Value)) -> u64 {
    let before = deck.state.fleet.derive.judged;
    app["metadata"]["resourceVersion"] = json!(format!("v{at}"));
    app["status"]["reconciledAt"] = json!(at);
    change(app);
    deck.see(1, app);
    deck.state.fleet.derive.judged - before
}

fn deck() -> (Deck, Value) {
    let mut deck = Deck::new();
    deck.argo();
    // The one in view is judged whatever comes.
    deck.see(1, &well("above"));
    let app = well("shop");
    deck.see(1, &app);
    let above = deck.state.fleet.rows.keys().find(|id| id.name == "above").cloned();
    deck.state.view.app = above;
    (deck, app)
}

#[test]
fn a_comparison_that_found_nothing_new_is_taken_in_without_a_verdict_and_without_a_frame() {
    let (mut deck, mut app) = deck();
    deck.state.dirty = false;
    assert_eq!(again(&mut deck, &mut app, "2026-11-24T03:12:30Z", |_| ()), 0);
    let row = deck.state.fleet.rows.values().find(|r| r.app.id.name == "shop").unwrap();
    assert_eq!(row.app.argo().unwrap().reconciled_at, Some("2026-11-24T03:12:30Z".parse().unwrap()));
    assert_eq!((row.app.resource_version.as_str(), row.well_at, deck.state.dirty), ("v2026-11-24T03:12:30Z", Some(deck.state.now), false));
    let newest = deck.state.fleet.compared.values().map(|(at, _)| *at).max();
    assert_eq!(newest, Some("2026-11-24T03:12:30Z".parse().unwrap()), "its Argo CD is known to work");
}

#[test]
fn whatever_else_is_new_is_judged_as_is_the_row_in_view_one_that_is_ill_and_each_after_a_while() {
    let (mut deck, mut app) = deck();
    assert!(again(&mut deck, &mut app, "2026-11-24T03:12:31Z", |a| a["status"]["sync"]["status"] = "OutOfSync".into()) > 0);
    assert!(again(&mut deck, &mut app, "2026-11-24T03:12:32Z", |_| ()) > 0, "a row that is not well says when it was compared");
    assert!(again(&mut deck, &mut app, "2026-11-24T03:12:33Z", |a| a["status"]["sync"]["status"] = "Synced".into()) > 0);
    assert_eq!(again(&mut deck, &mut app, "2026-11-24T03:12:34Z", |_| ()), 0);
    deck.wait(900_000);
    assert!(again(&mut deck, &mut app, "2026-11-24T03:12:35Z", |_| ()) > 0, "time alone may have made something of it");
    deck.state.view.app = deck.state.fleet.rows.keys().find(|id| id.name == "shop").cloned();
    assert!(again(&mut deck, &mut app, "2026-11-24T03:12:36Z", |_| ()) > 0, "the row in view tells when it was compared");
}
