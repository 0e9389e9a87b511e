//! Which revisions of which app were seen Synced and Healthy, and when.

use crate::domain::Timestamp;
use crate::domain::history::LedgerEntry;
use crate::domain::ids::AppId;
use std::collections::HashMap;

/// A longer stay at the same revision is written down this often, not at each look.
const WRITE_EVERY: jiff::SignedDuration = jiff::SignedDuration::from_mins(1);

/// The ledger in memory; lines that it returns are to be appended to the store.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Oldest first.
    apps: HashMap<AppId, Vec<LedgerEntry>>,
    written: HashMap<AppId, Timestamp>,
}

impl Ledger {
    /// From the lines of a store, in any order; lines of one stay at a revision are joined.
    pub fn seed(lines: impl IntoIterator<Item = LedgerEntry>) -> Self {
        let mut apps: HashMap<AppId, Vec<LedgerEntry>> = HashMap::new();
        for line in lines {
            apps.entry(line.app.clone()).or_default().push(line);
        }
        for entries in apps.values_mut() {
            entries.sort_by_key(|e| (e.first_at, e.last_at));
            entries.dedup_by(|next, kept| {
                let same = next.revision == kept.revision;
                if same {
                    kept.last_at = kept.last_at.max(next.last_at);
                }
                same
            });
        }
        Self { apps, written: HashMap::new() }
    }

    /// The app was seen good at a revision. Gives the line to write down, at most one a minute while the revision stays.
    pub fn record(&mut self, app: &AppId, revision: &str, at: Timestamp) -> Option<LedgerEntry> {
        let entries = self.apps.entry(app.clone()).or_default();
        let entry = match entries.last_mut() {
            Some(last) if last.revision == revision => {
                last.last_at = last.last_at.max(at);
                let due = self.written.get(app).is_none_or(|w| at.duration_since(*w) >= WRITE_EVERY);
                due.then(|| last.clone())?
            }
            _ => {
                let new = LedgerEntry { app: app.clone(), revision: revision.to_owned(), first_at: at, last_at: at };
                entries.push(new.clone());
                new
            }
        };
        self.written.insert(app.clone(), at);
        Some(entry)
    }

    /// The newest good revision.
    pub fn last_good(&self, app: &AppId) -> Option<&LedgerEntry> {
        self.apps.get(app)?.last()
    }
    /// The newest good revision that is not this one: where a rollback from it would lead.
    pub fn last_good_but(&self, app: &AppId, revision: &str) -> Option<&LedgerEntry> {
        self.apps.get(app)?.iter().rev().find(|e| e.revision != revision)
    }
    /// All stays at good revisions, newest first.
    pub fn entries(&self, app: &AppId) -> impl Iterator<Item = &LedgerEntry> {
        self.apps.get(app).into_iter().flat_map(|e| e.iter().rev())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;
    use crate::domain::ids::{AppKind, ClusterId};

    fn app() -> AppId {
        AppId { cluster: ClusterId::new("prod"), kind: AppKind::Application, namespace: "argocd".into(), name: "web".into() }
    }
    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_stay_is_extended_and_written_at_most_once_a_minute() {
        let mut ledger = Ledger::default();
        assert!(ledger.record(&app(), "a", at(0)).is_some());
        assert!(ledger.record(&app(), "a", at(30)).is_none());
        assert_eq!(ledger.last_good(&app()).unwrap().last_at, at(30), "known although not written yet");
        assert_eq!(ledger.record(&app(), "a", at(61)).unwrap().first_at, at(0));
        assert!(ledger.record(&app(), "b", at(62)).is_some(), "another revision is written at once");
        assert!(ledger.record(&app(), "a", at(63)).is_some());
        let stays: Vec<_> = ledger.entries(&app()).map(|e| (e.revision.as_str(), e.first_at)).collect();
        assert_eq!(stays, [("a", at(63)), ("b", at(62)), ("a", at(0))]);
        assert_eq!(ledger.last_good_but(&app(), "a").unwrap().revision, "b");
    }

    #[test]
    fn the_ledger_survives_a_restart_with_its_stays_joined() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let mut ledger = Ledger::default();
        for (revision, seconds) in [("a", 0), ("a", 100), ("b", 200), ("b", 300), ("b", 400)] {
            store.append_ledger(ledger.record(&app(), revision, at(seconds)).as_slice()).unwrap();
        }
        let lines = store.load_ledger().unwrap();
        assert_eq!((lines.entries.len(), lines.unreadable), (5, 0));
        let mut again = Ledger::seed(lines.entries);
        let stays: Vec<_> = again.entries(&app()).map(|e| (e.revision.as_str(), e.first_at, e.last_at)).collect();
        assert_eq!(stays, [("b", at(200), at(400)), ("a", at(0), at(100))]);
        again.record(&app(), "b", at(500));
        assert_eq!(again.last_good(&app()).unwrap().first_at, at(200));
    }
}
