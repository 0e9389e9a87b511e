//! Verdicts that rest on more than the object: live pods, log, source, dependency, our own poll.

use super::*;
use crate::domain::event::LiveNode;
use crate::domain::history::LedgerEntry;
use crate::domain::ids::ObjectKey;
use crate::domain::status::{Health, HealthBy, Phase, Severity};
use crate::domain::verdict::{Verdict, Weight};
use crate::engine::existing::Existing;

const BAD: &str = "4f2c91d8e8c7b5017b5ebc3c82e469056b2fd7aa";
const GOOD: &str = "e77a310ac5c5a28d5c6d6955eb38d103bc6258ea";

fn node(depth: usize, kind: &str, name: &str, health: Health, note: &str) -> LiveNode {
    LiveNode {
        key: ObjectKey::new("", kind, "payments", name),
        depth,
        uid: name.into(),
        created_at: "2026-11-24T02:55:40Z".parse().ok(),
        health: Some(health),
        note: note.into(),
        message: String::new(),
        exists: true,
        container: None,
        reason: None,
        restarts: 0,
        exit_code: None,
        ended_at: None,
        memory: None,
        deadline_at: None,
        held_by: Vec::new(),
        edit: None,
        needs: Vec::new(),
        image: None,
        unread: None,
    }
}

fn pod(name: &str, reason: &str, restarts: i64) -> LiveNode {
    let container = Some("payments".to_owned());
    LiveNode {
        container,
        reason: Some(reason.into()),
        restarts,
        exit_code: Some(1),
        ended_at: None,
        memory: None,
        deadline_at: None,
        held_by: Vec::new(),
        edit: None,
        needs: Vec::new(),
        ..node(2, "Pod", name, Health::Degraded, "exit 1, 7x")
    }
}

fn tree() -> Vec<LiveNode> {
    let mut out = vec![
        node(0, "Deployment", "payments", Health::Degraded, "3 of 4 ready"),
        node(1, "ReplicaSet", "payments-6c9f", Health::Degraded, "new, 0 of 2"),
        pod("payments-6c9f-x2x4k", "CrashLoopBackOff", 7),
        pod("payments-6c9f-aaaaa", "CrashLoopBackOff", 6),
        node(1, "ReplicaSet", "payments-58d7", Health::Healthy, "old, 3 of 3"),
    ];
    out.extend((0..3).map(|i| node(2, "Pod", &format!("payments-58d7-{i}"), Health::Healthy, "")));
    out
}

/// The failing app of the recorded night, with its revisions renamed.
fn payments(file: &str) -> App {
    let (kind, json) = recorded(file);
    let json = json.replace("3ad59b68ed7c112263561fb1ed9a69121d5b1a57", BAD).replace("7ab02084dc5c5a28d5c6d6955eb38d103bc6258e", GOOD);
    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    value["metadata"]["name"] = "payments".into();
    parse_app(&kind, &value.to_string(), now())
}

/// Two seconds after the newest thing the object tells.
fn soon_after(app: &App) -> Timestamp {
    let newest = app.conditions.iter().filter_map(|c| c.since).max().unwrap();
    newest + jiff::SignedDuration::from_secs(2)
}

fn judge(app: &App, context: &Context<'_>) -> Verdict {
    Flux.verdict(app, context)
}

#[test]
fn a_crash_loop_of_a_new_commit_is_told_with_its_pods_and_who_still_serves() {
    let (home, tree, app) = (facts("prod-eu"), tree(), payments("kustomization-health-check-failed-timeout.json"));
    let good =
        LedgerEntry { app: app.id.clone(), revision: GOOD.into(), first_at: now(), last_at: "2026-11-24T02:55:44Z".parse().unwrap() };
    let mut context = bare(&home, now());
    context.tree = Some(&tree);
    context.log_line = Some("too many connections for role \"payments\"");
    context.last_good = Some(&good);
    let verdict = judge(&app, &context);
    assert_eq!(
        verdict.sentence,
        "4f2c91d does not start on prod-eu: new payments pods exit 1, 7 restarts in 17m. It is already applied; 3 of 4 old pods still serve. \
         Flux still shows e77a310 because its health check has not passed."
    );
    assert_eq!(verdict.next[0].key, "R");
    assert!(verdict.next[0].text.contains("e77a310, healthy until 02:55:44"), "{:?}", verdict.next);
    let lines: Vec<_> = verdict.evidence.iter().map(|e| (e.what.as_str(), e.value.as_str())).collect();
    assert_eq!(lines[0], ("Deployment payments", "2 pods fail, 3 of 4 ready"));
    assert_eq!(lines[1], ("Pod payments-6c9f-x2x4k", "CrashLoopBackOff, exit 1, 7 restarts"));
    assert_eq!(lines[2], ("its log, last line", "too many connections for role \"payments\""));
    assert_eq!(lines[3].0, "Kustomization payments");
    assert_eq!(verdict.log_of, Some(tree[2].key.clone()), "L opens the log of the pod that is told");
}

