//! The live list over two API servers.

use crate::deck::{Deck, LONG, app_id};
use crate::lab::files::{entry, kubeconfig};
use crate::lab::{Lab, objects, story};
use driftdeck::domain::ids::AppKind;
use driftdeck::domain::status::{Health, Sync};
use serde_json::json;

/// A deck that watches both servers as the administrator.
pub fn both(lab: &Lab, dir: &tempfile::TempDir) -> Deck {
    Deck::open(lab, &kubeconfig(dir.path(), &[entry("hub", &lab.hub, "admin"), entry("edge", &lab.edge, "admin")]))
}

#[test]
fn an_argo_app_and_a_flux_app_are_listed_live_and_follow_a_commit() {
    story(|lab| async move {
        let repo = lab.repository("live", &objects::web("1.0"));
        lab.hub.create(&objects::application("argocd", "live", &repo.url, "", true)).await;
        lab.edge.create(&objects::namespace("live")).await;
        lab.edge.create(&objects::git_repository("live", "live", &repo.url)).await;
        lab.edge.create(&objects::kustomization("live", "web", "live")).await;
        let dir = tempfile::tempdir().expect("a directory");
        let mut deck = both(lab, &dir);
        let (argo, flux) = (app_id("hub", AppKind::Application, "argocd", "live"), app_id("edge", AppKind::Kustomization, "live", "web"));
        let first = repo.head();
        let row = deck.row_says(&argo, Sync::Synced, Health::Healthy).await;
        assert_eq!(row.app.revision.as_deref(), Some(first.as_str()));
        let row = deck.row_says(&flux, Sync::Synced, Health::Healthy).await;
        assert_eq!(row.app.revision.as_deref(), Some(first.as_str()));
        let second = repo.land("Next image", &[("apps/web/deployment.yaml", objects::deployment("1.1"))]);
        for id in [&argo, &flux] {
            deck.wait("the new commit runs and is healthy", LONG, |state| {
                state.fleet.rows.get(id).is_some_and(|row| {
                    row.app.revision.as_deref() == Some(second.as_str())
                        && row.app.health == Health::Healthy
                        && row.app.sync == Sync::Synced
                })
            })
            .await;
        }
        assert!(deck.link("hub").is_live() && deck.link("edge").is_live());
    });
}

#[test]
fn drift_of_a_live_object_is_seen_on_the_row_and_names_the_object() {
    story(|lab| async move {
        let repo = lab.repository("drift", &objects::web("1.0"));
        let app = objects::application("argocd", "drift", &repo.url, "edge", true);
        lab.hub.create(&app).await;
        let dir = tempfile::tempdir().expect("a directory");
        let mut deck = both(lab, &dir);
        let id = app_id("hub", AppKind::Application, "argocd", "drift");
        deck.row_says(&id, Sync::Synced, Health::Healthy).await;
        let config = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "drift", "name": "web"}});
        lab.edge.merge(&config, &json!({"data": {"colour": "red"}})).await;
        let row = deck.row_says(&id, Sync::OutOfSync, Health::Healthy).await;
        let out: Vec<&str> = row.app.resources.iter().filter(|r| r.sync == Some(Sync::OutOfSync)).map(|r| r.key.kind.as_str()).collect();
        assert_eq!(out, ["ConfigMap"]);
    });
}

#[test]
fn a_deleted_app_leaves_the_list() {
    story(|lab| async move {
        let app = objects::application("argocd", "leaves", "https://git.acme.example/none.git", "", false);
        lab.hub.create(&app).await;
        let dir = tempfile::tempdir().expect("a directory");
        let mut deck = both(lab, &dir);
        let id = app_id("hub", AppKind::Application, "argocd", "leaves");
        deck.wait("it is listed", LONG, |state| state.fleet.rows.contains_key(&id)).await;
        let (code, _) = lab.hub.send("admin", http::Method::DELETE, &objects::path(&app, true), "", "").await;
        assert_eq!(code, 200);
        deck.wait("it is gone", LONG, |state| !state.fleet.rows.contains_key(&id)).await;
    });
}
