//! The directory a demo lives in.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory; a temporary one is private and removed at the end.
pub struct Folder {
    path: PathBuf,
    temporary: bool,
}

impl Folder {
    pub fn make(given: Option<&Path>) -> io::Result<Self> {
        if let Some(path) = given {
            std::fs::create_dir_all(path)?;
            return Ok(Self { path: path.to_owned(), temporary: false });
        }
        static NEXT: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("driftdeck-demo-{}-{number}", std::process::id()));
            match private(&path) {
                Ok(()) => return Ok(Self { path, temporary: true }),
                // Left over from a program of the same number that was killed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn private(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.temporary {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
