//! Which revision of which app was last seen Synced and Healthy, and when.

use super::Store;
use super::error::StoreError;
use super::lines::{Kind, Lines};
use crate::domain::history::LedgerEntry;
use crate::domain::ids::AppId;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};

impl Store {
    /// The newest stay of each app at a good revision, its lines joined, in no order. The whole file is looked at, a line at a time: the
    /// last good revision of an app that is long broken stands far from the end. Errors: `Denied`, `Other`.
    pub fn load_ledger(&self) -> Result<Lines<LedgerEntry>, StoreError> {
        let mut out = Lines::default();
        let Some(file) = self.open_lines(Kind::Ledger)? else { return Ok(out) };
        let (mut reader, mut text) = (BufReader::new(file), Vec::new());
        let mut newest: HashMap<AppId, LedgerEntry> = HashMap::new();
        while reader.read_until(b'\n', &mut text).map_err(|e| StoreError::io(&self.path_of(Kind::Ledger), &e))? > 0 {
            if text != b"\n"
                && let Some(entry) = out.read(&text)
            {
                join(&mut newest, entry);
            }
            text.clear();
        }
        out.entries = newest.into_values().collect();
        Ok(out)
    }
}

fn join(newest: &mut HashMap<AppId, LedgerEntry>, line: LedgerEntry) {
    match newest.get_mut(&line.app) {
        Some(known) if known.revision == line.revision => {
            known.first_at = known.first_at.min(line.first_at);
            known.last_at = known.last_at.max(line.last_at);
        }
        Some(known) if known.last_at > line.last_at => {}
        Some(known) => *known = line,
        None => drop(newest.insert(line.app.clone(), line)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, stay};
    use super::*;

    #[test]
    fn the_last_stay_of_each_app_survives_a_restart_with_its_lines_joined() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let lines = [
            stay("web", "a", 0, 0),
            stay("web", "b", 200, 200),
            stay("web", "b", 200, 300),
            // Another run, which did not know of the stay yet.
            stay("web", "b", 350, 400),
            stay("api", "z", 10, 20),
            stay("api", "a", 5, 9),
        ];
        store.append_ledger(&lines).unwrap();
        let mut read = store.load_ledger().unwrap();
        read.entries.sort_by(|a, b| a.app.name.cmp(&b.app.name));
        assert_eq!((read.newer, read.unreadable), (0, 0));
        let said: Vec<_> = read.entries.iter().map(|e| (e.app.name.as_str(), e.revision.as_str(), e.first_at, e.last_at)).collect();
        assert_eq!(said, [("api", "z", at(10), at(20)), ("web", "b", at(200), at(400))]);
    }
}
