//! Container logs: text set by callers, read by `pods/NAME/log`.

use std::collections::BTreeMap;

use tokio::sync::watch;

/// Namespace, pod, container, previous.
type LogKey = (String, String, String, bool);

#[derive(Debug)]
pub(super) struct Logs {
    texts: BTreeMap<LogKey, String>,
    wake: watch::Sender<u64>,
}

impl Default for Logs {
    fn default() -> Self {
        Self { texts: BTreeMap::new(), wake: watch::channel(0).0 }
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

    pub fn on_change(&self) -> watch::Receiver<u64> {
        self.wake.subscribe()
    }
}
