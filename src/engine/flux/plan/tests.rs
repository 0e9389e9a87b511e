use super::super::Flux;
use super::super::tests::{bare, facts, now, parse_app, parse_source, recorded, recorded_app};
use super::*;
use crate::domain::plan::{Risk, Step};
use crate::domain::source::SourceObject;
use crate::engine::{ClusterFacts, Engine};
use serde_json::Value;

fn prod() -> ClusterFacts {
    ClusterFacts { protected: true, ..facts("prod-eu") }
}

fn source(file: &str) -> SourceObject {
    let (kind, json) = recorded(file);
    parse_source(&kind, &json)
}

fn changed(file: &str, change: impl Fn(&mut Value)) -> App {
    let (kind, json) = recorded(file);
    let mut value: Value = serde_json::from_str(&json).unwrap();
    change(&mut value);
    parse_app(&kind, &value.to_string(), now())
}

fn snapshot(name: &str, plan: &Plan) {
    insta::with_settings!({ snapshot_path => "../../../../tests/snapshots/flux", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, serde_json::to_string_pretty(plan).unwrap());
    });
}

fn body(step: &Step) -> &Value {
    match step {
        Step::Patch(p) | Step::Nudge(p) => &p.body,
        Step::Revert(_) => panic!("no revert here"),
    }
}

#[test]
fn reconcile_of_a_kustomization_fetches_the_source_first() {
    let (home, git) = (facts("stage-eu"), source("gitrepository-ready.json"));
    let mut context = bare(&home, now());
    context.source = Some(&git);
    context.head = Some("3da2cc2d98e8c7b5017b5ebc3c82e469056b2fd7");
    let plan = Flux.plan(Verb::Sync, &recorded_app("kustomization-healthy-wait.json"), &PlanChoices::default(), &context);
    assert_eq!((plan.risk, plan.steps.len()), (Risk::Reversible, 2));
    assert!(matches!(plan.steps[0], Step::Nudge(_)) && matches!(plan.steps[1], Step::Patch(_)));
    snapshot("reconcile-kustomization", &plan);
}

#[test]
fn a_plan_names_the_version_that_git_asks_for_and_not_what_was_tried_or_packed_before() {
    let home = facts("stage-eu");
    let tried = |version: &str| {
        let app = changed("helmrelease-upgrade-failed-rolled-back.json", |it| {
            it["spec"]["chart"]["spec"]["version"] = version.into();
            it["status"]["lastAttemptedRevision"] = "0.9.9".into();
        });
        let plan = Flux.plan(Verb::Sync, &app, &PlanChoices { force: true, ..PlanChoices::default() }, &bare(&home, now()));
        plan.lines.into_iter().find(|l| l.label == "effect").map(|l| l.text).unwrap()
    };
    assert!(tried("2.0.1").contains("2.0.1"), "{}", tried("2.0.1"));
    assert!(tried("2.x").contains("0.9.9") && tried(">=2.0.0").contains("0.9.9"), "a range names none: {}", tried("2.x"));
}

#[test]
fn names_with_shell_words_stay_words_in_the_commands_of_every_verb() {
    let (home, mut git) = (facts("stage-eu"), source("gitrepository-ready.json"));
    (git.id.name, git.id.namespace) = ("fleet;reboot".into(), "flux system".into());
    let mut app = recorded_app("kustomization-healthy-wait.json");
    (app.id.cluster, app.id.name, app.id.namespace) =
        (crate::domain::ids::ClusterId::new("arn:x/$(reboot)"), "web`reboot`".into(), "flux'system".into());
    let mut context = bare(&home, now());
    (context.source, context.head) = (Some(&git), Some("3da2cc2d98e8c7b5017b5ebc3c82e469056b2fd7"));
    let commands = |verb, app: &App| Flux.plan(verb, app, &PlanChoices::default(), &context).commands;
    assert_eq!(
        commands(Verb::Sync, &app),
        [r"flux reconcile ks 'web`reboot`' -n 'flux'\''system' --with-source --context 'arn:x/$(reboot)'"]
    );
    assert_eq!(commands(Verb::Refresh, &app), ["flux reconcile source git 'fleet;reboot' -n 'flux system' --context 'arn:x/$(reboot)'"]);
    assert_eq!(commands(Verb::Suspend, &app), [r"flux suspend ks 'web`reboot`' -n 'flux'\''system' --context 'arn:x/$(reboot)'"]);
    app.suspended = true;
    assert_eq!(commands(Verb::Resume, &app), [r"flux resume ks 'web`reboot`' -n 'flux'\''system' --context 'arn:x/$(reboot)'"]);
}

