//! The log file: private, bounded, and never a reason not to run.

use crate::store;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tracing_subscriber::prelude::*;

/// Bytes after which the file becomes `.old`, in the place of the `.old` before it.
const MOST: u64 = 5 << 20;

/// Writes the log file, in a directory that is closed to others; errors there are no reason not to start.
pub fn start(path: &Path) {
    let Ok(file) = Bounded::open(path, MOST) else { return };
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(std::sync::Mutex::new(file));
    let levels = tracing_subscriber::filter::Targets::new().with_target("driftdeck", tracing::Level::INFO);
    let _ = tracing_subscriber::registry().with(layer.with_filter(levels)).try_init();
}

struct Bounded {
    path: PathBuf,
    file: File,
    bytes: u64,
    most: u64,
}

impl Bounded {
    fn open(path: &Path, most: u64) -> io::Result<Self> {
        if let Some(dir) = path.parent() {
            // Whoever needs the directory for more than the log says what is wrong with it.
            let _ = store::private_dir(dir);
        }
        let file = append(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, bytes, most })
    }

    /// Several programs may write here: whoever comes second finds a new file and only goes on in it.
    fn turn(&mut self, next: u64) -> io::Result<()> {
        if std::fs::metadata(&self.path).is_ok_and(|m| m.len() + next > self.most) {
            let mut old = self.path.clone().into_os_string();
            old.push(".old");
            std::fs::rename(&self.path, old)?;
        }
        self.file = append(&self.path)?;
        self.bytes = self.file.metadata()?.len();
        Ok(())
    }
}

impl Write for Bounded {
    /// A line that cannot be written is lost: an error would be printed over the screen.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let size = line.len() as u64;
        let has_room = self.bytes == 0 || self.bytes + size <= self.most || self.turn(size).is_ok();
        if has_room && self.file.write_all(line).is_ok() {
            self.bytes += size;
        }
        Ok(line.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_two_files_at_most_and_two_programs_share_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("driftdeck.log");
        let (mut one, mut two) = (Bounded::open(&path, 1000).unwrap(), Bounded::open(&path, 1000).unwrap());
        for n in 0..200 {
            writeln!(if n % 3 == 0 { &mut two } else { &mut one }, "{n:03} {}", "x".repeat(45)).unwrap();
        }
        let sizes: Vec<u64> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).collect();
        // Each program knows only what it wrote itself: a file may take that much of both.
        assert!(sizes.len() == 2 && sizes.iter().all(|s| *s <= 2000), "{sizes:?}");
        assert!(std::fs::read_to_string(&path).unwrap().contains("199 x"));
    }

    #[cfg(unix)]
    #[test]
    fn a_log_alone_makes_a_directory_that_is_closed_to_others() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        Bounded::open(&state.join("driftdeck.log"), MOST).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&state), mode(&state.join("driftdeck.log"))), (0o700, 0o600));
    }
}
