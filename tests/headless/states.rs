//! Every situation that a controller can get into, read by the deck from the simulated fleet: what its row, its sentence and its next steps say.

use crate::deck::{Deck, id};
use driftdeck::app::fleet::Row;
use driftdeck::app::msg::Msg;
use driftdeck::app::overlay::Overlay;
use driftdeck::app::state::AppState;
use driftdeck::domain::event::ClusterEvent;
use driftdeck::domain::ids::{AppId, AppKind, ClusterId};
use driftdeck::domain::status::Severity;
use driftdeck::sim::scenario::Scenario;
use std::time::{Duration, Instant};

/// What is said of one app. Words are looked for in this order of the parts, each anywhere in its part.
struct Line {
    app: &'static str,
    /// Where the object lives.
    home: &'static str,
    row: &'static str,
    why: &'static [&'static str],
    /// Key and words of a step; an empty key is a step without one.
    next: (&'static str, &'static str),
}

const fn line(
    app: &'static str,
    home: &'static str,
    row: &'static str,
    why: &'static [&'static str],
    next: (&'static str, &'static str),
) -> Line {
    Line { app, home, row, why, next }
}

const HUB: &str = "hub-eu";
const EU: &str = "prod-eu";

const LINES: [Line; 47] = [
    line(
        "window-closed",
        HUB,
        "sync window closed until 06:00",
        &["prod-freeze (project retail) denies syncs now", "manual ones too", "by itself"],
        ("a", "acknowledge until 06:00"),
    ),
    line("window-armed", HUB, "armed: deploys 06:00, cannot be stopped", &["asked for by ravi", "queued behind"], ("d", "deploy")),
    line("sync-retries", HUB, "sync failed 2 of 5, next try 03:13:20", &["Service", "same commit again at 03:13:20"], ("x", "terminate")),
    line(
        "hook-failed",
        HUB,
        "hook invoice-migrate failed: exit 1",
        &["PreSync", "already exists", "Nothing after it was applied", "still runs"],
        ("L", "log"),
    ),
    line(
        "wave-waits",
        HUB,
        "wave 2: waiting for Deployment web",
        &["waits until Deployment web is healthy", "of 5 pods updated", "40s so far"],
        ("]", "Resources"),
    ),
    line("job-immutable", HUB, "immutable spec.template, Job migrate", &["spec.template", "2 others were applied"], ("d", "the field")),
    line("auto-sync-off", HUB, "1 of 3 differ, auto-sync off", &["Deployment web", "Auto-sync is off"], ("p", "turn auto-sync on")),
    line(
        "auto-sync-gave-up",
        HUB,
        "auto-sync gave up on ",
        &["tried it again 5 times", "does not try this commit any more"],
        ("s", "once more"),
    ),
    line(
        "would-delete-all",
        HUB,
        "stopped: sync would delete everything",
        &["renders no resource", "3 run", "allowEmpty"],
        ("d", "would be deleted"),
    ),
    line("prune-off", HUB, "1 resource to delete, prune is off", &["ConfigMap orders-flags left git", "prune is off"], ("s", "with prune")),
    line(
        "chart-not-found",
        HUB,
        "cannot render: chart 61.3.0 not found",
        &["61.2.0", "unknown, not fine"],
        ("", "where its version is set: roll back"),
    ),
    line(
        "project-denies",
        "dev-shared",
        "project dev does not allow repo shop",
        &["AppProject dev", "neither compares nor syncs"],
        ("", "in git"),
    ),
    line("edited-by-hand", HUB, "replicas 6, git has 3; set by kubectl", &["kubectl-edit", "Self-heal is off"], ("d", "differs")),
    line(
        "drifts-again",
        HUB,
        "drifts again 4s after every sync",
        &["5 syncs", "cluster-proportional-autoscaler sets replicas", "will not help"],
        ("d", "the field"),
    ),
    line("argo-silent", "hub-us", "Argo CD on hub-us compared 14m ago", &["0 of 1 ready", "2 apps"], ("1", "details of the cluster")),
    line(
        "op-orphaned",
        HUB,
        "\"running\" for 10m, but nothing runs",
        &["no operation exists any more"],
        ("x", "clear the stuck operation"),
    ),
    line("dest-unmapped", HUB, "pods unseen, prod-ap unmapped", &["no context of yours reaches prod-ap"], (":map", "choose the context")),
    line(
        "children-broken",
        HUB,
        "2 of 3 child apps broken",
        &["crash-loop", "image-not-found", "regardless"],
        ("3 enter", "lists the children"),
    ),
    line(
        "health-failed",
        EU,
        "health check failed 2x, trying again",
        &["web pods exit 1, 7 restarts", "3 of 3 old pods", "still shows"],
        ("R", "roll back"),
    ),
    line(
        "waits-for-other",
        EU,
        "waits for health-failed (dependsOn)",
        &["health-failed has failed for 5m"],
        ("3 enter", "goes to health-failed"),
    ),
    line(
        "source-auth",
        EU,
        "source shop: fetch fails 26m, auth",
        &["authentication required", "nothing newer can arrive"],
        ("", "shop-login"),
    ),
    line("source-behind", "lab-eu", "behind git; source-controller silent 22m", &["reports no error"], ("r", "fetch")),
    line("build-fails", EU, "build fails: netpol.yaml not in git", &["names netpol.yaml", "stays"], ("", "commit netpol.yaml")),
    line("suspended-note", EU, "by mia: database move, until Fri 09:00", &["database move", "git is at"], ("p", "resume")),
    line("suspended-long", EU, "43d, no reason, not in git", &["43d", "No reason and no owner"], ("p", "resume")),
    line(
        "helm-rolled-back",
        EU,
        "19.0.0 failed 3x, rolled back to 18.4.1",
        &["failed 3x", "hooks failed: timed out", "Helm rolled back", "stopped"],
        ("s", "reset"),
    ),
    line("helm-locked", EU, "helm release locked 40m (upgrade)", &["pending-upgrade", "unlocks it by itself"], ("s", "force")),
    line("helm-drift", EU, "drift: 1 Deployment; mode warn, stays", &["kubectl-patch set memory", "Drift mode is warn"], ("s", "force")),
    line(
        "helm-deleted",
        EU,
        "1 object deleted; drift check is off",
        &["Service helm-deleted/helm-deleted is gone"],
        ("s", "force recreates"),
    ),
    line(
        "sops-no-key",
        EU,
        "cannot decrypt db.yaml (sops)",
        &["no key", "Nothing of this run was applied"],
        ("", "names the Secret with its keys"),
    ),
    line(
        "rbac-denied",
        EU,
        "team-a may not create roles",
        &["serviceAccountName", "not allowed to create roles"],
        ("s", "once the binding is there"),
    ),
    line(
        "unsigned-commit",
        EU,
        "is not signed as required",
        &["takes only commits signed", "stays on", "unsigned revert"],
        ("R", "commit that is signed"),
    ),
    line("controller-down", "stage-eu", "kustomize-controller down 9m", &["0 of 1 ready", "OOMKilled", "2 apps"], ("1", "controllers")),
    line("controller-down-2", "stage-eu", "kustomize-controller down 9m", &["2 apps"], ("1", "controllers")),
    line("crash-loop", HUB, "crash loop 7x: web exits 1", &["2 pods", "too many connections"], ("L", "log")),
    line("oom-killed", HUB, "out of memory 4x: web (512Mi)", &["killed 4 times", "512Mi"], ("", "raise the memory limit")),
    line("image-not-found", HUB, "image web:9.2-rc1 not found", &["2 pods", "ImagePullBackOff"], ("R", "roll back")),
    line("pods-pending", HUB, "2 pods pending: no node has cpu left", &["cannot be placed"], ("]", "Resources: the pods")),
    line(
        "policy-refused",
        HUB,
        "refused by policy: no-latest-tag",
        &["Deployment", "web:latest", "2 others were applied"],
        ("R", "roll back"),
    ),
    line(
        "quota-used",
        HUB,
        "quota team-a: cpu 8 of 8 used",
        &["Quota team-a leaves no room", "2 more asked for"],
        ("", "raise quota team-a in git"),
    ),
    line(
        "crd-missing",
        HUB,
        "CRD missing: ServiceMonitor",
        &["prod-us does not know", "monitoring.coreos.com", "Nothing was applied"],
        ("", "CRD first"),
    ),
    line("canary-paused", HUB, "canary paused at 20%, step 3 of 6", &["waits for a person", "Not a failure"], ("", "promote or abort")),
    line("store-down", HUB, "secret store vault-eu unreachable", &["i/o timeout", "What was copied before stays"], ("", "vault-eu")),
    line("secret-stale", HUB, "secret store vault-eu not ready", &["What was copied before stays"], ("", "vault-eu")),
    line("cluster-down", "edge-syd", "edge-syd unreachable", &["does not answer"], ("r", "try")),
    line("no-rights", "dev-shared", "1 of 3 differ, auto-sync off", &["Auto-sync is off"], ("y", "rule to ask for")),
    line("bad-interval", "dev-shared", "unreadable: interval \"1d\" is no duration", &["Flux cannot read it either"], ("", "in git")),
];

