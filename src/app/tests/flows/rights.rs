//! What the operator may not do is said before it is tried.

use super::super::deck::{Deck, OLD, git_repository, kustomization, sent};
use crate::app::effect::Effect;
use crate::app::key::KeyCode;
use crate::app::msg::Msg;
use crate::app::overlay::Overlay;
use crate::app::rights::Scope;
use crate::domain::plan::{Outcome, Plan};

fn flux() -> Deck {
    let mut deck = Deck::new();
    deck.see(1, &git_repository("fleet", "main", OLD));
    deck.see(1, &kustomization("web", "fleet", OLD));
    deck.poll(OLD);
    deck.on("web");
    deck
}

fn plan(deck: &Deck) -> &Plan {
    let Some(Overlay::Confirm(dialog)) = deck.state.overlays.last() else { panic!("no plan: {:?}", deck.state.notices.flash) };
    &dialog.plan
}

fn rights(deck: &Deck) -> Option<&str> {
    plan(deck).lines.iter().find(|l| l.label == "rights").map(|l| l.text.as_str())
}

fn asked(out: &[Effect]) -> Vec<Scope> {
    out.iter().filter_map(|e| if let Effect::Review(scope) = e { Some(scope.clone()) } else { None }).collect()
}

#[test]
fn a_plan_asks_once_what_may_be_patched_and_says_the_answer() {
    let mut deck = flux();
    let scopes = asked(&deck.char('s'));
    assert_eq!(scopes.len(), 1);
    assert_eq!(rights(&deck), Some("patch kustomizations in flux-system: asking"));
    deck.send(Msg::Reviewed { scope: scopes[0].clone(), may: Ok(true) });
    assert_eq!(rights(&deck), Some("patch kustomizations in flux-system: yes"));
    deck.press(KeyCode::Esc);
    deck.wait(1000);
    assert!(asked(&deck.char('p')).is_empty(), "the answer is known for a minute");
    assert_eq!(rights(&deck), Some("patch kustomizations in flux-system: yes"));
    deck.press(KeyCode::Esc);
    deck.wait(61_000);
    assert_eq!(asked(&deck.char('s')).len(), 1, "roles change");
}

#[test]
fn without_the_right_the_plan_is_refused_and_nothing_can_be_sent() {
    let mut deck = flux();
    let scopes = asked(&deck.char('s'));
    let out = deck.send(Msg::Reviewed { scope: scopes[0].clone(), may: Ok(false) });
    let refused = plan(&deck).refused.clone().expect("refused");
    assert!(refused.text.contains("does not let you patch kustomizations in namespace flux-system."), "{}", refused.text);
    assert!(refused.lines.iter().any(|l| l.text.contains("auth can-i patch kustomizations.kustomize.toolkit.fluxcd.io -n flux-system")));
    assert!(matches!(&out[..], [Effect::Journal(e)] if matches!(e.outcome, Some(Outcome::Refused { .. }))), "{out:?}");
    deck.wait(1000);
    let mut out = deck.char('y');
    out.extend(deck.press(KeyCode::Enter));
    assert!(sent(&out).is_empty());
}

#[test]
fn an_answer_that_cannot_be_had_forbids_nothing() {
    let mut deck = flux();
    let scopes = asked(&deck.char('s'));
    deck.send(Msg::Reviewed { scope: scopes[0].clone(), may: Err("timed out after 10s".into()) });
    assert_eq!(rights(&deck), Some("patch kustomizations in flux-system: not known, timed out after 10s"));
    deck.wait(1000);
    assert_eq!(sent(&deck.char('y')).len(), 1);
}

#[test]
fn the_answer_about_another_namespace_changes_no_plan() {
    let mut deck = flux();
    let mut scope = asked(&deck.char('s')).remove(0);
    scope.namespace = "elsewhere".into();
    deck.send(Msg::Reviewed { scope, may: Ok(false) });
    assert!(!plan(&deck).is_refused());
}
