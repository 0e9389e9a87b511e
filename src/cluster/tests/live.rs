use super::server::*;
use crate::domain::app::{ManagedResource, StoredRelease};
use crate::domain::ids::ObjectKey;
use crate::domain::status::Health;
use serde_json::{Value, json};

fn managed(group: &str, kind: &str, name: &str) -> ManagedResource {
    ManagedResource { key: ObjectKey::new(group, kind, "shop", name), version: "v1".into(), ..ManagedResource::default() }
}

fn owned(name: &str, owner: &str, rest: Value) -> Value {
    let mut object =
        json!({"metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "ownerReferences": [{"uid": owner}]}});
    for (key, value) in rest.as_object().unwrap() {
        object[key] = value.clone();
    }
    object
}

fn shop(asked: &Asked) -> Option<Reply> {
    let reply = match asked.path.as_str() {
        "/apis/apps" => json!({"versions": [{"version": "v1"}]}),
        "/apis/apps/v1" => json!({"resources": [{"name": "deployments", "kind": "Deployment", "namespaced": true},
            {"name": "deployments/status", "kind": "Deployment", "namespaced": true}]}),
        "/api/v1" => json!({"resources": [{"name": "secrets", "kind": "Secret", "namespaced": true},
            {"name": "configmaps", "kind": "ConfigMap", "namespaced": true}]}),
        "/apis/bitnami.com" => json!({"versions": [{"version": "v1alpha1"}]}),
        "/apis/bitnami.com/v1alpha1" => json!({"resources": [{"name": "sealedsecrets", "kind": "SealedSecret", "namespaced": true}]}),
        "/apis/bitnami.com/v1alpha1/namespaces/shop/sealedsecrets/key" | "/apis/bitnami.com/v1alpha1/namespaces/shop/sealedsecrets/new" => {
            json!({"metadata": {"uid": "s1"}, "status": {"conditions": [{"type": "Synced", "status": "True"}]}})
        }
        "/apis/argoproj.io" => json!({"versions": [{"version": "v1alpha1"}]}),
        "/apis/argoproj.io/v1alpha1" => json!({"resources": [{"name": "rollouts", "kind": "Rollout", "namespaced": true}]}),
        "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/orders" => json!({
            "metadata": {"uid": "d1", "generation": 2}, "spec": {"selector": {"matchLabels": {"app": "orders"}}},
            "status": {"observedGeneration": "2", "phase": "Degraded", "message": "RolloutAborted: x"}}),
        "/apis/apps/v1/namespaces/shop/deployments/orders" => json!({
            "metadata": {"uid": "d1", "generation": 2, "managedFields": [{"manager": "x"}]},
            "spec": {"replicas": 4, "selector": {"matchLabels": {"app": "orders"}}},
            "status": {"observedGeneration": 2, "replicas": 4, "updatedReplicas": 4, "readyReplicas": 3, "availableReplicas": 3}}),
        "/apis/apps/v1/namespaces/shop/replicasets" => json!({"items": [
            owned("orders-old", "d1", json!({"spec": {"replicas": 0}})),
            owned("orders-new", "d1", json!({"spec": {"replicas": 4}, "status": {"readyReplicas": 3, "availableReplicas": 3}})),
            owned("foreign", "d9", json!({"spec": {"replicas": 1}}))]}),
        "/api/v1/namespaces/shop/pods" => json!({"items": [owned("orders-new-x", "uid-orders-new", json!({
            "status": {"phase": "Running", "containerStatuses": [{"name": "main", "restartCount": 7, "ready": false, "image": "orders:9",
                "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}}]}}))]}),
        "/api/v1/namespaces/shop/secrets/key" => json!({"apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "key", "managedFields": [{"manager": "kubectl-patch"}], "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{\"stringData\":{\"p\":\"hunter2\"}}"}},
            "data": {"p": "aHVudGVyMg=="}}),
        "/api/v1/namespaces/shop/events" => json!({"items": [
            {"involvedObject": {"kind": "Pod", "namespace": "shop", "name": "orders-new-x"}, "reason": "BackOff", "type": "Warning",
                "message": "Back-off\u{1b}[2J restarting", "count": 9, "lastTimestamp": "2026-01-02T03:04:05Z"},
            {"involvedObject": {"kind": "Pod", "namespace": "shop", "name": "orders-new-x"}, "reason": "Pulled",
                "lastTimestamp": "2026-01-02T03:05:05Z"}]}),
        "/api/v1/namespaces/shop/pods/orders-new-x/log" => return Some(Reply::Text(200, "one\ntwo\u{1b}[31m\nthree\n")),
        path if path == ALL => return Some(two()),
        path if path.contains("/shop/") => return Some(Reply::Json(404, status(404, "NotFound", "not found"))),
        _ => return None,
    };
    Some(Reply::Json(200, reply))
}

async fn ready() -> Rig {
    let mut rig = rig(shop).await;
    rig.link("live").await;
    rig
}

#[tokio::test]
async fn the_tree_goes_down_to_the_crashing_pod() {
    let rig = ready().await;
    let nodes = rig.handle.tree(&[managed("apps", "Deployment", "orders"), managed("", "ConfigMap", "gone")]).await.unwrap();
    let shown: Vec<_> = nodes.iter().map(|n| (n.depth, n.key.name.as_str(), n.health, n.note.as_str())).collect();
    assert_eq!(
        shown,
        [
            (0, "orders", Some(Health::Progressing), "3 of 4 ready"),
            (1, "orders-new", Some(Health::Progressing), "3 of 4 ready"),
            (2, "orders-new-x", Some(Health::Degraded), "exit 1, 7x"),
            (0, "gone", Some(Health::Missing), "not there"),
        ]
    );
    let pod = &nodes[2];
    assert_eq!(
        (pod.container.as_deref(), pod.reason.as_deref(), pod.restarts, pod.exit_code),
        (Some("main"), Some("CrashLoopBackOff"), 7, Some(1))
    );
    assert!(!nodes[3].exists);
    assert_eq!(rig.server.count(|a| a.query.contains("labelSelector=app%3Dorders")), 2);
}

#[tokio::test]
async fn a_rollout_shows_its_pods_and_a_sealed_secret_what_it_makes() {
    let rig = ready().await;
    let of = |group: &str, kind: &str, name: &str| ManagedResource { version: "v1alpha1".into(), ..managed(group, kind, name) };
    let wanted =
        [of("argoproj.io", "Rollout", "orders"), of("bitnami.com", "SealedSecret", "key"), of("bitnami.com", "SealedSecret", "new")];
    let nodes = rig.handle.tree(&wanted).await.unwrap();
    let shown: Vec<_> = nodes.iter().map(|n| (n.depth, n.key.kind.as_str(), n.key.name.as_str(), n.health, n.exists)).collect();
    assert_eq!(
        shown,
        [
            (0, "Rollout", "orders", Some(Health::Degraded), true),
            (1, "ReplicaSet", "orders-new", Some(Health::Progressing), true),
            (2, "Pod", "orders-new-x", Some(Health::Degraded), true),
            (0, "SealedSecret", "key", Some(Health::Healthy), true),
            (1, "Secret", "key", None, true),
            (0, "SealedSecret", "new", Some(Health::Healthy), true),
            (1, "Secret", "new", None, false),
        ]
    );
}

#[tokio::test]
async fn secret_values_do_not_leave_and_each_object_has_its_own_failure() {
    let rig = ready().await;
    let keys = [
        ObjectKey::new("", "Secret", "shop", "key"),
        ObjectKey::new("", "ConfigMap", "shop", "gone"),
        ObjectKey::new("", "Teapot", "shop", "x"),
        ObjectKey::new("apps", "Deployment", "shop", "orders"),
    ];
    let read = rig.handle.objects(&keys).await;
    let secret = read[0].1.as_ref().unwrap().as_ref().unwrap().to_string();
    assert!(secret.contains("(hidden sha256:") && !secret.contains("hunter2") && !secret.contains("aHVudGVyMg"), "{secret}");
    assert!(secret.contains("kubectl-patch"), "who set a value is no secret");
    assert_eq!(read[1].1, Ok(None));
    assert!(read[2].1.as_ref().unwrap_err().contains("Teapot"));
    let managers = read[3].1.as_ref().unwrap().as_ref().unwrap().pointer("/metadata/managedFields").cloned();
    assert_eq!(managers, Some(json!([{"manager": "x"}])), "a diff names who set what");
    let alone = rig.handle.get(&keys[3]).await.unwrap().unwrap();
    assert_eq!(alone.pointer("/metadata/managedFields"), None);
    assert_eq!(rig.server.count(|a| a.path == "/apis/apps/v1"), 1);
}

#[tokio::test]
async fn a_stored_release_is_read_and_what_keeps_it_from_being_read_is_named() {
    let secret = |version: &str| format!("/api/v1/namespaces/flux-system/secrets/sh.helm.release.v1.helm-ok.{version}");
    let file = format!("{}/tests/fixtures/flux/live-secret-helm-release-v1.json", env!("CARGO_MANIFEST_DIR"));
    let recorded: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut rig = rig(move |asked| match asked.path.as_str() {
        ALL => Some(two()),
        path if path == secret("v1") => Some(Reply::Json(200, recorded.clone())),
        path if path == secret("v2") => Some(Reply::Json(403, status(403, "Forbidden", "secrets is forbidden"))),
        path if path == secret("v3") => Some(Reply::Json(200, json!({"type": "Opaque", "data": recorded["data"]}))),
        path if path == secret("v4") => Some(Reply::Json(200, recorded.clone())),
        path if path == secret("v5") => Some(Reply::Json(404, status(404, "NotFound", "not found"))),
        _ => None,
    })
    .await;
    rig.link("live").await;
    let stored = |version| StoredRelease { namespace: "flux-system".into(), name: "helm-ok".into(), version };
    let release = rig.handle.stored(&stored(1)).await.unwrap();
    assert!(release.manifest.contains("name: helm-ok-cfg") && release.chart == "web 1.0.0");
    let objects = rig.handle.release(&stored(1)).await.unwrap();
    assert_eq!(objects.iter().map(|r| r.key.title()).collect::<Vec<_>>(), ["ConfigMap helm/helm-ok-cfg", "Deployment helm/helm-ok"]);
    for (version, why) in [
        (2, "no right to get secrets in namespace flux-system"),
        (3, "no release of Helm"),
        (4, "another release"),
        (5, "configmap or sql driver, which are not read"),
    ] {
        let error = rig.handle.stored(&stored(version)).await.err().unwrap().message;
        assert!(error.contains(why), "{version}: {error}");
    }
}

#[tokio::test]
async fn events_come_newest_first_and_harmless() {
    let rig = ready().await;
    let events = rig.handle.events(&[ObjectKey::new("", "Pod", "shop", "orders-new-x")]).await.unwrap();
    assert_eq!(events.iter().map(|e| e.reason.as_str()).collect::<Vec<_>>(), ["Pulled", "BackOff"]);
    assert_eq!((events[1].count, events[1].warning, events[1].message.as_str()), (9, true, "Back-off^[[2J restarting"));
}

#[tokio::test]
async fn a_log_is_cut_to_its_tail_and_harmless() {
    let rig = ready().await;
    let pod = ObjectKey::new("", "Pod", "shop", "orders-new-x");
    assert_eq!(rig.handle.log(&pod, "main", true, 2).await.unwrap(), ["two^[[31m", "three"]);
    let asked = rig.server.asked().into_iter().find(|a| a.path.ends_with("/log")).unwrap();
    assert!(asked.query.contains("previous=true") && asked.query.contains("container=main") && asked.query.contains("tailLines=2"));
}

#[tokio::test]
async fn an_access_answer_is_remembered() {
    let mut rig = rig(|asked| match asked.path.as_str() {
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => {
            Some(Reply::Json(201, json!({"status": {"allowed": asked.body.contains("patch")}})))
        }
        ALL => Some(two()),
        _ => None,
    })
    .await;
    rig.link("live").await;
    let may = |verb: &str| crate::cluster::access::Question { verb: verb.into(), resource: "applications".into(), ..Default::default() };
    assert!(rig.handle.allowed(&may("patch")).await.unwrap());
    assert!(rig.handle.allowed(&may("patch")).await.unwrap());
    assert!(!rig.handle.allowed(&may("delete")).await.unwrap());
    assert_eq!(rig.server.count(|a| a.path.ends_with("selfsubjectaccessreviews")), 2);
    assert!(!rig.handle.allowed(&may("delete")).await.unwrap());
    assert_eq!(rig.server.count(|a| a.path.ends_with("selfsubjectaccessreviews")), 3, "a no is asked again");
}

#[tokio::test]
async fn an_access_answer_that_was_on_its_way_when_all_were_forgotten_is_not_remembered() {
    let answers = crate::cluster::access::Answers::default();
    let forgets = answers.clone();
    let mut rig = rig(move |asked| match asked.path.as_str() {
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => {
            forgets.clear();
            Some(Reply::Json(201, json!({"status": {"allowed": true}})))
        }
        ALL => Some(two()),
        _ => None,
    })
    .await;
    rig.link("live").await;
    let (api, question) = (rig.handle.api().unwrap(), crate::cluster::access::Question::default());
    assert!(answers.allowed(&api, &question).await.unwrap());
    assert!(answers.allowed(&api, &question).await.unwrap());
    assert_eq!(rig.server.count(|a| a.path.ends_with("selfsubjectaccessreviews")), 2, "it belongs to the connection before");
}
