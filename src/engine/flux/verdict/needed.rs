//! Every rule of the table is needed: without any one of them some case is told otherwise.

use super::*;
use crate::domain::Timestamp;
use crate::domain::app::{Condition, EngineFields};
use crate::domain::event::LiveNode;
use crate::domain::ids::ObjectKey;
use crate::domain::source::SourceObject;
use crate::domain::status::{Health, HealthBy, Phase};
use crate::engine::existing::{Existing, NAMESPACE};
use crate::engine::flux::tests::{bare, facts, now, parse_app, parse_source, recorded};
use crate::engine::works::Works;

/// An app with what is known around it.
struct World {
    app: App,
    now: Timestamp,
    source: Option<SourceObject>,
    tree: Option<Vec<LiveNode>>,
    related: Vec<App>,
    head: Option<&'static str>,
    existing: Vec<Existing<'static>>,
    /// Its controller is down.
    stopped: bool,
}

impl World {
    fn of(app: App, now: Timestamp) -> Self {
        Self { app, now, source: None, tree: None, related: Vec::new(), head: None, existing: Vec::new(), stopped: false }
    }

    fn words(&self, held: &[Rule], rules: &[Rule]) -> (String, String, String, bool) {
        let home = facts("prod-eu");
        let related: Vec<&App> = self.related.iter().collect();
        let trouble = crate::engine::health::kustomize_down();
        let works = Works { trouble: self.stopped.then_some(&trouble), ..Works::default() };
        let context = Context {
            works,
            source: self.source.as_ref(),
            tree: self.tree.as_deref(),
            related: &related,
            head: self.head,
            existing: &self.existing,
            ..bare(&home, self.now)
        };
        let v = judge_by(held, rules, &self.app, &context);
        (v.short, v.sentence, v.next_word, v.is_old)
    }
}

fn recorded_worlds() -> Vec<World> {
    let read = |(file, want): (String, serde_json::Value)| {
        let (kind, json) = recorded(&file);
        let is_app = matches!(kind.as_str(), "Kustomization" | "HelmRelease");
        is_app.then(|| {
            let now = want["read_at"].as_str().unwrap().parse().unwrap();
            World::of(parse_app(&kind, &json, now), now)
        })
    };
    crate::engine::flux::tests::objects::expected().into_iter().filter_map(read).collect()
}

fn app(file: &str) -> App {
    crate::engine::flux::tests::recorded_app(&format!("{file}.json"))
}

/// Read two seconds after the newest thing that the object tells.
fn world(app: App) -> World {
    let newest = app.conditions.iter().filter_map(|c| c.since).max().unwrap_or(app.observed_at);
    World::of(app, newest + jiff::SignedDuration::from_secs(2))
}

/// The recorded failure, in other words.
fn says(file: &str, reason: &str, message: &str) -> World {
    let mut app = app(file);
    let ready = app.conditions.iter_mut().find(|c| c.kind == "Ready").unwrap();
    (ready.reason, ready.message) = (reason.into(), message.into());
    world(app)
}

fn later(world: World, minutes: i64) -> World {
    World { now: world.now + jiff::SignedDuration::from_mins(minutes), ..world }
}

fn computed(health: Health, tree: Vec<LiveNode>) -> World {
    let mut app = app("kustomization-applied-no-wait");
    (app.health, app.health_by) = (health, HealthBy::Computed);
    World { tree: Some(tree), ..world(app) }
}

fn live(kind: &str, health: Health, reason: &str, message: &str) -> LiveNode {
    LiveNode {
        key: ObjectKey::new(if kind == "SecretStore" { "external-secrets.io" } else { "" }, kind, "demo", "x"),
        exists: true,
        health: Some(health),
        reason: Some(reason.into()).filter(|r: &String| !r.is_empty()),
        note: message.into(),
        message: message.into(),
        ..LiveNode::default()
    }
}

fn source(file: &str) -> SourceObject {
    let (kind, json) = recorded(&format!("{file}.json"));
    parse_source(&kind, &json)
}

fn with_source(file: &str, change: impl Fn(&mut SourceObject)) -> World {
    let mut source = source(file);
    change(&mut source);
    World { source: Some(source), ..world(app("kustomization-healthy-wait")) }
}

