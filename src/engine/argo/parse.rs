//! An Application object as a row.

use super::history::history;
use super::wire::{Annotations, DestinationSpec, Ignore, Leaf, Metadata, Object, OpState, SourceSpec, Spec, Status, Stub};
use super::{asked, operation};
use crate::domain::Timestamp;
use crate::domain::app::{App, ArgoFields, Condition, Destination, EngineFields, Frozen, ManagedResource, OperationResource};
use crate::domain::duration::rounded;
use crate::domain::history::HistoryEntry;
use crate::domain::ids::{AppId, AppKind, ClusterId, ObjectKey};
use crate::domain::json::Json;
use crate::domain::overrides::{IgnoredDifference, Overrides};
use crate::domain::source::{RefKind, Source, SourceType};
use crate::domain::status::{Health, HealthBy, Operation, Phase, Sync};
use crate::domain::text::{sanitise, without_credentials};
use serde_json::Value;

/// Longest message of a condition or resource that is kept, in characters.
const MESSAGE: usize = 2000;
const LABELS: usize = 20;
/// Where Argo CD's own cluster is, as it writes it.
const IN_CLUSTER: &str = "https://kubernetes.default.svc";

/// Reads one Application; one that does not fit the schema becomes a row that says so.
pub fn application(cluster: &ClusterId, version: &str, json: &str, now: Timestamp) -> App {
    match serde_json::from_str::<Object>(json) {
        Ok(object) => read(cluster, version, &object, now),
        Err(error) => unreadable(cluster, version, json, &error.to_string(), now),
    }
}

fn unreadable(cluster: &ClusterId, version: &str, json: &str, error: &str, now: Timestamp) -> App {
    let stub: Stub = serde_json::from_str(json).unwrap_or_default();
    let metadata = Metadata {
        name: stub.metadata.name,
        namespace: stub.metadata.namespace,
        uid: stub.metadata.uid,
        resource_version: stub.metadata.resource_version,
        ..Metadata::default()
    };
    let object = Object { metadata, ..Object::default() };
    App { unreadable: Some(sanitise(error, 200)), auto_sync: None, ..read(cluster, version, &object, now) }
}

fn read(cluster: &ClusterId, version: &str, object: &Object, now: Timestamp) -> App {
    let m = &object.metadata;
    let absent = Status::default();
    let status = object.status.as_ref().unwrap_or(&absent);
    let argo = argo_fields(object);
    let operation = operation::operation(object.operation.as_ref(), status.operation_state.as_ref());
    let sync = sync(&object.spec, status);
    let health = health(status);
    let history = history(&object.spec, status);
    let revision = revision(sync, health, &argo.compared, &history);
    App {
        id: AppId { cluster: cluster.clone(), kind: AppKind::Application, namespace: m.namespace.text(253), name: m.name.text(253) },
        uid: m.uid.text(80),
        resource_version: m.resource_version.text(80),
        generation: m.generation.int().unwrap_or(0),
        api_version: sanitise(version, 40),
        created_at: m.creation_timestamp.time(),
        deleting: m.deletion_timestamp != Leaf::Nothing,
        destination: destination(cluster, &object.spec.destination),
        sync,
        health,
        health_by: HealthBy::Engine,
        suspended: argo.skip_reconcile,
        auto_sync: Some(argo.automated),
        since: since(object, status, sync, health, operation.as_ref()),
        operation,
        target: target(sync, revision.as_deref(), &argo.compared),
        sources: sources(&object.spec, status, sync, health),
        revision,
        conditions: conditions(status),
        history,
        resources: status.resources.iter().map(resource).collect(),
        frozen: frozen(&m.annotations),
        engine: EngineFields::Argo(Box::new(argo)),
        unreadable: None,
        observed_at: now,
    }
}

