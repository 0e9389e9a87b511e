//! Rows that hang together tell of each other, up to five links away.

use super::deck::{Deck, OLD, application, git_repository, kustomization};
use serde_json::{Value, json};

fn ready(object: &mut Value, status: &str, reason: &str, message: &str) {
    object["status"]["conditions"] = json!([{"type": "Ready", "status": status, "reason": reason, "message": message,
        "observedGeneration": 1, "lastTransitionTime": "2026-11-24T03:12:00Z"}]);
}

fn waiting(name: &str, on: &str) -> Value {
    let mut object = kustomization(name, "fleet", OLD);
    object["spec"]["dependsOn"] = json!([{ "name": on }]);
    ready(&mut object, "False", "DependencyNotReady", &format!("dependency 'flux-system/{on}' is not ready"));
    object
}

fn failing(name: &str) -> Value {
    let mut object = kustomization(name, "fleet", OLD);
    ready(
        &mut object,
        "False",
        "BuildFailed",
        "kustomize build failed: accumulating resources from 'x.yaml': open x.yaml: no such file or directory",
    );
    object
}

fn sentence(deck: &mut Deck, name: &str) -> String {
    deck.on(name);
    deck.state.row().unwrap().verdict.sentence.clone()
}

fn evidence(deck: &mut Deck, name: &str, what: &str) -> Option<String> {
    deck.on(name);
    deck.state.row().unwrap().verdict.evidence.iter().find(|e| e.what == what).map(|e| e.value.clone())
}

#[test]
fn an_app_that_waits_names_what_holds_it_up_at_the_end_of_the_line() {
    let mut deck = Deck::new();
    deck.see(1, &git_repository("fleet", "main", OLD));
    deck.see(1, &waiting("orders", "payments"));
    assert!(!sentence(&mut deck, "orders").contains(';'), "nothing is known of payments yet");
    deck.see(1, &waiting("payments", "infra"));
    deck.see(1, &failing("infra"));
    let said = sentence(&mut deck, "orders");
    assert!(said.contains("; payments waits for infra; infra has failed") && said.contains("x.yaml not in git"), "{said}");
    assert_eq!(evidence(&mut deck, "orders", "Kustomization payments").as_deref(), Some("waits for flux-system/infra"));
    deck.see(1, &kustomization("infra", "fleet", OLD));
    let said = sentence(&mut deck, "orders");
    assert!(!said.contains("has failed"), "infra is well again, two links off: {said}");
}

#[test]
fn a_source_that_refuses_the_login_is_told_with_its_secret_through_a_dependency() {
    let mut deck = Deck::new();
    let mut source = git_repository("fleet", "main", OLD);
    source["spec"]["secretRef"] = json!({"name": "fleet-auth"});
    ready(&mut source, "False", "GitOperationFailed", "failed to checkout: authentication required");
    deck.see(1, &source);
    deck.see(1, &waiting("orders", "payments"));
    deck.see(1, &kustomization("payments", "fleet", OLD));
    let said = sentence(&mut deck, "orders");
    assert!(said.contains("payments: source fleet: fetch fails") && said.contains("auth"), "{said}");
    deck.on("payments");
    let next = deck.state.row().unwrap().verdict.next.clone();
    assert!(next[0].text.contains("renew Secret flux-system/fleet-auth"), "{next:?}");
}

#[test]
fn dependencies_that_go_round_in_a_circle_come_to_an_end() {
    let mut deck = Deck::new();
    deck.see(1, &git_repository("fleet", "main", OLD));
    for (name, on) in [("a", "b"), ("b", "c"), ("c", "a")] {
        deck.see(1, &waiting(name, on));
    }
    for name in ["a", "b", "c"] {
        assert!(sentence(&mut deck, name).contains("must not apply before"));
    }
}

