use super::deck::*;
use crate::app::msg::Msg;
use crate::app::settle::next_wake;
use crate::domain::event::ClusterEvent;
use crate::domain::ids::{AppKind, ClusterId};
use crate::domain::status::Health;

/// A quiet fleet, all details read, nobody pressing anything.
fn quiet() -> Deck {
    let mut deck = Deck::with(vec![kust("alpha"), argo("argocd", "shop", "prod")]);
    deck.wait(60_000);
    deck.wait(60_000);
    deck.state.dirty = false;
    deck
}

fn ms_to_wake(deck: &Deck) -> i64 {
    next_wake(&deck.state).unwrap().as_millisecond() - deck.now.as_millisecond()
}

#[test]
fn a_quiet_fleet_is_woken_at_the_full_minute_only() {
    let mut deck = quiet();
    for _ in 0..3 {
        let wait = ms_to_wake(&deck);
        let to_minute = 60_000 - deck.now.as_millisecond() % 60_000;
        assert_eq!(wait, to_minute);
        deck.wait(wait);
    }
}

#[test]
fn nothing_is_drawn_within_a_minute_when_nothing_changes() {
    let mut deck = quiet();
    deck.now = crate::domain::Timestamp::from_millisecond((deck.now.as_millisecond() / 60_000 + 1) * 60_000).unwrap();
    deck.send(Msg::Tick);
    assert!(deck.state.dirty, "the clock and the ages show minutes");
    deck.state.dirty = false;
    for _ in 0..50 {
        deck.wait(1_000);
        deck.event(ClusterEvent::Heard { cluster: ClusterId::new("flux"), at: deck.now });
        assert!(!deck.state.dirty);
    }
}

#[test]
fn the_same_object_again_is_not_drawn() {
    let mut deck = quiet();
    let app = crate::domain::app::App::clone(&deck.row(&id("flux", AppKind::Kustomization, "flux-system", "alpha")).app);
    deck.app(app.clone());
    assert!(!deck.state.dirty);
    let mut next = app;
    next.resource_version = "101".into();
    deck.app(next);
    assert!(!deck.state.dirty, "a status tick changes no word of the row");
    deck.tip('a');
    assert!(!deck.state.dirty, "a poll that found nothing new");
    deck.send(Msg::Contexts(deck.state.contexts.clone()));
    assert!(
        deck.effects.iter().all(|e| !matches!(e, crate::app::effect::Effect::Connect(_))),
        "an unchanged kubeconfig reconnects nothing"
    );
}

#[test]
fn a_change_is_drawn_bold_for_two_seconds() {
    let mut deck = quiet();
    let alpha = id("flux", AppKind::Kustomization, "flux-system", "alpha");
    deck.change(&alpha, |a| a.health = Health::Degraded);
    assert!(deck.state.dirty);
    assert_eq!(deck.row(&alpha).changed_at, Some(deck.now));
    deck.state.dirty = false;
    deck.wait(2_000);
    assert!(deck.state.dirty, "bold ends");
}

#[test]
fn a_frozen_or_repeated_time_never_runs_backwards() {
    let mut deck = quiet();
    let now = deck.state.now;
    deck.now = start();
    deck.send(Msg::Tick);
    assert_eq!(deck.state.now, now);
}

#[test]
fn details_are_read_when_the_cursor_rests_and_not_while_it_runs() {
    use crate::app::effect::Effect;
    let mut deck = Deck::with((0..20).map(|i| kust(&format!("app-{i:02}"))).collect());
    let reads = |out: &[Effect]| out.iter().filter(|e| matches!(e, Effect::Events { .. })).count();
    let mut all = 0;
    for _ in 0..10 {
        deck.now = crate::domain::Timestamp::from_millisecond(deck.now.as_millisecond() + 30).unwrap();
        all += reads(&deck.key("j"));
    }
    assert_eq!(all, 0);
    assert!(ms_to_wake(&deck) <= 120);
    assert_eq!(reads(&deck.wait(120)), 1);
    assert_eq!(reads(&deck.wait(120)), 0);
}

