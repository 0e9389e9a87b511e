use super::deck::*;
use super::rollback::{alpha, pushed, shop, sick};
use crate::app::effect::Effect;
use crate::app::msg::{Msg, TaskEvent};
use crate::app::rollback::{Arrival, Stage};
use crate::domain::app::EngineFields;
use crate::domain::cluster::Link;
use crate::domain::event::{ClusterEvent, Parsed};
use crate::domain::ids::{ClusterId, TaskId};
use crate::domain::plan::{Outcome, Step};
use crate::domain::status::{Health, Operation, Phase, Sync};

/// Pushed as commit 9 and accepted by the remote.
pub fn following() -> (Deck, TaskId) {
    let mut deck = sick();
    pushed(&mut deck);
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Sent { commit: Some(commit('9')) }) });
    (deck, task)
}

fn arrivals(deck: &Deck, at: usize) -> [bool; 3] {
    let row = &deck.state.tasks[0].follow.as_ref().unwrap().rows[at];
    [row.fetched, row.applied, row.healthy].map(|a| matches!(a, Arrival::At(_)))
}

pub fn fetch(deck: &mut Deck, digit: char) {
    let mut object = source();
    object.revision = Some(format!("main@sha1:{}", commit(digit)));
    deck.upsert("flux", vec![Parsed::Source(Box::new(object))]);
}

#[test]
fn a_rollback_is_followed_from_pushed_to_healthy_on_every_cluster() {
    let (mut deck, _) = following();
    assert_eq!(deck.rollback().stage, Stage::Follow);
    assert!(deck.state.notices.list.iter().any(|n| n.text == "9999999 pushed to fleet main."));
    assert_eq!((arrivals(&deck, 0), arrivals(&deck, 1)), ([false; 3], [false; 3]));
    fetch(&mut deck, '9');
    assert_eq!(arrivals(&deck, 0), [true, false, false]);
    deck.change(&alpha(), |a| a.revision = Some(commit('9')));
    assert_eq!(arrivals(&deck, 0), [true, true, false], "applied is not healthy");
    deck.change(&alpha(), |a| a.health = Health::Healthy);
    assert_eq!(arrivals(&deck, 0), [true; 3]);
    assert!(deck.state.tasks[0].is_running(), "the other cluster is not there yet");
    deck.change(&shop(), |a| {
        let EngineFields::Argo(fields) = &mut a.engine else { panic!() };
        fields.compared = vec![commit('9')];
        (a.revision, a.health, a.sync) = (Some(commit('9')), Health::Healthy, Sync::Synced);
    });
    let (_, good, text) = deck.state.tasks[0].ended.clone().unwrap();
    assert!(good);
    assert_eq!(text, "Healthy on 2 of 2");
    assert!(deck.row(&alpha()).pending.is_none());
    assert!(deck.state.journal.last().unwrap().note.as_ref().unwrap().starts_with("Healthy on 2 of 2 ("));
    let journal = deck.effects.iter().filter(|e| matches!(e, Effect::Journal(_))).count();
    deck.wait(5_000);
    assert_eq!(deck.effects.iter().filter(|e| matches!(e, Effect::Journal(_))).count(), journal, "the end is told once");
}

#[test]
fn git_is_asked_whether_a_newer_revision_holds_the_revert_and_only_once() {
    let (mut deck, task) = following();
    let asked = |deck: &Deck| deck.effects.iter().filter(|e| matches!(e, Effect::IsAncestor { .. })).count();
    fetch(&mut deck, '8');
    assert!(
        deck.effects
            .iter()
            .any(|e| matches!(e, Effect::IsAncestor { commit: c, revision: r, .. } if *c == commit('9') && *r == commit('8')))
    );
    let once = asked(&deck);
    deck.wait(1000);
    assert_eq!(asked(&deck), once);
    assert_eq!(arrivals(&deck, 0), [false; 3]);
    deck.send(Msg::Contains { task, revision: commit('8'), contains: true });
    assert_eq!(arrivals(&deck, 0), [true, false, false]);
    let (mut other, task) = following();
    fetch(&mut other, '8');
    other.send(Msg::Contains { task, revision: commit('8'), contains: false });
    assert_eq!(arrivals(&other, 0), [false; 3]);
}

#[test]
fn the_bad_commit_is_never_taken_for_the_revert() {
    let (mut deck, _) = following();
    deck.change(&alpha(), |a| a.health = Health::Healthy);
    fetch(&mut deck, 'e');
    assert_eq!(arrivals(&deck, 0), [false; 3]);
    assert!(
        deck.effects.iter().all(|e| !matches!(e, Effect::IsAncestor { revision, .. } if *revision == commit('e'))),
        "the base cannot hold it"
    );
}

