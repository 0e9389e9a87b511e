//! Fault tests against scripted servers on loopback.

mod faults;
mod live;
#[cfg(unix)]
mod login;
mod probe;
mod server;
mod session;
mod slow;
mod write;
