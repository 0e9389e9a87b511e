//! The tail of a container's log.

use crate::cluster::api::{ApiError, escape, path, request};
use crate::cluster::session::SessionHandle;
use crate::domain::ids::ObjectKey;
use crate::domain::text::sanitise_lines;
use http::Method;

const MAX_BYTES: usize = 1 << 20;

impl SessionHandle {
    /// The last `tail` lines, made harmless and each cut to 2,000 characters; `previous` = of the run before the last restart.
    ///
    /// # Errors
    /// Not connected, forbidden, no such container or no earlier run.
    pub async fn log(&self, pod: &ObjectKey, container: &str, previous: bool, tail: usize) -> Result<Vec<String>, ApiError> {
        let api = self.api()?;
        let mut url = format!("{}/log?tailLines={tail}&limitBytes={MAX_BYTES}", path("", "v1", &pod.namespace, "pods", &pod.name));
        if !container.is_empty() {
            url.push_str(&format!("&container={}", escape(container)));
        }
        if previous {
            url.push_str("&previous=true");
        }
        let mut request = request(Method::GET, &url, None)?;
        // The server answers 406 to a request for JSON alone.
        request.headers_mut().insert("accept", http::HeaderValue::from_static("*/*"));
        let answer = api.send(request, api.timings.get).await?;
        let bytes = api.collect(answer.into_body(), api.timings.get, &mut api.pace(), MAX_BYTES * 2).await?;
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<String> = text.lines().map(|line| sanitise_lines(line, 2_000)).collect();
        Ok(lines.iter().skip(lines.len().saturating_sub(tail)).cloned().collect())
    }
}
