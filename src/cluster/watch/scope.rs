//! Reads one kind, cluster-wide or in one namespace: the whole set first, then its changes, for as long as the session lives.

mod list;

use super::decode::{self, Event, Meta};
use super::lines::Lines;
use super::seen::Mark;
use super::{KindWatch, WatchContext};
use crate::cluster::api::{ApiError, Class, escape, path, request};
use crate::cluster::backoff::Backoff;
use crate::cluster::client::Line;
use crate::cluster::pace::Pace;
use crate::domain::Timestamp;
use crate::domain::cluster::KindState;
use crate::domain::event::{ClusterEvent, Parsed};
use futures::FutureExt as _;
use http::{HeaderValue, Method};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Why a kind is read no longer in this way.
#[derive(Debug)]
pub(super) enum Halt {
    /// The version that was asked.
    Forbidden(String),
    NotServed,
    Unauthorized(ApiError),
    /// Cluster-wide reading is allowed now.
    Allowed,
    /// Nobody listens any more.
    Closed,
}

enum Trouble {
    Api(ApiError),
    Closed,
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

/// A stream while it is read.
struct Open {
    lines: Lines,
    pace: Pace,
    since: Instant,
    /// Between two pieces, once the set is whole.
    longest: Duration,
}

const BATCH: usize = 200;
/// More objects of one kind than any fleet has: the server lies, or we are about to run out of memory.
const MAX_OBJECTS: usize = 200_000;

pub(super) struct Scope {
    ctx: WatchContext,
    watch: KindWatch,
    version: String,
    /// Empty = cluster-wide.
    namespace: String,
    states: mpsc::Sender<(String, KindState)>,
    /// Where the watch goes on; `None` = the whole set is needed.
    resource_version: Option<String>,
    /// This kind never got the end mark of a streaming list.
    lists_only: bool,
    broken_since: Option<Timestamp>,
    told_live: bool,
    batch: Vec<Parsed>,
    marks: Vec<Mark>,
    batch_since: Option<Instant>,
    /// When changes were last handed over.
    flushed_at: Option<Instant>,
    present: Vec<(String, String)>,
}

impl Scope {
    pub fn new(ctx: WatchContext, watch: KindWatch, version: String, namespace: String, states: mpsc::Sender<(String, KindState)>) -> Self {
        Self {
            ctx,
            watch,
            version,
            namespace,
            states,
            resource_version: None,
            lists_only: false,
            broken_since: None,
            told_live: false,
            batch: Vec::new(),
            marks: Vec::new(),
            batch_since: None,
            flushed_at: None,
            present: Vec::new(),
        }
    }

    pub async fn run(mut self) -> Halt {
        let timings = self.ctx.api.timings.clone();
        let mut backoff = Backoff::new(timings.watch_first, timings.watch_cap);
        let mut failures = 0u32;
        loop {
            let began = Instant::now();
            let ended = self.round().await;
            // What was read is true even if the set is not whole; the resume point has moved past it.
            if self.flush().await.is_err() {
                return Halt::Closed;
            }
            self.present.clear();
            // A server that ends, or expires, every stream at once must not make us spin.
            let quick = began.elapsed() < Duration::from_secs(1);
            if !quick {
                backoff.reset();
                failures = 0;
            }
            let error = match ended {
                Ok(()) if !quick => continue,
                Ok(()) => {
                    failures += 1;
                    if failures > 1 {
                        self.ctx.pause(backoff.step(None)).await;
                    }
                    continue;
                }
                Err(Trouble::Closed) => return Halt::Closed,
                Err(Trouble::Api(error)) => error,
            };
            failures += 1;
            match error.class {
                Class::Forbidden => return Halt::Forbidden(self.version),
                Class::Unauthorized => return Halt::Unauthorized(error),
                Class::NotServed | Class::NotFound => return Halt::NotServed,
                Class::Expired => {
                    self.resource_version = None;
                    if failures <= 2 {
                        continue;
                    }
                }
                Class::Invalid if self.resource_version.is_none() && !self.reads_lists() => {
                    self.ctx.lists_only.store(true, Ordering::Relaxed);
                    continue;
                }
                _ => {}
            }
            let pause = backoff.step(error.retry_after);
            self.trouble(&error, failures, pause).await;
            self.ctx.pause(pause).await;
        }
    }

    fn reads_lists(&self) -> bool {
        self.lists_only || self.ctx.lists_only.load(Ordering::Relaxed)
    }

