//! The few fields of Argo CD's objects that we read, as narrow structs straight from the JSON text.
//!
//! Leaves never fail: a number where a word belongs is its text, anything else is nothing. A section of the wrong shape fails the whole
//! object, because a lost section would read like "all is well".

use crate::domain::Timestamp;
use crate::domain::text::{is_harmless, sanitise, sanitise_ends, without_credentials};
use crate::domain::word::{Name, Word};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// A scalar of whatever type the object holds, as it stands in the text of the object where that is possible.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Leaf<'a> {
    #[default]
    Nothing,
    Text(Cow<'a, str>),
    Int(i64),
    Bool(bool),
}

impl Leaf<'_> {
    /// As `text`, with both ends of what is too long and without credentials.
    pub fn message(&self, max: usize) -> String {
        match self {
            Self::Text(t) => sanitise_ends(&without_credentials(t), max),
            _ => self.text(max),
        }
    }

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
            Self::Text(t) if is_harmless(t, max) => t.as_ref().into(),
            _ => self.text(max).into(),
        }
    }
    /// As `text`, for short names.
    pub fn label(&self, max: usize) -> Name {
        match self {
            Self::Text(t) if is_harmless(t, max) => t.as_ref().into(),
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
    type Value = Leaf<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar")
    }
    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Text(Cow::Borrowed(v)))
    }
    fn visit_str<E>(self, v: &str) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Text(Cow::Owned(v.to_owned())))
    }
    fn visit_string<E>(self, v: String) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Text(Cow::Owned(v)))
    }
    fn visit_bool<E>(self, v: bool) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Int(v))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Int(i64::try_from(v).unwrap_or(i64::MAX)))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Text(Cow::Owned(v.to_string())))
    }
    fn visit_unit<E>(self) -> Result<Leaf<'de>, E> {
        Ok(Leaf::Nothing)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Leaf<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Leaf::Nothing)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Leaf<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Leaf::Nothing)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Leaf<'a> {
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
        #[serde(default, rename_all = "camelCase", bound(deserialize = "'de: 'a"))]
        pub struct $name<'a> { $($(#[$attr])* #[serde(deserialize_with = "nullable")] pub $field: $type,)* }
    };
}

