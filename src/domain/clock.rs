//! The one place that reads the time; frozen for screenshots and snapshots.

use super::Timestamp;

/// Given to the shell and to the simulated fleet, so that a frozen clock draws the same screen twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    frozen: Option<Timestamp>,
}

impl Clock {
    pub fn system() -> Self {
        Self { frozen: None }
    }
    pub fn frozen(at: Timestamp) -> Self {
        Self { frozen: Some(at) }
    }
    pub fn now(&self) -> Timestamp {
        self.frozen.unwrap_or_else(Timestamp::now)
    }
    pub fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }
}
