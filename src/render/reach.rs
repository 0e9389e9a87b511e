//! Which files and directories an app is built from, without building it.

use super::files::{Files, below};
use super::kustomize::spec::{Generator, Patch};
use super::options::{BuildKind, BuildOptions, Engine};
use super::{flux, limits, plain};
use crate::domain::tree::{FileTree, join};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// The path set of an app: `path` itself, every directory and local file its build reaches, Helm value files and `$ref` files.
///
/// Best effort: what is broken or missing is still in the set (mending it would touch it), and nothing fails. A directory in the set stands for all
/// that is below it.
pub fn reach(tree: &dyn FileTree, path: &str, options: &BuildOptions) -> BTreeSet<String> {
    let files = Files::new(tree);
    let mut walk = Walk { files: &files, out: BTreeSet::from([path.to_owned()]), remote: Vec::new(), built: 0 };
    match files.build_kind(path) {
        BuildKind::Kustomize => walk.directory(path, 0),
        BuildKind::Helm => {}
        BuildKind::Plain if options.engine == Engine::Flux => {
            for entry in flux::generated(&files, path).unwrap_or_default() {
                walk.entry(path, &entry, 0);
            }
        }
        BuildKind::Plain => walk.out.extend(plain::manifest_files(&files, path, options).unwrap_or_default()),
    }
    walk.laid_over(path, options);
    for file in &options.value_files {
        let full = match file.strip_prefix('$') {
            Some(reference) => reference.split_once('/').and_then(|(_, inner)| join("", inner)),
            None if file.contains("://") => None,
            None => join(path, file),
        };
        walk.out.extend(full);
    }
    for name in [".argocd-source.yaml", ".sourceignore"] {
        let file = below(path, name);
        if options.engine == if name.starts_with(".argocd") { Engine::Argo } else { Engine::Flux } && tree.read(&file).is_some() {
            walk.out.insert(file);
        }
    }
    walk.out
}

/// The fields of a kustomization that name files; anything else may be broken.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Names {
    resources: Vec<Value>,
    bases: Vec<Value>,
    components: Vec<Value>,
    patches_strategic_merge: Vec<Value>,
    crds: Vec<Value>,
    configurations: Vec<Value>,
    generators: Vec<Value>,
    transformers: Vec<Value>,
    validators: Vec<Value>,
    replacements: Vec<Value>,
    helm_charts: Vec<Value>,
    openapi: Value,
    patches: Vec<Value>,
    #[serde(rename = "patchesJson6902")]
    patches_json6902: Vec<Value>,
    config_map_generator: Vec<Value>,
    secret_generator: Vec<Value>,
}

struct Walk<'a, 'f> {
    files: &'a Files<'f>,
    out: BTreeSet<String>,
    remote: Vec<String>,
    built: usize,
}

/// Remote references of the kustomizations below `path`: what a build would fetch.
pub fn remote_references(tree: &dyn FileTree, path: &str) -> Vec<String> {
    let files = Files::new(tree);
    let mut walk = Walk { files: &files, out: BTreeSet::new(), remote: Vec::new(), built: 0 };
    walk.directory(path, 0);
    walk.remote
}

impl Walk<'_, '_> {
    /// A kustomization's directory: the files it names count, not everything beside them.
    fn directory(&mut self, dir: &str, depth: usize) {
        self.built += 1;
        if depth > limits::DEPTH || self.built > limits::KUSTOMIZATIONS {
            return;
        }
        let Some(file) = self.files.kustomization(dir) else { return };
        let documents = self.files.read(&file, "").ok().and_then(|bytes| super::yaml::documents(&file, &bytes).ok());
        self.out.insert(file);
        let Some(document) = documents.and_then(|d| d.into_iter().next()) else { return };
        let names = names(document);
        for text in [&names.resources, &names.bases, &names.components, &names.generators, &names.transformers, &names.validators] {
            text.iter().filter_map(Value::as_str).for_each(|entry| self.entry(dir, entry, depth + 1));
        }
        for text in [&names.patches_strategic_merge, &names.crds, &names.configurations] {
            text.iter().filter_map(Value::as_str).filter(|t| !t.contains('\n')).for_each(|entry| self.entry(dir, entry, depth + 1));
        }
        for map in names.patches.iter().chain(&names.patches_json6902).chain(&names.replacements).chain([&names.openapi]) {
            if let Some(path) = map.get("path").and_then(Value::as_str) {
                self.entry(dir, path, depth + 1);
            }
        }
        for chart in &names.helm_charts {
            let more = chart.get("additionalValuesFiles").and_then(Value::as_array).into_iter().flatten();
            more.chain(chart.get("valuesFile")).filter_map(Value::as_str).for_each(|entry| self.entry(dir, entry, depth + 1));
        }
        for generator in names.config_map_generator.iter().chain(&names.secret_generator) {
            self.generator(dir, generator, depth);
        }
    }

