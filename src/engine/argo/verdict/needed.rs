//! Every rule of the families is needed: without any one of them some case is told otherwise.

use super::super::tests::{app, applications, argocd_cm, bare, hub, project};
use super::*;
use crate::domain::app::{ArgoFields, EngineFields, Frozen, ManagedResource};
use crate::domain::event::{Edit, LiveNode, Project};
use crate::domain::history::HistoryEntry;
use crate::domain::ids::ObjectKey;
use crate::domain::status::{Health, Phase, Sync};
use crate::engine::Known;
use crate::engine::works::Works;
use jiff::SignedDuration;

/// An app with what is known around it.
struct World {
    app: App,
    now: crate::domain::Timestamp,
    tree: Option<Vec<LiveNode>>,
    compared: Option<crate::domain::Timestamp>,
    project: Option<Project>,
    /// ConfigMap argocd-cm was read.
    cm: bool,
    /// Its controller is down.
    stopped: bool,
}

impl World {
    fn of(app: App) -> Self {
        Self { now: app.observed_at, app, tree: None, compared: None, project: None, cm: false, stopped: false }
    }

    fn words(&self, rules: &[Rule]) -> (String, String, String, bool) {
        let (home, cm) = (hub(), argocd_cm());
        let projects: Vec<&Project> = self.project.iter().collect();
        let trouble = crate::engine::health::kustomize_down();
        let works = Works { trouble: self.stopped.then_some(&trouble), ..Works::default() };
        let context = Context {
            works,
            tree: self.tree.as_deref(),
            compared: self.compared.map(|at| (at, 3)),
            projects: &projects,
            projects_unread: self.project.is_none().then(|| "not read".to_owned()),
            argocd_cm: if self.cm { Known::Read(&cm) } else { Known::Unread("forbidden".into()) },
            ..bare(&home, self.now)
        };
        let v = judge_by(rules.iter().copied(), &self.app, &context);
        (v.short, v.sentence, v.next_word, v.is_old)
    }
}

fn changed(file: &str, change: impl Fn(&mut App, &mut ArgoFields)) -> World {
    let mut app = app(file);
    let EngineFields::Argo(mut fields) = app.engine.clone() else { panic!("{file}") };
    change(&mut app, &mut fields);
    app.engine = EngineFields::Argo(fields);
    World::of(app)
}

/// One object differs and is of another app, too; and so many more differ that are not.
fn shares(sync: Sync, more: usize) -> World {
    let kept = app("unknown-comparison-error-bad-repo").conditions;
    changed("outofsync-manual-drift", |app, _| {
        app.sync = sync;
        let differs = |r: &&mut ManagedResource| r.sync == Some(Sync::OutOfSync);
        assert_eq!(app.resources.iter_mut().filter(differs).count(), 1);
        let key = app.resources.iter_mut().find(differs).unwrap().key.clone();
        app.resources.iter_mut().filter(|r| r.key != key).take(more).for_each(|r| r.sync = Some(Sync::OutOfSync));
        assert_eq!(app.resources.iter_mut().filter(differs).count(), 1 + more);
        let mut condition = kept[0].clone();
        (condition.kind, condition.message) =
            ("SharedResourceWarning".into(), format!("{}/{} is part of applications argocd/a and b", key.kind, key.name));
        app.conditions.push(condition);
    })
}

fn says(kind: &str, message: &str) -> World {
    changed("unknown-comparison-error-bad-repo", |app, _| {
        (app.conditions[0].kind, app.conditions[0].message) = (kind.into(), message.into());
    })
}

fn working(message: &str) -> World {
    changed("operation-running-hook", |app, _| app.operation.as_mut().unwrap().message = message.into())
}

fn failed(message: &str) -> World {
    changed("degraded-operation-failed", |_, fields| fields.operation_resources.iter_mut().for_each(|r| r.message = message.into()))
}

fn pod(file: &str, reason: &str, message: &str) -> World {
    let kind = if reason.is_empty() { "ReplicaSet" } else { "Pod" };
    let node = LiveNode {
        key: ObjectKey::new("", kind, "demo", "web-1"),
        exists: true,
        health: Some(Health::Degraded),
        reason: Some(reason.into()).filter(|r: &String| !r.is_empty()),
        message: message.into(),
        note: message.into(),
        ..LiveNode::default()
    };
    World { tree: Some(vec![node]), ..World::of(app(file)) }
}

