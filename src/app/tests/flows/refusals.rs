use super::deck::*;
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::domain::cluster::{KindState, Link};
use crate::domain::event::ClusterEvent;
use crate::domain::ids::{AppKind, ClusterId, Epoch};
use crate::domain::plan::Outcome;
use crate::domain::status::{Operation, Phase};

fn down(deck: &mut Deck, name: &str) {
    let link = Link::Unreachable { since: deck.now, cause: "connection refused".into(), next_try_at: None };
    deck.event(ClusterEvent::Link { cluster: ClusterId::new(name), link });
}

#[test]
fn a_stale_row_refuses_every_write_with_the_sentence() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    let heard = deck.state.fleet.clusters[&ClusterId::new("flux")].heard_at.unwrap();
    down(&mut deck, "flux");
    deck.wait(360_000);
    let minutes = (deck.now.as_second() + 1 - heard.as_second()) / 60;
    for key in ["s", "R", "p", "d"] {
        let out = deck.keys(key);
        assert!(deck.state.overlays.is_empty() && sent(&out).is_empty(), "{key}");
        assert_eq!(deck.said(), format!("flux was last read {minutes}m ago; r reads it again."), "{key}");
    }
    assert!(deck.keys("r").contains(&Effect::RetryCluster(ClusterId::new("flux"))));
}

#[test]
fn an_app_whose_destination_is_down_is_still_read_but_a_dead_home_is_not() {
    let mut deck = Deck::with(vec![argo("argocd", "shop", "prod")]);
    down(&mut deck, "hub");
    assert!(deck.row(&id("hub", AppKind::Application, "argocd", "shop")).stale_as_of.is_some());
}

#[test]
fn a_broken_watch_of_one_kind_makes_only_its_rows_stale() {
    let mut deck = Deck::with(vec![kust("alpha"), argo("argocd", "shop", "hub")]);
    let broken = KindState::Broken { since: deck.now, cause: "reset".into(), next_try_at: None };
    deck.event(ClusterEvent::Kind { cluster: ClusterId::new("flux"), kind: "kustomizations".into(), state: broken });
    assert!(deck.row(&id("flux", AppKind::Kustomization, "flux-system", "alpha")).stale_as_of.is_some());
    assert!(deck.row(&id("hub", AppKind::Application, "argocd", "shop")).stale_as_of.is_none());
}

#[test]
fn a_link_that_dies_while_the_dialog_is_open_refuses() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.keys("s");
    down(&mut deck, "flux");
    deck.keys("y");
    assert!(sent(&deck.effects).is_empty());
    assert!(deck.message().contains("flux does not answer any more; nothing was sent."), "{}", deck.message());
}

#[test]
fn read_only_says_so_and_opens_no_plan() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.state.settings.read_only = true;
    for key in ["s", "R", "p", "r"] {
        deck.keys(key);
        assert_eq!(deck.said(), "driftdeck runs read-only (--read-only).", "{key}");
    }
    deck.keys("d");
    assert!(matches!(deck.state.screen, crate::app::state::Screen::Diff(_)), "reading stays allowed");
    assert!(sent(&deck.effects).is_empty());
}

#[test]
fn a_read_only_destination_is_as_read_only_as_the_home() {
    let mut deck = Deck::with(vec![argo("argocd", "shop", "prod")]);
    deck.state.fleet.clusters.get_mut(&ClusterId::new("prod")).unwrap().read_only = true;
    deck.keys("s");
    assert_eq!(deck.said(), "prod is read-only (config).");
    assert!(deck.state.overlays.is_empty());
}

#[test]
fn a_running_operation_is_not_overwritten() {
    let mut app = argo("argocd", "shop", "flux");
    app.operation = Some(Operation {
        phase: Phase::Running,
        message: String::new(),
        started_at: Some(start()),
        finished_at: None,
        retry_count: 0,
        next_try_at: None,
        by: Some("dana".into()),
        revision: None,
        request_id: None,
        routine: false,
    });
    let mut deck = Deck::with(vec![app]);
    let out = deck.keys("s");
    let refused = deck.dialog().plan.refused.clone().unwrap();
    assert!(refused.text.contains("a sync by dana is running"), "{}", refused.text);
    assert!(out.iter().any(|e| matches!(e, Effect::Journal(j) if matches!(j.outcome, Some(Outcome::Refused { .. })))));
    deck.wait(400);
    deck.keys("y enter");
    assert!(sent(&deck.effects).is_empty());
}

#[test]
fn unreadable_objects_are_not_acted_on() {
    let mut app = kust("alpha");
    app.unreadable = Some("spec.path is a number".into());
    let mut deck = Deck::with(vec![app]);
    deck.keys("s");
    assert_eq!(deck.said(), "alpha cannot be read: spec.path is a number.");
}

#[test]
fn a_paste_on_the_screen_does_nothing() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    let before = format!("{:?}", deck.state.view);
    let out = deck.send(Msg::Paste("s\n\ty\nq\nR".into()));
    assert!(out.is_empty() && deck.state.overlays.is_empty());
    assert_eq!(format!("{:?}", deck.state.view), before);
    assert_eq!(deck.said(), "A paste on this screen does nothing; keys are typed.");
}

