//! The Argo CD dialect: Applications as rows, AppProjects, ApplicationSets and argocd-cm as their context.
//!
//! May import: `domain`, the rest of `engine`, serde_json, the YAML reader (global projects), jiff. Never a client or `app`.
//! To extend: a new field goes through `wire` (what the JSON looks like) and `parse` (what it means); a new sentence is a rule of a family in
//! `verdict`; a new action is a file in `plan`.

mod around;
mod asked;
pub mod cron;
mod glob;
mod history;
mod operation;
mod parse;
pub mod plan;
mod progress;
mod project;
pub mod tracking;
pub mod verdict;
pub mod windows;
mod wire;

pub use asked::of_patch as asked;

#[cfg(test)]
mod never_green;
#[cfg(test)]
mod tests;

use super::{Context, Engine, Hold, Known, Role, Verb, WatchedKind};
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::event::{LiveNode, OtherObject, Parsed};
use crate::domain::ids::{ClusterId, EngineKind};
use crate::domain::neighbour::{Lookup, Neighbour};
use crate::domain::plan::{Plan, PlanChoices};
use crate::domain::progress::ProgressStep;
use crate::domain::verdict::Verdict;
use serde_json::Value;

const GROUP: &str = "argoproj.io";

static WATCHED: [WatchedKind; 4] = [
    watched("applications", "Application", Role::App),
    watched("appprojects", "AppProject", Role::Context),
    watched("applicationsets", "ApplicationSet", Role::Context),
    WatchedKind {
        engine: EngineKind::Argo,
        group: "",
        versions: &["v1"],
        plural: "configmaps",
        kind: "ConfigMap",
        role: Role::Context,
        only: Some("argocd-cm"),
    },
];

const fn watched(plural: &'static str, kind: &'static str, role: Role) -> WatchedKind {
    WatchedKind { engine: EngineKind::Argo, group: GROUP, versions: &["v1alpha1"], plural, kind, role, only: None }
}

/// After how many seconds without any comparison an Argo CD with this argocd-cm is down or stuck, and what is usual; `None` where
/// comparisons by time are off, or the setting is not known.
pub fn patience(argocd_cm: &Known<'_, OtherObject>) -> Option<(u64, u64)> {
    verdict::silent::limit(argocd_cm)
}

pub struct Argo;

impl Engine for Argo {
    fn kind(&self) -> EngineKind {
        EngineKind::Argo
    }
    fn watched(&self) -> &'static [WatchedKind] {
        &WATCHED
    }
    fn parse(&self, kind: &WatchedKind, cluster: &ClusterId, version: &str, json: &str, now: Timestamp) -> Parsed {
        match kind.kind {
            "AppProject" => Parsed::Project(Box::new(project::project(cluster, json, now))),
            "ApplicationSet" => Parsed::Other(Box::new(project::application_set(cluster, json, now))),
            "ConfigMap" => Parsed::Other(Box::new(project::config_map(cluster, json, now))),
            _ => Parsed::App(Box::new(parse::application(cluster, version, json, now))),
        }
    }
    fn verdict(&self, app: &App, context: &Context<'_>) -> Verdict {
        verdict::judge(app, context)
    }
    fn hold(&self, app: &App, context: &Context<'_>) -> Option<Hold> {
        windows::hold(app, context)
    }
    fn lookups(&self, app: &App) -> Vec<Lookup> {
        around::lookups(app)
    }
    fn neighbours(&self, app: &App, found: &[(Lookup, Vec<Value>)]) -> Vec<Neighbour> {
        around::neighbours(app, found)
    }
    fn progress(&self, app: &App, tree: Option<&[LiveNode]>) -> Vec<ProgressStep> {
        progress::steps(app, tree)
    }
    fn plan(&self, verb: Verb, app: &App, choices: &PlanChoices, context: &Context<'_>) -> Plan {
        plan::build(verb, app, choices, context)
    }
}
