//! One request to a cluster: own deadlines, no retries, errors sorted by what the caller can do about them.

use super::client::Line;
use super::pace::Pace;
use super::session::Timings;
use crate::domain::Timestamp;
use crate::domain::clock::Clock;
use crate::domain::text::{sanitise, without_credentials};
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// What kind of failure an answer, or the lack of one, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Unauthorized,
    Forbidden,
    /// The kind or version is not served (404 that is no Status).
    NotServed,
    NotFound,
    Conflict,
    /// The resource version is too old: list again.
    Expired,
    /// 400 or 422.
    Invalid,
    /// 429, and 503 as the API server says it: ask again later; nothing was done.
    Busy,
    /// Something between us and the server gave up, or the server while it worked: it may be done all the same.
    Gateway,
    /// Any other status.
    Server,
    /// Nothing was sent: refused, unknown host, bad certificate.
    Connect,
    /// Sent, perhaps; no whole answer.
    Lost,
    Timeout,
    /// An answer that cannot be read or is too large.
    Garbage,
    /// The login program failed.
    Login,
}

/// A failed request, fit to be shown: sanitised, cut, without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    pub class: Class,
    /// HTTP status; 0 when there was no answer.
    pub code: u16,
    pub reason: String,
    pub message: String,
    pub retry_after: Option<Duration>,
}

impl ApiError {
    pub fn new(class: Class, message: &str) -> Self {
        Self { class, code: 0, reason: String::new(), message: sanitise(&without_credentials(message), 300), retry_after: None }
    }
    /// The server is not there, or not answering.
    pub fn is_transport(&self) -> bool {
        matches!(self.class, Class::Connect | Class::Lost | Class::Timeout)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for ApiError {}

/// When the server was last heard; clones share it. By two clocks: that of silences stands still while the machine sleeps, that of people
/// does not.
#[derive(Clone)]
pub struct Heard {
    start: Instant,
    /// ms after `start`.
    last: Arc<AtomicU64>,
    clock: Clock,
    /// ms since 1970.
    at: Arc<AtomicI64>,
}

impl Heard {
    /// Counts as heard now.
    pub fn by(clock: Clock) -> Self {
        let heard = Self { start: Instant::now(), last: Arc::default(), clock, at: Arc::default() };
        heard.now();
        heard
    }
    pub fn now(&self) {
        self.last.store(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.at.store(self.clock.now().as_millisecond(), Ordering::Relaxed);
    }
    /// Differs from before when something was heard since; ms after the connection began.
    pub fn last(&self) -> u64 {
        self.last.load(Ordering::Relaxed)
    }
    pub fn at(&self) -> Timestamp {
        Timestamp::from_millisecond(self.at.load(Ordering::Relaxed)).unwrap_or_else(|_| self.clock.now())
    }
    pub fn silent_for(&self) -> Duration {
        self.start.elapsed().saturating_sub(Duration::from_millis(self.last()))
    }
}

/// A cluster's client with its deadlines. Clones share the connection.
#[derive(Clone)]
pub struct Api {
    client: Arc<RwLock<Client>>,
    pub heard: Heard,
    pub timings: Arc<Timings>,
    /// Watches may be long where it tells of a dead connection.
    pub line: Line,
}

impl Api {
    pub fn new(client: Client, line: Line, heard: Heard, timings: Arc<Timings>) -> Self {
        Self { client: Arc::new(RwLock::new(client)), heard, timings, line }
    }

    /// New requests go through another client; running ones end on theirs.
    pub fn replace(&self, client: Client) {
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
    }

    /// For one long answer.
    pub fn pace(&self) -> Pace {
        Pace::new(self.timings.list_grace, self.timings.list_rate)
    }

    /// Sends once; the answer's body is not read yet. Any status but 2xx is an error.
    ///
    /// # Errors
    /// See [`Class`].
    pub async fn send(&self, request: Request<Vec<u8>>, limit: Duration) -> Result<Response<Body>, ApiError> {
        let client = self.client.read().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = tokio::time::timeout(limit, client.send(request.map(Body::from))).await;
        let answer = answer.map_err(|_| timed_out(limit))?.map_err(|e| transport(&e))?;
        self.heard.now();
        if answer.status().is_success() {
            return Ok(answer);
        }
        Err(refused(answer, self.timings.get).await)
    }

    /// GET of one JSON value, at most 32 MiB.
    ///
    /// # Errors
    /// See [`Class`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        self.json(Method::GET, path, None, self.timings.get).await
    }

    /// As [`Self::get`], with the time the server says it is.
    ///
    /// # Errors
    /// See [`Class`].
    pub async fn get_dated<T: DeserializeOwned>(&self, path: &str) -> Result<(T, Option<Timestamp>), ApiError> {
        let limit = self.timings.get;
        let whole = async {
            let answer = self.send(request(Method::GET, path, None)?, limit).await?;
            let date = answer.headers().get("date").and_then(|v| v.to_str().ok());
            let date = date.and_then(|text| jiff::fmt::rfc2822::parse(text).ok()).map(|at| at.timestamp());
            Ok((self.read(answer, limit).await?, date))
        };
        tokio::time::timeout(limit, whole).await.map_err(|_| timed_out(limit))?
    }

    /// # Errors
    /// See [`Class`].
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &serde_json::Value) -> Result<T, ApiError> {
        self.json(Method::POST, path, Some(body), self.timings.get).await
    }

    /// # Errors
    /// See [`Class`].
    pub async fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
        limit: Duration,
    ) -> Result<T, ApiError> {
        let whole = async {
            let answer = self.send(request(method, path, body)?, limit).await?;
            self.read(answer, limit).await
        };
        tokio::time::timeout(limit, whole).await.map_err(|_| timed_out(limit))?
    }

