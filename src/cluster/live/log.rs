//! A container's log: its tail, or all that comes; and which containers a pod has.

use crate::cluster::api::{ApiError, Class, Heard, chain, escape, path, request};
use crate::cluster::session::SessionHandle;
use crate::domain::ids::ObjectKey;
use crate::domain::text::{sanitise, sanitise_lines};
use http::{Method, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Bytes;
use kube::client::Body;
use serde_json::Value;
use std::collections::VecDeque;
use std::time::Duration;

const MAX_BYTES: usize = 1 << 20;
/// Characters of a line.
const LINE: usize = 2_000;
/// Bytes of a line that are kept until its end comes.
const LINE_BYTES: usize = 16 << 10;
/// Lines of a stream that wait to be taken; the oldest go.
const WAITING: usize = 500;
/// A container that is silent from its start: the server answers with its first line.
const FIRST_LINE: Duration = Duration::from_secs(24 * 3600);

/// How a container does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Of the pod: another one may take its name.
    pub uid: String,
    pub is_running: bool,
    pub restarts: i64,
    /// Of the run that ended last.
    pub exit_code: Option<i64>,
    pub reason: Option<String>,
}

impl SessionHandle {
    /// The last `tail` lines, made harmless and each cut to 2,000 characters; `previous` = of the run before the last restart.
    ///
    /// # Errors
    /// Not connected, forbidden, no such container or no earlier run.
    pub async fn log(&self, pod: &ObjectKey, container: &str, previous: bool, tail: usize) -> Result<Vec<String>, ApiError> {
        let api = self.api()?;
        let previous = if previous { "&previous=true" } else { "" };
        let answer = self.ask_log(pod, container, &format!("tailLines={tail}&limitBytes={MAX_BYTES}{previous}"), api.timings.get).await?;
        let bytes = api.collect(answer.into_body(), api.timings.get, &mut api.pace(), MAX_BYTES * 2).await?;
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<String> = text.lines().map(|line| sanitise_lines(line, LINE)).collect();
        Ok(lines.iter().skip(lines.len().saturating_sub(tail)).cloned().collect())
    }

    /// The last `tail` lines of the run that goes on, and whatever comes after; dropped, the request ends.
    ///
    /// # Errors
    /// Not connected, forbidden, no such container.
    pub async fn follow_log(&self, pod: &ObjectKey, container: &str, tail: usize) -> Result<LogStream, ApiError> {
        let heard = self.api()?.heard;
        let answer = self.ask_log(pod, container, &format!("tailLines={tail}&follow=true"), FIRST_LINE).await?;
        Ok(LogStream {
            body: answer.into_body().map_err(Into::into).boxed_unsync(),
            heard,
            rest: Vec::new(),
            lines: VecDeque::new(),
            dropped: 0,
        })
    }

    async fn ask_log(&self, pod: &ObjectKey, container: &str, query: &str, limit: Duration) -> Result<Response<Body>, ApiError> {
        let mut url = format!("{}/log?{query}", path("", "v1", &pod.namespace, "pods", &pod.name));
        if !container.is_empty() {
            url.push_str(&format!("&container={}", escape(container)));
        }
        let mut request = request(Method::GET, &url, None)?;
        // The server answers 406 to a request for JSON alone.
        request.headers_mut().insert("accept", http::HeaderValue::from_static("*/*"));
        self.api()?.send(request, limit).await
    }

    /// Names of a pod's containers: those that fail first, then the others, then those that only ran at its start.
    ///
    /// # Errors
    /// Not connected, forbidden, gone.
    pub async fn containers(&self, pod: &ObjectKey) -> Result<Vec<String>, ApiError> {
        Ok(names(&self.pod(pod).await?))
    }

    /// `None` = the pod is gone.
    ///
    /// # Errors
    /// Not connected, forbidden.
    pub async fn container_run(&self, pod: &ObjectKey, container: &str) -> Result<Option<Run>, ApiError> {
        match self.pod(pod).await {
            Ok(object) => {
                let uid = object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().to_owned();
                Ok(Some(Run { uid, ..status(&object, container).map(run).unwrap_or_default() }))
            }
            Err(e) if e.class == Class::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    async fn pod(&self, pod: &ObjectKey) -> Result<Value, ApiError> {
        self.api()?.get(&path("", "v1", &pod.namespace, "pods", &pod.name)).await
    }
}

fn list<'a>(object: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    object.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// Status of a container; of the only one where none is named.
fn status<'a>(pod: &'a Value, container: &str) -> Option<&'a Value> {
    let mut all = list(pod, "/status/containerStatuses").chain(list(pod, "/status/initContainerStatuses"));
    all.find(|c| container.is_empty() || c["name"] == container)
}

fn run(status: &Value) -> Run {
    let ended = ["/state/terminated", "/lastState/terminated"].iter().find_map(|at| status.pointer(at).filter(|t| t.is_object()));
    Run {
        uid: String::new(),
        is_running: status.pointer("/state/running").is_some_and(Value::is_object),
        restarts: status["restartCount"].as_i64().unwrap_or(0),
        exit_code: ended.and_then(|t| t["exitCode"].as_i64()),
        reason: ended.and_then(|t| t["reason"].as_str()).map(|r| sanitise(r, 60)),
    }
}

