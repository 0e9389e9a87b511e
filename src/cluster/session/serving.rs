//! A connection while it stands: what its watches report, whether it still lives, which login and engines it has.

use super::beat::{self, Beat};
use super::connect::{Connected, NoConnection};
use super::handle::SessionHandle;
use super::renew::Renewal;
use super::status::Board;
use super::supervise::{Closed, Supervisor, fallbacks};
use crate::cluster::api::{ApiError, Class};
use crate::cluster::backoff::Backoff;
use crate::cluster::engines;
use crate::cluster::watch::Report;
use crate::domain::cluster::EngineInfo;
use crate::domain::event::ClusterEvent;
use crate::domain::ids::EngineKind;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

/// A connection while it stands.
pub(super) struct Serving<'a> {
    pub supervisor: &'a Supervisor,
    pub connected: Connected,
    pub board: Board,
    pub engines: Vec<EngineKind>,
    pub engine_task: JoinSet<()>,
    pub renewals: JoinSet<Renewal>,
    pub renew_at: Option<tokio::time::Instant>,
    pub pauses: Backoff,
    /// A fresh login is being fetched because the server refused the one we have; when that last ended.
    pub refreshing: bool,
    pub refreshed: Option<Instant>,
}

async fn until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

impl Serving<'_> {
    pub async fn run(
        mut self,
        mut incoming: mpsc::Receiver<Report>,
        poke: &Arc<Notify>,
        mut tasks: JoinSet<()>,
    ) -> Result<NoConnection, Closed> {
        let session = &self.supervisor.session;
        let beat = Beat {
            api: self.connected.verified.api.clone(),
            poke: poke.clone(),
            cluster: session.id().clone(),
            sink: self.supervisor.sink.clone(),
        };
        let mut dead = std::pin::pin!(beat.until_dead());
        let mut retries = session.retries();
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
                () = until(renew_at), if renew_at.is_some() => {
                    self.renew_at = None;
                    self.start_renewal(None);
                }
                Some(ended) = self.renewals.join_next() => {
                    if let Some(end) = ended.ok().and_then(|renewal| self.renewed(renewal)) {
                        return Ok(end);
                    }
                }
                _ = retries.changed() => poke.notify_one(),
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
    let (mut retries, timings) = (session.retries(), &session.settings().timings);
    loop {
        retries.mark_unchanged();
        let (engines, found) = engines::look(&question).await;
        let cluster = session.id().clone();
        // One cut off midway would take the version of an engine away.
        if !found.is_cut && engines.iter().any(|e| e.version.is_some()) {
            let event = ClusterEvent::Engines { cluster: cluster.clone(), engines, kubernetes: kubernetes.clone() };
            if sink.send(event).await.is_err() {
                return;
            }
        }
        if sink.send(ClusterEvent::Controllers { cluster, found }).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep_until(beat::together(timings.engines_every, timings.beat_every)) => {}
            _ = retries.changed() => {}
        }
    }
}