#[test]
fn what_is_still_read_of_a_row_is_ended_when_another_one_is_read() {
    use crate::app::effect::Effect;
    let mut deck = Deck::with(vec![kust("alpha"), kust("beta")]);
    deck.wait(120);
    let ends = |out: &[Effect]| out.iter().position(|e| matches!(e, Effect::EndDetails));
    let reads = |out: &[Effect]| out.iter().position(|e| matches!(e, Effect::Events { .. }));
    assert_eq!(ends(&deck.key("j")), None, "the cursor may come back before the next row is read");
    let out = deck.wait(120);
    assert!(ends(&out).is_some() && ends(&out) < reads(&out), "{out:?}");
    assert_eq!(ends(&deck.wait(120)), None);
}

/// Shop is degraded and its one pod crashes; `cursor` says whether the cursor is on it.
fn troubled(cursor: bool) -> (Deck, Msg) {
    use crate::domain::event::{DetailEvent, LiveNode};
    use crate::domain::ids::ObjectKey;
    let mut deck = Deck::with(vec![kust("alpha"), argo("argocd", "shop", "prod")]);
    let shop = id("hub", AppKind::Application, "argocd", "shop");
    let since = crate::domain::Timestamp::from_second(deck.now.as_second() - 7200).unwrap();
    deck.change(&shop, |a| (a.health, a.since) = (Health::Degraded, Some(since)));
    deck.on(&if cursor { shop.clone() } else { id("flux", AppKind::Kustomization, "flux-system", "alpha") });
    let pod = LiveNode { key: ObjectKey::new("", "Pod", "shop", "shop-1"), exists: true, restarts: 7, ..LiveNode::default() };
    let tree = DetailEvent::Tree { app: shop, at: deck.now, nodes: Ok(vec![pod]) };
    (deck, Msg::Detail(tree))
}

fn later(msg: &Msg, deck: &Deck) -> Msg {
    use crate::domain::event::DetailEvent;
    let Msg::Detail(DetailEvent::Tree { app, nodes, .. }) = msg else { panic!("no tree") };
    Msg::Detail(DetailEvent::Tree { app: app.clone(), at: deck.now, nodes: nodes.clone() })
}

#[test]
fn the_same_read_again_asks_for_no_frame() {
    for cursor in [false, true] {
        let (mut deck, tree) = troubled(cursor);
        deck.send(tree.clone());
        for _ in 0..4 {
            deck.wait(7_000);
            deck.state.dirty = false;
            deck.send(later(&tree, &deck));
            assert!(!deck.state.dirty, "cursor on it: {cursor}");
        }
    }
}

#[test]
fn a_row_in_view_of_which_nothing_is_new_is_read_less_often_until_a_key_is_pressed() {
    use crate::app::effect::Effect;
    let (mut deck, tree) = troubled(true);
    let (mut passed, mut asked) = (0, Vec::new());
    let second = |deck: &mut Deck, passed: &mut i32| {
        *passed += 1;
        let out = deck.wait(1_000);
        let is_asked = out.iter().any(|e| matches!(e, Effect::Tree { in_view: true, .. }));
        if is_asked {
            deck.send(later(&tree, deck));
        }
        is_asked
    };
    while passed < 400 {
        if second(&mut deck, &mut passed) {
            asked.push(passed);
        }
    }
    let waits: Vec<i32> = asked.windows(2).map(|w| w[1] - w[0]).collect();
    assert_eq!(waits.last(), Some(&60), "{waits:?}");
    deck.key("j");
    deck.key("k");
    let mut wait = 0;
    while !second(&mut deck, &mut passed) {
        wait += 1;
    }
    assert!(wait <= 15, "{wait}");
}