    /// A first "ask later" is silence; a broken connection, or a second failure, is told.
    async fn trouble(&mut self, error: &ApiError, failures: u32, pause: Duration) {
        if error.is_transport() {
            self.ctx.poke.notify_one();
        }
        tracing::debug!(kind = self.watch.kind.plural, class = ?error.class, code = error.code, "watch broken");
        if failures < 2 || (matches!(error.class, Class::Busy | Class::Gateway) && failures < 4) {
            return;
        }
        let now = self.ctx.clock.now();
        let since = *self.broken_since.get_or_insert(now);
        self.told_live = false;
        let next_try_at = now.checked_add(jiff::SignedDuration::from_millis(i64::try_from(pause.as_millis()).unwrap_or(0))).ok();
        self.tell(KindState::Broken { since, cause: error.message.clone(), next_try_at }).await;
    }

    async fn tell(&self, state: KindState) {
        let _ = self.states.send((self.namespace.clone(), state)).await;
    }

    async fn live(&mut self) {
        if !self.told_live {
            self.told_live = true;
            self.broken_since = None;
            self.tell(KindState::Live).await;
        }
    }

    fn url(&self) -> String {
        let kind = self.watch.kind;
        let mut url = path(kind.group, &self.version, &self.namespace, kind.plural, "");
        url.push('?');
        if let Some(name) = kind.only {
            url.push_str(&format!("fieldSelector=metadata.name%3D{}&", escape(name)));
        }
        url
    }

    async fn round(&mut self) -> Result<(), Trouble> {
        if !self.told_live && self.broken_since.is_none() {
            self.tell(KindState::Loading { so_far: 0 }).await;
        }
        if self.resource_version.is_none() && self.reads_lists() {
            self.list().await?;
        }
        self.stream().await
    }

    async fn stream(&mut self) -> Result<(), Trouble> {
        let turns = self.ctx.streams.clone();
        let _permit = turns.take().await.map_err(|_| Trouble::Closed)?;
        let line = self.ctx.api.line;
        let seconds = if line == Line::Mute { 30 } else { 290 };
        // The server ends it before.
        let whole = Duration::from_secs(seconds + 10);
        let longest = if line == Line::Here { self.ctx.api.timings.watch_silence.min(whole) } else { whole };
        let start = match &self.resource_version {
            Some(version) => format!("resourceVersion={}", escape(version)),
            None => "sendInitialEvents=true&resourceVersionMatch=NotOlderThan".to_owned(),
        };
        let url = format!("{}watch=1&allowWatchBookmarks=true&timeoutSeconds={seconds}&{start}", self.url());
        let mut request = request(Method::GET, &url, None)?;
        // A compressing proxy would hold events back.
        request.headers_mut().insert("accept-encoding", HeaderValue::from_static("identity"));
        let answer = self.ctx.api.send(request, self.ctx.api.timings.get).await?;
        let lines = Lines::new(answer.into_body(), self.ctx.api.heard.clone());
        let mut open = Open { lines, pace: self.ctx.api.pace(), since: Instant::now(), longest };
        if self.resource_version.is_some() {
            self.live().await;
        }
        loop {
            if let Some(line) = open.lines.ready() {
                self.line(&line).await?;
                continue;
            }
            if !self.fill(&mut open).await? {
                break;
            }
        }
        self.flush().await?;
        if self.resource_version.is_none() {
            return Err(ApiError::new(Class::Lost, "the stream ended before the whole set was there").into());
        }
        if open.lines.is_torn() {
            return Err(ApiError::new(Class::Lost, "the stream broke off inside an event").into());
        }
        Ok(())
    }

    /// Waits for more of the stream, but no longer than what is in hand may wait; `false` at its end, and when others wait for a stream.
    async fn fill(&mut self, open: &mut Open) -> Result<bool, Trouble> {
        let initial = self.resource_version.is_none();
        let timings = self.ctx.api.timings.clone();
        let silence = if initial { timings.stream_silence } else { open.longest };
        let wait = match self.batch_since {
            Some(since) => {
                let calm = self.flushed_at.filter(|_| !initial).map(|at| at + timings.calm);
                (since + timings.batch).max(calm.unwrap_or(since)).saturating_duration_since(Instant::now())
            }
            None => silence,
        };
        if initial {
            return match open.pace.wait(wait, open.lines.fill()).await {
                Ok(more) => {
                    open.pace.took(more.as_ref().ok().copied().flatten().unwrap_or_default());
                    Ok(more?.is_some())
                }
                Err(_) if self.batch_since.is_some() => self.flush().await.map(|()| true),
                Err(error) => {
                    // An old server takes the parameters and never marks the end; over a slow link a compressed list comes sooner.
                    self.lists_only = true;
                    Err(error.into())
                }
            };
        }
        if self.batch_since.is_some() {
            // What follows meanwhile is read when this is handed over: each look at the stream would cost a wake-up.
            // A deletion waits as long as changes do.
            tokio::time::sleep(wait).await;
            return match open.lines.fill().now_or_never() {
                Some(more) => Ok(more?.is_some()),
                None => self.flush().await.map(|()| true),
            };
        }
        // Between two events, and with all of them handed over, nothing is lost: where to go on is known.
        let may_give_way = !open.lines.is_torn();
        let more = tokio::select! {
            more = tokio::time::timeout(wait, open.lines.fill()) => more,
            () = self.ctx.streams.over(open.since), if may_give_way => return Ok(false),
        };
        match more {
            Ok(more) => Ok(more?.is_some()),
            Err(_) => Err(ApiError::new(Class::Timeout, "the watch was silent for too long").into()),
        }
    }

