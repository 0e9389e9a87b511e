//! What asks the program to end: TERM, HUP, INT, and a terminal that hung up.

use super::watchdog;
use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// TERM, HUP and INT from the moment of opening on; they no longer end the process by themselves.
pub struct Signals(Signal, Signal, Signal);

impl Signals {
    /// Errors: the system gives no handler.
    pub fn open() -> io::Result<Self> {
        Ok(Self(signal(SignalKind::terminate())?, signal(SignalKind::hangup())?, signal(SignalKind::interrupt())?))
    }

    /// Waits for one; one that came since the opening counts.
    pub async fn asked(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
            _ = self.2.recv() => {}
        }
    }
}

pub(super) struct End(Signals, oneshot::Receiver<()>);

impl End {
    pub fn new(signals: Signals) -> Self {
        Self(signals, watchdog::hang_up())
    }

    pub async fn asked(&mut self) {
        tokio::select! {
            () = self.0.asked() => {}
            _ = &mut self.1 => {}
        }
    }
}
