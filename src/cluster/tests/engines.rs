//! How the controllers of engines are read: whole, in part, and from a server that does not answer.

use super::server::*;
use crate::cluster::engines::{Question, look};
use crate::cluster::{Settings, Timings};
use crate::domain::Timestamp;
use crate::domain::clock::Clock;
use crate::domain::controllers::Controllers;
use crate::domain::event::ClusterEvent;
use crate::domain::ids::EngineKind;
use serde_json::{Value, json};
use std::time::Duration;

fn now() -> Timestamp {
    "2026-11-24T03:12:40Z".parse().unwrap()
}

fn workload(name: &str, namespace: &str, part_of: &str, image: &str, ready: u32) -> Value {
    let labels = json!({"app.kubernetes.io/part-of": part_of, "app.kubernetes.io/version": "v2.9.4"});
    let args = json!(["--feature-gates=CancelHealthCheckOnNewRevision=true"]);
    json!({
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": {"spec": {"containers": [{"image": image, "args": args}]}}},
        "status": {"readyReplicas": ready, "conditions": [{"type": "Available", "status": "False", "lastTransitionTime": "2026-11-24T03:03:40Z"}]},
    })
}

/// Seconds before the server's own now, as a Lease writes it.
fn renewed(ago: i64) -> String {
    Timestamp::from_microsecond(Timestamp::now().as_microsecond() - ago * 1_000_000).unwrap().to_string()
}

fn everything(asked: &Asked) -> Option<Reply> {
    let kustomize = || workload("kustomize-controller", "flux-system", "flux", "ghcr.io/fluxcd/kustomize-controller:v1.9.4", 0);
    let source = || workload("source-controller", "flux-system", "flux", "ghcr.io/fluxcd/source-controller:v1.9.1", 1);
    let argo = || workload("argocd-application-controller", "argocd", "argocd", "quay.io/argoproj/argocd:v3.5.1", 1);
    let killed = json!({"restartCount": 2, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"reason": "OOMKilled", "finishedAt": "2026-11-24T03:10:00Z"}}});
    let body = match asked.path.as_str() {
        "/apis/apps/v1/deployments" => json!({"metadata": {}, "items": [kustomize(), source()]}),
        "/apis/apps/v1/statefulsets" => json!({"metadata": {}, "items": [argo()]}),
        "/api/v1/namespaces/flux-system/pods" => {
            let pod = |app: &str, name: &str, containers| json!({"metadata": {"name": name, "labels": {"app": app}}, "status": {"containerStatuses": containers}});
            json!({"items": [
                pod("kustomize-controller", "kustomize-controller-7d9c-x2x4k", json!([killed])),
                pod("source-controller", "source-controller-6c5d-aaaaa", json!([])),
            ]})
        }
        "/apis/coordination.k8s.io/v1/namespaces/flux-system/leases" => json!({"items": [
            {"metadata": {"name": "kustomize-controller-leader-election"},
             "spec": {"holderIdentity": "kustomize-controller-7d9c-x2x4k_0f1e", "leaseDurationSeconds": 35, "renewTime": renewed(1200)}},
            {"metadata": {"name": "source-controller-leader-election-0b1c"},
             "spec": {"holderIdentity": "source-controller-6c5d-aaaaa_0f1e", "leaseDurationSeconds": 35, "renewTime": renewed(3)}},
        ]}),
        "/api/v1/namespaces/flux-system/events" => json!({"items": [{"lastTimestamp": renewed(90)}, {"lastTimestamp": renewed(4000)}]}),
        "/api/v1/namespaces/argocd/configmaps/argocd-cm" => json!({"data": {"timeout.reconciliation": "0", "dex.config": "secret"}}),
        "/api/v1/namespaces/argocd/configmaps/argocd-cmd-params-cm" => return Some(Reply::Json(404, status(404, "NotFound", "no"))),
        _ => return None,
    };
    Some(Reply::Json(200, body))
}

fn forbidden(asked: &Asked) -> Reply {
    Reply::Json(403, status(403, "Forbidden", &format!("{} is forbidden", asked.path)))
}

