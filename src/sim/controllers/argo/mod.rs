//! A simulated Argo CD: compares, syncs, queues behind windows, and keeps the traps of the real one.

mod compare;
mod operation;
mod windows;

use super::Times;
use super::api::{self, APPLICATION, Api, PROJECT, text};
use super::cache::Cache;
use crate::domain::clock::Clock;
use crate::domain::ids::EngineKind;
use crate::sim::ids;
use crate::sim::repos::{RepoError, Repos};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

pub use operation::seconds;
pub use windows::is_denied;

const REFRESH: &str = "argocd.argoproj.io/refresh";
const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";
const TRACKING: &str = "argocd.argoproj.io/tracking-id";

/// A cluster that Argo CD deploys to.
#[derive(Clone)]
pub struct Destination {
    pub api: Api,
    pub cache: Cache,
}

/// The controller of one Argo CD. Cheap to clone.
#[derive(Clone)]
pub struct Argo {
    pub api: Api,
    pub cache: Cache,
    /// By destination name; the empty name is the home cluster.
    pub destinations: Arc<BTreeMap<String, Destination>>,
    /// Servers to destination names.
    pub servers: Arc<BTreeMap<String, String>>,
    pub repos: Repos,
    pub clock: Clock,
    pub times: Times,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// `namespace/name` of apps that keep their seeded state until someone starts an operation.
    held: HashSet<String>,
    running: HashSet<String>,
    /// No comparison before this.
    quiet_until: HashMap<String, Instant>,
    compared: HashMap<String, Instant>,
}

/// Why an app cannot be compared, in Argo CD's words.
pub(super) enum Refused {
    Spec(String),
    Comparison(String),
}

/// What git wants, at which commit.
pub(super) struct Desired {
    pub revision: String,
    pub objects: Vec<Value>,
}

impl Argo {
    pub fn new(api: Api, cache: Cache, destinations: BTreeMap<String, Destination>, repos: Repos, clock: Clock, times: Times) -> Self {
        Self { api, cache, destinations: Arc::new(destinations), servers: Arc::default(), repos, clock, times, state: Arc::default() }
    }

