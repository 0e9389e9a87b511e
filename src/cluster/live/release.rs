//! What Helm says it applied: the manifest of a stored release, and the objects named in it. Nothing else is kept, for it holds the values too.

use super::object::Reader;
use crate::cluster::api::{ApiError, Class, path};
use crate::cluster::session::SessionHandle;
use crate::domain::Timestamp;
use crate::domain::app::{ManagedResource, StoredRelease};
use crate::domain::ids::ObjectKey;
use crate::domain::text::sanitise;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;
use std::io::Read;
use std::time::Duration;

/// Bytes of a release as a Secret holds it: etcd takes 1.5 MB of a whole object.
const PACKED: usize = 4 << 20;
/// Unpacked bytes of a release: text packs to about a tenth.
const MOST: u64 = 32 << 20;
/// What unpacking may take.
const LIMIT: Duration = Duration::from_secs(10);
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];
const TYPE: &str = "helm.sh/release.v1";

/// A release as Helm stored it, hooks apart. Its manifest may hold the values of Secrets: it has no `Debug`, and is parsed and hidden by who asks.
pub struct Stored {
    pub manifest: String,
    pub namespace: String,
    /// `deployed`, `failed`, `superseded`.
    pub status: String,
    pub deployed_at: Option<Timestamp>,
    /// `redis 18.4.1`.
    pub chart: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Release {
    name: String,
    version: i64,
    manifest: String,
    namespace: String,
    info: Info,
    chart: Chart,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Info {
    status: String,
    last_deployed: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chart {
    metadata: ChartMeta,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ChartMeta {
    name: String,
    version: String,
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
        let release = self.stored(stored).await?;
        objects(&release.manifest, &release.namespace).map_err(|why| broken(stored, &why))
    }

    /// A release as Helm stored it.
    ///
    /// # Errors
    /// Not connected, forbidden (with the right that is missing), not there, or not to be read.
    pub async fn stored(&self, stored: &StoredRelease) -> Result<Stored, ApiError> {
        let reader = Reader::of(self)?;
        let secret = reader.api.get(&path("", "v1", &stored.namespace, "secrets", &secret_name(stored))).await;
        let secret: Value = secret.map_err(|e| in_words(stored, e))?;
        if secret.get("type").and_then(Value::as_str) != Some(TYPE) {
            return Err(broken(stored, "it is no release of Helm"));
        }
        let packed = secret.pointer("/data/release").and_then(Value::as_str).unwrap_or_default().to_owned();
        drop(secret);
        let work = tokio::time::timeout(LIMIT, tokio::task::spawn_blocking(move || unpack(&packed))).await;
        let release = match work {
            Ok(Ok(release)) => release.map_err(|why| broken(stored, &why))?,
            Ok(Err(_)) => return Err(broken(stored, "reading it broke off")),
            Err(_) => return Err(broken(stored, &format!("it was not unpacked within {} s", LIMIT.as_secs()))),
        };
        kept(release, stored).map_err(|why| broken(stored, &why))
    }
}

fn secret_name(stored: &StoredRelease) -> String {
    format!("sh.helm.release.v1.{}.v{}", stored.name, stored.version)
}

fn broken(stored: &StoredRelease, why: &str) -> ApiError {
    ApiError::new(Class::Garbage, &format!("stored release {}: {why}", secret_name(stored)))
}

/// What the answer of the server means for a release.
fn in_words(stored: &StoredRelease, error: ApiError) -> ApiError {
    let (name, namespace) = (secret_name(stored), &stored.namespace);
    let text = match error.class {
        Class::Forbidden => {
            format!("the release that Helm stored may not be read: no right to get secrets in namespace {namespace} ({name})")
        }
        Class::NotFound => {
            format!("no Secret {namespace}/{name}: the release is gone, or Helm stores by its configmap or sql driver, which are not read")
        }
        _ => return error,
    };
    ApiError { message: sanitise(&text, 400), ..error }
}

/// What is asked for, and no more.
fn kept(release: Release, stored: &StoredRelease) -> Result<Stored, String> {
    if release.name != stored.name || release.version != stored.version {
        return Err("it holds another release than its name says".to_owned());
    }
    Ok(Stored {
        manifest: release.manifest,
        namespace: sanitise(&release.namespace, 63),
        status: sanitise(&release.info.status, 40),
        deployed_at: release.info.last_deployed.parse().ok(),
        chart: sanitise(&format!("{} {}", release.chart.metadata.name, release.chart.metadata.version), 120).trim().to_owned(),
    })
}

/// base64 of the Secret, base64 of Helm, gzip (older releases: none), JSON.
fn unpack(packed: &str) -> Result<Release, String> {
    if packed.len() > PACKED {
        return Err(format!("it is larger than {} MiB", PACKED >> 20));
    }
    let outer = STANDARD.decode(packed).map_err(|_| "it is not base64".to_owned())?;
    let inner = STANDARD.decode(outer).map_err(|_| "it is not base64 of base64".to_owned())?;
    let json = if inner.starts_with(&GZIP) { unzip(&inner, MOST)? } else { inner };
    // The error of the reader could quote a value.
    serde_json::from_slice(&json).map_err(|_| "not the JSON of a release".to_owned())
}

fn unzip(packed: &[u8], most: u64) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    GzDecoder::new(packed).take(most + 1).read_to_end(&mut out).map_err(|_| "it cannot be unpacked".to_owned())?;
    if u64::try_from(out.len()).unwrap_or(u64::MAX) > most {
        return Err(format!("it is larger than {} MiB unpacked", most >> 20));
    }
    Ok(out)
}

/// The objects that a manifest names: a stream of YAML documents.
fn objects(manifest: &str, namespace: &str) -> Result<Vec<ManagedResource>, String> {
    let mut out = Vec::new();
    for document in documents(manifest) {
        if let Some(head) = head(&document)? {
            resources(head, namespace, 0, &mut out)?;
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

    fn listed(packed: &str) -> Result<Vec<ManagedResource>, String> {
        let release = unpack(packed)?;
        objects(&release.manifest, &release.namespace)
    }

    fn names(objects: &[ManagedResource]) -> Vec<String> {
        objects.iter().map(|r| format!("{} {} {}", r.version, r.key.group, r.key.title())).collect()
    }

    #[test]
    fn a_recorded_release_names_its_objects_and_where_they_are() {
        assert_eq!(names(&listed(&packed()).unwrap()), ["v1  ConfigMap helm/helm-ok-cfg", "v1 apps Deployment helm/helm-ok"]);
    }

    fn pack(json: &str) -> String {
        STANDARD.encode(STANDARD.encode(json))
    }

    fn with(manifest: &str) -> Result<Vec<ManagedResource>, String> {
        listed(&pack(&serde_json::json!({"namespace": "n", "manifest": manifest}).to_string()))
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
        assert!(listed("?").is_err() && listed(&pack("{")).is_err());
        assert_eq!(
            names(&with("---\n# only a comment\n---\nkind: A\napiVersion: g/v2\nmetadata: {name: x, namespace: o}\n").unwrap()),
            ["v2 g A o/x"]
        );
        let error = with("kind: A\nmetadata: {name: x}\n---\na: [secret\n").unwrap_err();
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn a_recorded_release_is_kept_without_its_values_and_only_under_its_own_name() {
        let asked = |name: &str, version| StoredRelease { namespace: "flux-system".into(), name: name.into(), version };
        let stored = kept(unpack(&packed()).unwrap(), &asked("helm-ok", 1)).unwrap();
        assert_eq!((stored.namespace.as_str(), stored.status.as_str(), stored.chart.as_str()), ("helm", "deployed", "web 1.0.0"));
        assert!(stored.manifest.contains("registry.example.com/web:1.0") && stored.deployed_at.is_some());
        assert!(kept(unpack(&packed()).unwrap(), &asked("helm-ok", 2)).is_err());
        assert!(kept(unpack(&packed()).unwrap(), &asked("other", 1)).is_err());
    }

    #[test]
    fn what_may_not_be_read_names_the_right_that_is_missing_and_what_is_not_there_the_stores_that_are_not_read() {
        let stored = StoredRelease { namespace: "data".into(), name: "redis".into(), version: 7 };
        let said = |class| in_words(&stored, ApiError::new(class, "what the server says")).message;
        assert!(said(Class::Forbidden).contains("no right to get secrets in namespace data (sh.helm.release.v1.redis.v7)"));
        let gone = said(Class::NotFound);
        assert!(gone.contains("data/sh.helm.release.v1.redis.v7") && gone.contains("configmap or sql"), "{gone}");
        assert_eq!(said(Class::Busy), "what the server says");
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_bomb_is_not_unpacked_beyond_the_limit_and_too_large_a_secret_not_at_all() {
        let bomb = gzip(&vec![b' '; 1 << 20]);
        assert!(bomb.len() < 4096);
        assert_eq!(unzip(&bomb, 1 << 20).unwrap().len(), 1 << 20);
        assert!(unzip(&bomb, (1 << 20) - 1).unwrap_err().contains("unpacked"));
        assert!(unpack(&"A".repeat(PACKED + 1)).err().unwrap().contains("larger than 4 MiB"));
    }

    proptest::proptest! {
        #[test]
        fn garbage_at_any_layer_is_an_error_and_never_a_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300), layer in 0..4) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let packed = match layer {
                0 => text,
                1 => STANDARD.encode(&bytes),
                2 => STANDARD.encode(STANDARD.encode(&bytes)),
                _ => STANDARD.encode(STANDARD.encode(gzip(&bytes))),
            };
            proptest::prop_assert!(unpack(&packed).is_err());
        }

        #[test]
        fn a_recorded_release_with_a_byte_changed_or_cut_off_is_an_error_or_a_release(at in 0usize..2000, to: u8, cut: bool) {
            let mut inner = STANDARD.decode(STANDARD.decode(packed()).unwrap()).unwrap();
            let at = at % inner.len();
            if cut { inner.truncate(at) } else { inner[at] = to }
            if let Ok(release) = unpack(&STANDARD.encode(STANDARD.encode(&inner))) {
                let _ = objects(&release.manifest, &release.namespace);
            }
        }

        #[test]
        fn any_text_as_a_manifest_is_read_or_refused(manifest in "[a-z:\\- \n{}&*\\[\\]]{0,200}") {
            let _ = objects(&manifest, "n");
        }
    }
}
