//! The terminal is given back, however the program ends.

use super::screen::{Home, LIMIT, Pty};
use std::time::{Duration, Instant};

fn night() -> Pty {
    let mut pty = Pty::start(&["demo", "night"], (120, 32));
    pty.shows("payments");
    assert!(pty.is_raw() && pty.screen(|s| s.alternate_screen() && s.bracketed_paste()));
    pty
}

/// Directories of demos that are there; other programs keep their own things beside them.
fn left_over(pty: &Pty) -> Vec<String> {
    let names = std::fs::read_dir(pty.home.path().join("tmp")).unwrap().flatten().map(|e| e.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("driftdeck-demo-")).collect()
}

#[test]
fn quitting_gives_the_terminal_back_and_removes_the_demo() {
    let mut pty = night();
    assert_eq!(left_over(&pty).len(), 1);
    pty.keys("q");
    assert_eq!(pty.code(), 0);
    pty.assert_restored();
    assert_eq!(left_over(&pty), Vec::<String>::new());
}

#[test]
fn ctrl_c_is_a_key_that_quits() {
    let mut pty = night();
    pty.keys("\x03");
    assert_eq!(pty.code(), 0);
    pty.assert_restored();
}

#[test]
fn term_hup_int_and_quit_give_the_terminal_back() {
    for name in ["TERM", "HUP", "INT", "QUIT"] {
        let mut pty = night();
        pty.signal(name);
        assert_eq!(pty.code(), 0, "{name}");
        pty.assert_restored();
        assert_eq!(left_over(&pty), Vec::<String>::new(), "{name}");
    }
}

fn state_of(pid: i32) -> Option<char> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    text.rsplit_once(')')?.1.trim().chars().next()
}

#[test]
#[cfg(target_os = "linux")]
fn ctrl_z_and_tstp_stop_on_a_usable_terminal_and_fg_draws_again() {
    let mut pty = night();
    pty.keys("\x1a");
    stopped_and_back(&mut pty);
    pty.signal("TSTP");
    stopped_and_back(&mut pty);
    pty.keys("q");
    assert_eq!(pty.code(), 0);
    pty.assert_restored();
}

#[cfg(target_os = "linux")]
fn stopped_and_back(pty: &mut Pty) {
    let started = Instant::now();
    while state_of(pty.pid()) != Some('T') {
        assert!(started.elapsed() < LIMIT, "it does not stop: {:?}", state_of(pty.pid()));
        std::thread::sleep(Duration::from_millis(5));
    }
    pty.assert_restored();
    pty.signal("CONT");
    pty.until("the deck again", |s| s.contains("payments"));
    let started = Instant::now();
    while !(pty.is_raw() && pty.screen(|s| s.alternate_screen() && s.hide_cursor())) {
        assert!(started.elapsed() < LIMIT, "it does not take the terminal again");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A login program that works on a terminal only, and there waits for the operator.
const LOGIN: &str = "apiVersion: v1
kind: Config
current-context: far
clusters: [{name: far, cluster: {server: 'https://127.0.0.1:9'}}]
contexts: [{name: far, context: {cluster: far, user: sam}}]
users:
- name: sam
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      interactiveMode: IfAvailable
      command: sh
      args: [-c, 'test -t 0 || { echo no terminal >&2; exit 1; }; echo your code please >&2; exec sleep 60']
";

#[test]
fn ctrl_c_in_the_login_program_comes_back_to_the_deck() {
    let home = Home::new();
    let kubeconfig = home.write("kubeconfig", LOGIN);
    let mut pty = Pty::with(home, &["--kubeconfig", &kubeconfig, "--context", "far"], (120, 32), &[]);
    pty.shows("login needed");
    pty.keys("l");
    pty.shows("your code please");
    assert!(!pty.is_raw());
    pty.keys("\x03");
    pty.shows("Login of far ended with");
    assert!(pty.is_raw() && pty.screen(|s| s.alternate_screen()));
    pty.keys("q");
    assert_eq!(pty.code(), 0);
    pty.assert_restored();
}

/// The program's own time is a second; a debug build on a busy machine is slower.
const SOON: Duration = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 1 });

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_that_dies_ends_the_program_soon() {
    let mut pty = night();
    pty.hang_up();
    let started = Instant::now();
    while matches!(pty.child.try_wait(), Ok(None)) {
        assert!(started.elapsed() < SOON, "still there after {:?}, state {:?}", started.elapsed(), state_of(pty.pid()));
        std::thread::sleep(Duration::from_millis(5));
    }
    let status = pty.child.try_wait();
    assert_eq!(left_over(&pty), Vec::<String>::new(), "ended as {status:?}");
}

#[test]
fn what_goes_wrong_before_the_first_frame_leaves_the_screen_alone() {
    let home = Home::new();
    let kubeconfig = home.write("broken", "apiVersion: v1\nclusters: [{name: }\n");
    let mut pty = Pty::with(home, &["--kubeconfig", &kubeconfig], (100, 30), &[]);
    assert_eq!(pty.code(), 64);
    pty.shows("driftdeck:");
    assert!(!String::from_utf8_lossy(&pty.bytes()).contains("\x1b[?1049h"), "the screen was never taken");
    pty.assert_restored();
}
