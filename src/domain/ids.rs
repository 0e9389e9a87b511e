//! Identities: what an action carries, never an index.

use super::word::{Name, Word};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A cluster of ours: the context name in the merged kubeconfig.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClusterId(pub Arc<str>);

impl ClusterId {
    pub fn new(name: &str) -> Self {
        Self(Arc::from(name))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &self.0)
    }
}

/// A GitOps dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineKind {
    Argo,
    Flux,
}

impl EngineKind {
    pub fn title(self) -> &'static str {
        match self {
            Self::Argo => "Argo CD",
            Self::Flux => "Flux",
        }
    }
}

/// The kinds that are rows of the app list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AppKind {
    Application,
    Kustomization,
    HelmRelease,
}

impl AppKind {
    pub fn engine(self) -> EngineKind {
        match self {
            Self::Application => EngineKind::Argo,
            Self::Kustomization | Self::HelmRelease => EngineKind::Flux,
        }
    }
    /// The ENG column: `argo`, `kust` or `helm`.
    pub fn short(self) -> &'static str {
        match self {
            Self::Application => "argo",
            Self::Kustomization => "kust",
            Self::HelmRelease => "helm",
        }
    }
    /// The Kubernetes kind.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::Kustomization => "Kustomization",
            Self::HelmRelease => "HelmRelease",
        }
    }
    pub fn group(self) -> &'static str {
        match self {
            Self::Application => "argoproj.io",
            Self::Kustomization => "kustomize.toolkit.fluxcd.io",
            Self::HelmRelease => "helm.toolkit.fluxcd.io",
        }
    }
    /// The plural used in URLs and access rules.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Application => "applications",
            Self::Kustomization => "kustomizations",
            Self::HelmRelease => "helmreleases",
        }
    }
    /// Word of the command line: `app`, `ks` or `hr`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Application => "app",
            Self::Kustomization => "ks",
            Self::HelmRelease => "hr",
        }
    }
}

/// Which object a row is. `cluster` is where the object lives (home), not where it deploys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AppId {
    pub cluster: ClusterId,
    pub kind: AppKind,
    pub namespace: String,
    pub name: String,
}

impl AppId {
    pub fn engine(&self) -> EngineKind {
        self.kind.engine()
    }
    /// `namespace/name`, as engines and kubectl write it.
    pub fn path(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// Any Kubernetes object, apart from its cluster and version.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// API group, empty for core.
    pub group: Word,
    pub kind: Word,
    /// Empty for cluster-scoped objects.
    pub namespace: Word,
    pub name: Name,
}

impl ObjectKey {
    pub fn new(group: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self { group: group.into(), kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }
    /// `Deployment shop/orders` or `Namespace blue`.
    pub fn title(&self) -> String {
        if self.namespace.is_empty() {
            format!("{} {}", self.kind, self.name)
        } else {
            format!("{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}

/// A Flux source object (GitRepository, OCIRepository, HelmRepository, HelmChart, Bucket) on one cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId {
    pub cluster: ClusterId,
    pub kind: String,
    pub namespace: String,
    pub name: String,
}

/// A running or finished piece of background work; results name it, so that a late one never reaches another dialog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskId(pub u64);

/// Which run of a session a cluster event belongs to; events of an older epoch are dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(pub u64);
