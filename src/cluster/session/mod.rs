//! One supervised session per cluster: connects, watches, notices a dead server, comes back by itself.
//!
//! May import: as the room. `supervise` is the life of a session, `connect` its beginning, `status` turns kind states into one link,
//! `handle` is what the rest of the program holds. To extend: a new background question is a task in `supervise::spawn_all`.

mod beat;
mod connect;
mod handle;
mod probe;
mod renew;
mod serving;
mod status;
mod supervise;

#[cfg(test)]
pub(super) use beat::longest_silence;
pub(super) use beat::together;
pub use handle::{SessionHandle, Verified};
pub use probe::Look;

use super::exec::Logins;
use super::kubeconfig::Kubeconfig;
use crate::domain::clock::Clock;
use crate::domain::cluster::{ContextInfo, Fingerprint, Link};
use crate::domain::event::ClusterEvent;
use crate::engine::{Engine, WatchedKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

/// What all sessions of a process share.
#[derive(Clone)]
pub struct Commons {
    pub logins: Logins,
    /// Whole lists held in memory at once, while they come quickly.
    pub big_lists: Arc<Semaphore>,
}

impl Default for Commons {
    fn default() -> Self {
        Self { logins: Logins::default(), big_lists: Arc::new(Semaphore::new(2)) }
    }
}

/// Every pause and deadline of a session.
#[derive(Clone, Debug)]
pub struct Timings {
    /// TCP and TLS together.
    pub connect: Duration,
    pub get: Duration,
    pub write: Duration,
    pub login: Duration,
    /// Between two early renewals of a credential at least, and after one that failed.
    pub renew_again: Duration,
    /// First byte of a whole list, and the longest pause inside it.
    pub list_first: Duration,
    pub list_idle: Duration,
    /// A whole set, listed or streamed, may take this long, and beyond it as long as it brings `list_rate` bytes a second.
    pub list_grace: Duration,
    pub list_rate: u32,
    /// How long the process-wide limit of lists holds one up: then other clusters are too slow to be waited for.
    pub list_turn: Duration,
    /// How long a stream is left alone while others of its connection wait for one.
    pub stream_turn: Duration,
    /// A streaming list that says nothing for this long is taken for unsupported.
    pub stream_silence: Duration,
    /// A watch without PING that says nothing for this long is opened again where it was: a living server sends a bookmark each minute, though
    /// none has to.
    pub watch_silence: Duration,
    /// How long read objects wait for company.
    pub batch: Duration,
    /// Between two hand-overs of a kind's changes: a lone change is handed over at once, of many the first.
    pub calm: Duration,
    pub watch_first: Duration,
    pub watch_cap: Duration,
    pub forbidden_again: Duration,
    /// Until a forbidden or absent kind is asked for again; one that stays absent is asked for more and more rarely, up to five times this.
    pub park: Duration,
    /// An answer about a group serves all its kinds for this long.
    pub group_fresh: Duration,
    /// Between two signs of life: the server is asked where it said nothing lately. What can wait wakes with it.
    pub beat_every: Duration,
    /// For the answer, also where it is asked for twice.
    pub beat_limit: Duration,
    pub reconnect_first: Duration,
    pub reconnect_cap: Duration,
    pub login_again: Duration,
    /// Between two looks at the engines' controllers.
    pub engines_every: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        let (s, ms) = (Duration::from_secs, Duration::from_millis);
        Self {
            connect: s(5),
            get: s(10),
            write: s(15),
            login: super::exec::LIMIT,
            renew_again: s(15),
            list_first: s(30),
            list_idle: s(15),
            list_grace: s(45),
            list_rate: 64_000,
            list_turn: s(10),
            stream_turn: s(5),
            stream_silence: s(10),
            watch_silence: s(90),
            batch: ms(10),
            calm: ms(200),
            watch_first: ms(500),
            watch_cap: s(5),
            forbidden_again: ms(250),
            park: s(60),
            group_fresh: s(5),
            beat_every: s(10),
            beat_limit: s(3),
            reconnect_first: ms(500),
            reconnect_cap: s(30),
            login_again: s(60),
            engines_every: s(60),
        }
    }
}

/// How one cluster is to be watched.
#[derive(Clone)]
pub struct Settings {
    /// Tried, with the context's own, `argocd` and `flux-system`, where cluster-wide reading is forbidden.
    pub namespaces: Vec<String>,
    /// Compressed lists instead of streaming ones: slow links.
    pub force_list: bool,
    /// The identity stored at first contact; another one makes the session inert.
    pub known: Option<Fingerprint>,
    pub clock: Clock,
    pub timings: Timings,
    /// Open streams of one connection; the server allows a hundred, and requests need room too.
    pub streams: usize,
    pub commons: Commons,
    /// Makes digests of hidden secret values; the same for both sides of a diff.
    pub salt: Arc<[u8]>,
    pub kinds: Vec<(&'static dyn Engine, &'static WatchedKind)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            namespaces: Vec::new(),
            force_list: false,
            known: None,
            clock: Clock::system(),
            timings: Timings::default(),
            streams: 80,
            commons: Commons::default(),
            salt: crate::domain::redact::process_salt().into(),
            kinds: crate::engine::watched().collect(),
        }
    }
}

/// What a session is started with.
#[derive(Clone)]
pub struct Params {
    pub context: ContextInfo,
    pub kubeconfig: Arc<Kubeconfig>,
    pub settings: Settings,
}

pub struct Session;

impl Session {
    /// Returns at once; everything that happens comes through `sink` (which is waited for when full), beginning with a link state.
    /// Must be called inside a tokio runtime. A closed sink ends the session.
    pub fn start(params: Params, sink: mpsc::Sender<ClusterEvent>) -> SessionHandle {
        let handle = SessionHandle::new(params.context.clone(), params.settings.clone());
        let task = tokio::spawn(supervise::run(handle.clone(), params.kubeconfig, sink.clone()));
        handle.supervised_by(task.abort_handle());
        let failed = handle.clone();
        tokio::spawn(async move {
            // Nobody else would notice: the rows would stay as live as they were.
            if task.await.is_err_and(|e| e.is_panic()) {
                failed.set_verified(None);
                let link = Link::Invalid { cause: "its session failed inside driftdeck; the log says more".into() };
                failed.set_link(&link);
                let _ = sink.send(ClusterEvent::Link { cluster: failed.id().clone(), link }).await;
            }
        });
        handle
    }
}
