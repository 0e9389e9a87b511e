//! Worlds as data: the seven clusters and 41 apps of the demo fleet, in every state the screens draw.
//!
//! `table` lists the apps, `spec` makes the objects as git declares them, `status` adds what the controllers would have written,
//! `live` the workloads. Import rules as the parent. To extend: add a variant to `Scenario`, and rows or states to `table`.

mod around;
mod engines;
mod live;
mod pods;
mod seed;
mod spec;
mod states;
mod status;
mod table;

pub use engines::stopped;
pub use live::tracking_id;
pub use pods::log_text;
pub use seed::{Mark, Rows, Seed};
pub use spec::{declared, manifest, yaml};
pub use states::at_head;
pub use table::{App, Kind, Source, State, apps};

use super::api::{Crd, Deny};
use super::repos::{Repos, Story};
use crate::domain::Timestamp;
use serde_json::Value;

/// What the demo plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scenario {
    #[default]
    Merge,
    Night,
    Conflict,
    Moved,
    Refused,
    Quiet,
    Stopped,
    Drift,
    States,
}

/// Name and one line for each scenario, the default first.
pub const SCENARIOS: [(Scenario, &str, &str); 9] = [
    (Scenario::Merge, "merge", "20 s after the start a bad merge lands; three clusters pull it; roll it back"),
    (Scenario::Night, "night", "the fleet at 03:12:40, clock frozen: every state at once, for looking around"),
    (Scenario::Conflict, "conflict", "as merge, then image-bot changes a line again: its older commit cannot be undone alone"),
    (Scenario::Moved, "moved", "as merge, and somebody pushes every 15 s: the remote moves under your plan"),
    (Scenario::Refused, "refused", "as merge, but main takes changes by pull request only"),
    (Scenario::Quiet, "quiet", "everything is green, and stays so"),
    (Scenario::Stopped, "stopped", "as quiet, but on prod-eu kustomize-controller is down, and on stage-eu notification-controller"),
    (
        Scenario::Drift,
        "drift",
        "as quiet, but a script and three people changed five apps and a Helm release by hand: D tells the causes apart",
    ),
    (Scenario::States, "states", "one row for each situation that Argo CD and Flux can get into, named after it, clock frozen"),
];

impl Scenario {
    pub fn name(self) -> &'static str {
        SCENARIOS.iter().find(|(scenario, ..)| *scenario == self).map_or("merge", |(_, name, _)| name)
    }
    pub fn named(name: &str) -> Option<Self> {
        SCENARIOS.iter().find(|(_, it, _)| *it == name).map(|(scenario, ..)| *scenario)
    }
    pub fn story(self) -> Story {
        match self {
            Self::Night => Story::Night,
            Self::States => Story::States,
            _ => Story::Before,
        }
    }
    /// Git holds no trouble, and nobody commits.
    pub fn is_quiet(self) -> bool {
        matches!(self, Self::Quiet | Self::Stopped | Self::Drift)
    }
    /// Controllers run and time passes.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Night | Self::States)
    }
    /// When a frozen scenario stands.
    pub fn frozen_at(self) -> Option<Timestamp> {
        (!self.is_live()).then(|| "2026-11-24T03:12:40Z".parse().ok()).flatten()
    }
    pub fn clusters(self) -> &'static [Cluster] {
        if self == Self::States { &states::CLUSTERS } else { &CLUSTERS }
    }
    /// Custom kinds that a cluster knows besides those of its engines.
    pub fn kinds(self, cluster: &str) -> Vec<Crd> {
        if self == Self::States { states::kinds(cluster) } else { Vec::new() }
    }
    /// Rights that the operator lacks on a cluster.
    pub fn denied(self, cluster: &str) -> Vec<Deny> {
        let deny = |verb: &str, resource: &str| Deny { verb: verb.into(), resource: resource.into(), ..Deny::default() };
        match (self, cluster) {
            (Self::States, "dev-shared") => vec![deny("patch", "applications.argoproj.io")],
            (_, "dev-shared") if !self.is_quiet() => vec![deny("", "helmreleases.helm.toolkit.fluxcd.io")],
            _ => Vec::new(),
        }
    }
}