    fn generator(&mut self, dir: &str, generator: &Value, depth: usize) {
        let Ok(generator) = serde_json::from_value::<Generator>(generator.clone()) else { return };
        for file in &generator.files {
            self.entry(dir, file.split_once('=').map_or(file.as_str(), |(_, path)| path), depth + 1);
        }
        generator.envs.iter().chain(Some(&generator.env).filter(|e| !e.is_empty())).for_each(|env| self.entry(dir, env, depth + 1));
    }

    fn entry(&mut self, dir: &str, entry: &str, depth: usize) {
        if super::kustomize::is_remote(entry) {
            self.remote.push(entry.to_owned());
            return;
        }
        let Some(path) = join(dir, entry) else { return };
        // A directory reached twice is read once.
        if self.files.is_dir(&path) {
            if self.out.insert(path.clone()) {
                self.directory(&path, depth);
            }
        } else {
            self.out.insert(path);
        }
    }

    /// Components and patches that the engine's object adds.
    fn laid_over(&mut self, path: &str, options: &BuildOptions) {
        for extra in [&options.kustomize, &options.build].into_iter().flatten() {
            for component in extra.get("components").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
                self.entry(path, component, 1);
            }
            for patch in extra.get("patches").and_then(Value::as_array).into_iter().flatten() {
                if let Some(patch) = serde_json::from_value::<Patch>(patch.clone()).ok().filter(|p| !p.path.is_empty()) {
                    self.entry(path, &patch.path, 1);
                }
            }
        }
    }
}

/// Reads field by field, so that one broken field hides no other.
fn names(document: Value) -> Names {
    let Value::Object(map) = document else { return Names::default() };
    let kept: serde_json::Map<String, Value> = map.into_iter().filter(|(key, value)| value.is_array() || key == "openapi").collect();
    serde_json::from_value(Value::Object(kept)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tree::MemoryTree;

    fn tree(files: &[(&str, &str)]) -> MemoryTree {
        MemoryTree(files.iter().map(|(p, t)| ((*p).to_owned(), t.as_bytes().to_vec())).collect())
    }

    #[test]
    fn everything_a_kustomization_names_is_in_the_set_and_neighbours_are_not() {
        let tree = tree(&[
            (
                "apps/web/prod/kustomization.yaml",
                "resources: [../base, ns.yaml]\ncomponents: [../../../lib/hpa]\npatches: [{path: p.yaml}]\nconfigMapGenerator: [{name: a, files: [x=c.txt], envs: [e.env]}]\n",
            ),
            ("apps/web/base/kustomization.yml", "resources: [d.yaml, gone.yaml, \"https://x/y\"]\n"),
            ("apps/web/base/d.yaml", ""),
            ("lib/hpa/kustomization.yaml", "patchesStrategicMerge: [q.yaml]\nbroken: ["),
            ("apps/web/dev/kustomization.yaml", ""),
        ]);
        let mut options = BuildOptions::new(Engine::Argo);
        options.kustomize = Some(serde_json::json!({"components": ["../../../lib/x"]}));
        let set = reach(&tree, "apps/web/prod", &options);
        let expected = [
            "apps/web/base",
            "apps/web/base/d.yaml",
            "apps/web/base/gone.yaml",
            "apps/web/base/kustomization.yml",
            "apps/web/prod",
            "apps/web/prod/c.txt",
            "apps/web/prod/e.env",
            "apps/web/prod/kustomization.yaml",
            "apps/web/prod/ns.yaml",
            "apps/web/prod/p.yaml",
            "lib/hpa",
            "lib/hpa/kustomization.yaml",
            "lib/x",
        ];
        assert_eq!(set.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn value_files_and_plain_directories_count() {
        let tree =
            tree(&[("c/Chart.yaml", ""), ("c/values-prod.yaml", ""), ("d/a.yaml", "x: ["), ("d/sub/b.yaml", ""), ("d/readme.md", "")]);
        let mut options = BuildOptions::new(Engine::Argo);
        options.value_files = vec!["values-prod.yaml".into(), "$values/env/prod.yaml".into(), "/top.yaml".into(), "../../../x".into()];
        let set = reach(&tree, "c", &options);
        assert_eq!(set.into_iter().collect::<Vec<_>>(), ["c", "c/values-prod.yaml", "env/prod.yaml", "top.yaml"]);
        let set = reach(&tree, "d", &BuildOptions::new(Engine::Flux));
        assert_eq!(set.into_iter().collect::<Vec<_>>(), ["d", "d/a.yaml", "d/sub/b.yaml"]);
        let set = reach(&tree, "gone", &BuildOptions::new(Engine::Argo));
        assert_eq!(set.into_iter().collect::<Vec<_>>(), ["gone"]);
    }

    #[test]
    fn a_cycle_ends() {
        let tree = tree(&[("a/kustomization.yaml", "resources: [../b]"), ("b/kustomization.yaml", "resources: [../a]")]);
        assert_eq!(reach(&tree, "a", &BuildOptions::new(Engine::Flux)).len(), 4);
    }
}
