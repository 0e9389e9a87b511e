//! Is the server still there? Asked only when nothing was heard.

use crate::cluster::api::{Api, ApiError, Class};
use http::Method;
use serde::de::IgnoredAny;
use std::sync::Arc;
use tokio::sync::Notify;

/// Ends when the server no longer answers, with how.
pub(super) async fn until_dead(api: Api, poke: Arc<Notify>) -> ApiError {
    let timings = api.timings.clone();
    loop {
        let quiet = api.heard.silent_for();
        tokio::select! {
            () = tokio::time::sleep(timings.beat_every.saturating_sub(quiet)) => {
                if api.heard.silent_for() < timings.beat_every {
                    continue;
                }
            }
            () = poke.notified() => {}
        }
        if let Err(first) = ask(&api).await {
            // A pooled connection may have been closed by something between us; only a second failure is the server's.
            if first.class == Class::Timeout {
                return first;
            }
            if let Err(second) = ask(&api).await {
                return second;
            }
        }
    }
}

/// Any answer, even a refusal, is a sign of life.
async fn ask(api: &Api) -> Result<(), ApiError> {
    match api.json::<IgnoredAny>(Method::GET, "/version", None, api.timings.beat_limit).await {
        Err(e) if e.is_transport() => Err(e),
        _ => Ok(()),
    }
}
