//! The few fields of Argo CD's objects that we read, as narrow structs straight from the JSON text.
//!
//! Leaves never fail: a number where a word belongs is its text, anything else is nothing. A section of the wrong shape fails the whole
//! object, because a lost section would read like "all is well".

use crate::domain::Timestamp;
use crate::domain::text::{is_harmless, sanitise};
use crate::domain::word::{Name, Word};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// A scalar of whatever type the object holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Leaf {
    #[default]
    Nothing,
    Text(String),
    Int(i64),
    Bool(bool),
}

impl Leaf {
    /// As text, made harmless and cut after `max` characters; empty when there is none.
    pub fn text(&self, max: usize) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(t) => sanitise(t, max),
            Self::Int(n) => n.to_string(),
            Self::Bool(b) => b.to_string(),
        }
    }
    /// As `text`, for what many objects repeat.
    pub fn word(&self, max: usize) -> Word {
        match self {
            Self::Text(t) if is_harmless(t, max) => t.as_str().into(),
            _ => self.text(max).into(),
        }
    }
    /// As `text`, for short names.
    pub fn label(&self, max: usize) -> Name {
        match self {
            Self::Text(t) if is_harmless(t, max) => t.as_str().into(),
            _ => self.text(max).into(),
        }
    }
    /// As a name (at most 253 characters), `None` when empty.
    pub fn name(&self) -> Option<String> {
        Some(self.text(253)).filter(|t| !t.is_empty())
    }
    pub fn raw(&self) -> &str {
        match self {
            Self::Text(t) => t,
            _ => "",
        }
    }
    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            Self::Text(t) => t.parse().ok(),
            _ => None,
        }
    }
    pub fn flag(&self) -> Option<bool> {
        match self {
            Self::Bool(b) => Some(*b),
            Self::Text(t) => t.parse().ok(),
            _ => None,
        }
    }
    pub fn is_true(&self) -> bool {
        self.flag() == Some(true)
    }
    pub fn time(&self) -> Option<Timestamp> {
        self.raw().parse().ok()
    }
}

struct LeafVisitor;

impl<'de> Visitor<'de> for LeafVisitor {
    type Value = Leaf;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar")
    }
    fn visit_str<E>(self, v: &str) -> Result<Leaf, E> {
        Ok(Leaf::Text(v.to_owned()))
    }
    fn visit_string<E>(self, v: String) -> Result<Leaf, E> {
        Ok(Leaf::Text(v))
    }
    fn visit_bool<E>(self, v: bool) -> Result<Leaf, E> {
        Ok(Leaf::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Leaf, E> {
        Ok(Leaf::Int(v))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Leaf, E> {
        Ok(Leaf::Int(i64::try_from(v).unwrap_or(i64::MAX)))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Leaf, E> {
        Ok(Leaf::Text(v.to_string()))
    }
    fn visit_unit<E>(self) -> Result<Leaf, E> {
        Ok(Leaf::Nothing)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Leaf, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Leaf::Nothing)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Leaf, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Leaf::Nothing)
    }
}

impl<'de> Deserialize<'de> for Leaf {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(LeafVisitor)
    }
}

/// `null` counts as absent.
fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(d: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(d)?.unwrap_or_default())
}

