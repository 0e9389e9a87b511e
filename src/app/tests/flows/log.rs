//! The log overlay: following, the other run, the other container, and that a follow ends with it.

use super::deck::*;
use crate::app::effect::Effect;
use crate::app::log::{KEPT, following};
use crate::app::msg::Msg;
use crate::app::overlay::{LogView, Overlay};
use crate::domain::event::{DetailEvent, LiveNode};
use crate::domain::ids::{AppId, AppKind, ObjectKey};
use crate::domain::status::Health;

fn alpha() -> AppId {
    id("flux", AppKind::Kustomization, "flux-system", "alpha")
}

fn pod() -> ObjectKey {
    ObjectKey::new("", "Pod", "web", "web-1")
}

/// The log of a pod with two containers is open and read.
fn open() -> Deck {
    let mut deck = Deck::with(vec![kust("alpha"), kust("beta")]);
    deck.on(&alpha());
    deck.wait(400);
    let at = deck.now;
    let node = LiveNode { key: pod(), exists: true, health: Some(Health::Healthy), container: Some("web".into()), ..LiveNode::default() };
    deck.send(Msg::Detail(DetailEvent::Tree { app: alpha(), at, nodes: Ok(vec![node]) }));
    let out = deck.keys("L");
    assert!(out.iter().any(|e| matches!(e, Effect::Log { .. })), "{out:?} {}", deck.said());
    answer(&mut deck, "web", false);
    deck
}

fn answer(deck: &mut Deck, container: &str, previous: bool) {
    let (at, lines) = (deck.now, Ok(vec!["before".to_owned()]));
    let containers = vec!["web".into(), "proxy".into()];
    deck.send(Msg::Detail(DetailEvent::Log { app: alpha(), pod: pod(), container: container.into(), previous, at, lines, containers }));
}

fn more(deck: &mut Deck, id: u64, lines: &[&str], dropped: u64) {
    let (at, lines) = (deck.now, lines.iter().map(|l| (*l).to_owned()).collect());
    deck.send(Msg::Detail(DetailEvent::LogMore { id, at, is_new: true, lines, dropped }));
}

fn lines(deck: &Deck) -> Vec<String> {
    deck.state.fleet.detail.log.as_ref().unwrap().lines.clone().unwrap()
}

fn view(deck: &Deck) -> &LogView {
    deck.state.overlays.iter().find_map(|o| if let Overlay::Log(view) = o { Some(view) } else { None }).unwrap()
}

fn follow(deck: &mut Deck) -> u64 {
    let out = deck.keys("f");
    let id = out.iter().find_map(|e| if let Effect::FollowLog { id, container, .. } = e { Some((*id, container.clone())) } else { None });
    let (id, container) = id.expect("a follow");
    assert_eq!(container, "web");
    id
}

#[test]
fn f_follows_from_the_newest_lines_and_f_again_ends_it_with_the_text_kept() {
    let mut deck = open();
    let id = follow(&mut deck);
    more(&mut deck, id, &["one", "two"], 0);
    more(&mut deck, id + 1, &["of another follow"], 0);
    assert_eq!(lines(&deck), ["one", "two"]);
    assert!(following(&deck.state).unwrap().ended.is_none());
    assert!(deck.keys("f").contains(&Effect::EndLog));
    more(&mut deck, id, &["late"], 0);
    assert_eq!(lines(&deck), ["one", "two"]);
    assert!(following(&deck.state).is_none());
}

#[test]
fn a_follow_ends_with_its_overlay_and_with_its_row() {
    let mut deck = open();
    follow(&mut deck);
    assert!(deck.keys("esc").contains(&Effect::EndLog));
    let out = deck.wait(1000);
    assert!(!out.contains(&Effect::EndLog), "once");
    let mut deck = open();
    let id = follow(&mut deck);
    deck.send(Msg::Detail(DetailEvent::LogEnded { id, why: "the container ended, exit 1".into() }));
    assert_eq!(following(&deck.state).unwrap().ended.as_deref(), Some("the container ended, exit 1"));
    assert!(!deck.keys("esc").contains(&Effect::EndLog), "nothing is open any more");
    assert_eq!(deck.state.following, None);
}

#[test]
fn who_scrolled_up_goes_on_reading_the_same_line_while_the_oldest_ones_go() {
    let mut deck = open();
    let id = follow(&mut deck);
    let all: Vec<String> = (0..KEPT).map(|n| format!("line {n}")).collect();
    more(&mut deck, id, &all.iter().map(String::as_str).collect::<Vec<_>>(), 0);
    assert_eq!(view(&deck).top, None, "at the end");
    deck.keys("g Ctrl-d Ctrl-d");
    let top = view(&deck).top.unwrap();
    let read = lines(&deck)[top].clone();
    more(&mut deck, id, &["new", "newer"], 7);
    let lines = lines(&deck);
    assert_eq!(lines.len(), KEPT);
    assert_eq!(lines[view(&deck).top.unwrap()], read);
    assert_eq!(lines[KEPT - 3], "(7 lines dropped: they came faster than they are shown)");
    assert_eq!(following(&deck.state).unwrap().dropped, 7);
    deck.keys("G");
    assert_eq!(view(&deck).top, None);
}

