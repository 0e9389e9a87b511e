//! The state directory: last known rows, the ledger of good revisions, the timeline, the journal, and marks made on screen.
//!
//! May import: `domain`, serde_json and the standard library; nothing else of ours. All calls block briefly.
//! Several programs may use one directory: a line is one write at the end of a file, a whole file is replaced by a rename, and both hold
//! the directory's lock. Files of a newer version are left alone and named.
//! To extend: a new list of lines is a type with a `v` and one [`Kind`]; a new choice made on screen is a field of [`marks::Marks`].

pub mod error;
mod exports;
pub mod lines;
pub mod marks;
mod place;
pub mod rows;

pub use error::{StoreClass, StoreError};
pub use lines::{Kind, Lines};
pub use marks::{Fingerprint, Marks};
pub use rows::Rows;

use std::path::{Path, PathBuf};

/// Version written into every file and line.
pub const VERSION: u32 = 1;

/// An opened state directory.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
}

impl Store {
    /// Makes the directory (0700) where it is missing. Errors: `Full`, `Denied`, `Other`.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        place::private_dir(dir)?;
        place::private_dir(&dir.join("rows"))?;
        Ok(Self { dir: dir.to_owned() })
    }
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}