    async fn read<T: DeserializeOwned>(&self, answer: Response<Body>, limit: Duration) -> Result<T, ApiError> {
        let bytes = self.collect(answer.into_body(), limit, &mut self.pace(), 32 << 20).await?;
        serde_json::from_slice(&bytes).map_err(|e| ApiError::new(Class::Garbage, &format!("unreadable answer: {e}")))
    }

    /// Reads a body to its end; `idle` is the longest pause between two pieces, `max` the most bytes.
    ///
    /// # Errors
    /// Lost, timed out, too slow, or too large.
    pub async fn collect(&self, mut body: Body, idle: Duration, pace: &mut Pace, max: usize) -> Result<Vec<u8>, ApiError> {
        let mut all = Vec::new();
        loop {
            let Some(frame) = pace.wait(idle, body.frame()).await? else { return Ok(all) };
            let frame = frame.map_err(|e| ApiError::new(Class::Lost, &chain(&e)))?;
            self.heard.now();
            if let Some(data) = frame.data_ref() {
                if all.len() + data.len() > max {
                    return Err(ApiError::new(Class::Garbage, &format!("answer larger than {} MiB", max >> 20)));
                }
                pace.took(data.len());
                all.extend_from_slice(data);
            }
        }
    }
}

/// A request with a JSON body or none.
///
/// # Errors
/// A path that is no URI.
pub fn request(method: Method, path: &str, body: Option<&serde_json::Value>) -> Result<Request<Vec<u8>>, ApiError> {
    let mut builder = Request::builder().method(method).uri(path).header("accept", "application/json");
    if body.is_some() {
        builder = builder.header("content-type", "application/json");
    }
    let bytes = body.map(|b| b.to_string().into_bytes()).unwrap_or_default();
    builder.body(bytes).map_err(|e| ApiError::new(Class::Invalid, &format!("bad request path: {e}")))
}

/// One path segment or query value, percent-encoded.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    // A bare `..` would be taken as "one level up" by proxies.
    if matches!(out.as_str(), "." | "..") { out.replace('.', "%2E") } else { out }
}

