//! What a build is told, and what comes of it.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use crate::domain::ids::EngineKind as Engine;

/// Settings of one build, as the app's object gives them.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildOptions {
    pub engine: Engine,
    /// Argo `spec.source.directory`: `recurse`, `include`, `exclude` (globs on the path below the app's).
    pub recurse: bool,
    pub include: Option<String>,
    pub exclude: Option<String>,
    /// Argo: the destination's namespace, given to namespaced objects without one. Flux: `spec.targetNamespace`, forced on all.
    pub namespace: Option<String>,
    /// Argo `spec.source.kustomize`, as written.
    pub kustomize: Option<Value>,
    /// Flux: the Kustomization fields that change the build (`FluxFields::build`).
    pub build: Option<Value>,
    /// Flux `postBuild` variables; `None` = no substitution at all.
    pub substitute: Option<BTreeMap<String, String>>,
    /// Further local files the build reads: Helm value files, relative to the path or from the root with a leading `/`;
    /// `$ref/...` counts from the root of this tree.
    pub value_files: Vec<String>,
    /// Helm: release name (the app's own name unless it sets one) and inline values as YAML text.
    pub release_name: String,
    pub helm_values: Option<String>,
    /// (group, kind) of cluster-scoped custom resources, as discovery tells.
    pub cluster_kinds: BTreeSet<(String, String)>,
}

impl BuildOptions {
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            recurse: false,
            include: None,
            exclude: None,
            namespace: None,
            kustomize: None,
            build: None,
            substitute: None,
            value_files: Vec::new(),
            release_name: String::new(),
            helm_values: None,
            cluster_kinds: BTreeSet::new(),
        }
    }
}

/// How a directory is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildKind {
    Kustomize,
    Helm,
    Plain,
}

/// A finished build.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    pub objects: Vec<Value>,
    /// Every file that was read: the path set.
    pub files: BTreeSet<String>,
    /// "driftdeck", "kustomize 5.8.1", ….
    pub tool: String,
    pub warnings: Vec<String>,
}

/// Why there are no desired manifests. Texts are sanitised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenderError {
    /// No such directory or file in the tree; `by` names the file that asked for it, empty for the app itself.
    Missing { path: String, by: String },
    /// A file that cannot be read: line from 1 where known.
    Broken { file: String, line: Option<u64>, cause: String },
    /// Something this build cannot do by itself; a real program may.
    Unsupported { feature: String, file: String },
    /// The build asks for something impossible.
    Build { file: String, cause: String },
    /// A limit of ours was hit.
    TooLarge { what: String },
    /// A real program failed or is not there.
    Tool { tool: String, cause: String },
}

impl fmt::Display for RenderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path, by } if by.is_empty() => write!(f, "{path}: not in the repository at this revision"),
            Self::Missing { path, by } => write!(f, "{by}: names {path}, which is not in the repository at this revision"),
            Self::Broken { file, line: Some(line), cause } => write!(f, "{file}:{line}: {cause}"),
            Self::Broken { file, line: None, cause } | Self::Build { file, cause } => write!(f, "{file}: {cause}"),
            Self::Unsupported { feature, file } => write!(f, "{file}: {feature} is not built in process"),
            Self::TooLarge { what } => f.write_str(what),
            Self::Tool { tool, cause } => write!(f, "{tool}: {cause}"),
        }
    }
}

impl std::error::Error for RenderError {}
