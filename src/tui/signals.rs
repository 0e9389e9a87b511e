//! Signals from outside: what ends the program, and what stops it until `fg`.

use super::{guard, watchdog};
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

/// A key that ended a program in front of us reaches us too, but maybe a moment later.
const ECHO: Duration = Duration::from_millis(50);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    End,
    Stop,
}

/// TERM, HUP, INT, QUIT and TSTP, and a terminal that hung up.
pub struct Signals {
    ends: (Signal, Signal),
    keys: (Signal, Signal),
    stop: Signal,
    hang_up: oneshot::Receiver<()>,
    over: bool,
}

impl Signals {
    /// To be made before the terminal is taken: a signal that comes before it ends the program as it stands.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            ends: (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?),
            keys: (signal(SignalKind::interrupt())?, signal(SignalKind::quit())?),
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            hang_up: watchdog::hang_up(),
            over: false,
        })
    }

    pub async fn asked(&mut self) -> Ask {
        if self.over {
            return Ask::End;
        }
        let ask = tokio::select! {
            _ = self.ends.0.recv() => Ask::End,
            _ = self.ends.1.recv() => Ask::End,
            _ = self.keys.0.recv() => Ask::End,
            _ = self.keys.1.recv() => Ask::End,
            _ = self.stop.recv() => Ask::Stop,
            _ = &mut self.hang_up => Ask::End,
        };
        self.over = ask == Ask::End;
        ask
    }

    /// Waits while another program has the terminal. Ctrl-C and Ctrl-\ are meant for that one; Ctrl-Z stops both. `None` = we were
    /// asked to end meanwhile.
    pub async fn lend<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        loop {
            let done = tokio::select! {
                done = &mut work => done,
                _ = self.keys.0.recv() => continue,
                _ = self.keys.1.recv() => continue,
                _ = self.stop.recv() => {
                    guard::stop_self();
                    continue;
                }
                _ = self.ends.0.recv() => break,
                _ = self.ends.1.recv() => break,
                _ = &mut self.hang_up => break,
            };
            let keys = async {
                loop {
                    tokio::select! {
                        _ = self.keys.0.recv() => {}
                        _ = self.keys.1.recv() => {}
                    }
                }
            };
            let _ = tokio::time::timeout(ECHO, keys).await;
            return Some(done);
        }
        self.over = true;
        None
    }
}
