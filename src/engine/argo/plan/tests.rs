use super::super::tests::{app, argocd_cm, bare, hub, project};
use super::*;
use crate::domain::Timestamp;
use crate::domain::app::EngineFields;
use crate::domain::cluster::EngineInfo;
use crate::domain::event::{OtherObject, Project};
use crate::engine::Known;

pub const HEAD: &str = "51be7aa0c3d5d1f2e4a5b6c7d8e9f00112233445";

pub struct World {
    pub home: ClusterFacts,
    pub destination: Option<ClusterFacts>,
    pub projects: Vec<Project>,
    /// `None` = there is none; an error = why it is not known.
    pub cm: Result<Option<OtherObject>, &'static str>,
    pub head: Option<&'static str>,
}

pub fn world() -> World {
    World {
        home: hub(),
        destination: Some(hub()),
        projects: vec![project("default"), project("frozen"), project("frozen-manual")],
        cm: Ok(Some(argocd_cm())),
        head: None,
    }
}

pub fn plan_in(world: &World, verb: Verb, app: &App, choices: &PlanChoices) -> Plan {
    let projects: Vec<&Project> = world.projects.iter().collect();
    let now: Timestamp = "2026-11-24T03:12:58Z".parse().unwrap();
    let context = Context {
        destination: world.destination.as_ref(),
        projects: &projects,
        projects_unread: None,
        argocd_cm: match &world.cm {
            Ok(Some(cm)) => Known::Read(cm),
            Ok(None) => Known::Absent,
            Err(why) => Known::Unread((*why).into()),
        },
        head: world.head,
        ..bare(&world.home, now)
    };
    build(verb, app, choices, &context)
}

pub fn plan(verb: Verb, file: &str) -> Plan {
    plan_in(&world(), verb, &app(file), &PlanChoices::default())
}

pub fn body(plan: &Plan) -> &Value {
    match &plan.steps[..] {
        [Step::Patch(patch)] => &patch.body,
        other => panic!("{other:?} {:?}", plan.refused),
    }
}

pub fn headline(plan: &Plan) -> &str {
    assert!(plan.steps.is_empty() && plan.commands.is_empty() && plan.typed.is_none(), "a refused plan holds nothing to send");
    plan.refused.as_ref().map_or("not refused", |r| r.headline.as_str())
}

pub fn fields(app: &mut App) -> &mut ArgoFields {
    match &mut app.engine {
        EngineFields::Argo(fields) => fields,
        EngineFields::Flux(_) => panic!("not Argo"),
    }
}

pub fn pretty(plan: &Plan) -> String {
    serde_json::to_string_pretty(plan).unwrap()
}

#[test]
fn a_sync_clears_the_last_operation_and_carries_the_options_of_the_app() {
    let world = World { head: Some(HEAD), ..world() };
    let mut app = app("outofsync-manual-drift");
    fields(&mut app).retry = Some(serde_json::json!({ "limit": 5 }).into());
    let plan = plan_in(&world, Verb::Sync, &app, &PlanChoices::default());
    assert_eq!(plan.risk, Risk::Reversible);
    let body = body(&plan);
    assert!(body["status"]["operationState"].is_null() && body["status"].get("operationState").is_some());
    assert_eq!(body["metadata"]["resourceVersion"], app.resource_version.as_str());
    assert_eq!(body["operation"]["retry"]["limit"], 5);
    assert!(body["operation"]["initiatedBy"].get("automated").is_none());
    insta::assert_snapshot!(pretty(&plan));
}

#[test]
fn a_sync_of_an_object_without_status_writes_none() {
    let plan = plan(Verb::Sync, "new-object-no-status");
    assert!(body(&plan).get("status").is_none());
}

#[test]
fn only_a_commit_that_we_polled_ourselves_is_pinned() {
    assert!(body(&plan(Verb::Sync, "outofsync-manual-drift"))["operation"]["sync"].get("revision").is_none());
    let word = World { head: Some("main"), ..world() };
    assert!(
        body(&plan_in(&word, Verb::Sync, &app("outofsync-manual-drift"), &PlanChoices::default()))["operation"]["sync"]
            .get("revision")
            .is_none()
    );
    let head = World { head: Some(HEAD), ..world() };
    assert!(
        body(&plan_in(&head, Verb::Sync, &app("synced-healthy-multi-source"), &PlanChoices::default()))["operation"]["sync"]
            .get("revision")
            .is_none()
    );
}

#[test]
fn choices_go_into_the_request_and_deletions_want_the_name_typed() {
    let choices = PlanChoices { prune: true, force: true, apply_only: true, ..PlanChoices::default() };
    let plan = plan_in(&world(), Verb::Sync, &app("outofsync-requires-pruning"), &choices);
    let sync = &body(&plan)["operation"]["sync"];
    assert_eq!(sync["prune"], true);
    assert_eq!(sync["syncStrategy"], serde_json::json!({ "apply": { "force": true } }));
    assert_eq!((plan.risk, plan.typed.as_deref()), (Risk::Destructive, Some("hub")));
    insta::assert_snapshot!(pretty(&plan));
    let dry = PlanChoices { prune: true, dry_run: true, ..PlanChoices::default() };
    let plan = plan_in(&world(), Verb::Sync, &app("outofsync-requires-pruning"), &dry);
    assert_eq!((plan.risk, &body(&plan)["operation"]["sync"]["dryRun"]), (Risk::Reversible, &Value::from(true)));
}