#[test]
fn the_events_of_pods_that_are_not_ready_are_asked_for_once_when_the_first_tree_tells_of_them() {
    use crate::app::effect::Effect;
    use crate::domain::event::DetailEvent;
    let (mut deck, tree) = troubled(true);
    let shop = id("hub", AppKind::Application, "argocd", "shop");
    let of_pod = |out: &[Effect]| {
        let objects = out.iter().filter_map(|e| if let Effect::Events { objects, .. } = e { Some(objects) } else { None });
        objects.filter(|objects| objects.len() == 2 && objects.iter().any(|o| o.name == "shop-1")).count()
    };
    let events = |deck: &Deck| Msg::Detail(DetailEvent::Events { app: shop.clone(), at: deck.now, events: Ok(Vec::new()) });
    assert_eq!(of_pod(&deck.send(tree.clone())), 0, "the answer to the first question would take the place of this one");
    let answer = events(&deck);
    assert_eq!(of_pod(&deck.send(answer.clone())), 1, "and not after the seconds of the next reading");
    assert_eq!(of_pod(&deck.send(answer)) + of_pod(&deck.send(tree)) + of_pod(&deck.wait(1_000)), 0, "once");
}

#[test]
fn for_a_command_two_apps_of_a_cluster_are_read_at_a_time_and_the_worst_two_hundred_in_all() {
    use crate::app::causes;
    use crate::app::effect::Effect;
    use crate::domain::app::{App, ManagedResource};
    use crate::domain::event::DetailEvent;
    use crate::domain::ids::ObjectKey;
    let ill = |mut app: App| {
        let key = ObjectKey::new("apps", "Deployment", "web", "web");
        (app.health, app.resources) = (Health::Degraded, vec![ManagedResource { key, ..ManagedResource::default() }]);
        app
    };
    let shops = (0..150).map(|n| ill(argo("argocd", &format!("shop-{n:03}"), "prod")));
    let kusts = (0..150).map(|n| ill(kust(&format!("web-{n:03}"))));
    let mut deck = Deck::live();
    deck.state.settings.brief = true;
    causes::tell(&mut deck.state, Vec::new());
    for app in shops.chain(kusts) {
        deck.app(app);
    }
    let rows = deck.state.fleet.shown.clone();
    causes::tell(&mut deck.state, rows);
    let trees = |out: Vec<Effect>| {
        let read = out.into_iter().filter_map(|e| if let Effect::Tree { app, cluster, .. } = e { Some((app, cluster)) } else { None });
        read.collect::<Vec<_>>()
    };
    let mut open = trees(deck.send(Msg::Tick));
    let mut read = 0;
    while let Some((app, _)) = open.pop() {
        read += 1;
        let at = deck.now;
        open.extend(trees(deck.send(Msg::Detail(DetailEvent::Tree { app, at, nodes: Ok(Vec::new()) }))));
        for cluster in ["prod", "flux"] {
            assert!(open.iter().filter(|(_, c)| c.as_str() == cluster).count() <= 2, "{open:?}");
        }
    }
    assert!(read == 200 && causes::is_settled(&deck.state), "{read}");
}

#[test]
fn a_verdict_is_built_for_what_changed_and_for_nothing_else() {
    let mut apps: Vec<_> = (0..50).map(|n| kust(&format!("alpha-{n:02}"))).collect();
    apps.extend((0..50).map(|n| argo("argocd", &format!("shop-{n:02}"), "prod")));
    let mut deck = Deck::with(apps);
    deck.wait(60_000 - deck.now.as_millisecond() % 60_000);
    let built = |deck: &mut Deck, act: &dyn Fn(&mut Deck) -> Vec<crate::app::effect::Effect>| {
        let before = deck.state.fleet.derive.judged;
        act(deck);
        deck.state.fleet.derive.judged - before
    };
    let shop = id("hub", AppKind::Application, "argocd", "shop-07");
    let since = crate::domain::Timestamp::from_second(deck.now.as_second() - 7200).unwrap();
    assert_eq!(built(&mut deck, &|d| d.change(&shop, |a| (a.health, a.since) = (Health::Degraded, Some(since)))), 1);
    assert_eq!(built(&mut deck, &|d| d.event(ClusterEvent::Heard { cluster: ClusterId::new("hub"), at: d.now })), 0);
    assert_eq!(built(&mut deck, &|d| d.tip('a')), 0, "a poll that found nothing new");
    assert_eq!(built(&mut deck, &|d| d.wait(1_000)), 0);
    assert!(built(&mut deck, &|d| d.wait(60_000)) >= 50, "sentences hold ages: with the full minute");
}

