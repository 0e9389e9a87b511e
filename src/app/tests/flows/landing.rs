//! What is protected, read-only or guarded is so wherever an action lands, watched or not.

use super::deck::*;
use crate::app::action::plan::build;
use crate::app::msg::Msg;
use crate::app::pane::clusters;
use crate::domain::app::{App, Destination};
use crate::domain::cluster::ContextInfo;
use crate::domain::ids::{AppKind, ClusterId};
use crate::domain::plan::{Plan, PlanChoices, Risk};
use crate::engine::Verb;

/// An Application of the hub that deploys to what Argo CD calls so.
fn shop(name: Option<&str>, server: Option<&str>) -> App {
    let mut app = argo("argocd", "shop", "prod");
    app.destination =
        Destination { cluster: None, name: name.map(str::to_owned), server: server.map(str::to_owned), namespace: Some("shop".into()) };
    app
}

fn deck(app: App, set: impl FnOnce(&mut Deck)) -> Deck {
    let mut deck = Deck::live();
    set(&mut deck);
    deck.app(app);
    deck.tip('a');
    deck.wait(1_800_000);
    deck.effects.clear();
    deck
}

fn plan(deck: &Deck) -> Plan {
    let shop = id("hub", AppKind::Application, "argocd", "shop");
    let plan = build(&deck.state, &shop, Verb::Sync, &PlanChoices::default()).unwrap();
    assert!(!plan.is_refused(), "{:?}", plan.refused);
    plan
}

/// Its lines: the place, and what is not known of it.
fn runs_on(plan: &Plan) -> String {
    plan.lines.iter().filter(|l| l.label == "runs on").map(|l| format!("{}\n", l.text)).collect()
}

fn protect(globs: &[&str]) -> impl FnOnce(&mut Deck) {
    let globs = globs.iter().map(|g| (*g).to_owned()).collect();
    move |deck| deck.state.settings.protected = globs
}

/// The kubeconfig has one more context, which is not watched.
fn knows(info: ContextInfo) -> impl FnOnce(&mut Deck) {
    move |deck| {
        let mut contexts = deck.state.contexts.clone();
        contexts.push(info);
        deck.send(Msg::Contexts(contexts));
    }
}

#[test]
fn a_destination_that_nobody_can_tell_counts_as_protected_and_wants_the_apps_name() {
    for app in [shop(Some("ap-7"), None), shop(None, Some("https://10.2.0.7:6443"))] {
        let mut deck = deck(app, |_| ());
        deck.keys("s");
        let plan = &deck.dialog().plan;
        assert_eq!((plan.risk, plan.typed.as_deref()), (Risk::Destructive, Some("shop")));
        let told = runs_on(plan);
        assert!(
            told.contains("PROTECTED  frozen") && told.contains("\ndestination unknown to this deck: treated as protected\n"),
            "{told}"
        );
        deck.keys("y enter");
        assert!(sent(&deck.effects).is_empty(), "a key alone sends nothing");
        deck.keys("esc s");
        deck.wait(400);
        deck.types("shop");
        deck.keys("enter enter");
        assert_eq!(sent(&deck.effects).len(), 1);
    }
}

#[test]
fn a_destination_is_protected_by_every_name_the_config_may_know_it_by() {
    let server = Some("https://10.2.0.7:6443/");
    let cases: [(App, &str, &str); 3] = [
        (shop(Some("prod-ap"), None), "prod-*", "prod-ap"),
        (shop(Some("ap"), server), "https://10.2.0.7:6443", "ap"),
        (shop(None, server), "https://10.2.*", "https://10.2.0.7:6443/"),
    ];
    for (app, glob, word) in cases {
        let deck = deck(app, protect(&[glob]));
        let plan = plan(&deck);
        assert_eq!((plan.risk, plan.typed.as_deref()), (Risk::Destructive, Some(word)), "{glob}");
        assert!(
            runs_on(&plan).contains("PROTECTED  frozen") && runs_on(&plan).contains("\nunmapped: no context of yours reaches it\n"),
            "{}",
            runs_on(&plan)
        );
    }
}

#[test]
fn a_destination_whose_context_is_not_watched_is_as_protected_as_the_context() {
    let info = |alias: Option<&str>, protected| ContextInfo {
        alias: alias.map(str::to_owned),
        server: "https://10.2.0.7:6443".into(),
        ..context("arn:aws:eks:ap-1:1:cluster/seven", protected)
    };
    let app = || shop(Some("ap"), Some("https://10.2.0.7:6443/"));
    let named = deck(app(), knows(info(None, true)));
    assert_eq!(plan(&named).typed.as_deref(), Some("ap"), "the kubeconfig names it like prod");
    let aliased = deck(app(), |deck| {
        protect(&["pacific"])(deck);
        knows(info(Some("pacific"), false))(deck);
    });
    assert_eq!(plan(&aliased).typed.as_deref(), Some("ap"));
    assert!(
        runs_on(&plan(&aliased)).contains("PROTECTED  frozen") && runs_on(&plan(&aliased)).contains("\ncontext pacific, not watched now\n"),
        "{}",
        runs_on(&plan(&aliased))
    );
    let marked = deck(app(), |deck| {
        deck.state.marked.insert(ClusterId::new("arn:aws:eks:ap-1:1:cluster/seven"), true);
        knows(info(None, false))(deck);
    });
    assert_eq!(plan(&marked).typed.as_deref(), Some("ap"));
    let open = deck(app(), knows(info(None, false)));
    assert_eq!((plan(&open).risk, plan(&open).typed), (Risk::Reversible, None), "its address says which it is, and it is not protected");
}