#[test]
fn a_child_tells_that_nothing_reaches_it_while_what_makes_it_is_suspended_or_broken() {
    let mut deck = Deck::new();
    deck.see(1, &git_repository("fleet", "main", OLD));
    let made_by = |name: &str, parent: &str| {
        let mut object = kustomization(name, "fleet", OLD);
        object["metadata"]["labels"] =
            json!({"kustomize.toolkit.fluxcd.io/name": parent, "kustomize.toolkit.fluxcd.io/namespace": "flux-system"});
        object
    };
    deck.see(1, &made_by("web", "apps"));
    deck.see(1, &made_by("apps", "root"));
    let mut root = kustomization("root", "fleet", OLD);
    deck.see(1, &root);
    assert_eq!(evidence(&mut deck, "web", "parent root"), None, "all is well");
    root["spec"]["suspend"] = json!(true);
    deck.see(1, &root);
    deck.wait(61_000);
    let told = evidence(&mut deck, "web", "parent root");
    assert_eq!(told.as_deref(), Some("is suspended: a change of this object in git does not arrive"));
    deck.see(1, &failing("root"));
    deck.wait(61_000);
    assert!(evidence(&mut deck, "apps", "parent root").unwrap().starts_with("has failed"));
}

#[test]
fn a_parent_that_only_waits_for_the_health_of_what_it_applied_is_not_named_as_the_trouble_of_its_child() {
    let mut deck = Deck::new();
    deck.see(1, &git_repository("fleet", "main", OLD));
    let mut web = failing("web");
    web["metadata"]["labels"] = json!({"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"});
    deck.see(1, &web);
    let mut apps = kustomization("apps", "fleet", OLD);
    for (reason, told) in [("HealthCheckFailed", false), ("PruneFailed", false), ("BuildFailed", true), ("ReconciliationFailed", true)] {
        ready(&mut apps, "False", reason, "Kustomization/flux-system/web status: 'Failed'");
        deck.see(1, &apps);
        deck.wait(61_000);
        assert_eq!(evidence(&mut deck, "web", "parent apps").is_some(), told, "{reason}");
    }
}

#[test]
fn an_app_of_apps_whose_sync_failed_elsewhere_is_not_named_as_the_trouble_of_a_child_that_it_applied() {
    let mut deck = Deck::new();
    deck.argo();
    deck.see(1, &leaf("web", "Degraded", "root"));
    let mut root = holding("root", &["web"]);
    root["status"]["operationState"]["phase"] = json!("Failed");
    deck.see(1, &root);
    deck.wait(61_000);
    assert_eq!(evidence(&mut deck, "web", "parent root"), None, "web is as git has it");
    root["status"]["resources"][0]["status"] = json!("OutOfSync");
    root["status"]["sync"]["status"] = json!("OutOfSync");
    deck.see(1, &root);
    deck.wait(61_000);
    assert!(evidence(&mut deck, "web", "parent root").unwrap().starts_with("has failed"));
    root["status"]["operationState"]["syncResult"]["resources"] = json!([{"group": "argoproj.io", "version": "v1alpha1",
        "kind": "Application", "namespace": "argocd", "name": "web", "status": "Synced", "message": "configured"}]);
    deck.see(1, &root);
    deck.wait(61_000);
    assert_eq!(evidence(&mut deck, "web", "parent root"), None, "that very sync applied it");
}

#[test]
fn a_namesake_in_another_namespace_is_no_child() {
    let mut deck = Deck::new();
    deck.argo();
    deck.see(1, &holding("root", &["web"]));
    deck.see(1, &leaf("web", "Healthy", "root"));
    let mut namesake = leaf("web", "Degraded", "other");
    namesake["metadata"]["namespace"] = json!("ap");
    namesake["metadata"]["uid"] = json!("uid-namesake");
    deck.see(1, &namesake);
    deck.wait(61_000);
    deck.on("root");
    assert_eq!(deck.state.row().unwrap().verdict.short, "");
    // One that the parent holds there is, though its parent's name carries a namespace.
    let mut held = leaf("web", "Degraded", "argocd_root");
    held["metadata"]["namespace"] = json!("ap");
    held["metadata"]["uid"] = json!("uid-namesake");
    let mut root = holding("root", &["web"]);
    root["status"]["resources"][0]["namespace"] = json!("ap");
    deck.see(1, &held);
    deck.see(1, &root);
    deck.wait(61_000);
    deck.on("root");
    assert_eq!(deck.state.row().unwrap().verdict.short, "1 of 1 child apps broken");
}

