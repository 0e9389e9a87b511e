//! Drift groups and two cells of the matrix, against the simulated fleet: real objects, real manifests, real renders.

use crate::deck::{Deck, id};
use crate::fleet::Fleet;
use driftdeck::app::drift::Line;
use driftdeck::app::state::{AppState, Screen};
use driftdeck::domain::diff::{DiffKind, DiffSet};
use driftdeck::domain::ids::{AppId, AppKind};
use driftdeck::domain::status::Sync;
use driftdeck::sim::scenario::Scenario;

/// Who changed what by hand, in the scenario.
const CAUSES: [&str; 3] = [
    "Deployment revisionHistoryLimit 3 -> 10 by kubectl-patch x5",
    "Deployment replicas 5 -> 8 by kubectl-scale x2",
    "Deployment containers[orders].env[LOG_LEVEL].value info -> debug by kubectl-edit x1",
];

fn app(name: &str) -> AppId {
    id("hub-eu", AppKind::Application, "argocd", name)
}

fn words(state: &AppState) -> Vec<String> {
    let view = &state.view.drift;
    let one = |line: &Line| match line {
        Line::Group(d) => format!("{} by {} x{}", d.words(), d.by().unwrap_or("-"), view.group(d).map_or(0, |g| g.apps.len())),
        Line::Failed(id) => format!("failed {}: {:?}", id.name, view.answers[id].result),
        Line::Equal(id) => format!("equal {}", id.name),
        Line::Place(id, key) => format!("{} {}", id.name, key.title()),
    };
    view.lines.iter().map(one).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_causes_on_five_apps_are_three_groups_and_the_diff_of_one_app_shows_the_same() {
    let mut deck = Deck::start(Scenario::Drift, &["hub-eu", "prod-us", "dev-shared"]).await;
    let differ = |s: &AppState| s.fleet.rows.values().filter(|r| r.app.sync == Sync::OutOfSync && r.stale_as_of.is_none()).count();
    deck.until("the engine sees it", |s| differ(s) == 7).await;
    deck.key("D");
    deck.until("all are compared", |s| !s.view.drift.is_busy() && words(s).len() == 5).await;
    let told = words(&deck.state);
    assert_eq!(told[..3], CAUSES);
    let unmapped = |t: &String| t.starts_with("failed ") && t.contains("no context of yours reaches prod-ap");
    assert!(told.len() == 5 && told[3..].iter().all(unmapped), "{told:?}");
    deck.key("j");
    deck.key("j");
    deck.key("d");
    deck.until("the diff is there", |s| matches!(&s.screen, Screen::Diff(d) if d.result.is_some())).await;
    let Screen::Diff(diff) = &deck.state.screen else { panic!("{}", deck.picture()) };
    let set = diff.result.clone().unwrap().unwrap();
    let fields: Vec<&str> = set.resources.iter().flat_map(|r| &r.fields).map(|f| f.path.as_str()).collect();
    assert_eq!((set.differing(), diff.app.name.as_str()), (1, "orders"));
    assert_eq!(fields, ["spec.revisionHistoryLimit", "spec.template.spec.containers[orders].env[LOG_LEVEL].value"]);
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_is_compared_with_what_helm_stored_and_the_diff_names_who_set_what_differs() {
    let mut deck = Deck::start(Scenario::Drift, &["prod-eu"]).await;
    let nginx = id("prod-eu", AppKind::HelmRelease, "ingress", "ingress-nginx");
    deck.until("Flux tells of it", |s| s.fleet.rows.get(&nginx).is_some_and(|r| r.app.sync == Sync::OutOfSync)).await;
    deck.key("D");
    deck.until("it is compared", |s| !s.view.drift.is_busy()).await;
    assert_eq!(words(&deck.state), ["Deployment containers[controller].resources.limits.memory 512Mi -> 1Gi by kubectl-patch x1"]);
    deck.key("d");
    deck.until("the diff is there", |s| matches!(&s.screen, Screen::Diff(d) if d.result.is_some())).await;
    let Screen::Diff(diff) = &deck.state.screen else { panic!("{}", deck.picture()) };
    let set = diff.result.clone().unwrap().unwrap();
    assert_eq!(set.right.label, "DESIRED from the release Helm stored (revision 12)");
    assert!(set.right.at.is_some() && set.notes.iter().any(|n| n == "chart ingress-nginx 4.11.2"), "{:?}", set.notes);
    let kinds: Vec<DiffKind> = set.resources.iter().map(|r| r.kind).collect();
    assert_eq!(kinds, [DiffKind::Changed, DiffKind::Same, DiffKind::Same], "{:?}", set.resources);
    let set_by: Vec<(&str, Option<&str>)> = set.resources[0].set_by.iter().map(|s| (s.path.as_str(), s.by.as_deref())).collect();
    assert_eq!(set_by, [("spec.template.spec.containers[controller].resources.limits.memory", Some("kubectl-patch"))]);
    // Values that people gave the chart stand beside the manifest in the same Secret.
    let all = format!("{:?}", deck.state);
    assert!(!all.contains("set-by-hand") && !all.contains("chart-default"), "no value is kept");
    deck.stop().await;
}

/// What each resource is called and how it differs.
fn differing(set: &DiffSet) -> Vec<String> {
    set.resources.iter().filter(|r| r.kind != DiffKind::Same).map(|r| format!("{:?} {}", r.kind, r.key.title())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_marked_cells_compare_what_their_apps_run_each_rendered_for_its_cluster() {
    let mut deck = Deck::start(Scenario::Quiet, &["hub-eu", "prod-us", "prod-eu"]).await;
    let other = id("prod-eu", AppKind::Kustomization, "payments", "payments");
    let is_known = |s: &AppState, id: &AppId| {
        let row = s.fleet.rows.get(id);
        row.is_some_and(|r| r.stale_as_of.is_none() && r.app.revision.is_some() && r.app.sources.iter().any(|s| s.repo().is_some()))
    };
    deck.until("both are read", |s| is_known(s, &app("payments")) && is_known(s, &other)).await;
    deck.state.view.marks = [app("payments"), other.clone()].into();
    deck.key("m");
    deck.key("d");
    deck.until("they are compared", |s| matches!(&s.screen, Screen::Diff(d) if d.result.is_some())).await;
    let Screen::Diff(diff) = &deck.state.screen else { panic!("{}", deck.picture()) };
    let set = diff.result.clone().unwrap().unwrap();
    assert!(
        set.left.label.contains(" runs git fleet ") && set.right.label.contains(" runs git fleet "),
        "{} {}",
        set.left.label,
        set.right.label
    );
    let told = differing(&set);
    assert!(!told.is_empty() && told.iter().all(|t| t.starts_with("Changed ")), "both have the same objects: {told:?}");
    assert_eq!(set.estimate, "both rendered from git");
    deck.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_tells_the_causes_ends_with_1_and_with_2_where_something_was_not_compared() {
    let fleet = Fleet::start(Scenario::Drift).await;
    let args = ["drift", "--context", "hub-eu", "--context", "prod-us", "--context", "dev-shared", "--cluster", "prod-us"];
    let json = [&args[..], &["-o", "json"]].concat();
    let mut said = fleet.run(&json).await;
    // Argo CD compares by and by.
    for _ in 0..30 {
        if said.json()["groups"][0]["apps"] == 3 {
            break;
        }
        said = fleet.run(&json).await;
    }
    let document = said.json();
    let groups: Vec<String> = document["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|g| format!("{} {} {} {}", g["field"], g["live"], g["set_by"], g["apps"]))
        .collect();
    let wanted = [
        "\"spec.revisionHistoryLimit\" \"10\" \"kubectl-patch\" 3",
        "\"spec.replicas\" \"8\" \"kubectl-scale\" 2",
        "\"spec.template.spec.containers[orders].env[LOG_LEVEL].value\" \"debug\" \"kubectl-edit\" 1",
    ];
    assert_eq!((said.code, groups.iter().map(String::as_str).collect::<Vec<_>>()), (1, wanted.to_vec()), "{}", said.err);
    let text = fleet.run(&args).await;
    assert!(text.code == 1 && text.out.contains("Deployment replicas 5 -> 8") && text.out.contains("ledger prod-us"), "{}", text.out);
    let one = fleet.run(&[&json[..], &["--filter", "app:ledger"]].concat()).await.json();
    assert_eq!((&one["groups"][0]["apps"], one["groups"].as_array().map(Vec::len)), (&1.into(), Some(2)), "{one}");
    let slip =
        |rest: [&'static str; 2]| ["drift", "--context", "hub-eu", "--context", "prod-us"].into_iter().chain(rest).collect::<Vec<_>>();
    for (rest, why) in [(["--cluster", "prod-uss"], "There is no app"), (["--filter", "app:nope"], "no app that was read fits it")] {
        let said = fleet.run(&slip(rest)).await;
        assert!(said.code == 64 && said.err.contains(why) && said.out.is_empty(), "{rest:?}: {} {}{}", said.code, said.out, said.err);
    }
    let far = fleet.run(&["drift", "--context", "hub-eu"]).await;
    assert!(far.code == 2 && far.out.contains("not compared: ") && far.out.contains("prod-us"), "{} {}", far.code, far.out);
    fleet.demo.stop().await;
}
