//! Which version of which object the rest of the program already has.

use super::decode::Meta;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// (namespace, name) to a digest of uid and resource version: kept across connections, so that a re-list of an unchanged
/// fleet sends nothing.
#[derive(Debug, Default)]
pub struct Seen(HashMap<(Box<str>, Box<str>), u64>);

/// An object to be remembered once it was handed over.
pub(super) struct Mark {
    key: (Box<str>, Box<str>),
    digest: u64,
}

impl Mark {
    pub fn of(meta: &Meta) -> Self {
        let mut hasher = DefaultHasher::new();
        (&meta.uid, &meta.resource_version).hash(&mut hasher);
        Self { key: (meta.namespace.as_str().into(), meta.name.as_str().into()), digest: hasher.finish() }
    }
}

impl Seen {
    pub(super) fn has(&self, mark: &Mark) -> bool {
        self.0.get(&mark.key) == Some(&mark.digest)
    }
    pub(super) fn keep(&mut self, mark: Mark) {
        self.0.insert(mark.key, mark.digest);
    }
    pub(super) fn forget(&mut self, namespace: &str, name: &str) {
        self.0.remove(&(namespace.into(), name.into()));
    }
    /// Drops what a complete set of a namespace (empty = all) does not hold.
    pub(super) fn retain(&mut self, namespace: &str, present: &[(String, String)]) {
        let present: HashSet<(&str, &str)> = present.iter().map(|(ns, name)| (ns.as_str(), name.as_str())).collect();
        self.0
            .retain(|(ns, name), _| (!namespace.is_empty() && ns.as_ref() != namespace) || present.contains(&(ns.as_ref(), name.as_ref())));
    }
}
