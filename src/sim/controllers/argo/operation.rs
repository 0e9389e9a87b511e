//! Running an operation: windows, hooks, waves, pruning, retries, and the leak of the persisted state.

mod confirm;

use super::super::api::{APPLICATION, JOB, KindRef, Refusal, kind_of, text};
use super::super::health::{Health, covers, health};
use super::{Argo, Destination, Refused, TRACKING, group_version, is_hook, wave};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

pub(super) use confirm::needs_confirmation;

/// How an attempt ended, other than well.
enum Stop {
    Failed(String),
    Error(String),
    Terminated,
    /// The operation was taken away from the object; the state is left as it stands.
    Orphaned,
}

/// One operation under way.
struct Run<'a> {
    argo: &'a Argo,
    app: Arc<Value>,
    destination: Destination,
    operation: Value,
    results: Vec<Value>,
    revision: String,
    started: String,
}

impl Argo {
    /// Carries the requested operation out and writes its end.
    pub(super) async fn operate(&self, app: &Arc<Value>) {
        let operation = app["operation"].clone();
        let started = self.now();
        // Merged into what stands there: a field of an older operation that this one does not name survives, as in the real controller.
        let state = json!({"phase": "Running", "startedAt": started, "operation": operation, "finishedAt": null, "message": null, "retryCount": null});
        let Some(app) = self.patch(app, &json!({"status": {"operationState": state}})).await else { return };
        if operation["sync"].is_null() {
            return self.end(&app, "Error", "Invalid operation request: no operation specified", None).await;
        }
        let Some((_, destination)) = self.destination(&app) else {
            return self.end(&app, "Error", "InvalidSpecError: there are no clusters with this name", None).await;
        };
        if let Err(Refused::Spec(message)) = self.permitted(&app) {
            return self.end(&app, "Error", &format!("InvalidSpecError: {message}"), None).await;
        }
        let destination = destination.clone();
        let mut run = Run { argo: self, app: Arc::new(app), destination, operation, results: Vec::new(), revision: String::new(), started };
        run.with_retries().await;
    }

    async fn end(&self, app: &Value, phase: &str, message: &str, more: Option<Value>) {
        let mut state = json!({"phase": phase, "message": message, "finishedAt": self.now()});
        if let Some(result) = more {
            state["syncResult"] = result;
        }
        self.patch(app, &json!({"operation": null, "status": {"operationState": state}})).await;
    }
}

