//! A change from the command line on a terminal: it asks, and only the answer sends.

use super::command::{Fleet, run};
use super::screen::{Home, Pty};

/// Starts it on the terminal of its own; the home of the fleet stays.
fn ask(kubeconfig: &str, args: &[&str]) -> Pty {
    let home = Home::new();
    let all: Vec<&str> = args.iter().copied().chain(["--kubeconfig", kubeconfig, "--context", "stage-eu"]).collect();
    Pty::with(home, &all, (160, 45), &[])
}

fn state(home: &Home, kubeconfig: &str) -> String {
    let args = ["get", "ks/shop/web", "-o", "json", "--kubeconfig", kubeconfig, "--context", "stage-eu"];
    let (_, out, err) = run(home, &args);
    let document: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}{err}"));
    document["apps"][0]["suspended"].to_string()
}

#[test]
fn it_shows_the_plan_and_sends_only_what_was_answered_with_yes() {
    let home = Home::new();
    let fleet = Fleet::serve(&home, &["quiet"]);
    let suspend = ["suspend", "ks/shop/web", "--reason", "test"];
    for (answer, code) in [("\r", 3), ("n\r", 3), ("\x03", 130), ("web\r", 3)] {
        let mut pty = ask(&fleet.kubeconfig, &suspend);
        pty.shows("[y/N]");
        assert!(pty.text().contains("Suspend web on stage-eu") && pty.text().contains("merge patch"), "{}", pty.text());
        pty.keys(answer);
        assert_eq!(pty.code(), code, "{answer:?}\n{}", pty.text());
        pty.shows("Nothing was sent.");
    }
    let mut early = ask(&fleet.kubeconfig, &suspend);
    early.keys("y\r");
    early.shows("[y/N]");
    early.keys("\r");
    assert_eq!(early.code(), 3, "what was typed before the question is no answer\n{}", early.text());
    assert_eq!(state(&home, &fleet.kubeconfig), "false");
    let mut pty = ask(&fleet.kubeconfig, &suspend);
    pty.shows("[y/N]");
    pty.keys("y\r");
    assert_eq!(pty.code(), 0, "{}", pty.text());
    pty.shows("Suspend web on stage-eu: sent");
    assert_eq!(state(&home, &fleet.kubeconfig), "true");
}

#[test]
fn an_interrupt_while_it_waits_says_what_goes_on_without_it() {
    let home = Home::new();
    // No controller works there: what is asked for is never picked up.
    let fleet = Fleet::serve(&home, &["night"]);
    let sync = ["sync", "ks/shop/web", "--yes", "--wait", "--with-source=false"];
    let mut pty = ask(&fleet.kubeconfig, &sync);
    pty.shows("written to web on stage-eu, once");
    pty.keys("\x03");
    assert_eq!(pty.code(), 130, "{}", pty.text());
    pty.shows("stays sent: Flux on stage-eu goes on with it without driftdeck");
    pty.shows("driftdeck why ks/shop/web --cluster stage-eu");
    let mut pty = ask(&fleet.kubeconfig, &["sync", "ks/shop/orders", "--yes", "--wait", "--wait-timeout", "1s"]);
    assert_eq!(pty.code(), 5, "{}", pty.text());
    pty.shows("no end was seen within 1s");
}
