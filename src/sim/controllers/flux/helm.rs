//! HelmReleases, much simplified: charts are not rendered; a release changes its version when its spec names one.

use super::super::api::{CONFIG_MAP, GIT_REPOSITORY, HELM_RELEASE, HELM_REPOSITORY, SECRET, text};
use super::{Again, Flux};
use crate::sim::ids;
use crate::sim::releases::{Release, manifest_of, secret, secret_name};
use serde_json::{Value, json};

/// Versions whose upgrade fails in this world.
const BROKEN: [&str; 1] = ["19.0.0"];

impl Flux {
    pub(super) async fn release(&self, object: &Value) -> Again {
        let again = Again { after: self.interval(object), failed: false };
        let status = &object["status"];
        let stalled = status["conditions"].as_array().into_iter().flatten().any(|it| it["type"] == "Stalled" && it["status"] == "True");
        let annotation = |name: &str| object["metadata"]["annotations"][format!("reconcile.fluxcd.io/{name}")].as_str();
        let token = annotation("requestedAt");
        let fresh = token.is_some() && token != status["lastHandledReconcileAt"].as_str();
        let reset = fresh && annotation("resetAt") == token;
        let force = fresh && annotation("forceAt") == token;
        let new_spec = status["observedGeneration"] != object["metadata"]["generation"];
        let mut handled = self.handled(object);
        if force {
            handled["lastHandledForceAt"] = json!(token);
        }
        if reset {
            handled["lastHandledResetAt"] = json!(token);
        }
        if status["history"].as_array().is_none_or(Vec::is_empty)
            && let Some((reason, message)) = self.prerequisites(object).await
        {
            handled["conditions"] = json!([
                self.condition(object, "Reconciling", "True", "Progressing", "Fulfilling prerequisites"),
                self.condition(object, "Ready", "False", reason, &message)
            ]);
            handled["helmChart"] = json!(chart_of(object));
            if !super::covers(status, &handled) {
                self.patch(HELM_RELEASE, object, &handled).await;
            }
            return Again { after: self.times.dependency, failed: true };
        }
        let current = text(&status["history"][0]["chartVersion"]).to_owned();
        let wanted = wanted(object, &current);
        if (new_spec || reset || (force && !stalled)) && (wanted != current || force) {
            self.upgrade(object, &current, &wanted, handled).await;
        } else if new_spec || !super::covers(status, &handled) {
            handled["observedGeneration"] = object["metadata"]["generation"].clone();
            self.patch(HELM_RELEASE, object, &handled).await;
        }
        again
    }

    async fn upgrade(&self, object: &Value, current: &str, wanted: &str, handled: Value) {
        let doing = "Running 'upgrade' action with timeout of 5m0s";
        let running = vec![
            self.condition(object, "Reconciling", "True", "Progressing", doing),
            self.condition(object, "Ready", "Unknown", "Progressing", doing),
        ];
        self.patch(HELM_RELEASE, object, &json!({"conditions": running})).await;
        tokio::time::sleep(self.times.job).await;
        let name = text(&object["metadata"]["name"]);
        let chart = text(&object["status"]["history"][0]["chartName"]).to_owned();
        let target = object["spec"]["targetNamespace"].as_str().unwrap_or_else(|| text(&object["metadata"]["namespace"]));
        let release = format!("{target}/{name}");
        let mut history = object["status"]["history"].as_array().cloned().unwrap_or_default();
        let mut status = handled;
        status["observedGeneration"] = object["metadata"]["generation"].clone();
        status["lastAttemptedRevision"] = json!(wanted);
        let version = history.first().and_then(|it| it["version"].as_i64()).unwrap_or(0) + 1;
        let entry = |version: i64, chart_version: &str, action: &str, state: &str| {
            json!({"action": action, "apiVersion": "v2", "appVersion": chart_version, "chartName": chart, "chartVersion": chart_version,
                "configDigest": format!("sha256:{}", ids::digest("values")), "digest": format!("sha256:{}", ids::digest(&format!("{name}{version}"))),
                "firstDeployed": self.now(), "lastDeployed": self.now(), "name": name, "namespace": target, "status": state, "version": version})
        };
        if let Some(first) = history.first_mut() {
            first["status"] = json!("superseded");
        }
        if BROKEN.contains(&wanted) {
            history.insert(0, entry(version, wanted, "upgrade", "failed"));
            history.insert(0, entry(version + 1, current, "rollback", "deployed"));
            let back = format!("Helm rollback to previous release {release}.v{} with chart {chart}@{current} succeeded", version - 1);
            let failed = format!(
                "Helm upgrade failed for release {release} with chart {chart}@{wanted}: pre-upgrade hooks failed: timed out waiting for the condition"
            );
            status["conditions"] = json!([
                self.condition(object, "Stalled", "True", "RetriesExceeded", "Failed to upgrade after 3 attempt(s)"),
                self.condition(object, "Ready", "False", "RollbackSucceeded", &back),
                self.condition(object, "Released", "False", "UpgradeFailed", &failed),
                self.condition(object, "Remediated", "True", "RollbackSucceeded", &back)
            ]);
            status["failures"] = json!(3);
        } else {
            history.insert(0, entry(version, wanted, "upgrade", "deployed"));
            let done = format!("Helm upgrade succeeded for release {release}.v{version} with chart {chart}@{wanted}");
            status["conditions"] = json!([
                self.condition(object, "Ready", "True", "UpgradeSucceeded", &done),
                self.condition(object, "Released", "True", "UpgradeSucceeded", &done)
            ]);
            status["failures"] = Value::Null;
        }
        self.stored(object, &history, current).await;
        history.truncate(5);
        status["history"] = json!(history);
        self.patch(HELM_RELEASE, object, &status).await;
    }
}

