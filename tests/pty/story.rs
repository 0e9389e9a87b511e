//! What is sent, from the key to what the watch shows.

use super::screen::Pty;
use std::time::{Duration, Instant};

/// A deck on a demo, narrowed to one app.
fn on(scenario: &str, filter: &str) -> Pty {
    let mut pty = Pty::start(&["demo", scenario], (160, 45));
    pty.until("41 apps", |s| s.contains("2 Apps 41") && !s.contains("41+"));
    pty.keys(&format!("/{filter}\r"));
    pty.shows(&format!("2 Apps 1/41  /{filter}"));
    pty
}

/// Waits for a dialog, and as long as it takes no keys that were meant for something else.
fn dialog(pty: &mut Pty, title: &str) {
    pty.shows(title);
    let shown = Instant::now();
    pty.until("it is old enough for keys", |_| shown.elapsed() > Duration::from_millis(400));
}

/// Confirms with the button of this name, which the focus must have reached.
fn confirm(pty: &mut Pty, button: &str) {
    pty.shows(&format!("> [ {button} ]"));
    pty.keys("\r");
}

#[test]
fn a_suspend_turns_the_row_is_in_the_journal_and_is_undone_by_a_resume() {
    let mut pty = on("quiet", "app:orders cluster:stage-eu");
    pty.shows("kust ✓ Synced    ✓ Healthy");
    pty.keys("p");
    dialog(&mut pty, "Suspend orders on stage-eu");
    pty.keys("database move");
    pty.shows("[ database move");
    pty.keys("\t\t\t");
    confirm(&mut pty, "Suspend");
    pty.shows("kust ⊘ Suspended ✓ Healthy");
    pty.shows("by sam: database move");
    pty.shows("Suspend orders on stage-eu ━ done in");
    pty.keys("\x1b");
    pty.until("the progress is closed", |s| !s.contains("done in"));
    pty.keys("@");
    pty.shows("Journal ━ 1");
    pty.shows("suspend  orders stage-eu  suspended");
    pty.keys("\x1b");
    pty.until("the journal is closed", |s| !s.contains("Journal ━"));
    pty.keys("p");
    dialog(&mut pty, "Resume orders on stage-eu");
    pty.shows("suspended by sam: \"database move\"");
    pty.keys("\t");
    confirm(&mut pty, "Resume");
    pty.shows("Resume orders on stage-eu ━ done in");
    pty.shows("kust ✓ Synced    ✓ Healthy");
    assert!(!pty.text().contains("⊘ Suspended"));
}

#[test]
fn a_bad_merge_is_reverted_pushed_and_followed_until_all_are_healthy() {
    let mut pty = on("merge", "app:payments cluster:prod-us");
    pty.shows("crash loop");
    pty.keys("R");
    pty.shows("[1 suspects]");
    pty.shows("Merge #812: payments pool 20 to 200");
    pty.keys(" ");
    pty.shows("1 marked");
    pty.keys("\r");
    pty.shows("[2 preview]");
    pty.shows("Files ━ 3 changed");
    pty.keys("\r");
    dialog(&mut pty, "Roll back payments ━ 3 plan");
    pty.keys("fleet main");
    pty.shows("[fleet main          ] ✓");
    pty.keys("\r");
    confirm(&mut pty, "Push");
    pty.shows("[5 follow]");
    pty.shows("revert of");
    pty.shows("✓ Healthy on 4 of 4");
    pty.keys("\x1b");
    pty.shows("argo ✓ Synced    ✓ Healthy");
}
