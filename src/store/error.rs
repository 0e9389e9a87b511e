//! Why the state directory did not take or give something.

use std::fmt;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreClass {
    /// No space, or over a quota: shown once, everything else goes on.
    Full,
    /// Not ours to read or write, or a read-only file system.
    Denied,
    /// Written by a newer driftdeck; left alone.
    Newer,
    /// Could not be read as what it should be; the file was renamed.
    Unreadable,
    Other,
}

/// The class, the file, and one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    pub class: StoreClass,
    pub path: PathBuf,
    pub message: String,
}

impl StoreError {
    pub(super) fn new(class: StoreClass, path: &Path, message: impl Into<String>) -> Self {
        Self { class, path: path.to_owned(), message: message.into() }
    }
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind as E;
        let class = match error.kind() {
            E::StorageFull | E::QuotaExceeded | E::FileTooLarge => StoreClass::Full,
            E::PermissionDenied | E::ReadOnlyFilesystem => StoreClass::Denied,
            _ => StoreClass::Other,
        };
        Self::new(class, path, error.to_string())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.message)
    }
}

impl std::error::Error for StoreError {}
