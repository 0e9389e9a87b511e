use super::super::super::tests::app;
use super::super::tests::{HEAD, World, body, fields, headline, plan_in, pretty, world};
use super::*;
use crate::domain::app::App;
use crate::domain::ids::ObjectKey;
use crate::domain::plan::{PlanOption, Risk};
use crate::domain::source::SourceType;
use crate::engine::Verb;
use serde_json::{Value, json};

const OLD: &str = "0499d91b3fc46030a3e0ea5ab1795d3f6c1fbd76";

fn plan(app: &App, choices: &PlanChoices) -> Plan {
    plan_in(&World { head: Some(HEAD), ..world() }, Verb::Sync, app, choices)
}

fn sync(plan: &Plan) -> &Value {
    &body(plan)["operation"]["sync"]
}

fn row<'a>(plan: &'a Plan, name: &str) -> &'a PlanOption {
    plan.options.iter().find(|o| o.name == name).unwrap_or_else(|| panic!("no option {name}: {:?}", plan.options))
}

fn all(more: PlanChoices) -> PlanChoices {
    PlanChoices { more: true, ..more }
}

#[test]
fn every_option_goes_into_the_request_and_only_what_was_chosen() {
    let app = app("outofsync-requires-pruning");
    let plain = plan(&app, &PlanChoices::default());
    let keys = |v: &Value| v.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(sync(&plain)), ["revision", "syncOptions", "syncStrategy"]);
    assert_eq!(keys(&body(&plain)["operation"]), ["info", "initiatedBy", "sync"]);
    assert_eq!(row(&plain, "more").value, None);
    let choices = PlanChoices {
        prune: true,
        apply_only: true,
        out_of_sync_only: Some(true),
        replace: Some(true),
        revision: OLD.into(),
        retry: "3".into(),
        ..PlanChoices::default()
    };
    let plan = plan(&app, &all(choices));
    assert_eq!(sync(&plan)["syncOptions"], json!(["CreateNamespace=true", "ApplyOutOfSyncOnly=true", "Replace=true"]));
    assert_eq!((&sync(&plan)["revision"], &body(&plan)["operation"]["retry"]), (&json!(OLD), &json!({ "limit": 3 })));
    assert_eq!(plan.risk, Risk::Destructive);
    insta::assert_snapshot!(pretty(&plan));
}

#[test]
fn the_hooks_that_would_be_skipped_are_those_that_the_last_sync_ran() {
    let text = |file: &str| row(&plan(&app(file), &PlanChoices::default()), "apply_only").text.clone();
    assert_eq!(text("operation-failed-hook"), "skips hooks cleanup and migrate-fail");
    assert_eq!(text("outofsync-requires-pruning"), "skips hooks; the last sync tells of none");
}

#[test]
fn three_kinds_that_change_are_listed_as_people_list_them() {
    use crate::domain::status::Sync;
    let mut app = app("outofsync-requires-pruning");
    let one = app.resources[0].clone();
    let kind = |kind: &str| {
        let mut r = one.clone();
        (r.key.kind, r.sync, r.requires_pruning, r.hook) = (kind.into(), Some(Sync::OutOfSync), false, false);
        r
    };
    app.resources = ["ConfigMap", "Deployment", "Service"].map(kind).into();
    let plan = plan(&app, &PlanChoices::default());
    let effect = plan.lines.iter().find(|l| l.label == "effect").unwrap();
    assert_eq!(effect.text, "1 ConfigMap, 1 Deployment and 1 Service change");
}

#[test]
fn an_option_of_the_app_stays_unless_it_is_switched_off_and_then_leaves_the_request() {
    let mut app = app("outofsync-manual-drift");
    fields(&mut app).sync_options = vec!["ServerSideApply=true".into(), "PruneLast=true".into()];
    let kept = plan(&app, &all(PlanChoices::default()));
    assert!(row(&kept, "server_side").on && row(&kept, "server_side").text.contains("the app has it on"));
    assert_eq!(sync(&kept)["syncOptions"], json!(["ServerSideApply=true", "PruneLast=true"]));
    let off = plan(&app, &all(PlanChoices { server_side: Some(false), ..PlanChoices::default() }));
    assert_eq!(sync(&off)["syncOptions"], json!(["PruneLast=true"]));
    assert!(off.commands.iter().all(|c| !c.starts_with("argocd")), "its program cannot switch an option off: {:?}", off.commands);
    let more = plan(&app, &all(PlanChoices { replace: Some(true), ..PlanChoices::default() }));
    assert!(more.commands.iter().all(|c| !c.starts_with("argocd")), "given one option, its program drops those of the app");
}

