//! Lists that only grow at the end: one JSON object a line.

use super::error::StoreError;
use super::{Store, VERSION, place};
use crate::domain::Timestamp;
use crate::domain::history::LedgerEntry;
use crate::domain::journal::{JournalEntry, TimelineEntry};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Kept for so long, or up to so much; the journal is kept.
const KEEP: jiff::SignedDuration = jiff::SignedDuration::from_hours(90 * 24);
const MAX_BYTES: u64 = 50 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ledger,
    Timeline,
    Journal,
}

impl Kind {
    fn file(self) -> &'static str {
        match self {
            Self::Ledger => "ledger.jsonl",
            Self::Timeline => "timeline.jsonl",
            Self::Journal => "journal.jsonl",
        }
    }
    /// The field that dates a line.
    fn dated_by(self) -> &'static str {
        if self == Self::Ledger { "last_at" } else { "at" }
    }
}

/// What a file held, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines<T> {
    pub entries: Vec<T>,
    /// Lines of a newer driftdeck; they stay in the file.
    pub newer: usize,
    /// Lines that cannot be read, such as one cut off by a full disk.
    pub unreadable: usize,
}

#[derive(Serialize, Deserialize)]
struct LedgerLine {
    v: u32,
    #[serde(flatten)]
    entry: LedgerEntry,
}

impl Store {
    pub fn append_ledger(&self, entries: &[LedgerEntry]) -> Result<(), StoreError> {
        let lines = entries.iter().map(|entry| LedgerLine { v: VERSION, entry: entry.clone() });
        self.append(Kind::Ledger, &lines.collect::<Vec<_>>())
    }
    pub fn append_timeline(&self, entries: &[TimelineEntry]) -> Result<(), StoreError> {
        self.append(Kind::Timeline, entries)
    }
    pub fn append_journal(&self, entry: &JournalEntry) -> Result<(), StoreError> {
        self.append(Kind::Journal, std::slice::from_ref(entry))
    }

    pub fn load_ledger(&self) -> Result<Lines<LedgerEntry>, StoreError> {
        let lines: Lines<LedgerLine> = self.load(Kind::Ledger)?;
        let entries = lines.entries.into_iter().map(|l| l.entry).collect();
        Ok(Lines { entries, newer: lines.newer, unreadable: lines.unreadable })
    }
    pub fn load_timeline(&self) -> Result<Lines<TimelineEntry>, StoreError> {
        self.load(Kind::Timeline)
    }
    pub fn load_journal(&self) -> Result<Lines<JournalEntry>, StoreError> {
        self.load(Kind::Journal)
    }

    pub fn path_of(&self, kind: Kind) -> PathBuf {
        self.dir.join(kind.file())
    }

    fn append<T: Serialize>(&self, kind: Kind, entries: &[T]) -> Result<(), StoreError> {
        let path = self.path_of(kind);
        let failed = |e: std::io::Error| StoreError::io(&path, &e);
        let _lock = place::lock(&self.dir, false)?;
        let mut file = place::options().create(true).append(true).read(true).open(&path).map_err(failed)?;
        if ends_midway(&mut file).map_err(failed)? {
            file.write_all(b"\n").map_err(failed)?;
        }
        for entry in entries {
            let mut line = serde_json::to_vec(entry).map_err(|e| failed(e.into()))?;
            line.push(b'\n');
            file.write_all(&line).map_err(failed)?;
        }
        Ok(())
    }

    fn load<T: DeserializeOwned>(&self, kind: Kind) -> Result<Lines<T>, StoreError> {
        let mut out = Lines { entries: Vec::new(), newer: 0, unreadable: 0 };
        for line in self.text(kind)?.lines().filter(|l| !l.is_empty()) {
            match serde_json::from_str::<T>(line) {
                _ if version(line).is_some_and(|v| v > u64::from(VERSION)) => out.newer += 1,
                Ok(entry) => out.entries.push(entry),
                Err(_) => out.unreadable += 1,
            }
        }
        Ok(out)
    }

