use super::deck::*;
use crate::app::pane::Pane;
use crate::domain::event::ClusterEvent;
use crate::domain::ids::{AppKind, ClusterId, Epoch};
use crate::domain::status::{Health, Sync};

fn three() -> Deck {
    Deck::with(vec![kust("alpha"), kust("beta"), kust("gamma")])
}

fn ks(name: &str) -> crate::domain::ids::AppId {
    id("flux", AppKind::Kustomization, "flux-system", name)
}

#[test]
fn the_worst_app_comes_first_and_the_cursor_follows_its_app() {
    let mut deck = three();
    deck.on(&ks("beta"));
    deck.change(&ks("gamma"), |a| a.health = Health::Degraded);
    deck.wait(600);
    assert_eq!(deck.shown(), ["gamma", "alpha", "beta"]);
    assert_eq!(deck.cursor(), "beta");
    deck.change(&ks("beta"), |a| a.sync = Sync::OutOfSync);
    assert_eq!(deck.shown(), ["gamma", "beta", "alpha"]);
    assert_eq!(deck.cursor(), "beta");
}

#[test]
fn rows_do_not_move_within_half_a_second_of_a_key() {
    let mut deck = three();
    deck.keys("j");
    deck.change(&ks("gamma"), |a| a.health = Health::Degraded);
    assert_eq!(deck.shown(), ["alpha", "beta", "gamma"]);
    let wake = crate::app::settle::next_wake(&deck.state).unwrap();
    assert!(wake.as_millisecond() - deck.now.as_millisecond() <= 500, "it asks to be woken when the rows may move");
    deck.wait(499);
    assert_eq!(deck.shown(), ["alpha", "beta", "gamma"]);
    deck.wait(1);
    assert_eq!(deck.shown(), ["gamma", "alpha", "beta"]);
}

#[test]
fn a_removed_app_leaves_the_cursor_on_the_row_that_took_its_place_and_says_so() {
    let mut deck = three();
    deck.on(&ks("beta"));
    deck.event(ClusterEvent::Removed {
        cluster: ClusterId::new("flux"),
        epoch: Epoch(1),
        kind: "kustomizations".into(),
        namespace: "flux-system".into(),
        name: "beta".into(),
    });
    assert_eq!(deck.cursor(), "gamma");
    assert_eq!(deck.said(), "beta is gone from flux.");
    deck.event(ClusterEvent::Removed {
        cluster: ClusterId::new("flux"),
        epoch: Epoch(1),
        kind: "kustomizations".into(),
        namespace: "flux-system".into(),
        name: "gamma".into(),
    });
    assert_eq!(deck.cursor(), "alpha", "the last row leaves the cursor on the one above");
}

#[test]
fn two_apps_of_one_name_on_one_cluster_are_two_rows_with_their_own_plans() {
    let (mut one, mut two) = (argo("argocd", "payments", "flux"), argo("ap", "payments", "flux"));
    one.revision = Some(commit('b'));
    two.sync = Sync::OutOfSync;
    let mut deck = Deck::with(vec![one, two]);
    assert_eq!(deck.shown(), ["payments", "payments"]);
    for namespace in ["argocd", "ap"] {
        let wanted = id("hub", AppKind::Application, namespace, "payments");
        deck.on(&wanted);
        deck.keys("s");
        let target = &deck.dialog().plan.targets[0];
        assert_eq!(target.app, wanted);
        assert_eq!(target.uid, format!("uid-{namespace}-payments"));
        deck.keys("esc");
    }
    let first = id("hub", AppKind::Application, "ap", "payments");
    deck.on(&first);
    deck.event(ClusterEvent::Removed {
        cluster: ClusterId::new("hub"),
        epoch: Epoch(1),
        kind: "applications".into(),
        namespace: "argocd".into(),
        name: "payments".into(),
    });
    assert_eq!(deck.state.view.app, Some(first), "only the other one went");
}

#[test]
fn a_complete_set_removes_what_is_absent_but_only_of_its_kind_and_namespaces() {
    let mut deck =
        Deck::with(vec![argo("argocd", "here", "flux"), argo("argocd", "gone", "flux"), argo("ap", "elsewhere", "flux"), kust("here")]);
    let complete = |namespaces: &[&str], present: &[(&str, &str)]| ClusterEvent::Complete {
        cluster: ClusterId::new("hub"),
        epoch: Epoch(1),
        kind: "applications".into(),
        namespaces: namespaces.iter().map(|n| (*n).to_owned()).collect(),
        present: present.iter().map(|(ns, n)| ((*ns).to_owned(), (*n).to_owned())).collect(),
    };
    deck.event(complete(&["argocd"], &[("argocd", "here")]));
    assert_eq!(deck.shown(), ["elsewhere", "here", "here"]);
    deck.event(complete(&[], &[("argocd", "here")]));
    assert_eq!(deck.shown(), ["here", "here"]);
}

