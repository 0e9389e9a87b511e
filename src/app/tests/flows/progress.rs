//! The engine's own operation, step by step, as the lines of the task that asked for it.

use super::deck::*;
use super::following::{sent_sync, synced};
use crate::app::task::Mark;
use crate::domain::app::{Condition, EngineFields, ManagedResource, OperationResource};
use crate::domain::ids::ObjectKey;
use crate::domain::status::{Operation, Phase};

fn key(name: &str) -> ObjectKey {
    ObjectKey::new("apps", "Deployment", "web", name)
}

fn result(name: &str, hook: &str, hook_phase: &str) -> OperationResource {
    OperationResource {
        key: key(name),
        status: "Synced".into(),
        message: "".into(),
        sync_phase: if hook.is_empty() { "Sync".into() } else { hook.into() },
        hook_type: hook.into(),
        hook_phase: hook_phase.into(),
    }
}

fn managed(name: &str, wave: i32) -> ManagedResource {
    ManagedResource { key: key(name), version: "v1".into(), wave, ..ManagedResource::default() }
}

fn lines(deck: &Deck) -> Vec<(Mark, String)> {
    deck.state.tasks[0].lines.iter().map(|l| (l.mark, l.text.clone())).collect()
}

/// Our sync runs: these results, of an app with waves 0 and 2.
fn runs(deck: &mut Deck, app: &crate::domain::ids::AppId, request: &str, message: &str, results: Vec<OperationResource>) {
    deck.change(app, |a| {
        a.resources = vec![managed("db", 0), managed("web", 2)];
        let EngineFields::Argo(fields) = &mut a.engine else { panic!() };
        fields.operation_resources = results;
        a.operation = Some(Operation { finished_at: None, ..synced(Phase::Running, message, request) });
    });
}

#[test]
fn a_sync_is_told_by_its_hooks_and_waves_until_each_is_done() {
    let (mut deck, app, request) = sent_sync();
    let hook = "waiting for completion of hook batch/Job/migrate";
    runs(&mut deck, &app, &request, hook, vec![result("migrate", "PreSync", "Running")]);
    let want = [
        (Mark::Busy, "PreSync: 0 of 1 hook done, migrate runs".to_owned()),
        (Mark::Waiting, "wave 0: 1 to come".into()),
        (Mark::Waiting, "wave 2: 1 to come".into()),
    ];
    assert_eq!(lines(&deck)[2..], want);
    deck.wait(9_000);
    let done = result("migrate", "PreSync", "Succeeded");
    let waits = "waiting for healthy state of apps/Deployment/web";
    let results = vec![done, result("db", "", "Running"), result("web", "", "Running")];
    runs(&mut deck, &app, &request, waits, results);
    let want = [
        (Mark::Done, "PreSync: 1 of 1 hook: migrate".to_owned()),
        (Mark::Done, "wave 0: 1 of 1 applied".into()),
        (Mark::Busy, "wave 2: 1 of 1 applied; Deployment web: not healthy yet".into()),
    ];
    assert_eq!(lines(&deck)[2..], want);
    let task = &deck.state.tasks[0];
    let took = task.lines[3].at.as_second() - task.started_at.as_second();
    assert!(took >= 9, "the time of a line is when its mark changed: {took}");
    deck.change(&app, |a| {
        let EngineFields::Argo(fields) = &mut a.engine else { panic!() };
        fields.operation_resources.clear();
        a.operation = Some(synced(Phase::Succeeded, "all tasks run", &request));
    });
    let want = [(Mark::Done, "wave 2: done".to_owned()), (Mark::Done, "applied: all tasks run".into())];
    assert_eq!(lines(&deck)[4..], want);
}

#[test]
fn the_next_attempt_of_a_sync_starts_its_steps_anew() {
    let (mut deck, app, request) = sent_sync();
    let mut failed = result("web", "", "Failed");
    (failed.status, failed.message) = ("SyncFailed".into(), "quota".into());
    runs(&mut deck, &app, &request, "reason: quota", vec![result("db", "", "Succeeded"), failed]);
    assert!(lines(&deck).contains(&(Mark::Bad, "wave 2: 0 of 1 applied; Deployment web: quota".into())), "{:?}", lines(&deck));
    runs(&mut deck, &app, &request, "", vec![result("db", "", "Running")]);
    assert_eq!(lines(&deck)[3], (Mark::Waiting, "wave 2: 1 to come".into()));
}

#[test]
fn a_reconcile_is_told_by_the_stage_of_the_run_that_began_after_it() {
    let mut deck = Deck::with(vec![kust("alpha")]);
    deck.keys("s");
    deck.wait(400);
    deck.keys("y");
    let task = deck.state.tasks[0].id;
    let sent = crate::app::msg::TaskEvent::Finished(crate::domain::plan::Outcome::Sent { commit: None });
    deck.send(crate::app::msg::Msg::Task { task, event: sent });
    let id = deck.state.view.app.clone().unwrap();
    let run = |deck: &mut Deck, since: crate::domain::Timestamp| {
        deck.change(&id, |a| {
            let message = format!("Running health checks for revision main@sha1:{} with a timeout of 5m0s", commit('a'));
            let condition = |kind: &str, status| Condition {
                kind: kind.into(),
                status,
                reason: "Progressing".into(),
                message: message.clone(),
                since: Some(since),
            };
            a.conditions = vec![condition("Ready", None), condition("Reconciling", Some(true))];
        });
    };
    run(&mut deck, start().checked_sub(jiff::SignedDuration::from_secs(60)).unwrap());
    assert!(!lines(&deck).iter().any(|(_, text)| text.starts_with("health checks")), "a run of before knows nothing of the request");
    let now = deck.now;
    run(&mut deck, now);
    let told = lines(&deck);
    assert!(told.contains(&(Mark::Busy, "health checks: aaaaaaa, at most 5m".into())), "{told:?}");
    assert!(told.contains(&(Mark::Done, "apply: aaaaaaa".into())), "{told:?}");
}
