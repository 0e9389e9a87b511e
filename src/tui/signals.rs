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
pub(super) enum Ask {
    End,
    Stop,
}

/// TERM, HUP, INT, QUIT and TSTP, and a terminal that hung up.
pub struct Signals {
    ends: (Signal, Signal),
    keys: (Signal, Signal),
    stop: Signal,
    hang_up: Option<oneshot::Receiver<()>>,
    over: bool,
}

/// For ever while no terminal is watched.
async fn hung_up(watched: &mut Option<oneshot::Receiver<()>>) {
    match watched {
        Some(gone) => drop(gone.await),
        None => std::future::pending().await,
    }
}

impl Signals {
    /// Signals that come from here on are kept until they are asked for; they no longer end the process by themselves. Errors: the
    /// system gives no handler.
    pub fn open() -> io::Result<Self> {
        Ok(Self {
            ends: (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?),
            keys: (signal(SignalKind::interrupt())?, signal(SignalKind::quit())?),
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            hang_up: None,
            over: false,
        })
    }

    /// The terminal counts from now on: its end is ours.
    pub(super) fn watch_terminal(&mut self) {
        self.hang_up = Some(watchdog::hang_up());
    }

    /// Waits until the program is asked to end; meanwhile it stops when it is asked to. Once asked, it gives the same at once from then on.
    pub async fn ended(&mut self) {
        while self.asked().await == Ask::Stop {
            guard::stop_self();
        }
    }

    /// The end that was asked for has its answer and is not the end: only a further signal counts.
    pub fn stay(&mut self) {
        self.over = false;
    }

    pub(super) async fn asked(&mut self) -> Ask {
        if self.over {
            return Ask::End;
        }
        let ask = tokio::select! {
            _ = self.ends.0.recv() => Ask::End,
            _ = self.ends.1.recv() => Ask::End,
            _ = self.keys.0.recv() => Ask::End,
            _ = self.keys.1.recv() => Ask::End,
            _ = self.stop.recv() => Ask::Stop,
            () = hung_up(&mut self.hang_up) => Ask::End,
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
                () = hung_up(&mut self.hang_up) => break,
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
