//! The one channel into the program, stamped with the time of arrival.

use crate::app::msg::{Envelope, Msg};
use crate::domain::clock::Clock;
use tokio::sync::mpsc;

/// Messages waiting before senders have to wait.
const ROOM: usize = 1024;

#[derive(Clone)]
pub struct Inbox {
    sender: mpsc::Sender<Envelope>,
    clock: Clock,
}

impl Inbox {
    pub fn new(clock: Clock) -> (Self, mpsc::Receiver<Envelope>) {
        let (sender, receiver) = mpsc::channel(ROOM);
        (Self { sender, clock }, receiver)
    }
    pub async fn send(&self, msg: Msg) {
        // A closed inbox means that the program ends.
        let _ = self.sender.send(Envelope { at: self.clock.now(), msg }).await;
    }
    /// Without waiting; lost when the inbox is full.
    pub fn try_send(&self, msg: Msg) {
        let _ = self.sender.try_send(self.stamp(msg));
    }
    pub fn stamp(&self, msg: Msg) -> Envelope {
        Envelope { at: self.clock.now(), msg }
    }
}
