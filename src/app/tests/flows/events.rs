use super::deck::*;
use crate::app::effect::Effect;
use crate::app::msg::TaskEvent;
use crate::app::msg::{Loaded, Msg};
use crate::app::task::Mark;
use crate::domain::app::EngineFields;
use crate::domain::cluster::Link;
use crate::domain::event::{ClusterEvent, DetailEvent, Parsed};
use crate::domain::ids::{AppKind, ClusterId, Epoch, TaskId};
use crate::domain::journal::TimelineKind;
use crate::domain::plan::Outcome;
use crate::domain::status::{Health, Severity};

fn ks(name: &str) -> crate::domain::ids::AppId {
    id("flux", AppKind::Kustomization, "flux-system", name)
}

fn down() -> Link {
    Link::Unreachable { since: start(), cause: "connection refused".into(), next_try_at: None }
}

#[test]
fn events_of_an_earlier_run_of_the_session_are_dropped() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    let cluster = ClusterId::new("flux");
    let upsert =
        |epoch, app| ClusterEvent::Upsert { cluster: cluster.clone(), epoch: Epoch(epoch), objects: vec![Parsed::App(Box::new(app))] };
    deck.event(upsert(2, kust("beta")));
    let mut old = kust("alpha");
    old.health = Health::Degraded;
    deck.event(upsert(1, old));
    deck.event(ClusterEvent::Removed {
        cluster: cluster.clone(),
        epoch: Epoch(1),
        kind: "kustomizations".into(),
        namespace: "flux-system".into(),
        name: "alpha".into(),
    });
    deck.event(ClusterEvent::Complete {
        cluster: cluster.clone(),
        epoch: Epoch(1),
        kind: "kustomizations".into(),
        namespaces: vec![],
        present: vec![],
    });
    assert_eq!(deck.shown(), ["alpha", "beta"]);
    assert_eq!(deck.row(&ks("alpha")).severity, Severity::Ok);
}

#[test]
fn events_of_a_cluster_that_is_not_watched_are_dropped() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    let out = deck.upsert("stranger", vec![Parsed::App(Box::new(kust("beta")))]);
    assert!(out.is_empty());
    assert_eq!(deck.shown(), ["alpha"]);
    assert!(!deck.state.dirty);
}

#[test]
fn a_green_row_goes_into_the_ledger_once_and_again_after_ten_minutes() {
    let mut deck = Deck::with(vec![]);
    let ledger = |out: &[Effect]| out.iter().filter(|e| matches!(e, Effect::Ledger(_))).count();
    let mut app = kust("alpha");
    app.since = None;
    assert_eq!(ledger(&deck.app(app.clone())), 1);
    assert_eq!(ledger(&deck.app(app.clone())), 0);
    deck.wait(601_000);
    assert_eq!(ledger(&deck.app(app.clone())), 1);
    app.health = Health::Degraded;
    app.revision = Some(commit('b'));
    assert_eq!(ledger(&deck.app(app)), 0, "a sick row is not remembered as good");
    let good = &deck.state.fleet.stays[&ks("alpha")][0];
    assert_eq!(good.revision, commit('a'));
    assert_eq!(good.last_at.as_second() - good.first_at.as_second(), 601);
}

#[test]
fn a_revision_is_good_from_when_it_was_seen_so_itself_not_from_when_the_app_got_well() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    let well_since = deck.row(&ks("alpha")).since;
    deck.wait(3_600_000);
    deck.change(&ks("alpha"), |a| (a.revision, a.since) = (Some(commit('b')), Some(well_since)));
    let stays = &deck.state.fleet.stays[&ks("alpha")];
    let said: Vec<_> = stays.iter().map(|s| (s.revision.clone(), s.first_at, s.last_at)).collect();
    assert_eq!(said, [(commit('b'), deck.now, deck.now), (commit('a'), start(), start())], "b is as old as its commit, not as the health");
}

#[test]
fn what_argo_cd_said_before_it_compared_the_new_revision_is_no_evidence_for_it() {
    let web = id("hub", AppKind::Application, "argocd", "web");
    let mut deck = Deck::with(vec![argo("argocd", "web", "prod")]);
    let good = |deck: &Deck| deck.state.fleet.stays[&web].iter().map(|s| s.revision.clone()).collect::<Vec<_>>();
    assert_eq!(good(&deck), [commit('a')]);
    let ended = deck.now;
    let compared = |a: &mut crate::domain::app::App, at| {
        let EngineFields::Argo(fields) = &mut a.engine else { panic!() };
        fields.reconciled_at = Some(at);
    };
    // The sync of b is over; sync and health still stand as compared with a.
    deck.change(&web, |a| {
        a.revision = Some(commit('b'));
        a.operation = Some(crate::domain::status::Operation {
            finished_at: Some(ended),
            ..super::following::synced(crate::domain::status::Phase::Succeeded, "ok", "theirs")
        });
        compared(a, ended);
    });
    assert_eq!(good(&deck), [commit('a')]);
    deck.wait(2_000);
    let now = deck.now;
    deck.change(&web, |a| compared(a, now));
    assert_eq!(good(&deck), [commit('b'), commit('a')]);
}

