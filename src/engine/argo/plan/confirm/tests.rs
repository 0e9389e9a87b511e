use super::super::super::tests::app;
use super::super::tests::{body, headline, plan, pretty};
use super::*;
use crate::domain::plan::{PlanChoices, Risk};
use crate::engine::Verb;

#[test]
fn a_waiting_deletion_is_confirmed_by_name_and_its_approval_is_no_older_than_the_sync() {
    let plan = plan(Verb::ConfirmPrune, "running-waiting-prune-confirmation");
    assert_eq!((plan.risk, plan.typed.as_deref()), (Risk::Destructive, Some("hub")));
    assert_eq!(body(&plan)["metadata"]["annotations"][APPROVED], "2026-11-24T03:12:58Z");
    let mut late = app("running-waiting-prune-confirmation");
    let ahead = "2026-11-24T03:20:00Z".parse().unwrap();
    late.operation.as_mut().unwrap().started_at = Some(ahead);
    let late = super::super::tests::plan_in(&super::super::tests::world(), Verb::ConfirmPrune, &late, &PlanChoices::default());
    assert_eq!(body(&late)["metadata"]["annotations"][APPROVED], "2026-11-24T03:20:00Z", "a clock that is behind approves all the same");
    insta::assert_snapshot!(pretty(&plan));
}

#[test]
fn what_waits_for_no_deletion_cannot_be_confirmed() {
    for file in ["operation-blocked-by-sync-window", "operation-running-hook", "synced-healthy-auto", "outofsync-requires-pruning"] {
        assert_eq!(headline(&plan(Verb::ConfirmPrune, file)), "Nothing to confirm.", "{file}");
    }
    assert_eq!(headline(&plan(Verb::ConfirmPrune, "deleting")), "Not now: being deleted.");
}
