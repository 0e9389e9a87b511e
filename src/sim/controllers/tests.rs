//! The same controllers on a server that is not ours.

use super::api::{APPLICATION, Api, GIT_REPOSITORY, KUSTOMIZATION, PROJECT};
use super::*;
use crate::sim::repos::{Landing, Story};
use serde_json::{Value, json};
use std::time::Instant;

fn objects() -> Vec<Value> {
    let url = Repos::url("fleet");
    let meta = |namespace: &str, name: &str| json!({"namespace": namespace, "name": name});
    vec![
        json!({"apiVersion": PROJECT.api, "kind": PROJECT.kind, "metadata": meta("argocd", "default"), "spec": {"sourceRepos": ["*"], "destinations": [{"namespace": "*", "server": "*"}]}}),
        json!({"apiVersion": APPLICATION.api, "kind": APPLICATION.kind, "metadata": meta("argocd", "payments"), "spec": {
            "project": "default", "destination": {"server": "https://kubernetes.default.svc", "namespace": "payments-us"},
            "source": {"repoURL": url, "path": "apps/orders/overlays/prod-us", "targetRevision": "main"},
            "syncPolicy": {"automated": {"prune": true}, "syncOptions": ["CreateNamespace=true"]}
        }}),
        json!({"apiVersion": GIT_REPOSITORY.api, "kind": GIT_REPOSITORY.kind, "metadata": meta("flux-system", "fleet"), "spec": {"interval": "5s", "ref": {"branch": "main"}, "url": url}}),
        json!({"apiVersion": KUSTOMIZATION.api, "kind": KUSTOMIZATION.kind, "metadata": meta("flux-system", "payments"), "spec": {
            "interval": "1m", "retryInterval": "5s", "timeout": "30s", "path": "./apps/payments/overlays/prod-eu", "prune": true, "wait": true,
            "sourceRef": {"kind": "GitRepository", "name": "fleet"}
        }}),
    ]
}

/// Needs the URL of a server with the CRDs of both engines and the token `admin` as a cluster administrator.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a real API server"]
async fn the_controllers_tell_the_merge_story_on_a_real_server() {
    let Ok(url) = std::env::var("DRIFTDECK_CONFORMANCE") else { return };
    let mut config = kube::Config::new(url.parse().unwrap());
    config.auth_info.token = Some("admin".to_owned().into());
    config.accept_invalid_certs = true;
    let client = Client::try_from(config).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let repos = Repos::build(dir.path(), Clock::system().now(), Story::Before).unwrap();
    let api = Api::new(client.clone(), "test");
    for namespace in ["argocd", "flux-system", "payments", "shop"] {
        api.ensure_namespace(namespace).await.unwrap();
    }
    for object in objects() {
        api.apply(&object, false).await.unwrap();
    }
    let mut cluster = Controlled::new("real", client);
    (cluster.argo, cluster.flux) = (true, true);
    let times = Times { factor: 0.3, ..Times::fast() };
    let _handles = run(ControllerSet {
        clusters: vec![cluster],
        repos: repos.clone(),
        clock: Clock::system(),
        times,
        faults: Faults::default(),
        seed: 1,
    });
    let until = async |what: &str, kind: KindRef, namespace: &str, check: &dyn Fn(&Value) -> bool| {
        let started = Instant::now();
        loop {
            let object = api.get(kind, namespace, "payments").await.unwrap();
            if check(&object) {
                return eprintln!("{what}: {:?}", started.elapsed());
            }
            assert!(started.elapsed() < Duration::from_secs(40), "{what}: {:#}", object["status"]);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let ready = |object: &Value, reason: &str| {
        object["status"]["conditions"].as_array().into_iter().flatten().any(|it| it["type"] == "Ready" && it["reason"] == reason)
    };
    let head = |object: &Value, id: &str| object["status"]["lastAttemptedRevision"].as_str().is_some_and(|it| it.ends_with(id));
    until("flux healthy", KUSTOMIZATION, "flux-system", &|it| ready(it, "ReconciliationSucceeded")).await;
    until("argo healthy", APPLICATION, "argocd", &|it| {
        it["status"]["health"]["status"] == "Healthy" && it["status"]["sync"]["status"] == "Synced"
    })
    .await;
    let bad = repos.land("fleet", &Landing::BadMerge, Clock::system().now()).unwrap();
    until("flux broken", KUSTOMIZATION, "flux-system", &|it| ready(it, "HealthCheckFailed") && head(it, &bad)).await;
    until("argo sees the commit", APPLICATION, "argocd", &|it| it["status"]["sync"]["revision"] == bad.as_str()).await;
    let good = repos.land("fleet", &Landing::Revert, Clock::system().now()).unwrap();
    until("flux healed", KUSTOMIZATION, "flux-system", &|it| ready(it, "ReconciliationSucceeded") && head(it, &good)).await;
}
