//! A failed run leaves nothing on the object once the next try has begun: the row before keeps its words until that try has an outcome.

use crate::domain::app::App;
use crate::domain::status::{Operation, Phase};

/// `next`, or the words of `previous` where `next` only tries again what `previous` says has failed.
///
/// Build failures and missing paths enter no history, so that without this the row of such a Kustomization would
/// turn from Failed to Progressing and back at every retry.
pub fn settle(previous: &App, next: App) -> App {
    if !is_same_try(previous, &next) {
        return next;
    }
    App {
        resource_version: next.resource_version,
        generation: next.generation,
        observed_at: next.observed_at,
        deleting: next.deleting,
        suspended: next.suspended,
        frozen: next.frozen,
        engine: next.engine,
        resources: next.resources,
        ..previous.clone()
    }
}

fn is_same_try(previous: &App, next: &App) -> bool {
    let failed = |o: &&Operation| o.phase.is_failed();
    let runs = |o: &&Operation| o.phase == Phase::Running && !o.routine;
    let (Some(before), Some(now)) = (previous.operation.as_ref().filter(failed), next.operation.as_ref().filter(runs)) else {
        return false;
    };
    let never_unsettled = next.condition("Ready").is_some_and(|c| c.status.is_none()) && next.flux().is_some_and(|f| f.helm.is_none());
    let checks = next.condition("Healthy").is_some_and(|c| c.status.is_none());
    let asked = next.flux().is_some_and(|f| f.requested != f.handled);
    never_unsettled
        && !checks
        && !asked
        && !next.deleting
        && !next.suspended
        && previous.uid == next.uid
        && previous.generation == next.generation
        && before.revision.is_some()
        && before.revision == now.revision
}
