use super::server::*;
use crate::cluster::{Settings, write};
use crate::domain::plan::{FailClass, Outcome, PatchRequest, PatchType};
use crate::engine::ClusterFacts;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const APP: &str = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/a";

pub fn request(rig: &Rig) -> PatchRequest {
    PatchRequest {
        cluster: rig.handle.id().clone(),
        group: "argoproj.io".into(),
        version: "v1alpha1".into(),
        plural: "applications".into(),
        kind: "Application".into(),
        namespace: "argocd".into(),
        name: "a".into(),
        uid: Some("uid-a".into()),
        resource_version: Some("1".into()),
        patch_type: PatchType::Merge,
        body: json!({"operation": {"info": [{"name": "id", "value": "req-77"}]}}),
        request_id: "req-77".into(),
    }
}

/// A live session whose object `a` is `object`, and whose PATCH is answered by `patched`.
async fn ready(object: impl Fn() -> Value + Send + Sync + 'static, patched: impl Fn() -> Reply + Send + Sync + 'static) -> Rig {
    ready_in(settings(), object, patched).await
}

async fn ready_in(
    settings: Settings,
    object: impl Fn() -> Value + Send + Sync + 'static,
    patched: impl Fn() -> Reply + Send + Sync + 'static,
) -> Rig {
    let mut rig = rig_with(settings, json!({"token": "static-token"}), move |asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", APP) => Some(Reply::Json(200, object())),
        ("PATCH", APP) => Some(patched()),
        (_, ALL) => Some(two()),
        _ => None,
    })
    .await;
    rig.link("live").await;
    rig
}

fn patches(rig: &Rig) -> usize {
    rig.server.count(|a| a.method == "PATCH")
}

#[tokio::test]
async fn an_accepted_patch_is_sent_once_strictly_and_by_name() {
    let rig = ready(|| object("a", 1), || Reply::Json(200, object("a", 2))).await;
    let outcome = write(&rig.handle, &request(&rig), &ClusterFacts::default()).await;
    assert_eq!(outcome, Outcome::Sent { commit: None });
    let sent = rig.server.asked().into_iter().find(|a| a.method == "PATCH").unwrap();
    assert!(sent.query.contains("fieldManager=driftdeck") && sent.query.contains("fieldValidation=Strict"));
    assert_eq!(sent.content_type, "application/merge-patch+json");
    assert!(sent.body.contains("req-77"));
}

#[tokio::test]
async fn a_busy_server_gets_exactly_one_patch() {
    let rig = ready(|| object("a", 1), || Reply::Json(503, status(503, "ServiceUnavailable", "shutting down"))).await;
    let outcome = write(&rig.handle, &request(&rig), &ClusterFacts::default()).await;
    assert!(matches!(&outcome, Outcome::Failed { class: FailClass::Unreachable, reason } if reason.contains("did nothing")), "{outcome:?}");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(patches(&rig), 1);
}

#[tokio::test]
async fn refusals_keep_their_class_and_a_short_message() {
    for (code, reason, class) in [
        (403, "Forbidden", FailClass::Forbidden),
        (404, "NotFound", FailClass::NotFound),
        (409, "Conflict", FailClass::Conflict),
        (422, "Invalid", FailClass::Invalid),
    ] {
        let rig = ready(|| object("a", 1), move || Reply::Json(code, status(code, reason, &"x".repeat(4000)))).await;
        let outcome = write(&rig.handle, &request(&rig), &ClusterFacts::default()).await;
        let Outcome::Failed { reason, class: got } = outcome else { panic!("{outcome:?}") };
        assert_eq!(got, class);
        assert!(reason.chars().count() < 400);
        assert_eq!(patches(&rig), 1);
    }
}

#[tokio::test]
async fn nothing_is_sent_when_the_object_is_not_what_was_read() {
    let again = ready(|| json!({"metadata": {"uid": "other", "resourceVersion": "1"}}), || Reply::Hang).await;
    let changed = ready(|| object("a", 4), || Reply::Hang).await;
    for (rig, words) in [(&again, "made again"), (&changed, "changed while you read")] {
        let outcome = write(&rig.handle, &request(rig), &ClusterFacts::default()).await;
        assert!(matches!(&outcome, Outcome::Refused { reason } if reason.contains(words)), "{outcome:?}");
        assert_eq!(patches(rig), 0);
    }
}

#[tokio::test]
async fn a_read_only_cluster_is_never_written_to() {
    let rig = ready(|| object("a", 1), || Reply::Hang).await;
    let facts = ClusterFacts { read_only: true, ..ClusterFacts::default() };
    let outcome = write(&rig.handle, &request(&rig), &facts).await;
    assert!(matches!(&outcome, Outcome::Refused { reason } if reason.contains("read-only")), "{outcome:?}");
    assert_eq!(patches(&rig), 0);
}

