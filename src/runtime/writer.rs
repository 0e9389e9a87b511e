//! The one thread that writes to the state directory: lines keep their order, and the screen never waits for a disk.

use super::{inbox::Inbox, memory};
use crate::app::msg::Msg;
use crate::app::notice::Level;
use crate::domain::ids::ClusterId;
use crate::store::{Store, StoreClass, StoreError};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// After large work, memory is given back once nothing came for so long.
const QUIET: Duration = Duration::from_secs(1);
/// While nothing is written for so long, pages of the program that were wanted once meanwhile are let go again.
const REST: Duration = Duration::from_secs(15);
/// How long the end of the program waits for the disk.
const FLUSH: Duration = Duration::from_secs(2);

/// What a job writes, as far as a failure is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum File {
    Journal,
    Ledger,
    Timeline,
    Watched,
    Rows(ClusterId),
    Marks,
    /// Ledger and timeline, when old lines are left out.
    Pruned,
}

impl File {
    /// What a failure costs, for the operator.
    fn loss(&self) -> String {
        match self {
            Self::Journal => "Until the journal can be written, driftdeck sends nothing.".into(),
            Self::Ledger => "Good revisions seen in this run may be unknown at the next start.".into(),
            Self::Timeline => "What happens now may be missing from the timeline at the next start.".into(),
            Self::Watched => "The timeline may call the time of this run not recorded.".into(),
            Self::Rows(cluster) => format!("The next start shows older rows of {cluster} until it is read."),
            Self::Marks => "What you choose on screen holds for this run only.".into(),
            Self::Pruned => "Old lines stay where they are; nothing is lost.".into(),
        }
    }
}

pub(super) type Job = Box<dyn FnOnce(&Store) -> Result<(), StoreError> + Send>;

/// Who is told of a failure.
pub(super) struct Teller {
    pub inbox: Inbox,
    pub tokio: tokio::runtime::Handle,
}

pub(super) struct Entry {
    pub store: Arc<Store>,
    pub job: Job,
    pub file: Option<File>,
    /// Leaves much freed memory behind.
    pub is_large: bool,
    pub teller: Option<Teller>,
}

/// Hands work to the thread; it is done in this order.
pub(super) fn submit(entry: Entry) {
    static WRITER: OnceLock<Mutex<mpsc::Sender<Entry>>> = OnceLock::new();
    let writer = WRITER.get_or_init(|| {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || work(&receiver));
        Mutex::new(sender)
    });
    if let Ok(sender) = writer.lock() {
        let _ = sender.send(entry);
    }
}

/// Waits until everything asked for so far is written, at most two seconds.
pub(super) fn flush(store: &Arc<Store>) {
    let (done, wait) = mpsc::channel();
    let job: Job = Box::new(move |_| {
        let _ = done.send(());
        Ok(())
    });
    submit(Entry { store: store.clone(), job, file: None, is_large: false, teller: None });
    let _ = wait.recv_timeout(FLUSH);
}

fn work(entries: &mpsc::Receiver<Entry>) {
    let (mut known, mut has_waste) = (Known::default(), false);
    loop {
        match entries.recv_timeout(if has_waste { QUIET } else { REST }) {
            Ok(entry) => {
                has_waste |= entry.is_large;
                carry_out(entry, &mut known);
            }
            Err(RecvTimeoutError::Timeout) if has_waste => {
                memory::give_back();
                has_waste = false;
            }
            Err(RecvTimeoutError::Timeout) => memory::rest(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn carry_out(entry: Entry, known: &mut Known) {
    let Entry { store, job, file, teller, .. } = entry;
    // One broken job must not take the journal with it.
    let done = catch_unwind(AssertUnwindSafe(|| job(&store)));
    let failed = || StoreError {
        class: StoreClass::Other,
        path: store.dir().to_owned(),
        message: "driftdeck failed while writing; the log file says more".into(),
    };
    let done = done.unwrap_or_else(|_| Err(failed()));
    if let Err(error) = &done {
        tracing::warn!(%error, "state directory");
    }
    let Some(file) = file else { return };
    let is_news = known.is_news(&store, &file, done.is_err());
    if let (Err(error), Some(Teller { inbox, tokio })) = (done, teller.filter(|_| is_news)) {
        let msg =
            Msg::Notice { level: Level::Bad, text: format!("The state directory cannot be written: {error}."), hint: Some(file.loss()) };
        tokio.spawn(async move { inbox.send(msg).await });
    }
}

/// Failures that were told already.
#[derive(Default)]
struct Known(HashSet<(PathBuf, File)>);

impl Known {
    /// A file's first failure since it was last written; of the journal each one.
    fn is_news(&mut self, store: &Store, file: &File, failed: bool) -> bool {
        let key = (store.dir().to_owned(), file.clone());
        if !failed {
            self.0.remove(&key);
            return false;
        }
        self.0.insert(key) || *file == File::Journal
    }
}

/// What helps when the journal cannot be written.
pub(super) fn help(error: &StoreError) -> &'static str {
    match error.class {
        StoreClass::Full => "make room there, then ask again",
        StoreClass::Denied => "make it writable for you, or name another place with XDG_STATE_HOME, then ask again",
        StoreClass::Newer | StoreClass::Unreadable | StoreClass::Other => {
            "mend it, or name another place with XDG_STATE_HOME, then ask again"
        }
    }
}