#[test]
fn a_paste_into_the_filter_is_text_without_escape_sequences() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.keys("/");
    deck.send(Msg::Paste("al\u{1b}[2Jpha\n".into()));
    assert!(!deck.state.view.filter.text.contains(['\u{1b}', '\n']), "{:?}", deck.state.view.filter.text);
}

#[test]
fn a_cluster_that_is_not_the_one_it_was_is_inert() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    let link = Link::Changed { what: "cluster id was aaaa, is bbbb".into() };
    deck.event(ClusterEvent::Link { cluster: ClusterId::new("flux"), link });
    assert!(deck.said().starts_with("flux is not the cluster it was: cluster id was aaaa, is bbbb."));
    deck.keys("s");
    assert!(deck.state.overlays.is_empty());
}

#[test]
fn quitting_asks_while_a_task_runs_and_not_otherwise() {
    let mut deck = Deck::with(vec![argo("argocd", "shop", "flux")]);
    deck.keys("s");
    deck.wait(400);
    deck.keys("y");
    deck.keys("b");
    deck.wait(400);
    let out = deck.keys("q");
    assert!(!out.contains(&Effect::Quit(0)));
    assert!(deck.message().contains("Task 1 still follows: sync shop on flux."), "{}", deck.message());
    deck.keys("esc");
    assert!(deck.state.overlays.is_empty());
    assert!(!deck.effects.contains(&Effect::Quit(0)));
    deck.keys("q");
    deck.key("q");
    assert!(!deck.effects.contains(&Effect::Quit(0)), "a held q is no answer");
    assert!(deck.message().contains("q quits, esc stays."));
    deck.keys("q");
    assert!(deck.effects.contains(&Effect::Quit(0)));
    let mut idle = Deck::with(vec![kust("alpha")]);
    assert!(idle.keys("q").contains(&Effect::Quit(0)));
}

#[test]
fn control_z_hands_the_terminal_back() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    assert_eq!(deck.keys("Ctrl-z"), [Effect::SuspendProgram]);
}

#[test]
fn a_sync_from_the_diff_of_an_app_that_went_is_not_a_sync_of_the_next_one() {
    use crate::domain::ids::Epoch;
    let mut deck = Deck::with(vec![kust("alpha"), kust("beta")]);
    deck.keys("d");
    deck.wait(600);
    deck.event(ClusterEvent::Removed {
        cluster: ClusterId::new("flux"),
        epoch: Epoch(1),
        kind: "kustomizations".into(),
        namespace: "flux-system".into(),
        name: "alpha".into(),
    });
    assert_eq!(deck.cursor(), "beta");
    deck.keys("s");
    assert!(deck.state.overlays.is_empty());
    assert_eq!(deck.said(), "alpha is no longer in the list; esc goes back.");
    deck.keys("tab");
    assert_eq!(deck.said(), "alpha is gone; esc goes back.");
    deck.keys("esc");
    assert_eq!(deck.cursor(), "beta");
}

#[test]
fn a_configmap_that_is_not_there_leaves_the_defaults_and_one_that_may_not_be_read_refuses() {
    let hub = || ClusterId::new("hub");
    let says = |what: &dyn Fn(&mut Deck)| {
        let mut deck = Deck::with(vec![argo("argocd", "web", "prod")]);
        what(&mut deck);
        deck.on(&id("hub", AppKind::Application, "argocd", "web"));
        deck.keys("s");
        deck.dialog().plan.refused.clone().map(|r| r.text)
    };
    let state = |kind: &str, state: KindState| ClusterEvent::Kind { cluster: hub(), kind: kind.into(), state };
    let gone = |deck: &mut Deck| {
        let (cluster, kind, namespace, name) = (hub(), "configmaps".into(), "argocd".into(), "argocd-cm".into());
        deck.event(ClusterEvent::Removed { cluster, epoch: Epoch(1), kind, namespace, name });
    };
    assert_eq!(says(&gone), None);
    let forbidden = |namespaces: &[&str]| KindState::Forbidden { namespaces: namespaces.iter().map(|n| (*n).to_owned()).collect() };
    let here = |deck: &mut Deck| {
        gone(deck);
        deck.event(state("configmaps", forbidden(&["argocd"])));
    };
    assert_eq!(says(&here), None, "that namespace may be read");
    let elsewhere = |deck: &mut Deck| {
        gone(deck);
        deck.event(state("configmaps", forbidden(&["team"])));
    };
    let text = says(&elsewhere).unwrap_or_default();
    assert!(text.contains("you may not list ConfigMaps in namespace argocd"), "{text}");
    let broken = |deck: &mut Deck| {
        let since = deck.now;
        deck.event(state("appprojects", KindState::Broken { since, cause: "too many requests".into(), next_try_at: None }));
    };
    let text = says(&broken).unwrap_or_default();
    assert!(text.contains("the watch of AppProjects is broken: too many requests"), "{text}");
}
