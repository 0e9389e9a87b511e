//! Lists that only grow at the end: one JSON object a line.

use super::error::StoreError;
use super::{Store, VERSION, place};
use crate::domain::history::LedgerEntry;
use crate::domain::journal::{JournalEntry, TimelineEntry, Watched};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// The end of a file is looked for in steps of this many bytes, and not further back than `FARTHEST`.
const BLOCK: u64 = 64 << 10;
const FARTHEST: u64 = 16 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ledger,
    Timeline,
    Journal,
    Watched,
}

impl Kind {
    pub fn file(self) -> &'static str {
        match self {
            Self::Ledger => "ledger.jsonl",
            Self::Timeline => "timeline.jsonl",
            Self::Journal => "journal.jsonl",
            Self::Watched => "watched.jsonl",
        }
    }
}

/// What was read of a file, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines<T> {
    pub entries: Vec<T>,
    /// Lines of a newer driftdeck; they stay in the file.
    pub newer: usize,
    /// Lines that cannot be read, such as one cut off by a full disk.
    pub unreadable: usize,
}

impl<T> Default for Lines<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), newer: 0, unreadable: 0 }
    }
}

impl<T: DeserializeOwned> Lines<T> {
    /// The entry of one line; `None`, counted, when it is not for us.
    pub(super) fn read(&mut self, line: &[u8]) -> Option<T> {
        #[derive(Deserialize)]
        struct Head {
            v: u64,
        }
        match serde_json::from_slice::<Head>(line) {
            Ok(head) if head.v > u64::from(VERSION) => self.newer += 1,
            Ok(_) => match serde_json::from_slice(line) {
                Ok(entry) => return Some(entry),
                Err(_) => self.unreadable += 1,
            },
            Err(_) => self.unreadable += 1,
        }
        None
    }
}

#[derive(Serialize)]
struct LedgerLine<'a> {
    v: u32,
    #[serde(flatten)]
    entry: &'a LedgerEntry,
}

impl Store {
    /// Errors: `Full`, `Denied`, `Other`; as of all lists.
    pub fn append_ledger(&self, entries: &[LedgerEntry]) -> Result<(), StoreError> {
        let lines: Vec<_> = entries.iter().map(|entry| LedgerLine { v: VERSION, entry }).collect();
        self.append(Kind::Ledger, &lines, false)?;
        entries.last().map_or(Ok(()), |e| self.prune_grown(Kind::Ledger, e.last_at))
    }
    pub fn append_timeline(&self, entries: &[TimelineEntry]) -> Result<(), StoreError> {
        self.append(Kind::Timeline, entries, false)?;
        entries.last().map_or(Ok(()), |e| self.prune_grown(Kind::Timeline, e.at))
    }
    pub fn append_watched(&self, entry: &Watched) -> Result<(), StoreError> {
        self.append(Kind::Watched, std::slice::from_ref(entry), false)?;
        self.prune_grown(Kind::Watched, entry.last_at)
    }
    /// The line is on the disk when this returns.
    pub fn append_journal(&self, entry: &JournalEntry) -> Result<(), StoreError> {
        self.append(Kind::Journal, std::slice::from_ref(entry), true)
    }

    /// The newest lines, at most so many; the file may hold years.
    pub fn load_timeline(&self, newest: usize) -> Result<Lines<TimelineEntry>, StoreError> {
        self.load(Kind::Timeline, newest)
    }
    pub fn load_journal(&self, newest: usize) -> Result<Lines<JournalEntry>, StoreError> {
        self.load(Kind::Journal, newest)
    }

    pub fn load_watched(&self, newest: usize) -> Result<Lines<Watched>, StoreError> {
        self.load(Kind::Watched, newest)
    }

    pub fn path_of(&self, kind: Kind) -> PathBuf {
        self.dir.join(kind.file())
    }

    fn append<T: Serialize>(&self, kind: Kind, entries: &[T], durable: bool) -> Result<(), StoreError> {
        let path = self.path_of(kind);
        let failed = |e: std::io::Error| StoreError::io(&path, &e);
        let _lock = place::lock(&self.dir, false)?;
        let mut file = place::options().create(true).append(true).read(true).open(&path).map_err(failed)?;
        let (is_new, midway) = ending(&mut file).map_err(failed)?;
        if midway {
            file.write_all(b"\n").map_err(failed)?;
        }
        for entry in entries {
            let mut line = serde_json::to_vec(entry).map_err(|e| failed(e.into()))?;
            line.push(b'\n');
            file.write_all(&line).map_err(failed)?;
        }
        if durable {
            file.sync_data().map_err(failed)?;
        }
        if durable && is_new {
            // The name of a new file is kept by its directory; where that cannot be synced, the file itself still is.
            let _ = File::open(&self.dir).and_then(|dir| dir.sync_all());
        }
        Ok(())
    }

