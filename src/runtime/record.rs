//! Writes to the state directory, in order, off the update loop; a failure is told once.

use super::Runtime;
use crate::app::fleet::Ack;
use crate::app::msg::Loaded;
use crate::app::notice::Level;
use crate::domain::cluster::Fingerprint;
use crate::domain::ids::{AppId, ClusterId};
use crate::store::{Store, StoreError};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, mpsc};

type Job = Box<dyn FnOnce(&Store) -> Result<(), StoreError> + Send>;

/// A write, where to, and who is told of its failure.
type Entry = (Arc<Store>, Job, Option<Runtime>);

static FAILED: AtomicBool = AtomicBool::new(false);

/// The one thread that writes, so that lines keep their order.
fn writer() -> &'static Mutex<mpsc::Sender<Entry>> {
    static WRITER: OnceLock<Mutex<mpsc::Sender<Entry>>> = OnceLock::new();
    WRITER.get_or_init(|| {
        let (sender, receiver) = mpsc::channel::<Entry>();
        std::thread::spawn(move || {
            for (store, job, runtime) in receiver {
                if let Err(error) = job(&store) {
                    tracing::warn!(%error, "state directory");
                    if let (false, Some(runtime)) = (FAILED.swap(true, Ordering::Relaxed), runtime) {
                        runtime.tell(error.to_string());
                    }
                }
            }
        });
        Mutex::new(sender)
    })
}

/// Waits until everything asked for so far is written, at most two seconds.
pub fn flush(store: &Arc<Store>) {
    let (done, wait) = mpsc::channel();
    let job: Job = Box::new(move |_| {
        let _ = done.send(());
        Ok(())
    });
    if let Ok(sender) = writer().lock() {
        let _ = sender.send((store.clone(), job, None));
    }
    let _ = wait.recv_timeout(std::time::Duration::from_secs(2));
}

impl Runtime {
    pub(super) fn record(&self, job: impl FnOnce(&Store) -> Result<(), StoreError> + Send + 'static) {
        let Some(store) = self.options.store.clone() else { return };
        if let Ok(sender) = writer().lock() {
            let _ = sender.send((store, Box::new(job), Some(self.clone())));
        }
    }

    /// Writes a file the operator asked for and says where it is, or why it could not be written.
    pub(super) fn export(&self, name: String, text: String) {
        let Some(store) = self.options.store.clone() else {
            return self.notice(Level::Attention, "There is no state directory to write into.".into(), None);
        };
        self.spawn(async move {
            let written = tokio::task::spawn_blocking(move || store.export(&name, &text)).await.ok()?;
            Some(match written {
                Ok(path) => crate::app::msg::Msg::Flash(format!("Written to {}", path.display())),
                Err(error) => crate::app::msg::Msg::Notice { level: Level::Bad, text: error.to_string(), hint: None },
            })
        });
    }

    fn tell(&self, error: String) {
        let inbox = self.inbox.clone();
        let msg = crate::app::msg::Msg::Notice {
            level: Level::Bad,
            text: format!("The state directory cannot be written: {error}."),
            hint: Some("driftdeck goes on; journal, ledger and last rows of this run may be incomplete.".into()),
        };
        // The writer thread is outside tokio: a channel send without waiting is all it may do.
        inbox.try_send(msg);
    }

    pub(super) fn save_acknowledged(&self, list: Vec<(AppId, Ack)>) {
        let value = serde_json::to_value(list).unwrap_or_default();
        self.record(move |s| {
            s.change_marks(|m| {
                m.other.insert("acknowledged".into(), value);
            })
            .map(|_| ())
        });
    }

    pub(super) fn save_clusters(&self, chosen: Vec<ClusterId>, protected: Vec<ClusterId>) {
        self.record(move |s| {
            s.change_marks(|m| {
                m.protected = chosen.iter().map(|c| (c.to_string(), protected.contains(c))).collect();
                m.contexts = Some(chosen.iter().map(ToString::to_string).collect());
            })
            .map(|_| ())
        });
    }

    /// Waits for pending writes.
    pub fn flush(&self) {
        if let Some(store) = &self.options.store {
            flush(store);
        }
    }
}

/// What the state directory holds for these clusters, and what could not be read of it.
pub fn load(store: &Store, clusters: &[ClusterId]) -> (Loaded, Vec<String>) {
    let (mut out, mut trouble) = (Loaded::default(), Vec::new());
    for id in clusters {
        match store.load_rows(id) {
            Ok(Some(rows)) => out.rows.push((id.clone(), rows.saved_at, rows.apps)),
            Ok(None) => {}
            Err(error) => trouble.push(error.to_string()),
        }
    }
    match store.load_ledger() {
        Ok(lines) => out.ledger = lines.entries,
        Err(error) => trouble.push(error.to_string()),
    }
    match store.load_journal(500) {
        Ok(lines) => out.journal = lines.entries,
        Err(error) => trouble.push(error.to_string()),
    }
    match store.load_timeline(2000) {
        Ok(lines) => out.timeline = lines.entries,
        Err(error) => trouble.push(error.to_string()),
    }
    match store.load_marks() {
        Ok((marks, bad)) => {
            trouble.extend(bad.into_iter().map(|field| format!("marks.json: field {field} cannot be read and counts as unset")));
            out.fingerprints = marks.fingerprints.into_iter().map(|(name, f)| (ClusterId::new(&name), Fingerprint::from(f))).collect();
            if let Some(value) = marks.other.get("acknowledged") {
                out.acknowledged = serde_json::from_value(value.clone()).unwrap_or_default();
            }
        }
        Err(error) => trouble.push(error.to_string()),
    }
    (out, trouble)
}
