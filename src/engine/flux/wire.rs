//! The few fields we read of the Flux kinds, as the API server sends them; everything else is skipped while parsing.

use super::lax::{Block, Items, Lax, lax};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Object {
    pub metadata: Block<Meta>,
    pub spec: Block<Spec>,
    pub status: Block<Status>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Meta {
    #[serde(deserialize_with = "lax")]
    pub name: String,
    #[serde(deserialize_with = "lax")]
    pub namespace: String,
    #[serde(deserialize_with = "lax")]
    pub uid: String,
    #[serde(deserialize_with = "lax")]
    pub resource_version: String,
    #[serde(deserialize_with = "lax")]
    pub generation: i64,
    #[serde(deserialize_with = "lax")]
    pub creation_timestamp: String,
    /// Being there is what counts.
    #[serde(deserialize_with = "lax")]
    pub deletion_timestamp: Option<Anything>,
    #[serde(deserialize_with = "lax")]
    pub annotations: Notes,
    #[serde(deserialize_with = "lax")]
    pub labels: Labels,
    #[serde(deserialize_with = "lax")]
    pub managed_fields: Items<Managed>,
}

/// Who set `spec.suspend`, and when that writer last changed anything.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Managed {
    #[serde(deserialize_with = "lax")]
    pub manager: String,
    #[serde(deserialize_with = "lax")]
    pub time: String,
    #[serde(rename = "fieldsV1", deserialize_with = "lax")]
    pub fields: ManagedFields,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ManagedFields {
    #[serde(rename = "f:spec", deserialize_with = "lax")]
    pub spec: ManagedSpec,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ManagedSpec {
    #[serde(rename = "f:suspend", deserialize_with = "lax")]
    pub suspend: Option<Anything>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Notes {
    #[serde(rename = "reconcile.fluxcd.io/requestedAt", deserialize_with = "lax")]
    pub requested: String,
    #[serde(rename = "driftdeck/frozen", deserialize_with = "lax")]
    pub frozen: String,
    #[serde(rename = "fluxcd.controlplane.io/suspendedBy", deserialize_with = "lax")]
    pub suspended_by: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Labels {
    #[serde(rename = "kustomize.toolkit.fluxcd.io/namespace", deserialize_with = "lax")]
    pub owner_namespace: String,
    #[serde(rename = "kustomize.toolkit.fluxcd.io/name", deserialize_with = "lax")]
    pub owner_name: String,
}

/// The specs of all kinds in one: their field names agree wherever both have them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Spec {
    pub interval: Lax<String>,
    pub retry_interval: Lax<String>,
    pub timeout: Lax<String>,
    pub suspend: Lax<bool>,
    #[serde(deserialize_with = "lax")]
    pub depends_on: Items<Reference>,
    #[serde(deserialize_with = "lax")]
    pub kube_config: Option<KubeConfig>,
    #[serde(deserialize_with = "lax")]
    pub target_namespace: String,
    #[serde(deserialize_with = "lax")]
    pub service_account_name: String,
    #[serde(deserialize_with = "lax")]
    pub source_ref: Option<Reference>,
    /// Sources: what they log in with.
    #[serde(deserialize_with = "lax")]
    pub secret_ref: Option<Reference>,
    // Kustomization
    #[serde(deserialize_with = "lax")]
    pub path: String,
    #[serde(deserialize_with = "lax")]
    pub prune: bool,
    #[serde(deserialize_with = "lax")]
    pub force: bool,
    #[serde(deserialize_with = "lax")]
    pub wait: bool,
    #[serde(deserialize_with = "lax")]
    pub health_checks: Items<Reference>,
    #[serde(deserialize_with = "lax")]
    pub components: Items<String>,
    #[serde(deserialize_with = "lax")]
    pub post_build: PostBuild,
    #[serde(deserialize_with = "lax")]
    pub decryption: Option<Anything>,
    #[serde(deserialize_with = "lax")]
    pub images: Option<serde_json::Value>,
    #[serde(deserialize_with = "lax")]
    pub patches: Option<serde_json::Value>,
    #[serde(deserialize_with = "lax")]
    pub common_metadata: Option<serde_json::Value>,
    #[serde(deserialize_with = "lax")]
    pub name_prefix: String,
    #[serde(deserialize_with = "lax")]
    pub name_suffix: String,
    // HelmRelease (an object there) and HelmChart (a name there)
    #[serde(deserialize_with = "lax")]
    pub chart: Chart,
    #[serde(deserialize_with = "lax")]
    pub chart_ref: Option<Reference>,
    #[serde(deserialize_with = "lax")]
    pub release_name: String,
    #[serde(deserialize_with = "lax")]
    pub storage_namespace: String,
    pub drift_detection: Lax<Drift>,
    // sources
    #[serde(deserialize_with = "lax")]
    pub url: String,
    #[serde(deserialize_with = "lax")]
    pub endpoint: String,
    #[serde(deserialize_with = "lax")]
    pub bucket_name: String,
    #[serde(rename = "ref", deserialize_with = "lax")]
    pub reference: Ref,
    #[serde(deserialize_with = "lax")]
    pub version: String,
    #[serde(deserialize_with = "lax")]
    pub reconcile_strategy: String,
    #[serde(deserialize_with = "lax")]
    pub verify: Option<Anything>,
}

/// Present, whatever it holds.
#[derive(Debug, Default)]
pub struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Reference {
    #[serde(deserialize_with = "lax")]
    pub kind: String,
    #[serde(deserialize_with = "lax")]
    pub name: String,
    #[serde(deserialize_with = "lax")]
    pub namespace: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KubeConfig {
    #[serde(deserialize_with = "lax")]
    pub secret_ref: Reference,
    #[serde(deserialize_with = "lax")]
    pub config_map_ref: Reference,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PostBuild {
    #[serde(deserialize_with = "lax")]
    pub substitute: BTreeMap<String, serde_json::Value>,
    #[serde(deserialize_with = "lax")]
    pub substitute_from: Items<Reference>,
}

/// `spec.chart`: a template on a HelmRelease, a plain name on a HelmChart.
#[derive(Debug, Default)]
pub enum Chart {
    Name(String),
    Template(Box<ChartSpec>),
    #[default]
    None,
}

impl<'de> Deserialize<'de> for Chart {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Template {
            #[serde(deserialize_with = "lax")]
            spec: ChartSpec,
        }
        let raw = <&serde_json::value::RawValue>::deserialize(deserializer)?.get();
        if raw.starts_with('"') {
            return Ok(serde_json::from_str(raw).map_or(Self::None, Self::Name));
        }
        Ok(serde_json::from_str::<Template>(raw).map_or(Self::None, |t| Self::Template(Box::new(t.spec))))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ChartSpec {
    #[serde(deserialize_with = "lax")]
    pub chart: String,
    #[serde(deserialize_with = "lax")]
    pub version: String,
    #[serde(deserialize_with = "lax")]
    pub source_ref: Option<Reference>,
    #[serde(deserialize_with = "lax")]
    pub values_files: Items<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Drift {
    pub mode: String,
    #[serde(deserialize_with = "lax")]
    pub ignore: Vec<DriftIgnore>,
}

/// A rule of `driftDetection.ignore`; names are patterns.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DriftIgnore {
    #[serde(deserialize_with = "lax")]
    pub paths: Vec<String>,
    #[serde(deserialize_with = "lax")]
    pub target: Option<DriftTarget>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DriftTarget {
    pub group: String,
    pub kind: String,
    pub name: String,
    pub namespace: String,
    pub label_selector: String,
    pub annotation_selector: String,
}

impl Spec {
    pub fn is_suspended(&self) -> bool {
        matches!(self.suspend.0, Ok(true))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ref {
    #[serde(deserialize_with = "lax")]
    pub branch: String,
    #[serde(deserialize_with = "lax")]
    pub tag: String,
    #[serde(deserialize_with = "lax")]
    pub semver: String,
    #[serde(deserialize_with = "lax")]
    pub name: String,
    #[serde(deserialize_with = "lax")]
    pub commit: String,
    #[serde(deserialize_with = "lax")]
    pub digest: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Status {
    #[serde(deserialize_with = "lax")]
    pub observed_generation: Option<i64>,
    pub conditions: Lax<Vec<Condition>>,
    #[serde(deserialize_with = "lax")]
    pub last_handled_reconcile_at: String,
    #[serde(deserialize_with = "lax")]
    pub last_handled_force_at: String,
    #[serde(deserialize_with = "lax")]
    pub last_handled_reset_at: String,
    #[serde(deserialize_with = "lax")]
    pub observed_source_artifact_revision: String,
    #[serde(deserialize_with = "lax")]
    pub last_applied_revision: String,
    #[serde(deserialize_with = "lax")]
    pub last_attempted_revision: String,
    #[serde(deserialize_with = "lax")]
    pub last_attempted_config_digest: String,
    #[serde(deserialize_with = "lax")]
    pub inventory: Inventory,
    #[serde(deserialize_with = "lax")]
    pub history: Items<History>,
    #[serde(deserialize_with = "lax")]
    pub artifact: Option<Artifact>,
    #[serde(deserialize_with = "lax")]
    pub failures: i64,
    #[serde(deserialize_with = "lax")]
    pub install_failures: i64,
    #[serde(deserialize_with = "lax")]
    pub upgrade_failures: i64,
    #[serde(deserialize_with = "lax")]
    pub helm_chart: String,
    #[serde(deserialize_with = "lax")]
    pub storage_namespace: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Condition {
    #[serde(rename = "type", deserialize_with = "lax")]
    pub kind: String,
    #[serde(deserialize_with = "lax")]
    pub status: String,
    #[serde(deserialize_with = "lax")]
    pub reason: String,
    #[serde(deserialize_with = "lax")]
    pub message: String,
    #[serde(deserialize_with = "lax")]
    pub last_transition_time: String,
    #[serde(deserialize_with = "lax")]
    pub observed_generation: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Inventory {
    #[serde(deserialize_with = "lax")]
    pub entries: Items<Entry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Entry {
    #[serde(deserialize_with = "lax")]
    pub id: String,
    #[serde(deserialize_with = "lax")]
    pub v: String,
}

/// A history entry of either applier: the fields of the other one stay empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct History {
    #[serde(deserialize_with = "lax")]
    pub digest: String,
    // Kustomization
    #[serde(deserialize_with = "lax")]
    pub first_reconciled: String,
    #[serde(deserialize_with = "lax")]
    pub last_reconciled: String,
    #[serde(deserialize_with = "lax")]
    pub last_reconciled_duration: String,
    #[serde(deserialize_with = "lax")]
    pub last_reconciled_status: String,
    #[serde(deserialize_with = "lax")]
    pub total_reconciliations: u32,
    #[serde(deserialize_with = "lax")]
    pub metadata: BTreeMap<String, String>,
    // HelmRelease
    #[serde(deserialize_with = "lax")]
    pub name: String,
    #[serde(deserialize_with = "lax")]
    pub version: Option<i64>,
    #[serde(deserialize_with = "lax")]
    pub status: String,
    #[serde(deserialize_with = "lax")]
    pub action: String,
    #[serde(deserialize_with = "lax")]
    pub chart_name: String,
    #[serde(deserialize_with = "lax")]
    pub chart_version: String,
    #[serde(deserialize_with = "lax")]
    pub app_version: String,
    #[serde(deserialize_with = "lax")]
    pub test_hooks: Tests,
    #[serde(deserialize_with = "lax")]
    pub config_digest: String,
    #[serde(deserialize_with = "lax")]
    pub first_deployed: String,
    #[serde(deserialize_with = "lax")]
    pub last_deployed: String,
}

/// Tests of a release, by name.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Tests(pub BTreeMap<String, Test>);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Test {
    #[serde(deserialize_with = "lax")]
    pub phase: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Artifact {
    #[serde(deserialize_with = "lax")]
    pub revision: String,
    #[serde(deserialize_with = "lax")]
    pub last_update_time: String,
}
