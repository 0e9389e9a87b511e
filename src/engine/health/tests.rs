//! Each rule with what it is for and a near twin that it must leave alone; and that none of them is idle.

use super::*;
use crate::domain::controllers::{Lease, Pods, Switch, Unread};

fn now() -> Timestamp {
    "2026-11-24T03:12:40Z".parse().unwrap()
}

fn ago(seconds: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() - seconds).unwrap()
}

/// Well, as one of an engine that nobody touched.
pub fn controller(engine: EngineKind, name: &str, component: &str) -> Controller {
    Controller {
        engine,
        namespace: if engine == EngineKind::Argo { "argocd".into() } else { "flux-system".into() },
        kind: "Deployment".into(),
        name: name.into(),
        component: component.into(),
        version: Some("1.9.4".into()),
        desired: 1,
        ready: 1,
        down_since: None,
        pods: Some(Pods { count: 1, ..Pods::default() }),
        lease: None,
        heard_at: None,
    }
}

fn flux(component: &str) -> Controller {
    let lease = Lease { holder: format!("{component}-7d9c-x2x4k"), renewed_at: Some(ago(3)), stamp: Some(ago(3)), duration: 35 };
    Controller { lease: Some(lease), ..controller(EngineKind::Flux, component, component) }
}

/// A cluster with both engines, all well.
struct World {
    read: Controllers,
    engines: Vec<EngineInfo>,
    runs: Vec<Runs>,
    source_every: Option<u64>,
}

impl World {
    fn well() -> Self {
        let argo = |component: &str| controller(EngineKind::Argo, &format!("argocd-{component}"), component);
        let mut source = flux("source-controller");
        source.heard_at = Some(ago(60));
        let list = vec![
            argo("application-controller"),
            argo("repo-server"),
            argo("dex-server"),
            source,
            flux("kustomize-controller"),
            flux("helm-controller"),
            flux("notification-controller"),
        ];
        let run = |kind, namespace: &str, usual, limit| Runs { kind, namespace: namespace.into(), newest: ago(100), apps: 6, usual, limit };
        Self {
            read: Controllers { at: now(), list, switches: Vec::new(), unread: Vec::new(), ahead: 0, is_cut: false, before: None },
            engines: [(EngineKind::Argo, "3.5.4"), (EngineKind::Flux, "2.9.4")]
                .map(|(name, v)| EngineInfo { name, version: Some(v.into()) })
                .into(),
            runs: vec![run(AppKind::Kustomization, "", 600, 1200), run(AppKind::Application, "argocd", 180, 600)],
            source_every: Some(300),
        }
    }

    fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut world = Self::well();
        change(&mut world);
        world
    }

    /// The controller of a component, changed.
    fn of(component: &str, change: impl FnOnce(&mut Controller)) -> Self {
        Self::with(|w| change(w.read.list.iter_mut().find(|c| c.component == component).unwrap()))
    }

    /// The same was seen a minute before.
    fn twice(mut self) -> Self {
        self.read.before = Some(Box::new(self.read.clone()));
        self
    }

    fn judge_by(&self, rules: &[(&str, Rule)]) -> Vec<Warning> {
        let apps = [(AppKind::Kustomization, "", 6), (AppKind::HelmRelease, "", 3), (AppKind::Application, "argocd", 17)];
        let apps = apps.map(|(kind, namespace, count)| Apps { kind, namespace: namespace.into(), count });
        let facts = Facts {
            now: now(),
            cluster: "prod-eu",
            context: "prod-eu",
            engines: &self.engines,
            read: &self.read,
            runs: &self.runs,
            apps: &apps,
            source_every: self.source_every,
        };
        super::judge_by(rules, &facts)
    }

    fn judge(&self) -> Vec<Warning> {
        self.judge_by(&RULES)
    }

    fn rules(&self) -> Vec<String> {
        self.judge().into_iter().map(|w| w.rule).collect()
    }
}

fn down(since: Option<i64>) -> impl FnOnce(&mut Controller) {
    move |c| (c.ready, c.down_since) = (0, since.map(ago))
}

fn pods(restarts: u32, ended: i64) -> impl FnOnce(&mut Controller) {
    move |c| c.pods = Some(Pods { count: 1, restarts, reason: Some("OOMKilled".into()), crashed_at: Some(ago(ended)), unready_since: None })
}

fn renewed(seconds: i64) -> impl FnOnce(&mut Controller) {
    move |c| {
        let lease = c.lease.as_mut().unwrap();
        (lease.renewed_at, lease.stamp) = (Some(ago(seconds)), Some(ago(seconds)));
    }
}

fn set(name: &str, value: &str) -> Switch {
    Switch {
        engine: EngineKind::Argo,
        namespace: "argocd".into(),
        place: "ConfigMap argocd-cm".into(),
        name: name.into(),
        value: value.into(),
    }
}

fn version(engine: usize, version: &str) -> World {
    World::with(|w| w.engines[engine].version = Some(version.into()))
}

