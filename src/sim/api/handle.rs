//! One request from its head to its reply: faults, caller, rights, kind, verb.

use std::io;
use std::sync::Arc;

use http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::access::{Ask, User, forbidden, forbidden_path};
use super::failure::Failure;
use super::kind::Kind;
use super::query::{Query, Resource, Target, target};
use super::respond::{self, Reply};
use super::write::{self, Call, Conditions, Deleted, Patch, Validation};
use super::{ApiServer, discovery, faults, install_defined, list, watch};

/// Everything about a request but its body.
pub(super) struct Head {
    pub method: Method,
    pub path: String,
    pub query: Query,
    pub headers: HeaderMap,
    pub user: User,
}

impl Head {
    pub fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

pub(super) async fn handle(server: &ApiServer, request: Request<Incoming>) -> io::Result<Reply> {
    let (parts, body) = request.into_parts();
    let settings = server.faults().settings();
    if !settings.latency.is_zero() {
        tokio::time::sleep(settings.latency).await;
    }
    wait_while_frozen(server).await;
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let outcome = answer(server, &parts, &body).await;
    if let (Some(verb), Ok(user)) = (write_verb(&parts.method), server.access().user(authorization(&parts.headers)))
        && server.faults().take_lost_reply(&user.name, verb)
    {
        return Err(io::Error::from(io::ErrorKind::ConnectionReset));
    }
    let mut reply = outcome.unwrap_or_else(|failure| respond::failure(&failure));
    respond::date(&mut reply, server.inner.clock.now());
    Ok(reply)
}

fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok())
}

async fn wait_while_frozen(server: &ApiServer) {
    let mut changed = server.faults().on_change();
    while server.faults().settings().frozen && changed.changed().await.is_ok() {}
}

async fn answer(server: &ApiServer, parts: &http::request::Parts, body: &[u8]) -> Result<Reply, Failure> {
    let settings = server.faults().settings();
    if let Some(seconds) = server.faults().take_too_many() {
        return Err(Failure::too_many_text(seconds));
    }
    let authorization = authorization(&parts.headers);
    if settings.unauthorized && authorization.is_some() {
        return Err(Failure::unauthorized());
    }
    let user = server.access().user(authorization)?;
    let head = Head {
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        query: Query::parse(parts.uri.query().unwrap_or_default()),
        headers: parts.headers.clone(),
        user,
    };
    match target(&head.path) {
        Target::Resource(resource) => resource_request(server, &head, &resource, &settings, body).await,
        other => {
            check_path(&head)?;
            if settings.unavailable {
                return Err(Failure::starting());
            }
            discovery::answer(server, &head, &other)
        }
    }
}

/// Paths that are no resource: public ones for everybody, the rest for known callers.
fn check_path(head: &Head) -> Result<(), Failure> {
    let public = matches!(head.path.trim_end_matches('/'), "/healthz" | "/livez" | "/readyz" | "/version");
    if public || !head.user.is_anonymous() {
        return Ok(());
    }
    Err(forbidden_path(&head.user, &head.method.as_str().to_lowercase(), &head.path))
}

async fn resource_request(
    server: &ApiServer,
    head: &Head,
    resource: &Resource,
    settings: &faults::Settings,
    body: &[u8],
) -> Result<Reply, Failure> {
    let verb = verb(head, resource);
    check_rights(server, head, resource, settings, verb)?;
    if settings.unavailable {
        return Err(Failure::starting());
    }
    let kind = server.store().served(&resource.group, &resource.version, &resource.plural);
    let Some(kind) = kind else { return Err(Failure::no_such_path()) };
    if kind.namespaced && resource.namespace.is_empty() && (!resource.name.is_empty() || verb == "create") {
        return Err(Failure::no_such_path());
    }
    if matches!(verb, "list" | "watch") && settings.initializing.contains(&kind.plural) {
        return Err(Failure::storage_initializing());
    }
    if kind.review {
        return review(server, head, &kind, verb, settings, body);
    }
    if kind.plural == "pods" && resource.sub == "log" {
        return list::log(server, head, resource);
    }
    let known = resource.sub.is_empty() || (resource.sub == "status" && kind.status);
    if !known {
        return Err(if kind.custom { Failure::not_found(&kind, &resource.name) } else { Failure::no_such_subresource() });
    }
    match verb {
        "list" => list::list(server, head, &kind, resource, settings),
        "watch" => watch::watch(server, head, &kind, resource, settings),
        "get" => list::get(server, head, &kind, resource),
        "create" | "update" | "patch" | "delete" => written(server, head, &kind, resource, verb, body),
        _ => Err(Failure::method_not_allowed()),
    }
}

fn verb(head: &Head, resource: &Resource) -> &'static str {
    let named = !resource.name.is_empty();
    match head.method.as_str() {
        "GET" | "HEAD" if head.query.flag("watch") => "watch",
        "GET" | "HEAD" if named => "get",
        "GET" | "HEAD" => "list",
        "DELETE" if !named => "deletecollection",
        _ => write_verb(&head.method).unwrap_or_default(),
    }
}