fn names(pod: &Value) -> Vec<String> {
    let fails = |name: &str| {
        let run = status(pod, name).map(run).unwrap_or_default();
        !run.is_running && run.exit_code.is_none_or(|code| code != 0) || run.exit_code.is_some_and(|code| code != 0)
    };
    let name = |c: &Value| c["name"].as_str().map(|name| sanitise(name, 63));
    let main: Vec<String> = list(pod, "/spec/containers").filter_map(name).collect();
    let (bad, well): (Vec<String>, Vec<String>) = main.into_iter().partition(|name| fails(name));
    bad.into_iter().chain(well).chain(list(pod, "/spec/initContainers").filter_map(name)).collect()
}

/// A log as it comes. What waits to be taken is bounded: where lines come faster, the oldest are dropped and counted.
pub struct LogStream {
    body: UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>,
    heard: Heard,
    /// Of the line whose end has not come.
    rest: Vec<u8>,
    lines: VecDeque<Vec<u8>>,
    dropped: u64,
}

impl LogStream {
    /// Waits for more; `false` = the server ended the stream in good order. Safe to drop while waiting.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn fill(&mut self) -> Result<bool, ApiError> {
        let Some(frame) = self.body.frame().await else {
            self.end_line();
            return Ok(false);
        };
        let frame = frame.map_err(|e| {
            self.end_line();
            ApiError::new(Class::Lost, &chain(&*e))
        })?;
        self.heard.now();
        let data = frame.data_ref().map(AsRef::as_ref).unwrap_or_default();
        let mut parts = data.split(|b| *b == b'\n').peekable();
        while let Some(part) = parts.next() {
            let room = LINE_BYTES.saturating_sub(self.rest.len()).min(part.len());
            self.rest.extend_from_slice(part.get(..room).unwrap_or_default());
            if parts.peek().is_some() {
                self.push();
            }
        }
        Ok(true)
    }

    fn end_line(&mut self) {
        if !self.rest.is_empty() {
            self.push();
        }
    }

    fn push(&mut self) {
        self.lines.push_back(std::mem::take(&mut self.rest));
        if self.lines.len() > WAITING {
            self.lines.pop_front();
            self.dropped += 1;
        }
    }

    pub fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    /// What came since, made harmless, and how many lines before it were dropped.
    pub fn take(&mut self) -> (Vec<String>, u64) {
        let clean = |line: Vec<u8>| sanitise_lines(String::from_utf8_lossy(&line).trim_end_matches('\r'), LINE);
        (self.lines.drain(..).map(clean).collect(), std::mem::take(&mut self.dropped))
    }
}

#[cfg(test)]
impl LogStream {
    /// These pieces come, then the connection breaks.
    pub(crate) fn that_breaks(pieces: &[&'static str]) -> Self {
        let pieces = pieces.iter().map(|text| Ok(hyper::body::Frame::data(Bytes::from_static(text.as_bytes()))));
        let frames: Vec<_> = pieces.chain([Err(std::io::Error::other("reset by peer"))]).collect();
        let body = http_body_util::StreamBody::new(futures::stream::iter(frames)).map_err(Into::into).boxed_unsync();
        Self { body, heard: Heard::by(crate::domain::clock::Clock::system()), rest: Vec::new(), lines: VecDeque::new(), dropped: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stream(text: String) -> LogStream {
        let body = Body::from(text.into_bytes()).map_err(Into::into).boxed_unsync();
        LogStream { body, heard: Heard::by(crate::domain::clock::Clock::system()), rest: Vec::new(), lines: VecDeque::new(), dropped: 0 }
    }

    #[tokio::test]
    async fn too_many_lines_leave_the_newest_and_a_count_and_a_line_without_end_stays_small() {
        let all: String = (0..10_000).map(|n| format!("line {n}\n")).collect();
        let mut log = stream(all);
        while log.fill().await.unwrap() {}
        let (lines, dropped) = log.take();
        assert_eq!((lines.len(), dropped, lines.last().unwrap().as_str()), (WAITING, 9_500, "line 9999"));
        assert_eq!(log.take(), (Vec::new(), 0));
        let mut log = stream("x".repeat(4 << 20));
        while log.fill().await.unwrap() {
            assert!(log.rest.len() <= LINE_BYTES);
        }
        let (lines, _) = log.take();
        assert!(lines.len() == 1 && lines[0].chars().count() <= LINE + 1);
    }

    #[tokio::test]
    async fn escape_sequences_of_a_followed_log_are_shown_and_not_obeyed() {
        let mut log = stream("\u{1b}]0;owned\u{7}\u{1b}[2Jboo\r\nplain\n".to_owned());
        while log.fill().await.unwrap() {}
        let (lines, _) = log.take();
        assert!(lines[0].starts_with("^[") && lines[0].contains("^[[2Jboo") && !lines[0].contains('\u{1b}'), "{lines:?}");
        assert_eq!(lines[1], "plain");
    }

    #[test]
    fn a_container_that_fails_comes_first_and_one_that_ran_at_the_start_last() {
        let pod = json!({
            "spec": { "containers": [{"name": "proxy"}, {"name": "web"}], "initContainers": [{"name": "init"}] },
            "status": { "containerStatuses": [
                {"name": "proxy", "restartCount": 0, "state": {"running": {"startedAt": "x"}}},
                {"name": "web", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}},
            ] }
        });
        assert_eq!(names(&pod), ["web", "proxy", "init"]);
        let told = run(status(&pod, "web").unwrap());
        assert_eq!(told, Run { uid: String::new(), is_running: false, restarts: 3, exit_code: Some(1), reason: Some("Error".into()) });
    }
}