/// Rule, a world it is for, and one that differs in a single thing and is well.
fn cases() -> Vec<(&'static str, World, World)> {
    vec![
        ("controller-down", World::of("kustomize-controller", down(Some(540))), World::of("kustomize-controller", down(Some(20)))),
        (
            "notification-down",
            World::of("notification-controller", down(Some(540))),
            World::of("notification-controller", |c| (c.ready, c.desired) = (0, 0)),
        ),
        (
            "controller-part-down",
            World::of("repo-server", |c| (c.desired, c.down_since) = (2, Some(ago(120)))),
            World::of("repo-server", |c| (c.desired, c.down_since) = (2, Some(ago(20)))),
        ),
        ("controller-crashing", World::of("helm-controller", pods(3, 300)), World::of("helm-controller", pods(3, 900))),
        ("lease-not-renewed", World::of("source-controller", renewed(1200)).twice(), World::of("source-controller", renewed(90)).twice()),
        ("nothing-reconciled", World::with(|w| w.runs[1].newest = ago(840)), World::with(|w| w.runs[1].newest = ago(590))),
        (
            "sources-silent",
            World::of("source-controller", |c| c.heard_at = Some(ago(900))),
            World::of("source-controller", |c| c.heard_at = Some(ago(600))),
        ),
        ("known-version", version(0, "3.5.1"), version(0, "3.5.4")),
        ("setting", World::with(|w| w.read.switches.push(set("application.resourceTrackingMethod", "label"))), World::well()),
    ]
}

/// What is said of a kustomize-controller that is down, for tests of what follows.
pub fn kustomize_down() -> Warning {
    World::of("kustomize-controller", down(Some(540))).judge().remove(0)
}

#[test]
fn each_rule_tells_its_case_and_leaves_its_near_twin_alone() {
    for (rule, world, twin) in cases() {
        assert_eq!(world.rules(), [rule], "{rule}: {:?}", world.judge());
        assert_eq!(twin.rules(), Vec::<String>::new(), "the twin of {rule}: {:?}", twin.judge());
    }
    let named: Vec<&str> = cases().iter().map(|(rule, ..)| *rule).collect();
    assert_eq!(named, RULES.map(|(name, _)| name), "every rule has a case");
}

#[test]
fn without_any_one_rule_its_case_is_not_told() {
    for (at, (rule, world, _)) in cases().into_iter().enumerate() {
        let rest: Vec<_> = RULES.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, r)| *r).collect();
        assert_ne!(world.judge_by(&rest), world.judge(), "{rule}");
    }
}

#[test]
fn a_controller_of_which_nobody_tells_since_when_it_is_not_ready_is_down_when_two_looks_find_it_so() {
    let once = World::of("kustomize-controller", down(None));
    assert_eq!(once.rules(), Vec::<String>::new(), "it may be replaced just now");
    let mut twice = World::of("kustomize-controller", down(None)).twice();
    assert_eq!(twice.rules(), ["controller-down"]);
    twice.read.before.as_mut().unwrap().list.iter_mut().for_each(|c| c.ready = 1);
    assert_eq!(twice.rules(), Vec::<String>::new(), "it was ready a minute before");
}

#[test]
fn a_lease_that_was_renewed_between_two_looks_or_seen_only_once_is_no_alarm() {
    assert_eq!(World::of("source-controller", renewed(1200)).rules(), Vec::<String>::new());
    for change in [renewed(1260), renewed(1150)] {
        let mut world = World::of("source-controller", renewed(1200)).twice();
        let before = &mut world.read.before.as_mut().unwrap().list;
        change(before.iter_mut().find(|c| c.component == "source-controller").unwrap());
        assert_eq!(world.rules(), Vec::<String>::new());
    }
}

#[test]
fn a_clock_that_is_off_makes_nothing_older_than_it_is() {
    let shifted = |mut world: World, ahead: i64| {
        world.read.ahead = ahead;
        if ahead > 0 {
            // By that clock they would be old as well.
            world.runs.clear();
        }
        world.rules()
    };
    // Ours is nine minutes ahead: what seems to be of nine minutes ago began just now.
    assert_eq!(shifted(World::of("kustomize-controller", down(Some(540))), -539), Vec::<String>::new());
    assert_eq!(shifted(World::of("kustomize-controller", down(Some(20))), 540), ["controller-down"]);
    assert_eq!(shifted(World::with(|w| w.runs[1].newest = ago(840)), -400), Vec::<String>::new());
    assert_eq!(shifted(World::of("helm-controller", pods(3, 300)), 900), Vec::<String>::new());
}

#[test]
fn a_controller_at_zero_is_no_outage_where_its_other_workload_may_not_be_seen() {
    let off = |unread: &str| {
        let mut world = World::of("application-controller", |c| (c.desired, c.ready) = (0, 0));
        world.read.unread.push(Unread { what: unread.into(), why: "forbidden".into() });
        world.rules()
    };
    for unread in ["statefulsets", "statefulsets in argocd"] {
        assert_eq!(off(unread), ["not-read"]);
    }
    assert_eq!(off("statefulsets in elsewhere"), ["controller-down", "not-read"]);
}

