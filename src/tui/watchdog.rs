//! Notices a terminal that died: reading it would otherwise spin or hang for ever.

use rustix::event::{PollFd, PollFlags, poll};
use std::io;
use tokio::sync::oneshot;

/// Resolves when the terminal hangs up. A thread waits for it without using the processor.
pub fn hang_up() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let stdin = io::stdin();
        loop {
            // No event is asked for: only hang-up and error end the wait.
            let mut fds = [PollFd::new(&stdin, PollFlags::empty())];
            match poll(&mut fds, None) {
                Ok(_) if fds.iter().any(|fd| fd.revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)) => {
                    let _ = sender.send(());
                    return;
                }
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
    });
    receiver
}
