//! Kustomizations: fetch, build, detect drift, apply, prune, check health. One run holds its worker until its health check ends.

use super::super::api::{Api, KUSTOMIZATION, Refusal, kind_of, named, text};
use super::super::argo::seconds;
use super::super::health::{Health, health};
use super::{Again, Flux};
use crate::domain::ids::EngineKind;
use crate::sim::ids;
use crate::sim::manifests::BuildFailure;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A failed run: condition reason and message.
struct Failure {
    reason: &'static str,
    message: String,
}

fn fail(reason: &'static str, message: impl Into<String>) -> Failure {
    Failure { reason, message: message.into() }
}

/// One run of one Kustomization.
struct Run<'a> {
    flux: &'a Flux,
    object: Value,
    revision: String,
    digest: String,
    started: Instant,
}

impl Flux {
    pub(super) async fn kustomize(&self, object: &Value) -> Again {
        let retry = object["spec"]["retryInterval"].as_str().map_or_else(|| self.interval(object), |text| self.times.scaled(seconds(text)));
        let again = |after: Duration, failed: bool| Again { after, failed };
        let Some(source) = self.source_of(object) else {
            let message = format!("GitRepository.source.toolkit.fluxcd.io \"{}\" not found", text(&object["spec"]["sourceRef"]["name"]));
            self.not_ready(object, "ArtifactFailed", &message).await;
            return again(retry, true);
        };
        let revision = text(&source["status"]["artifact"]["revision"]).to_owned();
        if revision.is_empty() {
            self.not_ready(object, "ArtifactFailed", "Source artifact not found, retrying in 30s").await;
            return again(retry, true);
        }
        if let Err(message) = self.dependencies(object, &revision) {
            self.not_ready(object, "DependencyNotReady", &message).await;
            return again(self.times.dependency, true);
        }
        let mut run = Run { flux: self, object: object.clone(), revision, digest: String::new(), started: Instant::now() };
        let url = self.fetched_from(&source);
        match run.run(&url).await {
            Ok(healthy) => {
                run.succeeded(healthy).await;
                again(self.interval(object), false)
            }
            Err(failure) => {
                run.failed(&failure).await;
                again(retry, true)
            }
        }
    }

    /// Everything this one depends on is ready, and at this revision where it has the same source.
    fn dependencies(&self, object: &Value, revision: &str) -> Result<(), String> {
        for needed in object["spec"]["dependsOn"].as_array().into_iter().flatten() {
            let namespace = needed["namespace"].as_str().unwrap_or_else(|| text(&object["metadata"]["namespace"]));
            let name = text(&needed["name"]);
            let Some(other) = self.cache.get(KUSTOMIZATION, namespace, name) else {
                return Err(format!("dependency '{namespace}/{name}' not found"));
            };
            let ready =
                other["status"]["conditions"].as_array().into_iter().flatten().any(|it| it["type"] == "Ready" && it["status"] == "True");
            if !ready || other["status"]["observedGeneration"] != other["metadata"]["generation"] {
                return Err(format!("dependency '{namespace}/{name}' is not ready"));
            }
            if other["spec"]["sourceRef"]["name"] == object["spec"]["sourceRef"]["name"]
                && other["status"]["lastAppliedRevision"] != revision
            {
                return Err(format!("dependency '{namespace}/{name}' revision is not up to date"));
            }
        }
        Ok(())
    }

    /// Ready=False and an acknowledged request; the other conditions stay.
    async fn not_ready(&self, object: &Value, reason: &str, message: &str) {
        let ready = self.condition(object, "Ready", "False", reason, message);
        let mut status = self.handled(object);
        status["conditions"] = json!(with(object, &[ready], &[]));
        if !super::covers(&object["status"], &status) {
            self.patch(KUSTOMIZATION, object, &status).await;
        }
    }
}

/// The object's conditions with some replaced or added and some removed.
fn with(object: &Value, new: &[Value], without: &[&str]) -> Vec<Value> {
    let old = object["status"]["conditions"].as_array().into_iter().flatten();
    let kept = old.filter(|it| !new.iter().any(|new| new["type"] == it["type"]) && !without.iter().any(|name| it["type"] == *name));
    new.iter().cloned().chain(kept.cloned()).collect()
}