#[test]
fn a_controller_that_is_down_names_who_how_long_why_and_what_is_old() {
    let world = World::of("kustomize-controller", |c| {
        (c.ready, c.down_since) = (0, Some(ago(540)));
        c.pods = Some(Pods { count: 1, restarts: 2, reason: Some("OOMKilled".into()), crashed_at: Some(ago(30)), unready_since: None });
    });
    let said = world.judge().remove(0);
    assert_eq!((said.word.as_str(), said.short.as_str()), ("Flux down", "kustomize-controller down 9m"));
    assert_eq!(
        said.sentence,
        "kustomize-controller of prod-eu has 0 of 1 ready for 9m (OOMKilled, 2 restarts). No Kustomization is applied or checked. \
         6 apps of prod-eu show their last known state, marked ?."
    );
    assert_eq!((said.level, said.reach), (Level::Down, Reach::Kustomizations));
    assert_eq!(said.next[1].text, "kubectl --context prod-eu -n flux-system logs deployment/kustomize-controller --tail=50");
}

#[test]
fn what_follows_from_a_controller_that_is_down_is_not_said_again() {
    let world = World::with(|w| {
        let source = w.read.list.iter_mut().find(|c| c.component == "source-controller").unwrap();
        (source.ready, source.down_since) = (0, Some(ago(3000)));
        source.lease.as_mut().unwrap().renewed_at = Some(ago(3000));
        source.heard_at = Some(ago(3000));
        w.runs[0].newest = ago(3000);
    });
    assert_eq!(world.rules(), ["controller-down"]);
    let other = World::with(|w| {
        w.read.list.iter_mut().find(|c| c.component == "helm-controller").unwrap().ready = 0;
        w.runs[0].newest = ago(3000);
    })
    .twice();
    assert_eq!(other.rules(), ["controller-down", "nothing-reconciled"], "helm-controller does not explain Kustomizations");
}

#[test]
fn a_stateful_set_at_zero_beside_a_deployment_is_no_outage_and_alone_it_is() {
    let mut twin = World::well();
    let mut old = controller(EngineKind::Argo, "argocd-application-controller", "application-controller");
    (old.kind, old.desired, old.ready) = ("StatefulSet".into(), 0, 0);
    twin.read.list.push(old.clone());
    assert_eq!(twin.rules(), Vec::<String>::new());
    twin.read.list.retain(|c| c.component != "application-controller");
    twin.read.list.push(old);
    let said = twin.judge().remove(0);
    assert_eq!((said.level, said.short.as_str()), (Level::Down, "argocd-application-controller is scaled to 0"));
    let unused = World::of("dex-server", |c| (c.desired, c.ready) = (0, 0));
    assert_eq!(unused.rules(), Vec::<String>::new(), "a part that nobody uses");
}

#[test]
fn a_slow_flux_is_blamed_on_the_notification_controller() {
    let said = World::of("notification-controller", down(Some(540))).judge().remove(0);
    assert_eq!((said.word.as_str(), said.level, said.reach), ("Flux slow", Level::Poor, Reach::Nothing));
    assert!(said.sentence.contains("Every other controller of Flux waits for it"), "{}", said.sentence);
    assert_eq!(said.next[0].text, "mend it before anything else that looks slow");
}

#[test]
fn versions_are_known_by_their_range_and_a_branch_by_none() {
    let told = |v: &str| version(0, v).judge().first().map(|w| w.short.clone()).unwrap_or_default();
    assert_eq!(told("3.5.2"), "Argo CD 3.5.2: argoproj/argo-cd#29332");
    assert_eq!(told("3.5.3"), "Argo CD 3.5.3: argoproj/argo-cd#29741");
    assert_eq!(told("3.1.9-rc1"), "Argo CD 3.1.9-rc1: argoproj/argo-cd#29332");
    assert_eq!(told("2.14.2"), "");
    assert_eq!(told("latest"), "");
    let old = World::of("kustomize-controller", |c| c.version = Some("1.8.2".into()));
    assert_eq!(old.judge()[0].short, "kustomize-controller 1.8.2: fluxcd/kustomize-controller#1664");
}

#[test]
fn a_list_that_may_not_be_read_is_told_and_is_no_alarm() {
    let world = World::with(|w| {
        w.read.unread.push(Unread { what: "leases in flux-system".into(), why: "forbidden".into() });
        w.read.list.iter_mut().for_each(|c| c.lease = None);
    });
    let said = world.judge().remove(0);
    assert_eq!((said.rule.as_str(), said.level), ("not-read", Level::Note));
    assert!(said.sentence.contains("leases in flux-system (forbidden)"), "{}", said.sentence);
}

#[test]
fn a_short_word_fits_its_column_and_a_short_sentence_its_row() {
    for (rule, world, _) in cases() {
        for said in world.judge().iter().filter(|w| w.level <= Level::Poor) {
            assert!(said.word.len() <= 14 && said.short.len() <= 40, "{rule}: {said:?}");
            assert!(said.sentence.ends_with('.') && !said.next.is_empty(), "{rule}: {said:?}");
        }
    }
}
