//! The end of a follow: who took over, who stands still, who tries again, and charts that are cut from git.

use super::deck::*;
use super::following::{fetch, following, sent_sync, synced};
use super::rollback::{alpha, shop};
use crate::app::effect::Effect;
use crate::app::msg::{Msg, TaskEvent};
use crate::app::rollback::{Arrival, FollowRow};
use crate::domain::Timestamp;
use crate::domain::app::{Condition, EngineFields, HelmFields, ManagedResource};
use crate::domain::event::{DetailEvent, LiveNode, Parsed};
use crate::domain::ids::{AppKind, ClusterId, ObjectKey, SourceId};
use crate::domain::plan::Outcome;
use crate::domain::source::SourceObject;
use crate::domain::status::{Health, Operation, Phase, Sync};

fn row(deck: &Deck, at: usize) -> &FollowRow {
    &deck.state.tasks[0].follow.as_ref().unwrap().rows[at]
}

fn ended(deck: &Deck) -> Option<(bool, String)> {
    deck.state.tasks[0].ended.clone().map(|(_, good, text)| (good, text))
}

/// The Argo app compared itself with the revert.
fn compared(deck: &mut Deck, digit: char) {
    deck.change(&shop(), |a| {
        let EngineFields::Argo(fields) = &mut a.engine else { panic!() };
        fields.compared = vec![commit(digit)];
        a.sync = Sync::OutOfSync;
    });
}

#[test]
fn a_sync_that_another_operation_took_over_ends_with_whose_it_is() {
    let (mut deck, app, _) = sent_sync();
    let now = deck.now;
    let other = Operation { started_at: Some(now), revision: Some(commit('5')), ..synced(Phase::Running, "", "other") };
    deck.change(&app, |a| a.operation = Some(Operation { by: Some("automated".into()), ..other.clone() }));
    assert_eq!(ended(&deck), Some((false, "taken over by 5555555 (auto-sync)".into())));
    let (mut deck, app, _) = sent_sync();
    deck.change(&app, |a| a.operation = Some(Operation { by: Some("mia".into()), ..other }));
    assert_eq!(ended(&deck), Some((false, "taken over by 5555555 (by mia)".into())));
}

#[test]
fn the_operation_that_stood_there_already_took_nothing_over_however_close_its_time() {
    let app = super::deck::id("hub", AppKind::Application, "argocd", "web");
    let mut deck = Deck::with(vec![super::deck::argo("argocd", "web", "flux")]);
    // Also where the cluster's clock is ahead of ours.
    let now = deck.now + jiff::SignedDuration::from_secs(2);
    let before = Operation { started_at: Some(now), finished_at: Some(now), ..synced(Phase::Succeeded, "", "before") };
    deck.change(&app, |a| a.operation = Some(before.clone()));
    deck.keys("s");
    deck.wait(400);
    deck.keys("y");
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Sent { commit: None }) });
    deck.change(&app, |a| a.operation = Some(Operation { message: "read again".into(), ..before.clone() }));
    assert_eq!(ended(&deck), None);
    deck.change(&app, |a| a.operation = Some(Operation { request_id: Some("another".into()), ..before }));
    assert_eq!(ended(&deck).map(|(good, _)| good), Some(false), "another one of the same second did");
}

#[test]
fn a_follow_says_whose_operation_an_app_is_busy_with() {
    let (mut deck, _) = following();
    compared(&mut deck, '9');
    let before = Operation { revision: Some(commit('d')), started_at: Some(start()), ..synced(Phase::Running, "", "x") };
    deck.change(&shop(), |a| a.operation = Some(before.clone()));
    assert_eq!(row(&deck, 1).now, "waits for the sync of ddddddd (by sam)");
    let now = deck.now;
    deck.change(&shop(), |a| a.operation = Some(Operation { started_at: Some(now), by: Some("automated".into()), ..before }));
    assert_eq!(row(&deck, 1).now, "taken over by ddddddd (auto-sync)");
    assert!(deck.state.tasks[0].is_running());
}

