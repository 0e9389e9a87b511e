//! Kustomizations that fail, wait, or are held.

use super::super::status::flux::revision;
use super::super::status::{ago, rendered};
use super::super::{App, Made, World};
use super::pods;
use super::tools::{at, condition};
use crate::sim::ids;
use serde_json::{Value, json};

/// The last run ended with this; Flux tries it again every two minutes.
pub fn failed(world: &World<'_>, app: &App, made: &mut Made, reason: &str, message: &str) {
    let last = 70;
    let step = if reason == "BuildFailed" { "Building manifests" } else { "Detecting drift" };
    let doing = format!("{step} for revision {} with a timeout of 5m0s", at(world, "4f2c91d"));
    made.object["status"]["conditions"] = json!([
        condition(world, "Reconciling", "True", "ProgressingWithRetry", &doing, last),
        condition(world, "Ready", "False", reason, message, last)
    ]);
    made.object["status"]["lastAttemptedRevision"] = json!(at(world, "4f2c91d"));
    // What runs was last applied before the head came.
    if let Some(good) = made.object["status"]["history"].get_mut(0) {
        good["lastReconciled"] = json!(ago(world, app.age + 30));
    }
    if reason != "BuildFailed" {
        ended(world, app, made, reason, app.age, last, 4);
    }
}

/// An entry of the history for runs of the head that ended so.
fn ended(world: &World<'_>, app: &App, made: &mut Made, reason: &str, first: i64, last: i64, total: i64) {
    let digest = ids::digest(&json!(rendered(world, app, "4f2c91d")).to_string());
    let entry = json!({
        "digest": format!("sha256:{digest}"), "firstReconciled": ago(world, first), "lastReconciled": ago(world, last),
        "lastReconciledDuration": "849.992479ms", "lastReconciledStatus": reason, "metadata": {"revision": at(world, "4f2c91d")},
        "totalReconciliations": total
    });
    if let Some(list) = made.object["status"]["history"].as_array_mut() {
        list.retain(|old| old["metadata"]["revision"] != entry["metadata"]["revision"] && old["digest"] != entry["digest"]);
        list.insert(0, entry);
    }
}

/// The head is eleven minutes old: two tries took five minutes each, the third began just now.
pub fn health_failed(world: &World<'_>, app: &App, made: &mut Made) {
    let running = format!("Running health checks for revision {} with a timeout of 5m0s", revision(world, app.rev));
    made.object["status"]["conditions"] = json!([
        condition(world, "Reconciling", "True", "Progressing", &running, 50),
        condition(world, "Ready", "Unknown", "Progressing", "Reconciliation in progress", 50),
        condition(world, "Healthy", "Unknown", "Progressing", &running, 50)
    ]);
    made.object["status"]["lastAppliedRevision"] = json!(revision(world, "9d1e07b"));
    ended(world, app, made, "HealthCheckFailed", 355, 52, 2);
    pods::crashing(world, app, made, 7);
}

pub fn waits(world: &World<'_>, app: &App, made: &mut Made) {
    made.object["spec"]["dependsOn"] = json!([{"name": "health-failed", "namespace": "health-failed"}]);
    made.object["status"]["conditions"] = json!([
        condition(world, "Ready", "False", "DependencyNotReady", "dependency 'health-failed/health-failed' is not ready", app.age),
        condition(world, "Healthy", "True", "Succeeded", "Health check passed in 24.505218ms", 2360)
    ]);
}

pub fn build_fails(world: &World<'_>, app: &App, made: &mut Made) {
    let dir = "/tmp/kustomization-3896471131/states/build-fails";
    let words = format!(
        "kustomize build failed: accumulating resources: accumulation err='accumulating resources from 'netpol.yaml': open {dir}/netpol.yaml: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '{dir}/netpol.yaml' : lstat {dir}/netpol.yaml: no such file or directory"
    );
    failed(world, app, made, "BuildFailed", &words);
}

/// The file is encrypted for a key that kustomize-controller does not have.
pub fn no_key(world: &World<'_>, app: &App, made: &mut Made) {
    made.object["spec"]["decryption"] = json!({"provider": "sops", "secretRef": {"name": "sops-age"}});
    let words = "decryption failed for 'db': failed to decrypt '/tmp/kustomization-3896471131/states/sops-no-key/db.yaml': failed to decrypt sops data key: cannot get sops data key: Error getting data key: 0 successful groups required, got 0";
    failed(world, app, made, "BuildFailed", words);
}

fn suspended(world: &World<'_>, app: &App, made: &mut Made) {
    made.object["spec"]["suspend"] = json!(true);
    made.object["metadata"]["generation"] = json!(2);
    made.object["status"]["observedGeneration"] = json!(2);
    for it in made.object["status"]["conditions"].as_array_mut().into_iter().flatten() {
        it["lastTransitionTime"] = json!(ago(world, app.age));
    }
}

pub fn suspended_note(world: &World<'_>, app: &App, made: &mut Made) {
    suspended(world, app, made);
    let until = ids::seconds(ids::later(world.now, 3 * 86_400 + 5 * 3600 + 2840));
    let note = json!({"v": 1, "by": "mia", "reason": "database move", "since": ago(world, app.age), "until": until});
    made.object["metadata"]["annotations"]["driftdeck/frozen"] = json!(note.to_string());
}

/// By the `flux` program, and git does not know: a root app applies the object without that field.
pub fn suspended_long(world: &World<'_>, app: &App, made: &mut Made) {
    suspended(world, app, made);
    made.object["metadata"]["managedFields"] = json!([{
        "manager": "flux", "operation": "Update", "apiVersion": made.object["apiVersion"], "time": ago(world, app.age),
        "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:suspend": {}}}
    }]);
    made.object["metadata"]["labels"] =
        json!({"kustomize.toolkit.fluxcd.io/name": "flux-system", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"});
}

/// Stored before the schema of Flux refused such a text.
pub fn bad_interval(_: &World<'_>, _: &App, made: &mut Made) {
    made.object["spec"]["interval"] = json!("1d");
    let generation: Value = json!(2);
    made.object["metadata"]["generation"] = generation;
}
