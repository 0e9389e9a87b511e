use super::deck::{Deck, NEW, OLD, application, git_repository, kustomization, sent};
use crate::app::effect::Effect;
use crate::app::key::{Key, KeyCode};
use crate::app::msg::Msg;
use crate::app::overlay::Overlay;
use crate::domain::plan::Step;

fn flux() -> Deck {
    let mut deck = Deck::new();
    deck.see(1, &git_repository("fleet", "main", OLD));
    deck.see(1, &kustomization("web", "fleet", OLD));
    deck.poll(NEW);
    deck.on("web");
    deck
}

fn argo() -> Deck {
    let mut deck = Deck::new();
    deck.argo();
    deck.see(1, &application("orders", OLD));
    deck.poll(OLD);
    deck.on("orders");
    deck
}

#[test]
fn what_is_confirmed_is_sent_once_and_journalled_before_and_after() {
    let mut deck = flux();
    deck.char('s');
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Confirm(_))), "{:?}", deck.state.notices.flash);
    deck.wait(400);
    let mut out = deck.char('y');
    assert_eq!(sent(&out).len(), 1);
    assert!(matches!(out.first(), Some(Effect::RunPlan { line, .. }) if line.outcome.is_none()), "it carries its line in the journal");
    out = deck.keys("yyy");
    out.extend(deck.press(KeyCode::Enter));
    assert!(sent(&out).is_empty(), "{out:?}");
}

#[test]
fn keys_typed_before_the_dialog_confirm_nothing() {
    for keys in [[Key::plain(KeyCode::Tab), Key::char(' ')], [Key::plain(KeyCode::Tab), Key::plain(KeyCode::Enter)]] {
        let mut deck = flux();
        deck.char('s');
        let out: Vec<Effect> = keys.into_iter().flat_map(|k| deck.key(k)).collect();
        assert!(sent(&out).is_empty(), "{keys:?}");
        assert!(matches!(deck.state.overlays.last(), Some(Overlay::Confirm(_))));
    }
}

#[test]
fn a_key_meant_for_a_message_on_top_does_not_confirm_the_plan_below() {
    let mut deck = flux();
    deck.char('s');
    deck.press(KeyCode::Tab);
    deck.wait(1000);
    deck.state.overlays.push(Overlay::Message { title: "Quit".into(), lines: vec![] });
    let mut out = deck.press(KeyCode::Enter);
    for key in [Key::plain(KeyCode::Enter), Key::char('y'), Key::char(' ')] {
        out.extend(deck.key(key));
    }
    assert!(sent(&out).is_empty());
    deck.wait(400);
    assert_eq!(sent(&deck.press(KeyCode::Enter)).len(), 1, "after the pause the key counts again");
}

#[test]
fn a_sync_of_another_commit_than_the_dialog_shows_is_not_sent() {
    let mut deck = argo();
    deck.char('s');
    let Some(Overlay::Confirm(dialog)) = deck.state.overlays.last() else { panic!("{:?}", deck.state.notices) };
    assert!(!dialog.plan.is_refused(), "{:?}", dialog.plan.refused);
    deck.wait(1000);
    // Somebody pushed while the dialog was read.
    deck.poll(NEW);
    let out = deck.char('y');
    assert!(sent(&out).is_empty(), "the dialog said {OLD}: {:?}", sent(&out));
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Message { .. })));
    assert!(matches!(out.last(), Some(Effect::Journal(e)) if e.outcome.is_some()), "the refusal is written down");
}

#[test]
fn a_heartbeat_of_the_object_while_the_dialog_is_read_is_no_reason_to_refuse() {
    let mut deck = argo();
    deck.char('s');
    deck.wait(1000);
    let mut object = application("orders", OLD);
    object["metadata"]["resourceVersion"] = "9".into();
    object["status"]["reconciledAt"] = "2026-11-24T03:12:40Z".into();
    deck.see(1, &object);
    let out = deck.char('y');
    let plans = sent(&out);
    let Some(Step::Patch(request)) = plans.first().and_then(|p| p.steps.first()) else { panic!("{out:?}") };
    assert_eq!(request.resource_version.as_deref(), Some("9"), "the newest version locks it");
}

#[test]
fn a_pasted_reason_is_in_the_plan_that_is_sent() {
    let mut deck = flux();
    deck.char('p');
    deck.press(KeyCode::Tab);
    deck.press(KeyCode::Tab);
    let Some(Overlay::Confirm(dialog)) = deck.state.overlays.last_mut() else { panic!() };
    dialog.focus = crate::app::overlay::confirm::Focus::Reason;
    deck.send(Msg::Paste("broken pool".into()));
    let Some(Overlay::Confirm(dialog)) = deck.state.overlays.last_mut() else { panic!() };
    assert!(format!("{:?}", dialog.plan.steps).contains("broken pool"));
    dialog.focus = crate::app::overlay::confirm::Focus::Confirm;
    deck.wait(1000);
    assert_eq!(sent(&deck.press(KeyCode::Enter)).len(), 1);
}

#[test]
fn an_acknowledgement_lands_on_the_app_it_was_opened_for() {
    let mut deck = argo();
    deck.char('a');
    deck.keys("seen");
    deck.see(1, &application("other", OLD));
    deck.state.view.app = deck.state.fleet.rows.keys().find(|id| id.name == "other").cloned();
    deck.press(KeyCode::Enter);
    let acked: Vec<&str> = deck.state.fleet.acks.keys().map(|id| id.name.as_str()).collect();
    assert_eq!(acked, ["orders"]);
}