fn argo_fields(object: &Object) -> ArgoFields {
    let (m, spec) = (&object.metadata, &object.spec);
    let status = object.status.as_ref();
    let policy = spec.sync_policy.automated.as_ref();
    let switch = |name: &str| policy.and_then(|p| p.get(name)).and_then(serde_json::Value::as_bool);
    let mut fields = ArgoFields {
        project: spec.project.name().unwrap_or_else(|| "default".to_owned()),
        automated: policy.is_some() && switch("enabled") != Some(false),
        has_automated: policy.is_some(),
        prune: switch("prune") == Some(true),
        self_heal: switch("selfHeal") == Some(true),
        allow_empty: switch("allowEmpty") == Some(true),
        automated_policy: policy.map(Json::from),
        sync_options: spec.sync_policy.sync_options.iter().filter_map(Leaf::name).collect(),
        retry: spec.sync_policy.retry.as_ref().map(Json::from),
        operation_present: object.operation.is_some(),
        status_present: status.is_some(),
        skip_reconcile: m.annotations.skip_reconcile.is_true(),
        refresh: m.annotations.refresh.name(),
        multi_source: !spec.sources.is_empty(),
        has_hydrator: spec.source_hydrator.is_some(),
        application_set: m.owner_references.iter().find(|o| o.kind.raw() == "ApplicationSet").and_then(|o| o.name.name()),
        parent: m.annotations.tracking_id.raw().split_once(':').map(|(instance, _)| sanitise(instance, 253)),
        revision_history_limit: spec.revision_history_limit.int(),
        ignored: ignored(spec),
        labels: m.labels.iter().take(LABELS).map(|(k, v)| (sanitise(k, 317), v.text(63))).collect(),
        ..ArgoFields::default()
    };
    if let Some(status) = status {
        fields.reconciled_at = status.reconciled_at.time();
        fields.compared = operation::all(&status.sync.revision, &status.sync.revisions);
        fields.controller_namespace = status.controller_namespace.name();
        fields.children = status.resources.iter().filter(|r| r.group.raw() == super::GROUP && r.kind.raw() == "Application").count();
        if let Some(state) = &status.operation_state {
            operation_fields(&mut fields, state);
            // A whole operation that succeeded did the same to all: a list as long as the app's, of which nobody asks anything.
            if fields.operation_is_partial || state.phase.raw() != "Succeeded" {
                fields.operation_resources = state.sync_result.resources.iter().map(operation_resource).collect();
            }
        }
    }
    fields
}

fn operation_fields(fields: &mut ArgoFields, state: &OpState) {
    fields.operation_state_present = true;
    fields.operation_retry_limit = state.operation.retry.limit.int();
    fields.operation_retry_refresh = state.operation.retry.refresh.is_true();
    // What others ask for is theirs; an operation of ours is held against what was asked.
    fields.asked = Some(&state.operation).filter(|o| operation::request_id(o).is_some()).and_then(asked::of).map(Box::new);
    let Some(sync) = &state.operation.sync else { return };
    fields.operation_revisions = operation::all(&sync.revision, &sync.revisions);
    fields.operation_is_partial = !sync.resources.is_empty();
    fields.operation_is_dry_run = sync.dry_run.is_true();
    fields.operation_is_apply_only = sync.sync_strategy.apply.is_some() && sync.sync_strategy.hook.is_none();
    fields.operation_is_mixed = sync.sync_strategy.apply.is_some() && sync.sync_strategy.hook.is_some();
    fields.self_heal_attempts = sync.auto_heal_attempts_count.int().unwrap_or(0);
}

fn operation_resource(r: &super::wire::ResultResource) -> OperationResource {
    OperationResource {
        key: ObjectKey { group: r.group.word(253), kind: r.kind.word(63), namespace: r.namespace.word(253), name: r.name.label(253) },
        status: r.status.word(40),
        message: rounded(&r.message.message(MESSAGE)).into(),
        sync_phase: r.sync_phase.word(40),
        hook_type: r.hook_type.word(40),
        hook_phase: r.hook_phase.word(40),
    }
}

fn resource(r: &super::wire::Resource) -> ManagedResource {
    ManagedResource {
        key: ObjectKey { group: r.group.word(253), kind: r.kind.word(63), namespace: r.namespace.word(253), name: r.name.label(253) },
        version: r.version.word(63),
        sync: (!r.status.raw().is_empty()).then(|| sync_word(r.status.raw())),
        health: r.health.as_ref().map(|h| health_word(h.status.raw())),
        health_message: r.health.as_ref().map(|h| h.message.word(MESSAGE)).unwrap_or_default(),
        requires_pruning: r.requires_pruning.is_true(),
        hook: r.hook.is_true(),
        wave: r.sync_wave.int().map_or(0, |n| i32::try_from(n).unwrap_or(if n < 0 { i32::MIN } else { i32::MAX })),
    }
}

fn sync_word(word: &str) -> Sync {
    match word {
        "Synced" => Sync::Synced,
        "OutOfSync" => Sync::OutOfSync,
        _ => Sync::Unknown,
    }
}

/// Synced with an older spec, or beside an error that kept Argo CD from comparing, is not known.
fn sync(spec: &Spec, status: &Status) -> Sync {
    let said = sync_word(status.sync.status.raw());
    let blind = status.conditions.iter().any(|c| matches!(c.kind.raw(), "ComparisonError" | "InvalidSpecError" | "UnknownError"));
    if said == Sync::Synced && (blind || is_of_older_spec(spec, status)) { Sync::Unknown } else { said }
}

