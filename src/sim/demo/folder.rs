//! The directory a demo lives in.

use super::DemoError;
use std::fs::{DirEntry, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const PREFIX: &str = "driftdeck-demo-";
/// Locked as long as the demo runs: a lock ends with its process, however that ends.
const LOCK: &str = "lock";
/// The same in a directory that was named; it holds the number of the process. Of another name: what has a free `lock` is swept away.
const NAMED_LOCK: &str = "demo.lock";

/// How often, and how far apart, it is tried to take a directory away.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(5);

/// A directory; a temporary one is private and removed at the end.
pub struct Folder {
    path: PathBuf,
    is_temporary: bool,
    _lock: File,
}

/// Why a directory cannot be had.
#[derive(Debug)]
pub enum Taken {
    /// A demo runs in it, in the process of this number where that is known.
    By(Option<u32>),
    Files(io::Error),
}

impl Taken {
    /// As the start of a demo tells it; `dir` = the directory that was named.
    pub fn told(self, dir: Option<&Path>) -> DemoError {
        match self {
            Self::By(process) => DemoError::Runs { dir: dir.map(Path::to_owned).unwrap_or_default(), process },
            Self::Files(error) => DemoError::Files(error),
        }
    }
}

impl From<io::Error> for Taken {
    fn from(error: io::Error) -> Self {
        Self::Files(error)
    }
}

impl Folder {
    /// The given directory, made where it is missing, or a temporary one; with that, what demos that were killed left behind goes. Errors:
    /// also where another demo runs in it: its files would be overwritten under it.
    pub fn make(given: Option<&Path>) -> Result<Self, Taken> {
        if let Some(path) = given {
            std::fs::create_dir_all(path)?;
            return Ok(Self { path: path.to_owned(), is_temporary: false, _lock: taken(path)? });
        }
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let parent = std::env::temp_dir();
        sweep(&parent);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = parent.join(format!("{PREFIX}{}-{number}", std::process::id()));
            match private(&path) {
                Ok(()) => {
                    let lock = locked(&path)?;
                    return Ok(Self { path, is_temporary: true, _lock: lock });
                }
                // A program of the same number was here, or is, in another container.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Holds a named directory for this process. What a demo that ended left of its lock is free and taken over.
fn taken(path: &Path) -> Result<File, Taken> {
    let mut lock = File::options().read(true).write(true).create(true).truncate(false).open(path.join(NAMED_LOCK))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _ = lock.read_to_string(&mut text);
            return Err(Taken::By(text.trim().parse().ok()));
        }
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    if File::open(path.join(LOCK)).is_ok_and(|other| matches!(other.try_lock(), Err(TryLockError::WouldBlock))) {
        return Err(Taken::By(None));
    }
    lock.set_len(0)?;
    writeln!(lock, "{}", std::process::id())?;
    Ok(lock)
}

/// The lock gets its name when it holds: nobody finds it free.
fn locked(path: &Path) -> io::Result<File> {
    let unnamed = path.join("unlocked");
    let lock = File::create(&unnamed)?;
    lock.lock()?;
    std::fs::rename(unnamed, path.join(LOCK))?;
    Ok(lock)
}

/// Removes directories of demos that no longer run. What cannot be removed stays.
fn sweep(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for entry in entries.flatten().filter(is_left) {
        let _ = std::fs::remove_dir_all(entry.path());
    }
}

fn is_left(entry: &DirEntry) -> bool {
    let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX) && entry.file_type().is_ok_and(|kind| kind.is_dir());
    is_ours && File::open(entry.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

fn private(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_temporary {
            return;
        }
        // What the simulated engines just began may still make a file in what is being taken away.
        for _ in 0..TRIES {
            match std::fs::remove_dir_all(&self.path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => std::thread::sleep(PAUSE),
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_in_which_a_demo_runs_is_refused_with_its_process_and_one_it_left_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let first = Folder::make(Some(dir.path())).unwrap();
        let again = || Folder::make(Some(dir.path()));
        assert!(matches!(again(), Err(Taken::By(Some(pid))) if pid == std::process::id()));
        drop(first);
        assert!(dir.path().join(NAMED_LOCK).is_file(), "its lock is left behind");
        drop(again().unwrap());
        let own = File::create(dir.path().join(LOCK)).unwrap();
        own.lock().unwrap();
        assert!(matches!(again(), Err(Taken::By(None))), "the temporary directory of another one");
    }

    #[test]
    fn only_directories_whose_demo_is_gone_are_swept() {
        let parent = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            std::fs::create_dir(parent.path().join(name)).unwrap();
            File::create(parent.path().join(name).join(LOCK)).unwrap()
        };
        let (runs, gone) = (make("driftdeck-demo-1-0"), make("driftdeck-demo-2-0"));
        runs.lock().unwrap();
        drop((gone, make("of-another-program")));
        sweep(parent.path());
        let mut left: Vec<_> = std::fs::read_dir(parent.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["driftdeck-demo-1-0", "of-another-program"]);
    }
}