#[test]
fn objects_and_events_are_read_for_the_row_in_view_and_for_no_other() {
    use crate::app::effect::Effect;
    let mut deck = Deck::with((0..20).map(|i| kust(&format!("app-{i:02}"))).collect());
    let row = id("flux", AppKind::Kustomization, "flux-system", "app-07");
    deck.on(&row);
    let mut read = 0;
    for _ in 0..600 {
        for effect in deck.wait(1_000) {
            let app = match &effect {
                Effect::Events { app, .. } => app,
                Effect::Tree { app, in_view: true, .. } | Effect::Log { app, .. } => app,
                _ => continue,
            };
            assert_eq!(*app, row);
            read += 1;
        }
    }
    assert!(read > 1, "{read}");
}

#[test]
fn what_is_noted_of_comparisons_is_what_counting_all_apps_gives() {
    let mut deck = Deck::with((0..4).map(|n| argo("argocd", &format!("shop-{n}"), "prod")).collect());
    let at = |second: i64| crate::domain::Timestamp::from_second(1_780_000_000 + second).ok();
    for (step, (number, second)) in [(0, 5), (1, 9), (0, 7), (2, 30), (2, 31), (3, 4), (0, 60)].into_iter().enumerate() {
        let shop = id("hub", AppKind::Application, "argocd", &format!("shop-{number}"));
        deck.change(&shop, |app| {
            if let crate::domain::app::EngineFields::Argo(argo) = &mut app.engine {
                argo.reconciled_at = at(second);
                argo.skip_reconcile = step == 4;
            }
        });
        assert_eq!(deck.state.fleet.compared, crate::app::silent::compared(&deck.state.fleet), "step {step}");
    }
    assert_eq!(deck.state.fleet.compared.values().next().map(|(newest, apps)| (Some(*newest), *apps)), Some((at(60), 3)));
}

#[test]
fn an_argo_cd_that_compared_nothing_for_hours_is_said_with_the_first_frame_after_a_reconnect() {
    use crate::domain::cluster::{Fingerprint, KindState, Link};
    let mut deck = Deck::with((0..3).map(|n| argo("argocd", &format!("shop-{n}"), "prod")).collect());
    let hub = || ClusterId::new("hub");
    let shops: Vec<_> = (0..3).map(|n| id("hub", AppKind::Application, "argocd", &format!("shop-{n}"))).collect();
    let long_ago = crate::domain::Timestamp::from_second(deck.now.as_second() - 3 * 3600).ok();
    for shop in &shops {
        deck.change(shop, |app| {
            if let crate::domain::app::EngineFields::Argo(argo) = &mut app.engine {
                argo.reconciled_at = long_ago;
            }
        });
    }
    deck.wait(60_000);
    let says_so = |deck: &Deck| shops.iter().all(|s| deck.row(s).verdict.short == "Argo CD on hub compared 3h ago");
    assert!(says_so(&deck), "{}", deck.row(&shops[0]).verdict.short);
    let link = Link::Unreachable { since: deck.now, cause: "refused".into(), next_try_at: None };
    deck.event(ClusterEvent::Link { cluster: hub(), link });
    deck.wait(60_000 - deck.now.as_millisecond() % 60_000);
    assert!(shops.iter().all(|s| deck.row(s).stale_as_of.is_some()) && deck.state.fleet.compared.is_empty());
    deck.wait(1_000);
    deck.event(ClusterEvent::Identity { cluster: hub(), fingerprint: Fingerprint::default(), user: None, moved: None });
    deck.event(ClusterEvent::Link { cluster: hub(), link: Link::Live { since: deck.now } });
    let is_live =
        |deck: &mut Deck, kind: &str| deck.event(ClusterEvent::Kind { cluster: hub(), kind: kind.into(), state: KindState::Live });
    for (_, kind) in crate::engine::watched().filter(|(_, kind)| kind.plural != "applications") {
        is_live(&mut deck, kind.plural);
    }
    assert!(shops.iter().all(|s| deck.row(s).stale_as_of.is_some()), "not read in this connection");
    is_live(&mut deck, "applications");
    assert!(shops.iter().all(|s| deck.row(s).stale_as_of.is_none()));
    assert!(says_so(&deck), "{}", deck.row(&shops[0]).verdict.short);
    assert_eq!(deck.state.fleet.compared, crate::app::silent::compared(&deck.state.fleet));
}