#[test]
fn reconcile_of_a_stalled_release_resets_with_one_token_and_must_be_typed_on_a_protected_cluster() {
    let (home, git, chart) = (prod(), source("gitrepository-ready.json"), source("helmchart-ready-git.json"));
    let parent = changed("kustomization-healthy-wait.json", |v| v["metadata"]["name"] = "infra-data".into());
    let app = changed("helmrelease-upgrade-failed-rolled-back.json", |v| {
        v["metadata"]["labels"] =
            serde_json::json!({"kustomize.toolkit.fluxcd.io/name": "infra-data", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"});
    });
    let related = [&parent];
    let mut context = bare(&home, now());
    (context.source, context.chart, context.related) = (Some(&git), Some(&chart), &related);
    let plan = Flux.plan(Verb::Sync, &app, &PlanChoices::default(), &context);
    assert_eq!((plan.risk, plan.typed.as_deref()), (Risk::Destructive, Some("prod-eu")));
    let notes = &body(plan.steps.last().unwrap())["metadata"]["annotations"];
    assert_eq!(notes["reconcile.fluxcd.io/requestedAt"], notes["reconcile.fluxcd.io/resetAt"]);
    assert!(notes.get("reconcile.fluxcd.io/forceAt").is_none());
    snapshot("reconcile-helmrelease-stalled", &plan);
    let plain = Flux.plan(Verb::Sync, &app, &PlanChoices { reset: Some(false), ..PlanChoices::default() }, &context);
    assert!(plain.is_refused() && plain.steps.is_empty(), "without reset it would do nothing");
}

#[test]
fn force_is_destructive_everywhere_and_only_for_helm() {
    let home = facts("stage-eu");
    let choices = PlanChoices { force: true, ..PlanChoices::default() };
    let helm = Flux.plan(Verb::Sync, &recorded_app("helmrelease-drift-warn.json"), &choices, &bare(&home, now()));
    assert_eq!((helm.risk, helm.typed.as_deref()), (Risk::Destructive, Some("stage-eu")));
    assert!(body(&helm.steps[0])["metadata"]["annotations"].get("reconcile.fluxcd.io/forceAt").is_some());
    let kustomization = Flux.plan(Verb::Sync, &recorded_app("kustomization-healthy-wait.json"), &choices, &bare(&home, now()));
    assert_eq!(kustomization.risk, Risk::Reversible);
    assert!(body(&kustomization.steps[0])["metadata"]["annotations"].get("reconcile.fluxcd.io/forceAt").is_none());
}

#[test]
fn two_requests_of_one_frozen_moment_have_two_tokens() {
    let home = facts("stage-eu");
    let app = recorded_app("kustomization-healthy-wait.json");
    let mut context = bare(&home, now());
    let one = Flux.plan(Verb::Sync, &app, &PlanChoices::default(), &context);
    context.request_id = "77aa";
    let two = Flux.plan(Verb::Sync, &app, &PlanChoices::default(), &context);
    let token = |p: &Plan| body(&p.steps[0])["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"].as_str().unwrap().to_owned();
    assert_ne!(token(&one), token(&two));
    assert!(token(&one).parse::<crate::domain::Timestamp>().is_ok());
}

#[test]
fn refresh_is_done_at_once_only_if_it_deploys_nothing() {
    let (home, git) = (prod(), source("gitrepository-ready.json"));
    let app = recorded_app("kustomization-healthy-wait.json");
    let mut context = bare(&home, now());
    context.source = Some(&git);
    let unknown = Flux.plan(Verb::Refresh, &app, &PlanChoices::default(), &context);
    assert_eq!(unknown.risk, Risk::Destructive, "what it brings is not known");
    context.head = Some("3da2cc2d98e8c7b5017b5ebc3c82e469056b2fd7");
    let same = Flux.plan(Verb::Refresh, &app, &PlanChoices::default(), &context);
    assert_eq!((same.risk, same.typed.as_deref()), (Risk::Safe, None));
    snapshot("refresh-safe", &same);
    context.head = Some("4f2c91d8e8c7b5017b5ebc3c82e469056b2fd7aa");
    let newer = Flux.plan(Verb::Refresh, &app, &PlanChoices::default(), &context);
    assert_eq!(newer.risk, Risk::Destructive);
    assert!(newer.lines.iter().any(|l| l.label == "effect" && l.text.contains("4f2c91d") && l.text.contains("deploys")));
}

#[test]
fn suspend_writes_who_why_and_until_when_and_resume_takes_it_away() {
    let home = prod();
    let app = recorded_app("kustomization-child-with-owner-labels.json");
    let choices = PlanChoices { reason: "stop retries".into(), until: "2026-11-24T05:13:00Z".parse().ok(), ..PlanChoices::default() };
    let plan = Flux.plan(Verb::Suspend, &app, &choices, &bare(&home, now()));
    let note = body(&plan.steps[0])["metadata"]["annotations"]["driftdeck/frozen"].as_str().unwrap();
    let note: Value = serde_json::from_str(note).unwrap();
    assert_eq!((note["by"].as_str(), note["reason"].as_str(), note["v"].as_u64()), (Some("sam"), Some("stop retries"), Some(1)));
    snapshot("suspend", &plan);
    let frozen = changed("kustomization-child-with-owner-labels.json", |v| {
        v["spec"]["suspend"] = true.into();
        v["metadata"]["annotations"] = body(&plan.steps[0])["metadata"]["annotations"].clone();
    });
    assert_eq!(frozen.frozen.as_ref().map(|f| f.reason.as_str()), Some("stop retries"), "we read back what we wrote");
    let resume = Flux.plan(Verb::Resume, &frozen, &PlanChoices::default(), &bare(&home, now()));
    assert_eq!(body(&resume.steps[0])["metadata"]["annotations"]["driftdeck/frozen"], Value::Null);
    snapshot("resume", &resume);
}

#[test]
fn what_would_do_nothing_or_harm_is_refused_with_a_way_on() {
    let home = facts("stage-eu");
    let context = bare(&home, now());
    let none = PlanChoices::default();
    let cases = [
        (Verb::Sync, "kustomization-suspended-never-run.json", "Resume first: p"),
        (Verb::Sync, "kustomization-deleting.json", "It is being deleted."),
        (Verb::Refresh, "kustomization-healthy-wait.json", "Its source is not known."),
        (Verb::Resume, "kustomization-healthy-wait.json", "Nothing to do."),
        (Verb::Suspend, "helmrelease-suspended-never-run.json", "Nothing to do."),
        (Verb::HardRefresh, "kustomization-healthy-wait.json", "Flux has no hard refresh."),
        (Verb::Terminate, "kustomization-healthy-wait.json", "Flux has nothing to terminate."),
        (Verb::ClearOperation, "kustomization-healthy-wait.json", "Flux keeps no operation."),
    ];
    for (verb, file, headline) in cases {
        let plan = Flux.plan(verb, &recorded_app(file), &none, &context);
        let refusal = plan.refused.unwrap_or_else(|| panic!("{verb:?} {file} must be refused"));
        assert_eq!(refusal.headline, headline, "{verb:?} {file}");
        assert!(plan.steps.is_empty() && refusal.lines.iter().any(|l| l.label == "next"), "{verb:?} {file}");
    }
}

#[test]
fn sources_that_cannot_fetch_refuse_or_are_left_out() {
    let home = facts("stage-eu");
    let app = recorded_app("helmrelease-ready-from-helmrepository.json");
    let oci = source("helmrepository-oci-static-no-status.json");
    let mut context = bare(&home, now());
    context.source = Some(&oci);
    let refresh = Flux.plan(Verb::Refresh, &app, &PlanChoices::default(), &context);
    assert_eq!(refresh.refused.unwrap().headline, "Nothing to fetch.");
    let sync = Flux.plan(Verb::Sync, &app, &PlanChoices::default(), &context);
    assert_eq!(sync.steps.len(), 1);
    assert!(sync.options[0].off_because.as_ref().unwrap().contains("static"));
    let held = source("gitrepository-suspended-after-success.json");
    context.source = Some(&held);
    let sync = Flux.plan(Verb::Sync, &recorded_app("kustomization-healthy-wait.json"), &PlanChoices::default(), &context);
    assert_eq!(sync.refused.unwrap().headline, "Its source is suspended.");
}

#[test]
fn read_only_on_either_side_refuses_every_write() {
    let (home, read_only) = (facts("hub"), ClusterFacts { read_only: true, ..facts("prod-eu") });
    let mut context = bare(&home, now());
    context.destination = Some(&read_only);
    for verb in [Verb::Sync, Verb::Refresh, Verb::Suspend, Verb::Resume] {
        let plan = Flux.plan(verb, &recorded_app("kustomization-healthy-wait.json"), &PlanChoices::default(), &context);
        assert_eq!(plan.refused.map(|r| r.headline).as_deref(), Some("Read-only."), "{verb:?}");
        assert!(plan.steps.is_empty());
    }
}

#[test]
fn an_unreadable_object_is_never_written() {
    let home = facts("stage-eu");
    let app = changed("kustomization-healthy-wait.json", |v| v["spec"]["interval"] = "1d".into());
    for verb in [Verb::Sync, Verb::Refresh, Verb::Suspend, Verb::Resume] {
        assert!(Flux.plan(verb, &app, &PlanChoices::default(), &bare(&home, now())).is_refused());
    }
}