fn write_verb(method: &Method) -> Option<&'static str> {
    match *method {
        Method::POST => Some("create"),
        Method::PUT => Some("update"),
        Method::PATCH => Some("patch"),
        Method::DELETE => Some("delete"),
        _ => None,
    }
}

fn check_rights(server: &ApiServer, head: &Head, resource: &Resource, settings: &faults::Settings, verb: &str) -> Result<(), Failure> {
    let full = if resource.sub.is_empty() { resource.plural.clone() } else { format!("{}/{}", resource.plural, resource.sub) };
    let ask = Ask { verb, group: &resource.group, resource: &full, namespace: &resource.namespace, name: &resource.name };
    if taken_away(settings, &head.user, &ask) || !server.access().allows(&head.user, &ask) {
        return Err(forbidden(&head.user, &ask));
    }
    Ok(())
}

/// Whether the switchboard takes this right from the user, whatever the rules say.
fn taken_away(settings: &faults::Settings, user: &User, ask: &Ask) -> bool {
    let plural = ask.resource.split('/').next().unwrap_or_default();
    let qualified = format!("{plural}.{}", ask.group);
    let fits = |deny: &faults::Deny| {
        (deny.user.is_empty() || deny.user == user.name)
            && (deny.verb.is_empty() || deny.verb == ask.verb)
            && (deny.resource.is_empty() || deny.resource == plural || deny.resource == qualified)
            && (deny.namespace.is_empty() || deny.namespace == ask.namespace)
    };
    settings.rights_missing || settings.forbidden.iter().any(fits)
}

fn written(server: &ApiServer, head: &Head, kind: &Arc<Kind>, resource: &Resource, verb: &str, body: &[u8]) -> Result<Reply, Failure> {
    let call = call(server, head, kind, resource)?;
    if verb == "update" && resource.name.is_empty() {
        return Err(Failure::bad_request("name must be provided"));
    }
    if (verb == "create") != resource.name.is_empty() {
        return Err(Failure::method_not_allowed());
    }
    match verb {
        "delete" => delete(server, &call, body),
        "patch" => {
            let patch = parse_patch(head, kind, body)?;
            finish(server, &call, |store| write::patch(store, &call, patch))
        }
        "update" => {
            let object = parse_body(head, kind, body)?;
            finish(server, &call, |store| write::update(store, &call, object))
        }
        _ => {
            let object = parse_body(head, kind, body)?;
            finish(server, &call, |store| write::create(store, &call, object))
        }
    }
}

fn call(server: &ApiServer, head: &Head, kind: &Arc<Kind>, resource: &Resource) -> Result<Call, Failure> {
    let agent = head.header(header::USER_AGENT).split('/').next().unwrap_or_default();
    let manager = match head.query.get("fieldManager") {
        "" if agent.is_empty() => "unknown",
        "" => agent,
        given => given,
    };
    let validation = match head.query.get("fieldValidation") {
        "Strict" => Validation::Strict,
        "Ignore" => Validation::Ignore,
        _ => Validation::Warn,
    };
    let dry_run = match head.query.get("dryRun") {
        "" => false,
        "All" => true,
        other => {
            let message = format!("Unsupported value: [\"{other}\"]: supported values: \"All\"");
            let cause = super::failure::Cause::new("FieldValueNotSupported", message, "dryRun");
            return Err(Failure::invalid_as("meta.k8s.io", "PatchOptions", "", &[cause]));
        }
    };
    Ok(Call {
        kind: kind.clone(),
        version: resource.version.clone(),
        namespace: if kind.namespaced { resource.namespace.clone() } else { String::new() },
        name: resource.name.clone(),
        status: resource.sub == "status",
        manager: manager.to_owned(),
        dry_run,
        validation,
        now: server.now(),
    })
}

fn finish(
    server: &ApiServer,
    call: &Call,
    write: impl FnOnce(&mut super::store::Store) -> Result<write::Done, Failure>,
) -> Result<Reply, Failure> {
    let mut store = server.store();
    let done = write(&mut store)?;
    if !call.dry_run {
        install_defined(&mut store, &call.kind, &done.object.value);
    }
    drop(store);
    let mut response = respond::json(if done.created { 201 } else { 200 }, list::in_version(&call.kind, &call.version, &done.object));
    respond::warn(&mut response, &done.warnings);
    Ok(response)
}

