//! One task per watched kind: which version, which namespaces, when to ask again. The reading itself is in `scope`.
//!
//! May import: as the room. To extend: what a stream may send is in `decode`; how a set is read in `scope`; nothing here knows an engine by name.

mod decode;
mod lines;
mod namespaces;
mod scope;
mod seen;
mod turns;

pub use seen::Seen;
pub use turns::Turns;

use super::api::{Api, ApiError};
use super::backoff::Backoff;
use super::discover::Groups;
use super::session::together;
use crate::domain::clock::Clock;
use crate::domain::cluster::KindState;
use crate::domain::event::ClusterEvent;
use crate::domain::ids::{ClusterId, Epoch};
use crate::engine::{Engine, WatchedKind};
use scope::{Halt, Scope};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::time::Instant;

/// What stays absent is asked for after at most so many parks.
const PARKS: u32 = 5;

/// What all kinds of one connection share.
#[derive(Clone)]
pub struct WatchContext {
    pub cluster: ClusterId,
    pub epoch: Epoch,
    pub api: Api,
    pub groups: Groups,
    pub sink: mpsc::Sender<ClusterEvent>,
    pub reports: mpsc::Sender<Report>,
    pub clock: Clock,
    /// Lists only: asked for, or the server has no streaming lists.
    pub lists_only: Arc<AtomicBool>,
    /// Whole lists in memory at once, in the whole process.
    pub big_lists: Arc<Semaphore>,
    /// The same for this connection: a slow cluster holds up itself before it holds up others.
    pub own_lists: Arc<Semaphore>,
    /// Open streams of this connection; the server's own limit is a hundred, and requests need some.
    pub streams: Turns,
    /// Something broke: look now whether the server is there.
    pub poke: Arc<Notify>,
    /// Counts "try again now".
    pub retry: watch::Receiver<u64>,
    /// Where to look when the whole cluster is forbidden.
    pub namespaces: Arc<[String]>,
}

/// What a kind tells the session.
#[derive(Debug)]
pub enum Report {
    State(usize, KindState),
    Unauthorized(ApiError),
}

/// A kind and what is known of it across connections.
#[derive(Clone)]
pub struct KindWatch {
    pub index: usize,
    pub engine: &'static dyn Engine,
    pub kind: &'static WatchedKind,
    pub seen: Arc<Mutex<Seen>>,
}

impl WatchContext {
    /// Waits for the pause or for "try again now".
    async fn pause(&self, pause: Duration) {
        self.pause_until(Instant::now() + pause).await;
    }

    /// Waits to ask again for what is not there: together with all that waits so.
    async fn park(&self, times: u32) {
        let timings = &self.api.timings;
        self.pause_until(together(timings.park * times.clamp(1, PARKS), timings.beat_every)).await;
    }

    async fn pause_until(&self, at: Instant) {
        let mut retry = self.retry.clone();
        retry.mark_unchanged();
        tokio::select! {
            () = tokio::time::sleep_until(at) => {}
            _ = retry.changed() => {}
        }
    }
}

/// Watches a kind until the session ends.
pub async fn run(ctx: WatchContext, watch: KindWatch) {
    let mut forbidden_before = false;
    let (mut failures, mut absent) = (0u32, 0u32);
    let mut backoff = Backoff::new(ctx.api.timings.watch_first, ctx.api.timings.watch_cap);
    loop {
        let versions = match served(&ctx, watch.kind).await {
            Ok(versions) => versions,
            Err(error) => {
                if error.is_transport() {
                    ctx.poke.notify_one();
                }
                failures += 1;
                let pause = backoff.step(error.retry_after);
                // A starting server answers so for a moment: not worth a word.
                if failures > 2 || error.class == super::Class::Unauthorized {
                    report_trouble(&ctx, &watch, error).await;
                }
                ctx.pause(pause).await;
                continue;
            }
        };
        failures = 0;
        backoff.reset();
        let (halt, was_live) = by_version(&ctx, &watch, versions).await;
        absent = match halt {
            // It came and went.
            Halt::NotServed if was_live => 1,
            Halt::NotServed => absent + 1,
            _ => 0,
        };
        match halt {
            Halt::Closed => return,
            Halt::Unauthorized(error) => {
                report_trouble(&ctx, &watch, error).await;
                ctx.pause(ctx.api.timings.watch_first).await;
            }
            // A starting server says 403 before it knows its roles.
            Halt::Forbidden(_) if !forbidden_before => {
                forbidden_before = true;
                ctx.pause(ctx.api.timings.forbidden_again).await;
            }
            Halt::Forbidden(version) => match namespaces::run(&ctx, &watch, &version).await {
                Halt::Closed => return,
                Halt::Unauthorized(error) => report_trouble(&ctx, &watch, error).await,
                _ => {}
            },
            Halt::Allowed => {}
            Halt::NotServed => {
                tell(&ctx, &watch, KindState::NotServed).await;
                ctx.park(absent).await;
            }
        }
    }
}

/// Versions that we can read and the server has, best first; all of ours where discovery is forbidden.
async fn served(ctx: &WatchContext, kind: &WatchedKind) -> Result<Vec<String>, ApiError> {
    let ours = || kind.versions.iter().map(|v| (*v).to_owned());
    match ctx.groups.served(&ctx.api, kind.group).await {
        Ok(theirs) => Ok(ours().filter(|v| theirs.contains(v)).collect()),
        Err(e) if e.class == super::Class::Forbidden => Ok(ours().collect()),
        Err(e) => Err(e),
    }
}

/// A group may serve a version without this kind: the next one is tried. Also tells whether it was read for a while.
async fn by_version(ctx: &WatchContext, watch: &KindWatch, versions: Vec<String>) -> (Halt, bool) {
    let mut was_live = false;
    for version in versions {
        let (states, mut told) = mpsc::channel(8);
        let scope = Scope::new(ctx.clone(), watch.clone(), version, String::new(), states);
        let mut running = std::pin::pin!(scope.run());
        let halt = loop {
            tokio::select! {
                halt = &mut running => break halt,
                Some((_, state)) = told.recv() => {
                    was_live |= matches!(state, KindState::Live);
                    tell(ctx, watch, state).await;
                }
            }
        };
        // What was told together with the end.
        while let Ok((_, state)) = told.try_recv() {
            was_live |= matches!(state, KindState::Live);
            tell(ctx, watch, state).await;
        }
        if !matches!(halt, Halt::NotServed) {
            return (halt, was_live);
        }
    }
    (Halt::NotServed, was_live)
}

async fn report_trouble(ctx: &WatchContext, watch: &KindWatch, error: ApiError) {
    if error.class == super::Class::Unauthorized {
        let _ = ctx.reports.send(Report::Unauthorized(error)).await;
        return;
    }
    let state = KindState::Broken { since: ctx.clock.now(), cause: error.message, next_try_at: None };
    tell(ctx, watch, state).await;
}

async fn tell(ctx: &WatchContext, watch: &KindWatch, state: KindState) {
    let _ = ctx.reports.send(Report::State(watch.index, state)).await;
}