/// Argo CD counts no generations; it writes down the sources it compared.
fn is_of_older_spec(spec: &Spec, status: &Status) -> bool {
    let names = |s: &SourceSpec| [&s.repo_url, &s.path, &s.chart, &s.target_revision, &s.reference].map(|l| l.raw().to_owned());
    let compared = &status.sync.compared_to;
    match (&spec.source_hydrator, &spec.source, &compared.source) {
        // What is compared there is written by the hydrator.
        (Some(_), ..) => false,
        (None, ..) if !spec.sources.is_empty() && !compared.sources.is_empty() => {
            spec.sources.iter().map(names).ne(compared.sources.iter().map(names))
        }
        (None, Some(wanted), Some(seen)) if spec.sources.is_empty() && compared.sources.is_empty() => names(wanted) != names(seen),
        _ => false,
    }
}

fn health_word(word: &str) -> Health {
    match word {
        "Healthy" => Health::Healthy,
        "Progressing" => Health::Progressing,
        "Suspended" => Health::Suspended,
        "Missing" => Health::Missing,
        "Degraded" => Health::Degraded,
        _ => Health::Unknown,
    }
}

/// Argo CD calls an app Healthy that has no resource, because its manifests could not be made or git renders none: the health of an
/// empty list.
fn health(status: &Status) -> Health {
    let health = health_word(status.health.status.raw());
    let blind = status.conditions.iter().any(|c| c.kind.raw() == "ComparisonError") || status.sync.status.raw() == "Synced";
    if health == Health::Healthy && blind && status.resources.is_empty() { Health::Unknown } else { health }
}

fn revision(sync: Sync, health: Health, compared: &[String], history: &[HistoryEntry]) -> Option<String> {
    match (health, sync) {
        (Health::Missing, _) => None,
        (_, Sync::Synced) => compared.iter().find(|r| !r.is_empty()).cloned(),
        _ => history.first().map(|h| h.revision.clone().into()).filter(|r: &String| !r.is_empty()),
    }
}

/// What Argo wants, where that is not what runs; while it cannot compare, its revision may be a mere branch name.
fn target(sync: Sync, revision: Option<&str>, compared: &[String]) -> Option<String> {
    let wanted = compared.iter().find(|r| !r.is_empty())?;
    (sync == Sync::OutOfSync && revision != Some(wanted.as_str())).then(|| wanted.clone())
}

fn conditions(status: &Status) -> Vec<Condition> {
    let condition = |c: &super::wire::Cond| Condition {
        kind: c.kind.text(100),
        status: Some(true),
        reason: String::new(),
        message: rounded(&without_credentials(&c.message.text(MESSAGE))),
        since: c.last_transition_time.time(),
    };
    status.conditions.iter().map(condition).collect()
}

fn frozen(annotations: &Annotations) -> Option<Frozen> {
    let text = annotations.frozen.raw();
    if text.is_empty() {
        return None;
    }
    let mut frozen: Frozen =
        serde_json::from_str(text).unwrap_or_else(|_| Frozen { reason: "(note cannot be read)".into(), ..Frozen::default() });
    frozen.by = sanitise(&frozen.by, 100);
    frozen.reason = sanitise(&frozen.reason, 300);
    Some(frozen)
}

fn destination(home: &ClusterId, d: &DestinationSpec) -> Destination {
    let name = d.name.name();
    let server = Some(without_credentials(&d.server.text(500))).filter(|s| !s.is_empty());
    let own = name.as_deref() == Some("in-cluster") || server.as_deref().map(|s| s.trim_end_matches('/')) == Some(IN_CLUSTER);
    Destination { cluster: own.then(|| home.clone()), name, server, namespace: d.namespace.name() }
}

/// Argo's own precedence: hydrator, then `sources`, then `source`.
fn sources(spec: &Spec, status: &Status, sync: Sync, health: Health) -> Vec<Source> {
    let specs: Vec<&SourceSpec> = match (&spec.source_hydrator, &spec.source) {
        (Some(h), _) => vec![&h.dry_source],
        (None, _) if !spec.sources.is_empty() => spec.sources.iter().collect(),
        (None, one) => one.iter().collect(),
    };
    let running = running_revisions(status, sync, health);
    specs.iter().enumerate().map(|(i, s)| source(s, running.get(i).cloned().filter(|r| !r.is_empty()))).collect()
}