#[test]
fn changes_are_written_to_the_timeline_and_the_first_reading_is_not() {
    let mut deck = Deck::with(vec![]);
    let timeline = |out: &[Effect]| -> Vec<(TimelineKind, String)> {
        out.iter()
            .filter_map(|e| if let Effect::Timeline(t) = e { Some(t.clone()) } else { None })
            .flatten()
            .map(|e| (e.kind, e.text))
            .collect()
    };
    assert_eq!(timeline(&deck.app(kust("alpha"))), []);
    let out = deck.change(&ks("alpha"), |a| {
        a.health = Health::Degraded;
        a.revision = Some(commit('b'));
    });
    assert_eq!(
        timeline(&out),
        [(TimelineKind::Health, "Healthy to Degraded".into()), (TimelineKind::Revision, "aaaaaaa to bbbbbbb".into())]
    );
    let out = deck.event(ClusterEvent::Link { cluster: ClusterId::new("flux"), link: down() });
    assert_eq!(timeline(&out), [(TimelineKind::Link, "live to unreachable: connection refused".into())]);
}

#[test]
fn what_happened_is_shown_to_the_row_it_happened_to() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.change(&ks("alpha"), |a| a.health = Health::Degraded);
    assert!(
        deck.state.timeline.iter().any(|e| e.app.as_ref() == Some(&ks("alpha")) && e.text == "Healthy to Degraded"),
        "Details shows it under LATELY"
    );
}

#[test]
fn a_cluster_that_goes_away_keeps_its_rows_dim_and_aged_and_comes_back() {
    let mut deck = Deck::with(vec![kust("alpha"), argo("argocd", "other", "hub")]);
    let cluster = ClusterId::new("flux");
    deck.event(ClusterEvent::Link { cluster: cluster.clone(), link: down() });
    assert_eq!(deck.row(&ks("alpha")).severity, Severity::Unknown);
    assert!(deck.row(&ks("alpha")).stale_as_of.is_some());
    assert_eq!(deck.row(&id("hub", AppKind::Application, "argocd", "other")).severity, Severity::Ok);
    assert_eq!(deck.shown(), ["alpha", "other"]);
    deck.event(ClusterEvent::Link { cluster, link: Link::Live { since: deck.now } });
    assert!(deck.row(&ks("alpha")).stale_as_of.is_none());
    assert_eq!(deck.row(&ks("alpha")).severity, Severity::Ok);
}

#[test]
fn rows_of_the_last_run_are_shown_as_of_then_and_never_replace_what_was_read() {
    let mut deck = Deck::live();
    let mut old = kust("alpha");
    old.health = Health::Degraded;
    deck.app(kust("beta"));
    let mut stale_beta = kust("beta");
    stale_beta.health = Health::Degraded;
    deck.send(Msg::Loaded(Box::new(Loaded { rows: vec![(ClusterId::new("flux"), start(), vec![old, stale_beta])], ..Loaded::default() })));
    assert!(deck.row(&ks("alpha")).stale_as_of.is_some());
    assert_eq!(deck.row(&ks("beta")).app.health, Health::Healthy);
    deck.app(kust("alpha"));
    assert!(deck.row(&ks("alpha")).stale_as_of.is_none());
}

