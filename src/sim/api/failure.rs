//! The answers of an API server that refuses: status code, reason, message and details as a real one words them.

use serde_json::{Value, json};

use super::kind::Kind;

/// A refused request: what goes on the wire instead of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    pub code: u16,
    pub body: Body,
    /// Value of the `Retry-After` header, seconds.
    pub retry_after: Option<u32>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A `Status` object.
    Status(Value),
    Text(&'static str),
}

/// One line of `details.causes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    pub reason: &'static str,
    pub message: String,
    pub field: String,
}

impl Cause {
    pub fn new(reason: &'static str, message: impl Into<String>, field: impl Into<String>) -> Self {
        Self { reason, message: message.into(), field: field.into() }
    }
    pub(super) fn json(&self) -> Value {
        json!({"reason": self.reason, "message": self.message, "field": self.field})
    }
}

impl Failure {
    pub(super) fn status(code: u16, reason: &str, message: impl Into<String>, details: Option<Value>) -> Self {
        let mut body =
            json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message.into(), "code": code});
        if !reason.is_empty() {
            body["reason"] = json!(reason);
        }
        if let Some(details) = details {
            body["details"] = details;
        }
        Self { code, body: Body::Status(body), retry_after: None }
    }

    fn retry(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The `Status` object, or `null` for the plain text answers.
    pub fn value(&self) -> Value {
        match &self.body {
            Body::Status(value) => value.clone(),
            Body::Text(_) => Value::Null,
        }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::status(400, "BadRequest", message, None)
    }

    pub(super) fn unauthorized() -> Self {
        Self::status(401, "Unauthorized", "Unauthorized", None)
    }

    pub(super) fn forbidden(message: impl Into<String>, details: Value) -> Self {
        Self::status(403, "Forbidden", message, Some(details))
    }

    /// What the mux says about a path that nothing serves.
    pub(super) fn no_such_path() -> Self {
        Self { code: 404, body: Body::Text("404 page not found\n"), retry_after: None }
    }

    pub(super) fn not_found(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", kind.qualified());
        Self::status(404, "NotFound", message, Some(named(kind, name)))
    }

    pub(super) fn namespace_not_found(name: &str) -> Self {
        let details = json!({"name": name, "kind": "namespaces"});
        Self::status(404, "NotFound", format!("namespaces \"{name}\" not found"), Some(details))
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::status(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", Some(json!({})))
    }

    pub(super) fn not_acceptable() -> Self {
        let message =
            "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf";
        Self::status(406, "NotAcceptable", message, None)
    }

    pub(super) fn already_exists(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", kind.qualified());
        Self::status(409, "AlreadyExists", message, Some(named(kind, name)))
    }

    pub(super) fn modified(kind: &Kind, name: &str) -> Self {
        Self::conflict(kind, name, "the object has been modified; please apply your changes to the latest version and try again")
    }

    pub(super) fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.qualified());
        Self::status(409, "Conflict", message, Some(named(kind, name)))
    }

    pub(super) fn expired_list() -> Self {
        Self::status(410, "Expired", "The resourceVersion for the provided list is too old.", None)
    }

    /// An expired page token; `token` gives the rest inconsistently.
    pub(super) fn expired_continue(token: &str) -> Self {
        let message = concat!(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue ",
            "parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token ",
            "results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and ",
            "now may show up in the list."
        );
        let mut failure = Self::status(410, "Expired", message, None);
        if let Body::Status(body) = &mut failure.body {
            body["metadata"]["continue"] = json!(token);
        }
        failure
    }

    /// The object of the ERROR event of a watch whose start is no longer known.
    pub(super) fn expired_watch(asked: u64, oldest: u64) -> Self {
        Self::status(410, "Expired", format!("too old resource version: {asked} ({oldest})"), None)
    }

    /// A patch of a type the kind does not take.
    pub(super) fn unsupported_patch(custom: bool) -> Self {
        if !custom {
            return Self::status(415, "UnsupportedMediaType", "415: Unsupported Media Type", Some(json!({})));
        }
        let message = concat!(
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, ",
            "application/merge-patch+json, application/apply-patch+yaml"
        );
        Self::status(415, "UnsupportedMediaType", message, None)
    }

    pub(super) fn unsupported_body() -> Self {
        let message = concat!(
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, ",
            "application/vnd.kubernetes.protobuf"
        );
        Self::status(415, "UnsupportedMediaType", message, None)
    }

    /// A subresource that a typed kind does not have.
    pub(super) fn no_such_subresource() -> Self {
        Self::status(404, "NotFound", "the server could not find the requested resource", Some(json!({})))
    }

    /// A precondition of a deletion that does not hold; this one names the kind, not the resource.
    pub(super) fn precondition(kind: &Kind, name: &str, why: &str) -> Self {
        let qualified = if kind.group.is_empty() { kind.kind.clone() } else { format!("{}.{}", kind.kind, kind.group) };
        let mut details = named(kind, name);
        details["kind"] = json!(kind.kind);
        Self::status(409, "Conflict", format!("Operation cannot be fulfilled on {qualified} \"{name}\": {why}"), Some(details))
    }

    pub(super) fn invalid(kind: &Kind, name: &str, causes: &[Cause]) -> Self {
        Self::invalid_as(&kind.group, &kind.kind, name, causes)
    }

    pub(super) fn invalid_as(group: &str, kind: &str, name: &str, causes: &[Cause]) -> Self {
        let qualified = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
        // The real server prints a cause once although it lists it as often as it was found.
        let mut lines: Vec<String> = Vec::new();
        for cause in causes {
            let line = format!("{}: {}", cause.field, cause.message);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let text = if lines.len() == 1 { lines.concat() } else { format!("[{}]", lines.join(", ")) };
        let mut details = json!({"name": name, "kind": kind, "causes": causes.iter().map(Cause::json).collect::<Vec<_>>()});
        if name.is_empty() {
            remove(&mut details, "name");
        }
        if !group.is_empty() {
            details["group"] = json!(group);
        }
        Self::status(422, "Invalid", format!("{qualified} \"{name}\" is invalid: {text}"), Some(details))
    }

    /// Strict field validation of a patch: the message repeats the whole object, as the real one does.
    pub(super) fn strict_patch(object: &str, fields: &str) -> Self {
        let message = format!("Invalid value: {}: strict decoding error: {fields}", Value::String(object.to_owned()));
        let causes = json!([{"reason": "FieldValueInvalid", "message": message, "field": "patch"}]);
        Self::status(422, "Invalid", format!(" \"\" is invalid: patch: {message}"), Some(json!({"causes": causes})))
    }

    /// Every way in which a JSON patch cannot be applied gets this one answer.
    pub(super) fn json_patch() -> Self {
        Self::status(422, "Invalid", "the server rejected our request due to an error in our request", Some(json!({})))
    }

    pub(super) fn too_many_text(seconds: u32) -> Self {
        Self { code: 429, body: Body::Text("Too many requests, please try again later.\n"), retry_after: Some(seconds) }
    }

    pub(super) fn storage_initializing() -> Self {
        let details = json!({"retryAfterSeconds": 1});
        Self::status(429, "TooManyRequests", "storage is (re)initializing", Some(details)).retry(1)
    }

    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::status(500, "", message, None)
    }

    pub(super) fn starting() -> Self {
        let message = "the request has been made before all known HTTP paths have been installed, please try again";
        Self::status(503, "ServiceUnavailable", message, Some(json!({"retryAfterSeconds": 5}))).retry(5)
    }

    pub(super) fn version_from_future(asked: u64, current: u64) -> Self {
        let details = json!({
            "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            "retryAfterSeconds": 1
        });
        let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
        Self::status(504, "Timeout", message, Some(details)).retry(1)
    }
}

fn named(kind: &Kind, name: &str) -> Value {
    let mut details = json!({"name": name, "kind": kind.plural});
    if !kind.group.is_empty() {
        details["group"] = json!(kind.group);
    }
    details
}

fn remove(value: &mut Value, key: &str) {
    if let Some(map) = value.as_object_mut() {
        map.remove(key);
    }
}
