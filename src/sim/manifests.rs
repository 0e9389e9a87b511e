//! Desired manifests of a directory, as the engine of an app builds it.

use super::repos::Tree;
use crate::domain::tree::FileTree;
use crate::render::{BuildOptions, Engine};
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

/// Objects that a directory builds. Errors: the path is absent, or it cannot be built.
pub fn manifests(tree: &Tree, engine: Engine, path: &str) -> Result<Vec<Value>, String> {
    let path = path.trim_start_matches("./").trim_matches('/');
    if tree.below(path).next().is_none() {
        return Err(format!("{path}: app path does not exist"));
    }
    crate::render::manifests(tree, path, &BuildOptions::new(engine)).map(|built| built.objects).map_err(|error| error.to_string())
}

/// Name and tag of an image reference without a digest.
pub fn split_image(image: &str) -> (&str, Option<&str>) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (image, None),
    }
}
