//! How an app is built, from what its object says.

use crate::domain::app::App;
use crate::domain::ids::EngineKind;
use crate::domain::source::Source;
use crate::render::{BuildOptions, Engine};

/// Options of the build of one source; what the object leaves to values we do not read is named in `unknown`.
pub fn options(app: &App, source: &Source) -> (BuildOptions, Vec<String>) {
    let mut unknown = Vec::new();
    let mut options = BuildOptions::new(engine(app.id.engine()));
    match app.flux() {
        Some(flux) => {
            options.namespace.clone_from(&flux.target_namespace);
            options.build.clone_from(&flux.build);
            if !flux.substitute.is_empty() || flux.substitute_from {
                options.substitute = Some(flux.substitute.iter().cloned().collect());
            }
            if flux.substitute_from {
                unknown.push("postBuild.substituteFrom is not read: its variables stay empty here".to_owned());
            }
            if flux.decrypts {
                unknown.push("encrypted values are not decrypted here".to_owned());
            }
        }
        None => {
            options.namespace.clone_from(&app.destination.namespace);
            options.release_name = app.id.name.clone();
        }
    }
    options.value_files.clone_from(&source.value_files);
    (options, unknown)
}

pub fn engine(kind: EngineKind) -> Engine {
    match kind {
        EngineKind::Argo => Engine::Argo,
        EngineKind::Flux => Engine::Flux,
    }
}
