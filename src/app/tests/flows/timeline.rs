use super::deck::*;
use crate::app::effect::Effect;
use crate::app::key::Key;
use crate::app::msg::{Loaded, Msg};
use crate::app::pane::Pane;
use crate::app::state::Screen;
use crate::app::timeline::{Line, What};
use crate::domain::Timestamp;
use crate::domain::cluster::Link;
use crate::domain::commit::Commit;
use crate::domain::event::{ClusterEvent, RepoEvent};
use crate::domain::ids::{AppId, AppKind, ClusterId};
use crate::domain::journal::{JournalEntry, TimelineEntry, TimelineKind, Watched};
use crate::domain::plan::{Outcome, Plan, Target};
use crate::domain::repo::{PollState, Repo, RepoId};
use crate::domain::status::{Health, HealthBy, Sync};

fn ks(name: &str) -> AppId {
    id("flux", AppKind::Kustomization, "flux-system", name)
}

/// Minutes after three.
fn minute(minutes: i64) -> Timestamp {
    Timestamp::from_second(start().as_second() + minutes * 60).unwrap()
}

/// A run of half an hour without a stop.
fn fleet() -> Deck {
    let mut deck = Deck::live();
    for app in [kust("alpha"), kust("beta"), argo("argocd", "shop", "prod")] {
        deck.app(app);
    }
    deck.tip('a');
    for _ in 0..30 {
        deck.wait(60_000);
    }
    deck.send(Msg::Loaded(Box::new(Loaded { is_history: true, ..Loaded::default() })));
    deck.effects.clear();
    deck
}

fn lines(deck: &Deck) -> Vec<String> {
    let say = |l: &Line| format!("{}{} {} {}", if l.nested { "- " } else { "" }, l.place, l.name, l.text).trim_start().to_owned();
    deck.state.view.timeline.lines.iter().map(say).collect()
}

fn here(deck: &Deck) -> String {
    lines(deck).get(deck.state.view.timeline.at).cloned().unwrap_or_default()
}

fn polled(log: Vec<Commit>) -> Msg {
    let mut repo = Repo::new(RepoId::from_url(URL), URL);
    (repo.poll, repo.default_branch, repo.log) = (PollState::Ok, Some("main".into()), log);
    repo.refs.insert("heads/main".into(), commit('b'));
    Msg::Repo(RepoEvent::Polled(repo))
}

fn change(digit: char, at: Timestamp) -> Commit {
    let (author, email, subject) = ("Dana Osei".into(), "dana@example.com".into(), format!("change {digit}"));
    Commit { id: commit(digit), parents: vec![], author, email, at, subject, body: String::new() }
}

#[test]
fn what_happened_on_all_clusters_is_told_newest_first_and_older_things_wait_for_a_longer_span() {
    let mut deck = fleet();
    deck.change(&ks("alpha"), |a| a.health = Health::Degraded);
    deck.wait(120_000);
    deck.send(polled(vec![change('b', minute(31)), change('a', minute(-50))]));
    deck.wait(60_000);
    deck.event(ClusterEvent::Link {
        cluster: ClusterId::new("prod"),
        link: Link::Unreachable { since: deck.now, cause: "timed out".into(), next_try_at: None },
    });
    deck.keys("t");
    assert!(matches!(deck.state.screen, Screen::Timeline));
    let short = "b".repeat(7);
    let (lost, landed, fell) = (
        "prod  live to unreachable: timed out".to_owned(),
        format!("fleet {short} Dana Osei  change b"),
        "flux alpha Healthy to Degraded".to_owned(),
    );
    assert_eq!(lines(&deck)[..3], [lost, landed.clone(), fell], "a tip that moved is told by its commit");
    assert!(!lines(&deck).iter().any(|l| l.contains("change a")), "80 minutes ago");
    deck.keys("+ + +");
    assert!(lines(&deck).last().unwrap().contains("change a"), "{:?}", lines(&deck));
    deck.keys("- - - - - -");
    assert_eq!(deck.state.view.timeline.seconds(), 300);
}

