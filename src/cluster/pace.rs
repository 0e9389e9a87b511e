//! How slow a long answer may be: a pause may be short and its whole still endless.

use super::api::{ApiError, Class};
use std::time::Duration;
use tokio::time::Instant;

/// Time spent waiting for one answer, or for all pages of one, against what its size allows. Only waiting counts, never our own work.
pub struct Pace {
    grace: Duration,
    /// Least bytes a second after the grace.
    rate: u32,
    waited: Duration,
    bytes: u64,
}

impl Pace {
    pub fn new(grace: Duration, rate: u32) -> Self {
        Self { grace, rate: rate.max(1), waited: Duration::ZERO, bytes: 0 }
    }

    pub fn took(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// Waits for one piece, at most `idle`, and no longer than the pace of the whole allows.
    ///
    /// # Errors
    /// Timeout, with which of the two it was.
    pub async fn wait<T>(&mut self, idle: Duration, piece: impl Future<Output = T>) -> Result<T, ApiError> {
        let allowed = self.grace + Duration::from_secs_f64(self.bytes as f64 / f64::from(self.rate));
        let left = allowed.saturating_sub(self.waited);
        let began = Instant::now();
        let got = tokio::time::timeout(idle.min(left), piece).await;
        self.waited += began.elapsed();
        got.map_err(|_| {
            if left < idle { self.too_slow() } else { ApiError::new(Class::Timeout, &format!("no answer within {} s", idle.as_secs_f32())) }
        })
    }

    fn too_slow(&self) -> ApiError {
        ApiError::new(Class::Timeout, &format!("too slow: {} kB in {:.0} s", self.bytes / 1000, self.waited.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[tokio::test]
    async fn an_answer_may_be_long_but_not_slow() {
        let piece = || tokio::time::sleep(Duration::from_millis(20));
        let mut pace = Pace::new(Duration::from_millis(50), 1000);
        for _ in 0..10 {
            pace.wait(Duration::from_secs(15), piece()).await.unwrap();
            pace.took(1000);
        }
        // Ten seconds' worth in a fifth of one: then it may pause, but not for ever.
        pace.waited = Duration::from_millis(10_030);
        pace.wait(Duration::from_secs(15), std::future::ready(())).await.unwrap();
        let error = pace.wait(Duration::from_secs(15), piece().then(|()| std::future::pending::<()>())).await.unwrap_err();
        assert_eq!((error.class, error.message.as_str()), (Class::Timeout, "too slow: 10 kB in 10 s"));
    }
}
