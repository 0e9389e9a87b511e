//! GitRepositories.

use super::super::api::{EVENT, GIT_REPOSITORY, text};
use super::{Again, Flux};
use crate::sim::ids;
use crate::sim::repos::RepoError;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const TOLD_EVERY: Duration = Duration::from_secs(60);

impl Flux {
    /// One fetch. An unchanged source is not patched at all; a failing one backs off by itself, whatever its interval.
    pub(super) async fn fetch(&self, object: &Value, failures: u32) -> Again {
        let reference = &object["spec"]["ref"];
        let (label, wanted) = match (reference["branch"].as_str(), reference["tag"].as_str(), reference["commit"].as_str()) {
            (_, _, Some(commit)) => (commit, commit),
            (_, Some(tag), _) => (tag, tag),
            (Some(branch), _, _) => (branch, branch),
            _ => ("master", "master"),
        };
        let url = text(&object["spec"]["url"]);
        let handled = self.handled(object);
        match self.repos.resolve(url, wanted) {
            Err(error) => {
                let error = match &error {
                    RepoError::NoReference(name) if reference["tag"].is_string() => {
                        format!("couldn't find remote ref \"refs/tags/{name}\"")
                    }
                    RepoError::NoReference(name) => format!("couldn't find remote ref \"refs/heads/{name}\""),
                    other => other.to_string(),
                };
                // What was fetched once is only asked for its head.
                let tried = if object["status"]["artifact"].is_object() { "list remote for" } else { "clone" };
                self.failed(object, &format!("unable to {tried} '{url}': {error}")).await;
                let wait = (0.75 * f64::from(2u32.saturating_pow(failures.min(12)))).min(900.0);
                Again { after: self.times.scaled(wait), failed: true }
            }
            Ok(commit) => {
                let revision = format!("{label}@sha1:{commit}");
                let known = object["status"]["artifact"]["revision"] == revision.as_str();
                let ready = object["status"]["conditions"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|it| it["type"] == "Ready" && it["status"] == "True");
                self.tell(object, &revision).await;
                if !known || !ready {
                    self.store(object, &revision, &commit, handled).await;
                } else if !super::covers(&object["status"], &handled) {
                    self.patch(GIT_REPOSITORY, object, &handled).await;
                }
                Again { after: self.interval(object), failed: false }
            }
        }
    }

    /// An Event is all that shows a look at an unchanged source; the client lets few of them through.
    async fn tell(&self, object: &Value, revision: &str) {
        let meta = &object["metadata"];
        let (namespace, name) = (text(&meta["namespace"]), text(&meta["name"]));
        let (key, now) = (format!("{namespace}/{name}"), Instant::now());
        let told = self.state().told.get(&key).copied();
        if told.is_some_and(|(at, _)| now - at < TOLD_EVERY) {
            return;
        }
        let count = told.map_or(1, |(_, count)| count + 1);
        self.state().told.insert(key, (now, count));
        let event = format!("{name}.{}", ids::digest(name).chars().take(12).collect::<String>());
        let at = self.now();
        let body = json!({
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": event, "namespace": namespace},
            "involvedObject": {"apiVersion": GIT_REPOSITORY.api, "kind": GIT_REPOSITORY.kind, "namespace": namespace, "name": name, "uid": meta["uid"]},
            "reason": "GitOperationSucceeded", "message": format!("no changes since last reconcilation: observed revision '{revision}'"),
            "type": "Normal", "count": count, "firstTimestamp": at, "lastTimestamp": at, "source": {"component": "source-controller"}
        });
        // Events are best effort, as on a real cluster.
        let _ = if count == 1 {
            self.api.create(&body).await
        } else {
            self.api.merge(EVENT, namespace, &event, &json!({"count": count, "lastTimestamp": at, "message": body["message"]})).await
        };
    }

    /// Where the artifact of a source came from: what was stored stays when the URL changes.
    pub(super) fn fetched_from(&self, source: &Value) -> String {
        let from = self.state().fetched.get(text(&source["status"]["artifact"]["path"])).cloned();
        from.unwrap_or_else(|| text(&source["spec"]["url"]).to_owned())
    }

    async fn store(&self, object: &Value, revision: &str, commit: &str, handled: Value) {
        let building = format!("building artifact: new upstream revision '{revision}'");
        let artifact =
            object["status"]["conditions"].as_array().into_iter().flatten().find(|it| it["type"] == "ArtifactInStorage").cloned();
        let mut conditions = vec![
            self.condition(object, "Reconciling", "True", "Progressing", &building),
            self.condition(object, "Ready", "Unknown", "Progressing", &building),
        ];
        conditions.extend(artifact);
        self.patch(GIT_REPOSITORY, object, &json!({"conditions": conditions})).await;
        tokio::time::sleep(self.times.step).await;
        let message = format!("stored artifact for revision '{revision}'");
        let meta = &object["metadata"];
        let path = format!("gitrepository/{}/{}/{commit}.tar.gz", text(&meta["namespace"]), text(&meta["name"]));
        self.state().fetched.insert(path.clone(), text(&object["spec"]["url"]).to_owned());
        let mut status = handled;
        let ready = self.condition(&Value::Null, "Ready", "True", "Succeeded", &message);
        let stored = self.condition(&Value::Null, "ArtifactInStorage", "True", "Succeeded", &message);
        status["conditions"] = json!([with_generation(ready, object), with_generation(stored, object)]);
        status["observedGeneration"] = meta["generation"].clone();
        status["artifact"] = json!({
            "digest": format!("sha256:{}", ids::digest(commit)), "lastUpdateTime": self.now(), "path": path, "revision": revision, "size": 1902,
            "url": format!("http://source-controller.flux-system.svc.cluster.local./{path}")
        });
        self.patch(GIT_REPOSITORY, object, &status).await;
    }

    /// The old artifact stays; what is fetched with it stays green.
    async fn failed(&self, object: &Value, error: &str) {
        let message = format!("failed to checkout and determine revision: {error}");
        let mut conditions = vec![
            self.condition(object, "Reconciling", "True", "ProgressingWithRetry", "building artifact"),
            self.condition(object, "Ready", "False", "GitOperationFailed", &message),
            self.condition(object, "FetchFailed", "True", "GitOperationFailed", &message),
        ];
        conditions
            .extend(object["status"]["conditions"].as_array().into_iter().flatten().find(|it| it["type"] == "ArtifactInStorage").cloned());
        let mut status = self.handled(object);
        status["conditions"] = json!(conditions);
        // With an artifact, the failure is written once and then nothing until it is over.
        if !super::covers(&object["status"], &status) {
            self.patch(GIT_REPOSITORY, object, &status).await;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn with_generation(mut condition: Value, object: &Value) -> Value {
    condition["observedGeneration"] = object["metadata"]["generation"].clone();
    condition
}
