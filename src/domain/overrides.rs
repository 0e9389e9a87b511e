//! What an app's own object adds to the build of its source: settings that stand in no file of the repository.

use serde_json::Value;

/// Sections of an Argo CD source (`spec.source`), as written. Inline Helm values may hold secrets: this is never stored or shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `kustomize`: images, prefixes, labels, patches ….
    pub kustomize: Option<Value>,
    /// `helm` without `valueFiles`, which stand in the source itself.
    pub helm: Option<Value>,
    /// `directory`: recurse, include, exclude, jsonnet.
    pub directory: Option<Value>,
    /// A config management plugin builds it.
    pub plugin: bool,
}

impl Overrides {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A difference that the app's object says is none (Argo CD `spec.ignoreDifferences`). Empty fields match anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct IgnoredDifference {
    pub group: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
    pub pointers: Vec<String>,
    /// It also names jq paths or field managers, which are not evaluated here.
    pub has_more: bool,
}