#[test]
fn where_nothing_takes_the_revert_by_itself_the_follow_ends_with_the_reasons() {
    let (mut deck, _) = following();
    deck.change(&alpha(), |a| a.suspended = true);
    assert_eq!(ended(&deck), None, "shop has not seen the commit yet");
    compared(&mut deck, '9');
    let want = "pushed, but nothing takes it by itself: alpha on flux (suspended), shop on prod (auto-sync off)";
    assert_eq!(ended(&deck), Some((false, want.into())));
}

#[test]
fn a_cluster_that_does_not_answer_is_not_the_end() {
    use crate::domain::cluster::Link;
    use crate::domain::event::ClusterEvent;
    let (mut deck, _) = following();
    deck.change(&alpha(), |a| a.suspended = true);
    let link = Link::Unreachable { since: deck.now, cause: "refused".into(), next_try_at: None };
    deck.event(ClusterEvent::Link { cluster: ClusterId::new("hub"), link });
    deck.wait(5_000);
    assert_eq!(ended(&deck), None);
}

#[test]
fn what_the_engine_tries_again_is_still_under_way_and_says_when() {
    let (mut deck, _) = following();
    fetch(&mut deck, '9');
    let next = Timestamp::from_second(deck.now.as_second() + 240).unwrap();
    let fails = |deck: &mut Deck, next: Option<Timestamp>| {
        deck.change(&alpha(), |a| {
            (a.revision, a.sync, a.health) = (Some(commit('9')), Sync::Synced, Health::Degraded);
            let failed = synced(Phase::Failed, "health check failed", "");
            a.operation = Some(Operation { revision: Some(commit('9')), next_try_at: next, ..failed });
        });
    };
    fails(&mut deck, Some(next));
    deck.wait(200_000);
    let (healthy, now) = (row(&deck, 0).healthy, row(&deck, 0).now.clone());
    assert_eq!(healthy, Arrival::Waits, "Flux has not given up");
    assert!(now.starts_with(&format!("failed, tries again at {}: ", next.strftime("%H:%M:%S"))), "{now}");
    deck.wait(60_000);
    fails(&mut deck, None);
    assert!(row(&deck, 0).now.starts_with("failed, tries again now: "), "{}", row(&deck, 0).now);
    deck.wait(300_000);
    let third = Timestamp::from_second(deck.now.as_second() + 240).ok();
    fails(&mut deck, third);
    assert_eq!(row(&deck, 0).healthy, Arrival::Bad, "the second check failed as well");
    deck.change(&alpha(), |a| a.operation = None);
    assert_eq!(row(&deck, 0).healthy, Arrival::Bad, "nothing is better in between");
    deck.change(&alpha(), |a| a.health = Health::Healthy);
    assert!(matches!(row(&deck, 0).healthy, Arrival::At(_)));
}

#[test]
fn an_argo_sync_between_two_attempts_is_not_the_end() {
    let (mut deck, _) = following();
    deck.change(&shop(), |a| a.auto_sync = Some(true));
    compared(&mut deck, '9');
    let at = Timestamp::from_second(deck.now.as_second() + 40).unwrap();
    let retrying = Operation { revision: Some(commit('9')), next_try_at: Some(at), ..synced(Phase::Retrying, "hook failed", "") };
    deck.change(&shop(), |a| a.operation = Some(retrying));
    assert_eq!(row(&deck, 1).healthy, Arrival::Waits);
    assert!(row(&deck, 1).now.starts_with(&format!("failed, tries again at {}", at.strftime("%H:%M:%S"))), "{}", row(&deck, 1).now);
}

