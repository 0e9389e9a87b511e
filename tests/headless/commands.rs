//! The commands as a shell runs them: the real binary against the simulated fleet, whose servers are at hand to look at and to break.

use super::fleet::{Fleet, KS, Watch};
use driftdeck::sim::api::{Deny, LostReply};
use driftdeck::sim::demo::OPERATOR;
use driftdeck::sim::scenario::Scenario;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_sends_nothing_yes_sends_one_patch_and_the_journal_has_it() {
    let mut fleet = Fleet::start(Scenario::Quiet).await;
    let patches = fleet.count_patches("stage-eu").await;
    let web = |args: &[&'static str]| {
        let mut all =
            vec!["suspend", "ks/shop/web", "--cluster", "stage-eu", "--context", "stage-eu", "--reason", "database move", "--owner", "mia"];
        all.extend(args);
        all
    };
    let dry = fleet.run(&web(&["--dry-run"])).await;
    assert_eq!(dry.code, 0, "{}{}", dry.out, dry.err);
    for part in ["Suspend web on stage-eu", "merge patch of kustomizations", "\"suspend\":true", "flux suspend ks web", "Nothing was sent"]
    {
        assert!(dry.out.contains(part), "{part}: {}", dry.out);
    }
    let shown = fleet.run(&web(&["--dry-run", "-o", "json"])).await.json();
    assert_eq!((&shown["schema"], &shown["dry_run"], &shown["outcome"]), (&Value::from(1), &Value::from(true), &Value::Null));
    assert_eq!(shown["plan"]["requests"][0]["body"]["spec"]["suspend"], true);
    assert_eq!(shown["plan"]["confirm_word"], Value::Null);
    let unasked = fleet.run(&web(&[])).await;
    assert!(unasked.code == 3 && unasked.err.contains("--yes") && unasked.err.contains("Nothing was sent"), "{}", unasked.err);
    assert_eq!(patches.load(Ordering::SeqCst), 0);
    assert!(fleet.get("stage-eu", "shop", "web")["spec"]["suspend"].as_bool() != Some(true));

    let sent = fleet.run(&web(&["--yes"])).await;
    assert_eq!(sent.code, 0, "{}{}", sent.out, sent.err);
    assert_eq!(patches.load(Ordering::SeqCst), 1, "once");
    let object = fleet.get("stage-eu", "shop", "web");
    let note: Value = serde_json::from_str(object["metadata"]["annotations"]["driftdeck/frozen"].as_str().unwrap()).unwrap();
    assert_eq!((&object["spec"]["suspend"], &note["by"], &note["reason"]), (&Value::from(true), &"mia".into(), &"database move".into()));
    let again = fleet.run(&web(&["--yes"])).await;
    assert!(again.code == 3 && again.err.contains("suspended already") && again.err.contains("driftdeck resume"), "{}", again.err);
    assert_eq!(patches.load(Ordering::SeqCst), 1);

    let resumed = fleet.run(&["resume", "web", "--cluster", "stage-eu", "--context", "stage-eu", "--yes", "--wait", "-o", "json"]).await;
    let document = resumed.json();
    assert_eq!((resumed.code, &document["outcome"]["outcome"], &document["end"]["good"]), (0, &"sent".into(), &true.into()), "{document}");
    assert_eq!(patches.load(Ordering::SeqCst), 2);
    let journal = fleet.journal();
    let of = |action: &str| journal.iter().filter(|(a, _)| a == action).map(|(_, o)| o.as_str()).collect::<Vec<_>>();
    let mut suspend = of("suspend");
    // Its end is written, too, where the watch shows it before the command leaves.
    suspend.dedup();
    assert_eq!(suspend, ["refused", "-", "sent", "refused"], "written ahead, then with its outcome");
    assert_eq!(of("resume"), ["-", "sent", "sent"], "the end is written too");
    fleet.demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_protected_cluster_wants_its_name_and_another_word_sends_nothing() {
    let mut fleet = Fleet::start(Scenario::Quiet).await;
    let patches = fleet.count_patches("prod-eu").await;
    let base = ["sync", "ks/payments/payments", "--cluster", "prod-eu", "--context", "prod-eu"];
    let with = |more: &[&'static str]| base.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>();
    let yes = fleet.run(&with(&["--yes"])).await;
    assert!(yes.code == 3 && yes.err.contains("--confirm prod-eu"), "{}", yes.err);
    let wrong = fleet.run(&with(&["--confirm", "stage-eu"])).await;
    assert!(wrong.code == 3 && wrong.err.contains("lands on prod-eu"), "{}", wrong.err);
    assert_eq!(patches.load(Ordering::SeqCst), 0);
    let read_only = fleet.run(&with(&["--confirm", "prod-eu", "--read-only"])).await;
    assert!(read_only.code == 3 && read_only.err.contains("read-only"), "{}", read_only.err);
    let strange = fleet.run(&with(&["--confirm", "prod-eu", "--prune"])).await;
    assert!(strange.code == 64 && strange.err.contains("--prune"), "{}", strange.err);
    assert_eq!(patches.load(Ordering::SeqCst), 0);
    let railed = ["sync", "app/argocd/redis", "--context", "hub-eu", "--context", "prod-us", "--force", "--confirm", "prod-us"];
    let railed = fleet.run(&railed).await;
    assert!(railed.code == 3 && railed.err.contains("guardrail no_force"), "{} {}", railed.code, railed.err);
    let right = fleet.run(&with(&["--confirm", "prod-eu", "--wait", "--with-source=false"])).await;
    assert_eq!(right.code, 0, "{}{}", right.out, right.err);
    assert!(
        right.out.contains("Reconcile payments on prod-eu") && right.err.contains("acknowledged by Flux"),
        "{}{}",
        right.out,
        right.err
    );
    assert_eq!(patches.load(Ordering::SeqCst), 1);
    fleet.demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_of_several_apps_lists_arguments_that_each_pick_one() {
    let fleet = Fleet::start(Scenario::Quiet).await;
    let many = fleet.run(&["sync", "payments", "--all-contexts", "--yes"]).await;
    assert_eq!(many.code, 64, "{}", many.err);
    let arguments: Vec<Vec<String>> = many
        .err
        .lines()
        .filter_map(|l| l.strip_prefix("  "))
        .map(|l| l.split_whitespace().map(|w| w.trim_matches('\'').to_owned()).collect())
        .collect();
    assert_eq!(arguments.len(), 4, "{}", many.err);
    for argument in &arguments {
        let words: Vec<&str> =
            ["get"].into_iter().chain(argument.iter().map(String::as_str)).chain(["--all-contexts", "-o", "json"]).collect();
        let found = fleet.run(&words).await.json();
        assert_eq!(found["apps"].as_array().unwrap().len(), 1, "{argument:?}");
    }
    let none = fleet.run(&["why", "paymets", "--all-contexts"]).await;
    assert!(none.code == 64 && none.err.contains("ks/payments/payments --cluster prod-eu"), "{}", none.err);
    let table = fleet.run(&["get", "payments", "--all-contexts"]).await;
    assert!(table.code == 0 && table.out.lines().filter(|l| l.starts_with("payments ")).count() == 4, "{}{}", table.out, table.err);
    let one = fleet.run(&["get", "ks/payments", "--cluster", "prod-eu", "--context", "prod-eu"]).await;
    for part in ["SOURCES", "RESOURCES", "HISTORY", "Deployment payments/payments", "apps/payments/overlays/prod-eu"] {
        assert!(one.out.contains(part), "{part}: {}{}", one.out, one.err);
    }
    fleet.demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_refuses_loses_or_does_not_answer_has_its_own_code() {
    let fleet = Fleet::start(Scenario::Quiet).await;
    let faults = fleet.demo.server("stage-eu").unwrap().faults();
    let suspend = ["suspend", "ks/shop/web", "--cluster", "stage-eu", "--context", "stage-eu", "--reason", "test", "--yes"];
    faults.set(|f| f.forbidden.push(Deny { verb: "patch".into(), resource: format!("kustomizations.{KS}"), ..Deny::default() }));
    let viewer = fleet.run(&suspend).await;
    assert!(viewer.code == 3 && viewer.err.contains("does not let you patch kustomizations"), "{} {}", viewer.code, viewer.err);
    assert!(fleet.get("stage-eu", "shop", "web")["spec"]["suspend"].as_bool() != Some(true));
    faults.clear();

    faults.set(|f| f.lost_replies.push(LostReply { verb: "patch".into(), user: OPERATOR.into() }));
    let lost = fleet.run(&suspend).await;
    assert_eq!(lost.code, 0, "its own mark on the object tells that it arrived: {}", lost.err);
    faults.clear();
    faults.set(|f| f.lost_replies.push(LostReply { verb: "patch".into(), user: OPERATOR.into() }));
    let unknown = fleet.run(&["resume", "ks/shop/web", "--cluster", "stage-eu", "--context", "stage-eu", "--yes", "-o", "json"]).await;
    assert_eq!((unknown.code, unknown.json()["outcome"]["outcome"].as_str()), (5, Some("unknown")), "{}", unknown.out);
    faults.clear();

    faults.set(|f| f.frozen = true);
    let context = ["--context", "stage-eu", "--timeout", "2s"];
    let with = |args: &[&'static str]| args.iter().copied().chain(context).collect::<Vec<_>>();
    let stale = fleet.run(&with(&["sync", "ks/shop/web", "--cluster", "stage-eu", "--yes"])).await;
    assert!(stale.code == 3 && stale.err.contains("last read") && stale.err.contains("Nothing was sent"), "{} {}", stale.code, stale.err);
    let unread = fleet.run(&with(&["get", "web"])).await;
    assert!(unread.code == 2 && unread.err.contains("stage-eu"), "{} {}", unread.code, unread.err);
    faults.clear();
    fleet.demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sync_waits_until_the_watch_shows_health_and_a_failing_app_says_why() {
    let fleet = Fleet::start(Scenario::Merge).await;
    let contexts = ["--context", "hub-eu", "--context", "prod-us"];
    let with = |args: &[&'static str]| args.iter().copied().chain(contexts).collect::<Vec<_>>();
    let synced = fleet.run(&with(&["sync", "app/argocd/external-secrets", "--yes", "--wait", "-o", "json"])).await;
    let document = synced.json();
    assert_eq!((synced.code, &document["end"]["good"]), (0, &true.into()), "{document}\n{}", synced.err);
    assert_eq!((&document["app"]["sync"], &document["app"]["health"]), (&"Synced".into(), &"Healthy".into()));
    assert!(synced.err.contains("picked up by Argo CD"), "{}", synced.err);
    let refreshed = fleet.run(&with(&["refresh", "app/argocd/external-secrets", "--wait", "--yes"])).await;
    assert!(refreshed.code == 0 && refreshed.out.contains("compared again"), "{}{}", refreshed.out, refreshed.err);
    let idle = fleet.run(&with(&["terminate", "app/argocd/external-secrets", "--yes"])).await;
    assert!(idle.code == 3 && idle.err.contains("No operation runs"), "{}", idle.err);
    let why = fleet.run(&with(&["why", "app/argocd/billing", "-o", "json"])).await;
    let document = why.json();
    assert_eq!(why.code, 1, "{document}");
    assert!(document["verdict"]["sentence"].as_str().is_some_and(|s| s.contains("billing")), "{document}");
    assert!(document["verdict"]["evidence"].as_array().is_some_and(|e| !e.is_empty() && e.iter().all(|e| e.get("at").is_some())));
    let text = fleet.run(&with(&["why", "app/argocd/billing"])).await;
    assert!(text.out.contains("EVIDENCE") && text.out.contains("next"), "{}", text.out);
    fleet.demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn timeline_and_doctor_tell_what_happened_and_what_does_not_work() {
    let fleet = Fleet::start(Scenario::Quiet).await;
    let at = ["--context", "stage-eu"];
    let with = |args: &[&'static str]| args.iter().copied().chain(at).collect::<Vec<_>>();
    let before = fleet.run(&with(&["suspend", "ks/shop/web", "--reason", "test", "--yes"])).await;
    assert_eq!(before.code, 0, "{}", before.err);
    let told = fleet.run(&with(&["timeline", "ks/shop/web", "--since", "2d", "-o", "json"])).await;
    let document = told.json();
    let entries = document["entries"].as_array().unwrap();
    let word = |e: &Value, field: &str| e[field].as_str().unwrap_or_default().to_owned();
    let second = |e: &Value| word(e, "at").parse::<jiff::Timestamp>().unwrap().as_second();
    assert!(entries.windows(2).all(|w| second(&w[0]) <= second(&w[1])), "oldest first");
    let ours = entries.iter().find(|e| word(e, "source") == "journal").unwrap();
    assert!(word(ours, "text").contains("Suspend web on stage-eu, by sam: sent"), "{ours}");
    assert!(entries.iter().any(|e| word(e, "source") == "object"), "{document}");
    assert!(entries.iter().all(|e| e["app"].is_null() || e["app"]["name"] == "web"), "{document}");

    let well = fleet.run(&with(&["doctor", "-o", "json"])).await;
    let document = well.json();
    let checks = document["checks"].as_array().unwrap();
    let found = |area: &str| checks.iter().filter(|c| c["area"] == area).map(|c| word(c, "found")).collect::<Vec<_>>();
    assert_eq!(well.code, 0, "{document}");
    assert_eq!((found("cluster"), found("rights")), (vec!["works".to_owned()], vec!["works".to_owned()]));
    assert!(found("repository").iter().all(|f| f == "works") && found("engine") == ["works"], "{document}");

    let faults = fleet.demo.server("stage-eu").unwrap().faults();
    faults.set(|f| {
        f.forbidden.push(Deny { user: OPERATOR.into(), verb: "patch".into(), resource: format!("kustomizations.{KS}"), ..Deny::default() })
    });
    let viewer = fleet.run(&with(&["doctor"])).await;
    assert!(
        viewer.code == 0 && viewer.out.contains(&format!("patch kustomizations.{KS}")) && viewer.out.contains("fix: ask for"),
        "{}",
        viewer.out
    );
    faults.clear();
    faults.set(|f| f.refuse = true);
    let down = fleet.run(&with(&["doctor", "--timeout", "3s"])).await;
    assert!(down.code == 2 && down.out.contains("broken") && down.out.contains("kubectl --context stage-eu"), "{}{}", down.out, down.err);
    faults.clear();
    fleet.demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_neighbour_that_does_not_answer_makes_a_bare_name_doubtful_and_holds_up_no_whole_one() {
    let fleet = Fleet::start(Scenario::Quiet).await;
    fleet.demo.server("edge-syd").unwrap().faults().set(|f| f.frozen = true);
    let both = ["--context", "stage-eu", "--context", "edge-syd"];
    let with = |args: &[&'static str]| args.iter().copied().chain(both).collect::<Vec<_>>();
    let started = std::time::Instant::now();
    let whole = fleet.run(&with(&["sync", "ks/shop/web", "--cluster", "stage-eu", "--timeout", "80s", "--dry-run"])).await;
    assert!(whole.code == 0 && started.elapsed() < Duration::from_secs(60), "{}", whole.err);
    let bare = fleet.run(&with(&["sync", "web", "--timeout", "2s", "--yes"])).await;
    assert!(bare.code == 2 && bare.err.contains("ks/shop/web --cluster stage-eu") && bare.err.contains("edge-syd"), "{}", bare.err);
    assert!(fleet.journal().is_empty());
    fleet.demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_controller_is_told_by_status_and_doctor_and_its_apps_are_not_well() {
    let fleet = Fleet::start(Scenario::Stopped).await;
    let at = ["--context", "prod-eu", "--context", "stage-eu"];
    let with = |args: &[&'static str]| args.iter().copied().chain(at).collect::<Vec<_>>();
    let status = fleet.run(&with(&["status", "-o", "json"])).await;
    let document = status.json();
    assert_eq!((status.code, &document["schema"]), (1, &Value::from(1)), "{document}");
    let cluster = |name: &str| document["clusters"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap()["engines"][0].clone();
    let prod = cluster("prod-eu");
    let of = |name: &str| prod["controllers"].as_array().unwrap().iter().find(|c| c["name"] == name).unwrap().clone();
    let down = of("kustomize-controller");
    assert_eq!(
        (&down["ready"], &down["desired"], &down["restarts"], &down["reason"]),
        (&0.into(), &1.into(), &4.into(), &"OOMKilled".into()),
        "{down}"
    );
    let well = of("helm-controller");
    assert_eq!((&well["ready"], &well["version"], &well["down_since"]), (&1.into(), &"1.6.3".into(), &Value::Null), "{well}");
    assert!(well["leader"].as_str().unwrap().starts_with("helm-controller-") && well["lease_renewed_at"].is_string(), "{well}");
    let rules =
        |engine: &Value| engine["warnings"].as_array().unwrap().iter().map(|w| w["rule"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(rules(&prod), ["controller-down"], "{prod}");
    assert_eq!(rules(&cluster("stage-eu")), ["notification-down"]);
    let apps = document["apps"].as_array().unwrap();
    let ours = |a: &&Value| a["home"] == "prod-eu" && a["kind"] == "Kustomization";
    assert!(apps.iter().filter(ours).all(|a| a["severity"] != "Synced+Healthy"), "never green: {document}");

    let table = fleet.run(&with(&["status"])).await;
    assert!(table.out.contains("prod-eu: kustomize-controller of prod-eu has 0 of 1 ready"), "{}", table.out);
    let doctor = fleet.run(&with(&["doctor"])).await;
    assert_eq!(doctor.code, 1, "{}", doctor.out);
    for part in [
        "broken   controller",
        "prod-eu kustomize-controller",
        "limited  controller",
        "fix: kubectl --context prod-eu -n flux-system logs deployment/kustomize-controller",
    ] {
        assert!(doctor.out.contains(part), "{part}: {}", doctor.out);
    }
    fleet.demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_not_be_read_of_an_engine_is_null_and_named() {
    let fleet = Fleet::start(Scenario::Quiet).await;
    let resources = ["deployments.apps", "statefulsets.apps"];
    fleet.demo.server("stage-eu").unwrap().faults().set(|f| {
        f.forbidden.extend(resources.map(|r| Deny { user: OPERATOR.into(), verb: "list".into(), resource: r.into(), ..Deny::default() }));
    });
    let document = fleet.run(&["status", "-o", "json", "--context", "stage-eu"]).await.json();
    let engine = &document["clusters"][0]["engines"][0];
    assert_eq!((&engine["controllers"], &engine["version"]), (&Value::Null, &Value::Null), "{engine}");
    assert!(engine["unread"].to_string().contains("deployments"), "{engine}");
    fleet.demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_and_get_tell_of_each_app_what_why_tells_of_it() {
    let fleet = Fleet::start(Scenario::States).await;
    let contexts = ["--context", "hub-eu", "--context", "prod-us", "--context", "prod-eu"];
    let run = |args: &[&'static str]| contexts.iter().chain(args).copied().collect::<Vec<_>>();
    let status = fleet.run(&run(&["status", "-o", "json"])).await.json();
    let said = |name: &str| status["apps"].as_array().unwrap().iter().find(|a| a["name"] == name).unwrap()["verdict"].clone();
    for (name, row, sentence) in [
        ("crash-loop", "crash loop 7x: web exits 1", "too many connections"),
        ("image-not-found", "image web:9.2-rc1 not found", "9.2-rc1"),
        ("quota-used", "quota team-a: cpu 8 of 8 used", "quota team-a"),
        ("helm-drift", "drift: 1 Deployment; mode warn, stays", "kubectl-patch set memory"),
    ] {
        let told = said(name);
        assert_eq!(told["short"], row, "{name}");
        assert!(told["sentence"].as_str().unwrap().to_lowercase().contains(&sentence.to_lowercase()), "{name}: {told}");
        let why = fleet.run(&run(&["why", name, "-o", "json"])).await.json();
        assert_eq!((&why["verdict"]["short"], &why["verdict"]["sentence"]), (&told["short"], &told["sentence"]), "{name}");
    }
    let got = fleet.run(&run(&["get", "--cluster", "prod-us"])).await;
    assert!(got.out.contains("crash loop 7x: web exits 1") && !got.out.contains("its workloads are degraded"), "{}", got.out);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_causes_of_apps_that_are_well_cost_no_request() {
    let mut fleet = Fleet::start(Scenario::Quiet).await;
    let tree = Arc::new(AtomicUsize::new(0));
    fleet.pass_by("stage-eu", Watch { request: "GET /api/v1/namespaces/", counted: tree.clone(), until: None }).await;
    let status = fleet.run(&["status", "--context", "stage-eu", "-o", "json"]).await.json();
    assert!(status["apps"].as_array().unwrap().iter().all(|a| a["severity"] == "Synced+Healthy"), "{status}");
    let of_status = tree.load(Ordering::SeqCst);
    fleet.run(&["drift", "--context", "stage-eu"]).await;
    assert_eq!(tree.load(Ordering::SeqCst), 2 * of_status, "as one that reads no cause");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_writes_nothing_of_its_own_connections_into_the_timeline() {
    let fleet = Fleet::start(Scenario::States).await;
    for command in ["status", "doctor", "drift"] {
        fleet.run(&[command, "--context", "prod-eu", "--context", "dev-shared", "--context", "edge-syd", "--timeout", "3s"]).await;
    }
    let text = std::fs::read_to_string(fleet.home.path().join("state/driftdeck/timeline.jsonl")).unwrap_or_default();
    let told: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ours: Vec<&Value> = told.iter().filter(|e| e["kind"] == "link" || e["text"] == "Healthy to Missing").collect();
    assert!(ours.is_empty(), "{ours:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_that_why_prints_runs_as_printed_though_a_cluster_is_not_read() {
    let fleet = Fleet::start(Scenario::States).await;
    let mut ran = 0;
    for name in ["auto-sync-off", "helm-locked", "helm-rolled-back", "prune-off", "crash-loop", "suspended-note"] {
        let why = fleet.run(&["why", name, "--all-contexts", "--timeout", "3s", "-o", "json"]).await;
        assert_eq!(why.code, 2, "edge-syd is not read: {}", why.err);
        let next = why.json()["verdict"]["next"].as_array().unwrap().clone();
        for command in next.iter().filter_map(|step| step["command"].as_str()) {
            let mut args: Vec<&str> = command.split_whitespace().skip(1).collect();
            assert!(args.windows(2).any(|w| w == ["--kubeconfig", &fleet.kubeconfig]), "{command}");
            args.push("--dry-run");
            args.dedup();
            let said = fleet.run(&args).await;
            assert_eq!(said.code, 0, "{name}: {command}: {}{}", said.out, said.err);
            assert!(!said.out.contains(" tab ") && !said.out.contains("press "), "{}", said.out);
            ran += 1;
        }
    }
    assert!(ran >= 4, "{ran}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_tells_the_right_that_is_missing_and_status_which_prints_no_step_asks_for_none() {
    let mut fleet = Fleet::start(Scenario::States).await;
    let reviews = Arc::new(AtomicUsize::new(0));
    let request = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    fleet.demo.server("prod-eu").unwrap().faults().set(|f| {
        f.forbidden.push(Deny { user: OPERATOR.into(), verb: "patch".into(), resource: format!("kustomizations.{KS}"), ..Deny::default() });
    });
    fleet.pass_by("prod-eu", Watch { request, counted: reviews.clone(), until: None }).await;
    let status = fleet.run(&["status", "--context", "prod-eu"]).await;
    assert!(status.out.contains("suspended-note"), "{}{}", status.out, status.err);
    assert_eq!(reviews.load(Ordering::SeqCst), 0);
    let why = fleet.run(&["why", "suspended-note", "--context", "prod-eu"]).await;
    let (rule, check) =
        ("next  ask for the right to patch kustomizations.kustomize", "; to check: kubectl --context prod-eu auth can-i patch ");
    assert!(why.out.contains(rule) && why.out.contains(check) && !why.out.contains("copies"), "{}", why.out);
    assert!(reviews.load(Ordering::SeqCst) > 0, "{}", why.out);
    fleet.demo.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_of_some_clusters_lists_their_apps_and_a_namespace_without_apps_is_named() {
    let fleet = Fleet::start(Scenario::States).await;
    let run = async |args: &[&'static str]| fleet.run(&[&["status", "--context", "hub-eu", "--context", "prod-us"], args].concat()).await;
    let there = run(&["--cluster", "prod-*"]).await;
    assert!(there.code == 1 && there.out.contains("crash-loop") && !there.out.contains("children-broken"), "{}{}", there.out, there.err);
    let home = run(&["--cluster", "hub-eu", "-o", "json"]).await.json();
    assert!(home["apps"].as_array().unwrap().iter().all(|a| a["home"] == "hub-eu"));
    let slip = run(&["--cluster", "prod-su"]).await;
    assert!(slip.code == 64 && slip.err.contains("prod-su"), "{} {}", slip.code, slip.err);
    let slip = run(&["--cluster", "prod-su", "-o", "json"]).await;
    assert!(slip.code == 64 && slip.json()["apps"] == serde_json::json!([]), "a program reads a document whatever the code: {}", slip.out);
    let doubt = fleet.run(&["status", "--context", "prod-us", "--context", "edge-syd", "--cluster", "prod-us", "--timeout", "3s"]).await;
    assert!(doubt.code == 2 && !doubt.out.is_empty(), "edge-syd could deploy there: {}{}", doubt.out, doubt.err);
    let none = fleet.run(&["-n", "nosuchns", "status", "--context", "prod-us"]).await;
    assert!(none.out.contains("No app lives in namespace nosuchns") && !none.out.contains("not installed"), "{}", none.out);
    assert!(none.err.contains("without -n"), "{}", none.err);
    let got = fleet.run(&["get", "auto-sync-off", "--context", "hub-eu", "--context", "prod-us"]).await;
    assert!(
        got.out.contains(
            "of 3 differ, in which fields: driftdeck drift --filter app:auto-sync-off --context hub-eu --context prod-us --kubeconfig /"
        ),
        "{}",
        got.out
    );
}
