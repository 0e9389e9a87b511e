//! Reads: one object, a list or a page of it, a container's log.

use std::io;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::header;
use serde_json::{Value, json};
use tokio::sync::watch::Receiver;

use super::ApiServer;
use super::failure::{Cause, Failure};
use super::faults::Settings;
use super::handle::Head;
use super::kind::Kind;
use super::logs::Open;
use super::query::Resource;
use super::respond::{self, Reply};
use super::select::Selector;
use super::store::{Store, Stored};
use super::token::Token;
use super::view::{Drawing, View};

const CHUNK: usize = 256 * 1024;

pub(super) fn drawing(server: &ApiServer, head: &Head, kind: &Arc<Kind>, version: &str) -> Result<Drawing, Failure> {
    let view = View::parse(head.header(header::ACCEPT), head.query.get("includeObject"))?;
    Ok(Drawing { kind: kind.clone(), version: version.to_owned(), view, now: server.inner.clock.now() })
}

/// The bytes of an object in the version asked for.
pub(super) fn in_version(kind: &Kind, version: &str, stored: &Stored) -> Bytes {
    if kind.version() == version {
        return stored.bytes.clone();
    }
    let mut value = stored.value.clone();
    value["apiVersion"] = json!(super::kind::join(&kind.group, version));
    serde_json::to_vec(&value).unwrap_or_default().into()
}

pub(super) fn get(server: &ApiServer, head: &Head, kind: &Arc<Kind>, resource: &Resource) -> Result<Reply, Failure> {
    let drawing = drawing(server, head, kind, &resource.version)?;
    let store = server.store();
    let stored = store.get(kind, &resource.namespace, &resource.name).cloned().ok_or_else(|| Failure::not_found(kind, &resource.name))?;
    drop(store);
    if drawing.view == View::Full {
        return Ok(respond::json(200, in_version(kind, &resource.version, &stored)));
    }
    let mut out = Vec::new();
    drawing.object(&stored, true, &mut out);
    Ok(respond::json(200, out))
}

/// A page: its objects, the version it shows, where it goes on and how much is left.
struct Page {
    objects: Vec<Arc<Stored>>,
    version: u64,
    next: Option<Token>,
    left: usize,
}

pub(super) fn list(server: &ApiServer, head: &Head, kind: &Arc<Kind>, resource: &Resource, settings: &Settings) -> Result<Reply, Failure> {
    let drawing = drawing(server, head, kind, &resource.version)?;
    if head.query.has("sendInitialEvents") {
        let cause = Cause::new("FieldValueForbidden", "Forbidden: sendInitialEvents is forbidden for list", "sendInitialEvents");
        return Err(Failure::invalid_as("meta.k8s.io", "ListOptions", "", &[cause]));
    }
    let mut selector = Selector::parse(kind, &resource.namespace, head.query.get("labelSelector"), head.query.get("fieldSelector"))?;
    if !kind.namespaced {
        selector.namespace.clear();
    }
    let page = page(&server.store(), head, kind, &selector)?;
    let mut metadata = json!({"resourceVersion": page.version.to_string()});
    if let Some(next) = &page.next {
        metadata["continue"] = json!(next.encode());
        metadata["remainingItemCount"] = json!(page.left);
    } else if kind.custom && drawing.view == View::Full {
        metadata["continue"] = json!("");
    }
    let (before, after) = drawing.frame(&metadata);
    let mut out = before.into_bytes();
    let garbage = settings.garbage.as_ref().filter(|garbage| garbage.plural == kind.plural);
    let mut first = true;
    if let Some(garbage) = garbage {
        out.extend_from_slice(garbage.json.as_bytes());
        first = false;
    }
    for stored in &page.objects {
        if !first {
            out.push(b',');
        }
        first = false;
        drawing.item(stored, &mut out);
    }
    out.extend_from_slice(after.as_bytes());
    Ok(send(head, settings, out))
}

