//! The terminal: the only user of crossterm. Guard, input, the loop that updates and draws.
//!
//! May import: `app`, `ui`, `theme`, `runtime`, `config`, crossterm, ratatui. Never kube or gix.
//! The terminal is as it was on every way out: return, error, panic, signal, suspend. To extend: a new terminal event is an arm in `input`.

mod guard;
mod input;
mod login;
mod paper;
mod run;
mod signals;
mod watchdog;

pub use guard::install_panic_hook;
pub use run::{Screen, run};
pub use signals::Signals;
