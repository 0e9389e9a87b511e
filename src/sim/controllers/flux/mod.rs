//! A simulated Flux: sources, Kustomizations and HelmReleases, with the order of status patches of the real controllers.

mod helm;
mod kustomization;
mod source;

use super::Times;
use super::api::{Api, GIT_REPOSITORY, HELM_CHART, HELM_RELEASE, HELM_REPOSITORY, KUSTOMIZATION, KindRef, text};
use super::argo::seconds;
use super::cache::Cache;
use crate::domain::clock::Clock;
use crate::sim::ids;
use crate::sim::repos::Repos;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

pub const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";

/// The controllers of one Flux. Cheap to clone.
#[derive(Clone)]
pub struct Flux {
    pub api: Api,
    /// Who applies what a release holds.
    helm: Api,
    pub cache: Cache,
    pub repos: Repos,
    pub clock: Clock,
    pub times: Times,
    /// Controllers that do not run.
    stopped: &'static [&'static str],
    state: Arc<Mutex<State>>,
}

/// How much longer a step takes that waits for Events to be taken: each is tried again and again inside the worker.
const UNHEARD: u32 = 20;

#[derive(Default)]
struct State {
    /// Objects a worker has in hand.
    busy: HashSet<String>,
    seen: HashMap<String, Seen>,
    /// When each source last told that it was looked at, and how often.
    told: HashMap<String, (Instant, u64)>,
    /// Paths of artifacts to the URLs that they came from.
    fetched: HashMap<String, String>,
}

/// What a worker saw of an object when it last finished.
#[derive(Clone, Debug)]
struct Seen {
    generation: i64,
    requested: String,
    revision: String,
    next: Instant,
    failures: u32,
}

/// What a finished run wants next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Again {
    pub after: Duration,
    pub failed: bool,
}

impl Flux {
    pub fn new(api: Api, cache: Cache, repos: Repos, clock: Clock, times: Times) -> Self {
        let helm = api.named("helm-controller");
        Self { api, helm, cache, repos, clock, times, stopped: &[], state: Arc::default() }
    }

