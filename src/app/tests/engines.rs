//! Engines that stop: what a look at their controllers makes of rows, clusters and notices.

use super::deck::{Deck, NEW, application, git_repository, kustomization};
use crate::app::engines;
use crate::app::msg::Msg;
use crate::app::pane::clusters::order;
use crate::domain::Timestamp;
use crate::domain::cluster::{EngineInfo, KindState, Link};
use crate::domain::controllers::{Controller, Controllers};
use crate::domain::event::ClusterEvent;
use crate::domain::ids::{ClusterId, EngineKind};
use crate::domain::status::Severity;

fn controller(engine: EngineKind, component: &str) -> Controller {
    crate::engine::health::controller(engine, component, component)
}

/// Both engines are on `prod`; these of their controllers are down for nine minutes.
fn look(deck: &mut Deck, down: &[&str]) {
    let (cluster, now) = (ClusterId::new("prod"), deck.state.now);
    let engines = [(EngineKind::Argo, "3.5.4"), (EngineKind::Flux, "2.9.4")];
    let engines = engines.map(|(name, v)| EngineInfo { name, version: Some(v.into()) });
    deck.send(Msg::Cluster(ClusterEvent::Engines { cluster: cluster.clone(), engines: engines.into(), kubernetes: None }));
    let flux = ["source-controller", "kustomize-controller", "helm-controller", "notification-controller"];
    let mut list: Vec<Controller> = flux.map(|c| controller(EngineKind::Flux, c)).into();
    list.push(controller(EngineKind::Argo, "application-controller"));
    for one in list.iter_mut().filter(|c| down.contains(&c.component.as_str())) {
        (one.ready, one.down_since) = (0, Timestamp::from_second(now.as_second() - 540).ok());
    }
    let found = Controllers { at: now, list, switches: Vec::new(), unread: Vec::new(), ahead: 0, is_cut: false, before: None };
    deck.send(Msg::Cluster(ClusterEvent::Controllers { cluster, found }));
}

