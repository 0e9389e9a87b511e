//! The fault switchboard: what the server does wrong on purpose.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// What is switched on. The default is a healthy server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Waits before every answer.
    pub latency: Duration,
    /// Accepts connections and requests and never answers; open watches stay silent.
    pub frozen: bool,
    /// Closes the port and every open connection.
    pub refuse: bool,
    /// Every token is unknown.
    pub unauthorized: bool,
    pub forbidden: Vec<Deny>,
    /// 429 for the next `count` requests (`u32::MAX` = until switched off).
    pub too_many: Option<TooMany>,
    /// 503 as from a server that is still starting.
    pub unavailable: bool,
    /// Rights that are not loaded yet: 403 for everybody.
    pub rights_missing: bool,
    /// 429 "storage is (re)initializing" on lists and watches of these plurals.
    pub initializing: Vec<String>,
    /// An item with this text stands first in lists and watches of this plural.
    pub garbage: Option<Garbage>,
    /// Carries writes out and closes the connection instead of answering; each one here is used up by the first write it fits.
    pub lost_replies: Vec<LostReply>,
    /// Waits between the chunks of a list.
    pub slow_list: Duration,
    /// Sends half of each list and closes the connection.
    pub half_list: bool,
    /// An old server: no streaming lists.
    pub no_streaming_lists: bool,
    pub no_gzip: bool,
    /// Time between bookmarks; `None` = 60 s.
    pub bookmark_every: Option<Duration>,
}

/// A right that is taken away; an empty field fits everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deny {
    pub user: String,
    pub verb: String,
    /// `plural` or `plural.group`.
    pub resource: String,
    pub namespace: String,
}

/// A write whose answer gets lost; an empty field fits everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostReply {
    pub user: String,
    pub verb: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    pub count: u32,
    /// Seconds.
    pub retry_after: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Garbage {
    pub plural: String,
    pub json: String,
}

/// The switchboard of one server; changes hold from the next request on.
#[derive(Debug)]
pub struct Faults {
    settings: Mutex<Settings>,
    changed: watch::Sender<u64>,
    watches: watch::Sender<u64>,
    connections: watch::Sender<u64>,
}

impl Default for Faults {
    fn default() -> Self {
        Self { settings: Mutex::default(), changed: watch::channel(0).0, watches: watch::channel(0).0, connections: watch::channel(0).0 }
    }
}

impl Faults {
    pub fn settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes switches.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        let refuse = {
            let mut settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
            let before = settings.refuse;
            change(&mut settings);
            settings.refuse && !before
        };
        self.changed.send_modify(|n| *n += 1);
        if refuse {
            self.drop_connections();
        }
    }

    /// Back to a healthy server.
    pub fn clear(&self) {
        self.set(|settings| *settings = Settings::default());
    }

    /// Ends every open watch, and every log that is followed.
    pub fn drop_watches(&self) {
        self.watches.send_modify(|n| *n += 1);
    }

    /// Closes every open connection.
    pub fn drop_connections(&self) {
        self.connections.send_modify(|n| *n += 1);
    }

    pub(super) fn take_too_many(&self) -> Option<u32> {
        let mut settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        let left = settings.too_many.as_mut()?;
        if left.count == 0 {
            return None;
        }
        if left.count != u32::MAX {
            left.count -= 1;
        }
        Some(left.retry_after)
    }

    pub(super) fn take_lost_reply(&self, user: &str, verb: &str) -> bool {
        let mut settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |lost: &LostReply| (lost.user.is_empty() || lost.user == user) && (lost.verb.is_empty() || lost.verb == verb);
        let found = settings.lost_replies.iter().position(fits);
        found.map(|at| settings.lost_replies.remove(at)).is_some()
    }

    pub(super) fn on_change(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
    pub(super) fn on_drop_watches(&self) -> watch::Receiver<u64> {
        self.watches.subscribe()
    }
    pub(super) fn on_drop_connections(&self) -> watch::Receiver<u64> {
        self.connections.subscribe()
    }
}