impl Run<'_> {
    async fn with_retries(&mut self) {
        let limit = self.operation["retry"]["limit"].as_i64().unwrap_or(0);
        let mut count = 0;
        loop {
            let stop = match self.attempt().await {
                Ok(message) => return self.succeed(&message).await,
                Err(stop) => stop,
            };
            let (phase, message) = match stop {
                Stop::Orphaned => return,
                Stop::Terminated => return self.finish("Failed", "Operation terminated").await,
                Stop::Failed(message) => ("Failed", message),
                Stop::Error(message) => return self.finish("Error", &message).await,
            };
            if count >= limit {
                let tries = if count > 0 { format!(" (retried {count} times).") } else { String::new() };
                return self.finish(phase, &format!("{message}{tries}")).await;
            }
            count += 1;
            let backoff = &self.operation["retry"]["backoff"];
            let first = seconds(backoff["duration"].as_str().unwrap_or("5s"));
            let factor = backoff["factor"].as_f64().unwrap_or(2.0);
            let wait =
                (first * factor.powi(i32::try_from(count - 1).unwrap_or(0))).min(seconds(backoff["maxDuration"].as_str().unwrap_or("3m")));
            let at = crate::sim::ids::later(self.argo.clock.now(), wait as i64).to_zoned(jiff::tz::TimeZone::UTC);
            let message = format!("{message}. Retrying attempt #{count} at {}.", at.strftime("%-I:%M%p"));
            let state = json!({"phase": "Running", "message": message, "retryCount": count, "finishedAt": self.argo.now(), "syncResult": self.result()});
            self.write(state).await;
            if self.pause(self.argo.times.scaled(wait)).await.is_err() {
                return self.finish("Failed", "Operation terminated").await;
            }
        }
    }

    /// Waits, but looks for a terminate request and for the operation being taken away.
    async fn pause(&mut self, time: Duration) -> Result<(), Stop> {
        let until = std::time::Instant::now() + time;
        loop {
            self.check()?;
            let left = until.saturating_duration_since(std::time::Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            tokio::time::sleep(left.min(self.argo.times.tick)).await;
        }
    }

    fn check(&mut self) -> Result<(), Stop> {
        let meta = &self.app["metadata"];
        let Some(now) = self.argo.cache.get(APPLICATION, text(&meta["namespace"]), text(&meta["name"])) else { return Err(Stop::Orphaned) };
        self.app = now;
        if self.app.get("operation").is_none_or(Value::is_null) {
            return Err(Stop::Orphaned);
        }
        if self.app["status"]["operationState"]["phase"] == "Terminating" { Err(Stop::Terminated) } else { Ok(()) }
    }

    async fn write(&mut self, state: Value) {
        if let Some(app) = self.argo.patch(&self.app, &json!({"status": {"operationState": state}})).await {
            self.app = Arc::new(app);
        }
    }

    fn result(&self) -> Value {
        json!({"revision": self.revision, "source": self.source(), "resources": self.results})
    }

    /// The operation's own source (a rollback brings one along), else the app's.
    fn source(&self) -> Value {
        let own = &self.operation["sync"]["source"];
        if own.is_object() { own.clone() } else { self.app["spec"]["source"].clone() }
    }

    fn has(&self, option: &str) -> bool {
        self.operation["sync"]["syncOptions"].as_array().is_some_and(|all| all.iter().any(|it| it == option))
    }

    /// A window holds the operation; while it does, not even a terminate request gets through.
    async fn wait_for_window(&mut self) -> Result<(), Stop> {
        let manual = self.operation["initiatedBy"]["automated"] != true;
        let mut told = false;
        while self.argo.window_denies(&self.app, manual) {
            if !told {
                told = true;
                let result = json!({"revision": "", "source": self.app["spec"]["source"]});
                self.write(json!({"message": "Sync operation blocked by sync window", "syncResult": result})).await;
            }
            match self.check() {
                Err(Stop::Orphaned) => return Err(Stop::Orphaned),
                _ => tokio::time::sleep(self.argo.times.tick * 2).await,
            }
        }
        Ok(())
    }

    /// What kubectl refuses together.
    fn validate(&self, sync: &Value) -> Result<(), Stop> {
        if !self.has("ServerSideApply=true") || self.has("Replace=true") || !forced(sync) {
            return Ok(());
        }
        let reason = "error validating options: --force cannot be used with --server-side";
        Err(Stop::Failed(format!("one or more synchronization tasks completed unsuccessfully, reason: {reason}")))
    }

    /// A kind that the destination does not know is found out before anything is applied, and only it is told of; unless the sync brings it.
    async fn served(&mut self, desired: &[Value], only: &Value) -> Result<(), Stop> {
        let objects: Vec<&Value> = desired.iter().filter(|it| selected(only, it)).collect();
        let skip = "SkipDryRunOnMissingResource=true";
        let brings =
            |kind: &Value| objects.iter().any(|it| it["kind"] == "CustomResourceDefinition" && it["spec"]["names"]["kind"] == *kind);
        let mut is_valid = true;
        for object in objects.iter().filter(|it| it["kind"] != "Application") {
            let own = text(&object["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]);
            if self.has(skip) || own.contains(skip) || brings(&object["kind"]) || self.destination.api.serves(object).await {
                continue;
            }
            is_valid = false;
            let ((group, _), meta) = (group_version(object), &object["metadata"]);
            let (kind, path) = (text(&object["kind"]), format!("{}/{}", text(&meta["namespace"]), text(&meta["name"])));
            let words = format!(
                "The Kubernetes API could not find {group}/{kind} for requested resource {path}. Make sure the \"{kind}\" CRD is installed on the destination cluster."
            );
            self.record(object, "Sync", "SyncFailed", "", &words);
        }
        if is_valid {
            return Ok(());
        }
        let message = "one or more synchronization tasks are not valid: the server could not find the requested resource";
        Err(Stop::Failed(message.into()))
    }

    async fn attempt(&mut self) -> Result<String, Stop> {
        self.results.clear();
        self.wait_for_window().await?;
        let sync = self.operation["sync"].clone();
        if self.app["spec"]["source"].get("chart").is_some() {
            return self.chart().await;
        }
        let desired = self.argo.desired_from(&self.app, &self.source(), sync["revision"].as_str().filter(|it| !it.is_empty()));
        let desired = desired.map_err(|refused| match refused {
            Refused::Comparison(message) => Stop::Error(format!("ComparisonError: {message}")),
            Refused::Spec(message) => Stop::Error(format!("InvalidSpecError: {message}")),
        })?;
        self.revision = desired.revision.clone();
        let dry_run = sync["dryRun"] == true;
        let selective = sync["resources"].is_array();
        let hooks = !selective && !dry_run && sync["syncStrategy"]["apply"].is_null();
        if !dry_run {
            self.validate(&sync)?;
        }
        self.served(&desired.objects, &sync["resources"]).await?;
        if sync["prune"] == true && !dry_run {
            self.wait_confirmed(&desired.objects, &sync["resources"]).await?;
        }
        if self.has("CreateNamespace=true") && !dry_run {
            let _ = self.destination.api.ensure_namespace(text(&self.app["spec"]["destination"]["namespace"])).await;
        }
        if hooks {
            self.hooks(&desired.objects, "PreSync").await?;
        }
        let mut waves: Vec<i64> = desired.objects.iter().filter(|it| !is_hook(it)).map(wave).collect();
        waves.sort_unstable();
        waves.dedup();
        let several = waves.len() > 1 || (hooks && desired.objects.iter().any(is_hook));
        for (index, number) in waves.iter().enumerate() {
            // Later passes read the persisted operation, with whatever leaked into it.
            let leaked = self.app["status"]["operationState"]["operation"]["sync"]["resources"].clone();
            let only = if index > 0 || (several && hooks) { leaked } else { sync["resources"].clone() };
            let is_due = |it: &&Value| {
                let same = || self.argo.live(&self.destination, it).is_some_and(|live| covers(&live, it));
                !is_hook(it) && wave(it) == *number && selected(&only, it) && !(self.has("ApplyOutOfSyncOnly=true") && same())
            };
            let objects: Vec<Value> = desired.objects.iter().filter(is_due).cloned().collect();
            self.apply(&objects, dry_run).await?;
            if index + 1 < waves.len() && !dry_run {
                self.wait_healthy(&objects).await?;
            }
        }
        self.prune(&desired.objects, sync["prune"] == true, dry_run, &sync["resources"]).await;
        if hooks {
            if desired
                .objects
                .iter()
                .any(|it| is_hook(it) && text(&it["metadata"]["annotations"]["argocd.argoproj.io/hook"]).contains("PostSync"))
            {
                let objects: Vec<Value> = desired.objects.iter().filter(|it| !is_hook(it)).cloned().collect();
                self.wait_healthy(&objects).await?;
            }
            self.hooks(&desired.objects, "PostSync").await?;
        }
        Ok(if dry_run { "successfully synced (dry run)".into() } else { "successfully synced (all tasks run)".into() })
    }

    /// Charts are not rendered: what runs is called what is wanted.
    async fn chart(&mut self) -> Result<String, Stop> {
        self.revision = text(&self.app["spec"]["source"]["targetRevision"]).to_owned();
        if self.app["status"]["conditions"].as_array().into_iter().flatten().any(|it| it["type"] == "ComparisonError") {
            let message = text(&self.app["status"]["conditions"][0]["message"]).to_owned();
            return Err(Stop::Error(format!("ComparisonError: {message}")));
        }
        let mut resources = self.app["status"]["resources"].clone();
        for resource in resources.as_array_mut().into_iter().flatten() {
            resource["status"] = json!("Synced");
        }
        self.pause(self.argo.times.after_sync).await?;
        let sync = json!({"status": "Synced", "revision": self.revision, "comparedTo": {"destination": self.app["spec"]["destination"], "source": self.app["spec"]["source"]}});
        self.argo.patch(&self.app, &json!({"status": {"resources": resources, "sync": sync}})).await;
        Ok("successfully synced (all tasks run)".into())
    }

    async fn apply(&mut self, objects: &[Value], dry_run: bool) -> Result<(), Stop> {
        let mut failed = None;
        let mut preamble = "one or more synchronization tasks completed unsuccessfully";
        for object in objects {
            self.check()?;
            let own = if object["kind"] == "Application" { &self.argo.api } else { &self.destination.api };
            let outcome = own.apply(object, dry_run).await.map_err(|refusal| {
                let (before, words) = self.words(object, &refusal);
                preamble = before;
                words
            });
            let message = match &outcome {
                Ok(_) => format!("{} {}", dotted(object), if self.has("Replace=true") { "replaced" } else { "serverside-applied" }),
                Err(message) => message.clone(),
            };
            if let (Ok(live), Some(kind), false) = (&outcome, kind_of(object), dry_run) {
                self.cache_of(kind).put(kind, live.clone());
            }
            let (status, phase) = if outcome.is_ok() { ("Synced", "Running") } else { ("SyncFailed", "Failed") };
            self.record(object, "Sync", status, phase, &message);
            failed = failed.or(outcome.err());
        }
        let state = json!({"syncResult": self.result()});
        self.write(state).await;
        match failed {
            Some(reason) => Err(Stop::Failed(format!("{preamble}, reason: {reason}"))),
            None => Ok(()),
        }
    }

    /// How Argo CD tells what the API server said: the head of the operation's message, and the object's own.
    fn words(&self, object: &Value, refusal: &Refusal) -> (&'static str, String) {
        let meta = &object["metadata"];
        let unsuccessful = "one or more synchronization tasks completed unsuccessfully";
        let by_server = self.has("ServerSideApply=true");
        match refusal.reason.as_str() {
            // Found out before anything is written.
            "NotFound" => ("one or more objects failed to apply", refusal.message.clone()),
            // The program that applies reads each object from a file in memory.
            _ if !by_server && self.argo.live(&self.destination, object).is_some() => {
                let file = crate::sim::ids::number(text(&meta["name"])) % 10_000_000_000;
                (unsuccessful, format!("error when patching \"/dev/shm/{file}\": {}", refusal.message))
            }
            _ => (unsuccessful, refusal.message.clone()),
        }
    }

    fn cache_of(&self, kind: KindRef) -> super::Cache {
        if kind == APPLICATION { self.argo.cache.clone() } else { self.destination.cache.clone() }
    }

    fn record(&mut self, object: &Value, phase: &str, status: &str, hook_phase: &str, message: &str) {
        let (group, version) = group_version(object);
        let meta = &object["metadata"];
        self.results.retain(|it| it["kind"] != object["kind"] || it["name"] != meta["name"]);
        let mut entry = json!({
            "group": group, "version": version, "kind": object["kind"], "name": meta["name"], "namespace": meta["namespace"],
            "status": status, "syncPhase": phase, "hookPhase": hook_phase, "message": message
        });
        if is_hook(object) {
            entry["hookType"] = json!(phase);
        }
        self.results.push(entry);
    }

    async fn prune(&mut self, desired: &[Value], prune: bool, dry_run: bool, only: &Value) {
        for extra in self.argo.extra(&self.app, &self.destination, desired) {
            if !selected(only, &extra) {
                continue;
            }
            let Some(kind) = kind_of(&extra) else { continue };
            if prune && !dry_run {
                let meta = &extra["metadata"];
                let _ = self.destination.api.delete(kind, text(&meta["namespace"]), text(&meta["name"])).await;
            }
            let (status, message) = if prune { ("Pruned", "pruned") } else { ("PruneSkipped", "ignored (requires pruning)") };
            self.record(&extra, "Sync", status, "Succeeded", message);
        }
    }

    /// Runs the hooks of one phase, one Job each.
    async fn hooks(&mut self, desired: &[Value], phase: &str) -> Result<(), Stop> {
        let fits =
            |it: &&Value| text(&it["metadata"]["annotations"]["argocd.argoproj.io/hook"]).split(',').any(|name| name.trim() == phase);
        for hook in desired.iter().filter(fits) {
            let (namespace, name) = (text(&hook["metadata"]["namespace"]), text(&hook["metadata"]["name"]));
            let _ = self.destination.api.delete(JOB, namespace, name).await;
            let created = self.destination.api.create(hook).await.map_err(|refusal| Stop::Failed(refusal.message))?;
            let uid = created["metadata"]["uid"].clone();
            self.destination.cache.put(JOB, created);
            self.record(hook, phase, "Synced", "Running", &format!("{} created", dotted(hook)));
            let message = format!("waiting for completion of hook batch/Job/{name}");
            self.write(json!({"message": message, "syncResult": self.result()})).await;
            loop {
                if let Err(stop) = self.check() {
                    let _ = self.destination.api.delete(JOB, namespace, name).await;
                    return Err(stop);
                }
                let live = self.destination.cache.get(JOB, namespace, name).filter(|job| job["metadata"]["uid"] == uid);
                match live.and_then(|job| health(&job)) {
                    Some(Health::Healthy) => {
                        break self.record(hook, phase, "Synced", "Succeeded", "Reached expected number of succeeded pods");
                    }
                    Some(Health::Degraded) => {
                        self.record(hook, phase, "Synced", "Failed", "Job has reached the specified backoff limit");
                        return Err(Stop::Failed("one or more synchronization tasks completed unsuccessfully".into()));
                    }
                    _ => tokio::time::sleep(self.argo.times.tick).await,
                }
            }
        }
        Ok(())
    }

    async fn wait_healthy(&mut self, objects: &[Value]) -> Result<(), Stop> {
        let mut told = String::new();
        loop {
            self.check()?;
            let waiting: Vec<&Value> = objects
                .iter()
                .filter(|it| {
                    let live = self.argo.live(&self.destination, it);
                    live.is_none_or(|live| health(&live).is_some_and(|health| !matches!(health, Health::Healthy | Health::Suspended)))
                })
                .collect();
            let Some(first) = waiting.first() else { return Ok(()) };
            let more = if waiting.len() > 1 { format!(" and {} more resources", waiting.len() - 1) } else { String::new() };
            let (group, _) = group_version(first);
            let message =
                format!("waiting for healthy state of {group}/{}/{}{more}", text(&first["kind"]), text(&first["metadata"]["name"]));
            if message != told {
                told.clone_from(&message);
                self.write(json!({"message": message, "syncResult": self.result()})).await;
            }
            tokio::time::sleep(self.argo.times.tick).await;
        }
    }

    async fn finish(&mut self, phase: &str, message: &str) {
        let result = self.result();
        self.argo.end(&self.app, phase, message, Some(result)).await;
    }

    /// The end of a good operation; full ones get a place in the history.
    async fn succeed(&mut self, message: &str) {
        let sync = &self.operation["sync"];
        let mut patch = json!({
            "operation": null,
            "status": {"operationState": {"phase": "Succeeded", "message": message, "finishedAt": self.argo.now(), "syncResult": self.result()}}
        });
        if sync["dryRun"] != true && !sync["resources"].is_array() {
            let mut history = self.app["status"]["history"].as_array().cloned().unwrap_or_default();
            let id = history.iter().filter_map(|it| it["id"].as_i64()).max().map_or(0, |id| id + 1);
            history.push(json!({
                "id": id, "revision": self.revision, "source": self.source(), "initiatedBy": self.operation["initiatedBy"],
                "deployStartedAt": self.started, "deployedAt": self.argo.now()
            }));
            let keep = history.len().saturating_sub(10);
            history.drain(..keep);
            patch["status"]["history"] = json!(history);
        }
        self.argo.patch(&self.app, &patch).await;
    }
}

fn forced(sync: &Value) -> bool {
    let strategy = &sync["syncStrategy"];
    strategy["apply"]["force"] == true || strategy["hook"]["force"] == true
}

fn dotted(object: &Value) -> String {
    let (group, _) = group_version(object);
    let kind = text(&object["kind"]).to_lowercase();
    let dotted = if group.is_empty() { kind } else { format!("{kind}.{group}") };
    format!("{dotted}/{}", text(&object["metadata"]["name"]))
}

/// Is the object among the resources of a selective sync? No list selects all.
fn selected(only: &Value, object: &Value) -> bool {
    debug_assert!(object["metadata"]["annotations"].get(TRACKING).is_none_or(Value::is_string));
    let Some(list) = only.as_array() else { return true };
    list.iter().any(|it| it["kind"] == object["kind"] && it["name"] == object["metadata"]["name"])
}

/// A Go duration in seconds.
pub fn seconds(text: &str) -> f64 {
    let mut total = 0.0;
    let mut number = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_digit() || c == '.' {
            number.push(c);
            continue;
        }
        let value: f64 = number.parse().unwrap_or(0.0);
        number.clear();
        total += match c {
            'h' => value * 3600.0,
            'm' if chars.peek() == Some(&'s') => {
                chars.next();
                value / 1000.0
            }
            'm' => value * 60.0,
            _ => value,
        };
    }
    total
}
