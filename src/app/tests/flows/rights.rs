//! What the operator may not do is said before it is tried.

use super::super::deck::{Deck, NEW, OLD, git_repository, kustomization, sent};
use crate::app::effect::Effect;
use crate::app::key::KeyCode;
use crate::app::msg::Msg;
use crate::app::overlay::Overlay;
use crate::app::overlay::confirm::Focus;
use crate::app::rights::Object;
use crate::domain::cluster::Fingerprint;
use crate::domain::event::ClusterEvent;
use crate::domain::ids::ClusterId;
use crate::domain::plan::{Outcome, Plan};

type Asked = (u64, Object);

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

fn rights(deck: &Deck) -> Vec<&str> {
    plan(deck).lines.iter().filter(|l| l.label == "rights").map(|l| l.text.as_str()).collect()
}

fn asked(out: &[Effect]) -> Vec<Asked> {
    let one = |e: &Effect| if let Effect::Review { ask, object } = e { Some((*ask, object.clone())) } else { None };
    out.iter().filter_map(one).collect()
}

fn answer(deck: &mut Deck, (ask, object): &Asked, may: Result<bool, String>) -> Vec<Effect> {
    deck.send(Msg::Reviewed { ask: *ask, object: object.clone(), may })
}

/// The questions about the source, which is asked to fetch first, and about the app.
fn reconcile(deck: &mut Deck) -> (Asked, Asked) {
    let all = asked(&deck.char('s'));
    let [source, app] = &all[..] else { panic!("{all:?}") };
    assert_eq!((source.1.plural.as_str(), source.1.name.as_str()), ("gitrepositories", "fleet"));
    assert_eq!((app.1.plural.as_str(), app.1.name.as_str()), ("kustomizations", "web"));
    (source.clone(), app.clone())
}

fn new_session(deck: &mut Deck) {
    let cluster = ClusterId::new("prod");
    deck.send(Msg::Cluster(ClusterEvent::Identity { cluster, fingerprint: Fingerprint::default(), user: None, moved: None }));
    deck.connect("prod", 1);
}

const SOURCE: &str = "patch gitrepositories flux-system/fleet";
const APP: &str = "patch kustomizations flux-system/web";

#[test]
fn a_plan_asks_once_about_each_object_it_patches_by_name_and_says_the_answers() {
    let mut deck = flux();
    let (source, app) = reconcile(&mut deck);
    assert_eq!(rights(&deck), [format!("{SOURCE}: asking"), format!("{APP}: asking")]);
    answer(&mut deck, &app, Ok(true));
    assert_eq!(rights(&deck), [format!("{SOURCE}: asking"), format!("{APP}: yes")]);
    answer(&mut deck, &source, Ok(true));
    assert_eq!(rights(&deck), [format!("{SOURCE}: yes"), format!("{APP}: yes")]);
    deck.press(KeyCode::Esc);
    deck.wait(1000);
    assert!(asked(&deck.char('p')).is_empty(), "the answer is known for a minute");
    assert_eq!(rights(&deck), [format!("{APP}: yes")], "suspending patches the app alone");
    deck.press(KeyCode::Esc);
    deck.wait(61_000);
    assert_eq!(asked(&deck.char('s')).len(), 2, "roles change");
}

#[test]
fn without_the_right_the_plan_is_refused_and_nothing_can_be_sent() {
    let mut deck = flux();
    let (_, app) = reconcile(&mut deck);
    let out = answer(&mut deck, &app, Ok(false));
    let refused = plan(&deck).refused.clone().expect("refused");
    assert_eq!(refused.text, "prod does not let you patch kustomizations flux-system/web.");
    let check = "kubectl --context prod auth can-i patch kustomizations.kustomize.toolkit.fluxcd.io/web -n flux-system";
    assert!(refused.lines.iter().any(|l| l.text == check), "{:?}", refused.lines);
    assert!(plan(&deck).steps.is_empty() && plan(&deck).commands.is_empty());
    assert!(matches!(&out[..], [Effect::Journal(e)] if matches!(e.outcome, Some(Outcome::Refused { .. }))), "{out:?}");
    deck.wait(1000);
    let mut out = deck.char('y');
    out.extend(deck.press(KeyCode::Enter));
    assert!(sent(&out).is_empty());
    deck.wait(1000);
    deck.char('s');
    assert!(plan(&deck).is_refused(), "a plan that is built later knows it from the start");
}

#[test]
fn a_source_that_may_not_be_asked_to_fetch_is_said_and_holds_up_nothing() {
    let mut deck = flux();
    let (source, app) = reconcile(&mut deck);
    answer(&mut deck, &source, Ok(false));
    answer(&mut deck, &app, Ok(true));
    assert_eq!(rights(&deck), [format!("{SOURCE}: no"), format!("{APP}: yes")]);
    deck.wait(1000);
    assert_eq!(sent(&deck.char('y')).len(), 1);
}

