//! Scenario `states`: an app for each situation that Argo CD and Flux can get into, in a namespace of its own that is called as the app.
//!
//! Each begins as a well one; its function here makes of the object, and of what stands around it, what the controllers would have written.
//! Import rules as the parent. To extend: a line in `table` and a function in the file of its family; what git holds of it is in `files`.

mod argo;
mod conditions;
mod files;
mod flux;
mod helm;
mod live;
mod pods;
mod refused;
mod sources;
mod table;
mod tools;

pub use files::{at_head, declared};
pub use sources::{STUCK, behind};
pub use table::{CLUSTERS, DRIFTED, ILL};

use super::{App, Made, World};
use crate::sim::api::Crd;

/// What makes a well app ill.
type Shape = fn(&World<'_>, &App, &mut Made);

pub fn apps() -> Vec<App> {
    table::ALL.iter().map(|(app, _)| *app).collect()
}

pub fn shape(world: &World<'_>, app: &App, made: &mut Made) {
    tools::unowned(made);
    if let Some((_, shape)) = table::ALL.iter().find(|(it, _)| it.name == app.name) {
        shape(world, app, made);
    }
}

/// Kinds of the operators that prod-us has.
pub fn kinds(cluster: &str) -> Vec<Crd> {
    if cluster != "prod-us" {
        return Vec::new();
    }
    vec![
        Crd::custom("argoproj.io", "v1alpha1", "rollouts", "Rollout").with_status(),
        Crd::custom("external-secrets.io", "v1", "externalsecrets", "ExternalSecret").with_status(),
        Crd::custom("external-secrets.io", "v1", "clustersecretstores", "ClusterSecretStore").cluster_wide().with_status(),
    ]
}
