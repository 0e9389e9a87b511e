//! Objects of an engine that are neither rows nor sources, but concern one: what writes its tags, asks for its fetch, tells of it, made it.

use super::ids::ObjectKey;
use serde::{Deserialize, Serialize};

/// Objects of one kind that may concern an app: all of the cluster, those of a namespace, or one by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    pub group: &'static str,
    /// Versions that we can read, best first.
    pub versions: &'static [&'static str],
    pub plural: &'static str,
    pub kind: &'static str,
    /// Where one by its name is; for lists the namespaces that are tried where the whole cluster may not be listed.
    pub namespaces: Vec<String>,
    pub name: Option<String>,
}

/// One of them, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    pub key: ObjectKey,
    /// Does it work? `None` = it does not say.
    pub good: Option<bool>,
    /// Suspended, or switched off.
    pub held: bool,
    /// What it does for the app and how it is, without secrets: "fetches fleet as soon as a push is reported".
    pub says: String,
}

impl Neighbour {
    /// A kind that could not be read, and why.
    pub fn unread(lookup: &Lookup, why: &str) -> Self {
        Self::note(lookup, format!("not known: {why}"))
    }

    /// What is to be said of a kind as a whole.
    pub fn note(lookup: &Lookup, says: String) -> Self {
        let key = ObjectKey::new(lookup.group, lookup.kind, "", lookup.name.as_deref().unwrap_or_default());
        Self { key, good: None, held: false, says }
    }
}