#[test]
fn a_refresh_that_patches_the_source_names_the_source_and_needs_its_right() {
    let mut deck = flux();
    deck.poll(NEW);
    let all = asked(&deck.char('r'));
    let [source] = &all[..] else { panic!("{all:?}") };
    assert_eq!(rights(&deck), [format!("{SOURCE}: asking")]);
    let says = |deck: &Deck, label: &str| plan(deck).lines.iter().find(|l| l.label == label).map(|l| l.text.clone());
    assert_eq!(says(&deck, "asks").as_deref(), Some("GitRepository flux-system/fleet (uid uid-) on prod to fetch"));
    answer(&mut deck, source, Ok(false));
    let refused = plan(&deck).refused.clone().expect("refused");
    assert_eq!(refused.text, "prod does not let you patch gitrepositories flux-system/fleet.");
}

#[test]
fn an_answer_that_cannot_be_had_forbids_nothing() {
    let mut deck = flux();
    let (_, app) = reconcile(&mut deck);
    answer(&mut deck, &app, Err("timed out after 10s".into()));
    assert_eq!(rights(&deck).last(), Some(&format!("{APP}: not known, timed out after 10s").as_str()));
    deck.wait(1000);
    assert_eq!(sent(&deck.char('y')).len(), 1);
}

#[test]
fn the_answer_about_another_object_changes_no_plan() {
    let mut deck = flux();
    let (_, mut app) = reconcile(&mut deck);
    app.1.name = "elsewhere".into();
    answer(&mut deck, &app, Ok(false));
    assert!(!plan(&deck).is_refused());
}

#[test]
fn an_answer_changes_nothing_of_the_plan_that_is_being_read_but_what_it_says_of_rights() {
    let mut deck = flux();
    let (source, app) = reconcile(&mut deck);
    let read = plan(&deck).clone();
    let Some(Overlay::Confirm(dialog)) = deck.state.overlays.last_mut() else { panic!() };
    dialog.focus = Focus::Option(0);
    // Somebody pushes: a plan that is built now is another one.
    deck.poll(NEW);
    answer(&mut deck, &source, Ok(true));
    answer(&mut deck, &app, Ok(true));
    let told = plan(&deck).clone();
    let without = |plan: &Plan| plan.lines.iter().filter(|l| l.label != "rights").cloned().collect::<Vec<_>>();
    assert_eq!(without(&told), without(&read));
    assert_eq!((&told.steps, &told.commands, &told.options), (&read.steps, &read.commands, &read.options));
    assert_eq!(told.request_id, read.request_id);
    assert!(matches!(deck.state.overlays.last(), Some(Overlay::Confirm(d)) if d.focus == Focus::Option(0)));
}

#[test]
fn an_answer_reaches_a_plan_that_another_message_lies_on() {
    let mut deck = flux();
    let (_, app) = reconcile(&mut deck);
    deck.state.overlays.push(Overlay::Message { title: "Quit".into(), lines: Vec::new() });
    answer(&mut deck, &app, Ok(false));
    deck.state.overlays.pop();
    assert!(plan(&deck).is_refused());
}

#[test]
fn an_answer_for_an_earlier_session_is_dropped() {
    let mut deck = flux();
    let (_, old) = reconcile(&mut deck);
    deck.press(KeyCode::Esc);
    new_session(&mut deck);
    answer(&mut deck, &old, Ok(false));
    deck.see(1, &kustomization("web", "fleet", OLD));
    deck.on("web");
    let (_, new) = reconcile(&mut deck);
    assert_ne!(new.0, old.0);
    answer(&mut deck, &old, Ok(false));
    assert!(!plan(&deck).is_refused(), "it was given to another user");
    assert_eq!(rights(&deck).last(), Some(&format!("{APP}: asking").as_str()));
    answer(&mut deck, &new, Ok(true));
    assert_eq!(rights(&deck).last(), Some(&format!("{APP}: yes").as_str()));
}

#[test]
fn an_object_that_an_option_brings_in_is_asked_about_then() {
    let mut deck = flux();
    let (_, app) = reconcile(&mut deck);
    deck.press(KeyCode::Tab);
    let Some(Overlay::Confirm(dialog)) = deck.state.overlays.last_mut() else { panic!() };
    dialog.focus = Focus::Option(0);
    deck.wait(1000);
    deck.char(' ');
    assert_eq!(rights(&deck), [format!("{APP}: asking")], "without the source");
    deck.wait(61_000);
    let all = asked(&deck.char(' '));
    assert_eq!(all.len(), 2, "{all:?}");
    answer(&mut deck, &app, Ok(false));
    assert!(!plan(&deck).is_refused(), "the question was asked anew since");
}
