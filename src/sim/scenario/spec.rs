//! The objects as git declares them.

use super::table::{App, Kind, Source, State, apps};
use super::{CLUSTERS, Scenario};
use crate::sim::repos::{Repos, Story};
use serde_json::{Value, json};

pub const CHART_HOST: &str = "https://charts.acme.example";

/// How fast an engine of this scenario works: intervals and timeouts in its objects.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub source: &'static str,
    pub interval: &'static str,
    pub retry: &'static str,
    pub timeout: &'static str,
}

impl Pace {
    pub fn of(story: Story) -> Self {
        match story {
            Story::Night | Story::States => Self { source: "5m", interval: "10m", retry: "2m", timeout: "5m" },
            // A live story is told in a minute: its objects carry short times.
            Story::Before => Self { source: "5s", interval: "1m", retry: "5s", timeout: "20s" },
        }
    }
}

/// An app's object as it stands in git: no status, nothing that a person changed live.
pub fn manifest(app: &App, story: Story) -> Value {
    match app.kind {
        Kind::Application => application(app),
        Kind::Kustomization => kustomization(app, Pace::of(story)),
        Kind::HelmRelease => helm_release(app, Pace::of(story)),
    }
}

fn project(app: &App) -> &'static str {
    match (app.name, app.cluster) {
        ("web", "prod-us") => "retail",
        ("preview-812", _) => "dev",
        ("sandbox" | "demo-shop", _) => "default",
        _ => "core",
    }
}

/// `spec.source` of an Application.
pub fn source(app: &App) -> Value {
    match app.source {
        Source::Git { repo, path } | Source::GitChart { repo, path, .. } => {
            json!({"repoURL": Repos::url(repo), "path": path, "targetRevision": "main"})
        }
        Source::Chart { chart, version } => json!({"repoURL": CHART_HOST, "chart": chart, "targetRevision": version}),
    }
}

/// `spec.destination` of an Application.
pub fn destination(app: &App) -> Value {
    if app.cluster == app.home {
        json!({"server": "https://kubernetes.default.svc", "namespace": app.target})
    } else {
        json!({"name": app.cluster, "namespace": app.target})
    }
}

fn application(app: &App) -> Value {
    let manual = matches!(app.state, State::TwoDiffer | State::Missing)
        || matches!((app.name, app.home), ("cert-manager", "hub-eu") | ("demo-shop", _));
    let mut policy = json!({"syncOptions": ["CreateNamespace=true", "ServerSideApply=true"]});
    if !manual {
        policy["automated"] = if app.name == "orders" { json!({"prune": false, "selfHeal": false}) } else { json!({"prune": true}) };
        policy["retry"] = json!({"limit": 2, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "1m"}});
    }
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": app.name, "namespace": app.namespace},
        "spec": {"destination": destination(app), "project": project(app), "source": source(app), "syncPolicy": policy}
    })
}

fn kustomization(app: &App, pace: Pace) -> Value {
    let path = match app.source {
        Source::Git { path, .. } | Source::GitChart { path, .. } => format!("./{path}"),
        Source::Chart { .. } => String::new(),
    };
    let mut spec = json!({
        "force": false, "interval": pace.interval, "path": path, "prune": true, "retryInterval": pace.retry,
        "sourceRef": {"kind": "GitRepository", "name": "fleet", "namespace": "flux-system"}, "timeout": pace.timeout, "wait": true
    });
    if app.name == "orders" {
        spec["dependsOn"] = json!([{"name": "payments", "namespace": "payments"}]);
    }
    if app.name == "flux-system" {
        // It holds the others: waiting for them would make every app's trouble its own.
        spec["wait"] = json!(false);
    }
    json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": app.name, "namespace": app.namespace}, "spec": spec
    })
}

