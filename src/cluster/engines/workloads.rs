//! Deployments and StatefulSets of engines: which run, in which version, how many of them are ready.

use super::look::{Trouble, Unseen};
use super::wire::{List, Workload};
use crate::cluster::api::{Api, Class, escape, path};
use crate::domain::Timestamp;
use crate::domain::cluster::EngineInfo;
use crate::domain::controllers::Controller;
use crate::domain::ids::EngineKind;
use crate::domain::text::sanitise;

pub(super) const PART_OF: &str = "app.kubernetes.io/part-of";

/// All workloads that say they are part of one of the engines: of the whole cluster, else of the namespaces that may be listed. `dated` is
/// told by the server's own clock when it answered.
///
/// # Errors
/// The server is not there; what was refused is told in `unseen`.
pub(super) async fn all(
    api: &Api,
    namespaces: &[String],
    unseen: &mut Unseen,
    mut dated: impl FnMut(Timestamp),
) -> Result<Vec<(&'static str, Workload)>, Trouble> {
    let mut out = Vec::new();
    let selector = escape(&format!("{PART_OF} in (argocd,flux)"));
    for (plural, kind) in [("deployments", "Deployment"), ("statefulsets", "StatefulSet")] {
        let mut refused = Vec::new();
        let mut seen = false;
        for namespace in std::iter::once("").chain(namespaces.iter().map(String::as_str)) {
            // Out of the API server's cache: with a limit it would go through all workloads of the cluster in etcd.
            let url = format!("{}?labelSelector={selector}&resourceVersion=0", path("apps", "v1", namespace, plural, ""));
            match api.get_dated::<List<Workload>>(&url).await {
                Ok((list, date)) => {
                    seen = true;
                    date.into_iter().for_each(&mut dated);
                    out.extend(list.items.into_iter().map(|item| (kind, item)));
                    if namespace.is_empty() {
                        break;
                    }
                }
                Err(error) if error.class == Class::Forbidden => refused.push((namespace, error)),
                Err(error) => {
                    unseen.note(plural, "", error)?;
                    (refused, seen) = (Vec::new(), true);
                    break;
                }
            }
        }
        // The whole cluster is refused first: once more where nothing at all was seen, else for each namespace of which nothing is known.
        refused.retain(|(namespace, _)| namespace.is_empty() != seen);
        for (namespace, error) in refused {
            unseen.note(plural, namespace, error)?;
        }
    }
    Ok(out)
}

/// The engine a workload belongs to.
pub(super) fn engine(workload: &Workload) -> Option<EngineKind> {
    match workload.metadata.labels.get(PART_OF).map(String::as_str) {
        Some("argocd") => Some(EngineKind::Argo),
        Some("flux") => Some(EngineKind::Flux),
        _ => None,
    }
}

pub(super) fn controller(kind: &str, workload: &Workload) -> Option<Controller> {
    let engine = engine(workload)?;
    let meta = &workload.metadata;
    let available = workload.status.conditions.iter().find(|c| c.kind == "Available" && c.status == "False");
    Some(Controller {
        engine,
        namespace: sanitise(&meta.namespace, 253),
        kind: kind.to_owned(),
        name: sanitise(&meta.name, 253),
        component: component(engine, workload),
        version: image_tag(workload, |_| true),
        desired: workload.spec.replicas.unwrap_or(1),
        ready: workload.status.ready_replicas,
        down_since: available.and_then(|c| c.last_transition_time),
        pods: None,
        lease: None,
        heard_at: None,
    })
}

/// As its label says; else its name without that of the engine before it.
fn component(engine: EngineKind, workload: &Workload) -> String {
    let name = &workload.metadata.name;
    let said = workload.metadata.labels.get("app.kubernetes.io/component").filter(|c| !c.is_empty());
    let own = || if engine == EngineKind::Argo { name.strip_prefix("argocd-").unwrap_or(name) } else { name.as_str() };
    sanitise(said.map_or_else(own, String::as_str), 63)
}

/// Flux says its own version in a label and each controller's in the image; Argo CD has one image for all.
pub(super) fn version(engine: EngineKind, all: &[(&'static str, Workload)]) -> EngineInfo {
    let ours = || all.iter().map(|(_, w)| w).filter(|w| self::engine(w) == Some(engine));
    let label = || ours().find_map(|w| w.metadata.labels.get("app.kubernetes.io/version")).map(|v| bare(&sanitise(v, 40)).to_owned());
    let image = |part: &str| ours().find_map(|w| image_tag(w, |image| image.contains(part)));
    let version = match engine {
        EngineKind::Argo => image("argocd").or_else(label),
        EngineKind::Flux => label().or_else(|| image("controller")),
    };
    EngineInfo { name: engine, version: version.filter(|v| !v.is_empty()) }
}

fn image_tag(workload: &Workload, wanted: impl Fn(&str) -> bool) -> Option<String> {
    let images = workload.spec.template.spec.containers.iter().map(|c| c.image.as_str());
    let found = images.filter(|i| wanted(i)).find_map(tag)?;
    Some(bare(&sanitise(&found, 40)).to_owned())
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
    use serde_json::{Value, json};

    fn workload(name: &str, labels: Value, image: &str) -> (&'static str, Workload) {
        let object = json!({"metadata": {"name": name, "namespace": "n", "labels": labels}, "spec": {"template": {"spec": {"containers": [{"image": image}]}}}});
        ("Deployment", serde_json::from_value(object).unwrap())
    }

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
        let redis = workload("argocd-redis", json!({PART_OF: "argocd"}), "redis:8.2");
        let server = workload("argocd-server", json!({PART_OF: "argocd"}), "x/argocd:v3.5.1");
        let source =
            workload("source-controller", json!({PART_OF: "flux", "app.kubernetes.io/version": "v2.6.4"}), "x/source-controller:v1.6.2");
        let all = [redis, server, source];
        assert_eq!(version(EngineKind::Argo, &all).version.as_deref(), Some("3.5.1"));
        assert_eq!(version(EngineKind::Flux, &all).version.as_deref(), Some("2.6.4"));
        assert_eq!(controller("Deployment", &all[2].1).unwrap().version.as_deref(), Some("1.6.2"), "a controller has a version of its own");
        assert_eq!(version(EngineKind::Flux, &all[..2]).version, None);
    }

    #[test]
    fn a_component_is_what_its_label_says_whatever_helm_called_it() {
        let named = workload(
            "my-argo-application-controller",
            json!({PART_OF: "argocd", "app.kubernetes.io/component": "application-controller"}),
            "x",
        );
        assert_eq!(controller("StatefulSet", &named.1).unwrap().component, "application-controller");
        let plain = workload("argocd-repo-server", json!({PART_OF: "argocd"}), "x");
        assert_eq!(controller("Deployment", &plain.1).unwrap().component, "repo-server");
    }
}