#[tokio::test]
async fn a_cluster_that_was_swapped_since_connecting_is_not_written_to() {
    let asked_before = AtomicUsize::new(0);
    let mut rig = rig(move |asked| match asked.path.as_str() {
        "/api/v1/namespaces/kube-system" if asked_before.fetch_add(1, Ordering::SeqCst) > 0 => {
            Some(Reply::Json(200, json!({"metadata": {"uid": "another"}})))
        }
        APP => Some(Reply::Json(200, object("a", 1))),
        ALL => Some(two()),
        _ => None,
    })
    .await;
    rig.link("live").await;
    let outcome = write(&rig.handle, &request(&rig), &ClusterFacts::default()).await;
    assert!(matches!(&outcome, Outcome::Refused { reason } if reason.contains("not the cluster it was")), "{outcome:?}");
    assert_eq!(patches(&rig), 0);
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_found_done() {
    let done = Arc::new(AtomicBool::new(false));
    let (read, set) = (done.clone(), done);
    let rig = ready(
        move || {
            let mut object = object("a", 1);
            if read.load(Ordering::SeqCst) {
                object["operation"] = json!({"info": [{"value": "req-77"}]});
            }
            object
        },
        move || {
            set.store(true, Ordering::SeqCst);
            Reply::Close
        },
    )
    .await;
    assert_eq!(write(&rig.handle, &request(&rig), &ClusterFacts::default()).await, Outcome::Sent { commit: None });
    assert_eq!(patches(&rig), 1);
}

#[tokio::test]
async fn a_patch_without_an_answer_is_unknown_and_not_repeated() {
    let rig = ready_in(impatient(), || object("a", 1), || Reply::Hang).await;
    let outcome = write(&rig.handle, &request(&rig), &ClusterFacts::default()).await;
    assert!(matches!(&outcome, Outcome::Unknown { reason } if reason.contains("req-77")), "{outcome:?}");
    assert_eq!(patches(&rig), 1);
}

#[tokio::test]
async fn a_server_error_that_says_nothing_of_the_object_is_unknown() {
    let gateway = || Reply::Text(503, "upstream connect error");
    let timeout = || Reply::Json(504, status(504, "Timeout", "request did not complete within the allowed duration"));
    let store = || Reply::Json(500, status(500, "InternalError", "etcdserver: request timed out"));
    for answer in [gateway as fn() -> Reply, timeout, store] {
        let rig = ready(|| object("a", 1), answer).await;
        let outcome = write(&rig.handle, &request(&rig), &ClusterFacts::default()).await;
        assert!(matches!(&outcome, Outcome::Unknown { reason } if reason.contains("unchanged so far")), "{outcome:?}");
        assert_eq!(patches(&rig), 1);
    }
    let own = ready(|| object("a", 1), || Reply::Json(500, status(500, "InternalError", "webhook failed"))).await;
    let outcome = write(&own.handle, &request(&own), &ClusterFacts::default()).await;
    assert!(matches!(&outcome, Outcome::Failed { .. }), "{outcome:?}");
}

#[tokio::test]
async fn what_was_checked_is_the_condition_of_the_patch() {
    let rig = ready(|| object("a", 1), || Reply::Json(200, object("a", 2))).await;
    write(&rig.handle, &request(&rig), &ClusterFacts::default()).await;
    let steps = json!([{"op": "remove", "path": "/operation"}]);
    let json = PatchRequest { patch_type: PatchType::Json, body: steps, ..request(&rig) };
    write(&rig.handle, &json, &ClusterFacts::default()).await;
    let bodies: Vec<Value> =
        rig.server.asked().iter().filter(|a| a.method == "PATCH").map(|a| serde_json::from_str(&a.body).unwrap()).collect();
    assert_eq!(bodies[0]["metadata"], json!({"uid": "uid-a", "resourceVersion": "1"}));
    assert_eq!(bodies[1][0], json!({"op": "test", "path": "/metadata/uid", "value": "uid-a"}));
    assert_eq!(bodies[1][2]["op"], "remove");
}

#[tokio::test]
async fn a_guardrail_holds_whatever_the_plan_says() {
    let rig = ready(|| object("a", 1), || Reply::Hang).await;
    let facts = ClusterFacts { no_prune: true, no_force: true, ..ClusterFacts::default() };
    for (body, rail) in [
        (json!({"operation": {"sync": {"prune": true}}}), "no_prune"),
        (json!({"operation": {"sync": {"syncStrategy": {"hook": {"force": true}}}}}), "no_force"),
        (json!({"metadata": {"annotations": {"reconcile.fluxcd.io/forceAt": "now"}}}), "no_force"),
    ] {
        let outcome = write(&rig.handle, &PatchRequest { body, ..request(&rig) }, &facts).await;
        assert!(matches!(&outcome, Outcome::Refused { reason } if reason.contains(rail)), "{outcome:?}");
    }
    assert_eq!(patches(&rig), 0);
}
