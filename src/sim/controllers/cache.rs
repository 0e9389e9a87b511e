//! What the controllers of one cluster see: lists kept up by watches.

use super::api::{Api, KindRef, text};
use futures::StreamExt as _;
use kube::Client;
use kube::core::WatchEvent;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

type Key = (&'static str, String, String);

#[derive(Default)]
struct Shared {
    objects: BTreeMap<Key, Arc<Value>>,
    synced: BTreeSet<&'static str>,
}

/// Objects of some kinds of one cluster. Cheap to clone; the watches end with the set they were started in.
#[derive(Clone)]
pub struct Cache {
    shared: Arc<Mutex<Shared>>,
    changed: Arc<watch::Sender<u64>>,
    kinds: usize,
}

impl Cache {
    pub fn start(client: &Client, kinds: &[KindRef], tasks: &mut JoinSet<()>) -> Self {
        let cache = Self { shared: Arc::default(), changed: Arc::new(watch::channel(0).0), kinds: kinds.len() };
        for kind in kinds {
            tasks.spawn(cache.clone().follow(Api::new(client.clone(), "driftdeck-sim"), *kind));
        }
        cache
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn follow(self, api: Api, kind: KindRef) {
        loop {
            if let Ok((items, version)) = api.list(kind).await {
                self.replace(kind, items);
                if let Ok(events) = api.watch(kind, &version).await {
                    let mut events = std::pin::pin!(events);
                    while let Some(event) = events.next().await {
                        if !self.take(kind, event) {
                            break;
                        }
                    }
                    continue;
                }
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    fn replace(&self, kind: KindRef, items: Vec<Value>) {
        let mut shared = self.lock();
        shared.objects.retain(|key, _| key.0 != kind.kind);
        for item in items {
            shared.objects.insert(key(kind, &item), Arc::new(item));
        }
        shared.synced.insert(kind.kind);
        drop(shared);
        self.changed.send_modify(|n| *n += 1);
    }

    /// False when the watch has to be opened again.
    fn take(&self, kind: KindRef, event: WatchEvent<Value>) -> bool {
        match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                self.put(kind, object);
            }
            WatchEvent::Deleted(object) => {
                self.lock().objects.remove(&key(kind, &object));
            }
            WatchEvent::Bookmark(_) => return true,
            WatchEvent::Error(_) => return false,
        }
        self.changed.send_modify(|n| *n += 1);
        true
    }

    /// Waits until every kind was listed once.
    pub async fn synced(&self) {
        let mut changes = self.changes();
        while self.lock().synced.len() < self.kinds {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub fn get(&self, kind: KindRef, namespace: &str, name: &str) -> Option<Arc<Value>> {
        let namespace = if kind.namespaced { namespace } else { "" };
        self.lock().objects.get(&(kind.kind, namespace.to_owned(), name.to_owned())).cloned()
    }

    pub fn list(&self, kind: KindRef) -> Vec<Arc<Value>> {
        let from = (kind.kind, String::new(), String::new());
        self.lock().objects.range(from..).take_while(|(key, _)| key.0 == kind.kind).map(|(_, object)| object.clone()).collect()
    }

    /// Takes over the answer to a write before the watch brings it. A watch that lags behind such an answer must not undo it.
    pub fn put(&self, kind: KindRef, object: Value) {
        let key = key(kind, &object);
        let mut shared = self.lock();
        let known = shared.objects.get(&key).filter(|known| known["metadata"]["uid"] == object["metadata"]["uid"]);
        if known.is_none_or(|known| version(known) <= version(&object)) {
            shared.objects.insert(key, Arc::new(object));
        }
    }
}

/// Versions of one server can be compared as numbers.
fn version(object: &Value) -> u64 {
    text(&object["metadata"]["resourceVersion"]).parse().unwrap_or(0)
}

fn key(kind: KindRef, object: &Value) -> Key {
    let namespace = if kind.namespaced { text(&object["metadata"]["namespace"]) } else { "" };
    (kind.kind, namespace.to_owned(), text(&object["metadata"]["name"]).to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::api::CONFIG_MAP;
    use super::*;
    use serde_json::json;

    fn object(uid: &str, version: &str) -> Value {
        json!({"metadata": {"name": "cm", "namespace": "x", "uid": uid, "resourceVersion": version}})
    }

    #[test]
    fn a_late_event_does_not_undo_the_answer_to_a_write_but_a_new_object_of_the_name_counts() {
        let cache = Cache { shared: Arc::default(), changed: Arc::new(watch::channel(0).0), kinds: 1 };
        cache.put(CONFIG_MAP, object("a", "12"));
        cache.take(CONFIG_MAP, WatchEvent::Modified(object("a", "9")));
        let version = || cache.get(CONFIG_MAP, "x", "cm").expect("it is known")["metadata"]["resourceVersion"].clone();
        assert_eq!(version(), "12");
        cache.take(CONFIG_MAP, WatchEvent::Modified(object("a", "13")));
        assert_eq!(version(), "13");
        cache.take(CONFIG_MAP, WatchEvent::Added(object("b", "3")));
        assert_eq!(version(), "3");
    }
}