#[test]
fn the_history_may_come_after_rows_and_lines_of_this_run() {
    use crate::domain::history::LedgerEntry;
    use crate::domain::journal::TimelineEntry;
    let mut deck = Deck::live();
    let mut broken = kust("alpha");
    (broken.health, broken.since) = (Health::Degraded, None);
    deck.app(broken.clone());
    deck.app(kust("beta"));
    assert!(!deck.row(&ks("alpha")).since_exact);
    let good = deck.state.fleet.stays[&ks("beta")][0].clone();
    let here = TimelineEntry {
        v: 1,
        at: deck.now,
        kind: TimelineKind::Health,
        place: "flux".into(),
        app: Some(ks("beta")),
        text: "of this run".into(),
        revision: None,
    };
    deck.state.timeline.push(here.clone());
    let hour = |h: i64| start().checked_sub(jiff::SignedDuration::from_hours(h)).unwrap();
    let fell = TimelineEntry { at: hour(2), app: Some(ks("alpha")), text: "Healthy to Degraded".into(), ..here };
    let stay = |name: &str, revision: &str| LedgerEntry { app: ks(name), revision: revision.into(), first_at: hour(9), last_at: hour(3) };
    let loaded = Loaded { ledger: vec![stay("alpha", "older"), stay("beta", &good.revision)], timeline: vec![fell], ..Loaded::default() };
    deck.send(Msg::Loaded(Box::new(loaded)));
    let row = deck.row(&ks("alpha"));
    assert_eq!((row.since, row.since_exact), (hour(2), true), "broken since an earlier run");
    assert_eq!(deck.state.fleet.stays[&ks("alpha")][0].revision, "older");
    let beta = &deck.state.fleet.stays[&ks("beta")][0];
    assert_eq!((beta.first_at, beta.last_at), (hour(9), good.last_at), "one stay, begun in an earlier run");
    let texts: Vec<_> = deck.state.timeline.iter().map(|e| e.text.as_str()).collect();
    let (first, last) = (texts.first().copied(), texts.last().copied());
    assert_eq!((first, last), (Some("Healthy to Degraded"), Some("of this run")), "the newest is last");
}

#[test]
fn answers_for_a_row_that_is_no_longer_in_view_are_dropped() {
    let mut deck = Deck::with(vec![kust("alpha"), kust("beta")]);
    deck.on(&ks("beta"));
    deck.state.dirty = false;
    deck.send(Msg::Detail(DetailEvent::Tree { app: ks("alpha"), at: deck.now, nodes: Ok(vec![]) }));
    assert!(deck.state.fleet.detail.tree.is_none());
    assert!(!deck.state.dirty);
    deck.send(Msg::Detail(DetailEvent::Tree { app: ks("beta"), at: deck.now, nodes: Ok(vec![]) }));
    assert!(deck.state.fleet.detail.tree.is_some());
}

#[test]
fn progress_of_a_task_nobody_started_changes_nothing() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    let step = TaskEvent::Step { key: "x".into(), mark: Mark::Bad, text: "?".into() };
    deck.send(Msg::Task { task: TaskId(99), event: step });
    let out = deck.send(Msg::Task { task: TaskId(99), event: TaskEvent::Finished(Outcome::Cancelled) });
    assert!(out.is_empty() && !deck.state.dirty && deck.state.tasks.is_empty());
}

#[test]
fn a_diff_that_arrives_after_its_screen_was_closed_opens_nothing() {
    let mut deck = Deck::with(vec![kust("alpha"), kust("beta")]);
    let out = deck.keys("d");
    let Some(Effect::Diff { task: first, .. }) = out.iter().find(|e| matches!(e, Effect::Diff { .. })) else { panic!("{out:?}") };
    let first = *first;
    deck.keys("esc");
    deck.send(Msg::Diff { task: first, result: Err("late".into()) });
    assert!(matches!(deck.state.screen, crate::app::state::Screen::Main));
    deck.keys("j d");
    deck.send(Msg::Diff { task: first, result: Err("late".into()) });
    let crate::app::state::Screen::Diff(screen) = &deck.state.screen else { panic!("the second diff is open") };
    assert!(screen.result.is_none() && screen.waiting.is_some(), "it still waits for its own answer");
}

#[test]
fn a_run_that_sees_one_namespace_leaves_the_last_known_rows_of_the_others() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.state.settings.namespace = Some(ks("alpha").namespace);
    deck.change(&ks("alpha"), |a| a.health = Health::Degraded);
    let out = deck.send(Msg::Terminate);
    assert!(out.iter().all(|e| !matches!(e, Effect::SaveRows(..))), "{out:?}");
}

#[test]
fn last_known_rows_are_written_at_the_end() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.change(&ks("alpha"), |a| a.health = Health::Degraded);
    let out = deck.change(&ks("alpha"), |a| a.health = Health::Progressing);
    assert!(out.iter().all(|e| !matches!(e, Effect::SaveRows(..))), "at most once in half a minute");
    let out = deck.send(Msg::Terminate);
    assert!(out.iter().any(|e| matches!(e, Effect::SaveRows(c, apps) if c.as_str() == "flux" && apps.len() == 1)), "{out:?}");
    assert_eq!(out.last(), Some(&Effect::Quit(0)));
}
