//! Files the operator asked for: patches of diffs.

use super::place::{private_dir, replace};
use super::{Store, StoreError};
use std::path::PathBuf;

impl Store {
    /// Writes a file (0600) into the directory `exports`; gives its path. Errors: `Full`, `Denied`, `Other`.
    pub fn export(&self, name: &str, text: &str) -> Result<PathBuf, StoreError> {
        let dir = self.dir().join("exports");
        private_dir(&dir)?;
        let path = dir.join(name.replace(['/', '\\'], "_"));
        replace(&path, text.as_bytes())?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn an_export_is_for_its_owner_alone_and_stays_in_its_directory() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let path = store.export("../a.patch", "x\n").unwrap();
        assert!(path.starts_with(dir.path().join("exports")), "{path:?}");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_to_string(path).unwrap(), "x\n");
    }
}