/// What only words, live objects or the clock make, and a near twin that must be told otherwise.
fn troubles() -> Vec<(World, World)> {
    let (ill, well) = ("rollout-bad-image-degraded", || World::of(app("synced-healthy-auto")));
    let chart = |message: &str| {
        let mut world = says("ComparisonError", message);
        world.app.sources[0].chart = Some("monitoring".into());
        world
    };
    let frozen = |on: bool| {
        changed("synced-healthy-auto", |app, fields| {
            app.frozen = Some(Frozen { by: "mia".into(), reason: "move".into(), ..Frozen::default() });
            (app.auto_sync, fields.automated) = (Some(on), on);
        })
    };
    let silent = |minutes: i64| {
        let world = well();
        World { compared: world.now.checked_sub(SignedDuration::from_mins(minutes)).ok(), cm: true, ..world }
    };
    let wipe = |message: &str| {
        changed("outofsync-new-commit", |app, _| {
            let mut condition = super::super::tests::app("unknown-comparison-error-bad-repo").conditions[0].clone();
            (condition.kind, condition.message) = ("SyncError".into(), message.into());
            app.conditions.push(condition);
        })
    };
    vec![
        (changed("synced-healthy-auto", |app, _| app.unreadable = Some("spec is no object".into())), well()),
        (working("waiting for healthy state of apps/Deployment/web"), working("odd")),
        (working("odd"), changed("operation-running-hook", |app, _| app.operation = None)),
        (World { stopped: true, ..working("odd") }, working("odd")),
        (World { stopped: true, ..well() }, well()),
        (says("ComparisonError", "authentication required"), says("ComparisonError", "odd")),
        (
            says("ComparisonError", "accumulating resources from 'netpol.yaml': open x/netpol.yaml: no such file or directory"),
            says("ComparisonError", "accumulating resources from 'netpol.yaml': odd"),
        ),
        (
            says("ComparisonError", "MalformedYAMLError: yaml: line 6: no value in File: web.yaml': must build"),
            says("ComparisonError", "no value in File: web.yaml"),
        ),
        (shares(Sync::OutOfSync, 0), shares(Sync::Synced, 0)),
        (shares(Sync::OutOfSync, 0), shares(Sync::OutOfSync, 1)),
        (chart("chart monitoring not found"), chart("odd")),
        (says("ComparisonError", "odd"), says("OrphanedResourceWarning", "odd")),
        (wipe("would wipe out all resources"), wipe("odd")),
        (failed("namespaces \"x\" not found"), failed("services \"x\" not found")),
        (pod(ill, "OOMKilled", ""), pod(ill, "Completed", "")),
        (pod(ill, "ImagePullBackOff", ""), pod(ill, "ContainerCreating", "")),
        (pod(ill, "CrashLoopBackOff", ""), pod("synced-healthy-auto", "CrashLoopBackOff", "")),
        (pod(ill, "Unschedulable", "no node has cpu left"), pod(ill, "SchedulingGated", "")),
        (pod(ill, "", "exceeded quota: a, requested: cpu=1, used: cpu=1, limited: cpu=1"), pod(ill, "", "odd")),
        (frozen(false), frozen(true)),
        (silent(14), silent(4)),
        (
            changed("synced-healthy-auto", |app, _| app.resources.clear()),
            changed("synced-healthy-auto", |app, _| {
                app.resources.clear();
                app.created_at = Some(app.observed_at);
            }),
        ),
        (changed("synced-healthy-auto", |app, _| app.health = Health::Unknown), well()),
    ]
}

/// A Deployment that differs at the commit that was applied.
fn drifted(automated: bool, syncs: usize) -> World {
    changed("outofsync-manual-drift", |app, fields| {
        (app.auto_sync, fields.automated) = (Some(automated), automated);
        let first = HistoryEntry { revision: fields.compared[0].as_str().into(), ..app.history[0].clone() };
        let ago = |i: usize| app.observed_at.checked_sub(SignedDuration::from_mins(1 + 5 * i as i64)).ok();
        app.history = (0..syncs).map(|i| HistoryEntry { at: ago(i).into(), ..first.clone() }).collect();
        app.revision = Some(first.revision.clone().into());
        let operation = app.operation.as_mut().unwrap();
        (operation.phase, operation.revision) = (Phase::Succeeded, Some(first.revision.into()));
    })
}

fn edited(minutes: i64) -> World {
    let world = drifted(false, 1);
    let key = world.app.resources.iter().find(|r| r.sync == Some(Sync::OutOfSync)).unwrap().key.clone();
    let at = world.app.history[0].at.get().unwrap().checked_add(SignedDuration::from_mins(minutes)).ok();
    let edit =
        Edit { manager: "kubectl-edit".into(), at, field: "replicas".into(), more: 0, live: Some("6".into()), applied: Some("3".into()) };
    World { tree: Some(vec![LiveNode { key, exists: true, edit: Some(edit), ..LiveNode::default() }]), ..world }
}

fn differences() -> Vec<(World, World)> {
    let window = |automated: bool| {
        let world = changed("outofsync-auto-sync-held-by-window", |app, fields| {
            (app.auto_sync, fields.automated) = (Some(automated), automated);
            app.health = Health::Healthy;
        });
        World { project: Some(project("frozen")), cm: true, ..world }
    };
    let unapplied = |automated: bool| {
        let mut world = drifted(automated, 1);
        world.app.operation.as_mut().unwrap().revision = Some("another".into());
        world
    };
    vec![
        (changed("synced-healthy-auto", |app, _| app.sync = Sync::Unknown), World::of(app("synced-healthy-auto"))),
        (window(true), window(false)),
        (drifted(true, 5), drifted(true, 1)),
        (edited(1), edited(-5)),
        (drifted(true, 1), drifted(false, 1)),
        (unapplied(true), unapplied(false)),
    ]
}

#[test]
fn without_any_one_rule_some_app_is_told_otherwise() {
    let recorded = applications().into_iter().map(|(_, _, app)| World::of(app));
    let worlds: Vec<World> = recorded.chain(troubles().into_iter().chain(differences()).map(|(world, _)| world)).collect();
    let all: Vec<Rule> = rules().collect();
    let whole: Vec<_> = worlds.iter().map(|w| w.words(&all)).collect();
    let mut idle = Vec::new();
    let mut at = 0;
    for (family, rules) in FAMILIES.iter().enumerate() {
        for rule in 0..rules.len() {
            let rest: Vec<Rule> = all.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, r)| *r).collect();
            if worlds.iter().zip(&whole).all(|(w, words)| w.words(&rest) == *words) {
                idle.push(format!("family {family} rule {rule}"));
            }
            at += 1;
        }
    }
    assert!(idle.is_empty(), "nothing needs {idle:?}");
}

#[test]
fn a_near_twin_is_told_otherwise() {
    let all: Vec<Rule> = rules().collect();
    for (at, (world, twin)) in troubles().into_iter().chain(differences()).enumerate() {
        let (told, other) = (world.words(&all), twin.words(&all));
        assert!(!told.0.is_empty() && told.0 != other.0, "case {at}: {told:?} and its twin {other:?}");
    }
}