/// Path of a collection or of one object; an empty group is core, an empty namespace cluster-wide.
pub fn path(group: &str, version: &str, namespace: &str, plural: &str, name: &str) -> String {
    let mut out =
        if group.is_empty() { format!("/api/{}", escape(version)) } else { format!("/apis/{}/{}", escape(group), escape(version)) };
    if !namespace.is_empty() {
        out.push_str(&format!("/namespaces/{}", escape(namespace)));
    }
    out.push_str(&format!("/{}", escape(plural)));
    if !name.is_empty() {
        out.push_str(&format!("/{}", escape(name)));
    }
    out
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Status {
    pub kind: String,
    pub code: u16,
    pub reason: String,
    pub message: String,
    pub details: Option<StatusDetails>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct StatusDetails {
    pub retry_after_seconds: Option<u64>,
}

impl Status {
    pub fn error(&self, code: u16) -> ApiError {
        let class = match (code, self.reason.as_str()) {
            (410, _) | (_, "Expired" | "Gone") => Class::Expired,
            (401, _) => Class::Unauthorized,
            (403, _) => Class::Forbidden,
            (404, "NotFound") => Class::NotFound,
            (404, _) => Class::NotServed,
            (409, _) => Class::Conflict,
            (400 | 422, _) => Class::Invalid,
            // The API server turns away in a Status; its limit of requests alone is plain text.
            (429, _) => Class::Busy,
            (502 | 504, _) => Class::Gateway,
            (500.., _) if self.kind != "Status" => Class::Gateway,
            (503, _) => Class::Busy,
            _ => Class::Server,
        };
        let message = if self.message.trim().is_empty() { format!("status {code}") } else { self.message.trim().to_owned() };
        let retry_after = self.details.as_ref().and_then(|d| d.retry_after_seconds).map(Duration::from_secs);
        ApiError { code, reason: sanitise(&self.reason, 60), retry_after, ..ApiError::new(class, &message) }
    }
}

async fn refused(answer: Response<Body>, idle: Duration) -> ApiError {
    let code = answer.status().as_u16();
    let header = answer.headers().get("retry-after").and_then(|v| v.to_str().ok()).and_then(|v| v.trim().parse().ok());
    let body = tokio::time::timeout(idle, http_body_util::Limited::new(answer.into_body(), 256 << 10).collect()).await;
    let bytes = body.ok().and_then(Result::ok).map(|c| c.to_bytes()).unwrap_or_default();
    let status = serde_json::from_slice::<Status>(&bytes).ok().filter(|s| s.kind == "Status");
    let status = status.unwrap_or_else(|| Status { message: String::from_utf8_lossy(&bytes).into_owned(), ..Status::default() });
    let mut error = status.error(code);
    error.retry_after = header.map(Duration::from_secs).or(error.retry_after);
    error
}

fn timed_out(limit: Duration) -> ApiError {
    ApiError::new(Class::Timeout, &format!("no answer within {} s", limit.as_secs_f32()))
}

/// The innermost causes say what happened; the outer ones only that something did.
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        last = inner.to_string();
        source = inner.source();
    }
    last
}

fn any_in(error: &(dyn std::error::Error + 'static), test: impl Fn(&(dyn std::error::Error + 'static)) -> bool) -> bool {
    let mut at = Some(error);
    while let Some(e) = at {
        if test(e) {
            return true;
        }
        at = e.source();
    }
    false
}

fn transport(error: &kube::Error) -> ApiError {
    let cause = chain(error);
    let connecting =
        any_in(error, |e| e.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(hyper_util::client::legacy::Error::is_connect));
    if !connecting {
        return ApiError::new(Class::Lost, &cause);
    }
    let words = if cause.contains("UnknownIssuer") {
        "certificate signed by an unknown authority".to_owned()
    } else if cause.contains("invalid peer certificate") {
        cause.replace("invalid peer certificate", "certificate not valid")
    } else if cause.contains("os error 111") || cause.contains("Connection refused") {
        "connection refused".to_owned()
    } else if cause.contains("deadline") || cause.contains("timed out") {
        "no connection: timed out".to_owned()
    } else {
        cause
    };
    ApiError::new(Class::Connect, &words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_path_segment() {
        assert_eq!(path("apps", "v1", "a/../b", "deployments", "x?y"), "/apis/apps/v1/namespaces/a%2F..%2Fb/deployments/x%3Fy");
        assert_eq!(path("", "v1", "", "namespaces", ".."), "/api/v1/namespaces/%2E%2E");
        assert_eq!(path("", "v1", "d", "pods", ""), "/api/v1/namespaces/d/pods");
    }

    #[test]
    fn an_absent_kind_and_an_absent_object_are_told_apart() {
        let text = Status { message: "404 page not found\n".into(), ..Status::default() };
        assert_eq!(text.error(404).class, Class::NotServed);
        let object = Status { reason: "NotFound".into(), ..Status::default() };
        assert_eq!(object.error(404).class, Class::NotFound);
        assert_eq!(Status { reason: "Expired".into(), ..Status::default() }.error(0).class, Class::Expired);
    }

    #[test]
    fn a_message_of_ten_kilobytes_is_cut_and_made_harmless() {
        let status = Status { message: format!("\u{1b}[31m{}", "x".repeat(12_000)), ..Status::default() };
        let error = status.error(422);
        assert!(error.message.chars().count() <= 310);
        assert!(!error.message.contains('\u{1b}'));
    }
}