fn green() -> Deck {
    let mut deck = Deck::new();
    deck.argo();
    deck.see(1, &kustomization("web", "fleet", NEW));
    let mut app = application("shop", NEW);
    app["status"]["sync"]["status"] = "Synced".into();
    app["status"]["sync"]["comparedTo"] = serde_json::json!({"source": app["spec"]["source"], "destination": app["spec"]["destination"]});
    let object = serde_json::json!({"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "shop", "status": "Synced"});
    app["status"]["resources"] = serde_json::json!([object]);
    deck.see(1, &app);
    look(&mut deck, &[]);
    assert_eq!((severity(&deck, "web"), severity(&deck, "shop")), (Severity::Ok, Severity::Ok), "{}", short(&deck, "shop"));
    deck
}

fn severity(deck: &Deck, name: &str) -> Severity {
    deck.state.fleet.rows.values().find(|r| r.app.id.name == name).unwrap().severity
}

fn short(deck: &Deck, name: &str) -> String {
    deck.state.fleet.rows.values().find(|r| r.app.id.name == name).unwrap().verdict.short.clone()
}

#[test]
fn a_plan_says_that_the_controller_it_waits_for_is_down_and_says_nothing_where_that_is_not_known() {
    use crate::app::action::plan;
    use crate::engine::Verb;
    let careful = |deck: &Deck, name: &str, verb: Verb| {
        let id = deck.state.fleet.rows.keys().find(|id| id.name == name).unwrap().clone();
        let plan = plan::build(&deck.state, &id, verb, &Default::default()).unwrap();
        assert!(!plan.is_refused(), "{plan:?}");
        plan.lines.into_iter().map(|l| l.text).filter(|t| t.contains("nothing is applied")).collect::<Vec<_>>()
    };
    for (component, app, other) in [("kustomize-controller", "web", "shop"), ("application-controller", "shop", "web")] {
        let mut deck = green();
        assert!(careful(&deck, app, Verb::Sync).is_empty());
        look(&mut deck, &[component]);
        let since = crate::app::settle::clock_text(Timestamp::from_second(deck.state.now.as_second() - 540).unwrap(), 0);
        let told = format!("! {component} of prod is not ready since {since}: nothing is applied until it is back");
        assert_eq!(careful(&deck, app, Verb::Sync), std::slice::from_ref(&told));
        match app {
            "shop" => assert_eq!(careful(&deck, app, Verb::Refresh), [told]),
            _ => assert!(careful(&deck, app, Verb::Suspend).is_empty(), "to hold it takes no controller"),
        }
        assert!(careful(&deck, other, Verb::Sync).is_empty());
        deck.state.fleet.clusters.get_mut(&ClusterId::new("prod")).unwrap().warnings.clear();
        assert!(careful(&deck, app, Verb::Sync).is_empty(), "nothing is known of it");
    }
}

#[test]
fn a_plan_that_counts_on_a_source_says_that_it_refuses_or_fails() {
    use crate::app::action::plan;
    use crate::engine::Verb;
    let careful = |deck: &Deck, verb: Verb| {
        let id = deck.state.fleet.rows.keys().find(|id| id.name == "web").unwrap().clone();
        let plan = plan::build(&deck.state, &id, verb, &Default::default()).unwrap();
        plan.lines.into_iter().filter(|l| l.label == "careful").map(|l| l.text).filter(|t| t.contains("GitRepository")).collect::<Vec<_>>()
    };
    let mut deck = green();
    let mut source = git_repository("fleet", "main", NEW);
    let mut says = |deck: &mut Deck, ready: &str, reason: &str, message: &str| {
        source["status"]["conditions"] = serde_json::json!([{"type": "Ready", "status": ready, "reason": reason, "message": message}]);
        deck.see(1, &source);
    };
    says(&mut deck, "True", "Succeeded", "stored artifact");
    assert!(careful(&deck, Verb::Sync).is_empty() && careful(&deck, Verb::Refresh).is_empty());
    says(&mut deck, "False", "GitOperationFailed", "unable to list remote: authentication required");
    let told = ["! GitRepository fleet fails (authentication required): nothing newer comes in until that is mended"];
    assert_eq!(careful(&deck, Verb::Sync), told);
    assert_eq!(careful(&deck, Verb::Refresh), told);
    assert!(careful(&deck, Verb::Suspend).is_empty(), "to hold it takes no source");
    says(&mut deck, "False", "InvalidCommitSignature", &format!("signature verification of commit '{NEW}' failed: unable to verify"));
    let told = format!(
        "! GitRepository fleet refuses {}, which is not signed as required: nothing newer comes in before a signed commit",
        crate::domain::commit::short_rev(NEW)
    );
    assert_eq!(careful(&deck, Verb::Sync), [told]);
}

#[test]
fn the_apps_of_a_controller_that_is_down_are_never_green_and_those_of_another_stay_so() {
    for (component, app, other) in [("kustomize-controller", "web", "shop"), ("application-controller", "shop", "web")] {
        let mut deck = green();
        look(&mut deck, &[component]);
        assert_eq!((severity(&deck, app), severity(&deck, other)), (Severity::Unknown, Severity::Ok), "{component}");
        assert_eq!(short(&deck, app), format!("{component} down 9m"));
        assert_eq!(deck.state.fleet.shown[0].name, app, "worst first");
        let row = deck.state.fleet.rows.values().find(|r| r.app.id.name == app).unwrap();
        assert!(row.verdict.is_old && row.verdict.sentence.contains("0 of 1 ready for 9m"), "{:?}", row.verdict);
        let line = row.verdict.evidence.iter().find(|e| e.what == component).unwrap();
        assert_eq!(line.value, "0 of 1 ready, v1.9.4");
        look(&mut deck, &[]);
        assert_eq!((severity(&deck, app), short(&deck, app).as_str()), (Severity::Ok, ""), "it runs again");
    }
}

#[test]
fn nothing_fetched_makes_all_of_flux_old_and_a_slow_flux_nothing() {
    let mut deck = green();
    look(&mut deck, &["source-controller"]);
    assert_eq!(short(&deck, "web"), "source-controller down 9m");
    look(&mut deck, &["notification-controller"]);
    assert_eq!((severity(&deck, "web"), severity(&deck, "shop")), (Severity::Ok, Severity::Ok));
    let cluster = &deck.state.fleet.clusters[&ClusterId::new("prod")];
    assert_eq!(engines::worst(cluster).map(|w| w.word.as_str()), Some("Flux slow"));
}

#[test]
fn a_failed_app_stays_failed_and_is_told_that_nothing_tries_again() {
    let mut deck = green();
    let mut failed = kustomization("web", "fleet", NEW);
    failed["status"]["conditions"][0]["status"] = "False".into();
    failed["status"]["conditions"][0]["reason"] = "BuildFailed".into();
    deck.see(1, &failed);
    let before = (severity(&deck, "web"), short(&deck, "web"));
    look(&mut deck, &["kustomize-controller"]);
    assert_eq!((severity(&deck, "web"), short(&deck, "web")), before);
    let row = deck.state.fleet.rows.values().find(|r| r.app.id.name == "web").unwrap();
    assert_eq!(row.verdict.soon.as_deref(), Some("Nothing, until this is mended: kustomize-controller down 9m."));
}

#[test]
fn an_engine_that_goes_down_is_told_once_and_its_cluster_comes_before_those_that_are_well() {
    let mut deck = green();
    deck.send(Msg::Contexts(vec![super::deck::context("aaa"), super::deck::context("prod")]));
    deck.state.chosen = vec![ClusterId::new("aaa"), ClusterId::new("prod")];
    let chosen = deck.state.chosen.clone();
    crate::app::pane::clusters::watch(&mut deck.state, chosen);
    deck.link("aaa", Link::Live { since: deck.state.now });
    look(&mut deck, &["kustomize-controller"]);
    look(&mut deck, &["kustomize-controller"]);
    let told = deck.state.notices.list.iter().filter(|n| n.text == "prod: kustomize-controller down 9m.").count();
    assert_eq!(told, 1);
    assert_eq!(order(&deck.state)[0].as_str(), "prod");
    look(&mut deck, &[]);
    assert_eq!(order(&deck.state)[0].as_str(), "aaa");
}

#[test]
fn a_look_from_long_ago_says_nothing_of_now() {
    let mut deck = green();
    look(&mut deck, &["kustomize-controller"]);
    deck.wait(400_000);
    deck.send(Msg::Tick);
    assert!(deck.state.fleet.clusters[&ClusterId::new("prod")].warnings.is_empty());
}

#[test]
fn flux_that_ran_nothing_for_long_is_stalled_however_ready_its_controllers_are() {
    let mut deck = green();
    // Three of the ten minutes between two runs, and then more than one run can take.
    for (minutes, stalled) in [(3, false), (40, true)] {
        deck.wait(minutes * 60_000);
        deck.send(Msg::Tick);
        look(&mut deck, &[]);
        let cluster = &deck.state.fleet.clusters[&ClusterId::new("prod")];
        let told = cluster.warnings.iter().any(|w| w.rule == "nothing-reconciled" && w.engine == EngineKind::Flux);
        assert_eq!(told, stalled, "{minutes}m: {:?}", cluster.warnings);
    }
    assert_eq!(severity(&deck, "web"), Severity::Unknown);
}

fn is_stalled(deck: &Deck) -> bool {
    let cluster = &deck.state.fleet.clusters[&ClusterId::new("prod")];
    cluster.warnings.iter().any(|w| w.rule == "nothing-reconciled" && w.engine == EngineKind::Flux)
}

/// Forty minutes later, in which `web` was not run.
fn later(change: impl FnOnce(&mut Deck)) -> Deck {
    let mut deck = green();
    deck.wait(43 * 60_000);
    deck.send(Msg::Tick);
    change(&mut deck);
    deck.send(Msg::Tick);
    look(&mut deck, &[]);
    deck
}

#[test]
fn flux_is_stalled_only_when_every_app_that_it_should_run_is_past_its_own_limit() {
    assert!(is_stalled(&later(|_| ())));
    let slow = |interval: &'static str| {
        move |deck: &mut Deck| {
            let mut other = kustomization("slow", "fleet", NEW);
            other["spec"]["interval"] = interval.into();
            deck.see(1, &other);
        }
    };
    assert!(!is_stalled(&later(slow("24h"))), "one of a day need not have run");
    assert!(is_stalled(&later(slow("10m"))));
}

#[test]
fn what_flux_just_wrote_of_an_app_that_fails_or_is_run_tells_that_it_works() {
    for status in ["False", "Unknown"] {
        let writes = |deck: &mut Deck| {
            let mut other = kustomization("other", "fleet", NEW);
            other["status"]["conditions"][0]["status"] = status.into();
            other["status"]["conditions"][0]["lastTransitionTime"] = deck.state.now.to_string().into();
            deck.see(1, &other);
        };
        assert!(!is_stalled(&later(writes)), "{status}");
    }
}

#[test]
fn apps_that_are_paused_deleted_or_shown_as_of_before_tell_nothing_of_flux() {
    let paused = |deck: &mut Deck| {
        let mut web = kustomization("web", "fleet", NEW);
        web["spec"]["suspend"] = true.into();
        deck.see(1, &web);
    };
    assert!(!is_stalled(&later(paused)));
    let deleted = |deck: &mut Deck| {
        let mut web = kustomization("web", "fleet", NEW);
        web["metadata"]["deletionTimestamp"] = "2026-11-24T03:00:00Z".into();
        deck.see(1, &web);
    };
    assert!(!is_stalled(&later(deleted)));
    let old = |deck: &mut Deck| deck.state.fleet.rows.values_mut().for_each(|r| r.stale_as_of = Some(r.since));
    let mut deck = later(|_| ());
    old(&mut deck);
    look(&mut deck, &[]);
    assert!(!is_stalled(&deck));
}

fn read(deck: &Deck) -> Controllers {
    deck.state.fleet.clusters[&ClusterId::new("prod")].controllers.clone().unwrap()
}

#[test]
fn a_controller_looked_at_before_its_sources_were_read_is_judged_when_they_are_though_no_minute_passes() {
    let mut deck = green();
    let cluster = ClusterId::new("prod");
    let mut found = read(&deck);
    let long_ago = Timestamp::from_second(deck.state.now.as_second() - 1320).ok();
    found.list.iter_mut().filter(|c| c.component == "source-controller").for_each(|c| c.heard_at = long_ago);
    deck.send(Msg::Cluster(ClusterEvent::Controllers { cluster: cluster.clone(), found }));
    deck.kind("prod", "gitrepositories", KindState::Loading { so_far: 0 });
    deck.see(1, &git_repository("fleet", "main", NEW));
    let warned = |deck: &Deck| deck.state.fleet.clusters[&cluster].warnings.iter().any(|w| w.short == "source-controller silent 22m");
    assert!(!warned(&deck));
    deck.kind("prod", "gitrepositories", KindState::Live);
    assert!(warned(&deck), "{:?}", deck.state.fleet.clusters[&cluster].warnings);
}

#[test]
fn a_look_that_was_cut_off_does_not_replace_a_whole_one() {
    let mut deck = green();
    look(&mut deck, &["kustomize-controller"]);
    let whole = read(&deck);
    deck.wait(60_000);
    let cut = Controllers { at: deck.state.now, list: Vec::new(), is_cut: true, before: None, ..whole.clone() };
    let cluster = ClusterId::new("prod");
    deck.send(Msg::Cluster(ClusterEvent::Controllers { cluster: cluster.clone(), found: cut.clone() }));
    assert_eq!((read(&deck).at, read(&deck).list), (whole.at, whole.list));
    deck.send(Msg::Cluster(ClusterEvent::Controllers { cluster, found: Controllers { is_cut: false, ..cut } }));
    assert!(read(&deck).list.is_empty(), "one that found nothing does");
}

#[test]
fn a_look_that_differs_in_ages_only_is_drawn_only_where_it_is_seen() {
    let mut deck = green();
    let cluster = ClusterId::new("prod");
    let beat = |deck: &mut Deck, ready: u32| {
        let mut found = read(deck);
        found.at = deck.state.now;
        found.list.iter_mut().for_each(|c| (c.heard_at, c.ready) = (Some(deck.state.now), ready));
        deck.state.dirty = false;
        engines::on_controllers(&mut deck.state, &cluster, found);
        deck.state.dirty
    };
    deck.wait(1000);
    assert!(!beat(&mut deck, 1));
    assert!(beat(&mut deck, 2), "a count is no age");
    deck.state.view.details_of = crate::app::pane::Pane::Clusters;
    assert!(beat(&mut deck, 2));
}

#[test]
fn the_look_before_is_one_of_a_moment_ago_and_not_the_same_moment() {
    let mut deck = green();
    for (wait, before) in [(5_000, false), (60_000, true), (1_000, true), (400_000, false)] {
        deck.wait(wait);
        deck.send(Msg::Tick);
        look(&mut deck, &[]);
        let gap = read(&deck).before.map(|b| read(&deck).at.as_second() - b.at.as_second());
        // A look close to the last one is measured against the one before that.
        assert_eq!(gap.is_some(), before, "{wait}: {gap:?}");
        assert!(gap.is_none_or(|gap| (20..300).contains(&gap)), "{gap:?}");
    }
}
