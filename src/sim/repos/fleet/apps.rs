//! Files below `apps/` and `infra/`.

/// One app of the repository.
struct Dir {
    name: &'static str,
    namespace: &'static str,
    tag: &'static str,
    replicas: u32,
    clusters: &'static [&'static str],
}

const APPS: &[Dir] = &[
    Dir { name: "payments", namespace: "payments", tag: "2.13.4", replicas: 0, clusters: &["prod-eu", "prod-us", "prod-ap", "stage-eu"] },
    Dir { name: "web", namespace: "shop", tag: "3.8.0", replicas: 5, clusters: &["prod-us", "prod-eu", "prod-ap", "stage-eu", "edge-syd"] },
    Dir { name: "orders", namespace: "shop", tag: "5.2.0", replicas: 3, clusters: &["prod-us", "prod-eu", "prod-ap", "stage-eu"] },
    Dir { name: "billing", namespace: "billing", tag: "1.43.0", replicas: 2, clusters: &["prod-us", "prod-eu", "stage-eu"] },
    Dir { name: "search", namespace: "search", tag: "9.1.4", replicas: 4, clusters: &["prod-us"] },
    Dir { name: "ledger", namespace: "ledger", tag: "2.6.0", replicas: 5, clusters: &["prod-us"] },
    Dir { name: "sensors", namespace: "sensors", tag: "0.9.3", replicas: 2, clusters: &["edge-syd"] },
    Dir { name: "sandbox", namespace: "sandbox", tag: "0.1.0", replicas: 1, clusters: &["dev-shared"] },
    Dir { name: "demo-shop", namespace: "demo-shop", tag: "0.4.0", replicas: 1, clusters: &["dev-shared"] },
];

/// Every file of apps and infra as the first commit has them.
pub fn files() -> Vec<(String, String)> {
    let mut out = Vec::new();
    for app in APPS {
        let base = format!("apps/{}/base", app.name);
        out.extend(base_files(app).into_iter().map(|(file, text)| (format!("{base}/{file}"), text)));
        for cluster in app.clusters {
            let dir = format!("apps/{}/overlays/{cluster}", app.name);
            out.extend(overlay_files(app, cluster).into_iter().map(|(file, text)| (format!("{dir}/{file}"), text)));
        }
    }
    out.extend(infra_files());
    out.push(("README.md".into(), "# fleet\n\nWhat runs where. Changes come by pull request; image-bot writes tags.\n".into()));
    out
}

fn base_files(app: &Dir) -> Vec<(String, String)> {
    let name = app.name;
    let mut files = vec![("config.yaml", config(app)), ("deployment.yaml", deployment(app)), ("service.yaml", service(name, app))];
    match name {
        "payments" => files.extend([
            ("account.yaml", account(name)),
            ("hpa.yaml", hpa(name)),
            ("ingress.yaml", ingress(name)),
            ("netpol.yaml", netpol(name)),
            ("pdb.yaml", pdb(name)),
            ("routes.yaml", routes()),
        ]),
        "orders" => files.extend([("account.yaml", account(name)), ("netpol.yaml", netpol(name)), ("secret.yaml", secret(name))]),
        _ => {}
    }
    let list: String = files.iter().map(|(file, _)| format!("  - {file}\n")).collect();
    let kustomization = format!(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{list}labels:\n  - includeSelectors: false\n    pairs:\n      app.kubernetes.io/part-of: {name}\n\
         images:\n  - name: {name}\n    newName: registry.acme.example/{name}\n    newTag: \"{}\" # {{\"$imagepolicy\": \"flux-system:{name}:tag\"}}\n",
        app.tag
    );
    files.push(("kustomization.yaml", kustomization));
    files.into_iter().map(|(file, text)| (file.to_owned(), text)).collect()
}

fn overlay_files(app: &Dir, cluster: &str) -> Vec<(String, String)> {
    let mut text = format!(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: {}\nresources:\n  - ../../base\n",
        app.namespace
    );
    let mut files = Vec::new();
    if (app.name, cluster) == ("billing", "prod-us") {
        text.push_str("  - migrate.yaml\n");
        files.push(("migrate.yaml".to_owned(), migrate()));
    }
    text.push_str(&format!("labels:\n  - includeSelectors: false\n    pairs:\n      acme.example/cluster: {cluster}\n"));
    if (app.name, cluster) == ("search", "prod-us") {
        text.push_str("images:\n  - name: registry.acme.example/search\n    newTag: \"9.1.4\"\n");
    }
    if (app.name, cluster) == ("payments", "stage-eu") {
        text.push_str("patches:\n  - path: pool.yaml\n  - path: hpa.yaml\n  - path: checksum.yaml\n");
        files.push((
            "pool.yaml".to_owned(),
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: payments-env\ndata:\n  POOL_SIZE: \"5\"\n".to_owned(),
        ));
        let hpa = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: payments\nspec:\n  minReplicas: 1\n";
        files.push(("hpa.yaml".to_owned(), hpa.to_owned()));
        let sum = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: payments\nspec:\n  template:\n    metadata:\n      annotations:\n        checksum/config: 03aa\n";
        files.push(("checksum.yaml".to_owned(), sum.to_owned()));
    }
    files.push(("kustomization.yaml".to_owned(), text));
    files
}

