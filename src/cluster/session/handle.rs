//! What the rest of the program holds of a session.

use super::Settings;
use crate::cluster::access::{Answers, Question};
use crate::cluster::api::{Api, ApiError, Class};
use crate::cluster::discover::Mapper;
use crate::domain::cluster::{ContextInfo, Fingerprint, Link};
use crate::domain::ids::ClusterId;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// A connection whose identity was checked.
#[derive(Clone)]
pub struct Verified {
    pub api: Api,
    pub fingerprint: Fingerprint,
}

/// A running session. Clones are the same session; dropping them does not end it, `stop` does.
#[derive(Clone)]
pub struct SessionHandle {
    inner: Arc<Inner>,
}

struct Inner {
    context: ContextInfo,
    settings: Settings,
    retry: watch::Sender<u64>,
    /// Connections that ended.
    lost: watch::Sender<u64>,
    task: Mutex<Option<AbortHandle>>,
    verified: RwLock<Option<Verified>>,
    link: RwLock<Option<Link>>,
    known: RwLock<Option<Fingerprint>>,
    mapper: Mapper,
    answers: Answers,
}

impl SessionHandle {
    pub(super) fn new(context: ContextInfo, settings: Settings) -> Self {
        let inner = Inner {
            context,
            retry: watch::Sender::new(0),
            lost: watch::Sender::new(0),
            task: Mutex::default(),
            verified: RwLock::default(),
            link: RwLock::default(),
            known: RwLock::new(settings.known.clone()),
            mapper: Mapper::default(),
            answers: Answers::default(),
            settings,
        };
        Self { inner: Arc::new(inner) }
    }

    pub(super) fn supervised_by(&self, task: AbortHandle) {
        *self.inner.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    pub fn id(&self) -> &ClusterId {
        &self.inner.context.id
    }
    pub fn context(&self) -> &ContextInfo {
        &self.inner.context
    }
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }
    pub fn link(&self) -> Option<Link> {
        self.inner.link.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Connect, log in, or ask for parked kinds now instead of later.
    pub fn retry(&self) {
        self.inner.retry.send_modify(|n| *n += 1);
    }

    /// Takes the cluster as it is now for the right one; the next connection stores its identity anew.
    pub fn accept_change(&self) {
        self.set_known(None);
        self.retry();
    }

    /// Ends all tasks and closes the connection. No event follows but those already in the sink.
    pub fn stop(&self) {
        if let Some(task) = self.inner.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
        self.set_verified(None);
    }

    /// The connection, while it is up and the identity checked.
    ///
    /// # Errors
    /// Not connected: why.
    pub fn verified(&self) -> Result<Verified, ApiError> {
        let verified = self.inner.verified.read().unwrap_or_else(PoisonError::into_inner).clone();
        verified.ok_or_else(|| {
            let why = self.link().and_then(|l| l.reason().or_else(|| Some(l.word().to_owned())));
            ApiError::new(Class::Connect, &format!("{} is not connected: {}", self.id(), why.unwrap_or_else(|| "stopped".into())))
        })
    }

    /// # Errors
    /// Not connected: why.
    pub fn api(&self) -> Result<Api, ApiError> {
        self.verified().map(|v| v.api)
    }

    pub fn mapper(&self) -> &Mapper {
        &self.inner.mapper
    }

    /// May we? A yes is kept for a minute.
    ///
    /// # Errors
    /// The review could not be made; that is no "no".
    pub async fn allowed(&self, question: &Question) -> Result<bool, ApiError> {
        self.inner.answers.allowed(&self.api()?, question).await
    }

    /// Changes when the connection ends, also where what is open on it never hears of that.
    pub fn losses(&self) -> watch::Receiver<u64> {
        self.inner.lost.subscribe()
    }

    pub(super) fn retries(&self) -> watch::Receiver<u64> {
        self.inner.retry.subscribe()
    }
    pub(super) fn known(&self) -> Option<Fingerprint> {
        self.inner.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
    pub(super) fn set_known(&self, known: Option<Fingerprint>) {
        *self.inner.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }
    pub(super) fn set_verified(&self, verified: Option<Verified>) {
        self.inner.mapper.clear();
        self.inner.answers.clear();
        let is_lost = verified.is_none();
        *self.inner.verified.write().unwrap_or_else(PoisonError::into_inner) = verified;
        if is_lost {
            self.inner.lost.send_modify(|n| *n += 1);
        }
    }
    /// `true` when it is news.
    pub(super) fn set_link(&self, link: &Link) -> bool {
        let mut now = self.inner.link.write().unwrap_or_else(PoisonError::into_inner);
        let is_news = now.as_ref() != Some(link);
        *now = Some(link.clone());
        is_news
    }
}
