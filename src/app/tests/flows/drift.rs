use super::deck::*;
use crate::app::action::{Group, TABLE};
use crate::app::drift::Line;
use crate::app::effect::{DiffMode, DiffRequest, Effect};
use crate::app::msg::Msg;
use crate::app::state::Screen;
use crate::domain::app::App;
use crate::domain::cluster::Link;
use crate::domain::drift::{Compared, Difference, Found, What};
use crate::domain::event::ClusterEvent;
use crate::domain::ids::{AppId, ClusterId, ObjectKey, TaskId};
use crate::domain::status::Sync;

fn drifted(mut app: App) -> App {
    app.sync = Sync::OutOfSync;
    app
}

/// Three apps on `flux` and two on `prod` differ; `well` does not.
fn fleet() -> Deck {
    let apps = [kust("a"), kust("b"), kust("c"), argo("argocd", "d", "prod"), argo("argocd", "e", "prod")];
    Deck::with(apps.into_iter().map(drifted).chain([kust("well")]).collect())
}

/// Comparisons asked for: app and cluster that is read.
fn asked(effects: &[Effect]) -> Vec<(TaskId, String)> {
    let one = |task: &TaskId, r: &DiffRequest| (*task, format!("{} {}", r.app.id.name, r.cluster.as_ref().unwrap()));
    effects.iter().filter_map(|e| if let Effect::Compare { task, request } = e { Some(one(task, request)) } else { None }).collect()
}

fn replicas(live: &str) -> Difference {
    let what =
        What::Field { path: "spec.replicas".into(), desired: Some("3".into()), live: Some(live.into()), by: Some("kubectl-edit".into()) };
    Difference { kind: "Deployment".into(), what }
}

fn found(differences: &[Difference]) -> Result<Box<Compared>, String> {
    let found = |d: &Difference| Found { difference: d.clone(), resource: ObjectKey::new("apps", "Deployment", "shop", "web"), at: None };
    Ok(Box::new(Compared { found: differences.iter().map(found).collect(), ..Compared::default() }))
}

/// Answers every question that comes, by the name of the app.
fn answer(deck: &mut Deck, first: Vec<Effect>, of: impl Fn(&str) -> Result<Box<Compared>, String>) {
    let mut open = asked(&first);
    while let Some((task, name)) = open.pop() {
        let out = deck.send(Msg::Compared { task, result: of(name.split(' ').next().unwrap()) });
        open.extend(asked(&out));
    }
}

/// The list as text.
fn lines(deck: &Deck) -> Vec<String> {
    let view = &deck.state.view.drift;
    let line = |l: &Line| match l {
        Line::Group(d) => format!("{} x{}", d.words(), view.group(d).unwrap().apps.len()),
        Line::Failed(id) => format!("failed {}", id.name),
        Line::Equal(id) => format!("equal {}", id.name),
        Line::Place(id, key) => format!("{} {}", id.name, key.title()),
    };
    view.lines.iter().map(line).collect()
}

fn compared() -> Deck {
    let mut deck = fleet();
    let out = deck.keys("D");
    answer(&mut deck, out, |name| match name {
        "a" | "b" | "d" => found(&[replicas("6")]),
        "c" => found(&[replicas("7")]),
        _ => found(&[]),
    });
    deck
}

#[test]
fn every_app_that_differs_is_compared_a_few_at_a_time_and_no_more_than_two_on_a_cluster() {
    let mut deck = fleet();
    let out = deck.keys("D");
    assert!(matches!(deck.state.screen, Screen::Drift));
    let names: Vec<String> = asked(&out).into_iter().map(|(_, n)| n).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    for cluster in ["flux", "prod"] {
        assert_eq!(names.iter().filter(|n| n.ends_with(cluster)).count(), 2, "{names:?}");
    }
    assert_eq!(deck.state.view.drift.progress(), (0, 5));
    let (task, _) = asked(&out).into_iter().find(|(_, n)| n.ends_with("prod")).unwrap();
    assert!(asked(&deck.send(Msg::Compared { task, result: found(&[]) })).is_empty(), "what waits is on the cluster that is busy");
    let (task, _) = asked(&out).into_iter().find(|(_, n)| n.ends_with("flux")).unwrap();
    assert_eq!(asked(&deck.send(Msg::Compared { task, result: found(&[]) })).len(), 1);
    assert_eq!(deck.state.view.drift.progress(), (2, 5));
}

#[test]
fn one_cause_on_three_apps_is_one_row_and_its_near_twin_another() {
    let deck = compared();
    assert_eq!(lines(&deck), ["Deployment replicas 3 -> 6 x3", "Deployment replicas 3 -> 7 x1", "equal e"]);
    assert!(!deck.state.view.drift.is_busy());
}

