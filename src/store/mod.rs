//! The state directory: last known rows, the ledger of good revisions, the timeline and when it was kept, the journal, and marks made on screen.
//!
//! May import: `domain`, serde_json and the standard library; nothing else of ours. All calls block briefly.
//! Several programs may use one directory: a line is one write at the end of a file, a whole file is replaced by a rename, and both hold
//! the directory's lock. Files of a newer version are left alone and named.
//! To extend: a new list of lines is a type with a `v` and one [`Kind`]; a new choice made on screen is a field of [`marks::Marks`].

pub mod error;
mod exports;
mod ledger;
pub mod lines;
pub mod marks;
mod place;
mod prune;
pub mod rows;

pub use error::{StoreClass, StoreError};
pub use lines::{Kind, Lines};
pub use marks::{Fingerprint, Marks};
pub use place::private_dir;
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
    /// Makes the directory where it is missing, and keeps others out of it (0700). Errors: `Full`, `Denied`, `Other`.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        place::private_dir(dir)?;
        place::private_dir(&dir.join("rows"))?;
        Ok(Self { dir: dir.to_owned() })
    }
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::domain::history::LedgerEntry;
    use crate::domain::ids::{AppId, AppKind, ClusterId};
    use crate::domain::journal::{JournalEntry, TimelineEntry, TimelineKind};
    use crate::domain::plan::Plan;

    pub fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + seconds).unwrap()
    }

    pub fn entry(seconds: i64, text: &str) -> TimelineEntry {
        let (at, kind, place) = (at(seconds), TimelineKind::Health, "prod".into());
        TimelineEntry { v: 1, at, kind, place, app: None, text: text.into(), revision: None }
    }

    pub fn stay(name: &str, revision: &str, first: i64, last: i64) -> LedgerEntry {
        let app = AppId { cluster: ClusterId::new("prod"), kind: AppKind::Application, namespace: "argocd".into(), name: name.into() };
        LedgerEntry { app, revision: revision.into(), first_at: at(first), last_at: at(last) }
    }

    pub fn journal_entry() -> JournalEntry {
        let plan = Plan::new("sync", "Sync web", "Sync", "1");
        JournalEntry {
            v: 1,
            at: at(0),
            task: 1,
            operator: "me".into(),
            host: "here".into(),
            plan,
            typed: None,
            outcome: None,
            note: None,
            ended_well: None,
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_could_look_into_is_closed() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        std::fs::create_dir_all(state.join("rows")).unwrap();
        for path in [&state, &state.join("rows")] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        Store::open(&state).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&state), mode(&state.join("rows"))), (0o700, 0o700));
    }
}
