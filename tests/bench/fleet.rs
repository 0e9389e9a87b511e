//! A fleet served by another process.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

pub struct Fleet {
    child: Child,
    pub kubeconfig: PathBuf,
    _dir: tempfile::TempDir,
}

impl Fleet {
    pub fn serve(clusters: usize, apps: usize) -> Result<Self, Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_driftdeck"))
            .args(["demo", "--serve", "--clusters", &clusters.to_string(), "--apps", &apps.to_string(), "--dir"])
            .arg(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or("no output of the fleet")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        if line.trim().is_empty() {
            return Err("the fleet did not start".into());
        }
        Ok(Self { child, kubeconfig: PathBuf::from(line.trim()), _dir: dir })
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
