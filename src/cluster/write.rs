//! The one function that changes a cluster. Everything is checked just before, the request is sent once, and a lost answer is looked up, never repeated.

use super::api::{Api, ApiError, Class, path};
use super::identity;
use super::session::SessionHandle;
use crate::domain::plan::{FailClass, Outcome, PatchRequest, PatchType};
use crate::engine::ClusterFacts;
use http::{HeaderValue, Method, Request};
use serde_json::{Value, json};
use std::time::Duration;

/// Who we are in `managedFields`.
const MANAGER: &str = "driftdeck";

/// Sends one patch, at most once. `facts` are those of the clusters it reaches, with the name of the one that forbids something.
pub async fn write(session: &SessionHandle, request: &PatchRequest, facts: &ClusterFacts) -> Outcome {
    let name = format!("{} {}/{}", request.kind, request.namespace, request.name);
    // What was checked is what is written to: a session that connects anew meanwhile has another connection.
    let (api, before) = match check(session, request, facts, &name).await {
        Ok(checked) => checked,
        Err(reason) => return Outcome::Refused { reason },
    };
    tracing::info!(cluster = session.id().as_str(), object = %name, request = %request.request_id, "patch");
    let sent = match patch(request) {
        Ok(patch) => send(&api, patch).await,
        Err(error) => return Outcome::Refused { reason: error.message },
    };
    match sent {
        Ok(()) => Outcome::Sent { commit: None },
        Err(error) if is_doubtful(&error) => look_up(&api, request, &before, &error).await,
        Err(error) => Outcome::Failed { reason: words(&name, &error), class: class(&error) },
    }
}

/// The connection and the object's resource version as read just now, or why nothing is sent.
async fn check(session: &SessionHandle, request: &PatchRequest, facts: &ClusterFacts, name: &str) -> Result<(Api, String), String> {
    let cluster = session.id();
    if request.cluster != *cluster {
        return Err(format!("the plan is for {}, this is {cluster}", request.cluster));
    }
    if facts.read_only {
        return Err(format!("{} is read-only", facts.name));
    }
    if session.context().read_only {
        return Err(format!("{cluster} is read-only"));
    }
    if let Some(rail) = forbidden(facts, &request.body) {
        return Err(format!("guardrail {rail} forbids it on {}", facts.name));
    }
    let verified = session.verified().map_err(|e| e.message)?;
    let uid = identity::cluster_uid(&verified.api).await.map_err(|e| format!("{cluster} could not be checked: {}", e.message))?;
    let mut now = verified.fingerprint.clone();
    now.uid = uid;
    if let Some(what) = verified.fingerprint.difference(&now) {
        return Err(format!("{cluster} is not the cluster it was: {what}"));
    }
    // An identity that could be read before and cannot now is no proof.
    if verified.fingerprint.uid.is_some() && now.uid.is_none() {
        return Err(format!(
            "the identity of {cluster} can no longer be read: nothing is sent until you may get namespace kube-system again"
        ));
    }
    let object: Value = verified.api.get(&url(request)).await.map_err(|e| match e.class {
        Class::NotFound => format!("{name} is gone"),
        _ => format!("{name} could not be read: {}", e.message),
    })?;
    let meta = |field: &str| object.pointer(&format!("/metadata/{field}")).and_then(Value::as_str).unwrap_or_default().to_owned();
    if request.uid.as_ref().is_some_and(|uid| *uid != meta("uid")) {
        return Err(format!("{name} was deleted and made again while you read"));
    }
    let version = meta("resourceVersion");
    if request.resource_version.as_ref().is_some_and(|wanted| *wanted != version) {
        return Err(format!("{name} changed while you read"));
    }
    Ok((verified.api, version))
}

/// The guardrail that a body breaks, whatever the dialog offered.
fn forbidden(facts: &ClusterFacts, body: &Value) -> Option<&'static str> {
    let body = &written(body);
    let is_on = |path: &str| body.pointer(path).is_some_and(|v| *v == true);
    let asks = |option: &str| {
        let options = body.pointer("/operation/sync/syncOptions").and_then(Value::as_array);
        options.is_some_and(|all| all.iter().any(|o| o == option))
    };
    let notes = |name: &str| body.pointer("/metadata/annotations").is_some_and(|n| n.get(name).is_some_and(|v| !v.is_null()));
    let forced = is_on("/operation/sync/syncStrategy/apply/force")
        || is_on("/operation/sync/syncStrategy/hook/force")
        || asks("Force=true")
        || notes("reconcile.fluxcd.io/forceAt");
    if facts.no_force && forced {
        return Some("no_force");
    }
    let deletes = is_on("/operation/sync/prune") || notes("argocd.argoproj.io/deletion-approved");
    (facts.no_prune && deletes).then_some("no_prune")
}