#[test]
fn letters_of_a_filter_are_never_actions_and_esc_goes_back_one_step_at_a_time() {
    let mut deck = Deck::with(vec![kust("alpha"), kust("sRprd"), kust("gamma")]);
    deck.keys("/");
    deck.types("sRprd");
    assert_eq!(deck.shown(), ["sRprd"], "it narrows while it is typed");
    assert!(deck.state.overlays.is_empty() && deck.effects.iter().all(|e| !matches!(e, crate::app::effect::Effect::RunPlan { .. })));
    deck.keys("q q backspace");
    assert_eq!(deck.state.view.filter.text, "sRprdq");
    deck.keys("backspace enter");
    assert!(!deck.state.view.filter.editing);
    deck.keys("space z 3");
    assert!(deck.state.view.zoom && deck.state.view.focus == Pane::Details && deck.state.view.marks.len() == 1);
    deck.keys("esc");
    assert!(!deck.state.view.zoom);
    deck.keys("esc");
    assert_eq!(deck.state.view.focus, Pane::Apps);
    assert_eq!(deck.state.view.marks.len(), 1);
    deck.keys("esc");
    assert!(deck.state.view.marks.is_empty());
    assert_eq!(deck.state.view.filter.text, "sRprd");
    deck.keys("esc");
    assert_eq!(deck.state.view.filter.text, "");
    deck.wait(600);
    assert_eq!(deck.shown().len(), 3);
    let out = deck.keys("esc");
    assert!(out.is_empty(), "esc never quits: {out:?}");
    assert_eq!(deck.said(), "q quits.");
}

#[test]
fn esc_in_the_filter_puts_the_earlier_one_back() {
    let mut deck = three();
    deck.keys("/");
    deck.types("beta");
    deck.keys("enter /");
    deck.types("zzz");
    assert_eq!(deck.shown(), [""; 0], "nothing has that name");
    deck.keys("esc");
    assert_eq!((deck.state.view.filter.text.as_str(), deck.shown()), ("beta", vec!["beta"]));
}

#[test]
fn the_order_is_chosen_and_the_title_of_the_list_says_it() {
    let mut bad = kust("zeta");
    bad.health = crate::domain::status::Health::Degraded;
    let mut deck = Deck::with(vec![kust("alpha"), bad]);
    deck.wait(600);
    assert_eq!(deck.shown(), ["zeta", "alpha"]);
    deck.keys("O j j enter");
    assert!(deck.state.overlays.is_empty());
    assert_eq!(deck.state.view.sort.word(), "by name");
    assert_eq!(deck.shown(), ["alpha", "zeta"]);
    deck.keys("O G space esc");
    assert_eq!(deck.state.view.hidden.len(), 1);
}

#[test]
fn h_and_l_are_tabs_in_details_and_l_is_the_login_elsewhere() {
    let mut deck = three();
    deck.keys("3 l l");
    assert_eq!(deck.state.view.tab, crate::app::pane::Tab::History);
    deck.keys("h");
    assert_eq!(deck.state.view.tab, crate::app::pane::Tab::Resources);
    deck.keys("2 l");
    assert_eq!(deck.state.view.tab, crate::app::pane::Tab::Resources);
    assert!(deck.said().contains("needs no login"), "{}", deck.said());
}

#[test]
fn on_the_line_of_clusters_h_and_l_move() {
    let mut deck = three();
    deck.send(crate::app::msg::Msg::Resize { width: 120, height: 32 });
    deck.keys("1 g");
    let first = deck.state.view.cluster.clone();
    deck.keys("l");
    assert_ne!(deck.state.view.cluster, first);
    deck.keys("h");
    assert_eq!(deck.state.view.cluster, first);
}

#[test]
fn y_offers_what_can_be_copied_and_copies_the_chosen_line() {
    let mut deck = three();
    let name = deck.state.row().unwrap().app.id.name.clone();
    deck.keys("y j");
    assert_eq!(deck.keys("enter"), [crate::app::effect::Effect::Copy(name)]);
    let out = deck.keys("y G y");
    assert!(
        matches!(&out[..], [crate::app::effect::Effect::Copy(c)] if c.starts_with("kubectl --context flux -n flux-system get kustomizations.")),
        "{out:?}"
    );
}