#[test]
fn a_retry_that_checks_health_keeps_the_words_and_says_when_it_ends() {
    let home = facts("prod-eu");
    let (kind, json) = recorded("kustomization-health-check-failed-timeout.json");
    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    for condition in value["status"]["conditions"].as_array_mut().unwrap() {
        let name = condition["type"].as_str().unwrap().to_owned();
        condition["lastTransitionTime"] = "2026-11-24T03:12:10Z".into();
        condition["reason"] = "Progressing".into();
        if name != "Reconciling" {
            condition["status"] = "Unknown".into();
        }
    }
    let app = parse_app(&kind, &value.to_string(), now());
    assert_eq!((app.severity(), app.health), (Severity::Failed, Health::Degraded));
    let verdict = judge(&app, &bare(&home, now()));
    assert_eq!(verdict.short, "health check failed, trying again");
    assert_eq!(verdict.soon.as_deref(), Some("A new commit starts after this health check: by 03:13:10 (30s). Nothing else holds it."));
}

#[test]
fn live_objects_of_an_app_that_flux_does_not_assess_are_judged_by_us() {
    let (home, mut tree) = (facts("prod-eu"), tree());
    let mut app = recorded_app("kustomization-applied-no-wait.json");
    (app.health, app.health_by) = (Health::Degraded, HealthBy::Computed);
    let mut context = bare(&home, soon_after(&app));
    context.tree = Some(&tree);
    assert_eq!(judge(&app, &context).short, "crash loop 7x: payments exits 1");
    tree.retain(|n| n.restarts != 6);
    for pod in tree.iter_mut().filter(|n| n.restarts == 7) {
        (pod.reason, pod.image, pod.restarts) = (Some("ImagePullBackOff".into()), Some("registry.example.com/search:9.2-rc1".into()), 0);
    }
    let mut context = bare(&home, soon_after(&app));
    context.tree = Some(&tree);
    assert_eq!(
        judge(&app, &context).short,
        "image search:9.2-rc1 cannot be pulled",
        "a missing tag is not known from ImagePullBackOff alone"
    );
    let mut told = tree.clone();
    told[2].note = "manifest not found".into();
    context.tree = Some(&told);
    assert_eq!(judge(&app, &context).short, "image search:9.2-rc1 not found");
    let mut killed = told.clone();
    (killed[2].reason, killed[2].restarts) = (Some("OOMKilled".into()), 4);
    context.tree = Some(&killed);
    assert_eq!(judge(&app, &context).short, "out of memory 4x: payments");
}

#[test]
fn a_failing_source_makes_green_rows_old() {
    let home = facts("prod-eu");
    let (kind, json) = recorded("gitrepository-failing-with-old-artifact.json");
    let source = parse_source(&kind, &json);
    let mut context = bare(&home, "2026-11-24T01:18:47Z".parse().unwrap());
    context.source = Some(&source);
    let app = recorded_app("kustomization-green-but-stale-source-failing.json");
    let verdict = judge(&app, &context);
    assert_eq!(verdict.short, "source stale: repository not found");
    assert!(verdict.is_old, "nothing newer can have come in");
    let mut first = context.clone();
    first.now = source.ready_since.unwrap() + jiff::SignedDuration::from_secs(20);
    assert!(!judge(&app, &first).is_old, "its first failure, within an interval and a fetch");
    let hourly = SourceObject { interval: Some(3600), ..source.clone() };
    first.source = Some(&hourly);
    first.now = source.ready_since.unwrap() + jiff::SignedDuration::from_secs(800);
    assert!(!judge(&app, &first).is_old, "an hourly source is not missed yet");
    first.now = source.ready_since.unwrap() + jiff::SignedDuration::from_secs(1000);
    assert!(judge(&app, &first).is_old, "but now it is in its back-off");
    assert!(verdict.sentence.contains("nothing newer can arrive") && verdict.sentence.contains("cbec0f7"), "{}", verdict.sentence);
    let mut auth = source.clone();
    auth.message = "unable to clone: authentication required".into();
    context.source = Some(&auth);
    assert_eq!(judge(&recorded_app("helmrelease-ready.json"), &context).short, "source stale: fetch fails 26m, auth");
}

