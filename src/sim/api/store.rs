//! What the server keeps: kinds, objects with their bytes ready to send, and a bounded history of changes for watches.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;

use super::kind::{Kind, join};

/// Namespace (empty for cluster-wide kinds) and name.
pub(super) type Key = (String, String);

/// How many changes of a kind a watch can catch up on.
const HISTORY: usize = 1024;

/// An object as stored; `bytes` is its JSON, made once.
#[derive(Debug)]
pub(super) struct Stored {
    pub key: Key,
    pub version: u64,
    pub value: Value,
    pub bytes: Bytes,
    /// Length of the `{"kind":…,"apiVersion":…,` in front of a builtin object, which lists leave out; 0 for custom kinds.
    head: usize,
}

impl Stored {
    pub fn new(kind: &Kind, value: Value) -> Arc<Self> {
        let meta = |name: &str| value.pointer(&format!("/metadata/{name}")).and_then(Value::as_str).unwrap_or_default();
        let namespace = if kind.namespaced { meta("namespace") } else { "" };
        let key = (namespace.to_owned(), meta("name").to_owned());
        let version = meta("resourceVersion").parse().unwrap_or(0);
        let (bytes, head) = if kind.custom { (serde_json::to_vec(&value).unwrap_or_default(), 0) } else { typed_bytes(&value) };
        Arc::new(Self { key, version, value, bytes: bytes.into(), head })
    }

    /// The object as it stands in a list.
    pub fn write_item(&self, out: &mut Vec<u8>) {
        if self.head > 0 {
            out.push(b'{');
        }
        out.extend_from_slice(self.bytes.get(self.head..).unwrap_or_default());
    }
}

/// Typed objects open with kind and apiVersion on the wire.
fn typed_bytes(value: &Value) -> (Vec<u8>, usize) {
    let text = |key: &str| value.get(key).cloned().unwrap_or_default();
    let mut out = format!("{{\"kind\":{},\"apiVersion\":{},", text("kind"), text("apiVersion")).into_bytes();
    let head = out.len();
    let rest: serde_json::Map<String, Value> = value
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| !matches!(key.as_str(), "kind" | "apiVersion"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let body = serde_json::to_vec(&rest).unwrap_or_default();
    out.extend_from_slice(body.get(1..).unwrap_or_default());
    (out, head)
}

/// One step of a kind's history: nothing before = created, nothing after = deleted.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub version: u64,
    pub before: Option<Arc<Stored>>,
    pub after: Option<Arc<Stored>>,
    /// The last state of a deleted object, carrying the version of its deletion.
    pub last: Option<Arc<Stored>>,
}

/// The objects of one kind.
pub(super) struct Table {
    pub kind: Arc<Kind>,
    pub objects: BTreeMap<Key, Arc<Stored>>,
    pub changes: VecDeque<Change>,
    /// Changes up to and including this version are forgotten.
    pub floor: u64,
    pub wake: watch::Sender<u64>,
}

impl Table {
    fn record(&mut self, change: Change) {
        let version = change.version;
        self.changes.push_back(change);
        while self.changes.len() > HISTORY {
            if let Some(old) = self.changes.pop_front() {
                self.floor = old.version;
            }
        }
        self.wake.send_replace(version);
    }

    /// The changes after `version`, or `None` when they are no longer known.
    pub fn since(&self, version: u64) -> Option<impl Iterator<Item = &Change>> {
        if version < self.floor {
            return None;
        }
        let from = self.changes.partition_point(|change| change.version <= version);
        Some(self.changes.range(from..))
    }

    /// The objects as they were at `version`, or `None` when that is forgotten.
    pub fn at(&self, version: u64) -> Option<BTreeMap<Key, Arc<Stored>>> {
        if version < self.floor {
            return None;
        }
        let mut objects = self.objects.clone();
        for change in self.changes.iter().rev().take_while(|change| change.version > version) {
            match (&change.before, &change.after) {
                (Some(before), _) => {
                    objects.insert(before.key.clone(), before.clone());
                }
                (None, Some(after)) => {
                    objects.remove(&after.key);
                }
                (None, None) => {}
            }
        }
        Some(objects)
    }
}

/// All kinds of one server under one counter of versions.
pub(super) struct Store {
    pub tables: BTreeMap<String, Table>,
    pub version: u64,
    random: u64,
}

