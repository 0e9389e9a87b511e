//! What stands in the list: the groups, then the apps that none of them tells of.

use super::Drift;
use crate::domain::drift::Difference;
use crate::domain::ids::{AppId, ObjectKey};

/// A line, by what it is about: the cursor stays on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    Group(Difference),
    /// Could not be compared, or not all of it.
    Failed(AppId),
    /// Compared whole, and nothing differs.
    Equal(AppId),
    /// An app of the open group, with the resource.
    Place(AppId, ObjectKey),
}

impl Line {
    /// The one app it is about.
    pub fn app(&self) -> Option<&AppId> {
        match self {
            Self::Group(_) => None,
            Self::Failed(id) | Self::Equal(id) | Self::Place(id, _) => Some(id),
        }
    }
}

pub fn build(view: &Drift) -> Vec<Line> {
    if let Some(open) = &view.open {
        let places = view.group(open).map(|g| g.places.iter()).into_iter().flatten();
        return places.map(|p| Line::Place(p.app.clone(), p.resource.clone())).collect();
    }
    let mut out: Vec<Line> = view.groups.iter().map(|g| Line::Group(g.difference.clone())).collect();
    let failed = view.answers.iter().filter(|(_, a)| a.result.as_ref().map_or(true, |c| c.not_whole().is_some()));
    out.extend(failed.map(|(id, _)| Line::Failed(id.clone())));
    let equal = view.answers.iter().filter(|(_, a)| a.result.as_ref().is_ok_and(|c| c.found.is_empty() && c.not_whole().is_none()));
    out.extend(equal.map(|(id, _)| Line::Equal(id.clone())));
    out
}
