//! The few calls of the Kubernetes API the controllers make, on JSON values.

use futures::{Stream, StreamExt as _};
use http::Request;
use kube::Client;
use kube::core::WatchEvent;
use serde_json::{Value, json};
use std::fmt;

/// A kind and where it is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindRef {
    pub api: &'static str,
    pub kind: &'static str,
    pub plural: &'static str,
    pub namespaced: bool,
}

const fn kind(api: &'static str, kind: &'static str, plural: &'static str) -> KindRef {
    KindRef { api, kind, plural, namespaced: true }
}

pub const NAMESPACE: KindRef = KindRef { namespaced: false, ..kind("v1", "Namespace", "namespaces") };
pub const APPLICATION: KindRef = kind("argoproj.io/v1alpha1", "Application", "applications");
pub const PROJECT: KindRef = kind("argoproj.io/v1alpha1", "AppProject", "appprojects");
pub const KUSTOMIZATION: KindRef = kind("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "kustomizations");
pub const HELM_RELEASE: KindRef = kind("helm.toolkit.fluxcd.io/v2", "HelmRelease", "helmreleases");
pub const GIT_REPOSITORY: KindRef = kind("source.toolkit.fluxcd.io/v1", "GitRepository", "gitrepositories");
pub const HELM_REPOSITORY: KindRef = kind("source.toolkit.fluxcd.io/v1", "HelmRepository", "helmrepositories");
pub const HELM_CHART: KindRef = kind("source.toolkit.fluxcd.io/v1", "HelmChart", "helmcharts");
pub const DEPLOYMENT: KindRef = kind("apps/v1", "Deployment", "deployments");
pub const REPLICA_SET: KindRef = kind("apps/v1", "ReplicaSet", "replicasets");
pub const POD: KindRef = kind("v1", "Pod", "pods");
pub const JOB: KindRef = kind("batch/v1", "Job", "jobs");
pub const HPA: KindRef = kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers");
pub const CONFIG_MAP: KindRef = kind("v1", "ConfigMap", "configmaps");
pub const SECRET: KindRef = kind("v1", "Secret", "secrets");
pub const EVENT: KindRef = kind("v1", "Event", "events");
pub const LEASE: KindRef = kind("coordination.k8s.io/v1", "Lease", "leases");

/// Kinds that a cluster's apps deploy.
pub const DEPLOYED: [KindRef; 10] = [
    CONFIG_MAP,
    DEPLOYMENT,
    JOB,
    HPA,
    kind("v1", "Service", "services"),
    SECRET,
    kind("v1", "ServiceAccount", "serviceaccounts"),
    kind("networking.k8s.io/v1", "Ingress", "ingresses"),
    kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
];

const OTHERS: [KindRef; 11] =
    [NAMESPACE, APPLICATION, PROJECT, KUSTOMIZATION, HELM_RELEASE, GIT_REPOSITORY, HELM_REPOSITORY, HELM_CHART, REPLICA_SET, POD, EVENT];

/// The kind of an object, if the controllers know it.
pub fn kind_of(object: &Value) -> Option<KindRef> {
    named(object["kind"].as_str()?)
}

/// A kind by its name.
pub fn named(name: &str) -> Option<KindRef> {
    DEPLOYED.iter().chain(&OTHERS).find(|it| it.kind == name).copied()
}

/// A text field, empty where absent.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A client with the field manager a controller writes under.
#[derive(Clone)]
pub struct Api {
    client: Client,
    manager: &'static str,
    /// Whom the controller acts as; itself where nobody is named.
    user: Option<String>,
}

/// What the API server said, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `Forbidden`, `Invalid`; empty where no server answered.
    pub reason: String,
    pub message: String,
    /// The server does not know the kind.
    pub no_kind: bool,
}