#[test]
fn a_head_that_is_not_fetched_yet_is_named_only_for_branches() {
    let home = facts("prod-eu");
    let app = recorded_app("kustomization-healthy-wait.json");
    let mut context = bare(&home, soon_after(&app));
    let (kind, json) = recorded("gitrepository-ready.json");
    let branch = parse_source(&kind, &json);
    (context.source, context.head) = (Some(&branch), Some(BAD));
    let verdict = judge(&app, &context);
    assert_eq!((verdict.short.as_str(), verdict.next_word.as_str()), ("4f2c91d not fetched yet (every 1m)", "refresh"));
    let (kind, json) = recorded("gitrepository-ready-tag.json");
    let tag = parse_source(&kind, &json);
    context.source = Some(&tag);
    assert_eq!(judge(&app, &context).short, "");
}

#[test]
fn a_source_that_is_behind_the_remote_for_too_long_makes_its_rows_old_and_a_head_that_just_moved_does_not() {
    let home = facts("prod-eu");
    let app = recorded_app("kustomization-healthy-wait.json");
    let (kind, json) = recorded("gitrepository-ready.json");
    let source = parse_source(&kind, &json);
    assert_eq!(source.interval, Some(60));
    let seen = |seconds: i64| {
        let now = soon_after(&app);
        let head_since = Some(now - jiff::SignedDuration::from_secs(seconds));
        let verdict = judge(&app, &Context { source: Some(&source), head: Some(BAD), head_since, ..bare(&home, now) });
        (verdict.short, verdict.is_old)
    };
    assert_eq!(seen(10), ("4f2c91d not fetched yet (every 1m)".into(), false));
    assert_eq!(seen(110), ("4f2c91d not fetched yet (every 1m)".into(), false), "an interval and a fetch");
    assert_eq!(seen(1320), (format!("source {} is behind for 22m", source.id.name), true));
}

#[test]
fn a_suspended_source_is_told_and_leaves_a_row_green_only_while_git_holds_nothing_newer() {
    let home = facts("prod-eu");
    let app = recorded_app("kustomization-healthy-wait.json");
    let (kind, json) = recorded("gitrepository-ready.json");
    let held = SourceObject { suspended: true, ..parse_source(&kind, &json) };
    let own = crate::domain::commit::bare_revision(held.revision.as_deref().unwrap()).to_owned();
    let with = |head: Option<&str>| {
        let verdict = judge(&app, &Context { source: Some(&held), head, ..bare(&home, soon_after(&app)) });
        assert!(verdict.short.ends_with("is suspended"), "{}", verdict.short);
        verdict.is_old
    };
    assert_eq!((with(Some(&own)), with(Some(BAD)), with(None)), (false, true, true));
}

#[test]
fn a_chart_that_cannot_be_fetched_makes_its_release_old() {
    let home = facts("prod-eu");
    let app = recorded_app("helmrelease-ready.json");
    let (kind, json) = recorded("helmchart-version-missing.json");
    let chart = parse_source(&kind, &json);
    let now = chart.ready_since.unwrap() + jiff::SignedDuration::from_mins(30);
    let verdict = judge(&app, &Context { chart: Some(&chart), ..bare(&home, now) });
    assert!(verdict.is_old && verdict.short.contains(" 30m"), "{}", verdict.short);
}

