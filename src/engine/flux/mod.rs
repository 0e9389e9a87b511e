//! The Flux dialect: Kustomizations and HelmReleases as rows, the five source kinds as sources.
//!
//! May import: `domain`, the contract of `engine`, serde, serde_json. Never a client.
//! To extend: a new kind goes into `kinds.rs` and gets a file beside `kustomization.rs`; a new reason for not converging
//! is one rule in the table of `verdict/mod.rs`; a new verb is a file in `plan/`.

mod around;
mod hold;
mod inventory;
mod kinds;
mod kustomization;
mod lax;
mod message;
mod parse;
mod plan;
mod progress;
mod release;
mod settle;
mod source;
mod verdict;
mod wire;

#[cfg(test)]
mod tests;

use super::{Context, Engine, Hold, Role, Verb, WatchedKind};
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::event::{LiveNode, Parsed};
use crate::domain::ids::{AppKind, ClusterId, EngineKind};
use crate::domain::neighbour::{Lookup, Neighbour};
use crate::domain::plan::{Plan, PlanChoices};
use crate::domain::progress::ProgressStep;
use crate::domain::verdict::Verdict;
use serde_json::Value;

pub use verdict::silent::{Run, last_run};

pub struct Flux;

impl Engine for Flux {
    fn kind(&self) -> EngineKind {
        EngineKind::Flux
    }
    fn watched(&self) -> &'static [WatchedKind] {
        &kinds::WATCHED
    }
    fn parse(&self, kind: &WatchedKind, cluster: &ClusterId, version: &str, json: &str, now: Timestamp) -> Parsed {
        match (kind.role, kind.kind) {
            (Role::App, "HelmRelease") => Parsed::App(Box::new(parse::app(AppKind::HelmRelease, cluster, version, json, now))),
            (Role::App, _) => Parsed::App(Box::new(parse::app(AppKind::Kustomization, cluster, version, json, now))),
            (_, source) => Parsed::Source(Box::new(source::source(source, cluster, version, json, now))),
        }
    }
    fn settle(&self, previous: &App, next: App) -> App {
        settle::settle(previous, next)
    }
    fn verdict(&self, app: &App, context: &Context<'_>) -> Verdict {
        verdict::judge(app, context)
    }
    fn source_trouble(&self, context: &Context<'_>) -> Option<String> {
        verdict::refuses(context)
    }
    fn hold(&self, app: &App, context: &Context<'_>) -> Option<Hold> {
        hold::hold(app, context)
    }
    fn lookups(&self, app: &App) -> Vec<Lookup> {
        around::lookups(app)
    }
    fn neighbours(&self, app: &App, found: &[(Lookup, Vec<Value>)]) -> Vec<Neighbour> {
        around::neighbours(app, found)
    }
    fn progress(&self, app: &App, tree: Option<&[LiveNode]>) -> Vec<ProgressStep> {
        let _ = tree;
        progress::steps(app)
    }
    fn plan(&self, verb: Verb, app: &App, choices: &PlanChoices, context: &Context<'_>) -> Plan {
        plan::plan(verb, app, choices, context)
    }
}