#[test]
fn a_tip_that_moved_is_told_where_no_mirror_knows_its_commits() {
    let mut deck = fleet();
    let out = deck.send(polled(Vec::new()));
    let written = out.iter().any(|e| matches!(e, Effect::Timeline(t) if t.iter().any(|e| e.kind == TimelineKind::Commit)));
    assert!(written, "{out:?}");
    deck.keys("t");
    assert_eq!(lines(&deck)[0], format!("fleet {} main moved from {} to {}", "b".repeat(7), "a".repeat(7), "b".repeat(7)));
    assert!(deck.state.view.timeline.unknown.iter().any(|n| n == "commits not read of fleet"));
    let out = deck.send(polled(Vec::new()));
    assert!(out.iter().all(|e| !matches!(e, Effect::Timeline(_))), "the same tip is no news");
}

#[test]
fn enter_goes_to_the_app_and_a_filter_that_hides_it_is_taken_off() {
    let mut deck = fleet();
    deck.change(&ks("beta"), |a| a.health = Health::Degraded);
    deck.keys("/");
    deck.types("shop");
    deck.keys("enter");
    assert_eq!(deck.shown(), ["shop"]);
    deck.keys("t");
    assert_eq!(here(&deck), "flux beta Healthy to Degraded");
    deck.keys("enter");
    assert!(matches!(deck.state.screen, Screen::Main));
    assert_eq!(deck.cursor(), "beta");
    assert!(deck.said().contains("filter hid beta"), "{}", deck.said());
    assert!(deck.shown().contains(&"beta"));
}

#[test]
fn enter_on_a_lost_cluster_or_a_commit_goes_there() {
    let mut deck = fleet();
    let down = Link::Unreachable { since: deck.now, cause: "timed out".into(), next_try_at: None };
    deck.event(ClusterEvent::Link { cluster: ClusterId::new("flux"), link: down });
    deck.keys("t enter");
    assert_eq!((deck.state.view.focus, deck.state.view.cluster.clone()), (Pane::Clusters, Some(ClusterId::new("flux"))));
    deck.send(polled(vec![change('b', deck.now)]));
    deck.keys("t tab enter");
    assert_eq!((deck.state.view.focus, deck.state.view.repo.clone()), (Pane::Repos, Some(RepoId::from_url(URL))));
}

#[test]
fn words_a_kind_and_marks_narrow_what_is_shown() {
    let mut deck = fleet();
    // What the deck saw at its start is out of the span.
    deck.wait(120_000);
    deck.change(&ks("alpha"), |a| a.health = Health::Degraded);
    deck.change(&ks("beta"), |a| a.health = Health::Progressing);
    deck.wait(180_000);
    deck.change(&ks("beta"), |a| a.revision = Some(commit('c')));
    deck.keys("t");
    let all = lines(&deck).len();
    deck.keys("/");
    deck.types("BETA prog");
    assert_eq!(lines(&deck), ["flux beta Healthy to Progressing"]);
    deck.keys("enter");
    assert!(matches!(deck.state.screen, Screen::Timeline), "enter keeps the words and follows nothing");
    deck.keys("esc");
    assert_eq!(lines(&deck).len(), all);
    deck.keys("tab tab");
    assert_eq!(lines(&deck), [format!("flux beta {} to {}", "a".repeat(7), "c".repeat(7))]);
    deck.keys("shift-tab shift-tab f");
    assert!(deck.said().contains("space marks"), "{}", deck.said());
    deck.state.view.marks.insert(ks("alpha"));
    deck.keys("f");
    assert_eq!(lines(&deck), ["flux alpha Healthy to Degraded"]);
    deck.keys("f");
    assert_eq!(lines(&deck).len(), all);
}

