//! What the engine's own object adds to a kustomization before it is built.

use super::spec::{Image, Kustomization, LabelSet, Patch, Replica, impossible};
use crate::render::options::RenderError;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Argo CD `spec.source.kustomize`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ArgoKustomize {
    name_prefix: String,
    name_suffix: String,
    images: Vec<String>,
    replicas: Vec<ArgoReplica>,
    common_labels: BTreeMap<String, String>,
    common_annotations: BTreeMap<String, String>,
    namespace: String,
    patches: Vec<Patch>,
    components: Vec<String>,
    label_without_selector: bool,
    label_include_templates: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ArgoReplica {
    name: String,
    /// A number or its text.
    count: Value,
}

/// Lays an engine's settings over a kustomization.
pub type Overlay = Box<dyn Fn(&mut Kustomization)>;

/// Reads Argo CD's settings; the answer lays them over a kustomization.
pub fn from_argo(value: Option<&Value>) -> Result<Overlay, RenderError> {
    let Some(value) = value else { return Ok(Box::new(|_| {})) };
    let read: ArgoKustomize = serde_json::from_value(value.clone()).map_err(|e| impossible("spec.source.kustomize", e.to_string()))?;
    Ok(Box::new(move |spec| lay_argo(&read, spec)))
}

fn lay_argo(own: &ArgoKustomize, spec: &mut Kustomization) {
    set(&own.name_prefix, &mut spec.name_prefix);
    set(&own.name_suffix, &mut spec.name_suffix);
    set(&own.namespace, &mut spec.namespace);
    for image in own.images.iter().filter_map(|text| argo_image(text)) {
        put_image(image, spec);
    }
    for replica in &own.replicas {
        let count = replica.count.as_i64().or_else(|| replica.count.as_str().and_then(|s| s.parse().ok()));
        if let Some(count) = count {
            spec.replicas.retain(|r| r.name != replica.name);
            spec.replicas.push(Replica { name: replica.name.clone(), count });
        }
    }
    if own.label_without_selector && !own.common_labels.is_empty() {
        spec.labels.push(LabelSet {
            pairs: own.common_labels.clone(),
            include_selectors: false,
            include_templates: own.label_include_templates,
            fields: Vec::new(),
        });
    } else {
        spec.common_labels.extend(own.common_labels.clone());
    }
    spec.common_annotations.extend(own.common_annotations.clone());
    spec.components.extend(own.components.iter().cloned());
    spec.patches.extend(own.patches.iter().cloned());
}

fn set(from: &str, to: &mut String) {
    if !from.is_empty() {
        from.clone_into(to);
    }
}

fn put_image(image: Image, spec: &mut Kustomization) {
    spec.images.retain(|i| i.name != image.name);
    spec.images.push(image);
}

/// `name=new:tag@digest`, `name:tag`, `name@digest`.
fn argo_image(text: &str) -> Option<Image> {
    let (name, new) = match text.split_once('=') {
        Some((name, new)) => (Some(name), new),
        None => (None, text),
    };
    let (rest, digest) = new.split_once('@').unwrap_or((new, ""));
    let tail = rest.rfind('/').map_or(0, |at| at + 1);
    let (base, tag) = match rest.rfind(':').filter(|at| *at >= tail) {
        Some(at) => {
            let (base, tag) = rest.split_at(at);
            (base, tag.trim_start_matches(':'))
        }
        None => (rest, ""),
    };
    let new_name = if name.is_some_and(|n| n != base) { base.to_owned() } else { String::new() };
    let name = name.unwrap_or(base);
    (!name.is_empty()).then(|| Image { name: name.into(), new_name, new_tag: tag.into(), digest: digest.into(), ..Image::default() })
}

/// Flux: fields of the Kustomization object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct FluxBuild {
    images: Vec<Image>,
    patches: Vec<Patch>,
    components: Vec<String>,
    name_prefix: String,
    name_suffix: String,
    target_namespace: String,
}

/// Reads Flux' settings; `namespace` is `spec.targetNamespace`.
pub fn from_flux(value: Option<&Value>, namespace: Option<&str>) -> Result<Overlay, RenderError> {
    let mut read: FluxBuild = match value {
        Some(value) => serde_json::from_value(value.clone()).map_err(|e| impossible("spec", e.to_string()))?,
        None => FluxBuild::default(),
    };
    if let Some(namespace) = namespace {
        namespace.clone_into(&mut read.target_namespace);
    }
    Ok(Box::new(move |spec| {
        set(&read.name_prefix, &mut spec.name_prefix);
        set(&read.name_suffix, &mut spec.name_suffix);
        set(&read.target_namespace, &mut spec.namespace);
        read.images.iter().cloned().for_each(|image| put_image(image, spec));
        for component in &read.components {
            if !spec.components.contains(component) {
                spec.components.push(component.clone());
            }
        }
        spec.patches.extend(read.patches.iter().cloned());
    }))
}
