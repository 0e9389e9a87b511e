//! Cuts a watch stream into lines, within limits.

use crate::cluster::api::{ApiError, Class, Heard, chain};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use kube::client::Body;
use std::io::BufRead;

/// The longest event believed; etcd itself takes no object above 1.5 MiB.
const MAX_LINE: usize = 8 << 20;

pub(super) struct Lines {
    body: Body,
    buffer: BytesMut,
    /// So far no line end was found before this.
    scanned: usize,
    heard: Heard,
}

impl Lines {
    pub fn new(body: Body, heard: Heard) -> Self {
        Self { body, buffer: BytesMut::new(), scanned: 0, heard }
    }

    /// A whole line that has arrived, without its end; blank lines are passed over.
    pub fn ready(&mut self) -> Option<Bytes> {
        loop {
            let mut rest = self.buffer.get(self.scanned..)?;
            // The fast search of the standard library; a slice never fails.
            let end = self.scanned + rest.skip_until(b'\n').unwrap_or(0);
            if end == self.scanned || self.buffer.get(end - 1) != Some(&b'\n') {
                self.scanned = self.buffer.len();
                if self.scanned == 0 {
                    // What an initial list needed is not kept for the bookmarks of the next hours.
                    self.buffer = BytesMut::new();
                }
                return None;
            }
            let mut line = self.buffer.split_to(end).freeze();
            self.scanned = 0;
            line.truncate(line.len().saturating_sub(1));
            if line.iter().any(|b| !b.is_ascii_whitespace()) {
                return Some(line);
            }
        }
    }

    /// Waits for more and tells how many bytes; `None` = the server ended the stream in good order. Safe to drop while waiting.
    ///
    /// # Errors
    /// The connection broke, or a line is too long.
    pub async fn fill(&mut self) -> Result<Option<usize>, ApiError> {
        if self.buffer.len() > MAX_LINE {
            return Err(ApiError::new(Class::Garbage, &format!("an event larger than {} MiB", MAX_LINE >> 20)));
        }
        let Some(frame) = self.body.frame().await else { return Ok(None) };
        let frame = frame.map_err(|e| ApiError::new(Class::Lost, &chain(&e)))?;
        self.heard.now();
        let data = frame.data_ref().map(AsRef::as_ref).unwrap_or_default();
        self.buffer.extend_from_slice(data);
        Ok(Some(data.len()))
    }

    /// Something follows the last line end.
    pub fn is_torn(&self) -> bool {
        self.buffer.iter().any(|b| !b.is_ascii_whitespace())
    }
}
