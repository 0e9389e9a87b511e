use super::server::*;
use crate::domain::cluster::Link;
use crate::domain::event::ClusterEvent;
use serde_json::{Value, json};
use std::path::Path;

/// A login program that writes a line per run and answers with the number of its run as token.
fn counting(dir: &Path) -> Value {
    let script = r#"echo run >> "$RUNS"; n=$(wc -l < "$RUNS" | tr -d ' ')
printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"token-%s"}}' "$n""#;
    json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
        "env": [{"name": "RUNS", "value": dir.join("runs")}], "interactiveMode": "IfAvailable"}})
}

fn runs(dir: &Path) -> usize {
    std::fs::read_to_string(dir.join("runs")).unwrap_or_default().lines().count()
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_watch_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = rig_with(settings(), counting(dir.path()), |asked| match asked.path.as_str() {
        ALL if asked.authorization == "Bearer token-1" => Some(Reply::Json(401, status(401, "Unauthorized", "Unauthorized"))),
        ALL => Some(two()),
        _ => None,
    })
    .await;
    assert_eq!(rig.complete().await, ["a", "b"]);
    assert_eq!(runs(dir.path()), 2);
}

#[tokio::test]
async fn a_renewal_that_takes_its_time_holds_up_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let expires = crate::domain::Timestamp::now() + jiff::SignedDuration::from_secs(30);
    let script = format!(
        r#"if [ -e "$DIR/once" ]; then touch "$DIR/again"; sleep 20; fi; touch "$DIR/once"
printf '{{"status":{{"token":"token","expirationTimestamp":"{expires}"}}}}'"#
    );
    let user = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
        "env": [{"name": "DIR", "value": dir.path()}], "interactiveMode": "IfAvailable"}});
    let mut rig = rig_with(settings(), user, |asked| (asked.path == ALL).then(two)).await;
    let again = dir.path().join("again");
    while !again.exists() {
        rig.until("sign of life", |e| matches!(e, ClusterEvent::Heard { .. })).await;
    }
    let now = crate::domain::Timestamp::now();
    rig.until("later sign of life", |e| matches!(e, ClusterEvent::Heard { at, .. } if *at > now)).await;
    assert_eq!(rig.handle.link().map(|l| l.word()), Some("live"));
}

#[tokio::test]
async fn a_token_that_stays_refused_asks_for_a_login() {
    let dir = tempfile::tempdir().unwrap();
    let mut rig = rig_with(settings(), counting(dir.path()), |_| Some(Reply::Json(401, status(401, "Unauthorized", "Unauthorized")))).await;
    rig.link("login needed").await;
    assert_eq!(runs(dir.path()), 2);
}

#[tokio::test]
async fn a_static_token_that_is_refused_asks_for_a_login_without_a_word_of_it() {
    let mut rig = rig(|asked| (asked.path == ALL).then(|| Reply::Json(401, status(401, "Unauthorized", "Unauthorized")))).await;
    let ClusterEvent::Link { link, .. } = rig.link("login needed").await else { unreachable!() };
    assert!(matches!(&link, Link::LoginNeeded { cause, .. } if cause.contains("Unauthorized")));
    assert!(!format!("{:?}", rig.seen).contains("static-token"));
}

#[tokio::test]
async fn a_missing_login_program_is_named_with_how_to_get_it() {
    let user = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-login", "installHint": "get it from the intranet"}});
    let mut rig = rig_with(settings(), user, |_| None).await;
    let ClusterEvent::Link { link, .. } = rig.link("login needed").await else { unreachable!() };
    let reason = link.reason().unwrap();
    assert!(reason.contains("no-such-login is not installed") && reason.contains("intranet"), "{reason}");
    assert!(rig.server.asked().is_empty());
}
