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

/// A hook is run, and not kept as a resource: it is no part of what is compared. A Helm hook counts as one, except `crd-install`, which is
/// applied like anything else (Argo CD `pkg/apis/application`, user guide "Helm hooks").
pub fn is_hook(object: &Value) -> bool {
    let annotation = |name: &str| object["metadata"]["annotations"][name].as_str().filter(|v| !v.trim().is_empty());
    annotation("argocd.argoproj.io/hook").is_some()
        || annotation("helm.sh/hook").is_some_and(|hooks| hooks.split(',').any(|hook| hook.trim() != "crd-install"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hooks_are_no_part_of_what_is_compared_and_crd_install_is() {
        let object = |name: &str, annotations: Value| json!({"kind": "Job", "metadata": {"name": name, "annotations": annotations}});
        let objects = [
            object("migrate", json!({"argocd.argoproj.io/hook": "PreSync"})),
            object("test", json!({"helm.sh/hook": "test"})),
            object("both", json!({"helm.sh/hook": "pre-install, crd-install"})),
            object("crd", json!({"helm.sh/hook": "crd-install"})),
            object("plain", json!({"argocd.argoproj.io/sync-wave": "1"})),
            json!({"kind": "ConfigMap", "metadata": {"name": "bare"}}),
        ];
        let left: Vec<&str> = objects.iter().filter(|o| !is_hook(o)).filter_map(|o| o["metadata"]["name"].as_str()).collect();
        assert_eq!(left, ["crd", "plain", "bare"]);
    }
}
