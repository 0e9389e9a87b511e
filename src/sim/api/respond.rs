//! Response bodies: whole objects, refusals, gzip for those who ask.

use std::io::{self, Write};

use bytes::Bytes;
use futures::stream::{Stream, StreamExt};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use serde_json::Value;

use super::failure::{Body, Failure};
use crate::domain::Timestamp;

pub(super) type Reply = Response<UnsyncBoxBody<Bytes, io::Error>>;

/// Answers below this many bytes are never compressed.
const GZIP_FROM: usize = 128 * 1024;

pub(super) fn full(bytes: impl Into<Bytes>) -> UnsyncBoxBody<Bytes, io::Error> {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

pub(super) fn streamed(stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> UnsyncBoxBody<Bytes, io::Error> {
    StreamBody::new(stream.map(|chunk| chunk.map(Frame::data))).boxed_unsync()
}

pub(super) fn reply(code: u16, kind: &'static str, body: UnsyncBoxBody<Bytes, io::Error>) -> Reply {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    response
}

pub(super) fn json(code: u16, bytes: impl Into<Bytes>) -> Reply {
    reply(code, "application/json", full(bytes))
}

pub(super) fn value(code: u16, value: &Value) -> Reply {
    json(code, serde_json::to_vec(value).unwrap_or_default())
}

pub(super) fn text(code: u16, text: impl Into<Bytes>) -> Reply {
    let mut response = reply(code, "text/plain; charset=utf-8", full(text));
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

pub(super) fn failure(failure: &Failure) -> Reply {
    let mut response = match &failure.body {
        Body::Status(status) => value(failure.code, status),
        Body::Text(words) => text(failure.code, *words),
    };
    if let Some(seconds) = failure.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if failure.code == 403 {
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    }
    response
}

/// The time of the server's own clock, which need not be that of the machine.
pub(super) fn date(response: &mut Reply, now: Timestamp) {
    let text = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(header::DATE, value);
    }
}

/// One `Warning` header for each line.
pub(super) fn warn(response: &mut Reply, warnings: &[String]) {
    for line in warnings {
        let quoted = line.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{quoted}\"")) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
}

/// A JSON answer that may be large: compressed when the caller takes gzip and it is worth it.
pub(super) fn large(headers: &HeaderMap, no_gzip: bool, bytes: Vec<u8>) -> Reply {
    let asked = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("gzip"));
    if !asked || no_gzip || bytes.len() < GZIP_FROM {
        return json(200, bytes);
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    match encoder.write_all(&bytes).and_then(|()| encoder.finish()) {
        Ok(packed) => {
            let mut response = json(200, packed);
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
            response
        }
        Err(_) => json(200, bytes),
    }
}
