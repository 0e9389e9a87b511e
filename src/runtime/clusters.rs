//! Sessions: which run, with what, and the kubeconfig they come from.

use super::Runtime;
use super::probe::AT_ONCE;
use super::writer::File;
use crate::app::msg::Msg;
use crate::cluster::session::Settings;
use crate::cluster::{Commons, Kubeconfig, Params, Session, SessionHandle};
use crate::domain::cluster::{ContextInfo, Fingerprint};
use crate::domain::ids::ClusterId;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;

pub struct Clusters {
    pub(super) commons: Commons,
    salt: Arc<[u8]>,
    pub(super) probing: Arc<Semaphore>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
pub(super) struct Inner {
    pub kubeconfig: Option<Arc<Kubeconfig>>,
    /// With the digest of what the kubeconfig said when they were started.
    sessions: HashMap<ClusterId, (u64, SessionHandle)>,
    known: BTreeMap<ClusterId, Fingerprint>,
    /// Looks of the picker that may still run.
    pub probes: Vec<AbortHandle>,
    /// What may still be read of the row in view.
    pub details: Vec<AbortHandle>,
    /// Comparisons for the drift groups that may still run.
    pub compares: Vec<AbortHandle>,
}

impl Clusters {
    pub fn new(commons: Commons, salt: Arc<[u8]>) -> Self {
        Self { commons, salt, probing: Arc::new(Semaphore::new(AT_ONCE)), inner: Mutex::default() }
    }
    pub(super) fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub fn session(&self, id: &ClusterId) -> Option<SessionHandle> {
        self.lock().sessions.get(id).map(|(_, s)| s.clone())
    }
    pub fn retry(&self, id: &ClusterId) {
        if let Some(session) = self.session(id) {
            session.retry();
        }
    }
    pub(super) fn retry_all(&self) {
        self.lock().sessions.values().for_each(|(_, session)| session.retry());
    }
    /// A kubeconfig that was read anew; gives the clusters watched by the one before.
    pub(super) fn took(&self, fresh: Arc<Kubeconfig>) -> Vec<ClusterId> {
        let mut inner = self.lock();
        inner.kubeconfig = Some(fresh);
        inner.sessions.keys().cloned().collect()
    }
    pub fn stop(&self) {
        for (_, (_, session)) in self.lock().sessions.drain() {
            session.stop();
        }
    }
}

impl Runtime {
    /// The session of a watched cluster, for questions that no effect asks.
    pub fn session(&self, id: &ClusterId) -> Option<SessionHandle> {
        self.clusters.session(id)
    }

    /// Reads the kubeconfig now, tells the contexts, and keeps looking for changes.
    pub fn watch_kubeconfig(&self, loaded: Arc<Kubeconfig>, known: Vec<(ClusterId, Fingerprint)>) {
        {
            let mut inner = self.clusters.lock();
            inner.kubeconfig = Some(loaded);
            inner.known.extend(known);
        }
        self.watch_outside();
    }

    /// The login program of a context, ready to be run on the terminal.
    pub fn login_command(&self, id: &ClusterId) -> Option<std::process::Command> {
        self.clusters.lock().kubeconfig.clone()?.login_command(id.as_str())
    }

    /// Contexts with the aliases of the config.
    pub fn contexts(&self, kubeconfig: &Kubeconfig) -> Vec<ContextInfo> {
        // The start refuses what is wrong with an alias; a kubeconfig that changed since then only loses its aliases.
        kubeconfig.aliased(self.options.aliases.iter().map(|(name, alias)| (name.as_str(), alias.as_str()))).unwrap_or_else(|error| {
            tracing::warn!(%error, "aliases");
            kubeconfig.contexts()
        })
    }

    /// Starts missing sessions, ends those no longer wanted, restarts those whose context changed.
    pub(super) fn connect(&self, ids: Vec<ClusterId>) {
        let mut inner = self.clusters.lock();
        let Some(kubeconfig) = inner.kubeconfig.clone() else { return };
        let contexts = self.contexts(&kubeconfig);
        inner.sessions.retain(|id, (digest, session)| {
            let keep = ids.contains(id) && contexts.iter().any(|c| c.id == *id) && *digest == kubeconfig.digest(id.as_str());
            if !keep {
                session.stop();
            }
            keep
        });
        for id in ids {
            if inner.sessions.contains_key(&id) {
                continue;
            }
            let Some(context) = contexts.iter().find(|c| c.id == id).cloned() else { continue };
            let settings = Settings {
                namespaces: self.options.namespaces.clone(),
                force_list: crate::app::filter::matches_any(&self.options.list_mode, id.as_str()),
                known: inner.known.get(&id).cloned(),
                clock: self.options.clock,
                commons: self.clusters.commons.clone(),
                salt: self.clusters.salt.clone(),
                ..Settings::default()
            };
            let session = Session::start(Params { context, kubeconfig: kubeconfig.clone(), settings }, self.cluster_sink());
            let digest = kubeconfig.digest(id.as_str());
            inner.sessions.insert(id, (digest, session));
        }
    }

    /// A session's events on their way into the inbox; each session has its own, so that a slow one holds up only itself.
    fn cluster_sink(&self) -> mpsc::Sender<crate::domain::event::ClusterEvent> {
        let (sender, mut receiver) = mpsc::channel(64);
        let inbox = self.inbox.clone();
        tokio::spawn(async move {
            while let Some(event) = receiver.recv().await {
                inbox.send(Msg::Cluster(event)).await;
            }
        });
        sender
    }

    /// An empty fingerprint forgets: the changed cluster is accepted.
    pub(super) fn save_fingerprint(&self, id: ClusterId, fingerprint: Fingerprint) {
        let forget = fingerprint == Fingerprint::default();
        let fingerprint = {
            let mut inner = self.clusters.lock();
            if forget {
                inner.known.remove(&id);
                if let Some((_, session)) = inner.sessions.get(&id) {
                    session.accept_change();
                }
                fingerprint
            } else {
                let kept = fingerprint.or_uid_of(inner.known.get(&id));
                inner.known.insert(id.clone(), kept.clone());
                kept
            }
        };
        self.record(File::Marks, move |store| {
            store
                .change_marks(|marks| {
                    if forget {
                        marks.fingerprints.remove(id.as_str());
                    } else {
                        marks.fingerprints.insert(id.to_string(), fingerprint.into());
                    }
                })
                .map(|_| ())
        });
    }
}