/// A case that only live objects, other words or other objects make, and a near twin that must be told otherwise.
fn failures() -> Vec<(World, World)> {
    let (build, chart, apply) = ("kustomization-build-failed", "helmrelease-chart-missing", "kustomization-apply-failed-invalid-object");
    let install = "helmrelease-install-failed-stalled";
    let mut unreadable = app("kustomization-healthy-wait");
    unreadable.unreadable = Some("interval \"1d\" is no duration".into());
    let mut locked = app("helmrelease-ready");
    locked.history[0].result = "pending-upgrade".into();
    let mut stalled = app("kustomization-healthy-wait");
    stalled.conditions.push(Condition {
        kind: "Stalled".into(),
        status: Some(true),
        reason: "X".into(),
        message: "no".into(),
        since: None,
    });
    let mut released = stalled.clone();
    released.conditions.last_mut().unwrap().status = Some(false);
    let mut again = app("kustomization-reconciling-building");
    let operation = again.operation.as_mut().unwrap();
    (operation.phase, operation.routine) = (Phase::Failed, false);
    again.health = Health::Unknown;
    let well = || world(app("kustomization-healthy-wait"));
    let no_version = "HelmChart 'a/b' is not ready: invalid chart reference: no 'web' chart with version matching '9.x' found";
    vec![
        (World::of(unreadable, now()), well()),
        (says(chart, "SourceNotReady", no_version), says(chart, "SourceNotReady", "HelmChart 'a/b' is not ready: odd")),
        (says(chart, "SourceNotReady", "HelmChart 'a/b' is not ready: odd"), says(chart, "Odd", "HelmChart 'a/b' is odd")),
        (
            says(build, "BuildFailed", "failed to decrypt apps/db.yaml with sops: no key"),
            says(build, "BuildFailed", "kustomize build failed: no key"),
        ),
        (
            says(build, "BuildFailed", "kustomize build failed: MalformedYAMLError: yaml: line 6: no value in File: web.yaml': must build"),
            says(build, "BuildFailed", "kustomize build failed: no value in File: web.yaml"),
        ),
        (says(build, "BuildFailed", "kustomize build failed: odd"), says(build, "Odd", "kustomize build failed: odd")),
        (
            says(apply, "ReconciliationFailed", "namespaces \"x\" not found"),
            says(apply, "ReconciliationFailed", "services \"x\" not found"),
        ),
        (
            World {
                existing: vec![Existing { kind: NAMESPACE, namespace: "", name: "carts" }],
                ..says(apply, "ReconciliationFailed", "Deployment/cart/web dry-run failed (NotFound): namespaces \"cart\" not found")
            },
            says(apply, "ReconciliationFailed", "Deployment/x/web dry-run failed (NotFound): namespaces \"x\" not found"),
        ),
        (world(locked), world(app("helmrelease-ready"))),
        (says(install, "InstallFailed", "namespaces \"x\" not found"), says(install, "InstallFailed", "services \"x\" not found")),
        (world(stalled), world(released)),
        (says(build, "Odd", "something else"), well()),
        (world(again), world(app("kustomization-reconciling-building"))),
        (later(world(app("kustomization-reconciling-building")), 20), world(app("kustomization-reconciling-building"))),
    ]
}

fn surroundings() -> Vec<(World, World)> {
    let well = || world(app("kustomization-healthy-wait"));
    let store = |health| vec![live("SecretStore", health, "", "context deadline exceeded")];
    let waits = |reason: &str| vec![live("Pod", Health::Progressing, reason, "no node has cpu left")];
    let failing = |minutes: i64| {
        let source = source("gitrepository-failing-with-old-artifact");
        let now = source.ready_since.unwrap() + jiff::SignedDuration::from_mins(minutes);
        World { source: Some(source), now, ..world(app("kustomization-green-but-stale-source-failing")) }
    };
    let head = Some("4f2c91d8e8c7b5017b5ebc3c82e469056b2fd7aa");
    let behind = |head| World { head, ..with_source("gitrepository-ready", |_| {}) };
    let mut parent = app("kustomization-parent-of-kustomizations");
    let child = parent.resources.iter().find(|r| r.key.kind == "Kustomization").unwrap().key.clone();
    (parent.health, parent.health_by) = (Health::Unknown, HealthBy::NotAssessed);
    if let EngineFields::Flux(fields) = &mut parent.engine {
        fields.assesses_health = false;
    }
    let holds = |file: &str| {
        let mut made = app(file);
        (made.id.namespace, made.id.name) = (child.namespace.to_string(), child.name.to_string());
        World { related: vec![made], ..world(parent.clone()) }
    };
    let stopped = |world: World| World { stopped: true, ..world };
    let busy = || {
        let mut app = app("kustomization-reconciling-building");
        let operation = app.operation.as_mut().unwrap();
        (operation.phase, operation.routine) = (Phase::Running, false);
        world(app)
    };
    let mut mute = app("kustomization-healthy-wait");
    mute.conditions.retain(|c| c.kind != "Ready");
    vec![
        (computed(Health::Degraded, store(Health::Degraded)), computed(Health::Degraded, store(Health::Healthy))),
        (computed(Health::Degraded, Vec::new()), computed(Health::Healthy, Vec::new())),
        (later(well(), 20), well()),
        (failing(26), World { source: None, ..failing(26) }),
        (with_source("gitrepository-ready", |s| s.suspended = true), with_source("gitrepository-ready", |_| {})),
        (behind(head), behind(None)),
        (computed(Health::Progressing, waits("Unschedulable")), computed(Health::Progressing, waits("ContainerCreating"))),
        (computed(Health::Progressing, waits("")), computed(Health::Healthy, waits(""))),
        (holds("kustomization-build-failed"), holds("kustomization-healthy-wait")),
        (world(mute), well()),
        (stopped(well()), well()),
        (stopped(busy()), busy()),
    ]
}

fn without(rules: &[Rule], at: usize) -> Vec<Rule> {
    rules.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, r)| *r).collect()
}

#[test]
fn without_any_one_rule_some_app_is_told_otherwise() {
    let mut worlds = recorded_worlds();
    worlds.extend(failures().into_iter().chain(surroundings()).map(|(world, _)| world));
    let whole: Vec<_> = worlds.iter().map(|w| w.words(&HELD, &RULES)).collect();
    let differs = |held: &[Rule], rules: &[Rule]| worlds.iter().zip(&whole).any(|(w, words)| w.words(held, rules) != *words);
    let held = (0..HELD.len()).filter(|at| !differs(&without(&HELD, *at), &RULES)).map(|at| format!("HELD {at}"));
    let rules = (0..RULES.len()).filter(|at| !differs(&HELD, &without(&RULES, *at))).map(|at| format!("RULES {at}"));
    let idle: Vec<String> = held.chain(rules).collect();
    assert!(idle.is_empty(), "nothing needs {idle:?}");
}

#[test]
fn a_near_twin_is_told_otherwise() {
    for (at, (world, twin)) in failures().into_iter().chain(surroundings()).enumerate() {
        let (told, other) = (world.words(&HELD, &RULES), twin.words(&HELD, &RULES));
        assert!(!told.0.is_empty() && told.0 != other.0, "case {at}: {told:?} and its twin {other:?}");
    }
}
