//! The tree as one build sees it: each file that is read is remembered.

use super::limits;
use super::options::{BuildKind, RenderError, Rendered};
use super::yaml;
use crate::domain::text::sanitise;
use crate::domain::tree::FileTree;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// The names kustomize looks for, in its order.
pub const KUSTOMIZATION_FILES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

pub struct Files<'a> {
    tree: &'a dyn FileTree,
    read: RefCell<BTreeSet<String>>,
    warnings: RefCell<Vec<String>>,
    bytes: Cell<usize>,
    kustomizations: Cell<usize>,
}

/// `dir/name`, or the name alone at the root.
pub fn below(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

impl<'a> Files<'a> {
    pub fn new(tree: &'a dyn FileTree) -> Self {
        Self { tree, read: RefCell::default(), warnings: RefCell::default(), bytes: Cell::new(0), kustomizations: Cell::new(0) }
    }

    /// The file's bytes; `by` is the file that names it.
    pub fn read(&self, path: &str, by: &str) -> Result<Vec<u8>, RenderError> {
        let bytes = self.tree.read(path).ok_or_else(|| missing(path, by))?;
        self.read.borrow_mut().insert(path.to_owned());
        self.bytes.set(self.bytes.get().saturating_add(bytes.len()));
        if bytes.len() > limits::FILE_BYTES || self.bytes.get() > limits::BUILD_BYTES {
            return Err(RenderError::TooLarge { what: format!("{}: the build reads too much", sanitise(path, 200)) });
        }
        Ok(bytes)
    }

    /// All documents of a manifest file, lists unfolded.
    pub fn objects(&self, path: &str, by: &str) -> Result<Vec<Value>, RenderError> {
        let bytes = self.read(path, by)?;
        yaml::objects(path, &bytes)
    }

    pub fn list(&self, dir: &str) -> Option<Vec<(String, bool)>> {
        self.tree.list(dir)
    }

    pub fn is_dir(&self, path: &str) -> bool {
        path.is_empty() || self.tree.list(path).is_some()
    }

    /// The kustomization file of a directory.
    pub fn kustomization(&self, dir: &str) -> Option<String> {
        let names = self.tree.list(dir)?;
        let has = |name: &str| names.iter().any(|(n, is_dir)| n == name && !is_dir);
        KUSTOMIZATION_FILES.into_iter().find(|name| has(name)).map(|name| below(dir, name))
    }

    pub fn build_kind(&self, dir: &str) -> BuildKind {
        if self.kustomization(dir).is_some() {
            BuildKind::Kustomize
        } else if self.list(dir).is_some_and(|names| names.iter().any(|(n, is_dir)| n == "Chart.yaml" && !is_dir)) {
            BuildKind::Helm
        } else {
            BuildKind::Plain
        }
    }

    pub fn warn(&self, warning: String) {
        let mut warnings = self.warnings.borrow_mut();
        if warnings.len() < 50 && !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// Counts one more kustomization of this build.
    pub fn enter(&self, dir: &str) -> Result<(), RenderError> {
        self.kustomizations.set(self.kustomizations.get() + 1);
        if self.kustomizations.get() > limits::KUSTOMIZATIONS {
            return Err(RenderError::TooLarge {
                what: format!("{}: more than {} kustomizations", sanitise(dir, 200), limits::KUSTOMIZATIONS),
            });
        }
        Ok(())
    }

    pub fn finish(self, objects: Vec<Value>, tool: String) -> Rendered {
        Rendered { objects, files: self.read.into_inner(), tool, warnings: self.warnings.into_inner() }
    }
}

pub fn missing(path: &str, by: &str) -> RenderError {
    RenderError::Missing { path: sanitise(path, 300), by: sanitise(by, 300) }
}
