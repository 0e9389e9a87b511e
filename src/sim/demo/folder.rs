//! The directory a demo lives in.

use std::fs::{DirEntry, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

const PREFIX: &str = "driftdeck-demo-";
/// Locked as long as the demo runs: a lock ends with its process, however that ends.
const LOCK: &str = "lock";

/// A directory; a temporary one is private and removed at the end.
pub struct Folder {
    path: PathBuf,
    /// Of a temporary one.
    lock: Option<File>,
}

impl Folder {
    /// The given directory, made where it is missing, or a temporary one; with that, what demos that were killed left behind goes.
    pub fn make(given: Option<&Path>) -> io::Result<Self> {
        if let Some(path) = given {
            std::fs::create_dir_all(path)?;
            return Ok(Self { path: path.to_owned(), lock: None });
        }
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let parent = std::env::temp_dir();
        sweep(&parent);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = parent.join(format!("{PREFIX}{}-{number}", std::process::id()));
            match private(&path) {
                Ok(()) => {
                    let lock = Some(locked(&path)?);
                    return Ok(Self { path, lock });
                }
                // A program of the same number was here, or is, in another container.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
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
        if self.lock.is_some() {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