fn config(app: &Dir) -> String {
    let name = app.name;
    let data = match name {
        "payments" => "  POOL_SIZE: \"20\"\n",
        "web" => "  CACHE: \"60\"\n",
        _ => "  LOG_LEVEL: info\n",
    };
    let wave = if name == "web" { "\n    argocd.argoproj.io/sync-wave: \"0\"" } else { "" };
    let head =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}-env\n  annotations:\n    acme.example/owner: {name}{wave}\n");
    format!("{head}data:\n{data}")
}

fn deployment(app: &Dir) -> String {
    let name = app.name;
    let replicas = if app.replicas == 0 { String::new() } else { format!("  replicas: {}\n", app.replicas) };
    let wave = if name == "web" { "  annotations:\n    argocd.argoproj.io/sync-wave: \"2\"\n" } else { "" };
    let account = if matches!(name, "payments" | "orders") { format!("      serviceAccountName: {name}\n") } else { String::new() };
    let level = if name == "orders" { "          env:\n            - name: LOG_LEVEL\n              value: info\n" } else { "" };
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n{wave}spec:\n{replicas}  progressDeadlineSeconds: 12\n  revisionHistoryLimit: 3\n  selector:\n    matchLabels:\n      app: {name}\n\
         \x20 template:\n    metadata:\n      annotations:\n        checksum/config: 7f9c\n      labels:\n        app: {name}\n    spec:\n{account}      containers:\n        - name: {name}\n          image: {name}\n\
         {level}          envFrom:\n            - configMapRef:\n                name: {name}-env\n          ports:\n            - containerPort: 8080\n              name: http\n\
         \x20         resources:\n            limits:\n              memory: 512Mi\n            requests:\n              cpu: 100m\n              memory: 256Mi\n"
    )
}

fn service(name: &str, app: &Dir) -> String {
    let wave = if app.name == "web" { "  annotations:\n    argocd.argoproj.io/sync-wave: \"1\"\n" } else { "" };
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n{wave}spec:\n  ports:\n    - name: http\n      port: 80\n      protocol: TCP\n      targetPort: http\n  selector:\n    app: {name}\n"
    )
}

fn account(name: &str) -> String {
    format!("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {name}\n")
}

fn hpa(name: &str) -> String {
    format!(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: {name}\nspec:\n  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: {name}\n\
         \x20 maxReplicas: 12\n  minReplicas: 2\n  metrics:\n    - type: Resource\n      resource:\n        name: cpu\n        target:\n          type: Utilization\n          averageUtilization: 70\n"
    )
}

fn ingress(name: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}\nspec:\n  ingressClassName: nginx\n  rules:\n    - host: {name}.acme.example\n      http:\n        paths:\n          - path: /\n            pathType: Prefix\n\
         \x20           backend:\n              service:\n                name: {name}\n                port:\n                  name: http\n"
    )
}

fn netpol(name: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: {name}\nspec:\n  podSelector:\n    matchLabels:\n      app: {name}\n  policyTypes: [Egress]\n  egress:\n    - {{}}\n"
    )
}

fn pdb(name: &str) -> String {
    format!(
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: {name}\nspec:\n  minAvailable: 1\n  selector:\n    matchLabels:\n      app: {name}\n"
    )
}

fn routes() -> String {
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: payments-routes\ndata:\n  retries: \"3\"\n  upstream: bank-gateway\n".to_owned()
}

fn secret(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}-db\ntype: Opaque\ndata:\n  host: ZGItMQ==\n  port: NTQzMg==\n  user: b3JkZXJz\n  password: ZGVtby1vbmx5\n"
    )
}

fn migrate() -> String {
    "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: billing-migrate\n  annotations:\n    argocd.argoproj.io/hook: PreSync\n    argocd.argoproj.io/hook-delete-policy: BeforeHookCreation\nspec:\n  backoffLimit: 0\n\
     \x20 template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: migrate\n          image: registry.acme.example/billing-migrate:1.44.0\n          args: [migrate, --invoices]\n"
        .to_owned()
}

fn infra_files() -> Vec<(String, String)> {
    let kustomization = |files: &[&str], namespace: &str| {
        let list: String = files.iter().map(|file| format!("  - {file}\n")).collect();
        format!("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: {namespace}\nresources:\n{list}")
    };
    let map = |name: &str, data: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  {data}\n");
    vec![
        ("infra/controllers/kustomization.yaml".into(), kustomization(&["classes.yaml", "limits.yaml"], "flux-system")),
        ("infra/controllers/classes.yaml".into(), map("storage-classes", "default: fast")),
        ("infra/controllers/limits.yaml".into(), map("limits", "memory: 512Mi")),
        ("infra/argocd/kustomization.yaml".into(), kustomization(&["settings.yaml"], "argocd")),
        ("infra/argocd/settings.yaml".into(), map("argocd-settings", "replicas: \"2\"")),
        ("infra/common/limits.yaml".into(), map("common-limits", "cpu: 100m")),
    ]
}
