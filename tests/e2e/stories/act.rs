//! Sync and reconcile through the real plan.

use super::watch::both;
use crate::deck::{Deck, app_id};
use crate::lab::{Lab, objects, story};
use driftdeck::app::action::plan;
use driftdeck::domain::ids::AppKind;
use driftdeck::domain::plan::{Outcome, PlanChoices, Step};
use driftdeck::domain::status::{Health, Sync};
use driftdeck::engine::Verb;
use http::Method;
use serde_json::{Value, json};

async fn manual_app(lab: &Lab, name: &str) -> (Value, tempfile::TempDir, Deck) {
    let repo = lab.repository(name, &objects::web("1.0"));
    let app = objects::application("argocd", name, &repo.url, "", false);
    lab.hub.create(&app).await;
    let dir = tempfile::tempdir().expect("a directory");
    let deck = both(lab, &dir);
    (app, dir, deck)
}

#[test]
fn a_sync_of_an_argo_app_is_accepted_strictly_and_followed_to_healthy() {
    story(|lab| async move {
        let (app, _dir, mut deck) = manual_app(lab, "sync").await;
        let id = app_id("hub", AppKind::Application, "argocd", "sync");
        deck.row_says(&id, Sync::OutOfSync, Health::Missing).await;
        let task = deck.confirm(&id, 's').await;
        assert_eq!(deck.outcome(task).await, Outcome::Sent { commit: None });
        assert_eq!(deck.ended(task).await, (true, "Healthy".into()), "{}", deck.words());
        deck.row_says(&id, Sync::Synced, Health::Healthy).await;
        let state = &lab.hub.get(&app).await["status"]["operationState"];
        let request = &deck.state.task(task).expect("the task").plan.request_id;
        assert!(state["operation"].to_string().contains(request.as_str()), "our request id is on the object: {state}");
    });
}

#[test]
fn a_plan_for_a_version_that_is_gone_is_refused_by_us_and_by_the_server() {
    story(|lab| async move {
        let (app, _dir, mut deck) = manual_app(lab, "stale").await;
        let id = app_id("hub", AppKind::Application, "argocd", "stale");
        deck.row_says(&id, Sync::OutOfSync, Health::Missing).await;
        deck.read(&id.cluster).await;
        let stale = plan::build(&deck.state, &id, Verb::Sync, &PlanChoices::default()).expect("a plan");
        assert!(!stale.is_refused());
        lab.hub.merge(&app, &json!({"metadata": {"labels": {"touched": "yes"}}})).await;
        let Some(Step::Patch(patch)) = stale.steps.first() else { panic!("a sync is a patch: {stale:?}") };
        let path = format!("{}?fieldValidation=Strict", objects::path(&app, true));
        let (code, answer) = lab.hub.send("admin", Method::PATCH, &path, "application/merge-patch+json", &patch.body.to_string()).await;
        assert_eq!((code, &answer["reason"]), (409, &json!("Conflict")), "the server holds the lock: {answer}");
        let task = deck.start(stale);
        let outcome = deck.outcome(task).await;
        assert!(matches!(&outcome, Outcome::Refused { reason } if reason.contains("changed")), "{outcome:?}");
        let now = lab.hub.get(&app).await;
        assert!(
            now.get("operation").is_none_or(Value::is_null) && now["status"]["operationState"].is_null(),
            "nothing was asked for: {now}"
        );
    });
}

#[test]
fn a_reconcile_of_a_kustomization_is_accepted_and_acknowledged() {
    story(|lab| async move {
        let repo = lab.repository("reconcile", &objects::web("1.0"));
        lab.edge.create(&objects::namespace("reconcile")).await;
        lab.edge.create(&objects::git_repository("reconcile", "reconcile", &repo.url)).await;
        let object = objects::kustomization("reconcile", "web", "reconcile");
        lab.edge.create(&object).await;
        let dir = tempfile::tempdir().expect("a directory");
        let mut deck = both(lab, &dir);
        let id = app_id("edge", AppKind::Kustomization, "reconcile", "web");
        deck.row_says(&id, Sync::Synced, Health::Healthy).await;
        let task = deck.confirm(&id, 's').await;
        assert_eq!(deck.outcome(task).await, Outcome::Sent { commit: None });
        assert!(deck.ended(task).await.0, "{}", deck.words());
        let now = lab.edge.get(&object).await;
        let asked = &now["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"];
        assert_eq!(now["status"]["lastHandledReconcileAt"], *asked, "{now}");
        assert!(asked.is_string());
    });
}

#[test]
fn marked_apps_of_both_engines_are_synced_cluster_after_cluster() {
    story(|lab| async move {
        let (_app, dir, mut deck) = manual_app(lab, "staged").await;
        let repo = lab.repository("staged-flux", &objects::web("1.0"));
        lab.edge.create(&objects::namespace("staged-flux")).await;
        lab.edge.create(&objects::git_repository("staged-flux", "staged-flux", &repo.url)).await;
        let object = objects::kustomization("staged-flux", "web", "staged-flux");
        lab.edge.create(&object).await;
        let argo = app_id("hub", AppKind::Application, "argocd", "staged");
        let flux = app_id("edge", AppKind::Kustomization, "staged-flux", "web");
        deck.row_says(&argo, Sync::OutOfSync, Health::Missing).await;
        deck.row_says(&flux, Sync::Synced, Health::Healthy).await;
        for id in [&argo, &flux] {
            deck.read(&id.cluster).await;
            deck.select(id);
            deck.press(' ');
        }
        deck.press('S');
        deck.type_text("2 clusters");
        deck.enter();
        deck.enter();
        let batch = deck.state.tasks.iter().find(|t| t.batch.is_some()).map(|t| t.id);
        let batch = batch.unwrap_or_else(|| panic!("no batch was started\n{}", deck.words()));
        assert_eq!(deck.ended(batch).await, (true, "2 apps Healthy".into()), "{}", deck.words());
        let sent: Vec<_> = deck.state.tasks.iter().filter(|t| t.part_of == Some(batch)).collect();
        assert_eq!(sent.len(), 2);
        let (first, second) = (sent[0].ended.as_ref().expect("an end"), sent[1].started_at);
        assert!(first.0 <= second, "the second was sent after the first was healthy: {first:?} {second}");
        assert!(lab.edge.get(&object).await["status"]["lastHandledReconcileAt"].is_string());
        drop(dir);
    });
}