fn holding(name: &str, children: &[&str]) -> Value {
    let mut object = application(name, OLD);
    object["status"]["sync"]["status"] = json!("Synced");
    let of = |n: &&str| json!({"group": "argoproj.io", "version": "v1alpha1", "kind": "Application", "namespace": "argocd", "name": n, "status": "Synced"});
    object["status"]["resources"] = children.iter().map(of).collect();
    object
}

fn leaf(name: &str, health: &str, parent: &str) -> Value {
    let mut object = application(name, OLD);
    object["status"]["sync"]["status"] = json!("Synced");
    object["status"]["health"]["status"] = json!(health);
    object["status"]["resources"] =
        json!([{"group": "apps", "version": "v1", "kind": "Deployment", "namespace": name, "name": name, "status": "Synced"}]);
    object["metadata"]["annotations"] =
        json!({"argocd.argoproj.io/tracking-id": format!("{parent}:argoproj.io/Application:argocd/{name}")});
    object
}

#[test]
fn an_app_of_apps_counts_what_is_broken_below_its_children_at_once() {
    let mut deck = Deck::new();
    deck.argo();
    deck.see(1, &holding("root", &["team", "other"]));
    let mut team = holding("team", &["web"]);
    team["metadata"]["annotations"] = json!({"argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/team"});
    deck.see(1, &team);
    deck.see(1, &leaf("other", "Healthy", "root"));
    deck.see(1, &leaf("web", "Healthy", "team"));
    let short = |deck: &mut Deck| {
        deck.on("root");
        deck.state.row().unwrap().verdict.short.clone()
    };
    assert_eq!(short(&mut deck), "");
    deck.see(1, &leaf("web", "Degraded", "team"));
    assert_eq!(short(&mut deck), "1 of 2 child apps broken");
}

#[test]
fn a_kustomization_that_only_holds_broken_apps_says_so_and_one_that_waits_for_them_is_told_by_flux() {
    let mut deck = Deck::new();
    deck.see(1, &git_repository("fleet", "main", OLD));
    let mut apps = kustomization("apps", "fleet", OLD);
    apps["spec"]["wait"] = json!(false);
    apps["status"]["inventory"] = json!({"entries": [
        {"id": "flux-system_web_kustomize.toolkit.fluxcd.io_Kustomization", "v": "v1"},
        {"id": "flux-system_db_kustomize.toolkit.fluxcd.io_Kustomization", "v": "v1"}]});
    deck.see(1, &apps);
    deck.see(1, &kustomization("db", "fleet", OLD));
    deck.see(1, &kustomization("web", "fleet", OLD));
    let short = |deck: &mut Deck| {
        deck.on("apps");
        deck.state.row().unwrap().verdict.short.clone()
    };
    assert_eq!(short(&mut deck), "applied, health not assessed");
    deck.see(1, &failing("web"));
    deck.wait(61_000);
    assert_eq!(short(&mut deck), "1 of 2 child apps broken");
    apps["spec"]["wait"] = json!(true);
    deck.see(1, &apps);
    assert!(!short(&mut deck).contains("child apps"));
}

#[test]
fn an_application_set_that_cannot_generate_is_told_on_its_apps() {
    let mut deck = Deck::new();
    deck.argo();
    let mut app = leaf("web", "Healthy", "none");
    app["metadata"]["ownerReferences"] =
        json!([{"kind": "ApplicationSet", "name": "teams", "apiVersion": "argoproj.io/v1alpha1", "controller": true}]);
    let set = |status: &str| {
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "teams", "namespace": "argocd"},
            "spec": {}, "status": {"conditions": [{"type": "ErrorOccurred", "status": status, "reason": "X", "message": "template: no value"}]}})
    };
    deck.see(1, &set("True"));
    deck.see(1, &app);
    let told = evidence(&mut deck, "web", "ApplicationSet teams");
    assert_eq!(told.as_deref(), Some("generates nothing new: template: no value"));
    deck.see(1, &set("False"));
    deck.see(1, &app);
    assert_eq!(evidence(&mut deck, "web", "ApplicationSet teams"), None);
}