wire!(Object { api_version: Leaf<'a>, metadata: Metadata<'a>, spec: Spec<'a>, status: Option<Status<'a>>, operation: Option<Op<'a>> });
wire!(
    /// What is left to read when the rest does not fit.
    Stub { api_version: Leaf<'a>, metadata: StubMetadata<'a> }
);
wire!(StubMetadata { name: Leaf<'a>, namespace: Leaf<'a>, uid: Leaf<'a>, resource_version: Leaf<'a> });
wire!(Metadata {
    name: Leaf<'a>,
    namespace: Leaf<'a>,
    uid: Leaf<'a>,
    resource_version: Leaf<'a>,
    generation: Leaf<'a>,
    creation_timestamp: Leaf<'a>,
    deletion_timestamp: Leaf<'a>,
    annotations: Annotations<'a>,
    labels: BTreeMap<String, Leaf<'a>>,
    owner_references: Vec<Owner<'a>>,
});
wire!(Owner { kind: Leaf<'a>, name: Leaf<'a> });
wire!(Annotations {
    #[serde(rename = "argocd.argoproj.io/tracking-id")]
    tracking_id: Leaf<'a>,
    #[serde(rename = "argocd.argoproj.io/refresh")]
    refresh: Leaf<'a>,
    #[serde(rename = "argocd.argoproj.io/skip-reconcile")]
    skip_reconcile: Leaf<'a>,
    #[serde(rename = "driftdeck/frozen")]
    frozen: Leaf<'a>,
});
wire!(Spec {
    project: Leaf<'a>,
    source: Option<SourceSpec<'a>>,
    sources: Vec<SourceSpec<'a>>,
    source_hydrator: Option<Hydrator<'a>>,
    ignore_differences: Vec<Ignore<'a>>,
    destination: DestinationSpec<'a>,
    sync_policy: SyncPolicy<'a>,
    revision_history_limit: Leaf<'a>,
});
wire!(SourceSpec {
    #[serde(rename = "repoURL")]
    repo_url: Leaf<'a>,
    path: Leaf<'a>,
    target_revision: Leaf<'a>,
    chart: Leaf<'a>,
    #[serde(rename = "ref")]
    reference: Leaf<'a>,
    helm: Option<serde_json::Value>,
    kustomize: Option<serde_json::Value>,
    directory: Option<serde_json::Value>,
    plugin: Option<serde_json::Value>,
    name: Leaf<'a>,
});
wire!(Ignore {
    group: Leaf<'a>,
    kind: Leaf<'a>,
    namespace: Leaf<'a>,
    name: Leaf<'a>,
    json_pointers: Vec<Leaf<'a>>,
    #[serde(rename = "jqPathExpressions")]
    jq_path_expressions: Vec<IgnoredAny>,
    managed_fields_managers: Vec<IgnoredAny>,
});
wire!(Hydrator { dry_source: SourceSpec<'a> });
wire!(DestinationSpec { server: Leaf<'a>, name: Leaf<'a>, namespace: Leaf<'a> });
wire!(SyncPolicy { automated: Option<serde_json::Value>, sync_options: Vec<Leaf<'a>>, retry: Option<serde_json::Value> });
wire!(Status {
    sync: SyncStatus<'a>,
    health: HealthStatus<'a>,
    operation_state: Option<OpState<'a>>,
    history: Vec<History<'a>>,
    resources: Vec<Resource<'a>>,
    conditions: Vec<Cond<'a>>,
    reconciled_at: Leaf<'a>,
    controller_namespace: Leaf<'a>,
});
wire!(SyncStatus { status: Leaf<'a>, revision: Leaf<'a>, revisions: Vec<Leaf<'a>>, compared_to: ComparedTo<'a> });
wire!(ComparedTo { source: Option<SourceSpec<'a>>, sources: Vec<SourceSpec<'a>> });
wire!(HealthStatus { status: Leaf<'a>, message: Leaf<'a>, last_transition_time: Leaf<'a> });
wire!(OpState {
    phase: Leaf<'a>,
    message: Leaf<'a>,
    started_at: Leaf<'a>,
    finished_at: Leaf<'a>,
    retry_count: Leaf<'a>,
    operation: Op<'a>,
    sync_result: SyncResult<'a>,
});
wire!(Op { initiated_by: InitiatedBy<'a>, info: Vec<Info<'a>>, retry: Retry<'a>, sync: Option<SyncOp<'a>> });
wire!(InitiatedBy { username: Leaf<'a>, automated: Leaf<'a> });
wire!(Info { name: Leaf<'a>, value: Leaf<'a> });
wire!(Retry { limit: Leaf<'a>, refresh: Leaf<'a>, backoff: Backoff<'a> });
wire!(Backoff { duration: Leaf<'a>, factor: Leaf<'a>, max_duration: Leaf<'a> });
wire!(SyncOp {
    revision: Leaf<'a>,
    revisions: Vec<Leaf<'a>>,
    resources: Vec<Chosen<'a>>,
    dry_run: Leaf<'a>,
    prune: Leaf<'a>,
    sync_options: Vec<Leaf<'a>>,
    sync_strategy: Strategy<'a>,
    auto_heal_attempts_count: Leaf<'a>,
});
wire!(Chosen { group: Leaf<'a>, kind: Leaf<'a>, namespace: Leaf<'a>, name: Leaf<'a> });
wire!(Strategy { apply: Option<Force<'a>>, hook: Option<Force<'a>> });
wire!(Force { force: Leaf<'a> });
wire!(SyncResult { revision: Leaf<'a>, revisions: Vec<Leaf<'a>>, resources: Vec<ResultResource<'a>> });
wire!(ResultResource {
    group: Leaf<'a>,
    kind: Leaf<'a>,
    namespace: Leaf<'a>,
    name: Leaf<'a>,
    status: Leaf<'a>,
    message: Leaf<'a>,
    sync_phase: Leaf<'a>,
    hook_type: Leaf<'a>,
    hook_phase: Leaf<'a>,
});
wire!(History {
    id: Leaf<'a>,
    revision: Leaf<'a>,
    revisions: Vec<Leaf<'a>>,
    deployed_at: Leaf<'a>,
    deploy_started_at: Leaf<'a>,
    initiated_by: InitiatedBy<'a>,
    source: Option<PastSource<'a>>,
    sources: Vec<PastSource<'a>>,
});
wire!(
    /// A source that was deployed; of its values only the names of those that differ are kept.
    PastSource {
        #[serde(rename = "repoURL")]
        repo_url: Leaf<'a>,
        path: Leaf<'a>,
        chart: Leaf<'a>,
        #[serde(rename = "ref")]
        reference: Leaf<'a>,
        name: Leaf<'a>,
        helm: Option<serde_json::Value>,
        kustomize: Option<serde_json::Value>,
        directory: Option<serde_json::Value>,
        plugin: Option<serde_json::Value>,
    }
);
wire!(Resource {
    group: Leaf<'a>,
    version: Leaf<'a>,
    kind: Leaf<'a>,
    namespace: Leaf<'a>,
    name: Leaf<'a>,
    status: Leaf<'a>,
    health: Option<ResourceHealth<'a>>,
    hook: Leaf<'a>,
    requires_pruning: Leaf<'a>,
    sync_wave: Leaf<'a>,
});
wire!(ResourceHealth { status: Leaf<'a>, message: Leaf<'a> });
wire!(Cond {
    #[serde(rename = "type")]
    kind: Leaf<'a>,
    message: Leaf<'a>,
    last_transition_time: Leaf<'a>,
    status: Leaf<'a>,
    reason: Leaf<'a>,
});

wire!(ProjectObject { metadata: Metadata<'a>, spec: ProjectSpec<'a> });
// Accounts of whatever shape: they only help to tell who was refused, and must not cost the windows.
wire!(ProjectSpec { sync_windows: Vec<Window<'a>>, destination_service_accounts: Option<serde_json::Value> });
wire!(Window {
    kind: Leaf<'a>,
    schedule: Leaf<'a>,
    duration: Leaf<'a>,
    applications: Vec<Leaf<'a>>,
    namespaces: Vec<Leaf<'a>>,
    clusters: Vec<Leaf<'a>>,
    manual_sync: Leaf<'a>,
    time_zone: Leaf<'a>,
    and_operator: Leaf<'a>,
    sync_overrun: Leaf<'a>,
    description: Leaf<'a>,
});
wire!(ConfigMapObject { metadata: StubMetadata<'a>, data: ConfigMapData<'a> });
wire!(ConfigMapData {
    global_projects: Leaf<'a>,
    #[serde(rename = "timeout.reconciliation")]
    interval: Leaf<'a>,
    #[serde(rename = "timeout.reconciliation.jitter")]
    jitter: Leaf<'a>,
});
wire!(SetObject { metadata: StubMetadata<'a>, status: SetStatus<'a> });
wire!(SetStatus { conditions: Vec<Cond<'a>>, application_status: Vec<SetApplication<'a>> });
wire!(SetApplication { application: Leaf<'a>, status: Leaf<'a>, step: Leaf<'a>, message: Leaf<'a> });

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