/// Namespace and name of the HelmChart of a release.
fn chart_of(object: &Value) -> String {
    let (namespace, reference) = (text(&object["metadata"]["namespace"]), &object["spec"]["chart"]["spec"]["sourceRef"]);
    let of = reference["namespace"].as_str().unwrap_or(namespace);
    format!("{of}/{namespace}-{}", text(&object["metadata"]["name"]))
}

impl Flux {
    /// What a release waits for that was never installed: its chart's source, and the values that it names.
    async fn prerequisites(&self, object: &Value) -> Option<(&'static str, String)> {
        let namespace = text(&object["metadata"]["namespace"]);
        let reference = &object["spec"]["chart"]["spec"]["sourceRef"];
        let kind = if reference["kind"] == "GitRepository" { GIT_REPOSITORY } else { HELM_REPOSITORY };
        let (of, name) = (reference["namespace"].as_str().unwrap_or(namespace), text(&reference["name"]));
        if !name.is_empty() && self.cache.get(kind, of, name).is_none() {
            let missing = format!("{}.source.toolkit.fluxcd.io \"{name}\" not found", kind.kind);
            return Some(("SourceNotReady", format!("HelmChart '{}' is not ready: failed to get source: {missing}", chart_of(object))));
        }
        for values in object["spec"]["valuesFrom"].as_array().into_iter().flatten().filter(|it| it["optional"] != true) {
            let (what, name) = (text(&values["kind"]), text(&values["name"]));
            let at = if what == "Secret" { SECRET } else { CONFIG_MAP };
            if let Err(refusal) = self.api.get(at, namespace, name).await {
                let key = values["valuesKey"].as_str().unwrap_or("values.yaml");
                let head = format!("could not resolve {what} chart values reference '{namespace}/{name}' with key '{key}'");
                return Some(("ValuesError", format!("{head}: {refusal}")));
            }
        }
        None
    }

    /// Writes what Helm stores of revisions that are new, and applies the newest where it is another version. What the sim cannot read or
    /// write, nobody can compare: there is no one to tell.
    async fn stored(&self, object: &Value, history: &[Value], current: &str) {
        let storage = text(&object["metadata"]["namespace"]);
        let number = |entry: &Value| entry["version"].as_i64().unwrap_or(0);
        let mut known = None;
        for entry in history {
            let name = secret_name(text(&entry["name"]), number(entry));
            if let Ok(secret) = self.api.get(SECRET, storage, &name).await {
                known = manifest_of(&secret).map(|manifest| (number(entry), manifest));
                break;
            }
        }
        let Some((last, before)) = known else { return };
        let of = |entry: &Value, manifest: &str| {
            secret(&Release {
                name: text(&entry["name"]),
                namespace: text(&entry["namespace"]),
                storage,
                version: number(entry),
                status: text(&entry["status"]),
                chart: text(&entry["chartName"]),
                chart_version: text(&entry["chartVersion"]),
                at: text(&entry["lastDeployed"]),
                manifest,
            })
        };
        // Helm writes on the one before that it is superseded.
        for entry in history.iter().filter(|entry| number(entry) == last) {
            let now = of(entry, &before);
            let patch = json!({"metadata": {"labels": now["metadata"]["labels"]}, "data": now["data"]});
            let _ = self.api.merge(SECRET, storage, text(&now["metadata"]["name"]), &patch).await;
        }
        for entry in history.iter().rev().filter(|entry| number(entry) > last) {
            let version = text(&entry["chartVersion"]);
            let manifest = before.replace(current.trim_start_matches('v'), version.trim_start_matches('v'));
            let _ = self.api.create(&of(entry, &manifest)).await;
            if entry["status"] == "deployed" && version != current {
                for object in crate::render::yaml::objects("manifest.yaml", manifest.as_bytes()).unwrap_or_default() {
                    let _ = self.helm.apply(&object, false).await;
                }
            }
        }
    }
}

/// The version a release asks for; a range keeps what runs, unless the index has something newer for it.
fn wanted(object: &Value, current: &str) -> String {
    let version = text(&object["spec"]["chart"]["spec"]["version"]);
    match version {
        "19.x" => "19.0.0".to_owned(),
        "" | "*" => current.to_owned(),
        version if version.contains(['x', '*', '>', '<', '~', '^']) => current.to_owned(),
        version => version.to_owned(),
    }
}
