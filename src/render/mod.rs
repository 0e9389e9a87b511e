//! Desired manifests from a tree of files, and their comparison with live objects.
//!
//! For: what an app would apply at a revision ([`manifests`]), which files that depends on ([`reach`]), and how it differs from what
//! runs ([`diff`]). May import: `domain`, YAML, processes (only `external` starts any). Never `cluster`, `app` or `ui`.
//! To extend: a kustomize feature is one file in `kustomize/`, its field removed from the refusals in `kustomize/spec.rs`, and cases for it in
//! `kustomize/reference.rs`, where the installed program is asked for the same build. A kind of noise is one rule in `normalise/`.

mod argo;
pub mod compare;
pub mod external;
mod files;
mod flux;
pub mod kustomize;
mod limits;
pub mod normalise;
mod options;
mod plain;
mod reach;
mod scope;
mod substitute;
pub mod yaml;

pub use argo::is_hook;
pub use compare::{Inputs, Live, diff, file_diff};
pub use external::manifests_with_programs;
pub use options::{BuildOptions, Engine, RenderError, Rendered};
pub use reach::reach;

use crate::domain::tree::FileTree;
use files::Files;

/// Everything `path` (a directory, "" = the root) would apply, in the order the engine's own build gives it.
///
/// Detection as the engines do it: a kustomization file, else `Chart.yaml`, else a plain directory.
pub fn manifests(tree: &dyn FileTree, path: &str, options: &BuildOptions) -> Result<Rendered, RenderError> {
    let files = Files::new(tree);
    let (objects, tool) = match options.engine {
        Engine::Argo => argo::build(&files, path, options)?,
        Engine::Flux => flux::build(&files, path, options)?,
    };
    Ok(files.finish(objects, tool))
}

/// Gives each namespaced object without a namespace this one.
pub fn default_namespace(objects: &mut [serde_json::Value], namespace: &str) {
    scope::default_namespace(objects, namespace, &std::collections::BTreeSet::new());
}

/// Whether a directory of the tree is a Helm chart, a kustomization or plain.
pub fn build_kind(tree: &dyn FileTree, path: &str) -> options::BuildKind {
    Files::new(tree).build_kind(path)
}
