//! What Helm says it applied: the objects named in a stored release. Nothing else of it is kept, for it holds the values too.

use super::object::Reader;
use crate::cluster::api::{ApiError, Class, path};
use crate::cluster::session::SessionHandle;
use crate::domain::app::{ManagedResource, StoredRelease};
use crate::domain::ids::ObjectKey;
use crate::domain::text::sanitise;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;
use std::io::Read;

/// Unpacked bytes of a release: etcd holds 1.5 MB packed, and text packs to about a tenth.
const MOST: u64 = 32 << 20;
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

#[derive(Default, Deserialize)]
#[serde(default)]
struct Release {
    manifest: String,
    namespace: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Head {
    api_version: String,
    kind: String,
    metadata: Meta,
    /// Of a list, which Helm takes apart.
    items: Option<Vec<Head>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    name: String,
    namespace: String,
}

impl SessionHandle {
    /// The objects of a release as Helm stored it, hooks apart.
    ///
    /// # Errors
    /// Not connected, forbidden, not there, or not to be read.
    pub async fn release(&self, stored: &StoredRelease) -> Result<Vec<ManagedResource>, ApiError> {
        let reader = Reader::of(self)?;
        let name = format!("sh.helm.release.v1.{}.v{}", stored.name, stored.version);
        let secret: Value = reader.api.get(&path("", "v1", &stored.namespace, "secrets", &name)).await?;
        let packed = secret.pointer("/data/release").and_then(Value::as_str).unwrap_or_default();
        objects(packed).map_err(|why| ApiError::new(Class::Garbage, &format!("stored release {name}: {why}")))
    }
}

/// base64 of the Secret, base64 of Helm, gzip (older releases: none), JSON; its manifest is a stream of YAML documents.
fn objects(packed: &str) -> Result<Vec<ManagedResource>, String> {
    let outer = STANDARD.decode(packed).map_err(|e| e.to_string())?;
    let inner = STANDARD.decode(outer).map_err(|e| e.to_string())?;
    let mut json = Vec::new();
    if inner.starts_with(&GZIP) {
        GzDecoder::new(inner.as_slice()).take(MOST).read_to_end(&mut json).map_err(|e| e.to_string())?;
    } else {
        json = inner;
    }
    let release: Release = serde_json::from_slice(&json).map_err(|_| "not the JSON of a release".to_owned())?;
    let mut out = Vec::new();
    for document in documents(&release.manifest) {
        if let Some(head) = head(&document)? {
            resources(head, &release.namespace, 0, &mut out)?;
        }
    }
    Ok(out)
}

fn documents(manifest: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    for line in manifest.lines() {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            out.push(String::new());
        } else if let Some(last) = out.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    out
}

/// `None` for a document without an object; one that cannot be read spoils the whole, for what it names could be gone.
fn head(document: &str) -> Result<Option<Head>, String> {
    if document.lines().all(|l| l.trim().is_empty() || l.trim_start().starts_with('#')) {
        return Ok(None);
    }
    // The error of the reader would quote the document.
    serde_yaml::from_str::<Option<Head>>(document).map_err(|_| "its manifest is not YAML that we can read".to_owned())
}

/// Lists in lists that are followed.
const DEPTH: usize = 4;

/// The object, or those of a list; the items of a typed list need not name their own kind.
fn resources(head: Head, namespace: &str, depth: usize, out: &mut Vec<ManagedResource>) -> Result<(), String> {
    let is_list = head.metadata.name.is_empty() && (head.items.is_some() || head.kind == "List");
    if let Some(kind) = head.kind.strip_suffix("List").filter(|_| is_list) {
        if depth >= DEPTH {
            return Err("its manifest holds lists in lists that are not followed".to_owned());
        }
        for item in head.items.unwrap_or_default() {
            let untyped = item.kind.is_empty();
            let api_version = if untyped { head.api_version.clone() } else { item.api_version };
            let kind = if untyped { kind.to_owned() } else { item.kind };
            resources(Head { api_version, kind, ..item }, namespace, depth + 1, out)?;
        }
        return Ok(());
    }
    if head.kind.is_empty() || head.metadata.name.is_empty() {
        let what = if head.kind.is_empty() { "an object without a kind".to_owned() } else { format!("a {} without a name", head.kind) };
        return Err(format!("its manifest holds {}", sanitise(&what, 100)));
    }
    out.push(resource(&head, namespace));
    Ok(())
}

fn resource(head: &Head, namespace: &str) -> ManagedResource {
    let (group, version) = head.api_version.split_once('/').unwrap_or(("", &head.api_version));
    let namespace = if head.metadata.namespace.is_empty() { namespace } else { &head.metadata.namespace };
    ManagedResource {
        key: ObjectKey::new(
            &sanitise(group, 253),
            &sanitise(&head.kind, 63),
            &sanitise(namespace, 63),
            &sanitise(&head.metadata.name, 253),
        ),
        version: sanitise(version, 40).into(),
        ..ManagedResource::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed() -> String {
        let file = format!("{}/tests/fixtures/flux/live-secret-helm-release-v1.json", env!("CARGO_MANIFEST_DIR"));
        let secret: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        secret["data"]["release"].as_str().unwrap().to_owned()
    }

    fn names(objects: &[ManagedResource]) -> Vec<String> {
        objects.iter().map(|r| format!("{} {} {}", r.version, r.key.group, r.key.title())).collect()
    }

    #[test]
    fn a_recorded_release_names_its_objects_and_where_they_are() {
        assert_eq!(names(&objects(&packed()).unwrap()), ["v1  ConfigMap helm/helm-ok-cfg", "v1 apps Deployment helm/helm-ok"]);
    }

    fn pack(json: &str) -> String {
        STANDARD.encode(STANDARD.encode(json))
    }

    fn with(manifest: &str) -> Result<Vec<ManagedResource>, String> {
        objects(&pack(&serde_json::json!({"namespace": "n", "manifest": manifest}).to_string()))
    }

    #[test]
    fn the_objects_of_a_list_are_named_one_by_one() {
        let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- apiVersion: v1\n  kind: List\n  items:\n  - {apiVersion: apps/v1, kind: Deployment, metadata: {name: b, namespace: o}}\n";
        assert_eq!(names(&with(list).unwrap()), ["v1  ConfigMap n/a", "v1 apps Deployment o/b"]);
        let typed = "apiVersion: v1\nkind: SecretList\nitems:\n- {metadata: {name: s}}\n";
        assert_eq!(names(&with(typed).unwrap()), ["v1  Secret n/s"]);
        assert_eq!(names(&with("apiVersion: v1\nkind: List\n").unwrap()), Vec::<String>::new());
        let named = "apiVersion: example.com/v1\nkind: PriceList\nmetadata: {name: p}\n";
        assert_eq!(names(&with(named).unwrap()), ["v1 example.com PriceList n/p"]);
    }

    #[test]
    fn an_object_that_cannot_be_looked_up_spoils_the_whole() {
        assert_eq!(
            with("kind: A\nmetadata: {name: x}\n---\nkind: Job\nmetadata: {generateName: x-}\n").unwrap_err(),
            "its manifest holds a Job without a name"
        );
        assert!(with("apiVersion: v1\nkind: List\nitems:\n- {kind: Pod}\n").is_err());
        assert!(with("{}").is_err());
        assert_eq!(with("null\n---\n").unwrap(), Vec::new());
    }

    #[test]
    fn a_release_that_cannot_be_read_whole_is_no_answer() {
        assert!(objects("?").is_err() && objects(&pack("{")).is_err());
        assert_eq!(
            names(&with("---\n# only a comment\n---\nkind: A\napiVersion: g/v2\nmetadata: {name: x, namespace: o}\n").unwrap()),
            ["v2 g A o/x"]
        );
        let error = with("kind: A\nmetadata: {name: x}\n---\na: [secret\n").unwrap_err();
        assert!(!error.contains("secret"), "{error}");
    }
}
