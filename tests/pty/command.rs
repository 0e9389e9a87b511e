//! Without a terminal: messages that name object, cause and next step, and exit codes.

use super::screen::{Home, LIMIT};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub fn command(home: &Home, args: &[&str]) -> Command {
    std::fs::create_dir_all(home.path().join("tmp")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftdeck"));
    command.args(args).env_clear().envs(home.env()).current_dir(home.path()).stdin(Stdio::null());
    command
}

/// Exit code and what was said on stderr.
pub fn run(home: &Home, args: &[&str]) -> (i32, String, String) {
    let mut child = command(home, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = out.read_to_string(&mut text);
        text
    });
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = err.read_to_string(&mut text);
        text
    });
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > LIMIT {
            let _ = child.kill();
            panic!("{args:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = Output { status: child.wait().unwrap(), stdout: Vec::new(), stderr: Vec::new() };
    (output.status.code().unwrap_or(-1), reader.join().unwrap(), errors.join().unwrap())
}

/// A served demo fleet; asked to end when dropped.
pub struct Fleet {
    pub child: Child,
    pub kubeconfig: String,
}

impl Fleet {
    pub fn serve(home: &Home, args: &[&str]) -> Self {
        let all: Vec<&str> = ["demo"].into_iter().chain(args.iter().copied()).chain(["--serve"]).collect();
        let mut child = command(home, &all).stdout(Stdio::piped()).spawn().unwrap();
        let out = child.stdout.take().unwrap();
        let (said, line) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(out).read_line(&mut line);
            let _ = said.send(read.map(|_| line));
        });
        // Made first: what does not say where it serves is ended, too.
        let mut fleet = Self { child, kubeconfig: String::new() };
        fleet.kubeconfig = line.recv_timeout(LIMIT).expect("it says where it serves").unwrap().trim().to_owned();
        assert!(!fleet.kubeconfig.is_empty(), "it ended: {:?}", fleet.child.try_wait());
        fleet
    }
    pub fn end(&mut self) -> Option<i32> {
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let started = Instant::now();
        while started.elapsed() < LIMIT {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) && self.end().is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

pub const ONE: &str = "apiVersion: v1\nkind: Config\ncurrent-context: here\nclusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\nusers: [{name: u, user: {token: t}}]\ncontexts: [{name: here, context: {cluster: c, user: u}}]\n";

#[test]
fn without_a_terminal_it_names_the_command_for_scripts() {
    let home = Home::new();
    let file = home.write("kubeconfig", ONE);
    for (args, instead) in [(vec!["--kubeconfig", file.as_str()], "driftdeck status"), (vec!["demo"], "driftdeck demo --serve")] {
        let (code, out, err) = run(&home, &args);
        assert_eq!((code, out.as_str()), (64, ""), "{args:?}");
        assert!(err.contains("needs a terminal") && err.contains(instead), "{err}");
    }
}

#[test]
fn a_missing_empty_or_broken_kubeconfig_is_named_with_the_demo_as_a_way_out() {
    let home = Home::new();
    let cases = [
        (home.path().join("none").display().to_string(), "none"),
        (home.write("empty", ""), "empty"),
        (home.write("broken", "clusters: [{name: }\n"), "broken"),
        (home.write("nothing", "apiVersion: v1\nkind: Config\n"), "nothing"),
    ];
    for (file, name) in cases {
        let (code, out, err) = run(&home, &["status", "--kubeconfig", &file]);
        assert_eq!((code, out.as_str()), (64, ""), "{name}: {err}");
        assert!(err.starts_with("driftdeck: ") && err.contains(name) && err.contains("driftdeck demo"), "{name}: {err}");
        assert!(!err.contains("panicked") && !err.contains('\x1b'), "{err}");
    }
    let (code, _, err) = run(&home, &["status"]);
    assert_eq!(code, 64);
    assert!(err.contains("driftdeck demo"), "no kubeconfig anywhere: {err}");
}

#[test]
fn unknown_names_are_answered_with_the_known_ones() {
    let home = Home::new();
    let file = home.write("kubeconfig", ONE);
    let (code, _, err) = run(&home, &["status", "--kubeconfig", &file, "--context", "hree"]);
    assert_eq!(code, 64);
    assert!(err.contains("hree") && err.contains("here"), "{err}");
    let (code, _, err) = run(&home, &["status", "--kubeconfig", &file, "--theme", "solar"]);
    assert_eq!(code, 64);
    assert!(err.contains("solar") && err.contains("mono"), "{err}");
    let config = home.write("config.yaml", "raed_only: true\n");
    let (code, _, err) = run(&home, &["status", "--kubeconfig", &file, "--config", &config]);
    assert_eq!(code, 64);
    assert!(err.contains("raed_only") && err.contains("read_only") && err.contains("config.yaml"), "{err}");
    let (code, _, err) = run(&home, &["status", "--config", "/nowhere/x.yaml", "--kubeconfig", &file]);
    assert_eq!(code, 64);
    assert!(err.contains("/nowhere/x.yaml"), "{err}");
    for args in [&["demo", "nigth", "--serve"][..], &["demo", "nigth"]] {
        let (code, _, err) = run(&home, args);
        assert_eq!(code, 64);
        assert!(err.contains("nigth") && err.contains("night") && err.contains("merge"), "{args:?}: {err}");
    }
    let (code, _, err) = run(&home, &["status", "--kubeconfig", &file, "--timeout", "soon"]);
    assert_eq!(code, 64);
    assert!(err.contains("soon") && err.contains("10s"), "{err}");
    for (args, range) in [(&["status", "--kubeconfig", &file, "--timeout", "0"][..], "from 1ms"), (&["demo", "--clusters", "0"], "1..=200")]
    {
        let (code, _, err) = run(&home, args);
        assert!(code == 64 && err.contains(range), "{args:?}: {err}");
    }
    assert_eq!(run(&home, &["--nonsense"]).0, 64);
    assert_eq!(run(&home, &["--help"]).0, 0);
    assert_eq!(run(&home, &["--version"]).0, 0);
}

#[test]
fn demo_list_names_every_scenario() {
    let home = Home::new();
    let (code, out, _) = run(&home, &["demo", "--list"]);
    assert_eq!(code, 0);
    for name in ["merge", "night", "conflict", "moved", "refused", "quiet", "stopped", "drift", "states"] {
        assert!(out.lines().any(|l| l.split_whitespace().next() == Some(name) && l.split_whitespace().count() > 2), "{name}: {out}");
    }
}

#[test]
fn a_served_demo_ends_on_term_and_removes_its_directory() {
    let home = Home::new();
    let mut fleet = Fleet::serve(&home, &["quiet"]);
    let dir = std::path::Path::new(&fleet.kubeconfig).parent().unwrap().to_owned();
    assert!(std::path::Path::new(&fleet.kubeconfig).is_file(), "{}", fleet.kubeconfig);
    assert_eq!(fleet.end(), Some(0));
    assert!(!dir.exists());
    let left = std::fs::read_dir(home.path().join("tmp")).unwrap().flatten().map(|e| e.file_name().to_string_lossy().into_owned());
    assert!(!left.into_iter().any(|name| name.starts_with("driftdeck-demo-")));
}

#[test]
fn a_named_directory_is_kept_and_serves_again() {
    let home = Home::new();
    let dir = home.path().join("fleet");
    for _ in 0..2 {
        let mut fleet = Fleet::serve(&home, &["quiet", "--dir", dir.to_str().unwrap()]);
        assert_eq!(std::path::Path::new(&fleet.kubeconfig), dir.join("kubeconfig"));
        assert_eq!(fleet.end(), Some(0));
        assert!(dir.join("kubeconfig").is_file());
    }
}

#[test]
fn a_directory_that_a_demo_serves_from_is_not_taken_by_another_one() {
    let home = Home::new();
    let dir = home.path().join("fleet");
    let args = ["quiet", "--dir", dir.to_str().unwrap()];
    let mut first = Fleet::serve(&home, &args);
    let before = std::fs::read_to_string(&first.kubeconfig).unwrap();
    let (code, out, err) = run(&home, &["demo", "night", "--serve", "--dir", dir.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (64, ""), "{err}");
    assert!(
        err.contains(dir.to_str().unwrap()) && err.contains(&format!("process {}", first.child.id())) && err.contains("--dir"),
        "{err}"
    );
    assert_eq!(std::fs::read_to_string(&first.kubeconfig).unwrap(), before);
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    assert_eq!(Fleet::serve(&home, &args).end(), Some(0), "what a killed one left is taken over");
}

#[test]
fn a_served_demo_says_how_git_commits_and_pushes_to_its_repositories() {
    let home = Home::new();
    let mut child = command(&home, &["demo", "quiet", "--serve"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let err = child.stderr.take().unwrap();
    let _fleet = Fleet { child, kubeconfig: String::new() };
    let (said, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || BufReader::new(err).lines().map_while(Result::ok).try_for_each(|line| said.send(line)));
    let word_after = |what: &str| loop {
        let line = lines.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("it does not say {what}"));
        if let Some((_, rest)) = line.split_once(what) {
            return rest.split_whitespace().next().unwrap_or_default().to_owned();
        }
    };
    let config = word_after("export GIT_CONFIG_GLOBAL=");
    let url = word_after("git clone ");
    let git = |args: &[&str]| {
        let ran = Command::new("git").args(args).env("GIT_CONFIG_GLOBAL", &config).current_dir(home.path()).output().unwrap();
        assert!(ran.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).trim().to_owned()
    };
    git(&["clone", "-q", &url, "work"]);
    git(&["-C", "work", "commit", "-q", "--allow-empty", "-m", "mine"]);
    git(&["-C", "work", "push", "-q"]);
    let head = git(&["-C", "work", "rev-parse", "HEAD"]);
    assert!(git(&["ls-remote", &url, "HEAD"]).starts_with(&head));
}

#[test]
fn a_repository_that_no_demo_made_is_named_and_left_alone() {
    let home = Home::new();
    let mine = home.write("fleet/repos/fleet.git/mine", "dear");
    let (code, _, err) = run(&home, &["demo", "quiet", "--serve", "--dir", home.path().join("fleet").to_str().unwrap()]);
    assert_eq!(code, 64);
    assert!(err.contains("fleet.git") && err.contains("--dir"), "{err}");
    assert_eq!(std::fs::read_to_string(mine).unwrap(), "dear");
}