fn send(head: &Head, settings: &Settings, out: Vec<u8>) -> Reply {
    if settings.slow_list.is_zero() && !settings.half_list {
        return respond::large(&head.headers, settings.no_gzip, out);
    }
    let all = Bytes::from(out);
    let end = if settings.half_list { all.len() / 2 } else { all.len() };
    let size = if settings.slow_list.is_zero() { CHUNK } else { 4096 };
    let (pause, cut) = (settings.slow_list, settings.half_list);
    let chunks = stream::unfold(0_usize, move |at| {
        let all = all.clone();
        async move {
            if at >= end {
                // What was sent so far must leave before the connection breaks.
                if cut && at != usize::MAX {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                return cut.then(|| (Err(io::Error::from(io::ErrorKind::ConnectionReset)), usize::MAX)).filter(|_| at != usize::MAX);
            }
            if at > 0 || !pause.is_zero() {
                tokio::time::sleep(pause.max(Duration::from_micros(1))).await;
            }
            let to = (at + size).min(end);
            Some((Ok(all.slice(at..to)), to))
        }
    });
    respond::reply(200, "application/json", respond::streamed(chunks))
}

fn page(store: &Store, head: &Head, kind: &Kind, selector: &Selector) -> Result<Page, Failure> {
    let query = &head.query;
    let Some(table) = store.table(kind) else { return Err(Failure::no_such_path()) };
    let asked = query.number("resourceVersion");
    let token = if query.get("continue").is_empty() { None } else { Some(Token::decode(query.get("continue"))?) };
    let mut version = store.version;
    let mut past = None;
    if let Some(token) = &token {
        if let Some(at) = token.version {
            past = Some(table.at(at).ok_or_else(|| Failure::expired_continue(&Token { version: None, ..token.clone() }.encode()))?);
            version = at;
        }
    } else if let Some(asked) = asked.filter(|v| *v > 0) {
        if asked > version {
            return Err(Failure::version_from_future(asked, version));
        }
        if query.get("resourceVersionMatch") == "Exact" {
            past = Some(table.at(asked).ok_or_else(Failure::expired_list)?);
            version = asked;
        }
    }
    // From the cache a list comes whole, whatever the limit.
    let whole = asked == Some(0) && token.is_none();
    let limit = query.number("limit").filter(|_| !whole).and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0).unwrap_or(usize::MAX);
    let objects = past.as_ref().unwrap_or(&table.objects);
    let from = token.map_or(Bound::Unbounded, |token| Bound::Excluded(token.after));
    let mut rest = objects.range((from, Bound::Unbounded)).map(|(_, stored)| stored).filter(|stored| selector.matches(&stored.value));
    let objects: Vec<Arc<Stored>> = rest.by_ref().take(limit).cloned().collect();
    let left = rest.count();
    let next = objects.last().filter(|_| left > 0).map(|last| Token { version: Some(version), after: last.key.clone() });
    Ok(Page { objects, version, next, left })
}

/// `pods/NAME/log`.
pub(super) fn log(server: &ApiServer, head: &Head, resource: &Resource) -> Result<Reply, Failure> {
    let kind = server.store().served("", "v1", "pods").ok_or_else(Failure::no_such_path)?;
    let pod = server.get("", "pods", &resource.namespace, &resource.name).ok_or_else(|| Failure::not_found(&kind, &resource.name))?;
    let names: Vec<String> = ["/spec/containers", "/spec/initContainers"]
        .iter()
        .flat_map(|path| pod.pointer(path).and_then(Value::as_array).into_iter().flatten())
        .filter_map(|c| c.get("name").and_then(Value::as_str).map(str::to_owned))
        .collect();
    let mut container = head.query.get("container").to_owned();
    if container.is_empty() {
        if names.len() > 1 {
            let message = format!("a container name must be specified for pod {}, choose one of: [{}]", resource.name, names.join(" "));
            return Err(Failure::bad_request(message));
        }
        container = names.first().cloned().unwrap_or_default();
    } else if !names.contains(&container) {
        return Err(Failure::bad_request(format!("container {container} is not valid for pod {}", resource.name)));
    }
    let previous = head.query.flag("previous");
    let text = server.logs().text(&resource.namespace, &resource.name, &container, previous).map(str::to_owned);
    if previous && text.is_none() {
        let message = format!("previous terminated container \"{container}\" in pod \"{}\" not found", resource.name);
        return Err(Failure::bad_request(message));
    }
    let text = text.unwrap_or_default();
    let shown = tail(&text, head.query.number("tailLines"), head.query.number("limitBytes"));
    if head.query.flag("follow") && !previous {
        return Ok(follow(server, resource, container, shown, text.len()));
    }
    Ok(respond::reply(200, "text/plain", respond::full(shown)))
}

