//! The life of a session: connect, serve until the connection is lost, pause, again.

use super::beat;
use super::connect::{self, Connected, NoConnection};
use super::handle::SessionHandle;
use super::renew::{self, Renewal};
use super::status::Board;
use crate::cluster::api::{ApiError, Class};
use crate::cluster::backoff::Backoff;
use crate::cluster::client::Target;
use crate::cluster::discover::Groups;
use crate::cluster::engines;
use crate::cluster::kubeconfig::{FaultKind, Kubeconfig, KubeconfigFault};
use crate::cluster::watch::{self, KindWatch, Report, Seen, Turns, WatchContext};
use crate::domain::Timestamp;
use crate::domain::cluster::{ContextInfo, EngineInfo, Link};
use crate::domain::event::ClusterEvent;
use crate::domain::ids::{ClusterId, EngineKind, Epoch};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinSet;

/// Whole lists of one cluster held in memory at once.
const OWN_LISTS: usize = 2;

pub(super) struct Supervisor {
    pub session: SessionHandle,
    sink: mpsc::Sender<ClusterEvent>,
    epoch: Epoch,
    seen: Vec<Arc<Mutex<Seen>>>,
}

/// Never the same twice in a process: a session that is started anew must not look older than the one before it.
fn next_epoch() -> Epoch {
    static LAST: AtomicU64 = AtomicU64::new(0);
    Epoch(LAST.fetch_add(1, Ordering::Relaxed) + 1)
}

/// Nobody reads our events any more.
struct Closed;

/// Anew for each connection: certificates are rotated. Their files may lie on a slow disk, and are read without yielding.
pub(super) async fn resolve(kubeconfig: &Arc<Kubeconfig>, context: &ClusterId) -> Result<Target, KubeconfigFault> {
    let (kubeconfig, context, runtime) = (kubeconfig.clone(), context.clone(), tokio::runtime::Handle::current());
    let read = tokio::task::spawn_blocking(move || runtime.block_on(Target::resolve(&kubeconfig, context.as_str())));
    read.await.unwrap_or_else(|e| Err(KubeconfigFault::new(FaultKind::BadFile, "its files", e.to_string(), "try again")))
}

pub(super) async fn run(session: SessionHandle, kubeconfig: Arc<Kubeconfig>, sink: mpsc::Sender<ClusterEvent>) {
    let seen = session.settings().kinds.iter().map(|_| Arc::default()).collect();
    let mut supervisor = Supervisor { session, sink, epoch: Epoch(0), seen };
    let _ = supervisor.live(&kubeconfig).await;
    supervisor.session.set_verified(None);
}