    async fn line(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let initial = self.resource_version.is_none();
        match decode::line(bytes)? {
            Event::Changed(meta, text) => {
                self.changed(&meta, text, initial).await?;
                self.advance(&meta.resource_version);
            }
            Event::Deleted(meta) => {
                self.flush().await?;
                self.advance(&meta.resource_version);
                self.removed(meta, initial).await?;
            }
            Event::Bookmark(version, true) if initial => self.complete(version).await?,
            Event::Bookmark(version, _) => self.advance(&version),
        }
        Ok(())
    }

    fn advance(&mut self, version: &str) {
        if let Some(at) = &mut self.resource_version
            && !version.is_empty()
        {
            at.clear();
            at.push_str(version);
        }
    }

    async fn changed(&mut self, meta: &Meta, text: &str, initial: bool) -> Result<(), Trouble> {
        if initial {
            if self.present.len() >= MAX_OBJECTS {
                return Err(ApiError::new(Class::Garbage, &format!("more than {MAX_OBJECTS} objects")).into());
            }
            self.present.push((meta.namespace.clone(), meta.name.clone()));
        }
        let mark = Mark::of(meta);
        if self.watch.seen.lock().unwrap_or_else(PoisonError::into_inner).has(&mark) {
            return Ok(());
        }
        let KindWatch { engine, kind, .. } = &self.watch;
        let parsed = engine.parse(kind, &self.ctx.cluster, &self.version, text, self.ctx.clock.now());
        if matches!(&parsed, Parsed::App(app) if app.id.name.is_empty()) {
            // Its name was read, the rest is no JSON: nothing that an API server writes.
            return Err(ApiError::new(Class::Garbage, "an event that breaks off").into());
        }
        self.batch.push(parsed);
        self.marks.push(mark);
        self.batch_since.get_or_insert_with(Instant::now);
        if self.batch.len() >= BATCH {
            self.flush().await?;
        }
        Ok(())
    }

    async fn removed(&mut self, meta: Meta, initial: bool) -> Result<(), Trouble> {
        if initial {
            self.present.retain(|(ns, name)| *ns != meta.namespace || *name != meta.name);
        }
        let (cluster, epoch, kind) = (self.ctx.cluster.clone(), self.ctx.epoch, self.watch.kind.plural.to_owned());
        self.watch.seen.lock().unwrap_or_else(PoisonError::into_inner).forget(&meta.namespace, &meta.name);
        self.send(ClusterEvent::Removed { cluster, epoch, kind, namespace: meta.namespace, name: meta.name }).await
    }

    /// Hands over what was read; only then it counts as seen.
    async fn flush(&mut self) -> Result<(), Trouble> {
        self.batch_since = None;
        if self.batch.is_empty() {
            return Ok(());
        }
        self.flushed_at = Some(Instant::now());
        let objects = std::mem::take(&mut self.batch);
        self.send(ClusterEvent::Upsert { cluster: self.ctx.cluster.clone(), epoch: self.ctx.epoch, objects }).await?;
        {
            let mut seen = self.watch.seen.lock().unwrap_or_else(PoisonError::into_inner);
            self.marks.drain(..).for_each(|mark| seen.keep(mark));
        }
        if self.resource_version.is_none() {
            self.tell(KindState::Loading { so_far: self.present.len() }).await;
        }
        Ok(())
    }

    async fn complete(&mut self, version: String) -> Result<(), Trouble> {
        if version.is_empty() {
            return Err(ApiError::new(Class::Garbage, "a list without a resource version").into());
        }
        self.flush().await?;
        let present = std::mem::take(&mut self.present);
        self.watch.seen.lock().unwrap_or_else(PoisonError::into_inner).retain(&self.namespace, &present);
        let namespaces = if self.namespace.is_empty() { Vec::new() } else { vec![self.namespace.clone()] };
        let (cluster, epoch, kind) = (self.ctx.cluster.clone(), self.ctx.epoch, self.watch.kind.plural.to_owned());
        self.send(ClusterEvent::Complete { cluster, epoch, kind, namespaces, present }).await?;
        self.resource_version = Some(version);
        self.live().await;
        Ok(())
    }

    async fn send(&self, event: ClusterEvent) -> Result<(), Trouble> {
        self.ctx.sink.send(event).await.map_err(|_| Trouble::Closed)
    }
}
