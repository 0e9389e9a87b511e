//! The life of a session: connect, serve until the connection is lost, pause, again.

use super::connect::{self, Connected, NoConnection};
use super::handle::SessionHandle;
use super::renew;
use super::serving::Serving;
use super::status::Board;
use crate::cluster::backoff::Backoff;
use crate::cluster::client::Target;
use crate::cluster::discover::Groups;
use crate::cluster::kubeconfig::{FaultKind, Kubeconfig, KubeconfigFault};
use crate::cluster::watch::{self, KindWatch, Report, Seen, Turns, WatchContext};
use crate::domain::Timestamp;
use crate::domain::cluster::{ContextInfo, Link};
use crate::domain::event::ClusterEvent;
use crate::domain::ids::{ClusterId, Epoch};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinSet;

/// Whole lists of one cluster held in memory at once.
const OWN_LISTS: usize = 2;

pub(super) struct Supervisor {
    pub session: SessionHandle,
    pub sink: mpsc::Sender<ClusterEvent>,
    epoch: Epoch,
    seen: Vec<Arc<Mutex<Seen>>>,
}

/// Never the same twice in a process: a session that is started anew must not look older than the one before it.
fn next_epoch() -> Epoch {
    static LAST: AtomicU64 = AtomicU64::new(0);
    Epoch(LAST.fetch_add(1, Ordering::Relaxed) + 1)
}

/// Nobody reads our events any more.
pub(super) struct Closed;

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

    pub fn now(&self) -> Timestamp {
        self.session.settings().clock.now()
    }

    fn after(&self, pause: Duration) -> Option<Timestamp> {
        let pause = jiff::SignedDuration::from_millis(i64::try_from(pause.as_millis()).ok()?);
        self.now().checked_add(pause).ok()
    }

    pub async fn send(&self, event: ClusterEvent) -> Result<(), Closed> {
        self.sink.send(event).await.map_err(|_| Closed)
    }

    pub async fn link(&self, link: Link) -> Result<(), Closed> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_started_anew_is_never_older_than_the_one_before_it() {
        let first = next_epoch();
        assert!(next_epoch() > first);
    }
}