impl Run<'_> {
    fn timeout(&self) -> (String, Duration) {
        let written = self.object["spec"]["timeout"].as_str().or(self.object["spec"]["interval"].as_str()).unwrap_or("1m");
        let total = seconds(written) as u64;
        let words = if total >= 60 { format!("{}m{}s", total / 60, total % 60) } else { format!("{total}s") };
        (words, self.flux.times.scaled(seconds(written)))
    }

    /// Writes one step; Ready is unknown while a run goes on.
    async fn step(&mut self, what: &str, more: Value, health: bool) {
        let (timeout, _) = self.timeout();
        let message = format!("{what} for revision {} with a timeout of {timeout}", self.revision);
        let mut conditions = vec![
            self.flux.condition(&self.object, "Reconciling", "True", "Progressing", &message),
            self.flux.condition(&self.object, "Ready", "Unknown", "Progressing", "Reconciliation in progress"),
        ];
        if health {
            conditions.push(self.flux.condition(&self.object, "Healthy", "Unknown", "Progressing", &message));
        }
        let mut status = more;
        status["conditions"] = json!(with(&self.object, &conditions, &[]));
        self.write(&status).await;
        tokio::time::sleep(self.flux.times.step).await;
    }

    async fn write(&mut self, status: &Value) {
        if let Some(object) = self.flux.patch(KUSTOMIZATION, &self.object, status).await {
            self.object = object;
        }
    }

    /// Everything up to the health check; answers its words, if there was one.
    async fn run(&mut self, url: &str) -> Result<Option<String>, Failure> {
        self.step("Fetching manifests", json!({}), false).await;
        let commit = self.revision.rsplit_once(':').map_or("", |(_, commit)| commit).to_owned();
        self.flux.repos.tree(url, &commit).map_err(|error| fail("ArtifactFailed", error.to_string()))?;
        self.step("Building manifests", json!({"lastAttemptedRevision": self.revision}), false).await;
        let path = text(&self.object["spec"]["path"]).to_owned();
        let mut objects =
            self.flux.repos.manifests(url, &commit, &path, EngineKind::Flux).map(|built| built.to_vec()).map_err(|error| match error {
                BuildFailure::NoPath(words) => fail("ArtifactFailed", words),
                BuildFailure::Build(words) => fail("BuildFailed", words),
            })?;
        let (meta, spec) = (self.object["metadata"].clone(), self.object["spec"].clone());
        self.digest = format!("sha256:{}", ids::digest(&json!(objects).to_string()));
        for object in &mut objects {
            if let Some(namespace) = spec["targetNamespace"].as_str() {
                object["metadata"]["namespace"] = json!(namespace);
            }
            object["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] = meta["name"].clone();
            object["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/namespace"] = meta["namespace"].clone();
        }
        self.step("Detecting drift", json!({}), false).await;
        let api = self.acting();
        // Definitions and namespaces first; of each stage all is tried before anything is written.
        let (first, rest): (Vec<&Value>, Vec<&Value>) =
            objects.iter().partition(|it| matches!(text(&it["kind"]), "Namespace" | "CustomResourceDefinition"));
        for stage in [first, rest] {
            for object in &stage {
                api.apply(object, true).await.map_err(|refusal| fail("ReconciliationFailed", refused(object, &refusal)))?;
            }
            for object in &stage {
                let live = api.apply(object, false).await.map_err(|refusal| fail("ReconciliationFailed", refused(object, &refusal)))?;
                if let Some(kind) = kind_of(object) {
                    self.flux.cache.put(kind, live);
                }
            }
        }
        let entries: Vec<Value> = objects.iter().map(entry).collect();
        let gone = self.gone(&entries);
        self.write(&json!({"inventory": {"entries": entries}})).await;
        if spec["prune"] == true {
            self.prune(&gone).await;
        }
        if spec["wait"] == true || spec["healthChecks"].is_array() { self.check(&objects).await.map(Some) } else { Ok(None) }
    }

    /// Whoever the Kustomization wants its objects to be applied as.
    fn acting(&self) -> Api {
        match self.object["spec"]["serviceAccountName"].as_str() {
            Some(account) => {
                let namespace = text(&self.object["metadata"]["namespace"]);
                self.flux.api.acting_as(format!("system:serviceaccount:{namespace}:{account}"))
            }
            None => self.flux.api.clone(),
        }
    }

    fn gone(&self, now: &[Value]) -> Vec<Value> {
        let old = self.object["status"]["inventory"]["entries"].as_array().cloned().unwrap_or_default();
        old.into_iter().filter(|it| !now.iter().any(|new| new["id"] == it["id"])).collect()
    }

    async fn prune(&self, gone: &[Value]) {
        for entry in gone {
            let parts: Vec<&str> = text(&entry["id"]).split('_').collect();
            if let [namespace, name, _, kind] = parts.as_slice()
                && let Some(kind) = named(kind)
            {
                let _ = self.flux.api.delete(kind, namespace, name).await;
            }
        }
    }

    /// Waits for the health of everything applied; this is what keeps a fix waiting.
    async fn check(&mut self, objects: &[Value]) -> Result<String, Failure> {
        let (_, limit) = self.timeout();
        let started = Instant::now();
        self.step("Running health checks", json!({}), true).await;
        // The workload controllers see what was applied after a moment.
        tokio::time::sleep(self.flux.times.step * 4).await;
        loop {
            let mut waiting = Vec::new();
            let mut failed = Vec::new();
            for object in objects {
                let Some(kind) = kind_of(object) else { continue };
                let live = self.flux.cache.get(kind, text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]));
                match live.as_deref().map_or(Some(Health::Missing), health) {
                    Some(Health::Degraded) => failed.push(title(object)),
                    Some(Health::Progressing | Health::Missing) => waiting.push(title(object)),
                    _ => {}
                }
            }
            if !failed.is_empty() {
                let list = failed.iter().map(|it| format!("{it} status: 'Failed'")).collect::<Vec<_>>().join(", ");
                return Err(fail("HealthCheckFailed", format!("failed early due to stalled resources: [{list}]")));
            }
            if waiting.is_empty() {
                return Ok(format!("Health check passed in {:?}", started.elapsed()));
            }
            if started.elapsed() > limit {
                let list = waiting.iter().map(|it| format!("{it} status: 'InProgress'")).collect::<Vec<_>>().join(", ");
                return Err(fail("HealthCheckFailed", format!("timeout waiting for: [{list}]")));
            }
            tokio::time::sleep(self.flux.times.tick).await;
        }
    }

    /// The last two patches of a good run: conditions first, then what they mean.
    async fn succeeded(&mut self, healthy: Option<String>) {
        let message = format!("Applied revision: {}", self.revision);
        let mut conditions = vec![self.flux.condition(&self.object, "Ready", "True", "ReconciliationSucceeded", &message)];
        if let Some(words) = healthy {
            conditions.push(self.flux.condition(&self.object, "Healthy", "True", "Succeeded", &words));
        }
        let conditions = with(&self.object, &conditions, &["Reconciling"]);
        self.write(&json!({"conditions": conditions})).await;
        let mut status = self.flux.handled(&self.object);
        status["observedGeneration"] = self.object["metadata"]["generation"].clone();
        status["lastAppliedRevision"] = json!(self.revision);
        status["history"] = json!(self.history("ReconciliationSucceeded"));
        self.write(&status).await;
    }

    async fn failed(&mut self, failure: &Failure) {
        let (timeout, _) = self.timeout();
        let message = match failure.reason {
            "HealthCheckFailed" => format!("health check failed after {:?}: {}", self.started.elapsed(), failure.message),
            _ => failure.message.clone(),
        };
        let step = match failure.reason {
            "ArtifactFailed" => "Fetching manifests",
            "BuildFailed" => "Building manifests",
            "HealthCheckFailed" => "Running health checks",
            _ => "Detecting drift",
        };
        let doing = format!("{step} for revision {} with a timeout of {timeout}", self.revision);
        let mut conditions = vec![
            self.flux.condition(&self.object, "Reconciling", "True", "ProgressingWithRetry", &doing),
            self.flux.condition(&self.object, "Ready", "False", failure.reason, &message),
        ];
        if failure.reason == "HealthCheckFailed" {
            conditions.push(self.flux.condition(&self.object, "Healthy", "False", failure.reason, &failure.message));
        }
        let mut status = self.flux.handled(&self.object);
        status["conditions"] = json!(with(&self.object, &conditions, &[]));
        self.write(&status).await;
        if !self.digest.is_empty() {
            let history = self.history(failure.reason);
            self.write(&json!({"history": history})).await;
        }
    }

    /// History with this run in front; one entry for each digest and result, five at most.
    fn history(&self, result: &str) -> Vec<Value> {
        let mut list = self.object["status"]["history"].as_array().cloned().unwrap_or_default();
        let old = list
            .iter()
            .position(|it| it["digest"] == self.digest.as_str() && it["lastReconciledStatus"] == result)
            .map(|at| list.remove(at));
        let now = self.flux.now();
        let total = old.as_ref().and_then(|it| it["totalReconciliations"].as_u64()).unwrap_or(0) + 1;
        let first = old.map_or_else(|| json!(now), |it| it["firstReconciled"].clone());
        list.insert(0, json!({
            "digest": self.digest, "firstReconciled": first, "lastReconciled": now, "lastReconciledDuration": format!("{:?}", self.started.elapsed()),
            "lastReconciledStatus": result, "metadata": {"revision": self.revision}, "totalReconciliations": total
        }));
        list.truncate(5);
        list
    }
}

/// As the controller words what the API server said.
fn refused(object: &Value, refusal: &Refusal) -> String {
    if refusal.no_kind || refusal.reason.is_empty() {
        return format!("{} dry-run failed: {refusal}", title(object));
    }
    format!("{} dry-run failed ({}): {refusal}\n", title(object), refusal.reason)
}

fn title(object: &Value) -> String {
    format!("{}/{}/{}", text(&object["kind"]), text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]))
}

fn entry(object: &Value) -> Value {
    let api = text(&object["apiVersion"]);
    let (group, version) = api.rsplit_once('/').unwrap_or(("", api));
    let meta = &object["metadata"];
    json!({"id": format!("{}_{}_{group}_{}", text(&meta["namespace"]), text(&meta["name"]), text(&object["kind"])), "v": version})
}