    fn text(&self, kind: Kind) -> Result<String, StoreError> {
        let path = self.path_of(kind);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(e) => Err(StoreError::io(&path, &e)),
        }
    }

    /// Leaves out what is older than 90 days, and the oldest lines over 50 MB, of ledger and timeline. For the start of the program.
    pub fn prune(&self, now: Timestamp) -> Result<(), StoreError> {
        self.prune_to(Kind::Ledger, now, MAX_BYTES)?;
        self.prune_to(Kind::Timeline, now, MAX_BYTES)
    }

    fn prune_to(&self, kind: Kind, now: Timestamp, max_bytes: u64) -> Result<(), StoreError> {
        let _lock = place::lock(&self.dir, true)?;
        let text = self.text(kind)?;
        let oldest = now.checked_sub(KEEP).unwrap_or(Timestamp::MIN);
        let young = |line: &&str| date(line, kind).is_none_or(|at| at >= oldest);
        let lines: Vec<&str> = text.lines().filter(|l| !l.is_empty()).collect();
        let mut kept: Vec<&str> = lines.iter().copied().filter(young).collect();
        let size = |line: &&str| line.len() as u64 + 1;
        let mut bytes: u64 = kept.iter().map(size).sum();
        // Down to nine tenths, so that the next line does not cause the next rewrite.
        let (limit, over) = (max_bytes / 10 * 9, bytes > max_bytes);
        let cut = kept
            .iter()
            .take_while(|line| {
                over && bytes > limit && {
                    bytes -= size(line);
                    true
                }
            })
            .count();
        kept.drain(..cut);
        if kept.len() == lines.len() {
            return Ok(());
        }
        let mut out = kept.join("\n");
        out.push_str(if kept.is_empty() { "" } else { "\n" });
        place::replace(&self.path_of(kind), out.as_bytes())
    }
}

/// A crash or a full disk may have cut the last line: the next one must not be glued to it.
fn ends_midway(file: &mut std::fs::File) -> std::io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0u8];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn version(line: &str) -> Option<u64> {
    serde_json::from_str::<Value>(line).ok()?.get("v")?.as_u64()
}

fn date(line: &str, kind: Kind) -> Option<Timestamp> {
    serde_json::from_str::<Value>(line).ok()?.get(kind.dated_by())?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::journal::TimelineKind;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + seconds).unwrap()
    }
    fn entry(seconds: i64, text: &str) -> TimelineEntry {
        TimelineEntry {
            v: 1,
            at: at(seconds),
            kind: TimelineKind::Health,
            place: "prod".into(),
            app: None,
            text: text.into(),
            revision: None,
        }
    }

    #[test]
    fn lines_of_several_writers_are_whole_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let store = store.clone();
                scope.spawn(move || {
                    (0..50).for_each(|n| store.append_timeline(&[entry(n, &format!("{writer} {}", "x".repeat(200)))]).unwrap())
                });
            }
            let pruner = store.clone();
            scope.spawn(move || (0..20).for_each(|_| pruner.prune(at(100)).unwrap()));
        });
        let lines = store.load_timeline().unwrap();
        assert_eq!((lines.entries.len(), lines.newer, lines.unreadable), (200, 0, 0));
        let mode = std::fs::metadata(store.path_of(Kind::Timeline)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn newer_lines_stay_a_cut_line_is_counted_and_the_next_is_not_glued_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        std::fs::write(store.path_of(Kind::Timeline), "{\"v\":7,\"what\":\"new\"}\n{\"v\":1,\"at\":\"20").unwrap();
        store.append_timeline(&[entry(0, "one")]).unwrap();
        let lines = store.load_timeline().unwrap();
        assert_eq!((lines.entries.len(), lines.newer, lines.unreadable), (1, 1, 1));
        store.prune(at(0)).unwrap();
        assert_eq!(store.load_timeline().unwrap().newer, 1, "a newer line is not ours to drop");
    }

    #[test]
    fn old_lines_and_the_oldest_over_the_limit_are_pruned() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let day = 86_400;
        store.append_timeline(&[entry(0, "old"), entry(2 * day, "kept"), entry(3 * day, "new")]).unwrap();
        store.prune(at(91 * day)).unwrap();
        let texts = || store.load_timeline().unwrap().entries.into_iter().map(|e| e.text).collect::<Vec<_>>();
        assert_eq!(texts(), ["kept", "new"]);
        store.prune_to(Kind::Timeline, at(4 * day), 150).unwrap();
        assert_eq!(texts(), ["new"]);
    }
}
