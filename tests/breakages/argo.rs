//! What is broken under Argo CD.

use super::{Breakage, Broken, breakage, files, nothing};
use crate::lab::objects;
use driftdeck::domain::ids::AppKind::Application;
use futures::future::{FutureExt as _, LocalBoxFuture};
use serde_json::{Value, json};

macro_rules! hand {
    ($it:ident => $body:expr) => {{
        fn hand<'a>($it: &'a Broken<'a>) -> LocalBoxFuture<'a, ()> {
            async move { $body }.boxed_local()
        }
        hand
    }};
}
pub(super) use hand;

const DEPLOYMENT: &str = "apps/web/deployment.yaml";
const LIST_FILE: &str = "apps/web/kustomization.yaml";

pub const LIST: &[Breakage] = &[
    breakage("orders", Application, hand!(it => it.land("Next image", &[(DEPLOYMENT, objects::deployment("1.1-badpull"))])))
        .says("image web:1.1-badpull not found", &["registry.example/web:1.1-badpull", "(1 pod, ImagePullBackOff)"], &["R roll back"]),
    breakage(
        "basket",
        Application,
        hand!(it => it.land("More connections", &[(DEPLOYMENT, files::deployment("env:\n  - name: POOL_SIZE\n    value: \"500\""))])),
    )
    .says("crash loop", &["web", "exit"], &["L log", "R roll back"])
    .never(&["image"]),
    breakage(
        "search",
        Application,
        hand!(it => it.land("Probe", &[(
            DEPLOYMENT,
            files::deployment("ports:\n  - containerPort: 8080\nreadinessProbe:\n  httpGet:\n    path: /healthz\n    port: 8081"),
        )])),
    )
    .says("readiness probe: nothing on port 8081", &["counts as not ready", "connection refused"], &["R roll back", "d what those commits changed"])
    .never(&["crash"]),
    breakage("pricing", Application, hand!(it => it.land("Scale", &[(DEPLOYMENT, files::typo())])))
        .says("cannot render: deployment.yaml", &["not valid YAML", "line 6"], &["mend deployment.yaml line 6", "R roll back"]),
    breakage("catalog", Application, hand!(it => it.edit(&it.app(), &json!({"spec": {"source": {"path": "apps/wbe"}}})).await))
        .says("path apps/wbe not in git", &["apps/wbe does not exist"], &["path"]),
    breakage("rates", Application, hand!(it => it.edit(&it.app(), &json!({"spec": {"source": {"targetRevision": "release-2"}}})).await))
        .says("no revision release-2", &["no such branch, tag or commit"], &["targetRevision"]),
    breakage(
        "coupons",
        Application,
        hand!(it => it.edit(&it.app(), &json!({"spec": {"source": {"repoURL": "https://git.acme.example/copons.git"}}})).await),
    )
    .says("repo copons.git not found", &["https://git.acme.example/copons.git"], &["correct the URL"]),
    breakage("labels", Application, hand!(it => it.land("Network policy", &[(LIST_FILE, files::with("netpol.yaml"))])))
        .says("cannot render: netpol.yaml not in git", &["kustomization names netpol.yaml"], &["add netpol.yaml in git", "R roll back"]),
    breakage("invoices", Application, nothing)
        .at_birth()
        .made(|app| {
            app["spec"]["syncPolicy"]["syncOptions"] = json!([]);
            app["spec"]["syncPolicy"]["retry"] = json!({"limit": 1, "backoff": {"duration": "1s"}});
        })
        .says("namespace invoices does not exist", &["gave up", "CreateNamespace is not set"], &["add the Namespace in git"]),
    breakage(
        "stock",
        Application,
        hand!(it => {
            quota(it).await;
            it.land("More of it", &[(DEPLOYMENT, objects::deployment("1.0").replace("replicas: 2", "replicas: 5"))]);
        }),
    )
    .says("quota team: pods 2 of 2 used", &["Quota team leaves no room"], &["raise quota team", "run fewer"]),
    breakage(
        "emails",
        Application,
        hand!(it => {
            policy(it).await;
            it.land("Newest image", &[(DEPLOYMENT, objects::deployment("latest"))]);
        }),
    )
    .made(quick)
    .says("refused by policy: no-latest-tag", &["web", "names a version"], &["change what it refuses in git", "R roll back"]),
    breakage(
        "metrics",
        Application,
        hand!(it => it.land("Monitor", &[(LIST_FILE, files::with("monitor.yaml")), ("apps/web/monitor.yaml", files::MONITOR.into())])),
    )
    .made(quick)
    .says("CRD missing: ServiceMonitor", &["monitoring.coreos.com", "Nothing was applied"], &["CRD first"]),
    breakage(
        "ledger",
        Application,
        hand!(it => {
            it.land("Migrate", &[(LIST_FILE, files::with("job.yaml")), ("apps/web/job.yaml", files::job("1.0"))]);
            it.until_there(&it.in_place("batch/v1", "Job", "migrate")).await;
            it.land("Migrate again", &[("apps/web/job.yaml", files::job("1.1"))]);
        }),
    )
    .made(quick)
    .says("immutable spec.template, Job migrate", &["spec.template"], &["another name in git"]),
    breakage(
        "gateway",
        Application,
        hand!(it => it.land("Port", &[(LIST_FILE, files::with("service.yaml")), ("apps/web/service.yaml", files::service(99_999))])),
    )
    .made(quick)
    .says("auto-sync gave up", &["Service", "99999", "65535"], &["fix in git", "R roll back"]),
    breakage(
        "users",
        Application,
        hand!(it => it.land("Login", &[(
            DEPLOYMENT,
            files::deployment("env:\n  - name: PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: users-db\n        key: password"),
        )])),
    )
    .says("Secret users-db does not exist", &["Pod users/web-", "needs it"], &["add Secret users-db"])
    .never(&["crash", "image"]),
    breakage("taxes", Application, hand!(it => it.edit(&it.in_place("apps/v1", "Deployment", "web"), &json!({"spec": {"replicas": 5}})).await))
        .says("replicas 5; set by kubectl", &["kubectl-edit", "Deployment web", "to 5", "Self-heal is off"], &["s puts git's state back", "d what differs"]),
    breakage("bills", Application, hand!(it => it.land("Colour", &[config("red")])))
        .made(|app| app["spec"]["syncPolicy"]["automated"] = Value::Null)
        .at_birth()
        .says("auto-sync off", &["Auto-sync is off"], &["s sync"]),
    breakage("payroll", Application, hand!(it => {
        it.create(&json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "frozen", "namespace": "argocd"},
            "spec": {"sourceRepos": ["*"], "destinations": [{"namespace": "*", "server": "*"}], "syncWindows": [{"kind": "deny",
            "schedule": "* * * * *", "duration": "24h", "applications": ["*"], "manualSync": false}]}})).await;
        it.edit(&it.app(), &json!({"spec": {"project": "frozen"}})).await;
        it.land("Colour", &[config("red")]);
    }))
    .says("sync window closed", &["project frozen", "manual ones too", "it has no end"], &["acknowledge"]),
    breakage("tickets", Application, hand!(it => {
        let mut other = objects::application("argocd", "tickets-copy", &it.repo.url, "", true);
        other["spec"]["destination"]["namespace"] = json!("tickets");
        it.create(&other).await;
    }))
    .says("shared with app tickets-copy", &["Deployment web and 1 more are of two apps"], &["one of the two apps in git"]),
    breakage("reports", Application, hand!(it => {
        let config = it.in_place("v1", "ConfigMap", "web");
        it.edit(&config, &json!({"metadata": {"finalizers": ["backup.example/keep"]}})).await;
        it.delete(&it.app()).await;
    }))
    .made(|app| app["metadata"]["finalizers"] = json!(["resources-finalizer.argocd.argoproj.io"]))
    .says("being deleted", &["Argo CD removes its resources"], &["finalizer"])
    .never(&["healthy"]),
    breakage("forum", Application, hand!(it => it.edit(&it.app(), &json!({"spec": {"project": "shop-team"}})).await))
        .says("project shop-team", &["does not exist"], &["in git"]),
    breakage("wiki", Application, hand!(it => it.edit(&it.app(), &json!({"spec": {"destination": {"name": "prod-eu-2"}}})).await))
        .says("Argo CD knows no cluster prod-eu-2", &["not registered"], &["correct the destination in git"]),
    breakage("vouchers", Application, hand!(it => it.land("Clean up", &[(LIST_FILE, "resources: []\n".into())])))
        .says("stopped: sync would delete everything", &["renders no resource", "allowEmpty"], &["d what would be deleted", "bring the resources back"]),
    breakage(
        "images",
        Application,
        hand!(it => it.land("Limits", &[(DEPLOYMENT, files::deployment("resources:\n  limits:\n    memory: 8Mi"))])),
    )
    .says("out of memory", &["web", "8Mi"], &["raise the memory limit"]),
    breakage(
        "planner",
        Application,
        hand!(it => it.land("Requests", &[(DEPLOYMENT, files::deployment("resources:\n  requests:\n    cpu: \"64\""))])),
    )
    .says("pending: no node has cpu left", &["cannot be placed"], &["d what those commits changed", "ask for less"]),
];

