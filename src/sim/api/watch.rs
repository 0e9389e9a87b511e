//! Watches: the past replayed, streaming lists, bookmarks, and the ends a real server knows.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep_until};

use super::ApiServer;
use super::failure::{Cause, Failure};
use super::faults::Settings;
use super::handle::Head;
use super::kind::Kind;
use super::list::drawing;
use super::query::Resource;
use super::respond::{self, Reply};
use super::select::Selector;
use super::store::{Change, Stored};
use super::view::Drawing;

const CHUNK: usize = 128 * 1024;
const BOOKMARK: Duration = Duration::from_secs(60);
/// How long a watch lives that names no timeout.
const DEFAULT_TIMEOUT: u64 = 2400;

struct Watch {
    server: ApiServer,
    drawing: Drawing,
    selector: Selector,
    /// Changes up to here are sent.
    cursor: u64,
    initial: VecDeque<Arc<Stored>>,
    garbage: Option<String>,
    /// The end mark of the initial events is still to come.
    mark: bool,
    bookmarks: bool,
    next_bookmark: Instant,
    period: Duration,
    end: Instant,
    first: bool,
    ended: bool,
    wake: Receiver<u64>,
    dropped: Receiver<u64>,
    faults: Receiver<u64>,
}

pub(super) fn watch(server: &ApiServer, head: &Head, kind: &Arc<Kind>, resource: &Resource, settings: &Settings) -> Result<Reply, Failure> {
    let drawing = drawing(server, head, kind, &resource.version)?;
    check_options(head, settings)?;
    let fields =
        if resource.name.is_empty() { head.query.get("fieldSelector").to_owned() } else { format!("metadata.name={}", resource.name) };
    let mut selector = Selector::parse(kind, &resource.namespace, head.query.get("labelSelector"), &fields)?;
    if !kind.namespaced {
        selector.namespace.clear();
    }
    let asked = head.query.number("resourceVersion").unwrap_or(0);
    let streaming = head.query.flag("sendInitialEvents");
    let bookmarks = head.query.flag("allowWatchBookmarks");
    let store = server.store();
    let Some(table) = store.table(kind) else { return Err(Failure::no_such_path()) };
    let from_now = streaming || (asked == 0 && !head.query.has("sendInitialEvents"));
    let initial = if from_now { table.objects.values().filter(|o| selector.matches(&o.value)).cloned().collect() } else { VecDeque::new() };
    let wake = table.wake.subscribe();
    let cursor = if from_now || asked == 0 { store.version } else { asked };
    drop(store);
    let now = Instant::now();
    let seconds = head.query.number("timeoutSeconds").filter(|n| *n > 0).unwrap_or(DEFAULT_TIMEOUT);
    let period = settings.bookmark_every.unwrap_or(BOOKMARK);
    let watch = Watch {
        server: server.clone(),
        drawing,
        selector,
        cursor,
        initial,
        garbage: settings.garbage.as_ref().filter(|garbage| garbage.plural == kind.plural).map(|garbage| garbage.json.clone()),
        mark: from_now && bookmarks,
        bookmarks,
        next_bookmark: now + period,
        period,
        end: now + Duration::from_secs(seconds),
        first: true,
        ended: false,
        wake,
        dropped: server.faults().on_drop_watches(),
        faults: server.faults().on_change(),
    };
    let chunks = stream::unfold(watch, |mut watch| async move {
        let chunk = watch.next().await?;
        Some((Ok::<_, io::Error>(chunk), watch))
    });
    Ok(respond::reply(200, "application/json", respond::streamed(chunks)))
}

fn check_options(head: &Head, settings: &Settings) -> Result<(), Failure> {
    let sent = head.query.has("sendInitialEvents");
    let rule = head.query.get("resourceVersionMatch");
    let forbidden = |text: &str, field: &str| {
        let cause = Cause::new("FieldValueForbidden", format!("Forbidden: {text}"), field);
        Err(Failure::invalid_as("meta.k8s.io", "ListOptions", "", &[cause]))
    };
    if sent && settings.no_streaming_lists {
        return forbidden("sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled", "sendInitialEvents");
    }
    if sent && rule != "NotOlderThan" {
        return forbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan", "resourceVersionMatch");
    }
    if !sent && !rule.is_empty() {
        return forbidden("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided", "resourceVersionMatch");
    }
    Ok(())
}

