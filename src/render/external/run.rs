//! One program, shut in.

use crate::domain::text::sanitise;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};

#[derive(Clone, Debug)]
pub struct Limits {
    pub time: Duration,
    /// Address space in KiB: programs written in Go reserve much more than they use.
    pub memory: u64,
    /// Bytes of output.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(20), memory: 4 << 20, output: 32 << 20 }
    }
}

pub enum Answer {
    Done(Vec<u8>),
    Failed(String),
    NotInstalled,
}

/// Bytes kept of what a program complains.
const COMPLAINT: u64 = 16 << 10;

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// The words that take the network away, where the system lets us.
fn without_network() -> Option<&'static Path> {
    static UNSHARE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let tried = UNSHARE.get_or_init(|| {
        let unshare = find("unshare")?;
        let mut command = Command::new(&unshare);
        command.args(["--map-root-user", "--net", "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|s| s.success()).then_some(unshare)
    });
    tried.as_deref()
}

fn command(program: &Path, arguments: &[&OsStr], home: &Path, limits: &Limits) -> Command {
    let mut command = match without_network() {
        Some(unshare) => {
            let mut command = Command::new(unshare);
            command.args(["--map-root-user", "--net", "sh"]);
            command
        }
        None => Command::new("sh"),
    };
    // Every step is an exec, so that the one process we hold is the program itself.
    command.arg("-c").arg("ulimit -v \"$1\" && ulimit -c 0 && shift && exec \"$@\"").arg("sh").arg(limits.memory.to_string()).arg(program);
    command.args(arguments).current_dir(home).env_clear().env("HOME", home).env("GOMEMLIMIT", "1GiB");
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs to the end or to a limit.
pub fn run(program: &str, arguments: &[&OsStr], home: &Path, limits: &Limits) -> Answer {
    let Some(full) = find(program) else { return Answer::NotInstalled };
    let child = command(&full, arguments, home, limits).spawn();
    match child {
        Ok(mut child) => {
            let answer = watch(&mut child, limits);
            // Also after an end of its own: nothing of it may stay.
            let _ = child.kill();
            let _ = child.wait();
            answer
        }
        Err(e) => Answer::Failed(sanitise(&e.to_string(), 200)),
    }
}

enum Part {
    Output(Vec<u8>),
    Complaint(Vec<u8>),
}

fn watch(child: &mut Child, limits: &Limits) -> Answer {
    let end = Instant::now() + limits.time;
    let (sender, receiver) = mpsc::channel();
    let (output, complaint) = (child.stdout.take(), child.stderr.take());
    let most = limits.output as u64 + 1;
    let other = sender.clone();
    std::thread::spawn(move || sender.send(Part::Output(read(output, most))));
    std::thread::spawn(move || other.send(Part::Complaint(read(complaint, COMPLAINT))));
    let (mut out, mut words) = (None, None);
    while out.is_none() || words.is_none() {
        match receiver.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(Part::Output(bytes)) if bytes.len() > limits.output => return Answer::Failed("its output is larger than the limit".into()),
            Ok(Part::Output(bytes)) => out = Some(bytes),
            Ok(Part::Complaint(bytes)) => words = Some(bytes),
            Err(_) => return Answer::Failed(format!("not done in time ({} s)", limits.time.as_secs_f32())),
        }
    }
    let complaint = words.map(|w| sanitise(&String::from_utf8_lossy(&w), 2_000)).unwrap_or_default();
    match child.wait() {
        Ok(status) if status.success() => Answer::Done(out.unwrap_or_default()),
        Ok(status) => Answer::Failed(if complaint.trim().is_empty() { status.to_string() } else { complaint }),
        Err(e) => Answer::Failed(sanitise(&e.to_string(), 200)),
    }
}

/// All of a pipe up to a limit; a program that says more is stopped by its closing.
fn read(pipe: Option<impl Read>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let _ = pipe.take(most).read_to_end(&mut bytes);
    }
    bytes
}