#[test]
fn a_cluster_that_does_not_answer_is_waited_for_and_said() {
    let (mut deck, _) = following();
    let link = Link::Unreachable { since: deck.now, cause: "refused".into(), next_try_at: None };
    deck.event(ClusterEvent::Link { cluster: ClusterId::new("flux"), link });
    fetch(&mut deck, '9');
    let row = &deck.state.tasks[0].follow.as_ref().unwrap().rows[0];
    assert_eq!(row.now, "flux does not answer; it follows when it is back");
    assert_eq!(arrivals(&deck, 0), [false; 3]);
}

#[test]
fn a_stage_that_takes_long_is_marked_late() {
    let (mut deck, _) = following();
    deck.wait(91_000);
    assert!(deck.state.tasks[0].follow.as_ref().unwrap().rows.iter().all(|r| r.late));
}

#[test]
fn u_reverts_the_revert_by_the_same_steps() {
    let (mut deck, _) = following();
    let out = deck.keys("u");
    let asked = out.iter().any(|e| matches!(e, Effect::Suspects { .. }));
    assert!(asked, "{out:?} said {}", deck.said());
    assert_eq!(deck.rollback().marked, [commit('9')]);
    assert_eq!(deck.rollback().stage, Stage::Suspects);
    let mut fresh = sick();
    fresh.keys("u");
    assert_eq!(fresh.said(), "No roll back in the journal can be undone.");
}

#[test]
fn a_roll_back_of_an_earlier_run_is_found_in_the_journal() {
    let (deck, _) = following();
    let mut fresh = sick();
    fresh.state.journal = deck.state.journal.clone();
    fresh.keys("u");
    assert_eq!(fresh.rollback().marked, [commit('9')]);
}

#[test]
fn what_does_not_follow_by_itself_does_not_hold_back_the_end_of_those_that_do() {
    let (mut deck, _) = following();
    deck.change(&shop(), |a| {
        let EngineFields::Argo(fields) = &mut a.engine else { panic!() };
        fields.compared = vec![commit('9')];
        a.sync = Sync::OutOfSync;
    });
    assert!(deck.state.tasks[0].is_running());
    fetch(&mut deck, '9');
    deck.change(&alpha(), |a| (a.revision, a.health) = (Some(commit('9')), Health::Healthy));
    let (_, good, text) = deck.state.tasks[0].ended.clone().unwrap();
    assert!(good);
    assert_eq!(text, "Healthy on 1 of 1 that follow; not by itself: shop on prod");
    let row = &deck.state.tasks[0].follow.as_ref().unwrap().rows[1];
    assert_eq!((row.healthy, row.now.as_str()), (Arrival::Unknown, "auto-sync is off: sync it (s)"));
}

#[test]
fn the_follow_screen_can_be_left_while_the_task_goes_on() {
    let (mut deck, _) = following();
    deck.keys("b");
    assert!(matches!(deck.state.screen, crate::app::state::Screen::Main));
    assert!(deck.state.tasks[0].is_running());
}

#[test]
fn the_follow_screen_that_was_left_can_be_gone_back_to() {
    let (mut deck, task) = following();
    deck.keys("b");
    deck.keys("b");
    assert_eq!((deck.rollback().stage, deck.rollback().task), (Stage::Follow, Some(task)));
    deck.keys("esc");
    assert!(matches!(deck.state.screen, crate::app::state::Screen::Main));
    deck.keys(":");
    deck.types("rollback under way");
    deck.keys("enter");
    assert_eq!(deck.rollback().task, Some(task), "by the palette too");
    // Left while it was being pushed: the way back leads to where it is now.
    let mut deck = sick();
    deck.keys("b");
    assert_eq!(deck.said(), "No rollback was sent in this run; R begins one.");
    pushed(&mut deck);
    let task = deck.state.tasks[0].id;
    deck.keys("esc");
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Sent { commit: Some(commit('9')) }) });
    deck.keys("b");
    assert_eq!((deck.rollback().stage, deck.rollback().task), (Stage::Follow, Some(task)));
    let out = deck.keys("u");
    assert!(out.iter().any(|e| matches!(e, Effect::Suspects { .. })), "and is undone from there");
}

pub fn synced(phase: Phase, message: &str, request: &str) -> Operation {
    Operation {
        phase,
        message: message.into(),
        started_at: Some(start()),
        finished_at: Some(start()),
        retry_count: 0,
        next_try_at: None,
        by: Some("sam".into()),
        revision: Some(commit('a')),
        request_id: Some(request.into()),
        routine: false,
    }
}

/// A sync was confirmed and accepted; gives its request id.
pub fn sent_sync() -> (Deck, crate::domain::ids::AppId, String) {
    let app = id("hub", crate::domain::ids::AppKind::Application, "argocd", "web");
    let mut deck = Deck::with(vec![argo("argocd", "web", "flux")]);
    deck.keys("s");
    deck.wait(400);
    let out = deck.keys("y");
    let request = sent(&out)[0].request_id.clone();
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Sent { commit: None }) });
    (deck, app, request)
}