#[test]
fn a_waiting_app_tells_how_its_dependency_fares() {
    let home = facts("prod-eu");
    let other = recorded_app("kustomization-health-check-failed-crashloop.json");
    let related = [&other];
    let mut context = bare(&home, "2026-11-24T01:32:36Z".parse().unwrap());
    context.related = &related;
    let verdict = judge(&recorded_app("kustomization-dependency-not-ready.json"), &context);
    assert_eq!(verdict.short, "waits for crash (dependsOn)");
    assert!(verdict.sentence.contains("crash has failed for 1h"), "{}", verdict.sentence);
    assert!(verdict.evidence.iter().any(|e| e.what == "Kustomization crash" && e.weight == Weight::Bad));
}

#[test]
fn a_freeze_without_a_note_says_how_long_and_who_set_the_field() {
    let home = facts("stage-eu");
    let app = recorded_app("helmrelease-suspended-after-success.json");
    assert_eq!(app.since, "2026-11-24T01:38:14Z".parse().ok());
    let verdict = judge(&app, &bare(&home, now()));
    assert_eq!(verdict.short, "1h, no reason, not explained");
    assert!(verdict.sentence.contains("kubectl-patch"), "{}", verdict.sentence);
    let mut child = app.clone();
    if let crate::domain::app::EngineFields::Flux(f) = &mut child.engine {
        f.parent = Some(("flux-system".into(), "apps".into()));
    }
    assert_eq!(judge(&child, &bare(&home, now())).short, "1h, no reason, not in git");
    child.frozen = Some(crate::domain::app::Frozen {
        by: "mia".into(),
        reason: "database move".into(),
        since: "2026-11-21T03:00:00Z".parse().ok(),
        until: "2026-11-27T09:00:00Z".parse().ok(),
        ..Default::default()
    });
    let verdict = judge(&child, &bare(&home, now()));
    assert_eq!(verdict.short, "by mia: database move, until Fri 09:00");
    assert!(verdict.sentence.starts_with("mia suspended ok-repo 3d ago: \"database move\""), "{}", verdict.sentence);
}

#[test]
fn a_row_that_fails_to_build_keeps_its_words_while_flux_tries_again() {
    let (kind, json) = recorded("kustomization-build-failed.json");
    let failed = parse_app(&kind, &json, now());
    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let conditions = value["status"]["conditions"].as_array_mut().unwrap();
    conditions[0]["reason"] = "Progressing".into();
    conditions[1]["status"] = "Unknown".into();
    conditions[1]["reason"] = "Progressing".into();
    let again = parse_app(&kind, &value.to_string(), now());
    assert_ne!(again.operation.as_ref().map(|o| o.phase), Some(Phase::Failed), "alone the object does not tell");
    let settled = Flux.settle(&failed, again.clone());
    assert_eq!((settled.severity(), &settled.conditions), (Severity::Failed, &failed.conditions));
    let other = json_with_revision(&value);
    assert_ne!(Flux.settle(&failed, parse_app(&kind, &other, now())).severity(), Severity::Failed, "a new commit is a new state");
    let mut changed = again;
    changed.generation += 1;
    assert_ne!(Flux.settle(&failed, changed).severity(), Severity::Failed, "a changed spec is a new state");
}

fn json_with_revision(value: &serde_json::Value) -> String {
    value.to_string().replace("3da2cc2d98e8c7b5017b5ebc3c82e469056b2fd7", BAD)
}

#[test]
fn a_row_has_a_message_exactly_when_something_is_not_well() {
    let home = facts("prod-eu");
    let mut seen = 0;
    for (file, kind) in [
        ("kustomization-two-quiet-periods-json.json", "Kustomization"),
        ("kustomization-bad-commit-then-git-revert.json", "Kustomization"),
        ("helmrelease-upgrade-failed-rollback-retry-stalled.json", "HelmRelease"),
    ] {
        for (t, app) in super::streams::stream(file, kind) {
            let verdict = judge(&app, &bare(&home, soon_after(&app)));
            assert_eq!(verdict.short.is_empty(), app.is_green(), "{file} at {t}: {:?} {}", app.severity(), verdict.short);
            assert_eq!(verdict.sentence.is_empty(), verdict.short.is_empty(), "{file} at {t}");
            assert!(!verdict.evidence.is_empty() && !verdict.next_word.is_empty(), "{file} at {t}");
            seen += 1;
        }
    }
    assert_eq!(seen, 54);
}

