//! Users who may not do everything.

use crate::deck::{Deck, LONG, app_id, link};
use crate::lab::files::{Entry, entry, kubeconfig};
use crate::lab::{objects, story};
use driftdeck::app::overlay::Overlay;
use driftdeck::app::state::AppState;
use driftdeck::domain::cluster::Link;
use driftdeck::domain::ids::AppKind;
use driftdeck::domain::plan::{FailClass, Outcome};
use driftdeck::domain::status::{Health, Sync};
use serde_json::Value;

#[test]
fn a_viewer_sees_the_app_and_a_sync_fails_as_forbidden_and_changes_nothing() {
    story(|lab| async move {
        let repo = lab.repository("viewed", &objects::web("1.0"));
        let app = objects::application("argocd", "viewed", &repo.url, "", false);
        lab.hub.create(&app).await;
        let dir = tempfile::tempdir().expect("a directory");
        let mut deck = Deck::open(lab, &kubeconfig(dir.path(), &[entry("hub", &lab.hub, "viewer")]));
        let id = app_id("hub", AppKind::Application, "argocd", "viewed");
        deck.row_says(&id, Sync::OutOfSync, Health::Missing).await;
        let task = deck.confirm(&id, 's').await;
        let outcome = deck.outcome(task).await;
        assert!(matches!(&outcome, Outcome::Failed { class: FailClass::Forbidden, reason } if reason.contains("viewer")), "{outcome:?}");
        assert!(!deck.ended(task).await.0);
        let now = lab.hub.get(&app).await;
        assert!(now.get("operation").is_none_or(Value::is_null) && now["status"]["operationState"].is_null(), "{now}");
        assert!(deck.link("hub").is_live(), "one refusal is no broken link");
        // Sent before the answer to the review was there; from here on it is known.
        deck.read(&id.cluster).await;
        deck.state.overlays.clear();
        deck.select(&id);
        deck.press('s');
        let refused = |s: &AppState| match s.overlays.last() {
            Some(Overlay::Confirm(c)) => c.plan.refused.clone(),
            _ => None,
        };
        let refused = deck.until("the plan is refused for want of the right", LONG, refused).await;
        assert_eq!(refused.headline, "Not allowed.");
    });
}

#[test]
fn a_user_of_one_namespace_sees_that_namespace_and_the_link_says_what_is_forbidden() {
    story(|lab| async move {
        for (namespace, name) in [("team-a", "seen"), ("argocd", "unseen")] {
            lab.hub.create(&objects::application(namespace, name, "https://git.acme.example/none.git", "", false)).await;
        }
        let dir = tempfile::tempdir().expect("a directory");
        let entries = [Entry { namespace: Some("team-a"), ..entry("hub", &lab.hub, "team") }, entry("none", &lab.hub, "nobody")];
        let mut deck = Deck::open(lab, &kubeconfig(dir.path(), &entries));
        let id = app_id("hub", AppKind::Application, "team-a", "seen");
        deck.wait("its own app is there", LONG, |s| s.fleet.rows.contains_key(&id)).await;
        for context in ["hub", "none"] {
            deck.wait("the link says forbidden", LONG, |s| matches!(link(s, context), Some(Link::Forbidden { .. }))).await;
        }
        let reason = deck.link("hub").reason().unwrap_or_default();
        assert!(reason.contains("applications") && reason.contains("team-a"), "{reason}");
        let namespaces: Vec<&str> = deck.state.fleet.rows.keys().map(|id| id.namespace.as_str()).collect();
        assert!(namespaces.iter().all(|n| *n == "team-a"), "{namespaces:?}");
    });
}
