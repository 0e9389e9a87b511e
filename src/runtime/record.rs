//! What the state asks to be written down, off the update loop.

use super::Runtime;
use super::writer::{self, Entry, File, Teller};
use crate::app::fleet::Ack;
use crate::app::msg::Msg;
use crate::app::notice::Level;
use crate::domain::ids::{AppId, ClusterId};
use crate::domain::journal::JournalEntry;
use crate::store::{Store, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a plan waits for its line in the journal.
const PATIENCE: Duration = Duration::from_secs(10);

impl Runtime {
    pub(super) fn record(&self, file: File, job: impl FnOnce(&Store) -> Result<(), StoreError> + Send + 'static) {
        let Some(store) = self.options.store.clone() else { return };
        let teller = tokio::runtime::Handle::try_current().ok().map(|tokio| Teller { inbox: self.inbox.clone(), tokio });
        let is_large = matches!(file, File::Rows(_));
        writer::submit(Entry { store, job: Box::new(job), file: Some(file), is_large, teller });
    }

    /// The line is on the disk when this gives `Ok`. Errors: a sentence that names the file, the cause and what helps.
    pub(super) async fn write_ahead(&self, line: Arc<JournalEntry>) -> Result<(), String> {
        let refused = |what: String| Err(format!("the journal has to be written first, and {what} (nothing was sent)"));
        if self.options.store.is_none() {
            return refused("there is no state directory: name a place for it with XDG_STATE_HOME and start again".into());
        }
        let (done, written) = oneshot::channel();
        self.record(File::Journal, move |store| {
            // Whoever waits tells of the failure.
            let _ = done.send(store.append_journal(&line));
            Ok(())
        });
        match tokio::time::timeout(PATIENCE, written).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => refused(format!("{error}: {}", writer::help(&error))),
            Ok(Err(_)) => refused("driftdeck failed while writing it: the log file says more".into()),
            Err(_) => refused(format!("the disk did not take it within {}s: look at it, then ask again", PATIENCE.as_secs())),
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
                Ok(path) => Msg::Flash(format!("Written to {}", path.display())),
                Err(error) => Msg::Notice { level: Level::Bad, text: error.to_string(), hint: None },
            })
        });
    }

    pub(super) fn save_acknowledged(&self, list: Vec<(AppId, Ack)>) {
        let value = serde_json::to_value(list).unwrap_or_default();
        self.record(File::Marks, move |s| {
            s.change_marks(|m| {
                m.other.insert("acknowledged".into(), value);
            })
            .map(|_| ())
        });
    }

    /// Marks of contexts that were not asked about stay as they are.
    pub(super) fn save_clusters(&self, chosen: Vec<ClusterId>, protected: Vec<(ClusterId, bool)>) {
        self.record(File::Marks, move |s| {
            s.change_marks(|m| {
                m.protected.extend(protected.into_iter().map(|(id, on)| (id.to_string(), on)));
                m.contexts = Some(chosen.iter().map(ToString::to_string).collect());
            })
            .map(|_| ())
        });
    }

    /// Waits for pending writes, at most two seconds.
    pub fn flush(&self) {
        if let Some(store) = &self.options.store {
            writer::flush(store);
        }
    }
}

/// Ends sessions and waits for pending writes when it goes, be it in order or by a panic.
pub struct Closing(Runtime);

impl Runtime {
    pub fn closing(&self) -> Closing {
        Closing(self.clone())
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.stop();
        self.0.flush();
    }
}