impl Watch {
    /// The next bytes to send; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.ended {
                return None;
            }
            while self.server.faults().settings().frozen {
                self.faults.changed().await.ok()?;
            }
            let mut out = Vec::new();
            self.initial_events(&mut out);
            if out.is_empty() {
                self.changes(&mut out);
            }
            if !out.is_empty() {
                return Some(out.into());
            }
            if self.ended {
                return None;
            }
            let last_call = self.end.checked_sub(Duration::from_secs(2)).unwrap_or(self.end);
            let bookmark_at = if self.bookmarks { self.next_bookmark.min(last_call.max(Instant::now())) } else { self.end };
            tokio::select! {
                woken = self.wake.changed() => if woken.is_err() { self.ended = true },
                _ = self.dropped.changed() => return None,
                _ = self.faults.changed() => {}
                () = sleep_until(self.end) => return None,
                () = sleep_until(bookmark_at), if self.bookmarks && bookmark_at < self.end => {
                    return Some(self.periodic_bookmark(last_call));
                }
            }
        }
    }

    fn periodic_bookmark(&mut self, last_call: Instant) -> Bytes {
        let now = Instant::now();
        self.next_bookmark = now + self.period;
        if now >= last_call {
            self.bookmarks = false;
        }
        // What was changed meanwhile goes out first, or the mark would hide it.
        let mut out = Vec::new();
        self.changes(&mut out);
        let version = self.server.store().version.max(self.cursor);
        if !self.ended {
            self.cursor = version;
            self.mark_at(version, false, &mut out);
        }
        out.into()
    }

    fn mark_at(&mut self, version: u64, initial_end: bool, out: &mut Vec<u8>) {
        let object = self.drawing.bookmark(version, initial_end, self.first);
        self.first = false;
        event(out, "BOOKMARK", object.to_string().as_bytes());
    }

    fn initial_events(&mut self, out: &mut Vec<u8>) {
        if let Some(garbage) = self.garbage.take() {
            event(out, "ADDED", garbage.as_bytes());
        }
        while out.len() < CHUNK {
            let Some(stored) = self.initial.pop_front() else { break };
            self.object_event(out, "ADDED", &stored);
        }
        if self.initial.is_empty() && self.mark {
            self.mark = false;
            self.mark_at(self.cursor, true, out);
        }
    }

    fn object_event(&mut self, out: &mut Vec<u8>, kind: &str, stored: &Stored) {
        open_event(out, kind);
        self.drawing.object(stored, self.first, out);
        self.first = false;
        out.extend_from_slice(b"}\n");
    }

    fn changes(&mut self, out: &mut Vec<u8>) {
        let server = self.server.clone();
        let store = server.store();
        let Some(table) = store.table(&self.drawing.kind) else {
            self.ended = true;
            return;
        };
        let Some(changes) = table.since(self.cursor) else {
            let failure = Failure::expired_watch(self.cursor, table.floor);
            event(out, "ERROR", failure.value().to_string().as_bytes());
            self.ended = true;
            return;
        };
        let changes: Vec<Change> = changes.cloned().collect();
        drop(store);
        for change in changes {
            self.cursor = change.version;
            self.change_event(out, &change);
        }
    }

    /// An object that leaves the selection counts as deleted, one that enters it as added.
    fn change_event(&mut self, out: &mut Vec<u8>, change: &Change) {
        let fits = |stored: &Option<Arc<Stored>>| stored.as_ref().filter(|s| self.selector.matches(&s.value)).cloned();
        match (fits(&change.before), fits(&change.after)) {
            (None, Some(after)) => self.object_event(out, "ADDED", &after),
            (Some(_), Some(after)) => self.object_event(out, "MODIFIED", &after),
            (Some(before), None) => {
                let last = change.last.clone().unwrap_or_else(|| restamped(&self.drawing.kind, &before, change.version));
                self.object_event(out, "DELETED", &last);
            }
            (None, None) => {}
        }
    }
}

/// The state before a change under the change's version.
fn restamped(kind: &Kind, before: &Stored, version: u64) -> Arc<Stored> {
    let mut value: Value = before.value.clone();
    value["metadata"]["resourceVersion"] = json!(version.to_string());
    Stored::new(kind, value)
}

fn open_event(out: &mut Vec<u8>, kind: &str) {
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\",\"object\":");
}

fn event(out: &mut Vec<u8>, kind: &str, object: &[u8]) {
    open_event(out, kind);
    out.extend_from_slice(object);
    out.extend_from_slice(b"}\n");
}
