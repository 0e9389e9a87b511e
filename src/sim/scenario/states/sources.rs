//! Sources of Flux that bring nothing new: refused, unsigned, or forgotten by their controller.

use super::super::status::ago;
use super::super::status::sources::{artifact, conditions};
use super::super::{App, Made, World};
use super::tools::{at, beside, condition};
use crate::sim::repos::Repos;
use serde_json::{Value, json};

/// Seconds since source-controller of lab-eu last renewed its lease.
pub const STUCK: i64 = 20 * 60;

/// The artifact that a cluster has of repository fleet, and its age, where that is not the head.
pub fn behind(cluster: &str) -> Option<(&'static str, i64)> {
    match cluster {
        "lab-eu" => Some(("e77a310", 2360)),
        _ => None,
    }
}

/// A source that fails since `since` seconds, and keeps what it had.
fn failing(world: &World<'_>, name: &str, repo: &str, spec: &Value, failed: (&str, &str), since: i64) -> Value {
    let (rev, (reason, message)) = (at(world, "e77a310"), failed);
    let mut all = conditions("Succeeded", &format!("stored artifact for revision '{rev}'"), &ago(world, 2360));
    if let Some(list) = all.as_array_mut() {
        list.retain(|it| it["type"] != "Ready");
        list.push(condition(world, "Ready", "False", reason, message, since));
        list.push(condition(world, "FetchFailed", "True", reason, message, since));
    }
    let mut whole = json!({"interval": "5m", "ref": {"branch": "main"}, "timeout": "60s", "url": Repos::url(repo)});
    for (key, value) in spec.as_object().into_iter().flatten() {
        whole[key.as_str()] = value.clone();
    }
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": name, "namespace": "flux-system", "generation": 1, "finalizers": ["finalizers.fluxcd.io"]}, "spec": whole,
        "status": {
            "artifact": artifact(&format!("gitrepository/flux-system/{name}/{}.tar.gz", world.repos.id("e77a310")), &rev, &ago(world, 2360)),
            "conditions": all, "observedGeneration": 1
        }
    })
}

pub fn auth(world: &World<'_>, app: &App, made: &mut Made) {
    made.object["spec"]["sourceRef"]["name"] = json!("shop");
    let words = "failed to checkout and determine revision: unable to list remote for 'https://git.acme.example/shop.git': authentication required: Invalid credentials";
    let secret = json!({"secretRef": {"name": "shop-login"}});
    beside(world, made, "prod-eu", failing(world, "shop", "shop", &secret, ("GitOperationFailed", words), app.age));
}

pub fn unsigned(world: &World<'_>, app: &App, made: &mut Made) {
    made.object["spec"]["sourceRef"]["name"] = json!("fleet-signed");
    let head = world.repos.id("4f2c91d");
    let words = format!(
        "signature verification of commit '{head}' failed: unable to verify Git commit: unable to verify payload with any of the given key rings"
    );
    let verify = json!({"verify": {"mode": "HEAD", "secretRef": {"name": "team-keys"}}});
    let mut source = failing(world, "fleet-signed", "fleet", &verify, ("InvalidCommitSignature", &words), app.age);
    if let Some(list) = source["status"]["conditions"].as_array_mut() {
        list.retain(|it| it["type"] != "FetchFailed");
        list.push(condition(world, "SourceVerified", "False", "InvalidCommitSignature", &words, app.age));
    }
    beside(world, made, "prod-eu", source);
}

/// Its source has stood still since before the newest commits, see [`behind`]: the last that was heard of its controller is this.
pub fn stuck(world: &World<'_>, app: &App, made: &mut Made) {
    let told = format!("no changes since last reconcilation: observed revision '{}'", at(world, "e77a310"));
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "fleet.17f3c2", "namespace": "flux-system"},
        "involvedObject": {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "namespace": "flux-system", "name": "fleet"},
        "reason": "GitOperationSucceeded", "message": told, "type": "Normal", "count": 3, "firstTimestamp": ago(world, app.age + 600),
        "lastTimestamp": ago(world, app.age), "source": {"component": "source-controller"}, "reportingComponent": "source-controller"
    });
    beside(world, made, app.cluster, event);
}
