//! Takes the terminal and gives it back.

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use std::io::{self, Stdout, stdout};
use std::sync::atomic::{AtomicBool, Ordering};

static TAKEN: AtomicBool = AtomicBool::new(false);

pub type Terminal = ratatui::Terminal<super::paper::Paper<Stdout>>;

/// While it lives, the terminal is ours; dropping it gives it back.
pub struct Guard {
    mouse: bool,
}

impl Guard {
    pub fn take(mouse: bool) -> io::Result<Self> {
        // Our own mono theme honours NO_COLOR; crossterm's way of doing so would wipe bold and reverse.
        crossterm::style::force_color_output(true);
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let guard = Self { mouse };
        execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        if mouse {
            execute!(stdout(), EnableMouseCapture)?;
        }
        Ok(guard)
    }

    /// Reports of the mouse on or off; off leaves it to the terminal, which selects text.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if on { execute!(stdout(), EnableMouseCapture) } else { execute!(stdout(), DisableMouseCapture) }
    }

    /// Gives the terminal back for a while (suspend, login); `resume` takes it again.
    pub fn release(&self) {
        give_back();
    }

    pub fn resume(&self) -> io::Result<()> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        if self.mouse {
            execute!(stdout(), EnableMouseCapture)?;
        }
        Ok(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Restores the terminal once; errors do not matter any more.
pub fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(stdout(), DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}

/// Gives the terminal back and stops this process as the shell expects; comes back on `fg`.
pub fn stop_self() {
    give_back();
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
}

/// A panic of this thread, which draws, gives the terminal back before its message is printed. One in the background goes to the
/// log and to `told`: the screen stays, and nothing is printed over it.
pub fn install_panic_hook(told: impl Fn(String) + Send + Sync + 'static) {
    let before = std::panic::take_hook();
    let screen = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == screen || !TAKEN.load(Ordering::SeqCst) {
            give_back();
            before(info);
            return;
        }
        let place = info.location().map_or_else(String::new, |l| format!(" at {}:{}", l.file(), l.line()));
        tracing::error!(%place, "background work panicked: {info}");
        told(format!("A part of driftdeck failed{place}; what it did is lost."));
    }));
}
