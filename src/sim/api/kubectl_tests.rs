//! The installed `kubectl` against the server; skipped where there is none.

use std::process::Stdio;

use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::kubeconfig;
use super::tests::Lab;

struct Kubectl {
    lab: Lab,
    home: tempfile::TempDir,
}

impl Kubectl {
    async fn new() -> Option<Self> {
        if Command::new("kubectl").args(["version", "--client"]).stdout(Stdio::null()).status().await.is_err() {
            eprintln!("skipped: no kubectl");
            return None;
        }
        let lab = Lab::new().await;
        lab.app("app-000");
        lab.server.set_anonymous(Some(super::User::new("admin", &["system:masters"])));
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("config"), kubeconfig(&[("lab", &lab.running.url, "admin", "argocd")])).unwrap();
        Some(Self { lab, home })
    }

    async fn run(&self, args: &[&str], input: &str) -> (bool, String) {
        let mut child = Command::new("kubectl")
            .env("KUBECONFIG", self.home.path().join("config"))
            .env("HOME", self.home.path())
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        let output = child.wait_with_output().await.unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        println!("$ kubectl {}\n{text}", args.join(" "));
        (output.status.success(), text)
    }

    async fn says(&self, args: &[&str], input: &str, wanted: &[&str]) {
        let (ok, text) = self.run(args, input).await;
        assert!(ok, "kubectl {args:?}: {text}");
        for word in wanted {
            assert!(text.contains(word), "kubectl {args:?} does not say {word:?}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_reads_tables_short_names_and_logs() {
    let Some(kubectl) = Kubectl::new().await else { return };
    let server = &kubectl.lab.server;
    server.put(json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "flux-system"}, "spec": {},
        "status": {"conditions": [{"type": "Ready", "status": "True", "message": "Applied revision: main@sha1:abc"}]}}));
    server.put(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "x"},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]}, "status": {"phase": "Running"}}));
    server.set_log("x", "web-1", "web", false, "one\ntwo\n");
    server.set_log("x", "web-1", "web", true, "before\n");
    kubectl.says(&["get", "applications", "-A"], "", &["SYNC STATUS", "app-000"]).await;
    kubectl.says(&["get", "ks", "-A"], "", &["READY", "Applied revision: main@sha1:abc"]).await;
    kubectl.says(&["get", "pods", "-n", "x", "-o", "yaml"], "", &["image: web:1", "kind: List"]).await;
    kubectl.says(&["get", "pods", "-n", "x", "-o", "wide"], "", &["Running", "0/1"]).await;
    kubectl.says(&["logs", "-n", "x", "web-1", "--tail=1"], "", &["two"]).await;
    kubectl.says(&["logs", "-n", "x", "web-1", "--previous"], "", &["before"]).await;
    kubectl.says(&["api-resources"], "", &["applications", "gitrepo", "deploy", "customresourcedefinitions"]).await;
    kubectl.says(&["auth", "can-i", "patch", "applications"], "", &["yes"]).await;
    kubectl.says(&["auth", "whoami"], "", &["admin"]).await;
    kubectl.says(&["describe", "application", "app-000"], "", &["app-000"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_applies_patches_annotates_and_deletes() {
    let Some(kubectl) = Kubectl::new().await else { return };
    let app = |extra: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: two, namespace: argocd}}\nspec:\n  project: default\n  \
             destination: {{namespace: x}}\n  source: {{repoURL: u, path: a}}\n{extra}"
        )
    };
    kubectl.says(&["apply", "-f", "-"], &app(""), &["application.argoproj.io/two created"]).await;
    kubectl.says(&["apply", "-f", "-"], &app(""), &["unchanged"]).await;
    kubectl.says(&["apply", "-f", "-"], &app("  revisionHistoryLimit: 3\n"), &["configured"]).await;
    let (ok, text) = kubectl.run(&["apply", "-f", "-"], &app("  bogus: 3\n")).await;
    assert!(!ok && text.contains("unknown field \"spec.bogus\""), "{text}");
    kubectl
        .says(&["apply", "--server-side", "--force-conflicts", "-f", "-"], &app("  revisionHistoryLimit: 4\n"), &["serverside-applied"])
        .await;
    let patch = r#"{"spec":{"project":"other"}}"#;
    kubectl.says(&["patch", "application", "two", "--type", "merge", "-p", patch], "", &["patched"]).await;
    kubectl.says(&["annotate", "app", "two", "note=x"], "", &["annotated"]).await;
    kubectl.says(&["get", "app", "two", "-o", "jsonpath={.spec.project}"], "", &["other"]).await;
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: argocd}\nspec:\n  replicas: 2\n  selector: {matchLabels: {a: b}}\n  \
                      template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers: [{name: c, image: 'i:1', ports: [{containerPort: 80}]}]\n";
    kubectl.says(&["apply", "-f", "-"], deployment, &["created"]).await;
    kubectl.says(&["apply", "-f", "-"], &deployment.replace("i:1", "i:2"), &["configured"]).await;
    kubectl.says(&["set", "image", "deployment/web", "c=i:3"], "", &["image updated"]).await;
    kubectl.says(&["get", "deployment", "web", "-o", "yaml"], "", &["image: i:3", "containerPort: 80"]).await;
    kubectl.says(&["get", "deploy"], "", &["0/2"]).await;
    kubectl.says(&["create", "namespace", "fresh"], "", &["created"]).await;
    kubectl.says(&["delete", "application", "two"], "", &["deleted"]).await;
    let (ok, text) = kubectl.run(&["get", "application", "two"], "").await;
    assert!(!ok && text.contains("Error from server (NotFound): applications.argoproj.io \"two\" not found"), "{text}");
}