#[test]
fn one_revision_on_many_apps_is_one_line_that_unfolds() {
    let mut deck = fleet();
    for app in [ks("alpha"), ks("beta"), id("hub", AppKind::Application, "argocd", "shop")] {
        deck.change(&app, |a| a.revision = Some(commit('c')));
        deck.wait(20_000);
    }
    deck.keys("t");
    let group = format!("fleet alpha +2 {} applied on 2 clusters", "c".repeat(7));
    assert_eq!(here(&deck), group);
    let folded = lines(&deck).len();
    deck.keys("enter");
    assert_eq!(lines(&deck)[1..4].iter().filter(|l| l.starts_with("- ")).count(), 3, "{:?}", lines(&deck));
    assert_eq!(here(&deck), group, "the cursor stays on the group");
    deck.keys("enter");
    assert_eq!(lines(&deck).len(), folded);
}

#[test]
fn what_a_rollout_passes_through_is_folded_and_what_is_bad_or_stays_is_not() {
    let mut deck = fleet();
    let alpha = ks("alpha");
    let pass = |deck: &mut Deck, app: &AppId, health| {
        deck.wait(1000);
        deck.change(app, |a| a.health = health);
    };
    deck.change(&alpha, |a| a.sync = Sync::OutOfSync);
    deck.wait(1000);
    deck.change(&alpha, |a| (a.sync, a.revision) = (Sync::Synced, Some(commit('c'))));
    pass(&mut deck, &alpha, Health::Progressing);
    pass(&mut deck, &alpha, Health::Healthy);
    deck.keys("t");
    assert_eq!(here(&deck), format!("flux alpha {} applied", "c".repeat(7)), "{:?}", lines(&deck));
    let told = |deck: &Deck| lines(deck).into_iter().filter(|l| l.contains("alpha")).count();
    assert_eq!(told(&deck), 1, "{:?}", lines(&deck));
    pass(&mut deck, &alpha, Health::Degraded);
    assert_eq!(here(&deck), "flux alpha Healthy to Degraded");
    assert_eq!(lines(&deck)[1], format!("flux alpha {} applied, broken now", "c".repeat(7)));
    let beta = ks("beta");
    pass(&mut deck, &beta, Health::Progressing);
    assert_eq!(here(&deck), "flux beta Healthy to Progressing", "it has not come through yet");
    pass(&mut deck, &beta, Health::Healthy);
    assert_eq!(here(&deck), "flux beta Progressing, Healthy");
    deck.keys("enter j enter");
    assert_eq!(deck.cursor(), "beta", "each of its lines leads to the app");
}

#[test]
fn the_cursor_follows_its_line_while_newer_ones_come_and_the_top_shows_the_newest() {
    let mut deck = fleet();
    deck.change(&ks("alpha"), |a| a.health = Health::Degraded);
    deck.wait(1000);
    deck.change(&ks("beta"), |a| a.health = Health::Degraded);
    deck.keys("t j");
    assert_eq!(here(&deck), "flux alpha Healthy to Degraded");
    deck.change(&ks("beta"), |a| a.health = Health::Healthy);
    assert_eq!(here(&deck), "flux alpha Healthy to Degraded");
    deck.keys("g");
    assert_eq!(here(&deck), "flux beta Degraded to Healthy");
    deck.wait(1000);
    deck.change(&ks("alpha"), |a| a.health = Health::Healthy);
    assert_eq!(here(&deck), "flux alpha Degraded to Healthy");
    deck.keys("n");
    assert_eq!(here(&deck), "flux alpha Healthy to Degraded", "n goes to the same app");
    deck.keys("n");
    assert!(deck.said().contains("Nothing older of alpha"), "{}", deck.said());
    deck.keys("N");
    assert_eq!(here(&deck), "flux alpha Degraded to Healthy");
}

