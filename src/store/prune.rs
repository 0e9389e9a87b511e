//! Old lines go: what is older than 90 days, the oldest above 50 MB, and lines of the ledger that a later one repeats.

use super::error::StoreError;
use super::lines::Kind;
use super::{Store, VERSION, place};
use crate::domain::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{BufRead, BufReader, Seek, Write};

const KEEP: jiff::SignedDuration = jiff::SignedDuration::from_hours(90 * 24);
const MAX_BYTES: u64 = 50 << 20;

/// What a line says of itself that decides whether it stays.
#[derive(Deserialize)]
struct Head<'a> {
    v: u64,
    at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    first_at: Option<Timestamp>,
    #[serde(borrow)]
    app: Option<&'a RawValue>,
    #[serde(borrow)]
    revision: Option<Cow<'a, str>>,
}

struct Line {
    bytes: u64,
    keep: bool,
}

impl Store {
    /// Leaves out old lines of all lists but the journal. Lines of a newer driftdeck go only where the file is too large.
    /// The file is not held in memory. Errors: `Full`, `Denied`, `Other`; the file is then as it was.
    pub fn prune(&self, kind: Kind, now: Timestamp) -> Result<(), StoreError> {
        if kind == Kind::Journal { Ok(()) } else { self.prune_to(kind, now, MAX_BYTES) }
    }

    /// For programs that run for months: a file is looked at again once it is too large.
    pub(super) fn prune_grown(&self, kind: Kind, now: Timestamp) -> Result<(), StoreError> {
        let is_grown = std::fs::metadata(self.path_of(kind)).is_ok_and(|m| m.len() > MAX_BYTES);
        if is_grown { self.prune(kind, now) } else { Ok(()) }
    }

    fn prune_to(&self, kind: Kind, now: Timestamp, max_bytes: u64) -> Result<(), StoreError> {
        let path = self.path_of(kind);
        let failed = |e: std::io::Error| StoreError::io(&path, &e);
        let _lock = place::lock(&self.dir, true)?;
        let Some(file) = self.open_lines(kind)? else { return Ok(()) };
        let mut reader = BufReader::new(file);
        let oldest = now.checked_sub(KEEP).unwrap_or(Timestamp::MIN);
        let mut lines = look(&mut reader, kind, oldest).map_err(failed)?;
        fit(&mut lines, max_bytes);
        if lines.iter().all(|l| l.keep) {
            return Ok(());
        }
        reader.rewind().map_err(failed)?;
        place::replace_with(&path, |out| copy(&mut reader, &lines, out))
    }
}

/// Each line's size, and whether it stays by its age and by what comes after it.
fn look(reader: &mut BufReader<File>, kind: Kind, oldest: Timestamp) -> std::io::Result<Vec<Line>> {
    let hash = std::hash::RandomState::new();
    let (mut lines, mut stays) = (Vec::<Line>::new(), HashMap::<u64, usize>::new());
    let mut text = Vec::new();
    while reader.read_until(b'\n', &mut text)? > 0 {
        let head = serde_json::from_slice::<Head>(&text).ok().filter(|h| h.v <= u64::from(VERSION));
        let at = head.as_ref().and_then(|h| h.last_at.filter(|_| is_repeated(kind)).or(h.at));
        if let Some(Head { app, revision, first_at: Some(first_at), .. }) = head.as_ref().filter(|_| is_repeated(kind)) {
            // What lasts is written again; its last line says all that the ones before it say.
            if let Some(before) = stays.insert(hash.hash_one((app.map(RawValue::get), revision, first_at)), lines.len()) {
                lines[before].keep = false;
            }
        }
        lines.push(Line { bytes: text.len() as u64, keep: text != b"\n" && at.is_none_or(|at| at >= oldest) });
        text.clear();
    }
    Ok(lines)
}

/// Lines that tell of a time from its first moment to its last, and again when it has become longer.
fn is_repeated(kind: Kind) -> bool {
    matches!(kind, Kind::Ledger | Kind::Watched)
}