fn delete(server: &ApiServer, call: &Call, body: &[u8]) -> Result<Reply, Failure> {
    let options: Value = if body.is_empty() { Value::Null } else { serde_json::from_slice(body).unwrap_or_default() };
    let word = |path: &str| options.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let conditions = Conditions { uid: word("/preconditions/uid"), version: word("/preconditions/resourceVersion") };
    let dry = options.pointer("/dryRun/0").is_some();
    let call = Call { dry_run: call.dry_run || dry, ..call.clone() };
    let deleted = write::delete(&mut server.store(), &call, &conditions)?;
    Ok(match deleted {
        Deleted::Waiting(object) => respond::json(200, object.bytes.clone()),
        Deleted::Gone(object) if call.kind.plural == "pods" && !call.kind.custom => respond::json(200, object.bytes.clone()),
        Deleted::Gone(object) => {
            let mut details = json!({"name": call.name, "kind": call.kind.plural, "uid": object.value.pointer("/metadata/uid")});
            if !call.kind.group.is_empty() {
                details["group"] = json!(call.kind.group);
            }
            respond::value(200, &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}))
        }
    })
}

fn parse_body(head: &Head, kind: &Kind, body: &[u8]) -> Result<Value, Failure> {
    let content_type = head.header(header::CONTENT_TYPE);
    if content_type.contains("protobuf") {
        return super::proto::object(body).ok_or_else(Failure::unsupported_body);
    }
    if !(content_type.is_empty() || content_type.contains("json") || content_type.contains("yaml")) {
        return Err(Failure::unsupported_body());
    }
    read(content_type, body).map_err(|error| {
        let text = String::from_utf8_lossy(body);
        let message = format!(
            "the object provided is unrecognized (must be of type {}): couldn't get version/kind; json parse error: {error} ({text})",
            kind.kind
        );
        Failure::bad_request(message)
    })
}

fn read(content_type: &str, body: &[u8]) -> Result<Value, String> {
    if content_type.contains("yaml") {
        let text = String::from_utf8_lossy(body);
        if let Ok(value) = serde_json::from_str(&text) {
            return Ok(value);
        }
        return serde_yaml::from_str(&text).map_err(|error| error.to_string());
    }
    serde_json::from_slice(body).map_err(|error| go_json_error(&error))
}

/// Truncated input is worded as Go does.
fn go_json_error(error: &serde_json::Error) -> String {
    if error.is_eof() { "unexpected end of JSON input".to_owned() } else { error.to_string() }
}

fn parse_patch(head: &Head, kind: &Kind, body: &[u8]) -> Result<Patch, Failure> {
    let content_type = head.header(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
    let value = || read(content_type, body).map_err(|error| Failure::bad_request(format!("error decoding patch: {error}")));
    match content_type {
        "application/merge-patch+json" => Ok(Patch::Merge(value()?)),
        "application/json-patch+json" => Ok(Patch::Json(value()?)),
        "application/strategic-merge-patch+json" if !kind.custom => Ok(Patch::Strategic(value()?)),
        "application/apply-patch+yaml" => {
            if head.query.get("fieldManager").is_empty() {
                let cause = super::failure::Cause::new("FieldValueRequired", "Required value: is required for apply patch", "fieldManager");
                return Err(Failure::invalid_as("meta.k8s.io", "PatchOptions", "", &[cause]));
            }
            Ok(Patch::Apply { value: value()?, force: head.query.flag("force") })
        }
        _ => Err(Failure::unsupported_patch(kind.custom)),
    }
}

fn review(server: &ApiServer, head: &Head, kind: &Kind, verb: &str, settings: &faults::Settings, body: &[u8]) -> Result<Reply, Failure> {
    if verb != "create" {
        return Err(Failure::method_not_allowed());
    }
    let object = parse_body(head, kind, body)?;
    let spec = object.get("spec").cloned().unwrap_or_else(|| json!({}));
    let word = |path: &str| spec.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let status = match kind.kind.as_str() {
        "SelfSubjectAccessReview" => {
            let (plural, sub) = (word("/resourceAttributes/resource"), word("/resourceAttributes/subresource"));
            let resource = if sub.is_empty() { plural.to_owned() } else { format!("{plural}/{sub}") };
            let ask = Ask {
                verb: word("/resourceAttributes/verb"),
                group: word("/resourceAttributes/group"),
                resource: &resource,
                namespace: word("/resourceAttributes/namespace"),
                name: word("/resourceAttributes/name"),
            };
            if taken_away(settings, &head.user, &ask) { json!({"allowed": false}) } else { server.access().review(&head.user, &ask) }
        }
        "SelfSubjectRulesReview" => {
            if word("/namespace").is_empty() {
                return Err(Failure::bad_request("no namespace on request"));
            }
            server.access().rules_in(&head.user, word("/namespace"))
        }
        _ => json!({"userInfo": {"username": head.user.name, "groups": head.user.groups}}),
    };
    let mut answer = json!({"kind": kind.kind, "apiVersion": kind.api_version(), "metadata": {}, "status": status});
    match kind.kind.as_str() {
        "SelfSubjectAccessReview" => answer["spec"] = spec,
        "SelfSubjectRulesReview" => answer["spec"] = json!({}),
        _ => answer["metadata"]["creationTimestamp"] = json!(server.now()),
    }
    Ok(respond::value(201, &answer))
}
