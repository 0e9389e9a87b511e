//! Where an app's desired state comes from, and the Flux objects that fetch it.

use super::Timestamp;
use super::ids::SourceId;
use super::overrides::Overrides;
use super::repo::RepoId;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceType {
    #[default]
    Git,
    Helm,
    Oci,
    Bucket,
}

/// What a source follows, as far as its spec tells; only `Branch` and `Head` follow a revert commit by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "name", rename_all = "lowercase")]
pub enum RefKind {
    /// The remote's default branch.
    #[default]
    Head,
    Branch(String),
    Tag(String),
    Commit(String),
    Semver(String),
    /// A full ref name such as `refs/pull/1/head`.
    Name(String),
    /// A chart or artifact version.
    Version(String),
    /// One word that may be a branch, a tag or a commit (Argo `targetRevision`); git decides.
    Ambiguous(String),
}

impl RefKind {
    pub fn text(&self) -> &str {
        match self {
            Self::Head => "HEAD",
            Self::Branch(s) | Self::Tag(s) | Self::Commit(s) | Self::Semver(s) | Self::Name(s) | Self::Version(s) | Self::Ambiguous(s) => s,
        }
    }
}

/// One source of an app (Argo `spec.source(s)`, the object behind a Flux `sourceRef` or chart).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub source_type: SourceType,
    /// As written on the object, credentials removed; `None` when it is not known yet (a Flux source object not read).
    pub url: Option<String>,
    /// Path in the repository, without a leading `./`.
    pub path: Option<String>,
    pub chart: Option<String>,
    pub reference: RefKind,
    /// The revision of this source that runs, whole.
    pub revision: Option<String>,
    /// Argo multi-source `ref:` name.
    pub name: Option<String>,
    /// Further files that the build reads: Helm value files (Argo `helm.valueFiles`), Kustomization components.
    pub value_files: Vec<String>,
    /// The Flux source object it comes through.
    pub object: Option<SourceId>,
    /// Kept in memory only: inline values may hold secrets.
    #[serde(skip)]
    pub overrides: Option<Box<Overrides>>,
}

impl Source {
    pub fn repo(&self) -> Option<RepoId> {
        (self.source_type == SourceType::Git).then(|| self.url.as_deref().map(RepoId::from_url)).flatten()
    }
}

/// A Flux source object as watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceObject {
    pub id: SourceId,
    pub uid: String,
    pub resource_version: String,
    /// API version it was read at (`v1`); a patch is sent to the same one.
    #[serde(default)]
    pub api_version: String,
    pub source_type: SourceType,
    pub url: Option<String>,
    pub reference: RefKind,
    /// HelmChart: chart name, its wanted version and the source it is cut from.
    pub chart: Option<String>,
    pub of: Option<SourceId>,
    /// HelmChart: the revision of that source it was last made from, as written.
    #[serde(default)]
    pub packed_from: Option<String>,
    /// HelmChart: every new revision of its source makes a new version; else only a new version in `Chart.yaml` does.
    #[serde(default)]
    pub by_revision: bool,
    pub suspended: bool,
    /// `None` = no condition yet, or the kind has no status (HelmRepository of type oci).
    pub ready: Option<bool>,
    pub reason: String,
    pub message: String,
    /// When `ready` took its value.
    pub ready_since: Option<Timestamp>,
    /// Artifact revision as written (`main@sha1:…`).
    pub revision: Option<String>,
    pub artifact_at: Option<Timestamp>,
    /// `spec.interval` and `spec.timeout` in seconds.
    pub interval: Option<u64>,
    #[serde(default)]
    pub timeout: Option<u64>,
    /// Name of the Secret it logs in with.
    #[serde(default)]
    pub secret: Option<String>,
    /// `status.lastHandledReconcileAt`.
    pub handled: Option<String>,
    pub observed_at: Timestamp,
    /// `spec.verify` is set: an unsigned revert would be refused.
    pub verifies: bool,
}
