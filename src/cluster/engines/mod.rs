//! The engines of a cluster: which version runs, and how their controllers do. Best effort: what may not be read is told as such.
//!
//! May import: as the room. To extend: a further question is a list in `look`, with the few fields it reads in `wire`.

mod look;
mod pods;
mod switches;
mod wire;
mod workloads;

pub use look::{Question, look};

use super::api::Api;
use crate::domain::cluster::EngineInfo;
use crate::domain::ids::EngineKind;

/// One answer per engine; `version` is `None` where the controllers may not be read.
pub async fn versions(api: Api, engines: Vec<EngineKind>, namespaces: Vec<String>) -> Vec<EngineInfo> {
    let found = workloads::all(&api, &namespaces, &mut look::Unseen::default(), |_| ()).await.unwrap_or_default();
    engines.into_iter().map(|engine| workloads::version(engine, &found)).collect()
}
