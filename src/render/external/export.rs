//! A private copy of a tree for a program to read.

use super::inside;
use crate::domain::text::sanitise;
use crate::domain::tree::FileTree;
use crate::render::files::below;
use crate::render::limits;
use crate::render::options::RenderError;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Removed with everything in it when dropped.
pub struct Export {
    home: PathBuf,
    root: PathBuf,
}

static COUNT: AtomicU64 = AtomicU64::new(0);

fn error(cause: &std::io::Error) -> RenderError {
    RenderError::Tool { tool: "copy of the repository".into(), cause: sanitise(&cause.to_string(), 200) }
}

impl Export {
    pub fn of(tree: &dyn FileTree) -> Result<Self, RenderError> {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let nanos = std::time::UNIX_EPOCH.elapsed().map_or(0, |d| d.subsec_nanos());
        let home = std::env::temp_dir().join(format!("driftdeck-render-{}-{count}-{nanos}", std::process::id()));
        // Fails where it exists already: nobody else's directory is ever used.
        std::fs::DirBuilder::new().mode(0o700).create(&home).map_err(|e| error(&e))?;
        let export = Self { root: home.join("tree"), home };
        let mut left = limits::BUILD_BYTES;
        export.directory(tree, "", 0, &mut left)?;
        Ok(export)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The HOME of the programs.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// A file beside the copy.
    pub fn extra(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, RenderError> {
        let path = self.home.join(name);
        write(&path, bytes)?;
        Ok(path)
    }

    fn directory(&self, tree: &dyn FileTree, dir: &str, depth: usize, left: &mut usize) -> Result<(), RenderError> {
        let too_large = || RenderError::TooLarge { what: "the repository is too large to give to a program".into() };
        if depth > 64 {
            return Err(too_large());
        }
        let Some(target) = inside(&self.root, dir) else { return Ok(()) };
        std::fs::create_dir_all(&target).map_err(|e| error(&e))?;
        for (name, is_dir) in tree.list(dir).unwrap_or_default() {
            let path = below(dir, &name);
            if name.is_empty() || name == ".." || name == "." || name.contains(['/', '\0']) {
                continue;
            }
            if is_dir {
                self.directory(tree, &path, depth + 1, left)?;
            } else if let (Some(bytes), Some(target)) = (tree.read(&path), inside(&self.root, &path)) {
                *left = left.checked_sub(bytes.len() + 100).ok_or_else(too_large)?;
                write(&target, &bytes)?;
            }
        }
        Ok(())
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), RenderError> {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|e| error(&e))
}

impl Drop for Export {
    fn drop(&mut self) {
        // Nothing can be done about a copy that cannot be removed; it is private.
        let _ = std::fs::remove_dir_all(&self.home);
    }
}
