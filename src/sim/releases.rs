//! Releases as Helm stores them: Secrets of type helm.sh/release.v1. Import rules as the parent.

use super::scenario::yaml;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::{Read, Write};

/// What one revision of a release holds.
pub struct Release<'r> {
    pub name: &'r str,
    /// Where its objects are.
    pub namespace: &'r str,
    /// Where it is stored.
    pub storage: &'r str,
    pub version: i64,
    /// `deployed`, `failed`, `superseded`.
    pub status: &'r str,
    pub chart: &'r str,
    pub chart_version: &'r str,
    pub at: &'r str,
    pub manifest: &'r str,
}

pub fn secret_name(release: &str, version: i64) -> String {
    format!("sh.helm.release.v1.{release}.v{version}")
}

/// The stream of documents that Helm keeps.
pub fn manifest(chart: &str, objects: &[Value]) -> String {
    let file = |object: &Value| object["kind"].as_str().unwrap_or_default().to_lowercase();
    objects.iter().map(|object| format!("---\n# Source: {chart}/templates/{}.yaml\n{}\n", file(object), yaml(object))).collect()
}

pub fn secret(release: &Release<'_>) -> Value {
    let info =
        json!({"first_deployed": release.at, "last_deployed": release.at, "description": "Install complete", "status": release.status});
    let chart = json!({"apiVersion": "v2", "appVersion": release.chart_version, "name": release.chart, "version": release.chart_version});
    let hook = json!({"name": format!("{}-test", release.name), "kind": "Pod", "path": format!("{}/templates/tests/test.yaml", release.chart),
        "manifest": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\n", "events": ["test"]});
    let body = json!({
        "name": release.name, "info": info, "chart": {"metadata": chart, "values": {"auth": {"password": "chart-default"}}},
        // What people set, as Helm stores it beside the manifest: in the clear.
        "config": {"auth": {"password": "set-by-hand"}},
        "manifest": release.manifest, "hooks": [hook], "version": release.version, "namespace": release.namespace, "apply_method": "ssa"
    });
    let packed = STANDARD.encode(STANDARD.encode(gzip(body.to_string().as_bytes())));
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": secret_name(release.name, release.version), "namespace": release.storage,
            "labels": {"name": release.name, "owner": "helm", "status": release.status, "version": release.version.to_string()}},
        "data": {"release": packed}
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Into memory: nothing can fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// The manifest in a Secret that [`secret`] made.
pub fn manifest_of(secret: &Value) -> Option<String> {
    let inner = STANDARD.decode(STANDARD.decode(secret["data"]["release"].as_str()?).ok()?).ok()?;
    let mut json = String::new();
    GzDecoder::new(inner.as_slice()).read_to_string(&mut json).ok()?;
    let body: Value = serde_json::from_str(&json).ok()?;
    body["manifest"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back_and_has_the_shape_of_a_recorded_one() {
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "redis"}, "data": {"version": "18.4.1"}});
        let text = manifest("redis", &[object]);
        let release = Release {
            name: "redis",
            namespace: "data",
            storage: "data",
            version: 17,
            status: "deployed",
            chart: "redis",
            chart_version: "18.4.1",
            at: "2026-11-24T00:43:34Z",
            manifest: &text,
        };
        let ours = secret(&release);
        assert_eq!(manifest_of(&ours).as_deref(), Some(text.as_str()));
        assert!(text.starts_with("---\n# Source: redis/templates/configmap.yaml\napiVersion: "), "{text}");
        let file = format!("{}/tests/fixtures/flux/live-secret-helm-release-v1.json", env!("CARGO_MANIFEST_DIR"));
        let recorded: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        assert_eq!((&ours["type"], ours["metadata"]["labels"]["owner"].as_str()), (&recorded["type"], Some("helm")));
        assert!(manifest_of(&recorded).unwrap().contains("kind: Deployment"));
    }
}