impl Refusal {
    fn here(message: impl Into<String>) -> Self {
        Self { reason: String::new(), message: message.into(), no_kind: false }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

pub type Outcome<T> = Result<T, Refusal>;

impl Api {
    pub fn new(client: Client, manager: &'static str) -> Self {
        Self { client, manager, user: None }
    }

    /// The same connection under another name.
    pub fn named(&self, manager: &'static str) -> Self {
        Self { manager, ..self.clone() }
    }

    /// The same controller as one of the server's users.
    pub fn acting_as(&self, user: String) -> Self {
        Self { user: Some(user), ..self.clone() }
    }

    fn path(kind: KindRef, namespace: &str, name: &str) -> String {
        let root = if kind.api.contains('/') { "apis" } else { "api" };
        let mut path = format!("/{root}/{}", kind.api);
        if kind.namespaced && !namespace.is_empty() {
            path.push_str(&format!("/namespaces/{namespace}"));
        }
        path.push_str(&format!("/{}", kind.plural));
        if !name.is_empty() {
            path.push_str(&format!("/{name}"));
        }
        path
    }

    async fn send(&self, method: &str, path: &str, content: &str, body: Option<&Value>) -> Outcome<Value> {
        let bytes = body.map(|body| serde_json::to_vec(body).unwrap_or_default()).unwrap_or_default();
        let mut request = Request::builder().method(method).uri(path).header("content-type", content);
        if let Some(user) = &self.user {
            request = request.header("Impersonate-User", user);
        }
        let request = request.body(bytes).map_err(|error| Refusal::here(error.to_string()))?;
        self.client.request::<Value>(request).await.map_err(|error| match error {
            kube::Error::Api(status) => Refusal { reason: status.reason, message: status.message, no_kind: false },
            error => Refusal::here(error.to_string()),
        })
    }

    /// The list of a kind below its namespace: the kinds the controllers know, else as the server answers.
    async fn place(&self, object: &Value) -> Outcome<String> {
        let namespace = text(&object["metadata"]["namespace"]);
        if let Some(kind) = kind_of(object) {
            return Ok(Self::path(kind, namespace, ""));
        }
        let (api, name) = (text(&object["apiVersion"]), text(&object["kind"]));
        let root = if api.contains('/') { "apis" } else { "api" };
        let unknown = || Refusal {
            reason: "NotFound".into(),
            message: format!("no matches for kind \"{name}\" in version \"{api}\""),
            no_kind: true,
        };
        let served = self.send("GET", &format!("/{root}/{api}"), "application/json", None).await.map_err(|_| unknown())?;
        let found = served["resources"].as_array().into_iter().flatten().find(|it| it["kind"] == name && !text(&it["name"]).contains('/'));
        let found = found.ok_or_else(unknown)?;
        let inside = if found["namespaced"] == true { format!("/namespaces/{namespace}") } else { String::new() };
        Ok(format!("/{root}/{api}{inside}/{}", text(&found["name"])))
    }

    /// Whether the server knows the kind of an object.
    pub async fn serves(&self, object: &Value) -> bool {
        self.place(object).await.is_ok()
    }

    /// All objects of a kind and the version of the list.
    pub async fn list(&self, kind: KindRef) -> Outcome<(Vec<Value>, String)> {
        let mut list = self.send("GET", &Self::path(kind, "", ""), "application/json", None).await?;
        let version = text(&list["metadata"]["resourceVersion"]).to_owned();
        let mut items = list["items"].take().as_array().cloned().unwrap_or_default();
        for item in &mut items {
            item["apiVersion"] = json!(kind.api);
            item["kind"] = json!(kind.kind);
        }
        Ok((items, version))
    }

    pub async fn watch(&self, kind: KindRef, version: &str) -> Outcome<impl Stream<Item = WatchEvent<Value>> + use<>> {
        let uri = format!("{}?watch=1&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion={version}", Self::path(kind, "", ""));
        let request = Request::get(uri).body(Vec::new()).map_err(|error| Refusal::here(error.to_string()))?;
        let events = self.client.request_events::<Value>(request).await.map_err(|error| Refusal::here(error.to_string()))?;
        Ok(events.take_while(|event| futures::future::ready(event.is_ok())).filter_map(|event| futures::future::ready(event.ok())))
    }

    pub async fn get(&self, kind: KindRef, namespace: &str, name: &str) -> Outcome<Value> {
        self.send("GET", &Self::path(kind, namespace, name), "application/json", None).await
    }

    pub async fn create(&self, object: &Value) -> Outcome<Value> {
        let path = format!("{}?fieldManager={}", self.place(object).await?, self.manager);
        self.send("POST", &path, "application/json", Some(object)).await
    }

    /// Server-side apply, taking over fields of others.
    pub async fn apply(&self, object: &Value, dry_run: bool) -> Outcome<Value> {
        let dry = if dry_run { "&dryRun=All" } else { "" };
        let name = text(&object["metadata"]["name"]);
        let path = format!("{}/{name}?force=true&fieldManager={}{dry}", self.place(object).await?, self.manager);
        self.send("PATCH", &path, "application/apply-patch+yaml", Some(object)).await
    }

    pub async fn merge(&self, kind: KindRef, namespace: &str, name: &str, patch: &Value) -> Outcome<Value> {
        let path = format!("{}?fieldManager={}", Self::path(kind, namespace, name), self.manager);
        self.send("PATCH", &path, "application/merge-patch+json", Some(patch)).await
    }

    pub async fn merge_status(&self, kind: KindRef, namespace: &str, name: &str, status: &Value) -> Outcome<Value> {
        let path = format!("{}/status?fieldManager={}", Self::path(kind, namespace, name), self.manager);
        self.send("PATCH", &path, "application/merge-patch+json", Some(&json!({"status": status}))).await
    }

    pub async fn delete(&self, kind: KindRef, namespace: &str, name: &str) -> Outcome<()> {
        // Nobody else would confirm the end of a pod: there is no kubelet.
        let now = if kind == POD { "?gracePeriodSeconds=0" } else { "" };
        self.send("DELETE", &format!("{}{now}", Self::path(kind, namespace, name)), "application/json", None).await.map(drop)
    }

    /// Makes the namespace if it is not there.
    pub async fn ensure_namespace(&self, name: &str) -> Outcome<()> {
        if name.is_empty() || self.get(NAMESPACE, "", name).await.is_ok() {
            return Ok(());
        }
        self.create(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})).await.map(drop)
    }
}
