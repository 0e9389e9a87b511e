//! What git holds of the apps of scenario `states`: a directory each, and what the commit at the head did to them.

use super::super::spec::{manifest, yaml};
use super::super::{App, Source};
use super::table::ALL;
use crate::sim::repos::Story;

/// Files of the first commit.
pub fn declared() -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (app, _) in &ALL {
        out.push((format!("clusters/{}/{}.yaml", app.home, app.name), yaml(&manifest(app, Story::States))));
        if let Source::Git { repo: "fleet", path } = app.source {
            let files = files(app);
            let list: String = files.iter().map(|(file, _)| format!("  - {file}\n")).collect();
            let head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
            out.push((format!("{path}/kustomization.yaml"), format!("{head}namespace: {}\nresources:\n{list}", app.target)));
            out.extend(files.into_iter().map(|(file, text)| (format!("{path}/{file}"), text)));
        }
    }
    out
}

fn files(app: &App) -> Vec<(&'static str, String)> {
    let mut out = vec![("config.yaml", map("web-env", "LOG_LEVEL: info")), ("service.yaml", service(app))];
    let workload = if app.name == "canary-paused" { ("rollout.yaml", rollout()) } else { ("deployment.yaml", deployment(app)) };
    out.push(workload);
    match app.name {
        "hook-failed" => out.push(("migrate.yaml", job("invoice-migrate", true))),
        "job-immutable" => out.push(("migrate.yaml", job("migrate", false))),
        "prune-off" => out.push(("flags.yaml", map("orders-flags", "new-cart: \"on\""))),
        "build-fails" => out.push(("netpol.yaml", netpol())),
        "crd-missing" => out.push(("monitor.yaml", monitor())),
        "rbac-denied" => out.push(("role.yaml", role())),
        "store-down" => out.extend([("secret.yaml", external()), ("store.yaml", store())]),
        "secret-stale" => out.push(("secret.yaml", external())),
        "sops-no-key" => out.push(("db.yaml", sealed())),
        _ => {}
    }
    out
}

/// What the commit at the head changed: a new image everywhere, and some slips of the hand.
pub fn at_head(path: &str, text: &str) -> Option<String> {
    let (app, file) = path.strip_prefix("states/")?.split_once('/')?;
    match (app, file) {
        ("would-delete-all", "kustomization.yaml") => Some(text.split("resources:").next()?.to_owned() + "resources: []\n"),
        ("would-delete-all", _) | ("build-fails", "netpol.yaml") | ("prune-off", "flags.yaml") => None,
        ("prune-off", "kustomization.yaml") => Some(text.replace("  - flags.yaml\n", "")),
        ("policy-refused", "deployment.yaml") => Some(text.replace("web:3.8.0", "web:latest")),
        ("image-not-found", "deployment.yaml") => Some(text.replace("web:3.8.0", "web:9.2-rc1")),
        ("oom-killed", "deployment.yaml") => Some(text.replace("web:3.8.0", "web:3.8.1").replace("768Mi", "512Mi")),
        ("sync-retries" | "auto-sync-gave-up", "service.yaml") => Some(
            text.replace("  selector:", "    - name: metrics\n      port: 80\n      protocol: TCP\n      targetPort: http\n  selector:"),
        ),
        ("job-immutable", "migrate.yaml") => Some(text.replace("migrate:1.44.0", "migrate:1.45.0")),
        _ => Some(text.replace("web:3.8.0", "web:3.8.1")),
    }
}

fn map(name: &str, data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  {data}\n")
}

/// Where what comes before it is refused, the Deployment is not tried.
fn wave(app: &App, number: u32) -> String {
    let is_after = number > 1 && matches!(app.name, "job-immutable" | "sync-retries" | "auto-sync-gave-up");
    let is_in = app.name == "wave-waits" || is_after;
    if is_in { format!("  annotations:\n    argocd.argoproj.io/sync-wave: \"{number}\"\n") } else { String::new() }
}

fn service(app: &App) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n{}spec:\n  ports:\n    - name: http\n      port: 80\n      protocol: TCP\n      targetPort: http\n  selector:\n    app: web\n",
        wave(app, 1)
    )
}

fn deployment(app: &App) -> String {
    let replicas = if matches!(app.name, "wave-waits" | "pods-pending" | "quota-used") { 5 } else { 3 };
    let memory = if app.name == "oom-killed" { "768Mi" } else { "512Mi" };
    let cpu = if matches!(app.name, "pods-pending" | "quota-used") { "2" } else { "100m" };
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n{}spec:\n  replicas: {replicas}\n  progressDeadlineSeconds: 600\n  selector:\n    matchLabels:\n      app: web\n\
         \x20 template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.acme.example/web:3.8.0\n\
         \x20         envFrom:\n            - configMapRef:\n                name: web-env\n          ports:\n            - containerPort: 8080\n              name: http\n\
         \x20         resources:\n            limits:\n              memory: {memory}\n            requests:\n              cpu: {cpu}\n              memory: 256Mi\n",
        wave(app, 2)
    )
}

fn job(name: &str, hook: bool) -> String {
    let marks = "  annotations:\n    argocd.argoproj.io/hook: PreSync\n    argocd.argoproj.io/hook-delete-policy: BeforeHookCreation\n";
    let marks = if hook { marks } else { "" };
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {name}\n{marks}spec:\n  backoffLimit: 0\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n\
         \x20       - name: migrate\n          image: registry.acme.example/migrate:1.44.0\n          args: [migrate, --invoices]\n"
    )
}

fn netpol() -> String {
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: web\nspec:\n  podSelector:\n    matchLabels:\n      app: web\n  policyTypes: [Ingress]\n".to_owned()
}

fn monitor() -> String {
    "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata:\n  name: web\nspec:\n  selector:\n    matchLabels:\n      app: web\n  endpoints:\n    - port: http\n".to_owned()
}

fn role() -> String {
    "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: web\nrules:\n  - apiGroups: [\"\"]\n    resources: [configmaps]\n    verbs: [get]\n".to_owned()
}

fn external() -> String {
    "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: db\nspec:\n  refreshInterval: 1m\n  secretStoreRef:\n    kind: ClusterSecretStore\n    name: vault-eu\n\
     \x20 target:\n    name: db\n  data:\n    - secretKey: password\n      remoteRef:\n        key: shop/db\n        property: password\n"
        .to_owned()
}

fn store() -> String {
    "apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata:\n  name: vault-eu\nspec:\n  provider:\n    vault:\n      server: https://vault.acme.example\n      path: secret\n".to_owned()
}

fn rollout() -> String {
    "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata:\n  name: web\nspec:\n  replicas: 5\n  selector:\n    matchLabels:\n      app: web\n  strategy:\n    canary:\n      steps:\n\
     \x20       - setWeight: 5\n        - setWeight: 20\n        - pause: {}\n        - setWeight: 50\n        - pause: {}\n        - setWeight: 100\n\
     \x20 template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n        - name: web\n          image: registry.acme.example/web:3.8.0\n"
        .to_owned()
}

/// A Secret that sops has encrypted: what it holds is no secret, and nothing opens it.
fn sealed() -> String {
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: ENC[AES256_GCM,data:ZGVtbw==,type:str]\nsops:\n  age:\n    - recipient: age1demo0000000000000000000000000000000000000000000000000000\n\
     \x20 lastmodified: \"2026-11-01T00:00:00Z\"\n  mac: ENC[AES256_GCM,data:ZGVtbw==,type:str]\n  version: 3.9.0\n"
        .to_owned()
}