#[test]
fn marks_go_with_their_app() {
    let mut deck = three();
    deck.keys("*");
    assert_eq!(deck.state.view.marks.len(), 3);
    deck.wait(600);
    deck.event(ClusterEvent::Complete {
        cluster: ClusterId::new("flux"),
        epoch: Epoch(1),
        kind: "kustomizations".into(),
        namespaces: vec![],
        present: vec![("flux-system".into(), "alpha".into())],
    });
    assert_eq!(deck.state.view.marks.len(), 1);
}

#[test]
fn an_acknowledgement_ends_when_the_row_changes() {
    let mut sick = kust("beta");
    sick.health = Health::Degraded;
    let mut deck = Deck::with(vec![kust("alpha"), sick]);
    deck.on(&ks("beta"));
    deck.keys("a");
    deck.types("waiting for ravi");
    let out = deck.keys("enter");
    assert!(out.iter().any(
        |e| matches!(e, crate::app::effect::Effect::SaveAcknowledged(list) if list.len() == 1 && list[0].1.note == "waiting for ravi")
    ));
    assert!(deck.row(&ks("beta")).ack.is_some());
    deck.change(&ks("beta"), |_| {});
    assert!(deck.row(&ks("beta")).ack.is_some(), "the same state again is no change");
    deck.change(&ks("beta"), |a| a.revision = Some(commit('b')));
    assert!(deck.row(&ks("beta")).ack.is_none());
    deck.on(&ks("alpha"));
    deck.keys("a");
    assert_eq!(deck.said(), "alpha is well; nothing to acknowledge.");
}

#[test]
fn the_key_of_the_clusters_goes_to_the_cluster_that_the_verdict_speaks_of() {
    use crate::domain::cluster::Link;
    use crate::domain::event::ClusterEvent;
    let shop = id("hub", AppKind::Application, "argocd", "shop");
    let mut deck = Deck::with(vec![kust("alpha"), argo("argocd", "shop", "prod")]);
    let chosen = |deck: &mut Deck, app: &crate::domain::ids::AppId| {
        deck.on(app);
        deck.keys("1");
        deck.state.view.cluster.as_ref().map(ToString::to_string).unwrap()
    };
    assert_eq!(chosen(&mut deck, &ks("alpha")), "flux");
    assert_eq!(chosen(&mut deck, &shop), "prod", "where it runs");
    deck.on(&shop);
    deck.keys("3 1");
    assert_eq!(deck.state.view.cluster.as_ref().unwrap().as_str(), "prod", "from its details, too");
    deck.keys("j j k");
    let moved = deck.state.view.cluster.clone();
    deck.keys("3 1");
    assert_eq!(deck.state.view.cluster, moved, "from the details of a cluster the cursor stays");
    deck.state.fleet.rows.get_mut(&shop).unwrap().verdict.is_old = true;
    let row = deck.row(&shop);
    assert_eq!(crate::app::pane::clusters::to_look_at(&deck.state, row).as_str(), "hub", "what its engine shows is of before");
    let link = Link::Unreachable { since: deck.now, cause: "timed out".into(), next_try_at: None };
    deck.event(ClusterEvent::Link { cluster: crate::domain::ids::ClusterId::new("hub"), link });
    assert_eq!(chosen(&mut deck, &shop), "hub", "it is the hub that is not heard");
}

#[test]
fn keys_of_apps_are_off_in_the_details_of_a_cluster_and_are_not_hinted() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.on(&ks("alpha"));
    deck.keys("1 3");
    assert_eq!((deck.state.view.focus, deck.state.view.details_of), (Pane::Details, Pane::Clusters));
    let hints: Vec<String> = crate::app::hints::now(&deck.state).into_iter().map(|h| h.key).collect();
    for key in ["d", "s", "R", "L", "p", "a", "x", "space"] {
        assert!(!hints.iter().any(|h| h == key), "{key} is hinted: {hints:?}");
    }
    deck.keys("s");
    assert!(deck.state.overlays.is_empty(), "{:?}", deck.state.overlays);
    assert!(deck.said().contains("The cursor is on a cluster"), "{}", deck.said());
    let out = deck.keys("r");
    assert!(out.iter().any(|e| matches!(e, crate::app::effect::Effect::RetryCluster(_))), "{out:?}");
    deck.keys("2 3");
    assert!(crate::app::hints::now(&deck.state).iter().any(|h| h.key == "d"), "in the details of an app they are back");
}

