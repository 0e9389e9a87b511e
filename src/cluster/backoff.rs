//! Growing pauses with jitter, for reads only.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// Doubles from `first` to `cap`; each step is spread by a quarter either way, so that many clusters do not come back at one instant.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    next: Duration,
}

impl Backoff {
    pub fn new(first: Duration, cap: Duration) -> Self {
        Self { first, cap, next: first }
    }
    pub fn reset(&mut self) {
        self.next = self.first;
    }
    /// The next pause; `at_least` is what the server asked for (`Retry-After`), believed up to a minute.
    pub fn step(&mut self, at_least: Option<Duration>) -> Duration {
        let now = jitter(self.next).min(self.cap);
        self.next = self.next.saturating_mul(2).min(self.cap);
        now.max(at_least.unwrap_or_default().min(Duration::from_secs(60)))
    }
}

/// 75 % to 125 % of a duration.
pub fn jitter(around: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish() % 501;
    around.mul_f64(0.75 + random as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_cap_and_start_again_after_a_success() {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(5));
        let steps: Vec<_> = (0..6).map(|_| backoff.step(None)).collect();
        assert!(steps.iter().all(|s| *s <= Duration::from_secs(5)), "{steps:?}");
        assert!(steps.first() < steps.get(2), "{steps:?}");
        backoff.reset();
        assert!(backoff.step(None) <= Duration::from_millis(625));
    }

    #[test]
    fn a_server_may_ask_for_more_but_not_for_an_hour() {
        let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_secs(1));
        assert_eq!(backoff.step(Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(backoff.step(Some(Duration::from_secs(3600))), Duration::from_secs(60));
    }
}
