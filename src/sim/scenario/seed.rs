//! What driftdeck would have written down before the start: plain data that the caller stores.

use super::live;
use super::status::ran;
use super::table::{App, Kind, State, apps};
use super::{Scenario, World, states};
use crate::domain::Timestamp;
use crate::domain::history::LedgerEntry;
use crate::domain::ids::{AppId, AppKind, ClusterId};
use crate::domain::journal::{TimelineEntry, TimelineKind};
use crate::sim::ids;
use serde_json::Value;

/// A note of the operator on an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub app: AppId,
    pub note: String,
    pub at: Timestamp,
}

/// Objects of a cluster as they were last read; the caller parses them.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    pub cluster: String,
    pub observed_at: Timestamp,
    /// Why it is not read now.
    pub reason: String,
    pub objects: Vec<Value>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seed {
    pub ledger: Vec<LedgerEntry>,
    pub timeline: Vec<TimelineEntry>,
    pub acknowledged: Vec<Mark>,
    pub rows: Vec<Rows>,
    /// When driftdeck is said to have been started.
    pub started_at: Option<Timestamp>,
}

pub fn of(world: &World<'_>) -> Seed {
    let started = ids::later(world.now, -36 * 60 - 42);
    let list = apps(world.scenario);
    let mut seed = Seed { started_at: Some(started), ..Seed::default() };
    for app in &list {
        seed.ledger.extend(ledger(world, app, started));
    }
    if !world.scenario.is_quiet() {
        seed.acknowledged.extend(list.iter().filter(|app| app.state == State::UpgradeFailed).map(|app| Mark {
            app: id(app),
            note: "waiting for the chart's authors".into(),
            at: ids::later(world.now, -5400),
        }));
        seed.rows.push(edge(world, &list));
    }
    if world.scenario == Scenario::Night {
        seed.timeline = timeline(world);
    }
    // When an Application left sync stands nowhere on it; a watcher would have seen it.
    let left = |app: &App| match app.state {
        State::Window | State::Edited | State::TwoDiffer => Some(app.age),
        _ if world.scenario == Scenario::States && states::DRIFTED.contains(&app.name) => Some(app.age),
        _ => live::is_by_hand(world, app).then_some(live::BY_HAND),
    };
    let drifted = list.iter().filter_map(|app| Some((app, left(app)?)));
    seed.timeline.extend(drifted.map(|(app, age)| TimelineEntry {
        v: 1,
        at: ids::later(world.now, -age),
        kind: TimelineKind::Sync,
        place: app.cluster.into(),
        app: Some(id(app)),
        text: "Synced to OutOfSync".into(),
        revision: None,
    }));
    seed.timeline.sort_by_key(|entry| entry.at);
    seed
}

pub fn id(app: &App) -> AppId {
    let kind = match app.kind {
        Kind::Application => AppKind::Application,
        Kind::Kustomization => AppKind::Kustomization,
        Kind::HelmRelease => AppKind::HelmRelease,
    };
    AppId { cluster: ClusterId::new(app.home), kind, namespace: app.namespace.into(), name: app.name.into() }
}

/// Revisions seen well since driftdeck started.
fn ledger(world: &World<'_>, app: &App, started: Timestamp) -> Vec<LedgerEntry> {
    let runs = ran(world, app);
    let bad = |rev: &str| matches!(app.state, State::Crashing | State::Failing) && matches!(rev, "9d1e07b" | "4f2c91d");
    let is_ill = world.scenario == Scenario::States && states::ILL.contains(&app.name);
    let mut out = Vec::new();
    for (index, (rev, age)) in runs.iter().enumerate().filter(|(index, _)| !is_ill || index + 1 < runs.len()) {
        let first = ids::later(world.now, -age).max(started);
        let last = runs.get(index + 1).map_or(world.now, |(_, next)| ids::later(world.now, -next));
        if last > started && !bad(rev) && !matches!(app.state, State::BadImage | State::UpgradeFailed) {
            out.push(LedgerEntry { app: id(app), revision: world.repos.id(rev), first_at: first, last_at: last });
        }
    }
    out
}

fn edge(world: &World<'_>, list: &[App]) -> Rows {
    let objects = list.iter().filter(|app| app.home == "edge-syd").map(|app| super::app_object(world, app)).collect();
    Rows { cluster: "edge-syd".into(), observed_at: ids::later(world.now, -379), reason: "connection timed out after 10s".into(), objects }
}

fn timeline(world: &World<'_>) -> Vec<TimelineEntry> {
    let payments = apps(world.scenario).iter().find(|app| app.name == "payments" && app.cluster == "prod-eu").map(id);
    let row = |age: i64, kind: TimelineKind, text: String, rev: &str| TimelineEntry {
        v: 1,
        at: ids::later(world.now, -age),
        kind,
        place: if kind == TimelineKind::Commit { "fleet".into() } else { "prod-eu".into() },
        app: payments.clone(),
        text,
        revision: Some(world.repos.id(rev)),
    };
    // The words are those of the drawing, the ids those of the demo's own repositories.
    let short = |rev: &str| world.repos.id(rev).chars().take(7).collect::<String>();
    vec![
        row(2188, TimelineKind::Health, format!("Healthy at {}, for 19m", short("e77a310")), "e77a310"),
        row(1270, TimelineKind::Commit, "Lena Fuchs   cost-centre (#811)".into(), "0b6f552"),
        row(1178, TimelineKind::Commit, "image-bot    payments 2.14.0".into(), "c41d8f0"),
        row(1110, TimelineKind::Commit, "Dana Osei    Merge #812".into(), "9d1e07b"),
        row(1016, TimelineKind::Revision, format!("{} fetched and applied", short("9d1e07b")), "9d1e07b"),
        row(713, TimelineKind::Health, "Healthy to Degraded".into(), "9d1e07b"),
        row(293, TimelineKind::Operation, "health check failed, second time".into(), "4f2c91d"),
    ]
}