async fn ask(settings: Settings, handler: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> (Rig, Controllers) {
    let rig = rig_with(Settings { kinds: Vec::new(), ..settings }, json!({"token": "t"}), handler).await;
    let mut rig = rig;
    rig.settled("live").await;
    let question = Question {
        api: rig.handle.api().unwrap(),
        engines: vec![EngineKind::Argo, EngineKind::Flux],
        namespaces: vec!["argocd".into(), "flux-system".into()],
        clock: Clock::frozen(now()),
    };
    let (_, found) = look(&question).await;
    (rig, found)
}

#[tokio::test]
async fn one_look_reads_workloads_pods_leases_events_and_settings() {
    let (rig, found) = ask(settings(), everything).await;
    assert_eq!(found.unread.iter().map(|u| u.what.as_str()).collect::<Vec<_>>(), ["pods in argocd"], "{found:?}");
    let of = |name: &str| found.list.iter().find(|c| c.name == name).unwrap();
    let kustomize = of("kustomize-controller");
    assert_eq!(kustomize.standing(), "0 of 1 ready, v1.9.4, 2 restarts (OOMKilled)");
    assert_eq!(kustomize.down_since, "2026-11-24T03:03:40Z".parse().ok());
    let lease = kustomize.lease.as_ref().unwrap();
    assert_eq!((lease.holder.as_str(), lease.duration), ("kustomize-controller-7d9c-x2x4k", 35));
    // The server's clock is not ours: what counts is how long ago it was there.
    let age = now().as_second() - lease.renewed_at.unwrap().as_second();
    assert!((1195..=1260).contains(&age), "{age}");
    assert_eq!(of("source-controller").lease.as_ref().unwrap().holder, "source-controller-6c5d-aaaaa", "a shard's Lease has another name");
    let beat = now().as_second() - of("source-controller").heard_at.unwrap().as_second();
    assert!((85..=150).contains(&beat), "{beat}");
    let switches: Vec<_> = found.switches.iter().map(|s| (s.place.as_str(), s.name.as_str(), s.value.as_str())).collect();
    assert_eq!(switches[0], ("ConfigMap argocd-cm", "timeout.reconciliation", "0"));
    assert!(switches.contains(&("Deployment kustomize-controller", "CancelHealthCheckOnNewRevision", "true")));
    let lists = rig.server.count(|a| a.query.contains("limit="));
    assert_eq!(lists, 4, "pods of two namespaces, Leases, Events");
    assert_eq!(rig.server.count(|a| a.path.starts_with("/apis/apps/") && a.query.contains("resourceVersion=0")), 2, "out of the cache");
    let ahead = Timestamp::now().as_second() - now().as_second() - found.ahead;
    assert!((0..60).contains(&ahead), "the server says how late it is: {ahead}");
}

#[tokio::test]
async fn where_the_cluster_may_not_be_listed_its_usual_namespaces_are_and_what_stays_closed_is_told() {
    let (_rig, found) = ask(settings(), |asked| match asked.path.as_str() {
        "/apis/apps/v1/namespaces/flux-system/deployments" => {
            everything(&Asked { path: "/apis/apps/v1/deployments".into(), ..asked.clone() })
        }
        path if path.starts_with("/apis/apps/") || path.contains("leases") || path.contains("events") => Some(forbidden(asked)),
        _ => everything(asked),
    })
    .await;
    assert_eq!(found.list.len(), 2);
    assert!(found.list.iter().all(|c| c.lease.is_none() && c.heard_at.is_none()));
    let told: Vec<_> = found.unread.iter().map(|u| format!("{}: {}", u.what, u.why)).collect();
    // The whole kind where none of it was seen, else the namespaces of which nothing is known.
    assert_eq!(
        told,
        [
            "deployments in argocd: forbidden",
            "statefulsets: forbidden",
            "leases in flux-system: forbidden",
            "events in flux-system: forbidden"
        ]
    );
}

#[tokio::test]
async fn a_server_that_stops_answering_is_asked_once_and_not_for_each_list() {
    let (rig, found) = ask(impatient(), |asked| asked.path.starts_with("/apis/apps/").then_some(Reply::Hang)).await;
    assert!(found.list.is_empty());
    assert_eq!(found.unread.len(), 1);
    assert!(found.is_cut && found.unread[0].why.contains("no answer within"), "{found:?}");
    assert_eq!(rig.server.count(|a| a.path.starts_with("/apis/apps/")), 1);
}

#[tokio::test]
async fn a_session_looks_at_the_controllers_again_and_again() {
    let timings = Timings { engines_every: Duration::from_millis(20), ..settings().timings };
    let handler = |asked: &Asked| if asked.path == ALL { asked.is_watch().then(two) } else { everything(asked) };
    let mut rig = rig_with(Settings { timings, ..settings() }, json!({"token": "t"}), handler).await;
    for _ in 0..2 {
        let event = rig.until("controllers", |e| matches!(e, ClusterEvent::Controllers { .. })).await;
        let ClusterEvent::Controllers { found, .. } = event else { unreachable!() };
        assert!(
            found.list.iter().all(|c| c.engine == EngineKind::Argo) && found.list.len() == 1,
            "only of engines that are served: {found:?}"
        );
    }
    let versions =
        rig.seen.iter().any(|e| matches!(e, ClusterEvent::Engines { engines, .. } if engines[0].version.as_deref() == Some("3.5.1")));
    assert!(versions);
}

#[tokio::test]
async fn a_lease_is_the_newest_that_a_pod_of_the_controller_holds_and_else_it_is_not_known() {
    let (_rig, found) = ask(settings(), |asked| {
        if !asked.path.contains("/leases") {
            return everything(asked);
        }
        let lease = |name: &str, holder: &str, ago| json!({"metadata": {"name": name}, "spec": {"holderIdentity": holder, "leaseDurationSeconds": 35, "renewTime": renewed(ago)}});
        let leases = [
            lease("kustomize-controller-leader-election", "kustomize-controller-7d9c-x2x4k_0", 1200),
            lease("kustomize-controller-leader-election-b", "kustomize-controller-7d9c-x2x4k_1", 5),
            lease("kustomize-controller-leader-election-c", "kustomize-controller-7d9c-x2x4kk_1", 1),
            lease("source-controller-leader-election", "", 1200),
            lease("source-controller-leader-election-old", "source-controller-6c5d-gone0_2", 1200),
        ];
        Some(Reply::Json(200, json!({"items": leases})))
    })
    .await;
    let of = |name: &str| found.list.iter().find(|c| c.name == name).unwrap().lease.as_ref();
    let age = now().as_second() - of("kustomize-controller").unwrap().renewed_at.unwrap().as_second();
    assert!((4..60).contains(&age), "{age}");
    assert!(of("source-controller").is_none(), "nobody holds one, and who holds the other is gone: {found:?}");
}