/// The Argo app runs the revert, and is not there yet.
fn rolling() -> Deck {
    let (mut deck, _) = following();
    // Whatever the main screen shows: the filter hides it, the follow does not.
    (deck.state.view.filter.text, deck.state.view.hold_until) = ("alpha".into(), None);
    deck.state.fleet.derive.list_changed = true;
    deck.wait(300);
    assert_eq!(deck.shown(), ["alpha"]);
    deck.change(&shop(), |a| {
        let EngineFields::Argo(fields) = &mut a.engine else { panic!() };
        fields.compared = vec![commit('9')];
        (a.revision, a.sync, a.health) = (Some(commit('9')), Sync::Synced, Health::Progressing);
        a.resources = vec![ManagedResource {
            key: ObjectKey::new("apps", "Deployment", "shop", "web"),
            version: "v1".into(),
            sync: Some(Sync::Synced),
            health: Some(Health::Progressing),
            ..ManagedResource::default()
        }];
    });
    assert_eq!(row(&deck, 1).healthy, Arrival::Waits);
    deck
}

fn crashing(deck: &mut Deck) {
    let pod = LiveNode {
        key: ObjectKey::new("", "Pod", "shop", "web-1"),
        exists: true,
        depth: 1,
        health: Some(Health::Degraded),
        reason: Some("CrashLoopBackOff".into()),
        container: Some("web".into()),
        restarts: 3,
        exit_code: Some(1),
        ..LiveNode::default()
    };
    deck.send(Msg::Detail(DetailEvent::Tree { app: shop(), at: deck.now, nodes: Ok(vec![pod]) }));
    deck.wait(300);
}

#[test]
fn a_crash_loop_of_what_the_revert_brought_is_told_of_an_argo_app_at_once() {
    let mut deck = rolling();
    deck.wait(300);
    let asks = |e: &&Effect| matches!(e, Effect::Tree { app, .. } if *app == shop());
    assert_eq!(deck.effects.iter().filter(asks).count(), 1, "its live objects are read");
    crashing(&mut deck);
    let told = row(&deck, 1);
    assert!(told.late && told.now.starts_with("crash loop 3x: web exits 1"), "{told:?}");
    assert_eq!(told.healthy, Arrival::Waits, "a rollout needs its time");
    deck.wait(200_000);
    crashing(&mut deck);
    assert!(deck.effects.iter().filter(asks).count() > 1, "again and again");
    assert_eq!(row(&deck, 1).healthy, Arrival::Bad, "and is not waited for to the limit");
    deck.change(&shop(), |a| a.health = Health::Healthy);
    assert!(matches!(row(&deck, 1).healthy, Arrival::At(_)), "late is not never");
}

#[test]
fn an_app_on_its_way_is_read_as_often_in_view_as_out_of_it() {
    let mut deck = rolling();
    deck.keys("esc esc");
    deck.on(&shop());
    let nodes = || vec![LiveNode { key: ObjectKey::new("", "Pod", "shop", "web-1"), exists: true, ..LiveNode::default() }];
    let mut read = Vec::new();
    for second in 0..150 {
        let out = deck.wait(1_000);
        if out.iter().any(|e| matches!(e, Effect::Tree { app, in_view: true, .. } if *app == shop())) {
            read.push(second);
            deck.send(Msg::Detail(DetailEvent::Tree { app: shop(), at: deck.now, nodes: Ok(nodes()) }));
        }
    }
    assert!(deck.state.tasks[0].is_running());
    let longest = read.windows(2).map(|w| w[1] - w[0]).max();
    assert_eq!(longest, Some(10), "{read:?}");
}

