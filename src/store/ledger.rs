//! Which revision of which app was last seen Synced and Healthy, and when.

use super::Store;
use super::error::StoreError;
use super::lines::{Kind, Lines};
use crate::domain::history::LedgerEntry;
use crate::domain::ids::AppId;
use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader};

/// Stays that are kept of an app: enough to go back behind commits that were good for a moment only.
const KEPT: usize = 10;

impl Store {
    /// The newest stays of each app at good revisions, their lines joined, at most ten an app, in no order of apps. The whole file is looked at, a line at a time: the
    /// last good revision of an app that is long broken stands far from the end. Errors: `Denied`, `Other`.
    pub fn load_ledger(&self) -> Result<Lines<LedgerEntry>, StoreError> {
        let mut out = Lines::default();
        let Some(file) = self.open_lines(Kind::Ledger)? else { return Ok(out) };
        let (mut reader, mut text) = (BufReader::new(file), Vec::new());
        let mut newest: HashMap<AppId, VecDeque<LedgerEntry>> = HashMap::new();
        while reader.read_until(b'\n', &mut text).map_err(|e| StoreError::io(&self.path_of(Kind::Ledger), &e))? > 0 {
            if text != b"\n"
                && let Some(entry) = out.read(&text)
            {
                join(&mut newest, entry);
            }
            text.clear();
        }
        out.entries = newest.into_values().flatten().collect();
        Ok(out)
    }
}

/// Lines of one stay follow each other.
fn join(newest: &mut HashMap<AppId, VecDeque<LedgerEntry>>, line: LedgerEntry) {
    let stays = newest.entry(line.app.clone()).or_default();
    match stays.back_mut() {
        Some(known) if known.revision == line.revision => {
            known.first_at = known.first_at.min(line.first_at);
            known.last_at = known.last_at.max(line.last_at);
        }
        _ => stays.push_back(line),
    }
    if stays.len() > KEPT {
        stays.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, stay};
    use super::*;

    #[test]
    fn the_last_stays_of_each_app_survive_a_restart_with_their_lines_joined() {
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
        read.entries.sort_by(|a, b| a.app.name.cmp(&b.app.name).then_with(|| a.first_at.cmp(&b.first_at)));
        assert_eq!((read.newer, read.unreadable), (0, 0));
        let said: Vec<_> = read.entries.iter().map(|e| (e.app.name.as_str(), e.revision.as_str(), e.first_at, e.last_at)).collect();
        let kept = [("api", "a", at(5), at(9)), ("api", "z", at(10), at(20)), ("web", "a", at(0), at(0)), ("web", "b", at(200), at(400))];
        assert_eq!(said, kept);
    }
}