impl Store {
    pub fn new(seed: u64) -> Self {
        Self { tables: BTreeMap::new(), version: 1, random: seed }
    }

    pub fn install(&mut self, kind: Kind) -> Arc<Kind> {
        let kind = Arc::new(kind);
        let floor = self.version;
        let table = self.tables.entry(kind.qualified()).or_insert_with(|| Table {
            kind: kind.clone(),
            objects: BTreeMap::new(),
            changes: VecDeque::new(),
            floor,
            wake: watch::channel(0).0,
        });
        table.kind = kind.clone();
        kind
    }

    pub fn uninstall(&mut self, qualified: &str) {
        let keys: Vec<Key> = self.tables.get(qualified).into_iter().flat_map(|t| t.objects.keys().cloned()).collect();
        for key in keys {
            self.remove(qualified, &key);
        }
        if let Some(table) = self.tables.remove(qualified) {
            table.wake.send_replace(u64::MAX);
        }
    }

    pub fn table(&self, kind: &Kind) -> Option<&Table> {
        self.tables.get(&kind.qualified())
    }

    pub fn get(&self, kind: &Kind, namespace: &str, name: &str) -> Option<&Arc<Stored>> {
        let namespace = if kind.namespaced { namespace } else { "" };
        self.table(kind)?.objects.get(&(namespace.to_owned(), name.to_owned()))
    }

    /// The kind served as `plural` in this group and version.
    pub fn served(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Kind>> {
        let qualified = if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
        let kind = &self.tables.get(&qualified)?.kind;
        kind.versions.iter().any(|served| served == version).then(|| kind.clone())
    }

    pub fn by_object(&self, object: &Value) -> Option<Arc<Kind>> {
        let api_version = object.get("apiVersion")?.as_str()?;
        let name = object.get("kind")?.as_str()?;
        let fits = |kind: &Kind| kind.kind == name && kind.versions.iter().any(|version| join(&kind.group, version) == api_version);
        self.tables.values().map(|table| &table.kind).find(|kind| fits(kind)).cloned()
    }

    /// Stores `value` under the next version.
    pub fn insert(&mut self, kind: &Kind, mut value: Value) -> Arc<Stored> {
        self.version += 1;
        let version = self.version;
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".into(), Value::String(version.to_string()));
        }
        let stored = Stored::new(kind, value);
        if let Some(table) = self.tables.get_mut(&kind.qualified()) {
            let before = table.objects.insert(stored.key.clone(), stored.clone());
            table.record(Change { version, before, after: Some(stored.clone()), last: None });
        }
        stored
    }

    pub fn remove(&mut self, qualified: &str, key: &Key) -> Option<Arc<Stored>> {
        let table = self.tables.get_mut(qualified)?;
        let before = table.objects.remove(key)?;
        self.version += 1;
        let mut value = before.value.clone();
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".into(), Value::String(self.version.to_string()));
        }
        let last = Stored::new(&table.kind, value);
        table.record(Change { version: self.version, before: Some(before), after: None, last: Some(last.clone()) });
        Some(last)
    }

    /// Forgets all changes so far: older versions and page tokens are expired from now on.
    pub fn forget_history(&mut self) {
        self.version += 1;
        let version = self.version;
        for table in self.tables.values_mut() {
            table.changes.clear();
            table.floor = version;
        }
    }

    /// The next identifier of the seed's sequence, in the shape of a random UUID.
    pub fn next_uid(&mut self) -> String {
        let (a, b) = (self.next_random(), self.next_random());
        let variant = (b >> 48) & 0x3fff | 0x8000;
        format!("{:08x}-{:04x}-4{:03x}-{variant:04x}-{:012x}", a >> 32, (a >> 16) & 0xffff, a & 0xfff, b & 0xffff_ffff_ffff)
    }

    /// Five letters as `generateName` appends them.
    pub fn next_suffix(&mut self) -> String {
        let mut random = self.next_random();
        let letters: Vec<char> = "bcdfghjklmnpqrstvwxz2456789".chars().collect();
        (0..5)
            .filter_map(|_| {
                let index = usize::try_from(random % 27).ok()?;
                random /= 27;
                letters.get(index).copied()
            })
            .collect()
    }

    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