fn helm_release(app: &App, pace: Pace) -> Value {
    let (chart, version, reference) = match app.source {
        Source::GitChart { repo, path, version } => {
            (path, version, json!({"kind": "GitRepository", "name": repo, "namespace": "flux-system"}))
        }
        Source::Chart { chart, version } => {
            (chart, version, json!({"kind": "HelmRepository", "name": "helm-mirror", "namespace": "flux-system"}))
        }
        Source::Git { .. } => ("", "", Value::Null),
    };
    let mut spec = json!({
        "chart": {"spec": {"chart": chart, "interval": pace.source, "reconcileStrategy": "ChartVersion", "sourceRef": reference, "version": version}},
        "install": {"createNamespace": true}, "interval": pace.interval, "timeout": pace.timeout,
        "upgrade": {"remediation": {"retries": 2, "remediateLastFailure": true, "strategy": "rollback"}}
    });
    if app.name == "ingress-nginx" {
        spec["driftDetection"] = json!({"mode": "warn"});
    }
    json!({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": app.name, "namespace": app.namespace}, "spec": spec})
}

/// GitRepository or HelmRepository objects of a Flux cluster, without status.
pub fn sources(cluster: &str, story: Story) -> Vec<Value> {
    let pace = Pace::of(story);
    let git = |name: &str, reference: Value| {
        json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": {"name": name, "namespace": "flux-system"},
            "spec": {"interval": pace.source, "ref": reference, "timeout": "60s", "url": Repos::url(name)}
        })
    };
    let mut out = vec![git("fleet", json!({"branch": "main"}))];
    if cluster == "stage-eu" {
        out.push(git("charts", json!({"branch": "main"})));
        out.push(git("policies", json!({"tag": "v2.3"})));
    }
    if cluster != "dev-shared" {
        out.push(json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmRepository", "metadata": {"name": "helm-mirror", "namespace": "flux-system"},
            "spec": {"interval": "10m", "provider": "generic", "url": CHART_HOST}
        }));
    } else {
        out.clear();
    }
    out
}

/// Files below `clusters/`: what each cluster's root app applies.
pub fn declared(story: Story) -> Vec<(String, String)> {
    let scenario = match story {
        Story::Night => Scenario::Night,
        Story::Before => Scenario::Merge,
        Story::States => return super::states::declared(),
    };
    let mut out = Vec::new();
    let roots = |cluster: &str, app: &App| app.home == cluster && !matches!(app.name, "platform-root" | "flux-system");
    for cluster in CLUSTERS.iter().filter(|cluster| cluster.name != "dev-shared") {
        for app in apps(scenario).iter().filter(|app| roots(cluster.name, app)) {
            let file = format!("clusters/{}/{}-{}.yaml", cluster.name, app.namespace, app.name);
            out.push((file, yaml(&manifest(app, story))));
        }
        if cluster.flux.is_some() {
            for source in sources(cluster.name, story).iter().filter(|source| source["metadata"]["name"] != "fleet") {
                let name = source["metadata"]["name"].as_str().unwrap_or_default();
                out.push((format!("clusters/{}/source-{name}.yaml", cluster.name), yaml(source)));
            }
        }
    }
    out
}

/// Block YAML of a value; strings that could be read as something else are quoted.
pub fn yaml(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    let fields = value.as_object().into_iter().flatten();
    // apiVersion, kind and metadata come first, as people write them.
    let rank = |key: &str| ["apiVersion", "kind", "metadata", "name", "namespace"].iter().position(|it| *it == key).unwrap_or(9);
    let mut fields: Vec<_> = fields.collect();
    fields.sort_by_key(|(key, _)| (rank(key), (*key).clone()));
    for (key, value) in fields {
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push_str(&format!("{pad}{key}:\n"));
                write(value, depth + 1, out);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push_str(&format!("{pad}{key}:\n"));
                for item in items {
                    item_yaml(item, depth + 1, out);
                }
            }
            value => out.push_str(&format!("{pad}{key}: {}\n", scalar(value))),
        }
    }
}

fn item_yaml(item: &Value, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    if item.is_object() {
        let mut inner = String::new();
        write(item, depth + 1, &mut inner);
        out.push_str(&format!("{pad}- {}", inner.trim_start()));
    } else {
        out.push_str(&format!("{pad}- {}\n", scalar(item)));
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text)
            if !text.is_empty()
                && text.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'))
                && !matches!(text.as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off") =>
        {
            text.clone()
        }
        value => value.to_string(),
    }
}
