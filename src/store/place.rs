//! Private files: made 0600, replaced whole, locked between programs.

use super::error::{StoreClass, StoreError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Makes a directory for its owner alone (0700), or closes one that is open to others. Errors: `Full`, `Denied`, `Other`.
pub fn private_dir(path: &Path) -> Result<(), StoreError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|e| StoreError::io(path, &e))?;
    #[cfg(unix)]
    close(path);
    Ok(())
}

/// Somebody else's directory, or one on a file system without modes, stays as it is: what we write into it is private by itself.
#[cfg(unix)]
fn close(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if path.metadata().is_ok_and(|m| m.permissions().mode() & 0o077 != 0) {
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700));
    }
}

pub(super) fn options() -> OpenOptions {
    #[allow(unused_mut)]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Held while a line is written (shared) or a file is replaced (alone).
pub(super) struct Lock(#[allow(dead_code, reason = "the lock lasts as long as the file is open")] File);

pub(super) fn lock(dir: &Path, alone: bool) -> Result<Lock, StoreError> {
    let path = dir.join("lock");
    let file = options().create(true).truncate(false).write(true).read(true).open(&path).map_err(|e| StoreError::io(&path, &e))?;
    let held = if alone { file.lock() } else { file.lock_shared() };
    match held {
        // Some network file systems cannot lock; one program alone is the common case there.
        Err(e) if e.kind() != std::io::ErrorKind::Unsupported => Err(StoreError::io(&path, &e)),
        _ => Ok(Lock(file)),
    }
}

/// Writes beside the file and renames, so that no reader sees half of it.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    replace_with(path, |out| out.write_all(bytes))
}

/// As [`replace`], for what is too large to be held as text.
pub(super) fn replace_with(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), StoreError> {
    let temporary = path.with_extension(format!("tmp-{}", std::process::id()));
    let written = options().create(true).truncate(true).write(true).open(&temporary).and_then(|file| {
        let mut out = std::io::BufWriter::new(file);
        write(&mut out)?;
        out.flush()?;
        out.get_ref().sync_data()
    });
    let done = written.and_then(|()| std::fs::rename(&temporary, path));
    done.map_err(|e| {
        let _ = std::fs::remove_file(&temporary);
        StoreError::io(path, &e)
    })
}

/// The version a file was written by; the rest of it is only skipped.
#[derive(Deserialize)]
struct Head {
    v: Option<u64>,
}

/// As [`read`], without keeping what stands in the file; one that cannot be read stays where it is.
pub(super) fn version(path: &Path) -> Result<Option<u64>, StoreError> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(StoreError::io(path, &e)),
    };
    let head: Head = serde_json::from_reader(std::io::BufReader::new(file)).map_err(|e| StoreError::io(path, &e.into()))?;
    check(path, head.v.unwrap_or_default())?;
    Ok(head.v)
}

fn check(path: &Path, v: u64) -> Result<(), StoreError> {
    if v <= u64::from(super::VERSION) {
        return Ok(());
    }
    let message = format!("written by a newer driftdeck (version {v}, this one knows {}); left alone", super::VERSION);
    Err(StoreError::new(StoreClass::Newer, path, message))
}

/// What the file holds, read straight into its shape; `None` when there is no file. Newer ones are left alone, unreadable ones renamed
/// to `.bad`.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(StoreError::io(path, &e)),
    };
    let head: Head = serde_json::from_slice(&text).map_err(|e| set_aside(path, &e.to_string()))?;
    check(path, head.v.ok_or_else(|| set_aside(path, "no version field"))?)?;
    serde_json::from_slice(&text).map(Some).map_err(|e| set_aside(path, &e.to_string()))
}

fn set_aside(path: &Path, why: &str) -> StoreError {
    let mut name = path.as_os_str().to_owned();
    name.push(".bad");
    let bad = PathBuf::from(name);
    let message = match std::fs::rename(path, &bad) {
        Ok(()) => format!("cannot be read ({why}); kept as {}", bad.display()),
        Err(e) => format!("cannot be read ({why}), nor renamed: {e}"),
    };
    StoreError::new(StoreClass::Unreadable, path, message)
}
