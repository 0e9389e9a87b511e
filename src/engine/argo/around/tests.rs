//! Objects of every kind asked for, and what is said of those that concern an app; each with one that does not.

use super::*;
use crate::domain::event::Parsed;
use crate::domain::ids::{ClusterId, EngineKind};
use crate::engine::engine;
use serde_json::json;

fn app() -> App {
    let object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "web-eu", "namespace": "argocd", "uid": "u", "resourceVersion": "1",
            "ownerReferences": [{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "web", "uid": "s"}]},
        "spec": {"project": "retail", "destination": {"name": "prod"}, "source": {"repoURL": "https://git.example.com/a/b", "path": "web"}}
    });
    let argo = engine(EngineKind::Argo);
    let kind = argo.watched().iter().find(|k| k.kind == "Application").unwrap();
    match argo.parse(kind, &ClusterId::new("hub"), "v1alpha1", &object.to_string(), crate::domain::Timestamp::UNIX_EPOCH) {
        Parsed::App(app) => *app,
        other => panic!("{other:?}"),
    }
}

fn said(kind: &str, object: Value) -> Vec<String> {
    let app = app();
    let lookup = lookups(&app).into_iter().find(|l| l.kind == kind).unwrap_or_else(|| panic!("{kind} is not asked for"));
    neighbours(&app, &[(lookup, vec![object])])
        .into_iter()
        .map(|n| format!("{} {} {:?}: {}", n.key.kind, n.key.name, n.good, n.says))
        .collect()
}

#[test]
fn project_set_and_application_are_asked_for_by_name() {
    let asked: Vec<String> = lookups(&app()).iter().map(|l| format!("{} {}", l.plural, l.name.as_deref().unwrap_or("*"))).collect();
    assert_eq!(asked, ["appprojects retail", "applicationsets web", "applications web-eu"]);
}

#[test]
fn a_project_says_what_it_allows() {
    let spec = json!({"sourceRepos": ["*"], "destinations": [{}, {}], "syncWindows": [{}], "signatureKeys": [{}]});
    let project = json!({"metadata": {"name": "retail"}, "spec": spec});
    assert_eq!(
        said("AppProject", project),
        ["AppProject retail None: allows every repository and 2 destinations, 1 sync window, only signed commits"]
    );
}

#[test]
fn a_rolling_sync_tells_the_step_of_this_app_and_not_of_another() {
    let set = |status: Value| {
        json!({"metadata": {"name": "web"}, "spec": {"strategy": {"type": "RollingSync", "rollingSync": {"steps": [{}, {}, {}]}}},
            "status": {"applicationStatus": status, "conditions": [{"type": "ErrorOccurred", "status": "False"}]}})
    };
    let ours = json!([{"application": "web-us", "step": "3", "status": "Waiting"}, {"application": "web-eu", "step": "2", "status": "Pending", "message": "waits for web-test"}]);
    assert_eq!(
        said("ApplicationSet", set(ours)),
        ["ApplicationSet web Some(true): makes this app; step 2 of 3, Pending: waits for web-test (2 apps in the rollout)"]
    );
    let none = set(json!([]));
    assert_eq!(
        said("ApplicationSet", none),
        ["ApplicationSet web Some(true): makes this app; rolls out in 3 steps; this app is in none so far"]
    );
    let mut plain = set(json!(null));
    plain["spec"] = json!({});
    plain["status"]["conditions"][0] = json!({"type": "ErrorOccurred", "status": "True", "message": "template: bad"});
    assert_eq!(
        said("ApplicationSet", plain),
        ["ApplicationSet web Some(false): makes this app; no staged rollout; it fails: template: bad"]
    );
}

#[test]
fn a_hydrated_app_says_from_which_commit_it_is_rendered_and_where_to_undo_one() {
    let application = |phase: &str| {
        json!({"metadata": {"name": "web-eu"}, "spec": {"sourceHydrator": {"drySource": {"path": "web", "targetRevision": "main"}, "syncSource": {"targetBranch": "env/eu"}}},
            "status": {"sourceHydrator": {"currentOperation": {"phase": phase, "drySHA": "aaaaaaaabb", "hydratedSHA": "bbbbbbbbcc", "message": "no such path"}}}})
    };
    assert_eq!(
        said("Application", application("Hydrated")),
        [
            "source hydrator web-eu Some(true): renders web main into branch env/eu: aaaaaaa is rendered as bbbbbbb; undo a commit in web main"
        ]
    );
    assert!(said("Application", application("Failed"))[0].contains("rendering aaaaaaa failed: no such path"));
    assert!(said("Application", json!({"metadata": {"name": "web-eu"}, "spec": {}})).is_empty());
}
