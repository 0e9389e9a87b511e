//! The common part of kustomize, in process; what is not here is refused by name.
//!
//! The order of a kustomization's work is kustomize's: resources, generators, components, patches, namespace, prefix, suffix, labels,
//! annotations, JSON patches, replicas, images; hashes and references once, at the end of the outermost build. Output keeps input order.

mod accumulate;
mod annotations;
mod fields;
mod generate;
mod hash;
mod images;
mod item;
mod labels;
mod merge;
mod merge_keys;
mod names;
mod namespace;
mod overlay;
mod patch;
#[cfg(test)]
mod reference;
mod references;
mod replicas;
mod select;
pub mod spec;

pub use accumulate::is_remote;
pub use overlay::{from_argo, from_flux};
pub use spec::Kustomization;

use super::files::Files;
use super::options::RenderError;
use serde_json::Value;

/// Builds the kustomization of directory `dir` with the engine's own settings laid over it; `given` stands in for a missing file.
pub fn build(
    files: &Files<'_>,
    dir: &str,
    given: Option<Kustomization>,
    over: &dyn Fn(&mut Kustomization),
) -> Result<Vec<Value>, RenderError> {
    let mut items = accumulate::Build::new(files).root(dir, given, over)?;
    hash::add(&mut items);
    references::fix(&mut items);
    Ok(items.into_iter().map(|item| item.value).collect())
}