#[test]
fn a_name_that_is_only_like_a_context_may_protect_and_never_takes_care_away() {
    let alike = |protected| {
        let info = ContextInfo { server: "https://elsewhere".into(), ..context("gke_acme_ap_seven", protected) };
        deck(shop(Some("seven"), None), knows(info))
    };
    assert_eq!(plan(&alike(true)).typed.as_deref(), Some("seven"));
    assert_eq!(plan(&alike(false)).typed.as_deref(), Some("shop"), "a name alone proves nothing");
}

#[test]
fn a_mapped_destination_is_protected_by_the_name_that_argo_has_for_it() {
    let app = shop(Some("payments-prod"), Some("https://flux.example.com"));
    let open = deck(app.clone(), |_| ());
    assert_eq!(plan(&open).typed, None);
    let guarded = deck(app, protect(&["*-prod"]));
    assert_eq!(plan(&guarded).typed.as_deref(), Some("flux"), "what is typed is the cluster as shown");
}

#[test]
fn a_cluster_that_is_not_watched_any_more_stays_as_protected_as_it_was() {
    let mut deck = deck(shop(Some("prod"), Some("https://prod.example.com")), |_| ());
    assert_eq!(plan(&deck).typed.as_deref(), Some("prod"));
    let out = clusters::watch(&mut deck.state, vec![ClusterId::new("hub")]);
    assert!(!out.is_empty());
    let plan = plan(&deck);
    assert_eq!((plan.risk, plan.typed.as_deref()), (Risk::Destructive, Some("prod")));
    assert!(runs_on(&plan).contains("PROTECTED  frozen") && runs_on(&plan).contains("\nnot watched now\n"), "{}", runs_on(&plan));
    assert!(deck.state.fleet.clusters[&ClusterId::new("prod")].protected, "it is in the list of clusters as a protected one");
    clusters::watch(&mut deck.state, vec![ClusterId::new("hub"), ClusterId::new("prod")]);
    let row = deck.state.fleet.rows.values().next().unwrap();
    assert_eq!(row.app.destination.cluster, Some(ClusterId::new("prod")), "and mapped again once it is watched");
}

#[test]
fn an_unmapped_destination_that_is_read_only_is_refused_by_its_own_name_before_there_is_a_plan() {
    let mut deck = deck(shop(Some("audit-ap"), None), |deck| deck.state.settings.read_only_clusters = vec!["audit-*".into()]);
    deck.keys("s");
    assert_eq!(deck.said(), "audit-ap is read-only (config).");
    assert!(deck.state.overlays.is_empty());
    let shop = id("hub", AppKind::Application, "argocd", "shop");
    let refused = build(&deck.state, &shop, Verb::Sync, &PlanChoices::default()).unwrap().refused.unwrap();
    assert_eq!(refused.text, "driftdeck treats audit-ap as read-only.");
}

#[test]
fn a_guardrail_on_any_name_of_the_destination_switches_the_option_off() {
    let info = ContextInfo { alias: Some("pacific".into()), server: "https://10.2.0.7:6443".into(), ..context("seven", false) };
    let deck = deck(shop(None, Some("https://10.2.0.7:6443")), |deck| {
        deck.state.settings.guardrails = vec![("pacific".into(), vec!["no_prune".into()])];
        knows(info)(deck);
    });
    let plan = plan(&deck);
    let prune = plan.options.iter().find(|o| o.name == "prune").unwrap();
    assert_eq!(prune.off_because.as_deref(), Some("off: guardrail no_prune on pacific"));
    assert!(plan.targets[0].names.iter().any(|n| n == "pacific"), "the writer is told every name: {:?}", plan.targets[0].names);
}

#[test]
fn a_flux_app_that_deploys_elsewhere_by_a_secret_is_treated_as_protected() {
    let mut app = kust("alpha");
    app.destination = Destination { cluster: None, name: Some("edge-kubeconfig".into()), server: None, namespace: None };
    if let crate::domain::app::EngineFields::Flux(fields) = &mut app.engine {
        fields.remote = true;
    }
    let mut deck = Deck::with(vec![app]);
    deck.keys("s");
    let plan = &deck.dialog().plan;
    assert_eq!((plan.risk, plan.typed.as_deref(), plan.targets[0].runs_on.as_str()), (Risk::Destructive, Some("alpha"), "edge-kubeconfig"));
    assert!(
        runs_on(plan).contains("  managed on flux  frozen")
            && runs_on(plan).contains("\ndestination unknown to this deck: treated as protected\n"),
        "{}",
        runs_on(plan)
    );
}