#[test]
fn enter_lists_the_apps_of_a_group_then_goes_to_the_app_and_esc_goes_one_step_back() {
    let mut deck = compared();
    deck.keys("enter");
    assert_eq!(lines(&deck), ["a Deployment shop/web", "b Deployment shop/web", "d Deployment shop/web"]);
    deck.keys("esc");
    assert_eq!(lines(&deck).len(), 3);
    deck.keys("enter j enter");
    assert!(matches!(deck.state.screen, Screen::Main));
    assert_eq!(deck.cursor(), "b");
    let out = deck.keys("D");
    assert!(asked(&out).is_empty(), "what was found just now is still so");
    assert_eq!(lines(&deck).len(), 3, "it opens at the groups");
    deck.keys("esc");
    assert!(matches!(deck.state.screen, Screen::Main));
}

#[test]
fn the_diff_of_an_app_comes_back_to_where_it_was_opened_and_never_syncs_another() {
    let mut deck = compared();
    deck.keys("d");
    assert_eq!(deck.said(), "Several apps differ so; enter lists them.");
    let out = deck.keys("enter j d");
    let asked = out
        .iter()
        .find_map(|e| if let Effect::Diff { request, .. } = e { Some((request.app.id.name.clone(), request.mode)) } else { None });
    assert_eq!(asked, Some(("b".into(), DiffMode::LiveVsDesired)));
    assert_eq!(deck.cursor(), "b", "s in the diff is of what is read");
    deck.keys("s");
    assert_eq!(deck.dialog().plan.targets[0].app.name, "b");
    deck.keys("esc tab esc");
    assert!(matches!(deck.state.screen, Screen::Drift), "{:?}", deck.state.screen);
    assert_eq!(deck.state.view.drift.at, 1);
    // Hidden by a filter, it is not the app under the cursor: its sync is off.
    let mut deck = compared();
    deck.keys("esc /");
    deck.types("well");
    deck.keys("enter D enter d");
    let well = deck.state.fleet.rows.keys().find(|id| id.name == "well").unwrap().clone();
    deck.change(&well, |app| app.suspended = true);
    deck.wait(1000);
    deck.keys("s");
    assert!(deck.state.overlays.is_empty() && deck.said().contains("esc goes back"), "{}", deck.said());
}

#[test]
fn what_cannot_be_compared_says_why_and_asks_nothing() {
    let mut far = drifted(argo("argocd", "far", "nowhere"));
    far.destination.cluster = None;
    let mut deck = Deck::with(vec![drifted(kust("a")), drifted(argo("argocd", "d", "prod")), far]);
    for (cluster, cause) in [("flux", "refused"), ("prod", "timed out")] {
        let link = Link::Unreachable { since: deck.now, cause: cause.into(), next_try_at: None };
        deck.event(ClusterEvent::Link { cluster: ClusterId::new(cluster), link });
    }
    let out = deck.keys("D");
    assert!(asked(&out).is_empty() && !deck.state.view.drift.is_busy());
    let why = |name: &str| {
        let (_, answer) = deck.state.view.drift.answers.iter().find(|(id, _)| id.name == name).unwrap();
        answer.result.clone().unwrap_err()
    };
    assert!(why("a").starts_with("flux was last read"), "{}", why("a"));
    assert_eq!(why("d"), "prod is unreachable: timed out");
    assert_eq!(why("far"), "no context of yours reaches nowhere");
    let mut deck = compared();
    let out = deck.keys("r");
    answer(&mut deck, out, |_| Err("chart redis is not rendered from git".into()));
    assert!(lines(&deck).iter().all(|l| l.starts_with("failed")), "{:?}", lines(&deck));
}

#[test]
fn what_was_read_in_part_is_grouped_and_listed_as_not_whole() {
    let mut deck = Deck::with(vec![drifted(kust("a"))]);
    let out = deck.keys("D");
    answer(&mut deck, out, |_| {
        let mut part = found(&[replicas("6")]).unwrap();
        part.unread = Some("1 of 3 resources could not be read: forbidden".into());
        Ok(part)
    });
    assert_eq!(lines(&deck), ["Deployment replicas 3 -> 6 x1", "failed a"]);
}

