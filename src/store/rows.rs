//! The rows of a cluster as they were last seen: shown dim and aged at the next start.

use super::error::StoreError;
use super::{Store, VERSION, place};
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::ids::ClusterId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// One file of `rows/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    pub v: u32,
    pub cluster: ClusterId,
    pub saved_at: Timestamp,
    pub apps: Vec<App>,
}

impl Store {
    /// Replaces the cluster's file. Errors: `Full`, `Denied`, `Newer` (a newer driftdeck uses the directory), `Other`.
    pub fn save_rows<A: Serialize>(&self, cluster: &ClusterId, apps: &[A], at: Timestamp) -> Result<(), StoreError> {
        #[derive(Serialize)]
        struct File<'a, A> {
            v: u32,
            cluster: &'a ClusterId,
            saved_at: Timestamp,
            apps: &'a [A],
        }
        let path = self.rows_path(cluster);
        let _lock = place::lock(&self.dir, true)?;
        keep_newer(&path)?;
        // Written as it is made: the text of a large fleet is larger than the fleet.
        place::replace_with(&path, |out| Ok(serde_json::to_writer(out, &File { v: VERSION, cluster, saved_at: at, apps })?))
    }

    /// The last known rows; `None` when there are none. Errors: `Newer`, `Unreadable` (the file was renamed), `Denied`, `Other`.
    pub fn load_rows(&self, cluster: &ClusterId) -> Result<Option<Rows>, StoreError> {
        place::read(&self.rows_path(cluster))
    }

    /// Context names hold slashes and colons: kept readable, made unique.
    fn rows_path(&self, cluster: &ClusterId) -> PathBuf {
        let name = cluster.as_str();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).take(60).collect();
        let file = if plain == name {
            format!("{plain}.json")
        } else {
            let digest: String = Sha256::digest(name.as_bytes()).iter().take(5).map(|b| format!("{b:02x}")).collect();
            format!("{plain}.{digest}.json")
        };
        self.dir.join("rows").join(file)
    }
}

fn keep_newer(path: &std::path::Path) -> Result<(), StoreError> {
    match place::version(path) {
        Err(error) if error.class == super::StoreClass::Newer => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::StoreClass;
    use super::*;

    #[test]
    fn rows_come_back_and_each_context_name_has_a_file_of_its_own() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("state")).unwrap();
        assert_eq!(std::fs::metadata(store.dir()).unwrap().permissions().mode() & 0o777, 0o700);
        let at = Timestamp::from_second(1_780_000_000).unwrap();
        let names = ["prod-eu", "arn:aws:eks:eu:1:cluster/prod", "arn:aws:eks:eu:1:cluster:prod", "../../evil", "PROD-EU/"];
        for name in names {
            store.save_rows(&ClusterId::new(name), &[] as &[App], at).unwrap();
        }
        for name in names {
            let rows = store.load_rows(&ClusterId::new(name)).unwrap().unwrap();
            assert_eq!((rows.cluster.as_str(), rows.saved_at), (name, at));
        }
        let files: Vec<_> = std::fs::read_dir(store.dir().join("rows")).unwrap().flatten().collect();
        assert_eq!(files.len(), names.len());
        assert!(files.iter().all(|f| f.metadata().unwrap().permissions().mode() & 0o777 == 0o600));
        assert_eq!(store.load_rows(&ClusterId::new("unknown")).unwrap(), None);
    }

    #[test]
    fn a_newer_file_is_left_alone_and_a_broken_one_is_set_aside() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let id = ClusterId::new("prod");
        let path = dir.path().join("rows/prod.json");
        std::fs::write(&path, r#"{"v":9,"shape":"new"}"#).unwrap();
        let at = Timestamp::UNIX_EPOCH;
        assert_eq!(store.load_rows(&id).unwrap_err().class, StoreClass::Newer);
        assert_eq!(store.save_rows(&id, &[] as &[App], at).unwrap_err().class, StoreClass::Newer);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), r#"{"v":9,"shape":"new"}"#);
        std::fs::write(&path, "{half").unwrap();
        let error = store.load_rows(&id).unwrap_err();
        assert!(error.class == StoreClass::Unreadable && error.message.contains("prod.json.bad"), "{error}");
        assert_eq!(std::fs::read_to_string(dir.path().join("rows/prod.json.bad")).unwrap(), "{half");
        assert_eq!(store.load_rows(&id).unwrap(), None);
    }

    #[test]
    fn a_full_disk_is_told_apart() {
        let full = std::path::Path::new("/dev/full");
        if full.exists() {
            let error = std::io::Write::write_all(&mut std::fs::OpenOptions::new().write(true).open(full).unwrap(), b"x").unwrap_err();
            assert_eq!(StoreError::io(full, &error).class, StoreClass::Full);
        }
    }
}
