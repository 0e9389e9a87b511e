//! Status of HelmReleases.

use super::flux::inventory_entry;
use super::{App, Source, State, World, ago, chart_objects};
use crate::sim::ids;
use serde_json::{Value, json};

pub fn fill(world: &World<'_>, app: &App, object: &mut Value) {
    object["metadata"]["finalizers"] = json!(["finalizers.fluxcd.io"]);
    if app.state == State::SuspendedLong {
        object["spec"]["suspend"] = json!(true);
        object["metadata"]["generation"] = json!(2);
        object["metadata"]["managedFields"] = json!([{
            "manager": "flux", "operation": "Update", "apiVersion": object["apiVersion"], "time": ago(world, app.age),
            "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:suspend": {}}}
        }]);
    }
    let generation = object["metadata"]["generation"].clone();
    let attempted = if app.state == State::UpgradeFailed { "19.0.0" } else { app.rev };
    let action = if app.state == State::UpgradeFailed { "upgrade" } else { "install" };
    let mut status = json!({
        "conditions": conditions(world, app, &generation), "helmChart": format!("flux-system/{}-{}", app.namespace, app.name),
        "history": history(world, app), "inventory": {"entries": chart_objects(app).iter().map(inventory_entry).collect::<Vec<_>>()},
        "lastAttemptedConfigDigest": format!("sha256:{}", ids::digest("values")), "lastAttemptedGeneration": generation,
        "lastAttemptedReleaseAction": action, "lastAttemptedRevision": attempted, "observedGeneration": generation, "storageNamespace": app.namespace
    });
    if app.state == State::UpgradeFailed {
        status["failures"] = json!(3);
        status["upgradeFailures"] = json!(1);
    }
    object["status"] = status;
}

fn conditions(world: &World<'_>, app: &App, generation: &Value) -> Value {
    let condition = |kind: &str, status: &str, reason: &str, message: String, age: i64| json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": ago(world, age), "observedGeneration": generation});
    let release = format!("{}/{}", app.target, app.name);
    let chart = format!("{}@{}", chart_name(app), app.rev);
    match app.state {
        State::UpgradeFailed => {
            let back = format!("Helm rollback to previous release {release}.v11 with chart {chart} succeeded");
            let failed = format!(
                "Helm upgrade failed for release {release} with chart {}@19.0.0: pre-upgrade hooks failed: timed out waiting for the condition",
                chart_name(app)
            );
            json!([
                condition("Stalled", "True", "RetriesExceeded", "Failed to upgrade after 3 attempt(s)".into(), app.age),
                condition("Ready", "False", "RollbackSucceeded", back.clone(), app.age),
                condition("Released", "False", "UpgradeFailed", failed, app.age + 40),
                condition("Remediated", "True", "RollbackSucceeded", back, app.age)
            ])
        }
        State::Drifted => {
            let ok = format!("Helm upgrade succeeded for release {release}.v12 with chart {chart}");
            let drift = format!(
                "Cluster state of release {release}.v12 has drifted from the desired state:\nDeployment/{}/ingress-nginx-controller changed (0 additions, 1 changes, 0 removals)",
                app.target
            );
            json!([
                condition("Ready", "True", "UpgradeSucceeded", ok.clone(), 12 * 86_400),
                condition("Drifted", "True", "DriftDetected", drift, app.age),
                condition("Released", "True", "UpgradeSucceeded", ok, 12 * 86_400)
            ])
        }
        _ => {
            let ok = format!("Helm install succeeded for release {release}.v1 with chart {chart}");
            json!([
                condition("Ready", "True", "InstallSucceeded", ok.clone(), app.age),
                condition("Released", "True", "InstallSucceeded", ok, app.age)
            ])
        }
    }
}

fn chart_name(app: &App) -> &'static str {
    match app.source {
        Source::Chart { chart, .. } => chart,
        _ => app.name,
    }
}

pub fn history(world: &World<'_>, app: &App) -> Value {
    let entry = |version: i64, chart: &str, action: &str, status: &str, age: i64| {
        json!({
            "action": action, "apiVersion": "v2", "appVersion": chart, "chartName": chart_name(app), "chartVersion": chart,
            "configDigest": format!("sha256:{}", ids::digest("values")), "digest": format!("sha256:{}", ids::digest(&format!("{}{version}", app.name))),
            "firstDeployed": ago(world, 60 * 86_400), "lastDeployed": ago(world, age), "name": app.name, "namespace": app.target, "status": status, "version": version
        })
    };
    match app.state {
        State::UpgradeFailed => json!([
            entry(17, app.rev, "rollback", "deployed", app.age),
            entry(16, "19.0.0", "upgrade", "failed", app.age + 60),
            entry(15, app.rev, "rollback", "superseded", app.age + 400)
        ]),
        State::Drifted => json!([entry(12, app.rev, "upgrade", "deployed", 12 * 86_400)]),
        _ => json!([entry(1, app.rev, "install", "deployed", app.age.max(12 * 86_400))]),
    }
}