/// Drops the oldest down to nine tenths, so that the next line does not cause the next rewrite.
fn fit(lines: &mut [Line], max_bytes: u64) {
    let mut bytes: u64 = lines.iter().filter(|l| l.keep).map(|l| l.bytes).sum();
    if bytes <= max_bytes {
        return;
    }
    for line in lines.iter_mut().filter(|l| l.keep) {
        if bytes <= max_bytes / 10 * 9 {
            return;
        }
        line.keep = false;
        bytes -= line.bytes;
    }
}

fn copy(reader: &mut BufReader<File>, lines: &[Line], out: &mut dyn Write) -> std::io::Result<()> {
    let mut text = Vec::new();
    for line in lines {
        text.clear();
        reader.read_until(b'\n', &mut text)?;
        if line.keep {
            out.write_all(&text)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, entry, stay};
    use super::*;
    use crate::domain::journal::Watched;

    const DAY: i64 = 86_400;

    #[test]
    fn old_lines_and_the_oldest_over_the_limit_are_pruned() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.append_timeline(&[entry(0, "old"), entry(2 * DAY, "kept"), entry(3 * DAY, "new")]).unwrap();
        store.prune(Kind::Timeline, at(91 * DAY)).unwrap();
        let texts = || store.load_timeline(10).unwrap().entries.into_iter().map(|e| e.text).collect::<Vec<_>>();
        assert_eq!(texts(), ["kept", "new"]);
        store.prune_to(Kind::Timeline, at(4 * DAY), 150).unwrap();
        assert_eq!(texts(), ["new"]);
    }

    #[test]
    fn of_a_long_stay_at_a_revision_the_last_line_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let lines = [
            stay("web", "a", 0, 0),
            stay("api", "a", 0, 5),
            stay("web", "a", 0, 600),
            stay("web", "b", 700, 700),
            stay("web", "a", 0, 1200),
        ];
        store.append_ledger(&lines).unwrap();
        store.prune(Kind::Ledger, at(2000)).unwrap();
        let text = std::fs::read_to_string(store.path_of(Kind::Ledger)).unwrap();
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.lines().next().unwrap().contains("api") && text.lines().last().unwrap().contains(&at(1200).to_string()), "{text}");
        store.prune(Kind::Ledger, at(90 * DAY + 700)).unwrap();
        assert_eq!(std::fs::read_to_string(store.path_of(Kind::Ledger)).unwrap().lines().count(), 2, "by when it was last seen");
    }

    #[test]
    fn of_a_run_that_lasts_only_the_longest_line_stays() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let run = |from: i64, to: i64| Watched { v: 1, first_at: at(from), last_at: at(to) };
        for entry in [run(0, 0), run(0, 600), run(50, 60), run(0, 1200), run(2000, 2600)] {
            store.append_watched(&entry).unwrap();
        }
        store.prune(Kind::Watched, at(3000)).unwrap();
        assert_eq!(store.load_watched(9).unwrap().entries, [run(50, 60), run(0, 1200), run(2000, 2600)]);
    }

    #[test]
    fn a_list_that_grows_too_large_while_driftdeck_runs_is_pruned_and_the_journal_never() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let long = "x".repeat(1 << 20);
        let filler = serde_json::to_string(&serde_json::json!({"v": 1, "at": at(1), "text": long})).unwrap() + "\n";
        for kind in [Kind::Timeline, Kind::Journal] {
            std::fs::write(store.path_of(kind), filler.repeat(51)).unwrap();
        }
        store.append_timeline(&[entry(2, "new")]).unwrap();
        store.prune(Kind::Journal, at(400 * DAY)).unwrap();
        let size = |kind| std::fs::metadata(store.path_of(kind)).unwrap().len();
        assert!(size(Kind::Timeline) <= MAX_BYTES / 10 * 9 && size(Kind::Journal) > MAX_BYTES);
        assert_eq!(store.load_timeline(1).unwrap().entries[0].text, "new");
    }
}
