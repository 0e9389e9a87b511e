//! The first start against a served fleet.

use super::command::Fleet;
use super::screen::{Home, Pty};

#[test]
fn the_first_start_says_what_each_context_is_and_one_key_marks_all_that_have_an_engine() {
    let home = Home::new();
    let fleet = Fleet::serve(&home, &["night"]);
    let mut pty = Pty::with(Home::new(), &["--kubeconfig", &fleet.kubeconfig], (120, 32), &[]);
    pty.shows("First start");
    let line = |s: &str, name: &str| s.lines().find(|l| l.contains(&format!("] {name} "))).unwrap_or_default().to_owned();
    pty.until("the live ones answer", |s| {
        line(s, "hub-eu").contains("Argo CD 3.5.1")
            && line(s, "prod-eu").contains("Flux 2.9.4")
            && line(s, "prod-us").contains("no engine, named like a target of hub-eu")
            && line(s, "dev-shared").contains("helmreleases forbidden")
    });
    pty.until("the dead one is told, and held up nobody", |s| line(s, "edge-syd").contains("unreachable"));
    pty.keys("a");
    pty.until("all that have an engine, and the target", |s| {
        ["hub-eu", "prod-eu", "prod-us", "dev-shared", "stage-eu"].iter().all(|n| line(s, n).contains("[x]"))
            && line(s, "edge-syd").contains("[ ]")
    });
    pty.keys("\r");
    pty.until("they are watched", |s| s.contains("Apps 3") && !s.contains("First start"));
}
