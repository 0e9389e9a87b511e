//! Which version of an engine runs: from its controllers, best effort.

use super::api::{Api, path};
use crate::domain::cluster::EngineInfo;
use crate::domain::ids::EngineKind;
use crate::domain::text::sanitise;
use serde_json::Value;

/// One answer per engine; `version` is `None` where the controllers may not be read.
pub async fn versions(api: Api, engines: Vec<EngineKind>, namespaces: Vec<String>) -> Vec<EngineInfo> {
    let mut out = Vec::new();
    for name in engines {
        out.push(EngineInfo { name, version: version(&api, name, &namespaces).await });
    }
    out
}

async fn version(api: &Api, engine: EngineKind, namespaces: &[String]) -> Option<String> {
    let part_of = match engine {
        EngineKind::Argo => "argocd",
        EngineKind::Flux => "flux",
    };
    // Cluster-wide first; where that is forbidden, the namespaces we would look into anyway.
    for namespace in std::iter::once("").chain(namespaces.iter().map(String::as_str)) {
        for plural in ["deployments", "statefulsets"] {
            let url =
                format!("{}?labelSelector=app.kubernetes.io%2Fpart-of%3D{part_of}&limit=50", path("apps", "v1", namespace, plural, ""));
            let Ok(list) = api.get::<Value>(&url).await else { continue };
            let items = list.get("items").and_then(Value::as_array);
            if let Some(found) = items.into_iter().flatten().find_map(|item| version_of(engine, item)) {
                return Some(found);
            }
        }
    }
    None
}

/// Flux says its own version in a label and each controller's in the image; Argo CD has one image for all.
fn version_of(engine: EngineKind, item: &Value) -> Option<String> {
    let label = item.pointer("/metadata/labels/app.kubernetes.io~1version").and_then(Value::as_str);
    let containers = item.pointer("/spec/template/spec/containers").and_then(Value::as_array)?;
    let image = |part: &str| {
        let images = containers.iter().filter_map(|c| c.get("image").and_then(Value::as_str));
        images.filter(|i| i.contains(part)).find_map(tag)
    };
    let found = match engine {
        EngineKind::Argo => image("argocd").or_else(|| label.map(str::to_owned)),
        EngineKind::Flux => label.map(str::to_owned).or_else(|| image("controller")),
    };
    found.map(|v| bare(&sanitise(&v, 40)).to_owned()).filter(|v| !v.is_empty())
}

/// One form everywhere, that of the release notes: `3.5.1` of `v3.5.1`; a branch name like `vnext` keeps its letter.
fn bare(version: &str) -> &str {
    version.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(version)
}

/// `v3.1.0` of `quay.io/argoproj/argocd:v3.1.0@sha256:…`; a port is no tag.
fn tag(image: &str) -> Option<String> {
    let (image, _) = image.split_once('@').unwrap_or((image, ""));
    let (_, last) = image.rsplit_once('/').unwrap_or(("", image));
    last.split_once(':').map(|(_, tag)| tag.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_tag_is_found_between_port_and_digest() {
        assert_eq!(tag("reg.local:5000/argoproj/argocd:v3.1.0@sha256:ab").as_deref(), Some("v3.1.0"));
        assert_eq!(tag("reg.local:5000/argocd"), None);
    }

    #[test]
    fn a_version_loses_its_letter_and_a_branch_keeps_it() {
        assert_eq!(bare("v3.5.1-rc1"), "3.5.1-rc1");
        assert_eq!(bare("3.5.1"), "3.5.1");
        assert_eq!(bare("vnext"), "vnext");
    }

    #[test]
    fn flux_is_named_by_its_label_and_argo_by_its_image() {
        let spec = json!({"template": {"spec": {"containers": [{"image": "x/argocd:v3.5.1"}, {"image": "x/source-controller:v1.6.2"}]}}});
        let item = json!({"metadata": {"labels": {"app.kubernetes.io/version": "v2.6.4"}}, "spec": spec});
        assert_eq!(version_of(EngineKind::Argo, &item).as_deref(), Some("3.5.1"));
        assert_eq!(version_of(EngineKind::Flux, &item).as_deref(), Some("2.6.4"));
    }
}