#[test]
fn a_sync_is_done_when_it_was_compared_after_it_finished() {
    let (mut deck, app, request) = sent_sync();
    let finished = deck.now;
    deck.change(&app, |a| {
        a.operation = Some(Operation { finished_at: Some(finished), ..synced(Phase::Succeeded, "ok", &request) });
    });
    assert!(deck.state.tasks[0].is_running(), "Succeeded comes before sync and health are compared again");
    deck.change(&app, |a| {
        let EngineFields::Argo(fields) = &mut a.engine else { panic!() };
        fields.reconciled_at = Some(finished);
    });
    assert_eq!(deck.state.tasks[0].ended.clone().map(|(_, good, text)| (good, text)), Some((true, "Healthy".into())));
}

#[test]
fn the_operation_of_someone_else_is_not_ours() {
    let (mut deck, app, _) = sent_sync();
    deck.change(&app, |a| a.operation = Some(synced(Phase::Failed, "theirs", "other")));
    assert!(deck.state.tasks[0].is_running());
    let (mut deck, app, request) = sent_sync();
    deck.change(&app, |a| a.operation = Some(synced(Phase::Failed, "hook failed", &request)));
    assert_eq!(deck.state.tasks[0].ended.clone().map(|(_, good, text)| (good, text)), Some((false, "failed: hook failed".into())));
}

#[test]
fn a_request_nobody_picks_up_says_so() {
    let (mut deck, _, _) = sent_sync();
    deck.wait(21_000);
    assert!(deck.state.tasks[0].lines.iter().any(|l| l.text == "not picked up after 20s: the controller may be down"));
}

#[test]
fn a_reconcile_is_done_when_flux_acknowledged_our_token() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.keys("s");
    deck.wait(400);
    let out = deck.keys("y");
    let plan = sent(&out)[0].clone();
    let token = plan
        .steps
        .iter()
        .find_map(|s| match s {
            Step::Patch(p) if p.kind == "Kustomization" => {
                p.body["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"].as_str().map(str::to_owned)
            }
            _ => None,
        })
        .unwrap();
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Sent { commit: None }) });
    let handled = |deck: &mut Deck, text: &str| {
        let text = text.to_owned();
        deck.change(&alpha(), |a| {
            let EngineFields::Flux(flux) = &mut a.engine else { panic!() };
            flux.handled = Some(text);
        });
    };
    handled(&mut deck, "2020-01-01T00:00:00Z");
    assert!(deck.state.tasks[0].is_running());
    let mut looked = source();
    looked.handled = Some(token.clone());
    deck.upsert("flux", vec![Parsed::Source(Box::new(looked))]);
    handled(&mut deck, &token);
    assert!(deck.state.tasks[0].ended.as_ref().unwrap().1);
}

#[test]
fn an_app_that_runs_the_revert_and_stays_degraded_is_told_within_minutes() {
    let (mut deck, _) = following();
    fetch(&mut deck, '9');
    deck.change(&alpha(), |a| (a.revision, a.health, a.sync) = (Some(commit('9')), Health::Degraded, Sync::Synced));
    deck.wait(60_000);
    let healthy = |deck: &Deck| deck.state.tasks[0].follow.as_ref().unwrap().rows[0].healthy;
    assert_eq!(healthy(&deck), Arrival::Waits, "a rollout needs its time");
    deck.wait(150_000);
    assert_eq!(healthy(&deck), Arrival::Bad);
    deck.change(&alpha(), |a| a.health = Health::Healthy);
    assert!(matches!(healthy(&deck), Arrival::At(_)), "late is not never");
}

#[test]
fn a_revert_that_the_engine_tried_and_failed_is_told_at_once() {
    let (mut deck, _) = following();
    fetch(&mut deck, '9');
    deck.change(&alpha(), |a| {
        (a.sync, a.health) = (Sync::OutOfSync, Health::Degraded);
        a.operation = Some(Operation { revision: Some(commit('8')), ..synced(Phase::Failed, "health check failed", "") });
    });
    let healthy = |deck: &Deck| deck.state.tasks[0].follow.as_ref().unwrap().rows[0].healthy;
    assert_eq!(healthy(&deck), Arrival::Waits, "that was an older commit");
    deck.change(&alpha(), |a| a.operation.as_mut().unwrap().revision = Some(commit('9')));
    assert_eq!(healthy(&deck), Arrival::Bad);
}

#[test]
fn the_rows_say_what_is_wrong_with_them_again_once_the_revert_is_pushed() {
    let mut deck = sick();
    pushed(&mut deck);
    assert!(deck.row(&alpha()).pending.is_some());
    let task = deck.state.tasks[0].id;
    deck.send(Msg::Task { task, event: TaskEvent::Finished(Outcome::Sent { commit: Some(commit('9')) }) });
    assert!(deck.row(&alpha()).pending.is_none());
}