    fn load<T: DeserializeOwned>(&self, kind: Kind, newest: usize) -> Result<Lines<T>, StoreError> {
        let mut out = Lines::default();
        let Some(mut file) = self.open_lines(kind)? else { return Ok(out) };
        let text = tail(&mut file, newest).map_err(|e| StoreError::io(&self.path_of(kind), &e))?;
        for line in text.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
            if let Some(entry) = out.read(line) {
                out.entries.push(entry);
            }
        }
        Ok(out)
    }

    /// `None` when there is no file yet.
    pub(super) fn open_lines(&self, kind: Kind) -> Result<Option<File>, StoreError> {
        let path = self.path_of(kind);
        match File::open(&path) {
            Ok(file) => Ok(Some(file)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(StoreError::io(&path, &e)),
        }
    }
}

/// Whether a file is empty, and whether a crash or a full disk cut its last line: the next one must not be glued to it.
fn ending(file: &mut File) -> std::io::Result<(bool, bool)> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok((true, false));
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0u8];
    file.read_exact(&mut last)?;
    Ok((false, last != *b"\n"))
}

/// The last lines of a file, whole ones.
fn tail(file: &mut File, want: usize) -> std::io::Result<Vec<u8>> {
    let end = file.seek(SeekFrom::End(0))?;
    let (mut start, mut lines) = (end, 0);
    while start > 0 && lines < want && end - start < FARTHEST {
        let step = BLOCK.min(start);
        start -= step;
        let block = part(file, start, step)?;
        // The newline at the very end closes the last line and begins none.
        let after = (start + 1..=start + step).rev().zip(block.iter().rev());
        for (at, _) in after.filter(|(at, byte)| **byte == b'\n' && *at < end) {
            lines += 1;
            if lines == want {
                start = at;
                break;
            }
        }
    }
    let mut text = part(file, start, end - start)?;
    let is_cut = start > 0 && lines < want;
    if is_cut {
        let first = text.iter().position(|b| *b == b'\n').map_or(text.len(), |at| at + 1);
        text.drain(..first);
    }
    Ok(text)
}

fn part(file: &mut File, from: u64, bytes: u64) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(from))?;
    let mut out = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
    file.take(bytes).read_to_end(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, entry};
    use super::super::{Store, StoreClass};
    use super::*;

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
            scope.spawn(move || (0..20).for_each(|_| pruner.prune(Kind::Timeline, at(100)).unwrap()));
        });
        let lines = store.load_timeline(1000).unwrap();
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
        let lines = store.load_timeline(10).unwrap();
        assert_eq!((lines.entries.len(), lines.newer, lines.unreadable), (1, 1, 1));
        store.prune(Kind::Timeline, at(0)).unwrap();
        assert_eq!(store.load_timeline(10).unwrap().newer, 1, "a newer line is not ours to drop");
    }

    #[test]
    fn only_the_end_of_a_long_file_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let all: Vec<_> = (0..3000).map(|n| entry(n, &format!("{n} {}", "x".repeat(usize::try_from(n % 90).unwrap())))).collect();
        store.append_timeline(&all).unwrap();
        for newest in [0, 1, 2, 700, 2999, 3000, 9000] {
            let read = store.load_timeline(newest).unwrap();
            assert_eq!(read.entries, all[all.len().saturating_sub(newest)..], "the newest {newest}");
            assert_eq!(read.unreadable, 0);
        }
        // What stands before the part that is read costs nothing, whatever it is.
        let path = store.path_of(Kind::Timeline);
        let mut text = vec![b'\n'; 32 << 20];
        text.extend(std::fs::read(&path).unwrap().iter().rev().take(200).rev());
        std::fs::write(&path, &text).unwrap();
        let file = &mut File::open(&path).unwrap();
        assert!(tail(file, usize::MAX).unwrap().len() as u64 <= FARTHEST + BLOCK);
    }

    #[test]
    fn a_journal_line_that_cannot_be_written_is_an_error_naming_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        if !std::path::Path::new("/dev/full").exists() {
            return;
        }
        std::os::unix::fs::symlink("/dev/full", store.path_of(Kind::Journal)).unwrap();
        let error = store.append_journal(&super::super::tests::journal_entry()).unwrap_err();
        assert_eq!((error.class, error.path), (StoreClass::Full, store.path_of(Kind::Journal)));
    }
}