#[test]
fn times_without_driftdeck_are_told_and_so_is_what_earlier_runs_recorded() {
    let mut deck = fleet();
    let earlier = TimelineEntry {
        v: 1,
        at: minute(-40),
        kind: TimelineKind::Health,
        place: "flux".into(),
        app: Some(ks("alpha")),
        text: "Degraded to Healthy".into(),
        revision: None,
    };
    let run = Watched { v: 1, first_at: minute(-60), last_at: minute(-20) };
    deck.send(Msg::Loaded(Box::new(Loaded { timeline: vec![earlier], watched: vec![run], ..Loaded::default() })));
    deck.keys("t + + +");
    let told = lines(&deck);
    let at = |text: &str| told.iter().position(|l| l.contains(text)).unwrap_or_else(|| panic!("{text} in {told:?}"));
    let gap = at("not recorded 02:40-03:00 (20m): driftdeck was not running");
    assert!(gap < at("Degraded to Healthy"), "newest first");
    assert!(told.last().unwrap().contains("before 02:00 it is not on record"), "{told:?}");
    deck.keys("G enter");
    assert_eq!(deck.said(), "Nothing is known of this time.");
    assert!(deck.state.view.timeline.lines[gap].what == What::Gap);
}

#[test]
fn our_own_actions_are_told_once_as_they_ended_and_what_was_not_sent_is_not() {
    let mut deck = fleet();
    let target = Target {
        app: ks("alpha"),
        uid: "u".into(),
        resource_version: "1".into(),
        revision: None,
        runs_on: "flux".into(),
        names: Vec::new(),
        frozen_at: minute(29),
    };
    let entry = |request: &str, minutes: i64, outcome: Option<Outcome>| JournalEntry {
        v: 1,
        at: minute(minutes),
        task: 1,
        operator: "sam".into(),
        host: "here".into(),
        plan: Plan { targets: vec![target.clone()], ..Plan::new("reconcile", "Reconcile alpha", "Reconcile", request) },
        typed: None,
        outcome,
        ended_well: None,
        note: None,
    };
    let mut healthy = entry("one", 28, Some(Outcome::Sent { commit: None }));
    healthy.note = Some("Healthy (40s)".into());
    deck.state.journal = vec![entry("one", 27, None), healthy, entry("two", 29, Some(Outcome::Cancelled))];
    deck.keys("t");
    let ours: Vec<String> = lines(&deck).into_iter().filter(|l| l.contains("reconcile")).collect();
    assert_eq!(ours, ["flux alpha reconcile: sent, Healthy (40s)"]);
    let at = deck.state.view.timeline.lines.iter().find(|l| l.text.contains("reconcile")).unwrap().at;
    assert_eq!(at, minute(27), "when it was done, not when it ended");
}

#[test]
fn the_export_holds_the_lines_that_are_shown_without_credentials() {
    let mut deck = fleet();
    deck.event(ClusterEvent::Link {
        cluster: ClusterId::new("flux"),
        link: Link::Unreachable { since: deck.now, cause: "proxy http://sam:pw@proxy:1 | refused".into(), next_try_at: None },
    });
    let out = deck.keys("t E");
    let Some(Effect::Export { name, text }) = out.first() else { panic!("{out:?}") };
    assert!(name.starts_with("timeline-20261124T") && name.ends_with(".md"), "{name}");
    assert!(text.contains("| flux |  | live to unreachable: proxy http://proxy:1 \\| refused |"), "{text}");
    assert!(!text.contains("sam:pw"));
}

#[test]
fn no_key_of_the_timeline_acts_on_an_app() {
    let mut deck = fleet();
    deck.change(&ks("alpha"), |a| a.health = Health::Degraded);
    deck.keys("t s R r p d u L a space enter");
    assert!(sent(&deck.effects).is_empty());
    deck.keys("t ? /");
    deck.types("suspend");
    deck.keys("enter enter");
    assert!(deck.said().contains("enter goes to the app"), "{}", deck.said());
}

