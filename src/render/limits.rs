//! How much one build may read and make.

/// Bytes of one file.
pub const FILE_BYTES: usize = 16 << 20;
/// Bytes of all files of a build, a file read twice counted twice.
pub const BUILD_BYTES: usize = 64 << 20;
/// Objects of a build.
pub const OBJECTS: usize = 20_000;
/// Kustomizations inside each other.
pub const DEPTH: usize = 32;
/// Kustomizations of one build in all: a lattice of shared bases grows exponentially with its depth.
pub const KUSTOMIZATIONS: usize = 2_000;
/// YAML nodes of one file.
pub const YAML_NODES: usize = 2_000_000;
