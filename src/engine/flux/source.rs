//! Source objects: GitRepository, OCIRepository, HelmRepository, HelmChart, Bucket.

use super::parse::{filled, message, source_id, text, time};
use super::wire::{Chart, Condition, Meta, Object, Spec};
use crate::domain::Timestamp;
use crate::domain::duration::parse_go;
use crate::domain::ids::{ClusterId, SourceId};
use crate::domain::source::{RefKind, SourceObject, SourceType};
use crate::domain::text::{sanitise, without_credentials};

/// A source as watched; what cannot be read becomes `ready: Some(false)` with reason `Unreadable`.
pub fn source(kind: &str, cluster: &ClusterId, version: &str, json: &str, now: Timestamp) -> SourceObject {
    let object: Object = match serde_json::from_str(json) {
        Ok(object) => object,
        Err(error) => return unreadable(blank(kind, cluster, version, &Meta::default(), now), &format!("not JSON: {error}")),
    };
    let meta = object.metadata.0.unwrap_or_default();
    let mut out = blank(kind, cluster, version, &meta, now);
    let Ok(spec) = object.spec.0 else { return unreadable(out, "spec is no object") };
    let Ok(status) = object.status.0 else { return unreadable(out, "status is no object") };
    let Ok(conditions) = status.conditions.0 else { return unreadable(out, "status.conditions is no list") };
    match &spec.interval.0 {
        Ok(value) if value.is_empty() => {}
        Ok(value) => match parse_go(value) {
            Some(ms) => out.interval = Some(ms / 1000),
            None => return unreadable(out, &format!("interval \"{value}\" is no duration")),
        },
        Err(raw) => return unreadable(out, &format!("interval {raw} is no duration")),
    }
    out.timeout = spec.timeout.0.as_deref().ok().and_then(parse_go).map(|ms| ms / 1000);
    out.secret = spec.secret_ref.as_ref().and_then(|r| filled(&r.name));
    out.url = url(&spec);
    out.reference = reference(kind, &spec);
    if let Chart::Name(name) = &spec.chart {
        out.chart = filled(name);
        out.by_revision = spec.reconcile_strategy == "Revision";
        out.packed_from = filled(&status.observed_source_artifact_revision);
        out.of = spec.source_ref.as_ref().map(|r| source_id(cluster, r, &meta.namespace));
    }
    out.suspended = spec.is_suspended();
    out.verifies = spec.verify.is_some();
    out.handled = filled(&status.last_handled_reconcile_at);
    if let Some(artifact) = &status.artifact {
        out.revision = filled(&artifact.revision);
        out.artifact_at = time(&artifact.last_update_time);
    }
    judge(&mut out, &conditions);
    out
}

/// Ready, with the time since when it fails: a source that never succeeded flips Ready at each try, FetchFailed does not.
fn judge(out: &mut SourceObject, conditions: &[Condition]) {
    let find = |kind: &str| conditions.iter().find(|c| c.kind == kind);
    let failed = conditions
        .iter()
        .find(|c| matches!(c.kind.as_str(), "FetchFailed" | "BuildFailed" | "StorageOperationFailed") && c.status == "True");
    let Some(ready) = find("Ready") else { return };
    out.ready = match ready.status.as_str() {
        "True" => Some(true),
        "False" => Some(false),
        _ => failed.map(|_| false),
    };
    let told = if out.ready == Some(false) && ready.status != "False" { failed.unwrap_or(ready) } else { ready };
    out.reason = text(&told.reason, 120);
    out.message = message(&told.message);
    out.ready_since = match (out.ready, failed) {
        (Some(false), Some(failed)) => time(&failed.last_transition_time).min(time(&ready.last_transition_time)),
        _ => time(&ready.last_transition_time),
    };
}

fn unreadable(mut source: SourceObject, why: &str) -> SourceObject {
    source.ready = Some(false);
    source.reason = "Unreadable".into();
    source.message = sanitise(why, 200);
    source
}

fn url(spec: &Spec) -> Option<String> {
    if !spec.url.is_empty() {
        return filled(&without_credentials(&spec.url));
    }
    (!spec.endpoint.is_empty()).then(|| sanitise(&without_credentials(&format!("{}/{}", spec.endpoint, spec.bucket_name)), 300))
}

/// In the order in which source-controller looks at them.
fn reference(kind: &str, spec: &Spec) -> RefKind {
    let r = &spec.reference;
    let of = |value: &str, make: fn(String) -> RefKind| filled(value).map(make);
    match kind {
        "GitRepository" => of(&r.commit, RefKind::Commit)
            .or_else(|| of(&r.name, RefKind::Name))
            .or_else(|| of(&r.semver, RefKind::Semver))
            .or_else(|| of(&r.tag, RefKind::Tag))
            .or_else(|| of(&r.branch, RefKind::Branch))
            .unwrap_or_else(|| RefKind::Branch("master".into())),
        "OCIRepository" => of(&r.digest, RefKind::Version)
            .or_else(|| of(&r.semver, RefKind::Semver))
            .or_else(|| of(&r.tag, RefKind::Tag))
            .unwrap_or_else(|| RefKind::Tag("latest".into())),
        "HelmChart" => of(&spec.version, RefKind::Version).unwrap_or_else(|| RefKind::Version("*".into())),
        _ => RefKind::Head,
    }
}

pub fn source_type(kind: &str) -> SourceType {
    match kind {
        "HelmRepository" | "HelmChart" => SourceType::Helm,
        "OCIRepository" => SourceType::Oci,
        "Bucket" => SourceType::Bucket,
        "GitRepository" => SourceType::Git,
        // ExternalArtifact: served like any artifact, no repository of ours.
        _ => SourceType::Oci,
    }
}

fn blank(kind: &str, cluster: &ClusterId, version: &str, meta: &Meta, now: Timestamp) -> SourceObject {
    SourceObject {
        id: SourceId { cluster: cluster.clone(), kind: kind.to_owned(), namespace: text(&meta.namespace, 63), name: text(&meta.name, 253) },
        uid: text(&meta.uid, 64),
        resource_version: text(&meta.resource_version, 64),
        api_version: version.to_owned(),
        source_type: source_type(kind),
        url: None,
        reference: RefKind::Head,
        chart: None,
        of: None,
        suspended: false,
        ready: None,
        reason: String::new(),
        message: String::new(),
        ready_since: None,
        revision: None,
        artifact_at: None,
        interval: None,
        timeout: None,
        secret: None,
        handled: None,
        observed_at: now,
        packed_from: None,
        by_revision: false,
        verifies: false,
    }
}