#[test]
fn a_protected_home_or_destination_wants_the_destination_typed() {
    let protected = |name: &str| ClusterFacts { name: name.into(), protected: true, ..ClusterFacts::default() };
    let open = |name: &str| ClusterFacts { name: name.into(), ..ClusterFacts::default() };
    for (home, destination) in [(protected("hub"), open("prod-us")), (open("hub"), protected("prod-us"))] {
        let world = World { home, destination: Some(destination), ..world() };
        let plan = plan_in(&world, Verb::Sync, &app("outofsync-manual-drift"), &PlanChoices::default());
        assert_eq!((plan.risk, plan.typed.as_deref()), (Risk::Destructive, Some("prod-us")));
        assert!(plan.lines[1].text.contains("PROTECTED"));
    }
}

#[test]
fn what_must_not_be_synced_is_refused_with_the_reason() {
    for (file, expected) in [
        ("outofsync-auto-sync-held-by-window", "Not now: sync window."),
        ("operation-running-hook", "Not now: an operation is in progress."),
        ("operation-running-retry-backoff", "Not now: an operation is in progress."),
        ("operation-requested-not-picked-up", "Not now: an operation is in progress."),
        ("operation-blocked-by-sync-window", "Not now: an operation is in progress."),
        ("deleting", "Not now: being deleted."),
        ("skip-reconcile-no-status", "Not possible: Argo CD skips it."),
        ("orphaned-running-without-operation", "not refused"),
    ] {
        let plan = plan(Verb::Sync, file);
        if expected == "not refused" {
            assert!(!plan.is_refused(), "{file}");
        } else {
            assert_eq!(headline(&plan), expected, "{file}");
        }
    }
    insta::assert_snapshot!(pretty(&plan(Verb::Sync, "outofsync-auto-sync-held-by-window")));
}

#[test]
fn windows_that_cannot_be_judged_refuse_and_say_what_was_not_read() {
    let world = World { cm: Err("you may not list ConfigMaps in namespace argocd"), ..world() };
    let plan = plan_in(&world, Verb::Sync, &app("outofsync-manual-drift"), &PlanChoices::default());
    assert_eq!(headline(&plan), "Not now: sync windows cannot be judged.");
    let text = plan.refused.unwrap().text;
    assert!(text.contains("argocd-cm was not read (you may not list ConfigMaps in namespace argocd)"), "{text}");
    let world = World { cm: Ok(None), ..self::world() };
    let plan = plan_in(&world, Verb::Sync, &app("outofsync-manual-drift"), &PlanChoices::default());
    assert!(plan.refused.is_none(), "one that does not exist leaves Argo CD its defaults: {:?}", plan.refused);
}

#[test]
fn unreadable_objects_and_read_only_clusters_are_refused_for_every_verb() {
    let mut broken = app("outofsync-manual-drift");
    broken.unreadable = Some("no".into());
    let world_ro = World { home: ClusterFacts { read_only: true, ..hub() }, ..world() };
    for verb in [Verb::Sync, Verb::Refresh, Verb::HardRefresh, Verb::Suspend, Verb::Resume, Verb::Terminate, Verb::ClearOperation] {
        assert_eq!(headline(&plan_in(&world(), verb, &broken, &PlanChoices::default())), "Not possible: unreadable.");
        let plan = plan_in(&world_ro, verb, &app("outofsync-manual-drift"), &PlanChoices::default());
        assert_eq!(headline(&plan), "Not here: read-only.");
    }
}

#[test]
fn a_refresh_asks_only_where_it_would_deploy() {
    let quiet = plan(Verb::Refresh, "synced-healthy-auto");
    assert_eq!(quiet.risk, Risk::Safe);
    assert_eq!(body(&quiet), &serde_json::json!({ "metadata": { "annotations": { "argocd.argoproj.io/refresh": "normal" } } }));
    let world = World { head: Some(HEAD), ..world() };
    assert_eq!(plan_in(&world, Verb::Refresh, &app("synced-healthy-auto"), &PlanChoices::default()).risk, Risk::Reversible);
    assert_eq!(plan_in(&world, Verb::Refresh, &app("outofsync-manual-drift"), &PlanChoices::default()).risk, Risk::Safe);
    insta::assert_snapshot!(pretty(&plan_in(&world, Verb::HardRefresh, &app("synced-healthy-auto"), &PlanChoices::default())));
}

