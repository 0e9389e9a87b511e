//! Fault tests against scripted servers on loopback.

mod engines;
mod faults;
mod live;
#[cfg(unix)]
mod login;
mod probe;
mod server;
mod session;
mod slow;
mod write;
