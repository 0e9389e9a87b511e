//! Simulated Argo CD, Flux and workload controllers. They speak nothing but the Kubernetes API and read git repositories, so the same code
//! runs on our API server and on a real one.
//!
//! May import: domain, render, the repositories of the simulation and the kube client. To extend: a new engine is a folder with a struct that
//! has `run`, started in `run` below; what it does wrong on purpose (traps of the real engines) is said where it does it.

pub mod api;
pub mod argo;
pub mod cache;
pub mod flux;
mod health;
mod lease;
pub mod workload;

use crate::domain::clock::Clock;
use crate::sim::repos::Repos;
use api::{Api, KindRef};
use argo::{Argo, Destination};
use cache::Cache;
use flux::Flux;
use kube::Client;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use workload::{Faults, LogSink, Workload};

/// How fast the simulated world turns.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Between rounds while something moves by time alone.
    pub tick: Duration,
    /// How often Argo CD asks git.
    pub git_poll: Duration,
    /// How often Argo CD compares an app although nothing changed.
    pub compare: Duration,
    /// Between an operation's end and the comparison that follows.
    pub after_sync: Duration,
    pub pod_start: Duration,
    pub job: Duration,
    /// When Flux looks again at an app that waits for another.
    pub dependency: Duration,
    /// One step of a Flux run.
    pub step: Duration,
    /// Factor on times that objects carry (intervals, timeouts, deadlines).
    pub factor: f64,
}

impl Times {
    /// As the demo runs.
    pub fn demo() -> Self {
        let ms = Duration::from_millis;
        Self {
            tick: ms(250),
            git_poll: ms(2000),
            compare: ms(150_000),
            after_sync: ms(600),
            pod_start: ms(2000),
            job: ms(3000),
            dependency: ms(5000),
            step: ms(60),
            factor: 1.0,
        }
    }

    /// For tests: a story of a minute in a few seconds.
    pub fn fast() -> Self {
        let ms = Duration::from_millis;
        Self {
            tick: ms(40),
            git_poll: ms(80),
            compare: ms(60_000),
            after_sync: ms(120),
            pod_start: ms(100),
            job: ms(120),
            dependency: ms(200),
            step: ms(5),
            factor: 0.06,
        }
    }

    /// A time of an object in this world.
    pub fn scaled(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64((seconds * self.factor).max(0.0))
    }
}

/// One cluster and what runs on it.
pub struct Controlled {
    pub name: String,
    pub client: Client,
    /// Address by which Argo CD destinations may name it.
    pub server: Option<String>,
    pub argo: bool,
    pub flux: bool,
    /// Run the kubelet and the Deployment controller too: not on a server that has real ones.
    pub workload: bool,
    pub log: Option<LogSink>,
    /// `namespace/name` of Applications and Deployments that keep their seeded state until somebody acts on them.
    pub held_apps: Vec<String>,
    pub held_workloads: Vec<String>,
    /// Controllers of Flux that do not run.
    pub stopped: &'static [&'static str],
}

impl Controlled {
    pub fn new(name: &str, client: Client) -> Self {
        Self {
            name: name.to_owned(),
            client,
            server: None,
            argo: false,
            flux: false,
            workload: true,
            log: None,
            held_apps: Vec::new(),
            held_workloads: Vec::new(),
            stopped: &[],
        }
    }
}

/// Clusters that belong together: an Argo CD on one may deploy to all others by name.
pub struct ControllerSet {
    pub clusters: Vec<Controlled>,
    pub repos: Repos,
    pub clock: Clock,
    pub times: Times,
    pub faults: Faults,
    pub seed: u64,
}

/// Running controllers; they end when this is dropped.
pub struct Handles {
    _tasks: JoinSet<()>,
}

/// Starts the controllers of all clusters on the present runtime.
pub fn run(set: ControllerSet) -> Handles {
    let mut tasks = JoinSet::new();
    let mut caches = BTreeMap::new();
    for cluster in &set.clusters {
        caches.insert(cluster.name.clone(), Cache::start(&cluster.client, &kinds(cluster), &mut tasks));
    }
    for cluster in &set.clusters {
        let Some(cache) = caches.get(&cluster.name) else { continue };
        if cluster.workload {
            let api = Api::new(cluster.client.clone(), "kube-controller-manager");
            let mut workload = Workload::new(api, cache.clone(), set.clock, set.times, set.faults.clone(), set.seed);
            workload.log.clone_from(&cluster.log);
            workload.held = cluster.held_workloads.iter().cloned().collect();
            tasks.spawn(workload.run());
        }
        if cluster.flux {
            let api = Api::new(cluster.client.clone(), "kustomize-controller");
            let flux = Flux::new(api.clone(), cache.clone(), set.repos.clone(), set.clock, set.times);
            tasks.spawn(flux.without(cluster.stopped).run());
            tasks.spawn(lease::renew(api, set.clock, cluster.stopped));
        }
        if cluster.argo {
            let mut argo = argo_of(&set, cluster, &caches);
            argo.servers = Arc::new(set.clusters.iter().filter_map(|it| Some((it.server.clone()?, it.name.clone()))).collect());
            argo.hold(cluster.held_apps.iter().cloned());
            tasks.spawn(argo.run());
        }
    }
    Handles { _tasks: tasks }
}

fn argo_of(set: &ControllerSet, home: &Controlled, caches: &BTreeMap<String, Cache>) -> Argo {
    let mut destinations = BTreeMap::new();
    for cluster in &set.clusters {
        let Some(cache) = caches.get(&cluster.name) else { continue };
        let name = if cluster.name == home.name { String::new() } else { cluster.name.clone() };
        let api = Api::new(cluster.client.clone(), "argocd-controller");
        destinations.insert(name, Destination { api, cache: cache.clone() });
    }
    let cache = caches.get(&home.name).cloned();
    let api = Api::new(home.client.clone(), "argocd-application-controller");
    let own = destinations.get("").map(|it| it.cache.clone());
    let cache = cache.or(own).unwrap_or_else(|| Cache::start(&home.client, &[], &mut JoinSet::new()));
    Argo::new(api, cache, destinations, set.repos.clone(), set.clock, set.times)
}

/// What the controllers of a cluster watch.
fn kinds(cluster: &Controlled) -> Vec<KindRef> {
    let mut kinds = api::DEPLOYED.to_vec();
    if cluster.workload {
        kinds.extend([api::POD, api::REPLICA_SET]);
    }
    if cluster.argo {
        kinds.extend([api::APPLICATION, api::PROJECT]);
    }
    if cluster.flux {
        kinds.extend([api::GIT_REPOSITORY, api::HELM_REPOSITORY, api::HELM_CHART, api::KUSTOMIZATION, api::HELM_RELEASE]);
    }
    kinds
}
