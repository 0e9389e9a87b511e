//! Desired manifests of a directory, as the engine of an app builds it.

use super::repos::Tree;
use crate::domain::tree::FileTree;
use crate::render::{BuildOptions, Engine, RenderError};
use serde_json::Value;

impl FileTree for Tree {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.file(path).map(|text| text.as_bytes().to_vec())
    }

    fn list(&self, dir: &str) -> Option<Vec<(String, bool)>> {
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let mut out: Vec<(String, bool)> = Vec::new();
        for (path, _) in self.below(dir) {
            let Some(rest) = path.strip_prefix(&prefix) else { continue };
            out.push(rest.split_once('/').map_or((rest.to_owned(), false), |(name, _)| (name.to_owned(), true)));
        }
        out.sort();
        out.dedup();
        (!out.is_empty() || dir.is_empty()).then_some(out)
    }
}

/// Why a directory builds nothing, in the words of the engine that tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildFailure {
    NoPath(String),
    Build(String),
}

impl BuildFailure {
    pub fn words(self) -> String {
        match self {
            Self::NoPath(words) | Self::Build(words) => words,
        }
    }
}

/// Objects that a directory builds. Errors: the path is absent, or it cannot be built.
pub fn manifests(tree: &Tree, engine: Engine, path: &str) -> Result<Vec<Value>, BuildFailure> {
    let path = path.trim_start_matches("./").trim_matches('/');
    if tree.below(path).next().is_none() {
        return Err(BuildFailure::NoPath(match engine {
            Engine::Argo => format!("Manifest generation error (cached): {path}: app path does not exist"),
            Engine::Flux => format!("kustomization path not found: stat {FLUX_ROOT}/{path}: no such file or directory"),
        }));
    }
    let built = crate::render::manifests(tree, path, &BuildOptions::new(engine));
    let has_kustomization = ["kustomization.yaml", "kustomization.yml", "Kustomization"].iter().any(|name| {
        let file = format!("{path}/{name}");
        tree.file(file.trim_start_matches('/')).is_some()
    });
    built.map(|built| built.objects).map_err(|error| BuildFailure::Build(words(engine, path, has_kustomization, &error)))
}

const FLUX_ROOT: &str = "/tmp/kustomization-3896471131";
const ARGO_ROOT: &str = "<path to cached source>";

/// What a failed build makes of an engine's status.
fn words(engine: Engine, path: &str, has_kustomization: bool, error: &RenderError) -> String {
    let root = if engine == Engine::Argo { ARGO_ROOT } else { FLUX_ROOT };
    let from = |file: &str| file.strip_prefix(path).map_or(file, |rest| rest.trim_start_matches('/')).to_owned();
    let yaml = |line: &Option<u64>, cause: &str| match line {
        Some(line) => format!("yaml: line {line}: {cause}"),
        None => format!("yaml: {cause}"),
    };
    let kustomize = match error {
        RenderError::Missing { path: file, by } if !by.is_empty() => format!(
            "accumulating resources: accumulation err='accumulating resources from '{}': open {root}/{file}: no such file or directory': must \
             build at directory: not a valid directory: evalsymlink failure on '{root}/{file}' : lstat {root}/{file}: no such file or directory",
            from(file)
        ),
        RenderError::Broken { file, line, cause } if has_kustomization => format!(
            "accumulating resources: accumulation err='accumulating resources from '{0}': MalformedYAMLError: {1} in File: {0}': must build at \
             directory: '{root}/{file}': file is not directory",
            from(file),
            yaml(line, cause)
        ),
        RenderError::Broken { file, line, cause } => {
            let why = format!("error converting YAML to JSON: {}", yaml(line, cause));
            return match engine {
                Engine::Argo => {
                    format!("Manifest generation error (cached): Failed to unmarshal {:?}: failed to unmarshal manifest: {why}", from(file))
                }
                Engine::Flux => format!("kustomize build failed: failed to decode Kubernetes YAML from {root}/{file}: {why}"),
            };
        }
        other => other.to_string(),
    };
    match engine {
        Engine::Argo => {
            format!("Manifest generation error (cached): `kustomize build {ARGO_ROOT}/{path}` failed exit status 1: Error: {kustomize}")
        }
        Engine::Flux => format!("kustomize build failed: {kustomize}"),
    }
}

/// Name and tag of an image reference without a digest.
pub fn split_image(image: &str) -> (&str, Option<&str>) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (image, None),
    }
}
