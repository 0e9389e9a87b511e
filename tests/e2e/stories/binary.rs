//! The program itself, as an operator runs it.

use crate::deck::LONG;
use crate::lab::files::{entry, kubeconfig};
use crate::lab::{Lab, objects, story};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const ROWS: NonZeroU16 = NonZeroU16::new(40).expect("not zero");
const COLUMNS: NonZeroU16 = NonZeroU16::new(120).expect("not zero");

/// Its own home: neither reads nor writes the operator's files.
pub fn homes(home: &Path) -> Vec<(&'static str, String)> {
    let below = |name: &str| home.join(name).display().to_string();
    vec![
        ("HOME", below("")),
        ("XDG_CONFIG_HOME", below("config")),
        ("XDG_STATE_HOME", below("state")),
        ("XDG_CACHE_HOME", below("cache")),
        ("XDG_DATA_HOME", below("data")),
    ]
}

async fn app(lab: &Lab, name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    lab.hub.create(&objects::application("argocd", name, "https://git.acme.example/none.git", "", false)).await;
    let dir = tempfile::tempdir().expect("a directory");
    let file = kubeconfig(dir.path(), &[entry("hub", &lab.hub, "admin"), entry("locked", &lab.edge, "no-such-token")]);
    (dir, file)
}

async fn status(home: &Path, file: &Path, context: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftdeck"));
    command.envs(homes(home)).env_remove("KUBECONFIG").args(["status", "-o", "json", "--timeout", "20s", "--kubeconfig"]);
    command.arg(file).args(["--context", context]);
    tokio::task::spawn_blocking(move || command.output().expect("the program runs")).await.expect("the program ends")
}

#[test]
fn status_prints_the_rows_of_a_real_server_as_json_and_says_by_its_code_what_was_not_read() {
    story(|lab| async move {
        let (dir, file) = app(lab, "status").await;
        let begin = Instant::now();
        let row = loop {
            let output = status(dir.path(), &file, "hub").await;
            let shown = String::from_utf8_lossy(&output.stderr).into_owned();
            let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("no JSON: {error}; {shown}"));
            assert_eq!((&document["schema"], &document["clusters"][0]["link"]), (&json!(1), &json!("live")), "{document}");
            assert_eq!(output.status.code(), Some(1), "an app that cannot be rendered is not well: {shown}");
            let row = document["apps"].as_array().into_iter().flatten().find(|a| a["name"] == "status").cloned().unwrap_or_default();
            // The simulated Argo CD may not have looked at it yet.
            if row["verdict"]["short"].to_string().contains("cannot render") {
                break row;
            }
            assert!(begin.elapsed() < LONG, "the row never says why: {row}");
        };
        assert_eq!((&row["engine"], &row["namespace"], &row["sync"]), (&json!("argo"), &json!("argocd"), &json!("Unknown")), "{row}");
        let output = status(dir.path(), &file, "*").await;
        assert_eq!(output.status.code(), Some(2), "a cluster that cannot be read wins");
    });
}

#[test]
fn the_screen_shows_the_app_of_a_real_server_and_q_leaves() {
    story(|lab| async move {
        let (dir, file) = app(lab, "on-screen").await;
        tokio::task::spawn_blocking(move || screen(dir.path(), &file)).await.expect("the screen story ends");
    });
}

fn screen(home: &Path, file: &Path) {
    let size = PtySize { rows: ROWS.get(), cols: COLUMNS.get(), pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a terminal");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_driftdeck"));
    command.args(["--context", "hub", "--kubeconfig"]);
    command.arg(file);
    command.env_remove("KUBECONFIG");
    command.env("TERM", "xterm-256color");
    for (name, value) in homes(home) {
        command.env(name, value);
    }
    let mut child = pair.slave.spawn_command(command).expect("the program starts");
    drop(pair.slave);
    let parser = Arc::new(Mutex::new(vt100::Parser::new(ROWS, COLUMNS, 0)));
    let (mut reader, copy) = (pair.master.try_clone_reader().expect("a reader"), parser.clone());
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            copy.lock().expect("the screen").process(&bytes[..count]);
        }
    });
    let text = || parser.lock().expect("the screen").screen().contents();
    let begin = Instant::now();
    while !text().contains("on-screen") {
        assert!(begin.elapsed() < LONG, "the app never shows:\n{}", text());
        std::thread::sleep(Duration::from_millis(30));
    }
    let mut keys = pair.master.take_writer().expect("a keyboard");
    let begin = Instant::now();
    // The first press may close something that opened by itself.
    let code = loop {
        keys.write_all(b"q").expect("a key is pressed");
        if let Some(status) = child.try_wait().expect("the program is ours") {
            break status.exit_code();
        }
        if begin.elapsed() > LONG {
            let _ = child.kill();
            panic!("q does not leave:\n{}", text());
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    assert_eq!(code, 0, "{}", text());
}
