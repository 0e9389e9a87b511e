//! HelmReleases: upgrades that failed or hang, and what nobody puts back.

use super::super::status::{ago, complete};
use super::super::{App, Made, World};
use super::tools::{condition, edited, part};
use crate::sim::ids;
use crate::sim::releases::{self, Release};
use serde_json::{Value, json};

/// One release in the history of the object.
fn release(world: &World<'_>, app: &App, version: i64, chart: &str, action: &str, status: &str, age: i64) -> Value {
    json!({
        "action": action, "apiVersion": "v2", "appVersion": chart, "chartName": "redis", "chartVersion": chart,
        "configDigest": format!("sha256:{}", ids::digest("values")), "digest": format!("sha256:{}", ids::digest(&format!("{}{version}", app.name))),
        "firstDeployed": ago(world, 60 * 86_400), "lastDeployed": ago(world, age), "name": app.name, "namespace": app.target, "status": status, "version": version
    })
}

/// What Helm keeps of each revision in the history, instead of the one of a well release.
fn stored(world: &World<'_>, app: &App, made: &mut Made) {
    let is_stored = |part: &Value| part["type"] == "helm.sh/release.v1";
    let Some(manifest) = made.parts.iter().find(|part| is_stored(part)).and_then(releases::manifest_of) else { return };
    made.parts.retain(|part| !is_stored(part));
    for entry in made.object["status"]["history"].as_array().into_iter().flatten() {
        let text = |name: &str| entry[name].as_str().unwrap_or_default();
        let of = manifest.replace(app.rev.trim_start_matches('v'), text("chartVersion").trim_start_matches('v'));
        let mut secret = releases::secret(&Release {
            name: app.name,
            namespace: app.target,
            storage: app.namespace,
            version: entry["version"].as_i64().unwrap_or(1),
            status: text("status"),
            chart: text("chartName"),
            chart_version: text("chartVersion"),
            at: text("lastDeployed"),
            manifest: &of,
        });
        complete(world, app.cluster, &mut secret, app.age);
        made.parts.push(secret);
    }
}

pub fn rolled_back(world: &World<'_>, app: &App, made: &mut Made) {
    let name = format!("{0}/{0}", app.name);
    let back = format!("Helm rollback to previous release {name}.v11 with chart redis@18.4.1 succeeded");
    let failed = format!(
        "Helm upgrade failed for release {name} with chart redis@19.0.0: pre-upgrade hooks failed: timed out waiting for the condition"
    );
    let status = &mut made.object["status"];
    status["conditions"] = json!([
        condition(world, "Stalled", "True", "RetriesExceeded", "Failed to upgrade after 3 attempt(s)", app.age),
        condition(world, "Ready", "False", "RollbackSucceeded", &back, app.age),
        condition(world, "Released", "False", "UpgradeFailed", &failed, app.age + 40),
        condition(world, "Remediated", "True", "RollbackSucceeded", &back, app.age)
    ]);
    status["history"] = json!([
        release(world, app, 17, "18.4.1", "rollback", "deployed", app.age),
        release(world, app, 16, "19.0.0", "upgrade", "failed", app.age + 60),
        release(world, app, 15, "18.4.1", "rollback", "superseded", app.age + 400)
    ]);
    status["lastAttemptedRevision"] = json!("19.0.0");
    status["lastAttemptedReleaseAction"] = json!("upgrade");
    (status["failures"], status["upgradeFailures"]) = (json!(3), json!(1));
    stored(world, app, made);
}

/// helm-controller was restarted in the middle of an upgrade; the next one finds the lock.
pub fn locked(world: &World<'_>, app: &App, made: &mut Made) {
    let name = format!("{0}/{0}", app.name);
    let failed = format!(
        "Helm upgrade failed for release {name} with chart redis@18.4.1: another operation (install/upgrade/rollback) is in progress"
    );
    let status = &mut made.object["status"];
    status["conditions"] = json!([
        condition(world, "Ready", "False", "UpgradeFailed", &failed, 130),
        condition(world, "Released", "False", "UpgradeFailed", &failed, 130)
    ]);
    status["history"] = json!([
        release(world, app, 12, "18.4.1", "upgrade", "pending-upgrade", app.age),
        release(world, app, 11, "18.4.1", "upgrade", "deployed", 12 * 86_400)
    ]);
    status["lastAttemptedReleaseAction"] = json!("upgrade");
    (status["failures"], status["upgradeFailures"]) = (json!(1), json!(1));
    stored(world, app, made);
}

pub fn drift(world: &World<'_>, app: &App, made: &mut Made) {
    made.object["spec"]["driftDetection"] = json!({"mode": "warn"});
    let told = format!(
        "Cluster state of release {0}/{0}.v1 has drifted from the desired state:\nDeployment/{0}/{0} changed (0 additions, 1 changes, 0 removals)",
        app.name
    );
    if let Some(list) = made.object["status"]["conditions"].as_array_mut() {
        list.insert(1, condition(world, "Drifted", "True", "DriftDetected", &told, app.age));
    }
    if let Some(deployment) = part(made, "Deployment") {
        if let Some(limits) = deployment.pointer_mut("/spec/template/spec/containers/0/resources/limits") {
            limits["memory"] = json!("1Gi");
        }
        let limit = json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"controller\"}": {"f:resources": {"f:limits": {"f:memory": {}}}}}}}}});
        edited(world, deployment, "kubectl-patch", limit, app.age + 30);
    }
}

/// Nobody looks whether it is still there.
pub fn deleted(_: &World<'_>, _: &App, made: &mut Made) {
    super::tools::without(made, &["Service"]);
}