/// What is not as it should be.
fn miss(row: &Row, line: &Line) -> Option<String> {
    let v = &row.verdict;
    let why = line.why.iter().find(|w| !v.sentence.contains(**w));
    let step = v.next.iter().any(|s| s.key == line.next.0 && s.text.contains(line.next.1));
    let what = match (v.short.contains(line.row), why, step) {
        (false, ..) => format!("the row is not {:?}", line.row),
        (_, Some(word), _) => format!("the sentence lacks {word:?}"),
        (_, None, false) => format!("no step {:?}", line.next),
        (true, None, true) if v.short.chars().count() > 40 => "the row is longer than 40".to_owned(),
        (true, None, true) => return None,
    };
    let steps: Vec<String> = v.next.iter().map(|s| format!("{}: {}", s.key, s.text)).collect();
    Some(format!("{} on {}: {what}\n  row  {}\n  why  {}\n  next {steps:?}", line.app, line.home, v.short, v.sentence))
}

fn id_of(deck: &Deck, line: &Line) -> Option<AppId> {
    deck.state.fleet.rows.keys().find(|id| id.name == line.app && id.cluster.as_str() == line.home).cloned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_situation_has_a_row_that_says_what_it_is_why_and_what_helps() {
    let mut deck = Deck::open(Scenario::States).await;
    deck.until("all rows", |s| s.fleet.rows.len() == 50).await;
    deck.until("edge-syd is given up", |s| s.fleet.rows.values().any(|r| r.verdict.short.ends_with("edge-syd unreachable"))).await;
    let mut misses = Vec::new();
    for line in &LINES {
        let Some(id) = id_of(&deck, line) else {
            misses.push(format!("{} on {}: no row", line.app, line.home));
            continue;
        };
        deck.state.view.touched = true;
        deck.state.view.app = Some(id.clone());
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(3) && miss(deck.row(&id), line).is_some() {
            deck.step().await;
        }
        misses.extend(miss(deck.row(&id), line));
    }
    assert!(misses.is_empty(), "{} of {} lines:\n{}\n{}", misses.len(), LINES.len(), misses.join("\n"), deck.picture());
    let well: Vec<_> = deck.state.fleet.rows.values().filter(|r| r.severity == Severity::Ok).map(|r| r.app.id.name.clone()).collect();
    assert!(well.iter().filter(|n| n.starts_with("all-well")).count() == 2, "{well:?}");
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_that_is_missing_is_said_in_the_plan_and_a_source_controller_that_hangs_on_every_row_behind_it() {
    let mut deck = Deck::open(Scenario::States).await;
    deck.until("all rows", |s| s.fleet.rows.len() == 50).await;
    let no_rights = id("dev-shared", AppKind::Application, "argocd", "no-rights");
    deck.state.view.touched = true;
    deck.state.view.app = Some(no_rights);
    deck.key("s");
    let refused = |s: &AppState| match s.overlays.last() {
        Some(Overlay::Confirm(dialog)) => dialog.plan.refused.clone(),
        _ => None,
    };
    deck.until("the plan is refused", |s| refused(s).is_some()).await;
    let refusal = refused(&deck.state).unwrap();
    assert_eq!(refusal.text, "dev-shared does not let you patch applications argocd/no-rights.");
    let check = "kubectl --context dev-shared auth can-i patch applications.argoproj.io/no-rights -n argocd";
    assert!(refusal.lines.iter().any(|l| l.text == check), "{refusal:?}");
    deck.key("esc");
    let lab = ClusterId::new("lab-eu");
    deck.until("a first look", |s| s.fleet.clusters[&lab].controllers.is_some()).await;
    let warned = |s: &AppState| s.fleet.clusters[&lab].warnings.iter().any(|w| w.short == "source-controller silent 22m");
    deck.until("the cluster is warned of", warned).await;
    // A Lease counts as left behind after two looks: the same objects a minute later, which no clock that stands still brings.
    let mut found = deck.state.fleet.clusters[&lab].controllers.clone().unwrap();
    found.at = found.at.checked_add(Duration::from_secs(60)).unwrap();
    deck.send(Msg::Cluster(ClusterEvent::Controllers { cluster: lab.clone(), found }));
    let behind = id("lab-eu", AppKind::Kustomization, "source-behind", "source-behind");
    deck.until("it is told", |s| s.fleet.rows[&behind].verdict.short == "source-controller stalled 21m").await;
    let row = deck.row(&behind);
    assert!(row.verdict.sentence.contains("has not renewed its Lease for 21m") && row.verdict.is_old, "{:?}", row.verdict);
    deck.stop().await;
}
