//! What the state directory holds, at the start.

use super::Runtime;
use super::writer::{self, Entry, File};
use crate::app::msg::{Loaded, Msg};
use crate::app::notice::Level;
use crate::domain::cluster::Fingerprint;
use crate::domain::ids::ClusterId;
use crate::store::{Kind, Lines, Marks, Store, StoreError};
use tokio::sync::oneshot;

/// Lines that the journal screen and Details show.
const JOURNAL: usize = 500;
const TIMELINE: usize = 2000;
/// Lines about when driftdeck ran: two weeks of one that never ends, as it writes one in ten minutes.
const WATCHED: usize = 2000;

/// Before the first frame: last known rows of these clusters and what stands in the marks; and what could not be read.
pub fn start(store: &Store, clusters: &[ClusterId], marks: Marks) -> (Loaded, Vec<String>) {
    let (mut out, mut trouble) = (Loaded::default(), Vec::new());
    for id in clusters {
        match store.load_rows(id) {
            Ok(Some(rows)) => out.rows.push((id.clone(), rows.saved_at, rows.apps)),
            Ok(None) => {}
            Err(error) => trouble.push(error.to_string()),
        }
    }
    out.fingerprints = marks.fingerprints.into_iter().map(|(name, f)| (ClusterId::new(&name), Fingerprint::from(f))).collect();
    if let Some(value) = marks.other.get("acknowledged") {
        match serde::Deserialize::deserialize(value) {
            Ok(list) => out.acknowledged = list,
            Err(_) => trouble.push("marks.json: what was acknowledged cannot be read and counts as unset".into()),
        }
    }
    (out, trouble)
}

/// What was written down in earlier runs: the ledger, and the end of journal and timeline; and what could not be read. It takes time.
pub fn history(store: &Store) -> (Loaded, Vec<String>) {
    let mut trouble = Vec::new();
    let ledger = entries(store.load_ledger(), Kind::Ledger, &mut trouble);
    let journal = entries(store.load_journal(JOURNAL), Kind::Journal, &mut trouble);
    let timeline = entries(store.load_timeline(TIMELINE), Kind::Timeline, &mut trouble);
    let watched = entries(store.load_watched(WATCHED), Kind::Watched, &mut trouble);
    (Loaded { ledger, journal, timeline, watched, is_history: true, ..Loaded::default() }, trouble)
}

fn entries<T>(read: Result<Lines<T>, StoreError>, kind: Kind, trouble: &mut Vec<String>) -> Vec<T> {
    match read {
        Ok(lines) => {
            trouble.extend(left_out(kind, lines.newer, lines.unreadable));
            lines.entries
        }
        Err(error) => {
            trouble.push(error.to_string());
            Vec::new()
        }
    }
}

/// "ledger.jsonl: 2 lines of a newer driftdeck left alone, 1 line cannot be read".
fn left_out(kind: Kind, newer: usize, unreadable: usize) -> Option<String> {
    let lines = |n: usize| if n == 1 { "1 line".to_owned() } else { format!("{n} lines") };
    let newer = (newer > 0).then(|| format!("{} of a newer driftdeck left alone", lines(newer)));
    let unreadable = (unreadable > 0).then(|| format!("{} cannot be read", lines(unreadable)));
    let parts: Vec<String> = newer.into_iter().chain(unreadable).collect();
    (!parts.is_empty()).then(|| format!("{}: {}", kind.file(), parts.join(", ")))
}

impl Runtime {
    /// Reads the history on the writer's thread, before anything of this run is written, and sends it; then leaves out old lines.
    pub fn load_history(&self) {
        let Some(store) = self.options.store.clone() else { return };
        let (done, read) = oneshot::channel();
        let job = Box::new(move |store: &Store| {
            let _ = done.send(history(store));
            Ok(())
        });
        writer::submit(Entry { store, job, file: None, is_large: true, teller: None });
        let inbox = self.inbox.clone();
        tokio::spawn(async move {
            let Ok((loaded, trouble)) = read.await else { return };
            inbox.send(Msg::Loaded(Box::new(loaded))).await;
            for text in trouble {
                inbox.send(Msg::Notice { level: Level::Attention, text, hint: None }).await;
            }
        });
        let now = self.options.clock.now();
        for kind in [Kind::Ledger, Kind::Timeline, Kind::Watched] {
            self.record(File::Pruned, move |store| store.prune(kind, now));
        }
    }
}