#[test]
fn leaving_ends_what_runs_and_a_late_answer_is_dropped_while_a_diff_keeps_it_going() {
    let mut deck = fleet();
    let out = deck.keys("D");
    let (task, _) = asked(&out)[0].clone();
    let left = deck.keys("esc");
    assert!(left.contains(&Effect::EndCompare));
    deck.send(Msg::Compared { task, result: found(&[replicas("6")]) });
    assert!(deck.state.view.drift.answers.is_empty());
    let out = deck.keys("D");
    let (task, _) = asked(&out)[0].clone();
    deck.send(Msg::Compared { task, result: found(&[replicas("6")]) });
    let out = deck.keys("d");
    assert!(matches!(deck.state.screen, Screen::Diff(_)) && !out.contains(&Effect::EndCompare));
    let mut deck = fleet();
    deck.keys("D");
    assert!(deck.keys("r").contains(&Effect::EndCompare), "a new round ends the old one");
    assert_eq!(deck.state.view.drift.progress(), (0, 5));
}

#[test]
fn an_app_that_changed_since_is_counted_and_compared_again() {
    let mut deck = compared();
    assert_eq!(crate::app::drift::changed(&deck.state), 0);
    let id = |deck: &Deck, name: &str| deck.state.fleet.rows.keys().find(|id| id.name == name).unwrap().clone();
    let (a, well) = (id(&deck, "a"), id(&deck, "well"));
    deck.change(&a, |app| app.sync = Sync::Synced);
    deck.change(&well, |app| app.sync = Sync::OutOfSync);
    assert_eq!(crate::app::drift::changed(&deck.state), 2, "one is well now, one began to differ");
    let out = deck.keys("esc D");
    assert_eq!(asked(&out).into_iter().map(|(_, n)| n).collect::<Vec<_>>(), ["well flux"], "only what is new");
    answer(&mut deck, out, |_| found(&[]));
    assert_eq!(lines(&deck), ["Deployment replicas 3 -> 6 x2", "Deployment replicas 3 -> 7 x1", "equal well", "equal e"]);
    deck.wait(400_000);
    assert_eq!(asked(&deck.keys("esc D")).len(), 4, "five minutes later all is old");
}

#[test]
fn space_marks_the_apps_of_a_group_and_takes_the_marks_off_again() {
    let mut deck = compared();
    deck.keys("space");
    let names = |deck: &Deck| deck.state.view.marks.iter().map(|id| id.name.clone()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(names(&deck), ["a", "b", "d"].map(String::from).into());
    assert_eq!(deck.said(), "3 apps are marked; S on the main screen plans them.");
    deck.keys("enter j space");
    assert_eq!(names(&deck), ["a", "d"].map(String::from).into(), "in the list one alone");
    deck.keys("esc space");
    assert_eq!(names(&deck).len(), 3, "those that were not are marked too");
    deck.keys("space");
    assert!(names(&deck).is_empty());
}

#[test]
fn the_cursor_stays_on_its_group_while_others_come() {
    let mut deck = fleet();
    let out = deck.keys("D");
    let mut open = asked(&out);
    let at = |deck: &Deck| deck.state.view.drift.line().cloned();
    let (task, _) = open.remove(0);
    deck.send(Msg::Compared { task, result: found(&[replicas("6"), replicas("8")]) });
    deck.keys("j");
    assert_eq!(at(&deck), Some(Line::Group(replicas("8"))));
    let (task, _) = open.remove(0);
    deck.send(Msg::Compared { task, result: found(&[replicas("8"), replicas("9")]) });
    assert_eq!((at(&deck), deck.state.view.drift.at), (Some(Line::Group(replicas("8"))), 0), "the largest is first");
}

#[test]
fn no_app_differs_is_told_and_no_key_acts_on_nothing() {
    let mut deck = Deck::with(vec![kust("well")]);
    let out = deck.keys("D d enter space r");
    assert!(asked(&out).is_empty() && sent(&deck.effects).is_empty());
    assert_eq!(deck.state.view.drift.progress(), (0, 0));
    deck.keys("esc");
    for action in TABLE.iter().filter(|a| a.group == Group::Drift) {
        crate::app::input::run(&mut deck.state, action);
        assert!(deck.said().contains("belongs to the"), "{}: {}", action.name, deck.said());
    }
}

#[test]
fn a_row_that_goes_while_it_is_compared_leaves_no_dead_line() {
    let mut deck = compared();
    let gone: AppId = deck.state.fleet.rows.keys().find(|id| id.name == "c").unwrap().clone();
    deck.state.fleet.rows.remove(&gone);
    deck.keys("j enter");
    assert_eq!(lines(&deck), ["c Deployment shop/web"]);
    deck.keys("space d enter");
    assert_eq!(deck.said(), "c is not there any more.");
    assert!(matches!(deck.state.screen, Screen::Drift) && deck.state.view.marks.is_empty());
}