fn tail(text: &str, lines: Option<u64>, bytes: Option<u64>) -> String {
    let mut shown = text.to_owned();
    if let Some(count) = lines.and_then(|n| usize::try_from(n).ok()) {
        let all: Vec<&str> = text.split_inclusive('\n').collect();
        shown = all.get(all.len().saturating_sub(count)..).unwrap_or_default().concat();
    }
    if let Some(limit) = bytes.and_then(|n| usize::try_from(n).ok()) {
        let whole = (0..=limit.min(shown.len())).rev().find(|i| shown.is_char_boundary(*i));
        shown.truncate(whole.unwrap_or(0));
    }
    shown
}

/// One stream of a log.
struct Tail {
    server: ApiServer,
    resource: Resource,
    container: String,
    first: Option<String>,
    seen: usize,
    changed: Receiver<u64>,
    /// The server ends what is open, whatever the container does.
    cut: Receiver<u64>,
    _open: Open,
}

/// The log so far and then whatever is appended, until the container does not run any more.
fn follow(server: &ApiServer, resource: &Resource, container: String, shown: String, seen: usize) -> Reply {
    let (changed, open) = {
        let logs = server.logs();
        (logs.on_change(), logs.opened(&resource.namespace, &resource.name, &container))
    };
    let cut = server.faults().on_drop_watches();
    let start = Tail { server: server.clone(), resource: resource.clone(), container, first: Some(shown), seen, changed, cut, _open: open };
    let chunks = stream::unfold(start, |mut tail| async move {
        let more = tail.next().await?;
        Some((Ok(Bytes::from(more)), tail))
    });
    respond::reply(200, "text/plain", respond::streamed(chunks))
}

impl Tail {
    async fn next(&mut self) -> Option<String> {
        if let Some(first) = self.first.take().filter(|text| !text.is_empty()) {
            return Some(first);
        }
        let (namespace, name) = (&self.resource.namespace, &self.resource.name);
        loop {
            while self.server.faults().settings().frozen {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            let is_over = self.is_over();
            let text = self.server.logs().text(namespace, name, &self.container, false).map(str::to_owned).unwrap_or_default();
            if let Some(more) = text.get(self.seen..).filter(|more| !more.is_empty()) {
                self.seen = text.len();
                return Some(more.to_owned());
            }
            if is_over {
                return None;
            }
            self.seen = self.seen.min(text.len());
            tokio::select! {
                woken = self.changed.changed() => woken.ok()?,
                _ = self.cut.changed() => return None,
                () = tokio::time::sleep(Duration::from_millis(500)) => {}
            }
        }
    }

    /// The pod is gone, or its status says that the container does not run.
    fn is_over(&self) -> bool {
        let Some(pod) = self.server.get("", "pods", &self.resource.namespace, &self.resource.name) else { return true };
        let statuses = pod.pointer("/status/containerStatuses").and_then(Value::as_array);
        let own = statuses.into_iter().flatten().find(|c| c["name"] == self.container.as_str());
        own.is_some_and(|c| c.pointer("/state/running").is_none_or(Value::is_null))
    }
}