#[test]
fn an_app_that_renders_nothing_after_the_revert_is_not_waited_for_to_the_limit() {
    let (mut deck, _) = following();
    fetch(&mut deck, '9');
    deck.change(&alpha(), |a| (a.revision, a.health) = (Some(commit('9')), Health::Healthy));
    deck.change(&shop(), |a| a.auto_sync = Some(true));
    compared(&mut deck, '9');
    assert_eq!(ended(&deck), None);
    let refuses = |since| Condition {
        kind: "SyncError".into(),
        status: Some(true),
        reason: String::new(),
        message: "Skipping sync attempt to 9999999: auto-sync will wipe out all resources".into(),
        since: Some(since),
    };
    deck.change(&shop(), |a| a.conditions = vec![refuses(start())]);
    assert_eq!(ended(&deck), None, "that was said of a commit before");
    let now = deck.now;
    deck.change(&shop(), |a| a.conditions = vec![refuses(now)]);
    assert_eq!(ended(&deck), Some((true, "Healthy on 1 of 1 that follow; not by itself: shop on prod".into())));
}

fn chart_id() -> SourceId {
    SourceId {
        cluster: ClusterId::new("flux"),
        kind: "HelmChart".into(),
        namespace: "flux-system".into(),
        name: "flux-system-alpha".into(),
    }
}

fn chart(deck: &mut Deck, version: &str, from: char) {
    let object = SourceObject {
        id: chart_id(),
        of: Some(source_id()),
        packed_from: Some(format!("main@sha1:{}", commit(from))),
        revision: Some(version.into()),
        artifact_at: Some(deck.now),
        ..source()
    };
    deck.upsert("flux", vec![Parsed::Source(Box::new(object))]);
}

/// The first app is a HelmRelease whose chart is cut from the repository.
fn following_a_chart() -> Deck {
    let (mut deck, _) = following();
    chart(&mut deck, "1.0.0+dddddddddddd", 'd');
    deck.change(&alpha(), |a| {
        let EngineFields::Flux(fields) = &mut a.engine else { panic!() };
        fields.helm = Some(HelmFields { helm_chart: Some(("flux-system".into(), "flux-system-alpha".into())), ..HelmFields::default() });
        (a.revision, a.health, a.sync) = (Some("1.0.0+dddddddddddd".into()), Health::Degraded, Sync::Synced);
    });
    assert_eq!(alpha().kind, AppKind::Kustomization, "the kind of the row plays no part");
    deck
}

#[test]
fn a_release_of_a_chart_in_git_runs_the_revert_once_it_runs_the_chart_that_was_packed_from_it() {
    let mut deck = following_a_chart();
    fetch(&mut deck, '9');
    assert!(matches!(row(&deck, 0).fetched, Arrival::At(_)));
    assert_eq!(row(&deck, 0).applied, Arrival::Waits, "the old chart");
    chart(&mut deck, "1.0.0+999999999999", '9');
    assert_eq!(row(&deck, 0).applied, Arrival::Waits, "packed, not released");
    deck.change(&alpha(), |a| (a.revision, a.health) = (Some("1.0.0+999999999999".into()), Health::Healthy));
    assert!(matches!((row(&deck, 0).applied, row(&deck, 0).healthy), (Arrival::At(_), Arrival::At(_))), "{:?}", row(&deck, 0));
}

#[test]
fn a_chart_that_keeps_its_version_says_that_nothing_new_is_packed() {
    let mut deck = following_a_chart();
    chart(&mut deck, "1.0.0", 'd');
    deck.change(&alpha(), |a| a.revision = Some("1.0.0".into()));
    let packed = deck.now;
    deck.wait(2_000);
    fetch(&mut deck, '9');
    let object = SourceObject {
        id: chart_id(),
        of: Some(source_id()),
        packed_from: Some(format!("main@sha1:{}", commit('9'))),
        revision: Some("1.0.0".into()),
        artifact_at: Timestamp::from_second(packed.as_second() - 600).ok(),
        ..source()
    };
    deck.send(Msg::Tick);
    deck.upsert("flux", vec![Parsed::Source(Box::new(object))]);
    assert_eq!(row(&deck, 0).applied, Arrival::Same);
    assert!(row(&deck, 0).now.starts_with("same chart version: Flux packs nothing new"), "{}", row(&deck, 0).now);
}
