//! Single differences between what is live and what is wanted, and the apps that share one: twelve apps out of sync, one cause or twelve?

use super::Timestamp;
use super::diff::{DiffKind, DiffSet, HIDDEN, ResourceDiff};
use super::ids::{AppId, ObjectKey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What one resource differs in, without its name: equal ones of several apps are one group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Difference {
    /// Kind of the resource.
    pub kind: String,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum What {
    /// A field: where it stands (`spec.replicas`), both sides as text, and the field manager of the live one. `None` = there is none.
    Field { path: String, desired: Option<String>, live: Option<String>, by: Option<String> },
    /// The resource is live and not wanted.
    OnlyLive,
    /// The resource is wanted and not live.
    Missing,
}

impl Difference {
    /// The field without what every path of a workload begins with; of a whole resource nothing.
    pub fn field(&self) -> &str {
        let What::Field { path, .. } = &self.what else { return "" };
        ["spec.template.spec.", "spec."].iter().find_map(|start| path.strip_prefix(start)).unwrap_or(path)
    }

    /// `3 -> 6`: from what is wanted to what is live.
    pub fn change(&self) -> String {
        match &self.what {
            What::OnlyLive => "only live".into(),
            What::Missing => "missing live".into(),
            What::Field { desired: Some(a), live: Some(b), .. } if a == HIDDEN && b == HIDDEN => "(hidden, changed)".into(),
            What::Field { desired, live, .. } => {
                let side = |s: &Option<String>| s.clone().unwrap_or_else(|| "none".into());
                format!("{} -> {}", side(desired), side(live))
            }
        }
    }

    /// `Deployment replicas 3 -> 6`.
    pub fn words(&self) -> String {
        [self.kind.as_str(), self.field(), &self.change()].into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Who set the live value, as its field manager is called.
    pub fn by(&self) -> Option<&str> {
        match &self.what {
            What::Field { by, .. } => by.as_deref(),
            What::OnlyLive | What::Missing => None,
        }
    }
}

/// A difference of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub difference: Difference,
    pub resource: ObjectKey,
    /// When the live value was set, where that is written down.
    pub at: Option<Timestamp>,
}

/// One app compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    pub found: Vec<Found>,
    /// "2 of 14 resources could not be read: why".
    pub unread: Option<String>,
    /// Why it was compared with what was last applied, where git could not be rendered.
    pub against: Option<String>,
}

impl Compared {
    /// Why nothing that was found, or not found, is all there is: what could not be read, and what stood in for git.
    pub fn not_whole(&self) -> Option<String> {
        let against = self.against.as_ref().map(|why| format!("only with what was last applied: {why}"));
        let why: Vec<String> = self.unread.iter().cloned().chain(against).collect();
        (!why.is_empty()).then(|| why.join("; "))
    }

    pub fn of(set: &DiffSet) -> Self {
        let unread: Vec<&ResourceDiff> = set.resources.iter().filter(|r| r.kind == DiffKind::Unknown).collect();
        let why = unread.iter().find_map(|r| r.note.as_deref()).unwrap_or("no reason is known");
        let of = set.resources.len();
        Self {
            found: set.resources.iter().flat_map(found).collect(),
            unread: (!unread.is_empty()).then(|| format!("{} of {of} resources could not be read: {why}", unread.len())),
            against: None,
        }
    }
}

fn found(resource: &ResourceDiff) -> Vec<Found> {
    let one =
        |what, at| Found { difference: Difference { kind: resource.key.kind.clone().into(), what }, resource: resource.key.clone(), at };
    match resource.kind {
        DiffKind::OnlyLive => vec![one(What::OnlyLive, None)],
        DiffKind::OnlyDesired => vec![one(What::Missing, None)],
        DiffKind::Same | DiffKind::Unknown => Vec::new(),
        DiffKind::Changed => {
            let field = |f: &super::diff::FieldDiff| What::Field {
                path: f.path.clone(),
                desired: f.desired.clone(),
                live: f.live.clone(),
                by: f.by.clone(),
            };
            resource.fields.iter().map(|f| one(field(f), f.at)).collect()
        }
    }
}

/// Where a difference is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub app: AppId,
    pub resource: ObjectKey,
    pub at: Option<Timestamp>,
}

/// A difference and everywhere it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub difference: Difference,
    /// By app, then resource.
    pub places: Vec<Place>,
    /// Each once.
    pub apps: BTreeSet<AppId>,
}

impl Group {
    /// When it last came to one more place, as far as that is known.
    pub fn newest(&self) -> Option<Timestamp> {
        self.places.iter().filter_map(|p| p.at).max()
    }
}

/// The most apps first, then the most places, then the newest.
pub fn groups<'a>(compared: impl Iterator<Item = (&'a AppId, &'a Compared)>) -> Vec<Group> {
    let mut by: BTreeMap<&Difference, Vec<Place>> = BTreeMap::new();
    for (app, result) in compared {
        for found in &result.found {
            let place = Place { app: app.clone(), resource: found.resource.clone(), at: found.at };
            by.entry(&found.difference).or_default().push(place);
        }
    }
    let group = |(difference, mut places): (&Difference, Vec<Place>)| {
        places.sort_by(|a, b| (&a.app, &a.resource).cmp(&(&b.app, &b.resource)));
        let apps = places.iter().map(|p| p.app.clone()).collect();
        Group { difference: difference.clone(), places, apps }
    };
    let mut out: Vec<Group> = by.into_iter().map(group).collect();
    out.sort_by_cached_key(|g| std::cmp::Reverse((g.apps.len(), g.places.len(), g.newest())));
    out
}

#[cfg(test)]
mod tests;