macro_rules! wire {
    ($(#[$doc:meta])* $name:ident { $($(#[$attr:meta])* $field:ident : $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        pub struct $name { $($(#[$attr])* #[serde(deserialize_with = "nullable")] pub $field: $type,)* }
    };
}

wire!(Object { api_version: Leaf, metadata: Metadata, spec: Spec, status: Option<Status>, operation: Option<Op> });
wire!(
    /// What is left to read when the rest does not fit.
    Stub { api_version: Leaf, metadata: StubMetadata }
);
wire!(StubMetadata { name: Leaf, namespace: Leaf, uid: Leaf, resource_version: Leaf });
wire!(Metadata {
    name: Leaf,
    namespace: Leaf,
    uid: Leaf,
    resource_version: Leaf,
    generation: Leaf,
    creation_timestamp: Leaf,
    deletion_timestamp: Leaf,
    annotations: Annotations,
    labels: BTreeMap<String, Leaf>,
    owner_references: Vec<Owner>,
});
wire!(Owner { kind: Leaf, name: Leaf });
wire!(Annotations {
    #[serde(rename = "argocd.argoproj.io/tracking-id")]
    tracking_id: Leaf,
    #[serde(rename = "argocd.argoproj.io/refresh")]
    refresh: Leaf,
    #[serde(rename = "argocd.argoproj.io/skip-reconcile")]
    skip_reconcile: Leaf,
    #[serde(rename = "driftdeck/frozen")]
    frozen: Leaf,
});
wire!(Spec {
    project: Leaf,
    source: Option<SourceSpec>,
    sources: Vec<SourceSpec>,
    source_hydrator: Option<Hydrator>,
    ignore_differences: Vec<Ignore>,
    destination: DestinationSpec,
    sync_policy: SyncPolicy,
    revision_history_limit: Leaf,
});
wire!(SourceSpec {
    #[serde(rename = "repoURL")]
    repo_url: Leaf,
    path: Leaf,
    target_revision: Leaf,
    chart: Leaf,
    #[serde(rename = "ref")]
    reference: Leaf,
    helm: Option<serde_json::Value>,
    kustomize: Option<serde_json::Value>,
    directory: Option<serde_json::Value>,
    plugin: Option<serde_json::Value>,
    name: Leaf,
});
wire!(Ignore {
    group: Leaf,
    kind: Leaf,
    namespace: Leaf,
    name: Leaf,
    json_pointers: Vec<Leaf>,
    #[serde(rename = "jqPathExpressions")]
    jq_path_expressions: Vec<IgnoredAny>,
    managed_fields_managers: Vec<IgnoredAny>,
});
wire!(Hydrator { dry_source: SourceSpec });
wire!(DestinationSpec { server: Leaf, name: Leaf, namespace: Leaf });
wire!(SyncPolicy { automated: Option<serde_json::Value>, sync_options: Vec<Leaf>, retry: Option<serde_json::Value> });
wire!(Status {
    sync: SyncStatus,
    health: HealthStatus,
    operation_state: Option<OpState>,
    history: Vec<History>,
    resources: Vec<Resource>,
    conditions: Vec<Cond>,
    reconciled_at: Leaf,
    controller_namespace: Leaf,
});
wire!(SyncStatus { status: Leaf, revision: Leaf, revisions: Vec<Leaf>, compared_to: ComparedTo });
wire!(ComparedTo { source: Option<SourceSpec>, sources: Vec<SourceSpec> });
wire!(HealthStatus { status: Leaf, message: Leaf, last_transition_time: Leaf });
wire!(OpState {
    phase: Leaf,
    message: Leaf,
    started_at: Leaf,
    finished_at: Leaf,
    retry_count: Leaf,
    operation: Op,
    sync_result: SyncResult,
});
wire!(Op { initiated_by: InitiatedBy, info: Vec<Info>, retry: Retry, sync: Option<SyncOp> });
wire!(InitiatedBy { username: Leaf, automated: Leaf });
wire!(Info { name: Leaf, value: Leaf });
wire!(Retry { limit: Leaf, refresh: Leaf, backoff: Backoff });
wire!(Backoff { duration: Leaf, factor: Leaf, max_duration: Leaf });
wire!(SyncOp {
    revision: Leaf,
    revisions: Vec<Leaf>,
    resources: Vec<Chosen>,
    dry_run: Leaf,
    prune: Leaf,
    sync_options: Vec<Leaf>,
    sync_strategy: Strategy,
    auto_heal_attempts_count: Leaf,
});
wire!(Chosen { group: Leaf, kind: Leaf, namespace: Leaf, name: Leaf });
wire!(Strategy { apply: Option<Force>, hook: Option<Force> });
wire!(Force { force: Leaf });
wire!(SyncResult { revision: Leaf, revisions: Vec<Leaf>, resources: Vec<ResultResource> });
wire!(ResultResource {
    group: Leaf,
    kind: Leaf,
    namespace: Leaf,
    name: Leaf,
    status: Leaf,
    message: Leaf,
    sync_phase: Leaf,
    hook_type: Leaf,
    hook_phase: Leaf,
});
wire!(History {
    id: Leaf,
    revision: Leaf,
    revisions: Vec<Leaf>,
    deployed_at: Leaf,
    deploy_started_at: Leaf,
    initiated_by: InitiatedBy,
    source: Option<PastSource>,
    sources: Vec<PastSource>,
});
wire!(
    /// A source that was deployed; of its values only the names of those that differ are kept.
    PastSource {
        #[serde(rename = "repoURL")]
        repo_url: Leaf,
        path: Leaf,
        chart: Leaf,
        #[serde(rename = "ref")]
        reference: Leaf,
        name: Leaf,
        helm: Option<serde_json::Value>,
        kustomize: Option<serde_json::Value>,
        directory: Option<serde_json::Value>,
        plugin: Option<serde_json::Value>,
    }
);
wire!(Resource {
    group: Leaf,
    version: Leaf,
    kind: Leaf,
    namespace: Leaf,
    name: Leaf,
    status: Leaf,
    health: Option<ResourceHealth>,
    hook: Leaf,
    requires_pruning: Leaf,
    sync_wave: Leaf,
});
wire!(ResourceHealth { status: Leaf, message: Leaf });
wire!(Cond {
    #[serde(rename = "type")]
    kind: Leaf,
    message: Leaf,
    last_transition_time: Leaf,
    status: Leaf,
    reason: Leaf,
});

wire!(ProjectObject { metadata: Metadata, spec: ProjectSpec });
// Accounts of whatever shape: they only help to tell who was refused, and must not cost the windows.
wire!(ProjectSpec { sync_windows: Vec<Window>, destination_service_accounts: Option<serde_json::Value> });
wire!(Window {
    kind: Leaf,
    schedule: Leaf,
    duration: Leaf,
    applications: Vec<Leaf>,
    namespaces: Vec<Leaf>,
    clusters: Vec<Leaf>,
    manual_sync: Leaf,
    time_zone: Leaf,
    and_operator: Leaf,
    sync_overrun: Leaf,
    description: Leaf,
});
wire!(ConfigMapObject { metadata: StubMetadata, data: ConfigMapData });
wire!(ConfigMapData {
    global_projects: Leaf,
    #[serde(rename = "timeout.reconciliation")]
    interval: Leaf,
    #[serde(rename = "timeout.reconciliation.jitter")]
    jitter: Leaf,
});
wire!(SetObject { metadata: StubMetadata, status: SetStatus });
wire!(SetStatus { conditions: Vec<Cond>, application_status: Vec<SetApplication> });
wire!(SetApplication { application: Leaf, status: Leaf, step: Leaf, message: Leaf });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_of_any_type_are_read_and_structures_in_their_place_are_nothing() {
        let spec: DestinationSpec = serde_json::from_str(r#"{"server": null, "name": 7, "namespace": {"a": [1]}}"#).unwrap();
        assert_eq!((spec.server, spec.name.text(9), spec.namespace), (Leaf::Nothing, "7".to_owned(), Leaf::Nothing));
    }

    #[test]
    fn null_sections_are_absent_ones() {
        let object: Object =
            serde_json::from_str(r#"{"metadata": null, "spec": {"sources": null}, "status": null, "operation": null}"#).unwrap();
        assert!(object.status.is_none() && object.operation.is_none() && object.spec.sources.is_empty());
    }

    #[test]
    fn a_section_of_the_wrong_shape_fails_the_object() {
        assert!(serde_json::from_str::<Object>(r#"{"status": {"operationState": "Running"}}"#).is_err());
    }
}
