//! A resource on its way through the build, with the names it has had.

use crate::render::scope::{group, is_cluster_scoped, text};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id {
    pub group: String,
    pub version: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
}

impl Id {
    pub fn of(value: &Value) -> Self {
        let api = text(value, "/apiVersion");
        let field = |pointer| text(value, pointer).to_owned();
        Self {
            group: group(api).to_owned(),
            version: api.rsplit('/').next().unwrap_or_default().to_owned(),
            kind: field("/kind"),
            namespace: field("/metadata/namespace"),
            name: field("/metadata/name"),
        }
    }
    pub fn is_cluster_scoped(&self) -> bool {
        is_cluster_scoped(&self.group, &self.kind)
    }
    /// No namespace and the namespace "default" are the same place.
    pub fn effective_namespace(&self) -> &str {
        if self.is_cluster_scoped() {
            ""
        } else if self.namespace.is_empty() {
            "default"
        } else {
            &self.namespace
        }
    }
    pub fn same(&self, other: &Self) -> bool {
        self.group == other.group
            && self.version == other.version
            && self.kind == other.kind
            && self.name == other.name
            && self.effective_namespace() == other.effective_namespace()
    }
    pub fn title(&self) -> String {
        crate::domain::text::sanitise(&format!("{} {}/{}", self.kind, self.effective_namespace(), self.name), 200)
    }
}

#[derive(Clone, Debug)]
pub struct Item {
    pub value: Value,
    /// Oldest first; the present one is not among them.
    pub previous: Vec<Id>,
    pub prefixes: Vec<String>,
    pub suffixes: Vec<String>,
    /// A generated object whose name gets a hash.
    pub hashed: bool,
}

impl Item {
    pub fn new(value: Value) -> Self {
        Self { value, previous: Vec::new(), prefixes: Vec::new(), suffixes: Vec::new(), hashed: false }
    }
    pub fn id(&self) -> Id {
        Id::of(&self.value)
    }
    pub fn kind(&self) -> &str {
        text(&self.value, "/kind")
    }
    pub fn group(&self) -> &str {
        group(text(&self.value, "/apiVersion"))
    }
    pub fn name(&self) -> &str {
        text(&self.value, "/metadata/name")
    }
    pub fn remember(&mut self) {
        let id = self.id();
        if self.previous.last() != Some(&id) {
            self.previous.push(id);
        }
    }
    /// Now or earlier.
    pub fn any_id(&self, matches: &dyn Fn(&Id) -> bool) -> bool {
        matches(&self.id()) || self.previous.iter().any(matches)
    }
    pub fn set_metadata(&mut self, key: &str, value: &str) {
        if let Some(Value::Object(metadata)) = self.value.get_mut("metadata") {
            metadata.insert(key.into(), value.into());
        }
    }
}