/// A JSON patch as the merge patch that would write the same values.
fn written(body: &Value) -> Value {
    let Value::Array(steps) = body else { return body.clone() };
    let mut out = json!({});
    for step in steps {
        let word = |key: &str| step.get(key).and_then(Value::as_str).unwrap_or_default();
        let (Some(value), "add" | "replace") = (step.get("value"), word("op")) else { continue };
        let mut at = &mut out;
        for part in word("path").split('/').skip(1) {
            if !at.is_object() {
                *at = json!({});
            }
            at = &mut at[part.replace("~1", "/").replace("~0", "~")];
        }
        *at = value.clone();
    }
    out
}

/// The body with what was checked as its condition, so that the server refuses what changed since.
fn conditioned(request: &PatchRequest) -> Value {
    let conditions = [("uid", &request.uid), ("resourceVersion", &request.resource_version)];
    let conditions = conditions.into_iter().filter_map(|(field, value)| value.as_deref().filter(|v| !v.is_empty()).map(|v| (field, v)));
    let mut body = request.body.clone();
    match (&mut body, request.patch_type) {
        (Value::Object(fields), PatchType::Merge) => {
            if let Value::Object(meta) = fields.entry("metadata").or_insert_with(|| json!({})) {
                meta.extend(conditions.map(|(field, value)| (field.to_owned(), value.into())));
            }
        }
        (Value::Array(steps), PatchType::Json) => {
            let tests = conditions.map(|(field, value)| json!({ "op": "test", "path": format!("/metadata/{field}"), "value": value }));
            steps.splice(0..0, tests);
        }
        _ => {}
    }
    body
}

fn url(request: &PatchRequest) -> String {
    path(&request.group, &request.version, &request.namespace, &request.plural, &request.name)
}

fn patch(request: &PatchRequest) -> Result<Request<Vec<u8>>, ApiError> {
    let url = format!("{}?fieldManager={MANAGER}&fieldValidation=Strict", url(request));
    let mut patch = super::api::request(Method::PATCH, &url, Some(&conditioned(request)))?;
    let content = match request.patch_type {
        PatchType::Merge => "application/merge-patch+json",
        PatchType::Json => "application/json-patch+json",
    };
    patch.headers_mut().insert("content-type", HeaderValue::from_static(content));
    Ok(patch)
}

/// The answer's status decides; its body is not needed.
async fn send(api: &Api, patch: Request<Vec<u8>>) -> Result<(), ApiError> {
    api.send(patch, api.timings.write).await.map(|_| ())
}

/// It may have been done all the same. 429 and the server's own 503 were turned away before anything happened.
fn is_doubtful(error: &ApiError) -> bool {
    matches!(error.class, Class::Lost | Class::Timeout | Class::Server | Class::Gateway | Class::Garbage)
}

/// The server's own word that it failed; its store may finish later what it did not answer in time.
fn is_failure(error: &ApiError) -> bool {
    error.class == Class::Server && error.code != 408 && !error.message.contains("etcdserver")
}

fn class(error: &ApiError) -> FailClass {
    match error.class {
        Class::Conflict => FailClass::Conflict,
        Class::Forbidden => FailClass::Forbidden,
        Class::NotFound | Class::NotServed => FailClass::NotFound,
        Class::Invalid => FailClass::Invalid,
        Class::Unauthorized | Class::Login => FailClass::Auth,
        Class::Connect | Class::Busy => FailClass::Unreachable,
        _ => FailClass::Other,
    }
}

fn words(name: &str, error: &ApiError) -> String {
    match error.class {
        Class::Conflict => format!("{name} changed at the same moment: {}", error.message),
        Class::Busy => format!("the server was too busy and did nothing: {}", error.message),
        Class::Connect => format!("nothing was sent: {}", error.message),
        _ => error.message.clone(),
    }
}

