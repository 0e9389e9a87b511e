//! YAML in and out: manifests to JSON values, values to the text that is compared.

mod read;
mod write;

pub use read::{documents, objects};
pub use write::to_yaml;
pub(super) use write::{in_order, rows_below};
