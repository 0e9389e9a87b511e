//! The options of a sync and the way back, from the command line to what the simulated Argo CD was asked.

use super::fleet::{Fleet, Said};
use driftdeck::sim::scenario::Scenario;
use serde_json::{Value, json};

fn web(fleet: &Fleet) -> Value {
    fleet.demo.server("hub-eu").unwrap().get("argoproj.io", "applications", "argocd", "web").unwrap()
}

async fn run(fleet: &Fleet, args: &[&str]) -> Said {
    let mut all: Vec<&str> = args[..1].to_vec();
    all.extend(["app/argocd/web", "--context", "hub-eu", "--context", "prod-us"]);
    all.extend(&args[1..]);
    fleet.run(&all).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_chosen_is_what_argo_cd_was_asked_and_what_cannot_be_chosen_says_why() {
    let fleet = Fleet::start(Scenario::Quiet).await;
    let auto = run(&fleet, &["sync", "--revision", "main", "--confirm", "prod-us"]).await;
    assert!(auto.code == 3 && auto.err.contains("auto-sync is on"), "{} {}", auto.code, auto.err);
    let off = run(&fleet, &["suspend", "--reason", "test", "--confirm", "prod-us"]).await;
    assert!(off.code == 3 && off.err.contains("owned by another object"), "{} {}", off.code, off.err);
    let manual = |app: &mut Value| drop(app["spec"]["syncPolicy"].as_object_mut().unwrap().remove("automated"));
    fleet.demo.server("hub-eu").unwrap().edit("argoproj.io", "applications", "argocd", "web", manual).unwrap();

    let unknown = run(&fleet, &["sync", "--revision", "nope", "--confirm", "prod-us"]).await;
    assert!(unknown.code == 3 && unknown.err.contains("no commit, branch or tag nope is known"), "{} {}", unknown.code, unknown.err);
    let forced = run(&fleet, &["sync", "--server-side", "--resource", ":ConfigMap:other", "--confirm", "prod-us"]).await;
    assert!(forced.code == 3 && forced.err.contains("Not among its resources"), "{} {}", forced.code, forced.err);
    let some =
        ["sync", "--resource", ":ConfigMap:web-env", "--retry-limit", "1", "--apply-out-of-sync-only", "--confirm", "prod-us", "--wait"];
    let some = run(&fleet, &some).await;
    assert_eq!(some.code, 0, "{}{}", some.out, some.err);
    assert!(some.err.contains("with exactly what we asked"), "{}", some.err);
    let asked = web(&fleet)["status"]["operationState"]["operation"].clone();
    assert_eq!(asked["sync"]["resources"], json!([{ "kind": "ConfigMap", "name": "web-env", "namespace": "shop" }]));
    assert_eq!(asked["retry"]["limit"], 1);
    let options = asked["sync"]["syncOptions"].as_array().unwrap();
    assert!(options.contains(&json!("ApplyOutOfSyncOnly=true")) && options.contains(&json!("CreateNamespace=true")), "{options:?}");

    let first = web(&fleet)["status"]["history"][0].clone();
    let id = first["id"].to_string();
    let back = run(&fleet, &["engine-rollback", &id, "--confirm", "prod-us", "--wait"]).await;
    assert_eq!(back.code, 0, "{}{}", back.out, back.err);
    assert!(back.err.contains("with exactly what we asked") && back.out.contains("Temporary rollback"), "{}{}", back.out, back.err);
    let asked = web(&fleet)["status"]["operationState"]["operation"]["sync"].clone();
    assert_eq!((&asked["revision"], &asked["source"]), (&first["revision"], &first["source"]));
    assert!(asked["resources"].is_null(), "nothing is left of the sync before");
    let gone = run(&fleet, &["engine-rollback", "9999", "--confirm", "prod-us"]).await;
    assert!(gone.code == 3 && gone.err.contains("has no such entry"), "{} {}", gone.code, gone.err);
    for (command, why) in [("confirm-prune", "waits for a deletion"), ("clear-operation", "neither queued nor stuck")] {
        let idle = run(&fleet, &[command, "--confirm", "prod-us"]).await;
        assert!(idle.code == 3 && idle.err.contains(why), "{command}: {} {}", idle.code, idle.err);
    }
    fleet.demo.stop().await;
}