#[test]
fn a_controller_that_has_gone_silent_is_noticed_from_the_objects_alone() {
    let home = facts("prod-eu");
    let later = |app: &App, seconds: i64| soon_after(app) + jiff::SignedDuration::from_secs(seconds);
    let quiet = recorded_app("kustomization-healthy-wait.json");
    assert_eq!(judge(&quiet, &bare(&home, later(&quiet, 200))).short, "", "an interval and some slack are normal");
    assert_eq!(judge(&quiet, &bare(&home, later(&quiet, 840))).short, "not run for 14m (every 1m)");
    let running = recorded_app("kustomization-reconciling-building.json");
    assert_eq!(judge(&running, &bare(&home, later(&running, 100))).short, "");
    assert_eq!(judge(&running, &bare(&home, later(&running, 600))).short, "run hangs for 10m");
    let slow = recorded_app("kustomization-drifted-live-not-visible.json");
    assert_eq!(judge(&slow, &bare(&home, later(&slow, 840))).short, "applied, health not assessed", "its interval is 10m");
}

#[test]
fn a_request_without_an_answer_says_so_after_two_minutes() {
    let home = facts("prod-eu");
    let (kind, json) = recorded("helmrelease-ready.json");
    let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
    value["metadata"]["annotations"] = serde_json::json!({"reconcile.fluxcd.io/requestedAt": "2026-11-24T03:12:00.5Z"});
    let app = parse_app(&kind, &value.to_string(), now());
    assert_eq!(judge(&app, &bare(&home, now())).short, "requested, not picked up yet");
    let late = "2026-11-24T03:19:10Z".parse().unwrap();
    assert_eq!(judge(&app, &bare(&home, late)).short, "asked 7m ago, no answer from Flux");
}

#[test]
fn a_rollout_that_goes_on_behind_an_unassessed_app_is_shown() {
    let home = facts("prod-eu");
    let mut app = recorded_app("kustomization-applied-no-wait.json");
    (app.health, app.health_by) = (Health::Progressing, HealthBy::Computed);
    let tree = [node(0, "Deployment", "ledger", Health::Progressing, "3 of 5 pods updated")];
    let mut context = bare(&home, soon_after(&app));
    context.tree = Some(&tree);
    assert_eq!(judge(&app, &context).short, "rollout: 3 of 5 pods updated");
}

fn without_a_node(reason: &str) -> Vec<LiveNode> {
    let waits = |name: &str| LiveNode {
        reason: Some(reason.into()),
        message: "0/9 nodes are available: 9 Insufficient cpu. preemption: none".into(),
        ..node(2, "Pod", name, Health::Progressing, "no node has cpu left")
    };
    let set = node(1, "ReplicaSet", "ledger-6c9f", Health::Progressing, "");
    vec![node(0, "Deployment", "ledger", Health::Progressing, "3 of 5 ready"), set, waits("ledger-a"), waits("ledger-b")]
}

#[test]
fn pods_that_find_no_node_are_told_with_what_is_short_and_starting_ones_are_not() {
    let home = facts("prod-eu");
    let mut app = recorded_app("kustomization-applied-no-wait.json");
    (app.health, app.health_by) = (Health::Progressing, HealthBy::Computed);
    let tree = without_a_node("Unschedulable");
    let verdict = judge(&app, &Context { tree: Some(&tree), ..bare(&home, soon_after(&app)) });
    assert_eq!((verdict.short.as_str(), verdict.next_word.as_str()), ("2 pods pending: no node has cpu left", "fix_cluster"));
    assert!(verdict.sentence.contains("(0/9 nodes are available: 9 Insufficient cpu)"), "{}", verdict.sentence);
    assert_eq!(verdict.evidence[0].value, "2 pods without a node, 3 of 5 ready");
    assert_eq!(verdict.evidence[1].value, "Unschedulable, no node has cpu left");
    for starts in ["ContainerCreating", "SchedulingGated"] {
        let tree = without_a_node(starts);
        assert_eq!(judge(&app, &Context { tree: Some(&tree), ..bare(&home, soon_after(&app)) }).short, "rollout: 3 of 5 ready");
    }
}

