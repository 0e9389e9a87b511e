use super::super::super::tests::app;
use super::super::tests::{World, body, fields, headline, plan_in, pretty, world};
use super::*;
use crate::domain::app::App;
use crate::domain::history::Moved;
use crate::domain::plan::Risk;
use crate::engine::{ClusterFacts, Verb};

fn to(app: &App, id: i64) -> Plan {
    plan_in(&world(), Verb::RollBackTo, app, &PlanChoices { history: Some(id), ..PlanChoices::default() })
}

fn steps(plan: &Plan) -> Vec<(String, String)> {
    let word = |s: &Value, key: &str| s[key].as_str().unwrap_or_default().to_owned();
    body(plan).as_array().unwrap().iter().map(|s| (word(s, "op"), word(s, "path"))).collect()
}

#[test]
fn an_entry_is_deployed_with_its_own_source_by_a_patch_that_proves_it_is_that_entry() {
    let app = app("rolled-back-by-history-revision");
    assert_eq!(app.history.iter().map(|h| h.id).collect::<Vec<_>>(), [Some(2), Some(1), Some(0)], "newest first here, oldest first there");
    let plan = to(&app, 0);
    let value = &body(&plan)[2]["value"];
    assert_eq!(body(&plan)[0], json!({ "op": "test", "path": "/status/history/0/id", "value": 0 }));
    assert_eq!(value["sync"]["revision"], "ffcc49aa615896db7fb7ad44e1bed1f9e6970d50");
    assert_eq!(value["sync"]["syncStrategy"], json!({ "apply": {} }));
    assert_eq!(value["sync"]["syncOptions"], json!(["CreateNamespace=true"]), "of the app: its controller looks nowhere else");
    assert_eq!(body(&plan)[3], json!({ "op": "copy", "from": "/status/history/0/source", "path": "/operation/sync/source" }));
    assert_eq!(steps(&plan).last().unwrap(), &("remove".into(), "/status/operationState".into()));
    assert!(plan.title.starts_with("Temporary rollback of "), "{}", plan.title);
    insta::assert_snapshot!(pretty(&plan));
}

#[test]
fn a_state_that_is_not_there_is_not_removed() {
    let mut app = app("rolled-back-by-history-revision");
    fields(&mut app).operation_state_present = false;
    assert!(steps(&to(&app, 1)).iter().all(|(op, _)| op != "remove"), "a server refuses to remove what is absent");
}

#[test]
fn several_sources_go_back_together() {
    let mut app = app("rolled-back-by-history-revision");
    app.history[1].revisions = vec!["a".repeat(40).into(), "b".repeat(40).into()].into();
    let plan = to(&app, 1);
    assert_eq!(body(&plan)[2]["value"]["sync"]["revisions"], json!(["a".repeat(40), "b".repeat(40)]));
    assert!(body(&plan)[2]["value"]["sync"].get("revision").is_none());
    assert_eq!(body(&plan)[3]["from"], "/status/history/1/sources");
}

#[test]
fn where_it_would_not_last_or_not_be_checked_it_is_refused() {
    let app = app("rolled-back-by-history-revision");
    assert_eq!(headline(&to(&app, 7)), "Nothing to go back to.");
    let change = |change: &dyn Fn(&mut App)| {
        let mut app = app.clone();
        change(&mut app);
        headline(&to(&app, 0)).to_owned()
    };
    assert_eq!(change(&|a| fields(a).automated = true), "Not while auto-sync is on.");
    assert_eq!(change(&|a| fields(a).has_hydrator = true), "Not with a hydrator.");
    assert_eq!(change(&|a| a.history[2].revision = "".into()), "Nothing to go back to.");
    let moved = |is_other_repo| Some(Box::new(Moved { from: "path old".into(), is_other_repo, fields: vec!["helm.values".into()] }));
    assert_eq!(change(&|a| a.history[2].moved = moved(true)), "From another repository.");
    assert_eq!(change(&|a| a.deleting = true), "Not now: being deleted.");
    let mut other_path = app.clone();
    other_path.history[2].moved = moved(false);
    assert!(to(&other_path, 0).lines.iter().any(|l| l.text == "with the source of that time: path old; helm.values not as now"));
}

#[test]
fn the_plan_always_says_whether_the_source_of_that_time_is_the_one_of_now() {
    let app = app("rolled-back-by-history-revision");
    let of_source = |app: &App| to(app, 0).lines.iter().filter(|l| l.text.starts_with("with the source of that time: ")).count();
    assert_eq!(of_source(&app), 1);
    let mut other = app;
    other.history[2].moved = Some(Box::new(Moved { from: String::new(), is_other_repo: false, fields: vec!["kustomize.images".into()] }));
    assert!(to(&other, 0).lines.iter().any(|l| l.text == "with the source of that time: kustomize.images not as now"));
}

#[test]
fn prune_and_a_protected_cluster_want_the_name_typed() {
    let app = app("rolled-back-by-history-revision");
    let with = |prune, dry_run, protected| {
        let destination = ClusterFacts { name: "prod-us".into(), protected, ..ClusterFacts::default() };
        let choices = PlanChoices { history: Some(0), prune, dry_run, ..PlanChoices::default() };
        plan_in(&World { destination: Some(destination), ..world() }, Verb::RollBackTo, &app, &choices)
    };
    assert_eq!(with(false, false, false).risk, Risk::Reversible);
    assert_eq!(with(true, true, false).risk, Risk::Reversible);
    for plan in [with(true, false, false), with(false, false, true)] {
        assert_eq!((plan.risk, plan.typed.as_deref()), (Risk::Destructive, Some("prod-us")));
    }
    assert_eq!(body(&with(true, false, false))[2]["value"]["sync"]["prune"], true);
}