#[test]
fn p_reads_the_other_run_and_c_the_next_container_and_both_end_a_follow() {
    let mut deck = open();
    follow(&mut deck);
    let asked = |out: &[Effect]| {
        out.iter().find_map(|e| match e {
            Effect::Log { container, previous, .. } => Some((container.clone().unwrap(), *previous)),
            _ => None,
        })
    };
    let out = deck.keys("p");
    assert!(out.contains(&Effect::EndLog));
    assert_eq!(asked(&out), Some(("web".into(), true)));
    answer(&mut deck, "web", true);
    assert_eq!(asked(&deck.keys("c")), Some(("proxy".into(), true)));
    answer(&mut deck, "proxy", false);
    assert_eq!(asked(&deck.keys("c")), Some(("web".into(), false)));
    assert_eq!(asked(&deck.keys("r")), Some(("proxy".into(), false)), "read again is of what is shown");
}

#[test]
fn where_there_is_one_run_only_p_says_so() {
    let mut deck = open();
    deck.keys("p");
    answer(&mut deck, "web", false);
    assert!(deck.said().contains("No earlier run of web can be read"), "{}", deck.said());
    deck.state.notices.flash = None;
    deck.keys("p");
    answer(&mut deck, "web", true);
    assert_eq!(deck.said(), "", "it is there");
    deck.keys("p");
    answer(&mut deck, "web", false);
    assert_eq!(deck.said(), "", "this one was asked for");
}

#[test]
fn the_log_is_that_of_the_pod_that_why_tells_of() {
    let mut deck = open();
    let ill = |name: &str, depth, restarts| LiveNode {
        key: ObjectKey::new("", "Pod", "web", name),
        depth,
        exists: true,
        health: Some(Health::Degraded),
        restarts,
        ..LiveNode::default()
    };
    let job = |name: &str| LiveNode { key: ObjectKey::new("batch", "Job", "web", name), exists: true, ..LiveNode::default() };
    let nodes = [ill("web-1", 0, 7), ill("web-2", 0, 7), job("migrate"), ill("migrate-x", 1, 0), ill("other", 0, 0)];
    let log = |deck: &mut Deck, key: Option<ObjectKey>| {
        let row = deck.state.fleet.rows.get_mut(&alpha()).unwrap();
        row.verdict.log_of = key;
        crate::app::action::log::pod(row, &nodes).unwrap().key.name.clone()
    };
    assert_eq!(log(&mut deck, None), "web-1");
    assert_eq!(log(&mut deck, Some(nodes[1].key.clone())), "web-2");
    assert_eq!(log(&mut deck, Some(nodes[2].key.clone())), "migrate-x", "a hook is told by its pod");
    assert_eq!(log(&mut deck, Some(ObjectKey::new("", "Pod", "web", "gone"))), "web-1");
}

#[test]
fn a_log_without_a_line_says_why_and_one_of_a_healthy_pod_that_it_is_beside_the_point() {
    use crate::app::log::{is_beside, silence};
    let mut deck = open();
    let at = deck.now;
    let mut say = |node: LiveNode| {
        deck.send(Msg::Detail(DetailEvent::Tree { app: alpha(), at, nodes: Ok(vec![LiveNode { key: pod(), exists: true, ..node }]) }));
        let log = deck.state.fleet.detail.log.clone().unwrap();
        (silence(&deck.state, &log), is_beside(&deck.state, &log))
    };
    let waits = LiveNode {
        health: Some(Health::Degraded),
        container: Some("web".into()),
        reason: Some("ImagePullBackOff".into()),
        ..LiveNode::default()
    };
    let (said, _) = say(LiveNode { container: Some("proxy".into()), ..waits.clone() });
    assert!(said.starts_with("web wrote nothing in this run."), "it is the other container that waits: {said}");
    let (said, _) = say(LiveNode { container: None, ..waits.clone() });
    assert!(said.starts_with("There is no log: web of web-1"), "none of the pod's has run: {said}");
    let (said, _) = say(waits.clone());
    assert!(said.starts_with("There is no log: web of web-1 has not run yet (ImagePullBackOff)."), "{said}");
    let (said, _) = say(LiveNode { restarts: 3, exit_code: Some(1), ..waits });
    assert!(said.starts_with("web wrote nothing in this run."), "{said}");
    let well = LiveNode { health: Some(Health::Healthy), ..LiveNode::default() };
    assert!(!say(well.clone()).1, "the app is well, too");
    let mut is_beside_of = |node: LiveNode| {
        deck.send(Msg::Detail(DetailEvent::Tree { app: alpha(), at, nodes: Ok(vec![LiveNode { key: pod(), exists: true, ..node }]) }));
        deck.state.fleet.rows.get_mut(&alpha()).unwrap().severity = crate::domain::status::Severity::Failed;
        let log = deck.state.fleet.detail.log.clone().unwrap();
        is_beside(&deck.state, &log)
    };
    assert!(is_beside_of(well.clone()));
    assert!(!is_beside_of(LiveNode { restarts: 7, ..well.clone() }), "it runs between two crashes");
    assert!(!is_beside_of(LiveNode { exit_code: Some(1), ..well }), "its run ended");
}