    pub fn hold(&self, apps: impl IntoIterator<Item = String>) {
        self.state().held.extend(apps);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn run(self) {
        self.cache.synced().await;
        for destination in self.destinations.values() {
            destination.cache.synced().await;
        }
        let mut changes: Vec<_> = self.destinations.values().map(|it| it.cache.changes()).chain([self.cache.changes()]).collect();
        let mut operations = tokio::task::JoinSet::new();
        let mut heads = Vec::new();
        let mut changed = true;
        loop {
            let apps = self.cache.list(APPLICATION);
            let now = self.heads(&apps);
            if changed || now != heads || self.is_due() {
                heads = now;
                for app in &apps {
                    self.look(app, &mut operations).await;
                }
            }
            while operations.try_join_next().is_some() {}
            let any = futures::future::select_all(changes.iter_mut().map(|it| Box::pin(it.changed())));
            changed = tokio::time::timeout(self.times.git_poll, any).await.is_ok();
            tokio::time::sleep(self.times.tick / 3).await;
            // What came in during the pause belongs to the next round.
            for it in &mut changes {
                changed |= it.has_changed().unwrap_or(false);
                it.borrow_and_update();
            }
        }
    }

    /// What every tracked branch is at.
    fn heads(&self, apps: &[Arc<Value>]) -> Vec<Option<String>> {
        let mut tracked: Vec<(&str, &str)> =
            apps.iter().map(|app| (text(&app["spec"]["source"]["repoURL"]), text(&app["spec"]["source"]["targetRevision"]))).collect();
        tracked.sort_unstable();
        tracked.dedup();
        tracked.into_iter().map(|(url, reference)| self.repos.resolve(url, reference).ok()).collect()
    }

    /// Some app must be compared although nothing happened.
    fn is_due(&self) -> bool {
        let mut state = self.state();
        let pending = !state.quiet_until.is_empty();
        state.quiet_until.retain(|_, until| *until > Instant::now());
        pending || state.compared.values().any(|at| at.elapsed() >= self.times.compare)
    }

    /// Starts an operation that is asked for; else compares.
    async fn look(&self, app: &Arc<Value>, operations: &mut tokio::task::JoinSet<()>) {
        let key = key(app);
        if app["metadata"]["annotations"]["argocd.argoproj.io/skip-reconcile"] == "true" {
            return;
        }
        if self.state().running.contains(&key) {
            return;
        }
        if !app["metadata"]["deletionTimestamp"].is_null() && app["metadata"]["finalizers"].is_array() && !self.state().held.contains(&key)
        {
            return self.take_down(app).await;
        }
        // The list this came from is as old as the round; an operation may have ended since and must not run twice.
        let Some(app) = self.cache.get(APPLICATION, text(&app["metadata"]["namespace"]), text(&app["metadata"]["name"])) else { return };
        // A seeded operation of a held app runs for ever; a new one sets the app free.
        let held = self.state().held.contains(&key);
        let seeded = held && app["status"]["operationState"]["phase"] == "Running";
        if app.get("operation").is_some_and(|it| !it.is_null()) && !seeded {
            let mut state = self.state();
            state.held.remove(&key);
            state.running.insert(key.clone());
            drop(state);
            let argo = self.clone();
            operations.spawn(async move {
                argo.operate(&app).await;
                let mut state = argo.state();
                state.quiet_until.insert(key.clone(), Instant::now() + argo.times.after_sync);
                // After each operation it is compared again, whether that changed anything or not.
                let due = Instant::now().checked_sub(argo.times.compare);
                state.compared.insert(key.clone(), due.unwrap_or_else(Instant::now));
                state.running.remove(&key);
            });
            return;
        }
        if held {
            self.refresh_only(&app).await;
        } else {
            self.compare(&app, &key).await;
        }
    }

    /// Deletes what an app deployed and lets it go once all of that is gone.
    async fn take_down(&self, app: &Value) {
        let Some((_, destination)) = self.destination(app) else { return };
        let left = self.extra(app, destination, &[]);
        for object in left.iter().filter(|it| it["metadata"]["deletionTimestamp"].is_null()) {
            let Some(kind) = api::kind_of(object) else { continue };
            // What is refused is tried again in the next round.
            let _ = destination.api.delete(kind, text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"])).await;
        }
        if left.is_empty() {
            let others: Vec<&Value> =
                app["metadata"]["finalizers"].as_array().into_iter().flatten().filter(|it| !text(it).starts_with(FINALIZER)).collect();
            self.patch(app, &json!({"metadata": {"finalizers": others}})).await;
        } else if app["status"]["health"]["status"] != "Progressing" {
            let health = json!({"status": "Progressing", "lastTransitionTime": self.now()});
            self.patch(app, &json!({"status": {"health": health, "sync": {"status": "OutOfSync"}}})).await;
        }
    }

    /// A held app answers a refresh and stays as it is.
    async fn refresh_only(&self, app: &Value) {
        if !app["metadata"]["annotations"][REFRESH].is_null() {
            let patch = json!({"metadata": {"annotations": {REFRESH: null}}, "status": {"reconciledAt": self.now()}});
            self.patch(app, &patch).await;
        }
    }

    async fn patch(&self, app: &Value, patch: &Value) -> Option<Value> {
        let meta = &app["metadata"];
        let object = self.api.merge(APPLICATION, text(&meta["namespace"]), text(&meta["name"]), patch).await.ok()?;
        self.cache.put(APPLICATION, object.clone());
        Some(object)
    }

    fn now(&self) -> String {
        ids::seconds(self.clock.now())
    }

    fn destination(&self, app: &Value) -> Option<(String, &Destination)> {
        let spec = &app["spec"]["destination"];
        let name = match (spec["name"].as_str(), spec["server"].as_str()) {
            (Some("in-cluster"), _) | (None, Some("https://kubernetes.default.svc")) => "",
            (Some(name), _) => name,
            (None, Some(server)) => self.servers.get(server.trim_end_matches('/'))?,
            (None, None) => return None,
        };
        self.destinations.get(name).map(|it| (name.to_owned(), it))
    }

    /// Is the app's project against it?
    fn permitted(&self, app: &Value) -> Result<(), Refused> {
        let name = app["spec"]["project"].as_str().unwrap_or("default");
        let Some(project) = self.project(name) else {
            return Err(Refused::Spec(format!("Application referencing project {name} which does not exist")));
        };
        let url = text(&app["spec"]["source"]["repoURL"]);
        let repos = project["spec"]["sourceRepos"].as_array().cloned().unwrap_or_default();
        if repos.iter().any(|it| it == "*" || it == url) {
            Ok(())
        } else {
            Err(Refused::Spec(format!("application repo {url} is not permitted in project '{name}'")))
        }
    }

    fn project(&self, name: &str) -> Option<Arc<Value>> {
        self.cache.list(PROJECT).into_iter().find(|it| it["metadata"]["name"] == name)
    }

    /// Renders what git wants at a revision (or at what the app tracks), as it will stand on the cluster.
    fn desired(&self, app: &Value, revision: Option<&str>) -> Result<Desired, Refused> {
        self.desired_from(app, &app["spec"]["source"], revision)
    }

    /// As `desired`, from the source that an operation brings along.
    fn desired_from(&self, app: &Value, source: &Value, revision: Option<&str>) -> Result<Desired, Refused> {
        let (url, path) = (text(&source["repoURL"]), text(&source["path"]));
        let load = |error: String| {
            Refused::Comparison(format!(
                "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = {error}"
            ))
        };
        let wanted = revision.unwrap_or_else(|| source["targetRevision"].as_str().filter(|it| *it != "HEAD").unwrap_or("main"));
        let revision = self.repos.resolve(url, wanted).map_err(|error| match error {
            RepoError::NoReference(name) => load(format!("unable to resolve '{name}' to a commit SHA")),
            RepoError::Missing(_) | RepoError::Auth(_) => load(format!("failed to list refs: {error}")),
            RepoError::Broken(text) => load(text),
        })?;
        let built = self.repos.manifests(url, &revision, path, EngineKind::Argo);
        let mut objects = built.map_err(|failure| load(failure.words()))?.to_vec();
        for object in &mut objects {
            if object["metadata"]["namespace"].is_null() && object["kind"] != "Namespace" {
                object["metadata"]["namespace"] = app["spec"]["destination"]["namespace"].clone();
            }
            let id = crate::sim::scenario::tracking_id(text(&app["metadata"]["namespace"]), text(&app["metadata"]["name"]), object);
            object["metadata"]["annotations"][TRACKING] = json!(id);
        }
        Ok(Desired { revision, objects })
    }
}

pub(super) fn key(app: &Value) -> String {
    format!("{}/{}", text(&app["metadata"]["namespace"]), text(&app["metadata"]["name"]))
}

pub(super) fn is_hook(object: &Value) -> bool {
    !object["metadata"]["annotations"]["argocd.argoproj.io/hook"].is_null()
}

pub(super) fn wave(object: &Value) -> i64 {
    object["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"].as_str().and_then(|it| it.parse().ok()).unwrap_or(0)
}

pub(super) fn group_version(object: &Value) -> (&str, &str) {
    let api = text(&object["apiVersion"]);
    api.rsplit_once('/').unwrap_or(("", api))
}
