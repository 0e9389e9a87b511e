//! What Kubernetes itself does with a Deployment, a Job or an autoscaler: ReplicaSets, pods, statuses, Events and logs.

mod fate;
mod jobs;
pub mod objects;
mod pods;
mod rollout;

use super::Times;
use super::api::{Api, DEPLOYMENT, HPA, KindRef, POD, REPLICA_SET, text};
use super::cache::Cache;
use crate::domain::clock::Clock;
use crate::sim::ids;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where the log of a container goes: namespace, pod, container, previous run, text.
pub type LogSink = Arc<dyn Fn(&str, &str, &str, bool, &str) + Send + Sync>;

/// Which images misbehave, and how.
#[derive(Clone, Debug)]
pub struct Faults {
    /// `name:tag` endings that cannot be pulled; a tag ending in `-badpull` never can.
    pub bad_images: Vec<String>,
    /// Images whose Jobs fail with exit 1.
    pub failing_jobs: Vec<String>,
    /// Images that need five times as long to start.
    pub slow_images: Vec<String>,
    /// The largest `POOL_SIZE` the database stands.
    pub pool_limit: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            bad_images: vec!["search:9.2-rc1".into()],
            failing_jobs: vec!["billing-migrate:1.45.0".into()],
            slow_images: vec!["ledger:2.7.0".into()],
            pool_limit: 100,
        }
    }
}

/// What a started container will do.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    Runs,
    RunsLate,
    Crashes,
    NoImage,
    /// Killed again and again: it takes more memory than it may.
    OutOfMemory,
    /// No node has room, in the scheduler's words.
    Unplaced(String),
    /// Something that it needs is not there, in the kubelet's words.
    NoConfig(String),
    /// Runs, and its probe asks a port where nobody listens.
    NotReady(u64),
}

/// The kubelet, the scheduler and the controller manager of one cluster.
pub struct Workload {
    pub api: Api,
    pub cache: Cache,
    pub clock: Clock,
    pub times: Times,
    pub faults: Faults,
    pub seed: u64,
    pub log: Option<LogSink>,
    /// `namespace/name` of Deployments that stay as they were seeded until their generation changes.
    pub held: HashSet<String>,
    pods: HashMap<String, (Instant, Fate)>,
    rollouts: HashMap<String, rollout::Progress>,
    jobs: HashMap<String, Instant>,
    events: HashMap<String, u64>,
    /// ReplicaSets whose pods the API server does not take, since when and why.
    refused: HashMap<String, (Instant, String)>,
}

impl Workload {
    pub fn new(api: Api, cache: Cache, clock: Clock, times: Times, faults: Faults, seed: u64) -> Self {
        Self {
            api,
            cache,
            clock,
            times,
            faults,
            seed,
            log: None,
            held: HashSet::new(),
            pods: HashMap::new(),
            rollouts: HashMap::new(),
            jobs: HashMap::new(),
            events: HashMap::new(),
            refused: HashMap::new(),
        }
    }

    pub async fn run(mut self) {
        self.cache.synced().await;
        let mut changes = self.cache.changes();
        loop {
            changes.borrow_and_update();
            let busy = self.step().await;
            let wait = if busy { self.times.tick } else { Duration::from_secs(60) };
            let changed = tokio::time::timeout(wait, changes.changed()).await;
            if matches!(changed, Ok(Err(_))) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// One round over everything. True while something still moves by time alone.
    async fn step(&mut self) -> bool {
        self.autoscale().await;
        let mut busy = false;
        for deployment in self.cache.list(DEPLOYMENT) {
            let name = format!("{}/{}", text(&deployment["metadata"]["namespace"]), text(&deployment["metadata"]["name"]));
            if self.held.contains(&name) {
                if deployment["metadata"]["generation"] == 1 {
                    continue;
                }
                self.held.remove(&name);
            }
            busy |= self.roll(&deployment).await;
        }
        busy |= self.jobs().await;
        busy |= self.pods().await;
        self.collect().await;
        busy
    }

    /// Raises Deployments to the minimum of their autoscaler.
    async fn autoscale(&mut self) {
        for hpa in self.cache.list(HPA) {
            let (namespace, target) = (text(&hpa["metadata"]["namespace"]), text(&hpa["spec"]["scaleTargetRef"]["name"]));
            let Some(deployment) = self.cache.get(DEPLOYMENT, namespace, target) else { continue };
            let minimum = hpa["spec"]["minReplicas"].as_u64().unwrap_or(1);
            if deployment["spec"]["replicas"].as_u64().unwrap_or(1) >= minimum {
                continue;
            }
            if let Ok(object) = self.api.merge(DEPLOYMENT, namespace, target, &json!({"spec": {"replicas": minimum}})).await {
                self.cache.put(DEPLOYMENT, object);
            }
            let message = format!("New size: {minimum}; reason: Current number of replicas below Spec.MinReplicas");
            self.event(HPA, &hpa, "Normal", "SuccessfulRescale", &message).await;
        }
    }

    /// Removes what lost its owner.
    async fn collect(&mut self) {
        for (kind, owner) in [(REPLICA_SET, DEPLOYMENT), (POD, REPLICA_SET)] {
            for object in self.cache.list(kind) {
                let (meta, of) = (&object["metadata"], &object["metadata"]["ownerReferences"][0]);
                if of["kind"] == owner.kind && self.cache.get(owner, text(&meta["namespace"]), text(&of["name"])).is_none() {
                    let _ = self.api.delete(kind, text(&meta["namespace"]), text(&meta["name"])).await;
                }
            }
        }
    }

    /// Writes an Event, or counts one that is there.
    async fn event(&mut self, kind: KindRef, object: &Value, level: &str, reason: &str, message: &str) {
        let meta = &object["metadata"];
        let (namespace, name) = (text(&meta["namespace"]), text(&meta["name"]));
        let digest: String = ids::digest(&format!("{}{name}{reason}{message}", kind.kind)).chars().take(12).collect();
        let event = format!("{name}.{digest}");
        let count = self.events.entry(format!("{namespace}/{event}")).or_insert(0);
        *count += 1;
        let (count, now) = (*count, ids::seconds(self.clock.now()));
        let body = json!({
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": event, "namespace": namespace},
            "involvedObject": {"apiVersion": kind.api, "kind": kind.kind, "namespace": namespace, "name": name, "uid": meta["uid"]},
            "reason": reason, "message": message, "type": level, "count": count, "firstTimestamp": now, "lastTimestamp": now,
            "source": {"component": "kubelet"}
        });
        // Events are best effort, as on a real cluster.
        let _ = if count == 1 {
            self.api.create(&body).await
        } else {
            self.api.merge(super::api::EVENT, namespace, &event, &json!({"count": count, "lastTimestamp": now})).await
        };
    }
}