/// A cluster of the fleet.
#[derive(Clone, Copy, Debug)]
pub struct Cluster {
    pub name: &'static str,
    pub kubernetes: &'static str,
    pub argo: Option<&'static str>,
    pub flux: Option<&'static str>,
    /// Has a context in the operator's kubeconfig.
    pub mapped: bool,
    pub protected: bool,
    /// Answers.
    pub reachable: bool,
}

const fn cluster(name: &'static str, argo: Option<&'static str>, flux: Option<&'static str>) -> Cluster {
    Cluster { name, kubernetes: "v1.34.2", argo, flux, mapped: true, protected: false, reachable: true }
}

/// The seven clusters of the demo fleet.
pub const CLUSTERS: [Cluster; 7] = [
    cluster("hub-eu", Some("v3.5.1"), None),
    Cluster { protected: true, ..cluster("prod-us", None, None) },
    Cluster { protected: true, mapped: false, ..cluster("prod-ap", None, None) },
    Cluster { protected: true, ..cluster("prod-eu", None, Some("v2.9.4")) },
    cluster("stage-eu", None, Some("v2.9.4")),
    Cluster { reachable: false, ..cluster("edge-syd", None, Some("v2.9.4")) },
    cluster("dev-shared", Some("v3.4.2"), Some("v2.9.4")),
];

/// What a world is made from.
pub struct World<'a> {
    pub scenario: Scenario,
    pub now: Timestamp,
    pub repos: &'a Repos,
    pub seed: u64,
}

/// An object and the cluster it is put on.
pub struct Placed {
    pub cluster: &'static str,
    pub object: Value,
}

/// A log of a container.
pub struct PodLog {
    pub cluster: &'static str,
    pub namespace: String,
    pub pod: String,
    pub container: String,
    pub text: String,
}

/// All objects of the fleet at its start, and the logs of its pods.
pub fn objects(world: &World<'_>) -> (Vec<Placed>, Vec<PodLog>) {
    let mut out = Vec::new();
    let mut logs = Vec::new();
    for cluster in world.scenario.clusters() {
        let objects = live::cluster_objects(world, cluster).into_iter().chain(around::objects(world, cluster));
        out.extend(objects.map(|object| Placed { cluster: cluster.name, object }));
    }
    for app in apps(world.scenario) {
        let made = made(world, &app);
        out.push(Placed { cluster: app.home, object: made.object });
        out.extend(made.parts.into_iter().map(|object| Placed { cluster: app.cluster, object }));
        out.extend(made.beside);
        logs.extend(made.logs);
    }
    (out, logs)
}

/// Everything that one app brings along.
struct Made {
    object: Value,
    /// What it has deployed.
    parts: Vec<Value>,
    logs: Vec<PodLog>,
    /// Sources, stores and the like.
    beside: Vec<Placed>,
}

fn made(world: &World<'_>, app: &App) -> Made {
    let (parts, logs) = live::of_app(world, app);
    let mut made = Made { object: status::object(world, app), parts, logs, beside: Vec::new() };
    if world.scenario == Scenario::States {
        states::shape(world, app, &mut made);
    }
    made
}

/// The object of one app with its status.
pub fn app_object(world: &World<'_>, app: &App) -> Value {
    made(world, app).object
}

/// What one app has deployed.
pub fn app_parts(world: &World<'_>, app: &App) -> Vec<Value> {
    live::of_app(world, app).0
}

/// What stands on one of the clusters besides apps and their workloads.
pub fn cluster_parts(world: &World<'_>, name: &str) -> Vec<Value> {
    world
        .scenario
        .clusters()
        .iter()
        .filter(|cluster| cluster.name == name)
        .flat_map(|cluster| live::cluster_objects(world, cluster))
        .collect()
}

/// What driftdeck itself would know from before.
pub fn seed(world: &World<'_>) -> Seed {
    seed::of(world)
}

#[cfg(test)]
mod tests;