#[test]
fn a_health_check_under_way_tells_of_pods_that_find_no_node() {
    let home = facts("prod-eu");
    let app = recorded_app("kustomization-bad-commit-health-check-running.json");
    let tree = without_a_node("Unschedulable");
    let verdict = judge(&app, &Context { tree: Some(&tree), ..bare(&home, soon_after(&app)) });
    assert!(verdict.sentence.contains("So far 2 pods of ledger cannot be placed on a node"), "{}", verdict.sentence);
    assert!(!judge(&app, &bare(&home, soon_after(&app))).sentence.contains("So far"));
}

fn failing_apply(message: &str) -> App {
    let mut app = recorded_app("kustomization-apply-failed-invalid-object.json");
    let ready = app.conditions.iter_mut().find(|c| c.kind == "Ready").unwrap();
    ready.message = message.into();
    app
}

#[test]
fn a_refused_apply_is_told_by_its_cause_and_another_one_by_its_words() {
    let home = facts("prod-eu");
    let judged = |message: &str| {
        let app = failing_apply(message);
        judge(&app, &bare(&home, soon_after(&app)))
    };
    let quota = judged(
        "Deployment/shop/ledger dry-run failed (Forbidden): pods \"x\" is forbidden: exceeded quota: team-a, requested: cpu=2, used: cpu=8, limited: cpu=8",
    );
    assert_eq!(quota.short, "quota team-a: cpu 8 of 8 used");
    assert!(
        quota.sentence.starts_with("Quota team-a leaves no room for Deployment shop/ledger (cpu: 8 of 8 used, 2 more asked for)."),
        "{}",
        quota.sentence
    );
    assert_eq!(quota.next.iter().filter(|s| s.key == "d").count(), 1);
    let binding = judged(
        "Role/shop/reader dry-run failed (Forbidden): roles.rbac.authorization.k8s.io \"reader\" is forbidden: User \"system:serviceaccount:shop:team-a\" cannot create resource \"roles\" in API group \"rbac.authorization.k8s.io\" in the namespace \"shop\"",
    );
    assert_eq!(binding.short, "team-a may not create roles in shop");
    assert!(judged("Deployment/shop/web dry-run failed: odd").short.starts_with("apply fails: Deployment web"));
}

#[test]
fn a_failed_helm_action_is_told_by_the_cause_that_helm_quotes() {
    let home = facts("prod-eu");
    let mut app = recorded_app("helmrelease-install-failed-stalled.json");
    let judged = |app: &App| judge(app, &bare(&home, soon_after(app)));
    assert!(judged(&app).short.starts_with("install failed"), "{}", judged(&app).short);
    let ready = app.conditions.iter_mut().find(|c| c.kind == "Ready").unwrap();
    ready.message =
        "Helm install failed for release shop/web: no matches for kind \"ServiceMonitor\" in version \"monitoring.coreos.com/v1\"".into();
    let verdict = judged(&app);
    assert_eq!(verdict.short, "CRD missing: ServiceMonitor");
    assert!(verdict.sentence.contains("Flux has stopped"), "{}", verdict.sentence);
}

fn secret_store(health: Health) -> LiveNode {
    LiveNode {
        key: ObjectKey::new("external-secrets.io", "SecretStore", "shop", "vault-eu"),
        message: "unable to validate store: context deadline exceeded".into(),
        ..node(0, "SecretStore", "vault-eu", health, "")
    }
}