#[test]
fn where_no_context_reaches_the_pods_no_log_is_advised() {
    use crate::domain::verdict::{NextStep, Verdict};
    let step = |key: &str| NextStep { key: key.into(), text: "log".into() };
    let advise = |change: fn(&mut crate::domain::app::App)| {
        let mut app = argo("argocd", "shop", "prod-ap");
        change(&mut app);
        let mut verdict = Verdict { next: vec![step("L"), step("R")], ..Verdict::default() };
        crate::app::action::log::advise(&app, &mut verdict);
        verdict.next.into_iter().map(|s| s.key).collect::<Vec<_>>()
    };
    assert_eq!(advise(|_| {}), ["L", "R"]);
    assert_eq!(advise(|app| app.destination.cluster = None), ["R", ":map"]);
    let mut app = kust("alpha");
    app.destination.cluster = None;
    let mut verdict = Verdict { next: vec![step("L")], ..Verdict::default() };
    crate::app::action::log::advise(&app, &mut verdict);
    assert!(verdict.next.len() == 1 && verdict.next[0].key.is_empty(), "Flux's are not mapped here: {verdict:?}");
}

#[test]
fn an_answer_that_comes_late_takes_no_place_in_a_log_that_is_followed() {
    let mut deck = open();
    deck.keys("c");
    let id = follow(&mut deck);
    more(&mut deck, id, &["one"], 0);
    answer(&mut deck, "proxy", true);
    more(&mut deck, id, &["two"], 0);
    let log = deck.state.fleet.detail.log.as_ref().unwrap();
    assert_eq!((log.container.as_str(), log.previous), ("web", false));
    assert_eq!(lines(&deck), ["one", "two"]);
    deck.send(Msg::Detail(DetailEvent::LogEnded { id, why: "the container ended".into() }));
    answer(&mut deck, "proxy", true);
    more(&mut deck, id, &["three"], 0);
    assert_eq!(lines(&deck), ["before"], "what was read since is of another run");
}

#[test]
fn what_was_there_before_a_follow_began_sets_no_time_of_a_last_line() {
    let mut deck = open();
    let id = follow(&mut deck);
    let (at, lines) = (deck.now, vec!["of yesterday".to_owned()]);
    deck.send(Msg::Detail(DetailEvent::LogMore { id, at, is_new: false, lines, dropped: 0 }));
    assert_eq!(following(&deck.state).unwrap().last_at, None);
    deck.wait(5000);
    more(&mut deck, id, &["one"], 0);
    assert_eq!(following(&deck.state).unwrap().last_at, Some(deck.now));
}

#[test]
fn the_age_of_the_last_line_goes_on_each_second_although_the_row_is_well() {
    let mut deck = open();
    let drawn = |deck: &mut Deck| {
        let mut drawn = 0;
        for _ in 0..4 {
            deck.state.dirty = false;
            deck.wait(1000);
            drawn += i32::from(deck.state.dirty);
        }
        drawn
    };
    deck.wait(200_000);
    assert!(drawn(&mut deck) <= 1, "read once, minutes ago");
    let id = follow(&mut deck);
    more(&mut deck, id, &["one"], 0);
    assert_eq!(drawn(&mut deck), 4);
    let next = crate::app::ages::next(&deck.state).unwrap() - deck.now.as_millisecond();
    assert!((1..=1000).contains(&next), "{next}");
    deck.keys("esc");
    deck.wait(200_000);
    assert!(drawn(&mut deck) <= 1, "closed");
}

#[test]
fn each_key_that_the_readme_names_for_the_log_does_something() {
    for key in crate::app::overlay::keys::LOG.keys.iter().flat_map(|(keys, _)| *keys) {
        let mut deck = open();
        let read = deck.state.fleet.detail.log.as_mut().unwrap();
        read.lines = Ok((0..200).map(|n| format!("line {n}")).collect());
        if let Some(Overlay::Log(view)) = deck.state.overlays.last_mut() {
            (view.top, view.search) = (Some(100), "line".into());
        }
        let before = format!("{:?}", deck.state.overlays);
        let out = deck.keys(key);
        assert!(!out.is_empty() || before != format!("{:?}", deck.state.overlays), "{key} does nothing");
    }
}
