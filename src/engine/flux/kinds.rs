//! The kinds of Flux that are watched, and the words its own command line has for them.

use crate::domain::ids::EngineKind;
use crate::engine::{Role, WatchedKind};

pub const SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";

const fn app(group: &'static str, versions: &'static [&'static str], plural: &'static str, kind: &'static str) -> WatchedKind {
    WatchedKind { engine: EngineKind::Flux, group, versions, plural, kind, role: Role::App, only: None }
}

const fn source(versions: &'static [&'static str], plural: &'static str, kind: &'static str) -> WatchedKind {
    WatchedKind { engine: EngineKind::Flux, group: SOURCE_GROUP, versions, plural, kind, role: Role::Source, only: None }
}

pub static WATCHED: [WatchedKind; 7] = [
    app("kustomize.toolkit.fluxcd.io", &["v1", "v1beta2"], "kustomizations", "Kustomization"),
    app("helm.toolkit.fluxcd.io", &["v2", "v2beta2", "v2beta1"], "helmreleases", "HelmRelease"),
    source(&["v1", "v1beta2"], "gitrepositories", "GitRepository"),
    source(&["v1", "v1beta2"], "ocirepositories", "OCIRepository"),
    source(&["v1", "v1beta2"], "helmrepositories", "HelmRepository"),
    source(&["v1", "v1beta2"], "helmcharts", "HelmChart"),
    source(&["v1", "v1beta2"], "buckets", "Bucket"),
];

/// Plural of a source kind; `None` for kinds we do not watch (ExternalArtifact).
pub fn source_plural(kind: &str) -> Option<&'static str> {
    WATCHED.iter().find(|k| k.role == Role::Source && k.kind == kind).map(|k| k.plural)
}

/// What `flux reconcile source` calls a source kind.
pub fn source_word(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "GitRepository" => "git",
        "OCIRepository" => "oci",
        "HelmRepository" => "helm",
        "HelmChart" => "chart",
        "Bucket" => "bucket",
        _ => return None,
    })
}
