//! Objects that stories put on the servers, and manifests that they commit.

use serde_json::{Value, json};

/// Address of an object, of its kind's list when not `named`.
pub fn path(object: &Value, named: bool) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (api, kind) = (text("/apiVersion"), text("/kind").to_lowercase());
    let root = if api.contains('/') { "apis" } else { "api" };
    let plural = match kind.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{kind}s"),
    };
    let mut path = format!("/{root}/{api}");
    if !text("/metadata/namespace").is_empty() {
        path.push_str(&format!("/namespaces/{}", text("/metadata/namespace")));
    }
    path.push_str(&format!("/{plural}"));
    if named {
        path.push_str(&format!("/{}", text("/metadata/name")));
    }
    path
}

pub fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

/// Namespaces, the reader of everything, the reader of one namespace.
pub fn rights() -> Vec<Value> {
    let (api, group) = ("rbac.authorization.k8s.io/v1", "rbac.authorization.k8s.io");
    let read = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]);
    vec![
        namespace("argocd"),
        namespace("team-a"),
        json!({"apiVersion": api, "kind": "ClusterRole", "metadata": {"name": "reader"}, "rules": read}),
        json!({"apiVersion": api, "kind": "ClusterRoleBinding", "metadata": {"name": "viewer"},
               "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "reader"},
               "subjects": [{"apiGroup": group, "kind": "User", "name": "viewer"}]}),
        json!({"apiVersion": api, "kind": "RoleBinding", "metadata": {"name": "team", "namespace": "team-a"},
               "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "reader"},
               "subjects": [{"apiGroup": group, "kind": "User", "name": "team-a"}]}),
    ]
}

pub fn project() -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default", "namespace": "argocd"},
           "spec": {"sourceRepos": ["*"], "destinations": [{"namespace": "*", "server": "*"}]}})
}

/// Argo CD's own configuration: without it, nobody can tell whether a sync window holds.
pub fn settings() -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", "namespace": "argocd",
           "labels": {"app.kubernetes.io/part-of": "argocd"}}})
}

/// An Application that deploys `apps/web` of a repository to a namespace of `cluster` (empty = home).
pub fn application(namespace: &str, name: &str, url: &str, cluster: &str, automated: bool) -> Value {
    let mut spec = json!({
        "project": "default", "source": {"repoURL": url, "path": "apps/web", "targetRevision": "main"},
        "destination": {"namespace": name, "name": if cluster.is_empty() { "in-cluster" } else { cluster }},
        "syncPolicy": {"syncOptions": ["CreateNamespace=true"]},
    });
    if automated {
        spec["syncPolicy"]["automated"] = json!({"prune": true});
    }
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name, "namespace": namespace}, "spec": spec})
}

pub fn git_repository(namespace: &str, name: &str, url: &str) -> Value {
    json!({"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": {"name": name, "namespace": namespace},
           "spec": {"interval": "10s", "url": url, "ref": {"branch": "main"}}})
}

/// A Kustomization of `apps/web` that waits for health.
pub fn kustomization(namespace: &str, name: &str, source: &str) -> Value {
    json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": name, "namespace": namespace},
           "spec": {"interval": "60s", "retryInterval": "10s", "timeout": "30s", "prune": true, "wait": true, "path": "./apps/web",
                    "targetNamespace": namespace, "sourceRef": {"kind": "GitRepository", "name": source}}})
}

/// A release of a chart in the story's own repository.
pub fn helm_release(namespace: &str, name: &str) -> Value {
    json!({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": name, "namespace": namespace},
           "spec": {"interval": "60s", "chart": {"spec": {"chart": "./charts/web", "sourceRef": {"kind": "GitRepository", "name": name}}}}})
}

/// `apps/web` with this image tag.
pub fn web(tag: &str) -> Vec<(&'static str, String)> {
    vec![
        ("apps/web/kustomization.yaml", "resources:\n  - deployment.yaml\n  - config.yaml\n".into()),
        ("apps/web/deployment.yaml", deployment(tag)),
        ("apps/web/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  colour: blue\n".into()),
        ("apps/other/readme.txt", "not of this app\n".into()),
    ]
}

pub fn deployment(tag: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n  progressDeadlineSeconds: 10\n  \
         selector:\n    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      \
         containers:\n        - name: web\n          image: registry.example/web:{tag}\n"
    )
}
