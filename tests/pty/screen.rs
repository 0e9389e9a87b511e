//! A program on a pseudo-terminal with an emulator behind it; everything is waited for with a deadline, nothing sleeps blindly.

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Only a failure takes this long.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A private home: config, state and cache below one temporary directory.
pub struct Home(pub tempfile::TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    pub fn path(&self) -> &Path {
        self.0.path()
    }
    /// Writes a file below it; gives its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
    /// Variables of a run that sees nothing of the operator's own.
    pub fn env(&self) -> Vec<(String, String)> {
        let at = |name: &str| self.path().join(name).display().to_string();
        [
            ("HOME", at("")),
            ("XDG_CONFIG_HOME", at("config")),
            ("XDG_STATE_HOME", at("state")),
            ("XDG_CACHE_HOME", at("cache")),
            ("TMPDIR", at("tmp")),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("USER", "sam".into()),
        ]
        .map(|(n, v)| (n.to_owned(), v))
        .into()
    }
}

pub struct Pty {
    pub home: Home,
    pub child: Box<dyn portable_pty::Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    parser: Arc<Mutex<vt100::Parser>>,
    raw: Arc<Mutex<Vec<u8>>>,
    reader: Option<std::thread::JoinHandle<()>>,
    hung_up: Arc<AtomicBool>,
}

impl Pty {
    pub fn start(args: &[&str], size: (u16, u16)) -> Self {
        Self::with(Home::new(), args, size, &[])
    }

    pub fn with(home: Home, args: &[&str], (width, height): (u16, u16), env: &[(&str, &str)]) -> Self {
        std::fs::create_dir_all(home.path().join("tmp")).unwrap();
        let size = PtySize { rows: height, cols: width, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_driftdeck"));
        command.env_clear();
        command.args(args);
        command.cwd(home.path());
        for (name, value) in home.env() {
            command.env(name, value);
        }
        for (name, value) in env {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let parser = Arc::new(Mutex::new(vt100::Parser::new(cells(height), cells(width), 0)));
        let raw = Arc::new(Mutex::new(Vec::new()));
        let (into, all) = (parser.clone(), raw.clone());
        let hung_up = Arc::new(AtomicBool::new(false));
        let stop = hung_up.clone();
        let thread = std::thread::spawn(move || {
            let mut buffer = [0u8; 8192];
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 || stop.load(Ordering::SeqCst) {
                    break;
                }
                all.lock().unwrap().extend_from_slice(&buffer[..n]);
                into.lock().unwrap().process(&buffer[..n]);
            }
        });
        let writer = pair.master.take_writer().unwrap();
        Self { home, child, master: Some(pair.master), writer: Some(writer), parser, raw, reader: Some(thread), hung_up }
    }

    pub fn text(&self) -> String {
        self.parser.lock().unwrap().screen().contents()
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.raw.lock().unwrap().clone()
    }

    pub fn screen<T>(&self, ask: impl FnOnce(&vt100::Screen) -> T) -> T {
        ask(self.parser.lock().unwrap().screen())
    }

    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.process_id().unwrap()).unwrap()
    }

    /// Waits until the screen satisfies `check`.
    pub fn until(&mut self, what: &str, mut check: impl FnMut(&str) -> bool) -> Duration {
        let started = Instant::now();
        loop {
            let text = self.text();
            if check(&text) {
                return started.elapsed();
            }
            if started.elapsed() > LIMIT {
                panic!("not within {LIMIT:?}: {what}\nended: {:?}\n--- screen ---\n{text}", self.child.try_wait());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn shows(&mut self, text: &str) -> Duration {
        self.until(text, |screen| screen.contains(text))
    }

    /// Another size, and the wait for the first frame that was drawn for it: a whole one, on a screen that was cleared.
    pub fn resized(&mut self, width: u16, height: u16) {
        let (before, bytes) = (self.bytes().len(), self.raw.clone());
        self.resize(width, height);
        self.until(&format!("a frame of {width}x{height}"), |_| {
            let bytes = bytes.lock().unwrap();
            let new = String::from_utf8_lossy(bytes.get(before..).unwrap_or_default()).into_owned();
            new.rsplit_once("\x1b[2J").is_some_and(|(_, drawn)| drawn.contains("\x1b[?2026l"))
        });
    }

    /// Waits until one whole second brought nothing.
    pub fn rests(&mut self) {
        let (started, mut seen, mut since) = (Instant::now(), self.bytes().len(), Instant::now());
        while since.elapsed() < Duration::from_secs(1) {
            assert!(started.elapsed() < LIMIT, "it never stops drawing\n--- screen ---\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
            let now = self.bytes().len();
            if now != seen {
                (seen, since) = (now, Instant::now());
            }
        }
    }

    pub fn keys(&mut self, bytes: &str) {
        self.writer.as_mut().unwrap().write_all(bytes.as_bytes()).unwrap();
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.parser.lock().unwrap().screen_mut().set_size(cells(height), cells(width));
        let size = PtySize { rows: height, cols: width, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    pub fn signal(&self, name: &str) {
        let done = std::process::Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// The terminal goes away, as when an ssh session dies.
    pub fn hang_up(&mut self) {
        // The reader holds the terminal open too: one more frame lets it go.
        self.hung_up.store(true, Ordering::SeqCst);
        self.keys("?");
        self.reader.take().unwrap().join().unwrap();
        self.writer = None;
        self.master = None;
    }

    /// Exit code, waiting for the end.
    pub fn code(&mut self) -> u32 {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(started.elapsed() < LIMIT, "it has not ended\n--- screen ---\n{}", self.text());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The terminal is as it was: main screen, cursor shown, no mouse, no bracketed paste, echo and lines on.
    pub fn assert_restored(&mut self) {
        self.until("the end of the output", |_| true);
        let started = Instant::now();
        let is_back = |s: &vt100::Screen| !s.alternate_screen() && !s.hide_cursor() && !s.bracketed_paste();
        while !self.screen(is_back) {
            assert!(started.elapsed() < LIMIT, "the terminal was not given back");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(self.screen(|s| s.mouse_protocol_mode()), vt100::MouseProtocolMode::None);
        assert!(!self.is_raw(), "the terminal is still raw");
    }

    /// Whether input is raw (no line editing).
    pub fn is_raw(&self) -> bool {
        let Some(master) = &self.master else { return false };
        let Some(modes) = master.get_termios() else { return false };
        modes.local_flags.bits() & libc::ICANON == 0
    }
}

fn cells(number: u16) -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(number).unwrap()
}

impl Drop for Pty {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            // Asked nicely first, so that a demo removes its directory.
            let _ = std::process::Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
            let started = Instant::now();
            while matches!(self.child.try_wait(), Ok(None)) && started.elapsed() < Duration::from_secs(10) {
                std::thread::sleep(Duration::from_millis(5));
            }
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
