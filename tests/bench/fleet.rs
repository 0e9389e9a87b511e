//! A fleet served by another process.

use super::tls::Front;
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The largest fleet is there in a tenth of it.
const START: Duration = Duration::from_secs(120);

pub struct Fleet {
    child: Child,
    pub kubeconfig: PathBuf,
    _front: Option<Front>,
    _dir: tempfile::TempDir,
}

impl Fleet {
    pub fn serve(clusters: usize, apps: usize) -> Result<Self, Box<dyn Error>> {
        Self::with(clusters, apps, &[])
    }

    /// The same, with further options of `driftdeck demo`.
    pub fn with(clusters: usize, apps: usize, more: &[&str]) -> Result<Self, Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_driftdeck"))
            .args(["demo", "--serve", "--clusters", &clusters.to_string(), "--apps", &apps.to_string(), "--dir"])
            .arg(dir.path())
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or("no output of the fleet")?;
        let (said, line) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(out).read_line(&mut line);
            let _ = said.send(read.map(|_| line));
        });
        // Made first: what does not say where it serves is ended, too.
        let mut fleet = Self { child, kubeconfig: PathBuf::new(), _front: None, _dir: dir };
        let line = line.recv_timeout(START)??;
        if line.trim().is_empty() {
            return Err("the fleet did not start".into());
        }
        let (front, kubeconfig) = Front::before(Path::new(line.trim()))?;
        (fleet.kubeconfig, fleet._front) = (kubeconfig, Some(front));
        Ok(fleet)
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
