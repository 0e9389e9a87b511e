use super::*;
use crate::sim::repos::Landing;
use serde_json::Value;
use std::time::{Duration, Instant};

fn options(scenario: Scenario) -> DemoOptions {
    DemoOptions { scenario, times: Times::fast(), ..DemoOptions::default() }
}

/// Only a failure takes this long.
const LIMIT: Duration = Duration::from_secs(60);

/// Waits until something holds; polls the server's store, never sleeps blindly.
async fn until(what: &str, limit: Duration, mut check: impl FnMut() -> bool) -> Duration {
    let started = Instant::now();
    while !check() {
        assert!(started.elapsed() < limit, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    started.elapsed()
}

fn app(demo: &Demo, namespace: &str, name: &str) -> Value {
    demo.server("hub-eu").unwrap().get("argoproj.io", "applications", namespace, name).unwrap()
}

fn kustomization(demo: &Demo, cluster: &str, namespace: &str, name: &str) -> Value {
    demo.server(cluster).unwrap().get("kustomize.toolkit.fluxcd.io", "kustomizations", namespace, name).unwrap()
}

fn ready(object: &Value) -> (String, String, String) {
    let ready = object["status"]["conditions"].as_array().unwrap().iter().find(|it| it["type"] == "Ready").unwrap().clone();
    let text = |name: &str| ready[name].as_str().unwrap().to_owned();
    (text("status"), text("reason"), text("message"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_starts_with_41_apps_and_leaves_nothing_behind() {
    for scenario in
        [Scenario::Merge, Scenario::Night, Scenario::Conflict, Scenario::Moved, Scenario::Refused, Scenario::Quiet, Scenario::Stopped]
    {
        let at = Instant::now();
        let demo = start(options(scenario)).await.unwrap();
        eprintln!("{}: started in {:?}", scenario.name(), at.elapsed());
        let count = |group: &str, plural: &str| demo.servers.iter().map(|it| it.api.list(group, plural, "").len()).sum::<usize>();
        let apps = count("argoproj.io", "applications")
            + count("kustomize.toolkit.fluxcd.io", "kustomizations")
            + count("helm.toolkit.fluxcd.io", "helmreleases");
        assert_eq!(apps, 41, "{}", scenario.name());
        let text = std::fs::read_to_string(&demo.kubeconfig).unwrap();
        assert!(text.contains("edge-syd") && !text.contains("prod-ap"));
        let dir = demo.dir.clone();
        demo.stop().await;
        assert!(!dir.exists());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_merge_breaks_payments_on_three_clusters_and_a_revert_heals_them() {
    let demo = start(options(Scenario::Merge)).await.unwrap();
    let limit = LIMIT;
    let us = || app(&demo, "argocd", "payments")["status"]["health"]["status"].clone();
    let ap = || app(&demo, "ap", "payments")["status"]["health"]["status"].clone();
    let broken = until("payments degraded on prod-us and prod-ap", limit, || us() == "Degraded" && ap() == "Degraded").await;
    let eu = || kustomization(&demo, "prod-eu", "payments", "payments");
    until("payments fails its health check on prod-eu", limit, || ready(&eu()).1 == "HealthCheckFailed").await;
    assert_ne!(eu()["status"]["lastAppliedRevision"], eu()["status"]["lastAttemptedRevision"]);
    until("orders waits", limit, || ready(&kustomization(&demo, "prod-eu", "shop", "orders")).1 == "DependencyNotReady").await;
    assert_eq!(ready(&kustomization(&demo, "stage-eu", "payments", "payments")).0, "True");
    assert_eq!(app(&demo, "argocd", "payments")["status"]["sync"]["revision"], demo.repos.id("9d1e07b"));
    let crashes = |pod: &Value| pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff";
    until("two of five pods crash", limit, || {
        let pods = demo.server("prod-us").unwrap().list("", "pods", "payments");
        (pods.len(), pods.iter().filter(|pod| crashes(pod)).count()) == (5, 2)
    })
    .await;
    let revert = demo.repos.land("fleet", &Landing::Revert, demo.clock.now()).unwrap();
    let healed = until("healthy everywhere", limit, || us() == "Healthy" && ap() == "Healthy" && ready(&eu()).0 == "True").await;
    eprintln!("broken after {broken:?}, healed after {healed:?}");
    until("prod-eu reports the revert", limit, || eu()["status"]["lastAppliedRevision"] == format!("main@sha1:{revert}")).await;
    let good = eu()["status"]["history"][0]["digest"].clone();
    assert!(eu()["status"]["history"][0]["totalReconciliations"].as_u64().unwrap() > 1, "{good}: the same manifests as before the merge");
    until("orders follows", limit, || ready(&kustomization(&demo, "prod-eu", "shop", "orders")).0 == "True").await;
    demo.stop().await;
}

async fn patch(demo: &Demo, namespace: &str, name: &str, body: Value) -> Value {
    use crate::sim::controllers::api::{APPLICATION, Api};
    let api = Api::new(admin_client(demo.url("hub-eu").unwrap()).unwrap(), "test");
    api.merge(APPLICATION, namespace, name, &body).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_in_a_closed_window_is_queued_and_even_a_terminate_request_waits() {
    let demo = start(options(Scenario::Merge)).await.unwrap();
    patch(&demo, "argocd", "web", serde_json::json!({"operation": {"initiatedBy": {"username": "sam"}, "sync": {"revision": demo.repos.id("4f2c91d")}}, "status": {"operationState": null}})).await;
    let state = || app(&demo, "argocd", "web")["status"]["operationState"].clone();
    until("queued", LIMIT, || state()["message"] == "Sync operation blocked by sync window").await;
    assert_eq!(state()["phase"], "Running");
    patch(&demo, "argocd", "web", serde_json::json!({"status": {"operationState": {"phase": "Terminating"}}})).await;
    let stuck =
        tokio::time::timeout(Duration::from_millis(400), until("ended", Duration::from_secs(1), || state()["phase"] == "Failed")).await;
    assert!(stuck.is_err(), "a blocked operation cannot be terminated");
    patch(&demo, "argocd", "web", serde_json::json!({"operation": null, "status": {"operationState": null}})).await;
    until("freed", LIMIT, || state().is_null()).await;
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_inherits_what_the_last_one_left_unless_its_state_is_cleared() {
    let demo = start(options(Scenario::Quiet)).await.unwrap();
    let head = demo.repos.id("4f2c91d");
    let op = |extra: Value| {
        let mut sync = serde_json::json!({"revision": head});
        if !extra.is_null() {
            sync["resources"] = extra;
        }
        serde_json::json!({"initiatedBy": {"username": "sam"}, "sync": sync})
    };
    let state = || app(&demo, "argocd", "web")["status"]["operationState"].clone();
    let done = |by: &'static str| move |state: Value| state["phase"] == "Succeeded" && state["operation"]["info"][0]["value"] == by;
    let ask = async |id: &'static str, resources: Value, clear: bool| {
        let mut operation = op(resources);
        operation["info"] = serde_json::json!([{"name": "driftdeck/request-id", "value": id}]);
        let mut body = serde_json::json!({"operation": operation});
        if clear {
            body["status"] = serde_json::json!({"operationState": null});
        }
        patch(&demo, "argocd", "web", body).await;
        until(id, LIMIT, || done(id)(state())).await;
    };
    ask("first", serde_json::json!([{"kind": "ConfigMap", "name": "web-env"}]), true).await;
    ask("leaks", Value::Null, false).await;
    assert_eq!(state()["operation"]["sync"]["resources"][0]["name"], "web-env", "the old selection is in the new operation");
    let kinds = |state: Value| state["syncResult"]["resources"].as_array().unwrap().len();
    assert!(kinds(state()) < 3, "later waves see only what leaked");
    ask("clean", Value::Null, true).await;
    assert!(state()["operation"]["sync"]["resources"].is_null());
    assert_eq!(kinds(state()), 3);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_marked_for_confirmation_is_deleted_only_after_it_was_given_for_this_operation() {
    use crate::sim::controllers::api::Api;
    let demo = start(options(Scenario::Quiet)).await.unwrap();
    let api = Api::new(admin_client(demo.url("prod-us").unwrap()).unwrap(), "test");
    let tracked = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "left", "namespace": "shop"}});
    let mut left = tracked.clone();
    left["metadata"]["annotations"] = serde_json::json!({
        "argocd.argoproj.io/tracking-id": crate::sim::scenario::tracking_id("argocd", "web", &tracked),
        "argocd.argoproj.io/sync-options": "Prune=confirm"
    });
    api.create(&left).await.unwrap();
    let is_there = || demo.server("prod-us").unwrap().get("", "configmaps", "shop", "left").is_some();
    let told = |it: &Value| it["name"] == "left" && it["requiresDeletionConfirmation"] == true;
    until("seen", LIMIT, || app(&demo, "argocd", "web")["status"]["resources"].as_array().unwrap().iter().any(told)).await;
    let old = serde_json::json!({"metadata": {"annotations": {"argocd.argoproj.io/deletion-approved": "2020-01-01T00:00:00Z"}}});
    patch(&demo, "argocd", "web", old).await;
    let sync = serde_json::json!({"revision": demo.repos.id("4f2c91d"), "prune": true, "syncStrategy": {"hook": {}}});
    let asked = serde_json::json!({"operation": {"initiatedBy": {"username": "sam"}, "sync": sync}, "status": {"operationState": null}});
    patch(&demo, "argocd", "web", asked).await;
    let state = || app(&demo, "argocd", "web")["status"]["operationState"].clone();
    until("waiting", LIMIT, || state()["message"] == "waiting for pruning confirmation of /ConfigMap/left").await;
    assert!(is_there(), "an approval from before does not count");
    let started = state()["startedAt"].clone();
    patch(&demo, "argocd", "web", serde_json::json!({"metadata": {"annotations": {"argocd.argoproj.io/deletion-approved": started}}}))
        .await;
    until("deleted", LIMIT, || state()["phase"] == "Succeeded" && !is_there()).await;
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn force_with_server_side_apply_fails_and_a_source_that_comes_along_is_what_is_rendered() {
    let demo = start(options(Scenario::Quiet)).await.unwrap();
    let state = || app(&demo, "argocd", "web")["status"]["operationState"].clone();
    let ask = async |sync: Value| {
        let asked =
            serde_json::json!({"operation": {"initiatedBy": {"username": "sam"}, "sync": sync}, "status": {"operationState": null}});
        patch(&demo, "argocd", "web", asked).await;
        until("ended", LIMIT, || state()["phase"] == "Failed" || state()["phase"] == "Succeeded").await;
    };
    let head = demo.repos.id("4f2c91d");
    let forced = serde_json::json!({"hook": {"force": true}});
    ask(serde_json::json!({"revision": head, "syncStrategy": forced, "syncOptions": ["ServerSideApply=true"]})).await;
    assert!(state()["message"].as_str().unwrap().contains("--force cannot be used with --server-side"), "{}", state());
    ask(serde_json::json!({"revision": head, "syncStrategy": forced, "syncOptions": ["ServerSideApply=true", "Replace=true"]})).await;
    assert_eq!(state()["phase"], "Succeeded", "{}", state());
    let mut source = app(&demo, "argocd", "web")["spec"]["source"].clone();
    source["path"] = "apps/web/overlays/stage-eu".into();
    ask(serde_json::json!({"revision": head, "syncStrategy": {"apply": {}}, "source": source})).await;
    assert_eq!((&state()["phase"], &state()["syncResult"]["source"]["path"]), (&"Succeeded".into(), &source["path"]), "{}", state());
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_app_acknowledges_a_request_and_does_nothing() {
    use crate::sim::controllers::api::{Api, KUSTOMIZATION};
    let demo = start(options(Scenario::Merge)).await.unwrap();
    let before = kustomization(&demo, "prod-eu", "billing", "billing");
    assert_eq!(before["spec"]["suspend"], true);
    let api = Api::new(admin_client(demo.url("prod-eu").unwrap()).unwrap(), "test");
    let body = serde_json::json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now-1"}}});
    api.merge(KUSTOMIZATION, "billing", "billing", &body).await.unwrap();
    let now = || kustomization(&demo, "prod-eu", "billing", "billing");
    until("acknowledged", LIMIT, || now()["status"]["lastHandledReconcileAt"] == "now-1").await;
    assert_eq!(now()["status"]["lastAppliedRevision"], before["status"]["lastAppliedRevision"]);
    assert_eq!(now()["status"]["conditions"], before["status"]["conditions"]);
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_generated_fleet_has_the_asked_number_of_apps() {
    let demo = start(DemoOptions { clusters: Some(4), apps: Some(203), ..options(Scenario::Merge) }).await.unwrap();
    let count = |group: &str, plural: &str| demo.servers.iter().map(|it| it.api.list(group, plural, "").len()).sum::<usize>();
    let apps = count("argoproj.io", "applications")
        + count("kustomize.toolkit.fluxcd.io", "kustomizations")
        + count("helm.toolkit.fluxcd.io", "helmreleases");
    assert_eq!(apps, 203);
    let mut entries = 0;
    for server in &demo.servers {
        for release in server.api.list("helm.toolkit.fluxcd.io", "helmreleases", "") {
            let kinds = [("ConfigMap", "", "configmaps"), ("Service", "", "services"), ("Deployment", "apps", "deployments")];
            for entry in release["status"]["inventory"]["entries"].as_array().into_iter().flatten() {
                let id = entry["id"].as_str().unwrap();
                let (namespace, rest) = id.split_once('_').unwrap();
                let (name, _) = rest.split_once('_').unwrap();
                let (_, group, plural) = kinds.iter().find(|(kind, ..)| id.ends_with(kind)).unwrap();
                assert!(server.api.get(group, plural, namespace, name).is_some(), "{id}");
                entries += 1;
            }
        }
    }
    assert!(entries > 50, "{entries}");
    let uid = |it: &super::Server| it.api.get("", "namespaces", "", "kube-system").unwrap()["metadata"]["uid"].to_string();
    let uids: std::collections::BTreeSet<String> = demo.servers.iter().map(uid).collect();
    assert_eq!(uids.len(), 4, "each is a cluster of its own");
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_quiet_fleet_is_green_from_the_start_and_after_every_app_was_compared() {
    let times = Times { compare: Duration::from_secs(2), ..Times::fast() };
    let demo = start(DemoOptions { times, ..options(Scenario::Quiet) }).await.unwrap();
    let apps = || demo.servers.iter().flat_map(|it| it.api.list("argoproj.io", "applications", ""));
    let name = |app: &Value| format!("{}/{}", app["metadata"]["namespace"], app["metadata"]["name"]);
    let ill = || {
        let green = |app: &Value| app["status"]["sync"]["status"] == "Synced" && app["status"]["health"]["status"] == "Healthy";
        apps().filter(|app| !green(app)).map(|app| name(&app)).collect::<Vec<_>>()
    };
    let compared = || apps().map(|app| (name(&app), app["status"]["reconciledAt"].clone())).collect::<std::collections::BTreeMap<_, _>>();
    let first = compared();
    assert!(first.len() > 15, "{first:?}");
    until("every app compared", LIMIT, || {
        assert_eq!(ill(), Vec::<String>::new());
        compared().iter().all(|(app, at)| first[app] != *at)
    })
    .await;
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn noise_compares_the_apps_of_a_generated_fleet_and_changes_nothing_else() {
    let demo = start(DemoOptions { clusters: Some(1), apps: Some(30), noise: Some(200), ..options(Scenario::Merge) }).await.unwrap();
    let all = || demo.server("cluster-01").unwrap().list("argoproj.io", "applications", "").into_iter();
    let apps = || all().filter(|object| !object["status"]["reconciledAt"].is_null());
    let bare = |mut object: Value| {
        let version = object["metadata"]["resourceVersion"].take();
        object["metadata"]["generation"].take();
        object["status"].as_object_mut().map(|status| status.remove("reconciledAt"));
        (version, object)
    };
    let before: Vec<_> = apps().map(bare).collect();
    let read = || apps().map(bare);
    until("each app compared", LIMIT, || read().zip(&before).all(|((version, _), (old, _))| version != *old)).await;
    assert!(read().zip(&before).all(|((_, now), (_, old))| now == *old));
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_applies_the_new_release_and_stores_it_as_helm_does() {
    use crate::sim::controllers::api::{Api, HELM_RELEASE};
    use crate::sim::releases::{manifest_of, secret_name};
    let demo = start(options(Scenario::Quiet)).await.unwrap();
    let server = demo.server("prod-eu").unwrap();
    let stored = |version: i64| server.get("", "secrets", "cert-manager", &secret_name("cert-manager", version));
    assert!(manifest_of(&stored(1).unwrap()).unwrap().contains("cert-manager:1.15.3") && stored(2).is_none());
    let api = Api::new(admin_client(demo.url("prod-eu").unwrap()).unwrap(), "test");
    let body = serde_json::json!({"spec": {"chart": {"spec": {"version": "v1.16.0"}}}});
    api.merge(HELM_RELEASE, "cert-manager", "cert-manager", &body).await.unwrap();
    until("the next revision is stored", LIMIT, || stored(2).is_some()).await;
    assert!(manifest_of(&stored(2).unwrap()).unwrap().contains("cert-manager:1.16.0"));
    let state = |version: i64| stored(version).unwrap()["metadata"]["labels"]["status"].as_str().map(str::to_owned);
    assert_eq!((state(1).as_deref(), state(2).as_deref()), (Some("superseded"), Some("deployed")));
    let image = || {
        let live = server.get("apps", "deployments", "cert-manager", "cert-manager").unwrap();
        live["spec"]["template"]["spec"]["containers"][0]["image"].to_string()
    };
    until("it is live", LIMIT, || image().contains("cert-manager:1.16.0")).await;
    demo.stop().await;
}