#[test]
fn a_letter_typed_into_the_search_is_text() {
    let mut deck = fleet();
    deck.keys("t /");
    deck.types("tqE");
    assert_eq!(deck.state.view.timeline.search, "tqE");
    deck.send(Msg::Paste("x\ny".into()));
    assert_eq!(deck.state.view.timeline.search, "tqEx y");
    deck.send(Msg::Key(Key::plain(crate::app::key::KeyCode::Esc)));
    assert!(deck.state.view.timeline.search.is_empty() && matches!(deck.state.screen, Screen::Timeline));
    deck.keys("t");
    assert!(matches!(deck.state.screen, Screen::Main));
}

#[test]
fn a_start_that_connects_is_no_news_and_a_cluster_lost_and_back_is() {
    let mut deck = fleet();
    let link = |deck: &mut Deck, link: Link| deck.event(ClusterEvent::Link { cluster: ClusterId::new("prod"), link });
    deck.keys("t + + +");
    let lost = |deck: &Deck| lines(deck).into_iter().filter(|l| l.starts_with("prod")).collect::<Vec<_>>();
    assert_eq!(lost(&deck), Vec::<String>::new(), "the deck connected at its start");
    let since = deck.now;
    link(&mut deck, Link::Unreachable { since, cause: "refused".into(), next_try_at: None });
    deck.wait(1000);
    link(&mut deck, Link::Connecting { since });
    deck.wait(1000);
    link(&mut deck, Link::Unreachable { since, cause: "refused".into(), next_try_at: None });
    deck.wait(1000);
    link(&mut deck, Link::Connecting { since });
    link(&mut deck, Link::Live { since });
    assert_eq!(lost(&deck), ["prod  unreachable to live", "prod  live to unreachable: refused"]);
}

#[test]
fn an_app_that_is_not_assessed_yet_has_not_changed_its_health_and_one_that_was_found_sick_has() {
    let mut deck = fleet();
    let alpha = ks("alpha");
    let health = |deck: &Deck| lines(deck).into_iter().filter(|l| l.contains("alpha") && l.contains("ealthy")).collect::<Vec<_>>();
    let answer = |deck: &mut Deck, health| {
        deck.wait(1000);
        let msg = crate::app::tests::assessed(&deck.state, ks("alpha"), Ok(health), vec![], vec![]);
        deck.send(msg)
    };
    let unassessed = |deck: &mut Deck, digit| {
        deck.wait(1000);
        deck.change(&ks("alpha"), |a| (a.health, a.health_by, a.revision) = (Health::Unknown, HealthBy::NotAssessed, Some(commit(digit))));
    };
    deck.keys("t");
    unassessed(&mut deck, 'c');
    answer(&mut deck, Health::Healthy);
    unassessed(&mut deck, 'd');
    assert_eq!(health(&deck), Vec::<String>::new());
    let out = answer(&mut deck, Health::Degraded);
    assert!(out.iter().any(|e| matches!(e, Effect::Timeline(_))));
    assert_eq!(health(&deck), ["flux alpha Healthy to Degraded"]);
    assert!(answer(&mut deck, Health::Degraded).iter().all(|e| !matches!(e, Effect::Timeline(_))));
    unassessed(&mut deck, 'e');
    answer(&mut deck, Health::Healthy);
    assert!(deck.state.timeline.iter().any(|e| e.app.as_ref() == Some(&alpha) && e.text == "Degraded to Healthy"));
}

#[test]
fn an_app_that_flaps_is_its_newest_bad_news_and_one_line_for_the_rest() {
    let mut deck = fleet();
    for _ in 0..20 {
        for health in [Health::Degraded, Health::Healthy] {
            deck.wait(3000);
            deck.change(&ks("alpha"), |a| a.health = health);
        }
    }
    deck.keys("t");
    let told: Vec<String> = lines(&deck).into_iter().filter(|l| l.contains("alpha")).collect();
    assert_eq!(told, ["flux alpha Degraded, Healthy: 39 changes", "flux alpha Healthy to Degraded"]);
    deck.keys("enter");
    assert_eq!(lines(&deck).iter().filter(|l| l.starts_with("- ")).count(), 39, "none of them is lost");
}

