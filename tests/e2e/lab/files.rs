//! Kubeconfig files, and the definitions of the kinds.

use super::Server;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// One context of a kubeconfig.
pub struct Entry<'a> {
    pub context: &'a str,
    pub server: &'a Server,
    pub token: &'a str,
    pub namespace: Option<&'a str>,
    /// Another authority than the server's own.
    pub ca: Option<String>,
}

pub fn entry<'a>(context: &'a str, server: &'a Server, token: &'a str) -> Entry<'a> {
    Entry { context, server, token, namespace: None, ca: None }
}

/// Writes a kubeconfig (JSON is YAML); the first entry is current.
pub fn kubeconfig(dir: &Path, entries: &[Entry]) -> PathBuf {
    let named = |key: &str, value: &dyn Fn(&Entry) -> Value| -> Vec<Value> {
        entries.iter().map(|e| json!({"name": e.context, key: value(e)})).collect()
    };
    let clusters = named("cluster", &|e| match &e.ca {
        Some(pem) => {
            let file = dir.join(format!("{}.crt", e.context));
            fs::write(&file, pem).expect("the authority is written");
            json!({"server": e.server.url, "certificate-authority": file})
        }
        None => json!({"server": e.server.url, "certificate-authority": e.server.dir.join("ca.crt")}),
    });
    let contexts = named("context", &|e| json!({"cluster": e.context, "user": e.context, "namespace": e.namespace}));
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "clusters": clusters, "contexts": contexts,
        "users": named("user", &|e| json!({"token": e.token})), "current-context": entries[0].context,
    });
    let path = dir.join("kubeconfig");
    fs::write(&path, config.to_string()).expect("the kubeconfig is written");
    path
}

/// Definitions to install: the directory named by `DRIFTDECK_E2E_CRDS`, else our own.
pub fn definitions() -> Vec<String> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/crds");
    let dir = std::env::var_os("DRIFTDECK_E2E_CRDS").map_or(own, PathBuf::from);
    let mut files = Vec::new();
    collect(&dir, &mut files);
    files.sort();
    assert!(!files.is_empty(), "{} holds no definitions", dir.display());
    let texts = files.iter().map(|file| fs::read_to_string(file).expect("a definition is readable"));
    let documents = texts.flat_map(|text| format!("\n{text}").split("\n---").map(str::to_owned).collect::<Vec<_>>());
    documents.filter(|text| text.contains("\nkind: CustomResourceDefinition")).collect()
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    for path in entries.map(|e| e.expect("a directory entry").path()) {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "yaml") {
            files.push(path);
        }
    }
}
