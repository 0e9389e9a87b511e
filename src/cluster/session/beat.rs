//! Is the server still there? Asked only when nothing was heard; told when it last was.

use crate::cluster::api::{Api, ApiError, Class};
use crate::domain::event::ClusterEvent;
use crate::domain::ids::ClusterId;
use http::Method;
use serde::de::IgnoredAny;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

/// The first common beat after this pause. What waits for one wakes with all others that do: ten clusters cost the wake-ups of one.
pub(in crate::cluster) fn together(pause: Duration, every: Duration) -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    let start = *START.get_or_init(Instant::now);
    let passed = (start.elapsed() + pause).as_millis();
    let every = every.as_millis().max(1);
    start + Duration::from_millis(u64::try_from((passed / every + 1) * every).unwrap_or(u64::MAX))
}

/// What was heard so lately before a beat stands for its answer.
fn fresh(every: Duration) -> Duration {
    every / 8
}

/// How long a server may be silent until it is given up: heard just late enough for one beat, and asked at the next one.
#[cfg(test)]
pub(in crate::cluster) fn longest_silence(timings: &super::Timings) -> Duration {
    fresh(timings.beat_every) + timings.beat_every + timings.beat_limit
}

pub(super) struct Beat {
    pub api: Api,
    /// Look now.
    pub poke: Arc<Notify>,
    pub cluster: ClusterId,
    pub sink: mpsc::Sender<ClusterEvent>,
}

impl Beat {
    /// Ends when the server no longer answers, with how.
    pub async fn until_dead(self) -> ApiError {
        let (heard, every) = (self.api.heard.clone(), self.api.timings.beat_every);
        let mut told = heard.last();
        loop {
            let poked = tokio::select! {
                () = tokio::time::sleep_until(together(Duration::ZERO, every)) => false,
                () = self.poke.notified() => true,
            };
            if (poked || heard.silent_for() >= fresh(every))
                && let Err(end) = self.ask_twice().await
            {
                return end;
            }
            if heard.last() != told {
                told = heard.last();
                let _ = self.sink.send(ClusterEvent::Heard { cluster: self.cluster.clone(), at: heard.at() }).await;
            }
        }
    }

    /// A pooled connection may have been closed by something between us; only a second failure is the server's. Both share one limit.
    async fn ask_twice(&self) -> Result<(), ApiError> {
        let limit = self.api.timings.beat_limit;
        let by = Instant::now() + limit;
        match self.ask(limit).await {
            Err(first) if first.class != Class::Timeout => self.ask(by.saturating_duration_since(Instant::now())).await,
            other => other,
        }
    }

    /// Any answer, even a refusal, is a sign of life.
    async fn ask(&self, limit: Duration) -> Result<(), ApiError> {
        match self.api.json::<IgnoredAny>(Method::GET, "/version", None, limit).await {
            Err(e) if e.is_transport() => Err(e),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_the_same_beat_wakes_together_and_never_before_its_pause() {
        let (every, pause) = (Duration::from_secs(3600), Duration::from_secs(60));
        assert_eq!(together(Duration::ZERO, every), together(Duration::ZERO, every));
        let now = Instant::now();
        for every in [1, 7, 10_000] {
            let at = together(pause, Duration::from_millis(every));
            assert!(at >= now + pause);
            assert!(at <= Instant::now() + pause + Duration::from_millis(every));
        }
    }
}