#[test]
fn the_command_of_argocd_is_offered_where_it_asks_for_the_same() {
    let mut app = app("outofsync-manual-drift");
    fields(&mut app).sync_options.clear();
    let choices = PlanChoices {
        server_side: Some(true),
        out_of_sync_only: Some(true),
        retry: "2".into(),
        resources: app.resources[..1].iter().map(|r| r.key.clone()).collect(),
        only_resources: true,
        ..PlanChoices::default()
    };
    let command = plan(&app, &choices).commands.remove(0);
    let key = &app.resources[0].key;
    let resource = format!("--resource {}:{}:{}/{}", key.group, key.kind, key.namespace, key.name);
    for part in ["argocd app sync", "--server-side", "--apply-out-of-sync-only", "--retry-limit 2", resource.as_str()] {
        assert!(command.contains(part), "{part}: {command}");
    }
}

#[test]
fn force_is_off_with_server_side_apply_and_on_again_with_replace() {
    let mut app = app("outofsync-manual-drift");
    fields(&mut app).sync_options = vec!["ServerSideApply=true".into()];
    let forced = PlanChoices { force: true, ..PlanChoices::default() };
    let both = plan(&app, &all(forced.clone()));
    assert_eq!(row(&both, "force").off_because.as_deref(), Some("not with server-side apply: Argo CD refuses the two together"));
    assert_eq!(sync(&both)["syncStrategy"], json!({ "hook": {} }), "and is not sent");
    assert_eq!(both.risk, Risk::Reversible);
    for other in [PlanChoices { server_side: Some(false), ..forced.clone() }, PlanChoices { replace: Some(true), ..forced }] {
        let plan = plan(&app, &all(other));
        assert_eq!((row(&plan, "force").on, &sync(&plan)["syncStrategy"]), (true, &json!({ "hook": { "force": true } })));
        assert_eq!(plan.risk, Risk::Destructive);
    }
}

#[test]
fn replace_is_weighed_like_a_deletion_even_where_the_app_itself_says_so() {
    let mut app = app("outofsync-manual-drift");
    let chosen = PlanChoices { replace: Some(true), ..PlanChoices::default() };
    assert_eq!((plan(&app, &chosen).risk, plan(&app, &chosen).typed.as_deref()), (Risk::Destructive, Some("hub")));
    assert_eq!(plan(&app, &PlanChoices { dry_run: true, ..chosen }).risk, Risk::Reversible);
    fields(&mut app).sync_options = vec!["Replace=true".into()];
    assert_eq!(plan(&app, &PlanChoices::default()).risk, Risk::Destructive);
}

#[test]
fn only_what_differs_is_nothing_where_nothing_does() {
    let mut app = app("outofsync-manual-drift");
    app.resources.iter_mut().for_each(|r| r.sync = Some(crate::domain::status::Sync::Synced));
    let effect = |choices: &PlanChoices| plan(&app, choices).lines.into_iter().find(|l| l.label == "effect").unwrap().text;
    assert_eq!(effect(&PlanChoices::default()), "nothing differs; everything is applied again");
    let only = PlanChoices { out_of_sync_only: Some(true), ..PlanChoices::default() };
    assert_eq!(effect(&only), "nothing differs, and only what differs is applied");
}

#[test]
fn only_resources_of_the_app_are_asked_for_and_the_plan_says_what_that_leaves_out() {
    let app = app("outofsync-requires-pruning");
    let (left, kept) = app.resources.iter().partition::<Vec<_>, _>(|r| r.requires_pruning);
    let choose = |key: &ObjectKey| PlanChoices { resources: vec![key.clone()], only_resources: true, ..PlanChoices::default() };
    let plan = plan(&app, &choose(&kept[0].key));
    let key = &kept[0].key;
    assert_eq!(sync(&plan)["resources"], json!([{ "kind": key.kind, "name": key.name, "namespace": key.namespace }]), "no group: the core");
    let said = |plan: &Plan, text: &str| plan.lines.iter().any(|l| l.text.contains(text));
    assert!(said(&plan, "no hooks run") && said(&plan, "no history entry"), "{:?}", plan.lines);
    assert_eq!(row(&plan, "prune").text, "nothing to delete as far as Argo compared", "what is not marked is not deleted");
    let other = self::plan(&app, &PlanChoices { prune: true, ..choose(&left[0].key) });
    assert!(said(&other, "DELETED, of what is marked"), "{:?}", other.lines);
    let off = self::plan(&app, &PlanChoices { only_resources: false, ..choose(key) });
    assert_eq!((sync(&off).get("resources"), row(&off, "resources").on), (None, false));
    let mut hook = app.clone();
    hook.resources[0].hook = true;
    assert_eq!(headline(&self::plan(&hook, &choose(&hook.resources[0].key))), "Not among its resources.");
    assert_eq!(headline(&self::plan(&app, &choose(&ObjectKey::new("", "Secret", "x", "gone")))), "Not among its resources.");
}

