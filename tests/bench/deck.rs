//! The deck on a pseudo terminal: what it wrote, when, and what the screen shows then.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::error::Error;
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// End of a synchronized update: a frame is complete.
const FRAME_END: &[u8] = b"\x1b[?2026l";
pub const COLUMNS: u16 = 160;
pub const ROWS: u16 = 45;

pub struct Deck {
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    chunks: Receiver<(Instant, Vec<u8>)>,
    screen: vt100::Parser,
    /// The end of what came, in case the mark of a frame is cut.
    tail: Vec<u8>,
    pub started: Instant,
    pub bytes: usize,
    pub frames: usize,
    _home: tempfile::TempDir,
}

impl Deck {
    /// Starts the program with an empty home.
    pub fn start(args: &[&str]) -> Result<Self, Box<dyn Error>> {
        let home = tempfile::tempdir()?;
        let pair = native_pty_system().openpty(PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 })?;
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_driftdeck"));
        command.args(args);
        command.env_clear();
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LANG", "C.UTF-8"), ("USER", "bench")] {
            command.env(name, value);
        }
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"] {
            command.env(name, home.path());
        }
        let mut reader = pair.master.try_clone_reader()?;
        let writer = pair.master.take_writer()?;
        let (send, chunks) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 || send.send((Instant::now(), buffer.iter().take(n).copied().collect())).is_err() {
                    break;
                }
            }
        });
        let started = Instant::now();
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        let (rows, columns) = (ROWS.try_into()?, COLUMNS.try_into()?);
        let screen = vt100::Parser::new(rows, columns, 0);
        Ok(Self { child, _master: pair.master, writer, chunks, screen, tail: Vec::new(), started, bytes: 0, frames: 0, _home: home })
    }

    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap_or_default()
    }

    /// Takes one chunk; gives when it came and whether it ended a frame.
    fn take(&mut self, within: Duration) -> Option<(Instant, bool)> {
        let (at, chunk) = match self.chunks.recv_timeout(within) {
            Ok(it) => it,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        };
        self.bytes += chunk.len();
        self.tail.extend(&chunk);
        let ends = self.tail.windows(FRAME_END.len()).filter(|w| *w == FRAME_END).count();
        self.frames += ends;
        if ends > 0 {
            self.tail.clear();
        }
        let keep = self.tail.len().min(FRAME_END.len() - 1);
        self.tail.drain(..self.tail.len() - keep);
        self.screen.process(&chunk);
        Some((at, ends > 0))
    }

    /// When the next frame is complete.
    pub fn frame(&mut self, within: Duration) -> Result<Instant, Box<dyn Error>> {
        let end = Instant::now() + within;
        loop {
            match self.take(end.saturating_duration_since(Instant::now())) {
                Some((at, true)) => return Ok(at),
                Some(_) => {}
                None => return Err(format!("no frame within {within:?}; the screen:\n{}", self.text()).into()),
            }
        }
    }

    /// When a frame first fulfils this.
    pub fn until(&mut self, what: &str, within: Duration, is: impl Fn(&str) -> bool) -> Result<Instant, Box<dyn Error>> {
        let end = Instant::now() + within;
        loop {
            let at = self.frame(end.saturating_duration_since(Instant::now())).map_err(|e| format!("waiting for {what}: {e}"))?;
            if is(&self.text()) {
                return Ok(at);
            }
        }
    }

    /// Reads until nothing came for this long, at most so long.
    pub fn quiet(&mut self, silence: Duration, at_most: Duration) {
        let end = Instant::now() + at_most;
        while Instant::now() < end && self.take(silence).is_some() {}
    }

    /// Reads for this long; gives frames, bytes, and how many frames changed nothing that is seen.
    pub fn watch(&mut self, time: Duration) -> (usize, usize, usize) {
        let (end, frames, bytes, mut empty) = (Instant::now() + time, self.frames, self.bytes, 0);
        loop {
            let before = self.screen.screen().contents_formatted();
            match self.take(end.saturating_duration_since(Instant::now())) {
                Some((_, true)) if self.screen.screen().contents_formatted() == before => empty += 1,
                Some(_) => {}
                None => break,
            }
        }
        (self.frames - frames, self.bytes - bytes, empty)
    }

    pub fn press(&mut self, key: &str) -> Result<(), Box<dyn Error>> {
        self.writer.write_all(key.as_bytes())?;
        Ok(self.writer.flush()?)
    }

    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }
}

impl Drop for Deck {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
