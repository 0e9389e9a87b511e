//! The sync windows that are in the way of a sync, as they are written: whoever may change one has to find it.

use super::super::windows::{active, own_project};
use super::{Draft, line};
use crate::domain::Timestamp;
use crate::domain::event::{Project, SyncWindow};
use crate::domain::plan::PlanLine;

/// Each window of these projects that denies, one line of a plan for each; `names` = what the judgement calls them.
pub fn lines(draft: &Draft<'_>, projects: &[String], names: &[String]) -> Vec<PlanLine> {
    let Ok(own) = own_project(draft.app, draft.context) else { return Vec::new() };
    let is_looked_at = |p: &&&Project| p.namespace == own.namespace && projects.contains(&p.name);
    let all = draft.context.projects.iter().filter(is_looked_at).flat_map(|p| p.windows.iter().map(|w| (p.name.as_str(), w)));
    let told = all.filter(|(_, w)| denies(w, draft.context.now) && is_named(w, names));
    told.map(|(project, w)| line("window", format!("{}\nin AppProject {project}, {}", words(w), reaches(w)))).collect()
}

/// A window is named by its description, or by all that is written in it.
fn is_named(window: &SyncWindow, names: &[String]) -> bool {
    let is = |name: &String| if window.description.is_empty() { name.contains(&window.schedule) } else { *name == window.description };
    names.iter().any(is)
}

/// One that denies is in the way while it is active, one that allows while it is not.
fn denies(window: &SyncWindow, now: Timestamp) -> bool {
    active(window, now).is_ok_and(|(active, _)| active == (window.kind == "deny"))
}

/// `deny "0 3 * * *" for 3h, Europe/Berlin: prod-freeze`.
fn words(window: &SyncWindow) -> String {
    let zone = if window.time_zone.is_empty() { "UTC" } else { &window.time_zone };
    let name = if window.description.is_empty() { String::new() } else { format!("{}: ", window.description) };
    format!("{name}{} \"{}\" for {}, {zone}", window.kind, window.schedule, window.duration)
}

fn reaches(window: &SyncWindow) -> String {
    let lists = [("apps", &window.applications), ("namespaces", &window.namespaces), ("clusters", &window.clusters)];
    let told = lists.iter().filter(|(_, list)| !list.is_empty()).map(|(what, list)| format!("{what} {}", list.join(" ")));
    told.collect::<Vec<_>>().join(if window.and_operator { " and " } else { " or " })
}