/// Reads the object again and looks for the request id.
async fn look_up(api: &Api, request: &PatchRequest, before: &str, error: &ApiError) -> Outcome {
    let pauses = [Duration::ZERO, Duration::from_millis(300), Duration::from_secs(1)];
    let mut last = None;
    for pause in pauses {
        tokio::time::sleep(pause).await;
        let Ok(object) = api.get::<Value>(&url(request)).await else { continue };
        if !request.request_id.is_empty() && mentions(&object, &request.request_id) || is_marked(&object, &request.body) {
            return Outcome::Sent { commit: None };
        }
        last = object.pointer("/metadata/resourceVersion").and_then(Value::as_str).map(str::to_owned);
    }
    let (asked, why) = (&request.request_id, &error.message);
    Outcome::Unknown {
        reason: match last {
            // The server itself said that it failed, and nothing changed since.
            Some(now) if now == before && is_failure(error) => {
                return Outcome::Failed { reason: format!("{why}; the object is unchanged"), class: FailClass::Other };
            }
            Some(now) if now == before => format!("{why}; the object is unchanged so far (request {asked})"),
            Some(_) => format!("{why}; the object changed, but not visibly by us (request {asked})"),
            None => format!("{why}; the object cannot be read either (request {asked})"),
        },
    }
}

/// Flux takes no request id; its token, and our note on a freeze, are ours alone. An approval that Argo CD takes for this very sync was not
/// there before, or nothing would have waited for it.
fn is_marked(object: &Value, body: &Value) -> bool {
    const OURS: [&str; 3] = ["reconcile.fluxcd.io/requestedAt", "driftdeck/frozen", "argocd.argoproj.io/deletion-approved"];
    let of = |value: &Value, name: &str| {
        value.pointer("/metadata/annotations").and_then(|a| a.get(name)).and_then(Value::as_str).map(str::to_owned)
    };
    let written: Vec<_> = OURS.iter().filter_map(|name| of(body, name).map(|text| (name, text))).collect();
    !written.is_empty() && written.iter().all(|(name, text)| of(object, name).as_ref() == Some(text))
}

fn mentions(value: &Value, id: &str) -> bool {
    match value {
        Value::String(text) => text.contains(id),
        Value::Array(items) => items.iter().any(|v| mentions(v, id)),
        Value::Object(fields) => fields.values().any(|v| mentions(v, id)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guardrails_hold_for_both_forms_of_a_patch_and_for_a_deletion_that_is_approved() {
        let rails = ClusterFacts { no_force: true, no_prune: true, ..ClusterFacts::default() };
        let prunes = json!({ "sync": { "prune": true } });
        for body in [
            json!({ "operation": prunes }),
            json!([{ "op": "add", "path": "/operation", "value": prunes }]),
            json!([{ "op": "add", "path": "/operation/sync/prune", "value": true }]),
            json!({ "metadata": { "annotations": { "argocd.argoproj.io/deletion-approved": "2026-11-24T03:12:40Z" } } }),
            json!([{ "op": "add", "path": "/metadata/annotations/argocd.argoproj.io~1deletion-approved", "value": "x" }]),
        ] {
            assert_eq!(forbidden(&rails, &body), Some("no_prune"), "{body}");
            assert_eq!(forbidden(&ClusterFacts::default(), &body), None);
        }
        let forced =
            json!([{ "op": "add", "path": "/operation", "value": { "sync": { "syncStrategy": { "apply": { "force": true } } } } }]);
        assert_eq!(forbidden(&rails, &forced), Some("no_force"));
        assert_eq!(
            forbidden(&rails, &json!([{ "op": "test", "path": "/operation/sync/prune", "value": true }])),
            None,
            "a test writes nothing"
        );
    }

    #[test]
    fn our_own_token_on_the_object_tells_that_a_lost_request_arrived() {
        let object = |token: &str| json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": token, "team": "web"}}});
        assert!(is_marked(&object("2026-11-24T03:12:40.000000007Z"), &object("2026-11-24T03:12:40.000000007Z")));
        assert!(!is_marked(&object("2026-11-24T03:12:40.000000008Z"), &object("2026-11-24T03:12:40.000000007Z")));
        let approval = |at: &str| json!({"metadata": {"annotations": {"argocd.argoproj.io/deletion-approved": at}}});
        assert!(is_marked(&approval("2026-11-24T03:12:40Z"), &approval("2026-11-24T03:12:40Z")));
        assert!(!is_marked(&approval("2026-11-24T03:12:41Z"), &approval("2026-11-24T03:12:40Z")), "of another sync");
        let resume = json!({"metadata": {"annotations": {"driftdeck/frozen": null}}, "spec": {"suspend": false}});
        assert!(!is_marked(&json!({"spec": {"suspend": false}}), &resume), "what anybody could have done proves nothing");
    }
}
