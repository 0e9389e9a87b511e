//! Flux dialect.

use super::{Context, Engine, Verb, WatchedKind};
use crate::domain::Timestamp;
use crate::domain::app::App;
use crate::domain::event::Parsed;
use crate::domain::ids::{ClusterId, EngineKind};
use crate::domain::plan::{Plan, PlanChoices};
use crate::domain::verdict::Verdict;

pub struct Flux;

impl Engine for Flux {
    fn kind(&self) -> EngineKind {
        EngineKind::Flux
    }
    fn watched(&self) -> &'static [WatchedKind] {
        &[]
    }
    fn parse(&self, _kind: &WatchedKind, _cluster: &ClusterId, _version: &str, _json: &str, _now: Timestamp) -> Parsed {
        todo!()
    }
    fn verdict(&self, _app: &App, _context: &Context<'_>) -> Verdict {
        todo!()
    }
    fn plan(&self, _verb: Verb, _app: &App, _choices: &PlanChoices, _context: &Context<'_>) -> Plan {
        todo!()
    }
}
