//! Ends what a run started, however the run ends: a small shell waits for the end of this process and then cleans up.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;

/// API servers before their etcd; three seconds each, then by force.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
read -r _
end() {
    for file in "$1"/*/"$2.pid"; do [ -f "$file" ] && kill -CONT "$(cat "$file")" && kill -TERM "$(cat "$file")"; done
    for file in "$1"/*/"$2.pid"; do
        [ -f "$file" ] || continue
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do kill -0 "$(cat "$file")" || break; sleep 0.2; done
        kill -KILL "$(cat "$file")"
    done
}
end "$1" kube-apiserver
end "$1" etcd
rm -rf "$1"
"#;

/// The directory of this run, with the shell that removes it.
pub fn root() -> PathBuf {
    static ROOT: OnceLock<(PathBuf, ChildStdin)> = OnceLock::new();
    ROOT.get_or_init(|| {
        let dir = tempfile::Builder::new().prefix("driftdeck-e2e-").tempdir().expect("a temporary directory").keep();
        let mut shell = Command::new("sh");
        // A group of its own: what ends the tests from the terminal must not end the one that cleans up.
        shell.args(["-c", SCRIPT, "guard"]).arg(&dir).current_dir("/").process_group(0);
        #[expect(clippy::zombie_processes, reason = "it outlives this process on purpose and cleans up after it")]
        let shell = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("sh starts");
        // The pipe closes with this process: that is the signal.
        let pipe = shell.stdin.expect("a pipe");
        (dir, pipe)
    })
    .0
    .clone()
}

/// Where the guard looks for a process to end.
pub fn note(dir: &Path, program: &str, pid: u32) {
    fs::write(dir.join(format!("{program}.pid")), pid.to_string()).expect("the pid is written");
}