/// Shop is ill and out of view, and always with the same objects below it; the seconds at which it is read, within so many.
fn readings(deck: &mut Deck, tree: &Msg, seconds: i32) -> Vec<i32> {
    use crate::app::effect::Effect;
    let mut read = Vec::new();
    for second in 1..=seconds {
        if deck.wait(1_000).iter().any(|e| matches!(e, Effect::Tree { in_view: false, .. })) {
            read.push(second);
            deck.send(later(tree, deck));
        }
    }
    read
}

#[test]
fn an_ill_row_out_of_view_is_never_much_longer_unread_than_three_minutes() {
    let (mut deck, tree) = ill();
    let read = readings(&mut deck, &tree, 1_500);
    let longest = read.windows(2).map(|w| w[1] - w[0]).max();
    assert!(longest.is_some_and(|s| (150..=185).contains(&s)), "{read:?}");
}

#[test]
fn an_ill_row_out_of_view_is_read_at_once_when_something_began_anew() {
    use crate::app::effect::Effect;
    use crate::domain::cluster::Fingerprint;
    use crate::domain::status::Phase;
    let (mut deck, tree) = ill();
    let shop = id("hub", AppKind::Application, "argocd", "shop");
    let is_read = |out: &[Effect]| out.iter().any(|e| matches!(e, Effect::Tree { in_view: false, .. }));
    readings(&mut deck, &tree, 900);
    while readings(&mut deck, &tree, 1).is_empty() {}
    assert!(readings(&mut deck, &tree, 30).is_empty(), "nothing new");
    let fingerprint = Fingerprint { uid: Some("uid".into()), ..Fingerprint::default() };
    let out = deck.event(ClusterEvent::Identity { cluster: ClusterId::new("prod"), fingerprint, user: None, moved: None });
    assert!(is_read(&out), "where it runs was connected anew: {out:?}");
    deck.send(later(&tree, &deck));
    let out = deck.change(&shop, |a| a.operation = Some(super::outage::operation(Phase::Failed)));
    assert!(is_read(&out), "another operation: {out:?}");
    deck.send(later(&tree, &deck));
    deck.state.view.focus = crate::app::pane::Pane::Clusters;
    deck.state.view.cluster = Some(ClusterId::new("hub"));
    let out = deck.key("r");
    assert!(is_read(&out), "the operator asks for its cluster: {out:?}");
}

/// As `troubled` with the cursor elsewhere; shop has an object, so that there is something to read.
fn ill() -> (Deck, Msg) {
    use crate::domain::app::ManagedResource;
    let (mut deck, tree) = troubled(false);
    let object = ManagedResource {
        key: crate::domain::ids::ObjectKey::new("apps", "Deployment", "shop", "shop"),
        version: "v1".into(),
        ..ManagedResource::default()
    };
    deck.change(&id("hub", AppKind::Application, "argocd", "shop"), |a| a.resources = vec![object]);
    deck.send(later(&tree, &deck));
    (deck, tree)
}