#[test]
fn a_run_at_the_interval_that_changes_nothing_is_no_news_and_one_that_fails_is() {
    use crate::domain::status::{Operation, Phase};
    let mut deck = fleet();
    let operation = |phase: Phase, routine: bool| Operation {
        phase,
        routine,
        message: String::new(),
        started_at: None,
        finished_at: None,
        retry_count: 0,
        next_try_at: None,
        by: None,
        revision: None,
        request_id: None,
    };
    let run = |deck: &mut Deck, phase: Phase, routine: bool| {
        deck.wait(60_000);
        deck.change(&ks("alpha"), |a| a.operation = Some(operation(phase, routine)));
    };
    run(&mut deck, Phase::Succeeded, false);
    deck.keys("t");
    let before = lines(&deck);
    for _ in 0..10 {
        run(&mut deck, Phase::Running, true);
        run(&mut deck, Phase::Succeeded, false);
    }
    assert_eq!(lines(&deck), before);
    run(&mut deck, Phase::Running, true);
    run(&mut deck, Phase::Failed, false);
    assert_eq!(lines(&deck)[0], "flux alpha operation Failed");
}

#[test]
fn a_bad_state_that_nobody_saw_begin_is_told_where_its_object_says_since_when() {
    let mut deck = fleet();
    let sick = |name: &str, since: Option<Timestamp>, health| crate::domain::app::App { health, since, ..kust(name) };
    deck.app(sick("ill", Some(minute(12)), Health::Degraded));
    deck.app(sick("gone", Some(minute(-50)), Health::Degraded));
    deck.app(sick("vague", None, Health::Degraded));
    deck.app(sick("busy", Some(minute(20)), Health::Progressing));
    let now = deck.now;
    deck.change(&ks("beta"), |a| (a.health, a.since) = (Health::Degraded, Some(now)));
    deck.keys("t");
    let told: Vec<String> = lines(&deck).into_iter().filter(|l| l.starts_with("flux")).collect();
    let short = deck.row(&ks("ill")).verdict.short.clone();
    let want = ["flux beta Healthy to Degraded".to_owned(), format!("flux ill Degraded: {short}")];
    assert_eq!(told, want, "what was seen is told once");
    let at = deck.state.view.timeline.lines.iter().find(|l| l.name == "ill").map(|l| l.at);
    assert_eq!(at, Some(minute(12)));
    deck.change(&ks("ill"), |a| a.health = Health::Healthy);
    deck.wait(60_000);
    assert!(!lines(&deck).iter().any(|l| l.contains("ill Degraded:")), "it is a state of now: {:?}", lines(&deck));
}

#[test]
fn a_cluster_that_answers_and_forbids_at_once_has_one_line() {
    let mut deck = fleet();
    let prod = ClusterId::new("prod");
    deck.event(ClusterEvent::Link { cluster: prod.clone(), link: Link::Connecting { since: deck.now } });
    deck.wait(1_000);
    deck.event(ClusterEvent::Link { cluster: prod.clone(), link: Link::Live { since: deck.now } });
    deck.wait(1_000);
    let forbidden = Link::Forbidden { kinds: vec!["helmreleases".into()], user: Some("sam".into()) };
    deck.event(ClusterEvent::Link { cluster: prod.clone(), link: forbidden });
    // The fleet was live before: an earlier line of that stands.
    deck.keys("t");
    let told = |deck: &Deck| lines(deck).into_iter().filter(|l| l.starts_with("prod")).collect::<Vec<String>>();
    assert_eq!(told(&deck), ["prod  live to forbidden: list helmreleases forbidden for sam"]);
    // A restart: the same again is no news.
    deck.event(ClusterEvent::Link { cluster: prod.clone(), link: Link::Live { since: deck.now } });
    let kinds = vec!["helmreleases".into()];
    deck.event(ClusterEvent::Link { cluster: prod, link: Link::Forbidden { kinds, user: Some("sam".into()) } });
    deck.wait(1_000);
    assert_eq!(told(&deck).len(), 1, "{:?}", told(&deck));
}
