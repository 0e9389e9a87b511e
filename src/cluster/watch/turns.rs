//! Who may hold a stream when there are more kinds and namespaces than one connection carries.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{AcquireError, Notify, OwnedSemaphorePermit, Semaphore};

/// The streams of one connection. Whoever waits for one asks, again and again, that an old one is given up: all are read in turn.
#[derive(Clone)]
pub struct Turns {
    free: Arc<Semaphore>,
    give_way: Arc<Notify>,
    turn: Duration,
}

impl Turns {
    pub fn new(streams: usize, turn: Duration) -> Self {
        Self { free: Arc::new(Semaphore::new(streams)), give_way: Arc::default(), turn }
    }

    pub(super) async fn take(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        let mut permit = std::pin::pin!(self.free.clone().acquire_owned());
        loop {
            match tokio::time::timeout(self.turn, &mut permit).await {
                Ok(taken) => return taken,
                Err(_) => self.give_way.notify_one(),
            }
        }
    }

    /// Ends when somebody waits for a stream that was opened then: never before it had its turn.
    pub(super) async fn over(&self, opened: tokio::time::Instant) {
        tokio::time::sleep_until(opened + self.turn).await;
        self.give_way.notified().await;
    }
}