/// For ever without a time.
async fn rest(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

impl Supervisor {
    async fn live(&mut self, kubeconfig: &Arc<Kubeconfig>) -> Result<(), Closed> {
        let context = self.session.id().clone();
        self.link(Link::Connecting { since: self.now() }).await?;
        let timings = self.session.settings().timings.clone();
        let mut backoff = Backoff::new(timings.reconnect_first, timings.reconnect_cap);
        let mut logins = Backoff::new(timings.login_again, timings.login_again * 5);
        let mut down_since: Option<Timestamp> = None;
        let mut retries = self.session.retries();
        loop {
            self.epoch = next_epoch();
            retries.mark_unchanged();
            let target = match resolve(kubeconfig, &context).await {
                // A file it names may be written anew at any time; what the kubeconfig itself says must change first, and then the
                // session is started anew.
                Err(fault) if fault.kind != FaultKind::BadFile => return self.link(Link::Invalid { cause: fault.to_string() }).await,
                target => target.map_err(|fault| NoConnection::Unusable(fault.to_string())),
            };
            let connected = match target {
                Ok(target) => connect::connect(&self.session, &target).await,
                Err(end) => Err(end),
            };
            let ended = match connected {
                Ok(connected) => {
                    backoff.reset();
                    logins.reset();
                    down_since = None;
                    let ended = self.serve(connected).await;
                    self.session.set_verified(None);
                    ended?
                }
                Err(error) => error,
            };
            let since = *down_since.get_or_insert(self.now());
            let pause = match &ended {
                NoConnection::Changed(_) => None,
                NoConnection::Login(_) | NoConnection::Unusable(_) => Some(logins.step(None)),
                NoConnection::Failed(error) => Some(backoff.step(error.retry_after)),
            };
            self.link(match ended {
                NoConnection::Changed(what) => Link::Changed { what },
                NoConnection::Unusable(cause) => Link::Invalid { cause },
                NoConnection::Login(cause) => Link::LoginNeeded { since, cause },
                NoConnection::Failed(error) => {
                    Link::Unreachable { since, cause: error.message, next_try_at: pause.and_then(|p| self.after(p)) }
                }
            })
            .await?;
            tokio::select! {
                () = rest(pause) => {}
                _ = retries.changed() => {
                    backoff.reset();
                    logins.reset();
                    self.link(Link::Connecting { since: self.now() }).await?;
                }
                () = self.sink.closed() => return Err(Closed),
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.session.settings().clock.now()
    }

    fn after(&self, pause: Duration) -> Option<Timestamp> {
        let pause = jiff::SignedDuration::from_millis(i64::try_from(pause.as_millis()).ok()?);
        self.now().checked_add(pause).ok()
    }

    async fn send(&self, event: ClusterEvent) -> Result<(), Closed> {
        self.sink.send(event).await.map_err(|_| Closed)
    }

    async fn link(&self, link: Link) -> Result<(), Closed> {
        if self.session.set_link(&link) {
            tracing::info!(cluster = self.session.id().as_str(), link = link.word(), "link");
            self.send(ClusterEvent::Link { cluster: self.session.id().clone(), link }).await?;
        }
        Ok(())
    }

    /// Until the connection is lost: why.
    async fn serve(&mut self, connected: Connected) -> Result<NoConnection, Closed> {
        let (reports, incoming) = mpsc::channel(64);
        let poke = Arc::new(Notify::new());
        let mut tasks = JoinSet::new();
        let fingerprint = connected.verified.fingerprint.clone();
        self.session.set_known(Some(fingerprint.clone()));
        self.session.set_verified(Some(connected.verified.clone()));
        let cluster = self.session.id().clone();
        let (user, moved) = (connected.user.clone(), connected.moved.clone());
        self.send(ClusterEvent::Identity { cluster, fingerprint, user, moved }).await?;
        self.send(ClusterEvent::Heard { cluster: self.session.id().clone(), at: self.now() }).await?;
        self.spawn_all(&connected, &reports, &poke, &mut tasks);
        let board = Board {
            kinds: self.session.settings().kinds.iter().map(|(_, kind)| (*kind, None)).collect(),
            since: self.now(),
            user: connected.user.clone(),
        };
        self.link(board.link()).await?;
        let again = self.session.settings().timings.renew_again;
        let serving = Serving {
            supervisor: self,
            renew_at: renew::due(connected.login.as_ref(), again),
            connected,
            board,
            engines: Vec::new(),
            engine_task: JoinSet::new(),
            renewals: JoinSet::new(),
            pauses: Backoff::new(again, again * 4),
            refreshing: false,
            refreshed: None,
        };
        serving.run(incoming, &poke, tasks).await
    }

    fn spawn_all(&self, connected: &Connected, reports: &mpsc::Sender<Report>, poke: &Arc<Notify>, tasks: &mut JoinSet<()>) {
        let settings = self.session.settings();
        let ctx = WatchContext {
            cluster: self.session.id().clone(),
            epoch: self.epoch,
            api: connected.verified.api.clone(),
            groups: Groups::default(),
            sink: self.sink.clone(),
            reports: reports.clone(),
            clock: settings.clock,
            lists_only: Arc::new(AtomicBool::new(settings.force_list)),
            big_lists: settings.commons.big_lists.clone(),
            own_lists: Arc::new(Semaphore::new(OWN_LISTS)),
            streams: Turns::new(settings.streams, settings.timings.stream_turn),
            poke: poke.clone(),
            retry: self.session.retries(),
            namespaces: fallbacks(self.session.context(), &settings.namespaces).into(),
        };
        for (index, ((engine, kind), seen)) in settings.kinds.iter().zip(&self.seen).enumerate() {
            tasks.spawn(watch::run(ctx.clone(), KindWatch { index, engine: *engine, kind, seen: seen.clone() }));
        }
    }
}

/// Where to look when the whole cluster is forbidden: the context's own, the configured ones, the usual homes of the engines.
pub(super) fn fallbacks(context: &ContextInfo, configured: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let own = context.namespace.iter().chain(configured).map(String::as_str);
    for name in own.chain(["argocd", "flux-system"]) {
        if !name.is_empty() && !out.iter().any(|n| n == name) {
            out.push(name.to_owned());
        }
    }
    out
}

/// A connection while it stands.
pub(super) struct Serving<'a> {
    pub supervisor: &'a Supervisor,
    pub connected: Connected,
    board: Board,
    engines: Vec<EngineKind>,
    engine_task: JoinSet<()>,
    pub renewals: JoinSet<Renewal>,
    pub renew_at: Option<tokio::time::Instant>,
    pub pauses: Backoff,
    /// A fresh login is being fetched because the server refused the one we have; when that last ended.
    pub refreshing: bool,
    pub refreshed: Option<Instant>,
}

impl Serving<'_> {
    async fn run(
        mut self,
        mut incoming: mpsc::Receiver<Report>,
        poke: &Arc<Notify>,
        mut tasks: JoinSet<()>,
    ) -> Result<NoConnection, Closed> {
        let api = self.connected.verified.api.clone();
        let mut dead = std::pin::pin!(beat::until_dead(api.clone(), poke.clone()));
        let mut retries = self.supervisor.session.retries();
        let mut tick = tokio::time::interval(api.timings.heard_every);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut heard, mut wall) = (api.heard.last(), SystemTime::now());
        loop {
            let renew_at = self.renew_at;
            tokio::select! {
                error = &mut dead => return Ok(NoConnection::Failed(error)),
                Some(report) = incoming.recv() => {
                    if let Some(end) = self.report(report).await? {
                        return Ok(end);
                    }
                }
                Some(ended) = tasks.join_next() => {
                    // A watch that failed inside would leave its rows as live as they were.
                    if ended.is_err_and(|e| e.is_panic()) {
                        return Ok(NoConnection::Failed(ApiError::new(Class::Garbage, "a watch failed inside driftdeck; the log says more")));
                    }
                }
                Some(ended) = self.engine_task.join_next() => {
                    if ended.is_err_and(|e| e.is_panic()) {
                        return Ok(NoConnection::Failed(ApiError::new(Class::Garbage, "the look at its engines failed inside driftdeck; the log says more")));
                    }
                }
                () = async { if let Some(at) = renew_at { tokio::time::sleep_until(at).await } }, if renew_at.is_some() => {
                    self.renew_at = None;
                    self.start_renewal(None);
                }
                Some(ended) = self.renewals.join_next() => {
                    if let Ok(renewal) = ended
                        && let Some(end) = self.renewed(renewal)
                    {
                        return Ok(end);
                    }
                }
                _ = retries.changed() => poke.notify_one(),
                _ = tick.tick() => {
                    // A laptop that slept: connections are probably dead, and nothing else will say so soon.
                    let slept = wall.elapsed().is_ok_and(|e| e > api.timings.heard_every * 5);
                    wall = SystemTime::now();
                    if slept {
                        poke.notify_one();
                    }
                    if api.heard.last() != heard {
                        heard = api.heard.last();
                        let (cluster, at) = (self.supervisor.session.id().clone(), self.supervisor.now());
                        self.supervisor.send(ClusterEvent::Heard { cluster, at }).await?;
                    }
                }
                () = self.supervisor.sink.closed() => return Err(Closed),
            }
        }
    }

    async fn report(&mut self, report: Report) -> Result<Option<NoConnection>, Closed> {
        match report {
            Report::Unauthorized(error) => Ok(self.refresh(&error)),
            Report::State(index, state) => {
                let Some((kind, now)) = self.board.kinds.get_mut(index) else { return Ok(None) };
                if now.as_ref() == Some(&state) {
                    return Ok(None);
                }
                *now = Some(state.clone());
                let (cluster, kind) = (self.supervisor.session.id().clone(), kind.plural.to_owned());
                self.supervisor.send(ClusterEvent::Kind { cluster, kind, state }).await?;
                self.supervisor.link(self.board.link()).await?;
                self.find_engines().await?;
                Ok(None)
            }
        }
    }

    /// Names the engines at once; their versions and how their controllers do when those were read, and again and again.
    async fn find_engines(&mut self) -> Result<(), Closed> {
        let engines = self.board.engines();
        if engines == self.engines {
            return Ok(());
        }
        self.engines = engines.clone();
        self.tell_engines(engines.iter().map(|name| EngineInfo { name: *name, version: None }).collect()).await?;
        let session = &self.supervisor.session;
        let question = engines::Question {
            api: self.connected.verified.api.clone(),
            engines,
            namespaces: fallbacks(session.context(), &session.settings().namespaces),
            clock: session.settings().clock,
        };
        self.engine_task.abort_all();
        self.engine_task.spawn(keep_looking(session.clone(), question, self.connected.kubernetes.clone(), self.supervisor.sink.clone()));
        Ok(())
    }

    async fn tell_engines(&self, engines: Vec<EngineInfo>) -> Result<(), Closed> {
        let (cluster, kubernetes) = (self.supervisor.session.id().clone(), self.connected.kubernetes.clone());
        self.supervisor.send(ClusterEvent::Engines { cluster, engines, kubernetes }).await
    }
}

/// Looks at the controllers until the connection ends; at once again where the operator asks for it.
async fn keep_looking(session: SessionHandle, question: engines::Question, kubernetes: Option<String>, sink: mpsc::Sender<ClusterEvent>) {
    let mut retries = session.retries();
    loop {
        retries.mark_unchanged();
        let (engines, found) = engines::look(&question).await;
        let cluster = session.id().clone();
        if engines.iter().any(|e| e.version.is_some()) {
            let event = ClusterEvent::Engines { cluster: cluster.clone(), engines, kubernetes: kubernetes.clone() };
            if sink.send(event).await.is_err() {
                return;
            }
        }
        if sink.send(ClusterEvent::Controllers { cluster, found }).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(session.settings().timings.engines_every) => {}
            _ = retries.changed() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_started_anew_is_never_older_than_the_one_before_it() {
        let first = next_epoch();
        assert!(next_epoch() > first);
    }
}
