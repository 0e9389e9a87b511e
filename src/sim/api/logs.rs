//! Container logs: text set by callers, read by `pods/NAME/log`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// Namespace, pod, container, previous.
type LogKey = (String, String, String, bool);

#[derive(Debug)]
pub(super) struct Logs {
    texts: BTreeMap<LogKey, String>,
    wake: watch::Sender<u64>,
    /// Streams that are open, by what they follow.
    open: Arc<Mutex<Vec<LogKey>>>,
}

/// An open stream; dropped, it is one no more.
pub(super) struct Open {
    key: LogKey,
    all: Arc<Mutex<Vec<LogKey>>>,
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = all.iter().position(|key| *key == self.key) {
            all.remove(at);
        }
    }
}

impl Default for Logs {
    fn default() -> Self {
        Self { texts: BTreeMap::new(), wake: watch::channel(0).0, open: Arc::default() }
    }
}

impl Logs {
    pub fn set(&mut self, namespace: &str, pod: &str, container: &str, previous: bool, text: &str) {
        self.texts.insert((namespace.to_owned(), pod.to_owned(), container.to_owned(), previous), text.to_owned());
        self.wake.send_modify(|n| *n += 1);
    }

    pub fn append(&mut self, namespace: &str, pod: &str, container: &str, text: &str) {
        let key = (namespace.to_owned(), pod.to_owned(), container.to_owned(), false);
        self.texts.entry(key).or_default().push_str(text);
        self.wake.send_modify(|n| *n += 1);
    }

    /// The log of `container`, or the one set without naming a container.
    pub fn text(&self, namespace: &str, pod: &str, container: &str, previous: bool) -> Option<&str> {
        let key = |container: &str| (namespace.to_owned(), pod.to_owned(), container.to_owned(), previous);
        self.texts.get(&key(container)).or_else(|| self.texts.get(&key(""))).map(String::as_str)
    }

    pub fn opened(&self, namespace: &str, pod: &str, container: &str) -> Open {
        let key = (namespace.to_owned(), pod.to_owned(), container.to_owned(), false);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(key.clone());
        Open { key, all: self.open.clone() }
    }

    /// Namespace, pod and container of each open stream.
    pub fn followed(&self) -> Vec<(String, String, String)> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter().map(|(namespace, pod, container, _)| (namespace.clone(), pod.clone(), container.clone())).collect()
    }

    pub fn on_change(&self) -> watch::Receiver<u64> {
        self.wake.subscribe()
    }
}
