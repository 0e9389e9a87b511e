use super::super::super::tests::app;
use super::super::tests::{body, fields, headline, plan, plan_in, pretty, world};
use super::*;
use crate::domain::app::App;
use crate::domain::plan::{PlanChoices, Risk};
use crate::engine::Verb;

#[test]
fn a_waiting_deletion_is_confirmed_by_name_for_the_sync_that_waits_and_for_none_after_it() {
    let plan = plan(Verb::ConfirmPrune, "running-waiting-prune-confirmation");
    assert_eq!((plan.risk, plan.typed.as_deref()), (Risk::Destructive, Some("hub")));
    let started = app("running-waiting-prune-confirmation").operation.unwrap().started_at.unwrap();
    assert_eq!(body(&plan)["metadata"]["annotations"][APPROVED], started.to_string());
    for moment in ["2026-11-24T03:20:00Z", "2020-01-01T00:00:00Z"] {
        let at = moment.parse().unwrap();
        let plan = with(|a| a.operation.as_mut().unwrap().started_at = Some(at));
        assert_eq!(body(&plan)["metadata"]["annotations"][APPROVED], moment, "the clock here says nothing");
    }
    insta::assert_snapshot!(pretty(&plan));
}

fn with(change: impl Fn(&mut App)) -> Plan {
    let mut app = app("running-waiting-prune-confirmation");
    change(&mut app);
    plan_in(&world(), Verb::ConfirmPrune, &app, &PlanChoices::default())
}

#[test]
fn a_deletion_is_not_confirmed_for_a_sync_without_a_start_nor_outside_its_windows() {
    assert_eq!(headline(&with(|a| a.operation.as_mut().unwrap().started_at = None)), "Not possible: no start time.");
    assert_eq!(headline(&with(|a| fields(a).project = "frozen".into())), "Not now: sync window.");
    let by_hand = with(|a| fields(a).project = "frozen-manual".into());
    assert!(by_hand.refused.is_none(), "{:?}", by_hand.refused);
    let automated = with(|a| {
        fields(a).project = "frozen-manual".into();
        a.operation.as_mut().unwrap().by = Some("automated".into());
    });
    assert_eq!(headline(&automated), "Not now: sync window.", "the window lets only syncs by hand through");
}

#[test]
fn what_waits_for_no_deletion_cannot_be_confirmed() {
    for file in ["operation-blocked-by-sync-window", "operation-running-hook", "synced-healthy-auto", "outofsync-requires-pruning"] {
        assert_eq!(headline(&plan(Verb::ConfirmPrune, file)), "Nothing to confirm.", "{file}");
    }
    assert_eq!(headline(&plan(Verb::ConfirmPrune, "deleting")), "Not now: being deleted.");
}