fn config(colour: &str) -> (&'static str, String) {
    ("apps/web/config.yaml", format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  colour: {colour}\n"))
}

/// Gives up after one more try, at once.
fn quick(app: &mut Value) {
    app["spec"]["syncPolicy"]["retry"] = json!({"limit": 1, "backoff": {"duration": "1s"}});
}

/// A quota that is used up. Its controller would write the status; the admission of the server counts by it.
pub(super) async fn quota(it: &Broken<'_>) {
    let mut quota = it.in_place("v1", "ResourceQuota", "team");
    quota["spec"] = json!({"hard": {"pods": "2"}});
    it.create(&quota).await;
    it.status(&quota, &json!({"hard": {"pods": "2"}, "used": {"pods": "2"}})).await;
}

async fn policy(it: &Broken<'_>) {
    let (api, name) = ("admissionregistration.k8s.io/v1", "no-latest-tag");
    let rule = json!({"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["deployments"]});
    it.create(&json!({"apiVersion": api, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name}, "spec": {
        "failurePolicy": "Fail", "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": "object.spec.template.spec.containers.all(c, !c.image.endsWith(':latest'))",
                         "message": "every image names a version"}]}}))
        .await;
    it.create(&json!({"apiVersion": api, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name}, "spec": {
        "policyName": name, "validationActions": ["Deny"],
        "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": it.name}}}}}))
        .await;
    it.until_refused(
        &it.in_place("apps/v1", "Deployment", "web"),
        &json!({"spec": {"template": {"spec": {"containers": [
        {"name": "web", "image": "registry.example/web:latest"}]}}}}),
    )
    .await;
}
