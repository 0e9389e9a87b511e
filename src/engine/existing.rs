//! What exists beside an app, for words that tell of something missing: a slip of the keyboard away stands what was meant.

use super::Context;
use crate::domain::app::App;
use crate::domain::near::meant;

/// A path of a repository is of kind [`PATH`], a namespace of kind [`NAMESPACE`]; neither lies in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Existing<'a> {
    pub kind: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
}

pub const PATH: &str = "path";
pub const NAMESPACE: &str = "Namespace";

/// What was probably meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Near<'a> {
    Name(&'a str),
    /// The same name in this namespace.
    Elsewhere(&'a str),
}

/// Its own words tell of something that does not exist.
pub fn misses(app: &App) -> bool {
    let is_named =
        |text: &str| [".source.toolkit.fluxcd.io \"", "dependency", "namespaces \"", "path not found"].iter().any(|w| text.contains(w));
    let says = |text: &str| text.contains("not found") && is_named(text);
    app.conditions.iter().any(|c| c.status == Some(false) && says(&c.message))
}

impl<'a> Context<'a> {
    /// `None` = nothing near is known, or the thing itself is there after all.
    pub fn near(&self, kind: &str, namespace: &str, name: &str) -> Option<Near<'a>> {
        let all = || self.existing.iter().filter(|e| e.kind == kind);
        if all().any(|e| e.namespace == namespace && e.name == name) {
            return None;
        }
        if let Some(near) = meant(name, all().filter(|e| e.namespace == namespace).map(|e| e.name)) {
            return Some(Near::Name(near));
        }
        let mut same = all().filter(|e| e.name == name);
        same.next().filter(|_| same.next().is_none()).map(|e| Near::Elsewhere(e.namespace))
    }
}
