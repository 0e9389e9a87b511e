//! The API server did not take what git holds: its words, as each engine quotes them.

use super::super::status::{ago, rendered};
use super::super::{App, Made, World};
use super::flux;
use super::tools::{at, condition, differ, manual, operation, refusal, without};
use serde_json::json;

/// A sync of the head that a person asked for failed at one kind.
fn failed(world: &World<'_>, app: &App, made: &mut Made, kind: &str, words: &str) {
    let message = format!("one or more synchronization tasks completed unsuccessfully, reason: {words}");
    operation(world, made, "Failed", &message, app.age + 2, Some(app.age));
    manual(made);
    let state = &mut made.object["status"]["operationState"];
    state["operation"]["initiatedBy"] = json!({"username": "ravi"});
    state["operation"]["retry"] = json!({});
    state["syncResult"]["resources"] = json!(refusal(world, app, kind, words));
    differ(made, &[kind, "Deployment"]);
}

pub fn job_immutable(world: &World<'_>, app: &App, made: &mut Made) {
    let words = "error when patching \"/dev/shm/2701621061\": Job.batch \"migrate\" is invalid: spec.template: Invalid value: core.PodTemplateSpec{}: field is immutable";
    failed(world, app, made, "Job", words);
    for job in made.parts.iter_mut().filter(|part| part["kind"] == "Job") {
        job["status"] = json!({"succeeded": 1, "startTime": ago(world, 9 * 86_400), "completionTime": ago(world, 9 * 86_400 - 20), "conditions": [
            condition(world, "Complete", "True", "CompletionsReached", "Reached expected number of succeeded pods", 9 * 86_400 - 20)
        ]});
    }
}

pub fn policy(world: &World<'_>, app: &App, made: &mut Made) {
    let words = "error when patching \"/dev/shm/2701621061\": deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'no-latest-tag' with binding 'no-latest-tag' denied request: image web:latest: tag latest is not allowed";
    failed(world, app, made, "Deployment", words);
}

/// The kind that monitors bring is not installed on prod-us.
pub fn crd(world: &World<'_>, app: &App, made: &mut Made) {
    let words = "The Kubernetes API could not find monitoring.coreos.com/ServiceMonitor for requested resource web/web. Make sure the \"ServiceMonitor\" CRD is installed on the destination cluster.";
    failed(world, app, made, "ServiceMonitor", words);
    // Found out before anything is applied: nothing else has a result.
    let state = &mut made.object["status"]["operationState"];
    state["message"] = json!("one or more synchronization tasks are not valid: the server could not find the requested resource");
    if let Some(results) = state["syncResult"]["resources"].as_array_mut() {
        results.retain(|it| it["status"] == "SyncFailed");
        results.iter_mut().for_each(|it| it["hookPhase"] = json!(""));
    }
    without(made, &["ServiceMonitor"]);
}

/// It applies as an account of the team, which may not do everything.
pub fn rbac(world: &World<'_>, app: &App, made: &mut Made) {
    made.object["spec"]["serviceAccountName"] = json!("team-a");
    let words = format!(
        "Role/{0}/web dry-run failed (Forbidden): roles.rbac.authorization.k8s.io \"web\" is forbidden: User \"system:serviceaccount:{0}:team-a\" cannot create resource \"roles\" in API group \"rbac.authorization.k8s.io\" in the namespace \"{0}\"\n",
        app.target
    );
    flux::failed(world, app, made, "ReconciliationFailed", &words);
    made.object["status"]["lastAttemptedRevision"] = json!(at(world, "4f2c91d"));
    without(made, &["Role"]);
    let gone: Vec<_> =
        rendered(world, app, app.rev).iter().filter(|o| o["kind"] == "Role").map(super::super::status::flux::inventory_entry).collect();
    if let Some(list) = made.object["status"]["inventory"]["entries"].as_array_mut() {
        list.retain(|entry| !gone.contains(entry));
    }
}