    /// As if some of its controllers did not run.
    pub fn without(mut self, stopped: &'static [&'static str]) -> Self {
        self.stopped = stopped;
        if stopped.contains(&"notification-controller") {
            self.times.step *= UNHEARD;
        }
        self
    }

    fn is_stopped(&self, kind: KindRef) -> bool {
        let controller = match kind.kind {
            "Kustomization" => "kustomize-controller",
            "HelmRelease" => "helm-controller",
            _ => "source-controller",
        };
        self.stopped.contains(&controller)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn run(self) {
        self.cache.synced().await;
        let mut changes = self.cache.changes();
        let mut workers = JoinSet::new();
        loop {
            changes.borrow_and_update();
            let mut next = Duration::from_secs(60);
            for kind in [GIT_REPOSITORY, HELM_REPOSITORY, HELM_CHART, KUSTOMIZATION, HELM_RELEASE] {
                for object in self.cache.list(kind).into_iter().filter(|_| !self.is_stopped(kind)) {
                    next = next.min(self.look(kind, &object, &mut workers));
                }
            }
            tokio::select! {
                () = tokio::time::sleep(next.max(Duration::from_millis(5))) => {}
                changed = changes.changed() => if changed.is_err() { return },
                Some(_) = workers.join_next(), if !workers.is_empty() => {}
            }
        }
    }

    /// Starts a worker for an object that is due; answers how long it is until then.
    fn look(&self, kind: KindRef, object: &Arc<Value>, workers: &mut JoinSet<()>) -> Duration {
        let key = format!("{}/{}/{}", kind.kind, text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]));
        let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
        let requested = text(&object["metadata"]["annotations"][REQUESTED]).to_owned();
        let revision = self.source_revision(kind, object);
        let mut state = self.state();
        if state.busy.contains(&key) {
            return Duration::from_secs(60);
        }
        let now = Instant::now();
        let seen = state.seen.entry(key.clone()).or_insert_with(|| self.first(kind, object, &key, generation, &revision, now)).clone();
        let due = seen.generation != generation || seen.requested != requested || seen.revision != revision || seen.next <= now;
        if !due {
            return seen.next - now;
        }
        state.busy.insert(key.clone());
        drop(state);
        let (flux, object) = (self.clone(), object.clone());
        workers.spawn(async move {
            let again = flux.reconcile(kind, &object, seen.failures).await;
            let mut state = flux.state();
            let failures = if again.failed { seen.failures + 1 } else { 0 };
            state.seen.insert(key.clone(), Seen { generation, requested, revision, next: Instant::now() + again.after, failures });
            state.busy.remove(&key);
        });
        Duration::from_secs(60)
    }

    /// An object that already has a settled status is left until its interval passes; the first interval is spread by name.
    fn first(&self, kind: KindRef, object: &Value, key: &str, generation: i64, revision: &str, now: Instant) -> Seen {
        let settled = object["status"]["observedGeneration"].as_i64() == Some(generation);
        let interval = self.interval(object);
        let share = (ids::number(key) % 100) as f64 / 100.0;
        let next = if settled || kind == HELM_RELEASE { now + interval.mul_f64(share) } else { now };
        let handled = text(&object["status"]["lastHandledReconcileAt"]).to_owned();
        let generation = if settled { generation } else { -1 };
        Seen { generation, requested: handled, revision: revision.to_owned(), next, failures: 0 }
    }

    /// The artifact revision an applier would apply.
    fn source_revision(&self, kind: KindRef, object: &Value) -> String {
        if kind != KUSTOMIZATION {
            return String::new();
        }
        self.source_of(object).map(|source| text(&source["status"]["artifact"]["revision"]).to_owned()).unwrap_or_default()
    }

    fn source_of(&self, object: &Value) -> Option<Arc<Value>> {
        let reference = &object["spec"]["sourceRef"];
        let namespace = reference["namespace"].as_str().unwrap_or_else(|| text(&object["metadata"]["namespace"]));
        self.cache.get(GIT_REPOSITORY, namespace, text(&reference["name"]))
    }

    fn interval(&self, object: &Value) -> Duration {
        self.times.scaled(seconds(object["spec"]["interval"].as_str().unwrap_or("1m")))
    }

    async fn reconcile(&self, kind: KindRef, object: &Arc<Value>, failures: u32) -> Again {
        // A suspended object takes note of requests and generations and does nothing.
        if object["spec"]["suspend"] == true {
            let mut status = self.handled(object);
            if object["status"]["conditions"].as_array().into_iter().flatten().any(|it| it["type"] == "Ready" && it["status"] == "True") {
                status["observedGeneration"] = object["metadata"]["generation"].clone();
            }
            if status.as_object().is_some_and(|it| !it.is_empty()) && !covers(&object["status"], &status) {
                self.patch(kind, object, &status).await;
            }
            return Again { after: Duration::from_secs(3600), failed: false };
        }
        match kind.kind {
            "GitRepository" => self.fetch(object, failures).await,
            "Kustomization" => self.kustomize(object).await,
            "HelmRelease" => self.release(object).await,
            _ => {
                let status = self.handled(object);
                if !covers(&object["status"], &status) {
                    self.patch(kind, object, &status).await;
                }
                Again { after: self.interval(object), failed: false }
            }
        }
    }

    /// The status field that acknowledges a request.
    fn handled(&self, object: &Value) -> Value {
        match object["metadata"]["annotations"][REQUESTED].as_str() {
            Some(token) => json!({"lastHandledReconcileAt": token}),
            None => json!({}),
        }
    }

    async fn patch(&self, kind: KindRef, object: &Value, status: &Value) -> Option<Value> {
        let meta = &object["metadata"];
        let answer = self.api.merge_status(kind, text(&meta["namespace"]), text(&meta["name"]), status).await.ok()?;
        self.cache.put(kind, answer.clone());
        Some(answer)
    }

    fn now(&self) -> String {
        ids::seconds(self.clock.now())
    }

    /// A condition as the controllers write it; it keeps its time while its status stays.
    fn condition(&self, object: &Value, kind: &str, status: &str, reason: &str, message: &str) -> Value {
        let mut conditions = object["status"]["conditions"].as_array().into_iter().flatten();
        let old = conditions.find(|it| it["type"] == kind && it["status"] == status && it["reason"] == reason);
        let since = old.map_or_else(|| json!(self.now()), |it| it["lastTransitionTime"].clone());
        json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": since, "observedGeneration": object["metadata"]["generation"]})
    }
}

fn covers(old: &Value, new: &Value) -> bool {
    super::health::covers(old, new)
}