fn running_revisions(status: &Status, sync: Sync, health: Health) -> Vec<String> {
    match (health, sync) {
        (Health::Missing, _) => Vec::new(),
        (_, Sync::Synced) => operation::all(&status.sync.revision, &status.sync.revisions),
        _ => status.history.last().map(|h| operation::all(&h.revision, &h.revisions)).unwrap_or_default(),
    }
}

fn source(s: &SourceSpec, revision: Option<String>) -> Source {
    let url = without_credentials(&s.repo_url.text(1000));
    let chart = s.chart.name();
    let source_type = match (&chart, url.split_once("://")) {
        (_, Some(("oci", _))) | (Some(_), None) => SourceType::Oci,
        (Some(_), _) => SourceType::Helm,
        (None, _) => SourceType::Git,
    };
    let wanted = s.target_revision.text(300);
    Source {
        source_type,
        reference: if source_type == SourceType::Git { git_reference(&wanted) } else { RefKind::Version(wanted) },
        url: Some(url).filter(|u| !u.is_empty()),
        path: s.path.name().map(|p| p.trim_start_matches("./").to_owned()),
        chart,
        revision,
        name: s.reference.name(),
        value_files: value_files(s.helm.as_ref()),
        object: None,
        overrides: Some(overrides(s)).filter(|o| !o.is_empty()).map(Box::new),
    }
}

fn value_files(helm: Option<&Value>) -> Vec<String> {
    let files = helm.and_then(|h| h.get("valueFiles")).and_then(Value::as_array);
    files.into_iter().flatten().filter_map(Value::as_str).filter(|f| !f.is_empty()).map(|f| sanitise(f, 500)).collect()
}

fn overrides(s: &SourceSpec) -> Overrides {
    let section = |value: &Option<Value>, without: &str| {
        let mut map = value.as_ref()?.as_object()?.clone();
        map.remove(without);
        (!map.is_empty()).then_some(Value::Object(map))
    };
    Overrides {
        kustomize: section(&s.kustomize, ""),
        helm: section(&s.helm, "valueFiles"),
        directory: section(&s.directory, ""),
        plugin: s.plugin.is_some(),
    }
}

fn ignored(spec: &Spec) -> Vec<IgnoredDifference> {
    let rule = |i: &Ignore| IgnoredDifference {
        group: i.group.text(253),
        kind: i.kind.text(100),
        namespace: i.namespace.text(253),
        name: i.name.text(253),
        pointers: i.json_pointers.iter().filter_map(Leaf::name).collect(),
        has_more: !i.jq_path_expressions.is_empty() || !i.managed_fields_managers.is_empty(),
    };
    spec.ignore_differences.iter().map(rule).collect()
}

fn git_reference(wanted: &str) -> RefKind {
    let text = wanted.to_owned();
    match wanted {
        "" | "HEAD" => RefKind::Head,
        w if is_commit(w) => RefKind::Commit(text),
        w if w.starts_with("refs/heads/") => RefKind::Branch(w.trim_start_matches("refs/heads/").to_owned()),
        w if w.starts_with("refs/tags/") => RefKind::Tag(w.trim_start_matches("refs/tags/").to_owned()),
        w if w.starts_with("refs/") => RefKind::Name(text),
        // None of these characters can be part of a branch or tag name, or is usual in one.
        w if w.starts_with(['^', '~', '>', '<', '=']) || w.contains('*') => RefKind::Semver(text),
        _ => RefKind::Ambiguous(text),
    }
}

/// A whole commit id (SHA-1 or SHA-256).
pub fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// When the state that sorts the row began, as far as the object tells; Argo keeps no such time for OutOfSync.
fn since(object: &Object, status: &Status, sync: Sync, health: Health, operation: Option<&Operation>) -> Option<Timestamp> {
    if object.status.is_none() {
        return operation.map_or(object.metadata.creation_timestamp.time(), |o| o.started_at);
    }
    let health_at = status.health.last_transition_time.time();
    if let Some(o) = operation {
        match o.phase {
            Phase::Failed | Phase::Error => return o.finished_at.or(o.started_at),
            Phase::Running | Phase::Retrying | Phase::Blocked | Phase::Terminating | Phase::Orphaned => return o.started_at,
            Phase::Requested | Phase::Succeeded => {}
        }
    }
    match (health, sync) {
        (Health::Degraded | Health::Missing, _) => health_at,
        (_, Sync::OutOfSync) => None,
        (_, Sync::Unknown) => status.conditions.iter().filter_map(|c| c.last_transition_time.time()).min(),
        (Health::Progressing | Health::Suspended | Health::Unknown, _) => health_at,
        _ => health_at.max(operation.and_then(|o| o.finished_at)),
    }
}