#[test]
fn an_object_that_says_what_ails_it_is_quoted_and_a_crash_beside_it_goes_before() {
    let home = facts("prod-eu");
    let mut app = recorded_app("kustomization-applied-no-wait.json");
    (app.health, app.health_by) = (Health::Degraded, HealthBy::Computed);
    let short = |app: &App, tree: &[LiveNode]| judge(app, &Context { tree: Some(tree), ..bare(&home, soon_after(app)) }).short;
    assert_eq!(short(&app, &[secret_store(Health::Degraded)]), "secret store vault-eu unreachable");
    assert_eq!(short(&app, &[secret_store(Health::Healthy)]), "live objects are not healthy");
    let mut both = tree();
    both.push(secret_store(Health::Degraded));
    assert_eq!(short(&app, &both), "crash loop 7x: payments exits 1");
    let mut unmade = tree();
    unmade.truncate(3);
    (unmade[2].reason, unmade[2].message) = (Some("CreateContainerConfigError".into()), "secret \"db\" not found".into());
    assert_eq!(short(&app, &unmade), "Secret db does not exist");
    let failing = payments("kustomization-health-check-failed-timeout.json");
    let unhealthy = [secret_store(Health::Degraded)];
    let verdict = judge(&failing, &Context { tree: Some(&unhealthy), ..bare(&home, now()) });
    assert_eq!(verdict.short, "secret store vault-eu unreachable");
    assert!(verdict.sentence.contains("its health check fails: Secret store vault-eu is unreachable"), "{}", verdict.sentence);
}

#[test]
fn a_health_of_our_own_making_says_so_in_the_evidence_and_one_of_flux_does_not() {
    let home = facts("prod-eu");
    let computed = |app: &App| {
        let verdict = judge(app, &bare(&home, soon_after(app)));
        verdict.evidence.iter().find(|e| e.source.starts_with("computed")).map(|e| (e.value.clone(), e.source.clone()))
    };
    let mut app = recorded_app("kustomization-applied-no-wait.json");
    let n = app.resources.len();
    for (health, word) in [(Health::Healthy, "Healthy"), (Health::Progressing, "Progressing"), (Health::Degraded, "Degraded")] {
        (app.health, app.health_by) = (health, HealthBy::Computed);
        assert_eq!(computed(&app), Some((format!("{word}: worst of {n} live objects"), "computed, prod-eu".into())));
    }
    assert_eq!(computed(&recorded_app("kustomization-healthy-wait.json")), None);
}

fn slips() -> [(&'static str, &'static str, Existing<'static>); 4] {
    let there = |kind, namespace, name| Existing { kind, namespace, name };
    [
        (
            r#"{"type":"Ready","status":"False","reason":"ArtifactFailed","message":"GitRepository.source.toolkit.fluxcd.io \"ofers\" not found"}"#,
            "GitRepository offers does",
            there("GitRepository", "shop", "offers"),
        ),
        (
            r#"{"type":"Ready","status":"False","reason":"ArtifactFailed","message":"GitRepository.source.toolkit.fluxcd.io \"ofers\" not found"}"#,
            "one of that name is in flux-system",
            there("GitRepository", "flux-system", "ofers"),
        ),
        (
            r#"{"type":"Ready","status":"False","reason":"DependencyNotReady","message":"dependency 'shop/qoutes-base' not found"}"#,
            "quotes-base is there",
            there("Kustomization", "shop", "quotes-base"),
        ),
        (
            r#"{"type":"Ready","status":"False","reason":"ReconciliationFailed","message":"Deployment/cart/web dry-run failed (NotFound): namespaces \"cart\" not found"}"#,
            "carts does",
            there("Namespace", "", "carts"),
        ),
    ]
}

#[test]
fn what_does_not_exist_is_told_with_what_was_meant_and_is_then_not_to_be_made() {
    let home = facts("prod-eu");
    for (condition, told, there) in slips() {
        let json = format!(
            r#"{{"metadata":{{"name":"web","namespace":"shop"}},"spec":{{"interval":"1m","targetNamespace":"cart",
            "sourceRef":{{"kind":"GitRepository","name":"ofers"}}}},"status":{{"conditions":[{condition}]}}}}"#
        );
        let app = parse_app("Kustomization", &json, now());
        let existing = [there];
        let said = Flux.verdict(&app, &Context { existing: &existing, ..bare(&home, now()) });
        let steps = |v: &Verdict| v.next.iter().map(|n| n.text.clone()).collect::<Vec<_>>().join("\n");
        assert!(said.sentence.contains(told), "{}", said.sentence);
        assert!(steps(&said).contains("correct") && !steps(&said).contains("create") && !steps(&said).contains("add"), "{said:?}");
        let alone = Flux.verdict(&app, &bare(&home, now()));
        assert!(!alone.sentence.contains(told), "{}", alone.sentence);
        assert!(steps(&alone).contains("create") || steps(&alone).contains("add"), "{alone:?}");
    }
}