#[test]
fn auto_sync_off_keeps_the_policy_on_the_object_and_on_puts_it_back_exactly() {
    let choices = PlanChoices {
        reason: "bob's \"pool\" change".into(),
        until: Some("2026-11-24T05:13:00Z".parse().unwrap()),
        ..PlanChoices::default()
    };
    let mut on = app("synced-healthy-auto");
    let off = plan_in(&world(), Verb::Suspend, &on, &choices);
    insta::assert_snapshot!(pretty(&off));

    let note = body(&off)["metadata"]["annotations"]["driftdeck/frozen"].as_str().unwrap();
    let frozen: crate::domain::app::Frozen = serde_json::from_str(note).unwrap();
    let policy = fields(&mut on).automated_policy.clone().unwrap().value();
    assert_eq!(frozen.policy.as_ref().map(|p| p.value()), Some(policy.clone()));
    let mut off = on;
    let mut disabled = policy.clone();
    json_patch::merge(&mut disabled, &serde_json::json!({ "enabled": false }));
    off.frozen = Some(frozen);
    fields(&mut off).automated = false;
    fields(&mut off).automated_policy = Some((&disabled).into());
    let resumed = plan_in(&world(), Verb::Resume, &off, &PlanChoices::default());
    json_patch::merge(&mut disabled, &body(&resumed)["spec"]["syncPolicy"]["automated"]);
    assert_eq!(disabled, policy, "after off and on the policy is what it was");
    insta::assert_snapshot!(pretty(&resumed));
}

#[test]
fn without_a_note_resuming_only_takes_the_switch_away() {
    let plan = plan(Verb::Resume, "auto-sync-disabled-by-enabled-false");
    assert_eq!(body(&plan)["spec"]["syncPolicy"]["automated"], serde_json::json!({ "enabled": null }));
    assert!(body(&plan)["metadata"].get("annotations").is_none());
}

#[test]
fn auto_sync_is_not_switched_where_it_would_not_last_or_not_exist() {
    let old = ClusterFacts { engines: vec![EngineInfo { name: EngineKind::Argo, version: Some("v3.0.12".into()) }], ..hub() };
    let with_old = World { home: old, ..world() };
    assert_eq!(
        headline(&plan_in(&with_old, Verb::Suspend, &app("synced-healthy-auto"), &PlanChoices::default())),
        "Not with this Argo CD."
    );
    for file in ["generated-by-applicationset", "child-healthy"] {
        assert_eq!(headline(&plan(Verb::Suspend, file)), "Not here: owned by another object.", "{file}");
    }
    assert_eq!(headline(&plan(Verb::Suspend, "outofsync-manual-drift")), "Nothing to do: auto-sync is off.");
    assert_eq!(headline(&plan(Verb::Resume, "synced-healthy-auto")), "Nothing to do: auto-sync is on.");
}

#[test]
fn names_with_shell_words_stay_words_in_the_commands_of_every_verb() {
    let choices = PlanChoices { reason: "bob's; $(reboot)".into(), ..PlanChoices::default() };
    for (verb, file) in [
        (Verb::Sync, "outofsync-manual-drift"),
        (Verb::Refresh, "synced-healthy-auto"),
        (Verb::HardRefresh, "synced-healthy-auto"),
        (Verb::Suspend, "synced-healthy-auto"),
        (Verb::Resume, "auto-sync-disabled-by-enabled-false"),
        (Verb::Terminate, "operation-running-hook"),
        (Verb::ClearOperation, "operation-blocked-terminating-stuck"),
    ] {
        let mut app = app(file);
        (app.id.cluster, app.id.name, app.id.namespace) =
            (crate::domain::ids::ClusterId::new("hub $(reboot)"), "web;reboot".into(), "argo&cd".into());
        let plan = plan_in(&world(), verb, &app, &choices);
        assert!(!plan.commands.is_empty(), "{file}: {:?}", plan.refused);
        for command in &plan.commands {
            let open: String = command.replace(r"'\''", "").split('\'').step_by(2).collect();
            assert!(!open.contains(['$', ';', '&', '`', '{']), "outside of quotes: {open}");
        }
    }
}

#[test]
fn only_what_runs_is_terminated() {
    insta::assert_snapshot!(pretty(&plan(Verb::Terminate, "operation-running-hook")));
    for (file, expected) in [
        ("operation-blocked-by-sync-window", "Not possible: queued by a sync window."),
        ("operation-terminating", "Already asked."),
        ("orphaned-running-without-operation", "Nothing runs."),
        ("operation-requested-not-picked-up", "Not yet: not picked up."),
        ("synced-healthy-auto", "Nothing to terminate."),
    ] {
        assert_eq!(headline(&plan(Verb::Terminate, file)), expected, "{file}");
    }
}

#[test]
fn a_stuck_operation_can_be_cleared_and_a_running_one_cannot() {
    let clear = |file: &str| plan(Verb::ClearOperation, file);
    let plan = clear("operation-blocked-terminating-stuck");
    assert_eq!(plan.risk, Risk::Destructive);
    let asks = |plan: &Plan| (body(plan).get("operation").cloned(), body(plan).pointer("/status/operationState").cloned());
    assert_eq!(asks(&plan), (Some(Value::Null), Some(Value::Null)));
    assert_eq!(asks(&clear("orphaned-running-without-operation")), (Some(Value::Null), Some(Value::Null)));
    let requested = clear("operation-requested-not-picked-up");
    assert_eq!(asks(&requested), (Some(Value::Null), None), "the end of the operation before stays");
    assert_eq!(headline(&clear("operation-running-hook")), "Nothing to clear.");
}
