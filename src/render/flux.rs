//! A build as Flux' kustomize-controller does it.

use super::files::{Files, KUSTOMIZATION_FILES, below, missing};
use super::kustomize::{self, Kustomization};
use super::options::{BuildOptions, RenderError};
use super::substitute;
use serde_json::{Map, Value};

pub fn build(files: &Files<'_>, path: &str, options: &BuildOptions) -> Result<(Vec<Value>, String), RenderError> {
    if !files.is_dir(path) {
        return Err(missing(path, ""));
    }
    let over = kustomize::from_flux(options.build.as_ref(), options.namespace.as_deref())?;
    let given = match files.kustomization(path) {
        Some(_) => None,
        None => Some(Kustomization { resources: generated(files, path)?, ..Kustomization::default() }),
    };
    let mut objects = kustomize::build(files, path, given, &*over)?;
    finish(&mut objects, options, files)?;
    Ok((objects, "driftdeck".into()))
}

/// What kustomize-controller does to objects after the build.
pub fn finish(objects: &mut Vec<Value>, options: &BuildOptions, files: &Files<'_>) -> Result<(), RenderError> {
    common_metadata(objects, options.build.as_ref());
    match &options.substitute {
        Some(vars) => substitute::all(objects, vars, files),
        None => Ok(()),
    }
}

/// Every YAML file below a directory without a kustomization; a directory that has one is taken as it is.
pub fn generated(files: &Files<'_>, path: &str) -> Result<Vec<String>, RenderError> {
    let mut out = Vec::new();
    walk(files, path, "", &mut out)?;
    Ok(out)
}

fn walk(files: &Files<'_>, root: &str, inner: &str, out: &mut Vec<String>) -> Result<(), RenderError> {
    if inner.split('/').count() > 64 {
        return Err(RenderError::TooLarge { what: format!("{root}: directories nested too deeply") });
    }
    let dir = if inner.is_empty() { root.to_owned() } else { below(root, inner) };
    for (name, is_dir) in files.list(&dir).unwrap_or_default() {
        let relative = below(inner, &name);
        if is_dir && files.kustomization(&below(&dir, &name)).is_some() {
            out.push(relative);
        } else if is_dir {
            walk(files, root, &relative, out)?;
        } else if (name.ends_with(".yaml") || name.ends_with(".yml")) && !KUSTOMIZATION_FILES.contains(&name.as_str()) {
            out.push(relative);
        }
    }
    Ok(())
}

/// `spec.commonMetadata`: labels and annotations on every object, on its own metadata only.
fn common_metadata(objects: &mut [Value], build: Option<&Value>) {
    let Some(Value::Object(common)) = build.and_then(|b| b.get("commonMetadata")) else { return };
    for object in objects {
        let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { continue };
        for key in ["labels", "annotations"] {
            let Some(Value::Object(entries)) = common.get(key) else { continue };
            let slot = metadata.entry(key).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(map) = slot {
                map.extend(entries.iter().map(|(k, v)| (k.clone(), v.clone())));
            }
        }
    }
}