#[test]
fn a_resource_without_a_namespace_is_the_one_of_that_name_and_never_one_of_two() {
    let mut app = app("outofsync-manual-drift");
    let key = app.resources[0].key.clone();
    let bare = ObjectKey { namespace: "".into(), ..key.clone() };
    let choices = PlanChoices { resources: vec![bare], only_resources: true, ..PlanChoices::default() };
    assert_eq!(sync(&plan(&app, &choices))["resources"][0]["namespace"], key.namespace.as_str());
    let mut twin = app.resources[0].clone();
    twin.key.namespace = "elsewhere".into();
    app.resources.push(twin);
    assert_eq!(headline(&plan(&app, &choices)), "Not among its resources.");
}

#[test]
fn a_revision_that_is_not_known_leaves_nothing_to_send_and_one_that_is_goes_whole() {
    let app = app("outofsync-manual-drift");
    let at = |revision: &str, commit: Option<&str>| {
        plan(&app, &all(PlanChoices { revision: revision.into(), commit: commit.map(str::to_owned), ..PlanChoices::default() }))
    };
    let unknown = at("nope", None);
    assert!(unknown.steps.is_empty() && unknown.commands.is_empty());
    assert_eq!(unknown.invalid().unwrap().1, "no commit, branch or tag nope is known here; a whole commit id always works");
    let known = at("release", Some(OLD));
    assert_eq!((&sync(&known)["revision"], row(&known, "revision").value.as_deref()), (&json!(OLD), Some("release")));
    let says = |plan: &Plan| plan.lines.iter().map(|l| l.text.clone()).collect::<Vec<_>>().join("\n");
    assert!(says(&known).contains("git still says") && says(&known).contains("0499d91, chosen"), "{}", says(&known));
    let pruned = plan(&app, &PlanChoices { prune: true, revision: OLD.into(), ..PlanChoices::default() });
    assert!(says(&pruned).contains("what it does not have is DELETED"), "what the head lacks tells nothing of it: {}", says(&pruned));
    assert!(row(&pruned, "prune").text.contains("deletes what 0499d91 does not have"));
    let head = at(&HEAD.to_uppercase(), None);
    assert_eq!(sync(&head)["revision"], HEAD);
}

#[test]
fn no_revision_is_chosen_where_auto_sync_or_other_sources_would_decide() {
    let why = |app: &App| {
        row(&plan(app, &all(PlanChoices { revision: OLD.into(), ..PlanChoices::default() })), "revision").off_because.clone().unwrap()
    };
    let auto = app("synced-healthy-auto");
    assert!(why(&auto).contains("auto-sync is on"), "{}", why(&auto));
    assert_eq!(sync(&plan(&auto, &all(PlanChoices { revision: OLD.into(), ..PlanChoices::default() })))["revision"], HEAD);
    assert!(why(&app("synced-healthy-multi-source")).contains("several sources"));
    let mut hydrated = app("outofsync-manual-drift");
    fields(&mut hydrated).has_hydrator = true;
    assert!(why(&hydrated).contains("hydrator"));
}

#[test]
fn a_chart_is_synced_at_one_version_and_not_at_a_range() {
    let mut app = app("outofsync-manual-drift");
    (app.sources[0].source_type, app.sources[0].chart) = (SourceType::Helm, Some("redis".into()));
    let at = |revision: &str| plan(&app, &all(PlanChoices { revision: revision.into(), ..PlanChoices::default() }));
    assert_eq!(sync(&at("18.4.1"))["revision"], "18.4.1");
    for range in [">=1.0", "18.*", "18.x || 19.x"] {
        assert!(at(range).invalid().is_some() && at(range).steps.is_empty(), "{range}");
    }
}

#[test]
fn a_chosen_retry_keeps_the_pauses_of_the_app_and_none_means_none() {
    let mut app = app("outofsync-manual-drift");
    fields(&mut app).retry = Some(json!({ "limit": 5, "backoff": { "duration": "10s" } }).into());
    let at = |text: &str| plan(&app, &all(PlanChoices { retry: text.into(), ..PlanChoices::default() }));
    assert_eq!(body(&at(""))["operation"]["retry"], json!({ "limit": 5, "backoff": { "duration": "10s" } }));
    assert_eq!(body(&at("2"))["operation"]["retry"], json!({ "limit": 2, "backoff": { "duration": "10s" } }));
    assert!(body(&at("0"))["operation"].get("retry").is_none());
    for bad in ["-1", "many", "101", "2.5"] {
        assert!(at(bad).invalid().is_some() && at(bad).steps.is_empty(), "{bad}");
    }
}