#[test]
fn many_apps_are_all_marked_only_when_the_key_is_pressed_twice() {
    let mut deck = Deck::with((0..21).map(|n| kust(&format!("app-{n:02}"))).collect());
    deck.keys("*");
    assert!(deck.state.view.marks.is_empty() && deck.said().contains("21 apps are shown: * again"), "{}", deck.said());
    deck.wait(6000);
    deck.keys("*");
    assert!(deck.state.view.marks.is_empty(), "the question was asked anew");
    deck.keys("*");
    assert_eq!(deck.state.view.marks.len(), 21);
    deck.keys("*");
    assert!(deck.state.view.marks.is_empty() && deck.said().contains("21 were"), "{}", deck.said());
    let mut deck = three();
    deck.keys("*");
    assert_eq!(deck.state.view.marks.len(), 3, "few are marked at once");
}

#[test]
fn the_list_of_clusters_opens_on_the_chosen_one_and_enter_takes_details_along() {
    use crate::app::overlay::Overlay;
    for (width, height) in [(120, 32), (80, 24)] {
        let mut deck = Deck::with(vec![kust("alpha"), argo("argocd", "shop", "hub")]);
        deck.send(crate::app::msg::Msg::Resize { width, height });
        deck.on(&ks("alpha"));
        deck.keys("1");
        let order = crate::app::pane::clusters::order(&deck.state);
        deck.state.view.cluster = order.get(1).cloned();
        deck.keys("1");
        assert!(matches!(deck.state.overlays.last(), Some(Overlay::Clusters { cursor: 1 })), "{:?}", deck.state.overlays);
        deck.keys("j enter");
        assert_eq!(deck.state.view.only_cluster, order.get(2).cloned());
        assert_eq!(deck.state.view.cluster, order.get(2).cloned());
        assert_eq!((deck.state.view.focus, deck.state.view.details_of), (Pane::Apps, Pane::Apps), "details show the app again");
    }
}

#[test]
fn on_a_screen_of_one_pane_details_and_keys_are_always_those_of_the_app() {
    let mut deck = Deck::with(vec![kust("one"), kust("two")]);
    deck.send(crate::app::msg::Msg::Resize { width: 70, height: 30 });
    deck.keys("4 3");
    assert_eq!(deck.state.view.list(), crate::app::pane::Pane::Apps);
    deck.keys("s");
    assert!(!deck.state.overlays.is_empty(), "{}", deck.said());
    let mut deck = Deck::with(vec![kust("one")]);
    deck.keys("4 3");
    assert_eq!(deck.state.view.list(), crate::app::pane::Pane::Repos, "a wide screen shows the repository");
    deck.send(crate::app::msg::Msg::Resize { width: 70, height: 30 });
    assert_eq!(deck.state.view.list(), crate::app::pane::Pane::Apps);
}

#[test]
fn the_question_of_marking_all_is_asked_anew_where_it_is_about_more_apps() {
    let mut deck = Deck::with((0..42).map(|n| kust(&format!("{}-{n:02}", if n % 2 == 0 { "even" } else { "odd" }))).collect());
    deck.keys("/");
    deck.keys("e v e n enter");
    deck.keys("*");
    assert!(deck.said().contains("21 apps are shown"), "{}", deck.said());
    deck.keys("esc *");
    assert!(deck.state.view.marks.is_empty() && deck.said().contains("42 apps are shown"), "{}", deck.said());
}

#[test]
fn enter_on_broken_children_lists_all_of_them_whatever_was_hidden_before() {
    let before: [fn(&mut crate::app::state::AppState); 3] = [
        |s| s.view.filter.text = "app:alpha".into(),
        |s| s.view.only_cluster = Some(ClusterId::new("flux")),
        |s| {
            s.view.filter.text = "app:alpha,beta".into();
            s.view.hide_acked = true;
        },
    ];
    for (i, hide) in before.into_iter().enumerate() {
        let mut deck = Deck::with(vec![kust("alpha"), kust("beta"), argo("argocd", "gamma", "prod"), kust("delta")]);
        deck.on(&ks("alpha"));
        let children = vec![ks("beta"), id("hub", AppKind::Application, "argocd", "gamma")];
        deck.state.fleet.rows.get_mut(&ks("alpha")).unwrap().verdict.look_at = children;
        hide(&mut deck.state);
        deck.state.fleet.derive.list_changed = true;
        deck.wait(600);
        assert!(!deck.shown().contains(&"gamma"), "case {i}: {:?}", deck.shown());
        deck.keys("3");
        deck.key("enter");
        deck.wait(600);
        assert_eq!(deck.shown(), ["beta", "gamma"], "case {i}");
        assert_eq!((deck.cursor().as_str(), deck.state.view.filter.text.as_str()), ("beta", "app:beta,gamma"), "case {i}");
    }
}
