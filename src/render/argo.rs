//! A build as Argo CD does it.

use super::files::{Files, below, missing};
use super::options::{BuildKind, BuildOptions, RenderError};
use super::{kustomize, plain, scope};
use serde_json::Value;

pub fn build(files: &Files<'_>, path: &str, options: &BuildOptions) -> Result<(Vec<Value>, String), RenderError> {
    if !files.is_dir(path) {
        return Err(missing(path, ""));
    }
    let mut objects = match files.build_kind(path) {
        BuildKind::Helm => return Err(RenderError::Unsupported { feature: "a Helm chart".into(), file: below(path, "Chart.yaml") }),
        BuildKind::Kustomize => {
            let over = kustomize::from_argo(options.kustomize.as_ref())?;
            kustomize::build(files, path, None, &*over)?
        }
        BuildKind::Plain => plain::build(files, path, options)?,
    };
    finish(&mut objects, options);
    Ok((objects, "driftdeck".into()))
}

/// What Argo CD does to objects, whatever built them.
pub fn finish(objects: &mut [Value], options: &BuildOptions) {
    if let Some(namespace) = options.namespace.as_deref().filter(|n| !n.is_empty()) {
        scope::default_namespace(objects, namespace, &options.cluster_kinds);
    }
}
